package api

import (
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pressrun/pressrun/digest"
)

// A oneOff is what somebody wants of a single run, as programs see it.
type oneOff struct {
	ID      int64             `json:"id"`
	Kind    digest.OneOffKind `json:"kind"`
	At      time.Time         `json:"at,omitzero"`      // when an issue goes out
	Instead time.Time         `json:"instead,omitzero"` // the run that does not
	By      string            `json:"by"`
	Why     string            `json:"why,omitempty"`
	Set     time.Time         `json:"set"`
	// Twice: clocks have a time that was asked for twice, and the first is meant. Said once.
	Twice bool `json:"twice,omitempty"`
}

func viewOneOff(o digest.OneOff) oneOff {
	return oneOff{ID: o.ID, Kind: o.Kind(), At: utc(o.At), Instead: utc(o.Instead), By: o.Editor, Why: o.Why, Set: utc(o.Set)}
}

func (a *API) listOneOffs(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	l := list[oneOff]{Items: []oneOff{}}
	for _, o := range e.Schedule.Pending(c.now) {
		l.Items = append(l.Items, viewOneOff(o))
	}
	return answer{body: l}, nil
}

// addOneOff sets one issue more, moves a run, or leaves one out. Asked again by the same
// token it answers with the one that there is.
func (a *API) addOneOff(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	var v struct {
		At      string `json:"at"`
		Instead string `json:"instead"`
		Why     string `json:"why"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	if v.At == "" && v.Instead == "" {
		return answer{}, wrongField.because("Say when an issue goes out, or instead of which run, or both.").in("at")
	}
	o := digest.OneOff{Editor: digest.ProgramNamed(c.token.Name), Why: v.Why}
	twice := false
	for _, f := range []struct {
		field, text string
		to          *time.Time
	}{{"at", v.At, &o.At}, {"instead", v.Instead, &o.Instead}} {
		if f.text == "" {
			continue
		}
		both := false
		if *f.to, both, err = e.Schedule.Moment(f.text, c.now); err != nil {
			return answer{}, wrongField.because("%s.", capital(err)).in(f.field)
		}
		twice = twice || both
	}
	o, made, err := a.Digest.PutOneOff(c.Context(), e, o, c.now)
	if err != nil {
		return answer{}, oneOffProblem(err)
	}
	shown := viewOneOff(o)
	shown.Twice = twice
	done := answer{body: shown}
	if made {
		done.status, done.act, done.what, done.detail = 201, "one-off", e.Slug, o.Words(e.Schedule)
		done.location = a.Frame.Root() + Root + "editions/" + e.Slug + "/one-offs"
	}
	return done, nil
}

// removeOneOff takes one back before anything came of it.
func (a *API) removeOneOff(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	id, err := c.id("id")
	if err != nil {
		return answer{}, err
	}
	o, err := a.Digest.TakeBack(c.Context(), e, id, digest.ProgramNamed(c.token.Name), c.now)
	if err != nil {
		return answer{}, oneOffProblem(err)
	}
	return answer{status: 204, act: "one-off-back", what: e.Slug, detail: o.Words(e.Schedule)}, nil
}

// capital begins a sentence for people.
func capital(err error) string {
	first, size := utf8.DecodeRuneInString(err.Error())
	return string(unicode.ToUpper(first)) + err.Error()[size:]
}

// oneOffProblem says what is wrong with a wish: with the field, or with how things stand.
func oneOffProblem(err error) error {
	var why *digest.OneOffError
	if !errors.As(err, &why) {
		return refused(err)
	}
	switch why.Code {
	case digest.OneOffPast, digest.OneOffFar:
		return wrongField.because("%s.", capital(err))
	case digest.OneOffLong:
		return wrongField.because("%s.", capital(err)).in("why")
	case digest.OneOffNoRun:
		return wrongField.because("%s.", capital(err)).in("instead")
	}
	return conflict.because("%s.", capital(err))
}
