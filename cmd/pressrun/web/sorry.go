package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pressrun/pressrun/templates"
)

// A refusal is an error that a visitor is told about in words of its own.
type refusal struct {
	status int
	word   string // names the sentence in site/words
}

func (e *refusal) Error() string { return "refused: " + e.word }

// The answers to what a visitor got wrong. Each names its sentence in site/words.
var (
	ErrNoPage error = &refusal{http.StatusNotFound, "sorry.page"}
	// ErrPulled is for a link to a story that was pulled after the letter had left.
	ErrPulled error = &refusal{http.StatusGone, "sorry.pulled"}
	// ErrLink is for a token that is cut, tampered with or made for something else.
	ErrLink error = &refusal{http.StatusNotFound, "sorry.link"}
	// ErrForm is for a form that is none of ours.
	ErrForm error = &refusal{http.StatusBadRequest, "sorry.form"}
	// ErrBlocked is for an address that nothing may be sent to, whatever its owner presses.
	ErrBlocked error = &refusal{http.StatusConflict, "sorry.blocked"}
	// ErrTaken is for a new address that gets mail of its own already.
	ErrTaken error = &refusal{http.StatusConflict, "move.taken"}
	// ErrBusy is for a network that too much comes from.
	ErrBusy  error = &refusal{http.StatusTooManyRequests, "busy"}
	errLarge       = &refusal{http.StatusRequestEntityTooLarge, "sorry.large"}
	errOurs        = &refusal{http.StatusInternalServerError, "sorry.ours"}
	errWrong       = &refusal{http.StatusMethodNotAllowed, "sorry.method"}
)

// Plain returns err, to be answered in one line of text: for programs that ask (RFC
// 8058), whatever they say they accept.
func Plain(err error) error {
	if err == nil {
		return nil
	}
	return &plain{err}
}

type plain struct{ error }

func (e *plain) Unwrap() error { return e.error }

// reason finds what a visitor may be told about err.
func reason(err error) *refusal {
	var told *refusal
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errLarge
	case errors.As(err, &told):
		return told
	}
	return errOurs
}

// excuse answers a request that failed: a page for those who asked for one, else a line.
func (f *Frame) excuse(w http.ResponseWriter, r *http.Request, number string, err error) {
	told := reason(err)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", f.policy(Private))
	for _, name := range []string{"ETag", "Last-Modified", "Content-Language"} {
		h.Del(name)
	}
	var line *plain
	if errors.As(err, &line) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		f.line(w, r, told, number)
		return
	}
	var page bytes.Buffer
	view := templates.SorryPage{Word: told.word, Number: number}
	if err := f.write(&page, r, "sorry", templates.Page{Private: true, View: view}); err != nil {
		f.line(w, r, told, number)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(told.status)
	page.WriteTo(w)
}

// line is what excuse says to those who did not ask for a page.
func (f *Frame) line(w http.ResponseWriter, r *http.Request, told *refusal, number string) {
	Line(w, told.status, f.Say(r, told.word)+". "+f.Say(r, told.word+".text")+" ("+number+")")
}

// Say returns the sentence of that name in the visitor's language.
func (f *Frame) Say(r *http.Request, word string) string {
	return f.Pages.Sentence(f.Language(r, ""), word)
}

// Line answers with a line of plain text.
func Line(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
}
