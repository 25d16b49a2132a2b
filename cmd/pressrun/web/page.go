package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/templates"
)

// Page answers with a page behind a token. Of p the caller sets what is the page's
// own; an empty Language becomes the visitor's.
func (f *Frame) Page(w http.ResponseWriter, r *http.Request, name string, p templates.Page) error {
	var body bytes.Buffer
	p.Private = true
	if err := f.write(&body, r, name, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err := body.WriteTo(w)
	return err
}

// PublicPage is Page for everybody: it may be kept for age.
func (f *Frame) PublicPage(w http.ResponseWriter, r *http.Request, name string, p templates.Page, age time.Duration) error {
	var body bytes.Buffer
	if err := f.write(&body, r, name, p); err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	Keep(w, r, "text/html; charset=utf-8", body.Bytes(), age)
	return nil
}

// Keep answers with a body that anybody may keep for age and then ask whether it has
// changed (RFC 9110 section 13.1.2).
func Keep(w http.ResponseWriter, r *http.Request, contentType string, body []byte, age time.Duration) {
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age.Seconds())))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (f *Frame) write(w io.Writer, r *http.Request, name string, p templates.Page) error {
	if p.Language == "" {
		p.Language = f.Language(r, "")
	}
	p.Root = f.Root()
	p.Keep = f.KeepLanguage(r)
	return f.Pages.Page(w, name, p)
}

// Language the visitor is answered in: the one they chose by hand, else prefer if it
// is known, else what their browser asks for, else the site's first.
func (f *Frame) Language(r *http.Request, prefer string) string {
	known := f.Pages.Languages()
	tags := make([]language.Tag, len(known))
	for i, k := range known {
		tags[i] = language.Make(k.Tag)
	}
	matcher := language.NewMatcher(tags)
	for _, wish := range []string{chosen(r), prefer, r.Header.Get("Accept-Language")} {
		if len(wish) > 200 {
			continue
		}
		if asked, _, err := language.ParseAcceptLanguage(wish); err == nil && len(asked) > 0 {
			if _, i, sure := matcher.Match(asked...); sure > language.No {
				return known[i].Tag
			}
		}
	}
	return known[0].Tag
}

// KeepLanguage is the query that holds on to a language chosen by hand, or "".
func (f *Frame) KeepLanguage(r *http.Request) string {
	if wish := chosen(r); wish != "" {
		for _, k := range f.Pages.Languages() {
			if k.Tag == wish {
				return "?lang=" + url.QueryEscape(k.Tag)
			}
		}
	}
	return ""
}

func chosen(r *http.Request) string { return r.URL.Query().Get("lang") }

// Style answers with the site's stylesheet. Its address names its content, so it may
// be kept for a year; a page from before a change still gets today's, for a minute.
func (f *Frame) Style(w http.ResponseWriter, r *http.Request) error {
	css, sum := f.Pages.Style()
	if r.PathValue("sum") != sum {
		Keep(w, r, "text/css; charset=utf-8", css, time.Minute)
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(css)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(css)
	return err
}
