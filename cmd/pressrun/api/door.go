package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

type bodyKey struct{}

// handle puts a route behind its guards.
func (a *API) handle(rt route) http.Handler {
	framed := a.Frame.Handle(web.Private, func(w http.ResponseWriter, r *http.Request) error {
		if whole, ok := r.Context().Value(bodyKey{}).(io.ReadCloser); ok {
			r.Body = http.MaxBytesReader(w, whole, rt.limit())
		}
		said, err := a.answer(w, r, rt)
		if err != nil {
			return excuse(w, err)
		}
		return said.write(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The frame cuts bodies off at what a form may have.
		framed.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), bodyKey{}, r.Body)))
	})
}

// answer lets a call in and has it done, once.
func (a *API) answer(w http.ResponseWriter, r *http.Request, rt route) (said, error) {
	c := &call{Request: r, now: time.Now(), alive: func() {}}
	c.decide = func(n int64) error { c.first = n; return nil }
	c.slow = func(d time.Duration) {
		control, until := http.NewResponseController(w), time.Now().Add(d)
		_ = errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until)) // where it cannot be, the usual ones hold
	}
	if rt.scope != "" {
		if err := a.admit(c, w.Header(), rt.scope); err != nil {
			return said{}, err
		}
	}
	for name := range r.URL.Query() {
		if !slices.Contains(rt.query, name) {
			return said{}, wrongParam.because("There is no parameter %.80q here.", name).in(name)
		}
	}
	if !rt.changes() {
		done, err := rt.serve(c)
		if err != nil {
			return said{}, err
		}
		return done.said()
	}
	return a.once(c, rt)
}

// admit finds out whose token it is, and refuses what it may not do. The header of the answer
// says how much the token may still ask.
func (a *API) admit(c *call, h http.Header, least staff.Scope) error {
	scheme, token, _ := strings.Cut(c.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		p := noToken.because("Send the header Authorization: Bearer and a token; `pressrun tokens add` makes one.")
		p.challenge = `Bearer realm="pressrun"` // RFC 6750 section 3: without an error when nothing was sent
		return p
	}
	var err error
	c.token, err = a.Staff.Token(c.Context(), strings.TrimSpace(token), c.now)
	if errors.Is(err, staff.ErrToken) {
		p := noToken.because("This token does not exist, was revoked or has run out.")
		p.challenge = `Bearer realm="pressrun", error="invalid_token"`
		return p
	}
	if err != nil {
		return err
	}
	wait := a.tally(h, c.token.ID, c.now)
	if wait > 0 {
		p := tooMany.because("A token may ask %v times a second, and %d times at once; try again in %d seconds.", a.Pace.PerSecond, a.Pace.AtOnce, seconds(wait))
		p.retry = wait
		return p
	}
	if !covers(c.token, least) {
		p := noScope.because("This needs a token with the scope %q.", least)
		p.challenge = `Bearer realm="pressrun", error="insufficient_scope", scope="` + string(least) + `"`
		return p
	}
	return nil
}

// covers reports whether a token is good for a scope: who may write may read, and who may
// send may do both.
func covers(t staff.APIToken, least staff.Scope) bool {
	for _, s := range staff.Scopes[slices.Index(staff.Scopes, least):] {
		if t.Allows(s) {
			return true
		}
	}
	return false
}

// methods that a path may have.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete}

// noRoute answers what no route fits: a path that is not there, a method that is not, or
// the question which are.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) error {
	var allowed []string
	for _, m := range methods {
		asked := r.Clone(r.Context())
		asked.Method = m
		if _, pattern := mux.Handler(asked); pattern != Root {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) == 0 {
		return excuse(w, notFound.because("There is no such path; %sopenapi.json lists them.", Root))
	}
	w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return excuse(w, wrongMethod.because("Of this path there is %s.", strings.Join(allowed, ", ")))
}
