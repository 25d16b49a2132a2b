package site

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// readForm reads a posted form in either encoding (RFC 8058 section 3.2 names one, mail
// providers send both). What is no form is taken for url-encoded and so has none of our
// fields.
func readForm(r *http.Request) (url.Values, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		form, _ := url.ParseQuery(strings.TrimSpace(string(body)))
		return form, nil // of a broken one: what could be read
	}
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(int64(len(body)) + 1)
	if err != nil {
		return nil, web.ErrForm
	}
	return form.Value, nil
}

// isOneClick reports whether a mail program asks, not a person (RFC 8058 section 3.1).
func isOneClick(form url.Values) bool {
	return strings.EqualFold(strings.TrimSpace(form.Get("List-Unsubscribe")), "One-Click")
}
