package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A said is an answer as it goes out, and as it is kept to be given again.
type said struct {
	status         int
	body           []byte // JSON, none for nil
	etag, location string
	csv            func(io.Writer) error // in the place of body
	replayed       bool
}

// said encodes an answer.
func (a answer) said() (said, error) {
	s := said{status: a.status, etag: a.etag, location: a.location, csv: a.csv}
	if s.status == 0 {
		s.status = http.StatusOK
	}
	if a.body == nil {
		return s, nil
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a.body); err != nil {
		return s, err
	}
	s.body = body.Bytes()
	return s, nil
}

func (s said) write(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	if s.replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	if s.location != "" {
		h.Set("Location", s.location)
	}
	if s.etag != "" {
		h.Set("ETag", strconv.Quote(s.etag))
		h.Set("Cache-Control", "private, no-cache")
		if r.Method == http.MethodGet && matches(r.Header.Get("If-None-Match"), s.etag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	if s.csv != nil {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		return s.csv(w)
	}
	if s.body == nil {
		w.WriteHeader(s.status)
		return nil
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(s.body)))
	w.WriteHeader(s.status)
	_, err := w.Write(s.body)
	return err
}

// matches reports whether a header such as If-None-Match names the tag (RFC 9110 section
// 13.1).
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == strconv.Quote(etag) {
			return true
		}
	}
	return false
}
