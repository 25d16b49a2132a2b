package templates

import (
	"html/template"
	"time"
)

// A DeskTimes is the View of page "times": when an edition goes out, and what editors want
// of single runs.
type DeskTimes struct {
	Slug, Edition string
	Language      string // of the edition's name
	Zone          string
	Now           time.Time // in it
	Paused        bool
	Runs          []DeskRunAt
	Form          DeskOneOffForm
}

// A DeskRunAt is a moment that the schedule or an editor names.
type DeskRunAt struct {
	At     time.Time
	Unix   int64
	Rest   string // why it does not go out then
	OneOff DeskOneOff
	Skip   bool // it can be left out
}

// A DeskOneOff is what an editor wants of a single run.
type DeskOneOff struct {
	ID          int64  // 0: there is none
	Kind        string // extra, moved or skip
	At, Instead time.Time
	By, Why     string
	Back        bool // it can be taken back
}

// A DeskOneOffForm sets a time.
type DeskOneOffForm struct {
	At, Min, Max string       // as a browser's field has it
	Instead      int64        // the run that is left out, 0 for none
	Choices      []DeskMoment // for Instead
	Why          string
}

// A DeskMoment is a moment to choose.
type DeskMoment struct {
	At   time.Time
	Unix int64
}

// Clock writes a moment as When does, for places that take no element.
func (f deskFrame) Clock(t time.Time) string { return f.tongue.clock(t, f.Now) }

// OneOff says what an editor wants of a single run beside that run's moment, and who it is.
func (f deskFrame) OneOff(o DeskOneOff) (template.HTML, error) { return f.oneOff("times."+o.Kind, o) }

// OneOffAt says it with the moment. That of a run that was moved has both anyway.
func (f deskFrame) OneOffAt(o DeskOneOff) (template.HTML, error) {
	word := "times." + o.Kind
	if o.At.IsZero() || o.Instead.IsZero() {
		word += ".on"
	}
	return f.oneOff(word, o)
}

func (f deskFrame) oneOff(word string, o DeskOneOff) (template.HTML, error) {
	pairs := []string{"at", f.Clock(o.At), "name", o.By}
	if !o.Instead.IsZero() {
		pairs = append(pairs, "instead", f.Clock(o.Instead))
	}
	return f.tongue.say(word, pairs...)
}
