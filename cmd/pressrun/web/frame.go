// Package web is what the readers' site, the desk and the programs' interface share:
// how a request is answered, guarded, logged and, when it fails, excused.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pressrun/pressrun/templates"
)

// maxBody is what a form may have at most (W12).
const maxBody = 64 << 10

// A Handler answers a request or returns why it cannot. What it returns is logged and
// never shown: visitors see a sentence and a request number.
type Handler func(w http.ResponseWriter, r *http.Request) error

// A Frame stands around every handler.
type Frame struct {
	Pages *templates.Pages // must be set
	Log   *slog.Logger     // must be set
	// Base is the public URL of the site without a slash at its end,
	// "https://letters.example.org". Must be set.
	Base string
}

// Handle answers requests by h, with the headers of kind. Each request leaves one line
// in the log, with the route and never the path: paths carry tokens.
func (f *Frame) Handle(kind Kind, h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		number := requestNumber()
		f.setHeaders(w.Header(), kind)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		seen := &witness{ResponseWriter: w}
		err := guarded(h, seen, r)
		if err != nil && seen.status == 0 {
			f.excuse(seen, r, number, err)
		}
		f.log(r, number, seen.status, time.Since(start), err)
	})
}

// guarded turns a panic into an error, so that it is excused and logged like one.
func guarded(h Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return h(w, r)
}

// log writes the request's one line. Failures of ours are errors; what a visitor got
// wrong is kept findable by the number they were shown.
func (f *Frame) log(r *http.Request, number string, status int, took time.Duration, err error) {
	level := slog.LevelDebug
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		err = errors.New("the visitor went away before the answer")
	case status >= 500 || err != nil && status < 400:
		level = slog.LevelError
	case err != nil:
		level = slog.LevelInfo
	}
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	attrs := []slog.Attr{
		slog.String("request", number), slog.String("method", knownMethod(r.Method)), slog.String("route", route),
		slog.Int("status", status), slog.Duration("took", took.Round(time.Microsecond)),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	f.Log.LogAttrs(context.WithoutCancel(r.Context()), level, "request", attrs...)
}

// knownMethod keeps what a stranger may write as a method out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return m
	}
	return "other"
}

// Root is the path under which the site is reached from outside: "" or "/letters".
func (f *Frame) Root() string {
	u, err := url.Parse(f.Base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// requestNumber is short enough to be read out over a telephone.
func requestNumber() string {
	text := rand.Text()
	return text[:4] + "-" + text[4:8]
}

// A witness remembers what status was answered, 0 while nothing was.
type witness struct {
	http.ResponseWriter
	status int
}

func (w *witness) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }
