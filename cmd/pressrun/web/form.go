package web

import (
	"bytes"
	"net/http"

	"github.com/pressrun/pressrun/templates"
)

// FormPage answers with a page that has a form for everybody, or that a form led to. Of p
// the caller sets what is the page's own; an empty Language becomes the visitor's.
func (f *Frame) FormPage(w http.ResponseWriter, r *http.Request, status int, name string, p templates.Page) error {
	var body bytes.Buffer
	if err := f.write(&body, r, name, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := body.WriteTo(w)
	return err
}
