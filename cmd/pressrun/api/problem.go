package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// A problem is an answer to a call that failed (RFC 9457). Its type tells programs what to
// do, its detail people.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"` // of the body, or the parameter, that is wrong

	challenge string        // WWW-Authenticate
	retry     time.Duration // after which it may be tried again
}

// Error is what the log says. The detail may quote an address and is left out.
func (p *problem) Error() string {
	if p.Field != "" {
		return p.Title + ": " + p.Field
	}
	return p.Title
}

// A kind of problem: the end of its type's URN, its status and its title.
type kind struct {
	urn    string
	status int
	title  string
}

// The kinds of problems. openapi.json lists them.
var (
	noToken     = kind{"unauthorized", http.StatusUnauthorized, "A valid token is needed"}
	noScope     = kind{"forbidden", http.StatusForbidden, "The token may not do this"}
	notFound    = kind{"not-found", http.StatusNotFound, "There is no such thing"}
	wrongMethod = kind{"method", http.StatusMethodNotAllowed, "This does not work here"}
	wrongParam  = kind{"parameter", http.StatusBadRequest, "A parameter is wrong"}
	unreadable  = kind{"malformed", http.StatusBadRequest, "The body could not be read"}
	unknown     = kind{"unknown-field", http.StatusBadRequest, "There is no such field"}
	noJSON      = kind{"media-type", http.StatusUnsupportedMediaType, "JSON is needed"}
	tooLarge    = kind{"too-large", http.StatusRequestEntityTooLarge, "The body is too large"}
	wrongField  = kind{"field", http.StatusUnprocessableEntity, "A field is wrong"}
	conflict    = kind{"conflict", http.StatusConflict, "It cannot be done as things stand"}
	stale       = kind{"changed", http.StatusPreconditionFailed, "Somebody else changed it meanwhile"}
	needsMatch  = kind{"version-needed", http.StatusPreconditionRequired, "Say which version you have seen"}
	needsKey    = kind{"key-needed", http.StatusBadRequest, "An Idempotency-Key is needed"}
	otherCall   = kind{"key-reused", http.StatusUnprocessableEntity, "The Idempotency-Key was used for another call"}
	underWay    = kind{"under-way", http.StatusConflict, "The same call is under way"}
	needsEditor = kind{"editors-needed", http.StatusConflict, "Only editors can do this"}
	noRelay     = kind{"relay", http.StatusBadGateway, "The mail server did not take it"}
	tooMany     = kind{"too-many", http.StatusTooManyRequests, "Too many calls"}
	ours        = kind{"internal", http.StatusInternalServerError, "Something went wrong on our side"}
)

func (k kind) because(format string, args ...any) *problem {
	return &problem{Type: "urn:pressrun:" + k.urn, Title: k.title, Status: k.status, Detail: fmt.Sprintf(format, args...)}
}

// in names the field that is wrong.
func (p *problem) in(field string) *problem {
	p.Field = field
	return p
}

// problemOf finds what a program may be told about err.
func problemOf(err error) *problem {
	var p *problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return tooLarge.because("A body may have %d bytes here; nothing was changed.", large.Limit)
	case errors.Is(err, digest.ErrNotFound), errors.Is(err, subscribers.ErrNotFound), errors.Is(err, errNoHook):
		return notFound.because("It was removed, or never there.")
	case errors.Is(err, outbox.ErrNoRun):
		return conflict.because("This issue was never handed to the outbox.")
	}
	return ours.because("Try again in a minute; if it stays so, the log of the server says why.")
}

// excuse answers a call that failed, and returns what is logged.
func excuse(w http.ResponseWriter, err error) error {
	p := problemOf(err)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	if p.challenge != "" {
		h.Set("WWW-Authenticate", p.challenge)
	}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(p.retry)))
	}
	w.WriteHeader(p.Status)
	if failed := json.NewEncoder(w).Encode(p); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}
