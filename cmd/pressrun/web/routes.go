package web

import (
	"net/http"
	"strings"
)

// Routes serves mux and answers in our own words what it has no route for. Paths are
// taken with and without the path of the public URL, as a proxy may strip it.
func (f *Frame) Routes(mux *http.ServeMux) http.Handler {
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		f.Handle(Private, func(w http.ResponseWriter, r *http.Request) error {
			return refused(w, r, h)
		}).ServeHTTP(w, r)
	})
	root := f.Root()
	if root == "" {
		return serve
	}
	stripped := http.StripPrefix(root, serve)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, root+"/") {
			stripped.ServeHTTP(w, r)
		} else {
			serve.ServeHTTP(w, r)
		}
	})
}

// refused asks the mux's own answer to a request without route whether the path or
// only the method is wrong.
func refused(w http.ResponseWriter, r *http.Request, muxAnswer http.Handler) error {
	unsent := &unsent{header: http.Header{}}
	muxAnswer.ServeHTTP(unsent, r)
	if unsent.status != http.StatusMethodNotAllowed {
		return ErrNoPage
	}
	w.Header()["Allow"] = unsent.header["Allow"] // RFC 9110 section 15.5.6
	return errWrong
}

// unsent is an answer that is looked at and thrown away.
type unsent struct {
	header http.Header
	status int
}

func (u *unsent) Header() http.Header         { return u.header }
func (u *unsent) WriteHeader(status int)      { u.status = status }
func (u *unsent) Write(p []byte) (int, error) { return len(p), nil }
