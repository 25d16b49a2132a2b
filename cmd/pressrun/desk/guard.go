package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// maxForm is what a form may have at most (W12).
const maxForm = 64 << 10

type bodyKey struct{}
type sessionKey struct{}

// handle puts a route behind its guards.
func (d *Desk) handle(rt route) http.Handler {
	framed := d.Frame.Handle(web.Active, func(w http.ResponseWriter, r *http.Request) error {
		d.setHeaders(w.Header())
		if whole, ok := r.Context().Value(bodyKey{}).(bodyOf); ok && rt.body > 0 {
			r.Body = http.MaxBytesReader(w, whole.ReadCloser, rt.body)
		}
		answer := &answer{ResponseWriter: w}
		r, err := d.admit(answer, r, rt)
		defer func() {
			if r.MultipartForm != nil { // the server knows only of its own request's files
				r.MultipartForm.RemoveAll()
			}
		}()
		if err == nil {
			err = rt.serve(answer, r)
		}
		if err != nil && !answer.begun {
			return d.excuse(answer, r, err)
		}
		return err
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rt.body > 0 { // the frame cuts bodies off at what a form may have
			r = r.WithContext(context.WithValue(r.Context(), bodyKey{}, bodyOf{r.Body}))
		}
		framed.ServeHTTP(w, r)
	})
}

// admit finds out who asks, and refuses what they may not do. The request it returns knows
// the session.
func (d *Desk) admit(w http.ResponseWriter, r *http.Request, rt route) (*http.Request, error) {
	if rt.file {
		return r, nil
	}
	s, err := d.Staff.Session(r.Context(), cookie(r, sessionCookie), time.Now())
	switch {
	case errors.Is(err, staff.ErrSession):
		if s, err = d.visitor(w, r); err != nil {
			return r, err
		}
	case err != nil:
		return r, err
	}
	r = r.WithContext(context.WithValue(r.Context(), sessionKey{}, s))
	if rt.changes() && !d.sameOrigin(r) {
		return r, errForm
	}
	if rt.least != "" && s.Editor.ID == 0 {
		return r, errLogin
	}
	if rt.least != "" && !s.Editor.Role.Covers(rt.least) {
		return r, errRole
	}
	if rt.changes() && !d.Staff.FormFits(s.Cookie, d.formToken(r, rt)) {
		if large := tooLarge(r); large != nil {
			return r, large
		}
		return r, errForm
	}
	return r, nil
}

// formToken is read from a header where a script sends the request or the body is too large
// to be read for it, else from the form.
func (d *Desk) formToken(r *http.Request, rt route) string {
	if t := r.Header.Get("X-CSRF-Token"); t != "" {
		return t
	}
	if rt.body > maxForm && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		// The rest of what is larger goes to a file until the request is over.
		if err := r.ParseMultipartForm(maxForm); err != nil {
			return ""
		}
	}
	return r.PostFormValue("csrf")
}

// tooLarge tells a form that was cut off from one that is none of ours.
func tooLarge(r *http.Request) error {
	var large *http.MaxBytesError
	if err := r.ParseForm(); errors.As(err, &large) {
		return err
	}
	return nil
}

// visitor is a session of nobody: its cookie serves the form of the login only.
func (d *Desk) visitor(w http.ResponseWriter, r *http.Request) (staff.Session, error) {
	known := cookie(r, visitorCookie)
	if len(known) < 40 && r.Method == http.MethodGet {
		known = newVisitor()
		d.setCookie(w, visitorCookie, known, time.Time{})
	}
	return staff.Session{Cookie: known, CSRF: d.Staff.FormToken(known)}, nil
}

// session is who asks: nobody, with ID 0, on the pages before the login.
func session(r *http.Request) staff.Session {
	s, _ := r.Context().Value(sessionKey{}).(staff.Session)
	return s
}

// sameOrigin reports whether a page of ours sent the request. Every browser that can show
// the desk says so in one of two headers; who says nothing is not believed (W10).
func (d *Desk) sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none": // none: typed, or reloaded, by the editor
		return true
	case "":
	default:
		return false
	}
	from, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || from.Host == "" {
		return false
	}
	base, err := url.Parse(d.Frame.Base)
	if err == nil && from.Scheme == base.Scheme && from.Host == base.Host {
		return true
	}
	return from.Host == r.Host
}

// setHeaders says what a page of the desk may do (W11). Pictures come from the paper's own
// servers, so that a story is shown with its own.
func (d *Desk) setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https: http:"+
		"; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer, browsers hide the Origin of forms
	h.Set("Cache-Control", "no-store")
}

// An answer remembers whether it has begun.
type answer struct {
	http.ResponseWriter
	begun bool
}

func (a *answer) WriteHeader(status int) {
	a.begun = true
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
