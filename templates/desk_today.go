package templates

import (
	"html/template"
	"time"
)

// A DeskToday is the View of page "today".
type DeskToday struct {
	Editions []DeskNext
	Running  []DeskRunning
	// Checks are what is red or might become so, the worst first; with none of them all is
	// well, and Well says of what.
	Checks []DeskCheck
	Well   []DeskPhrase
	Latest []DeskLatest
}

// A DeskNext is an edition and when it goes out.
type DeskNext struct {
	Slug, Name string
	Language   string // of the name
	Zone       string
	Next       []time.Time // up to three, in its zone; none: by hand
	Paused     bool
	Asks       bool // editors are asked before it goes out
	OneOffs    []DeskOneOff
}

// A DeskRunning is an issue on its way.
type DeskRunning struct {
	ID       int64
	Edition  string // its name
	Language string // of the name
	Number   int
	State    string // running, paused or stopped
	Reason   string
	Settled  int64 // of Prepared
	Prepared int64
	Doubt    int64 // whose outcome is not known
}

// Percent of the readers whose copy is settled.
func (r DeskRunning) Percent() int64 {
	if r.Prepared == 0 {
		return 0
	}
	return r.Settled * 100 / r.Prepared
}

// A DeskLatest is an issue that went out, or did not.
type DeskLatest struct {
	ID       int64
	Edition  string // its name
	Language string // of the name
	Number   int
	Slot     time.Time
	State    string
	Reason   string // why it was not sent
}

// A DeskCheck is something that wants to be looked at, and what to do about it.
type DeskCheck struct {
	State    string // "bad" or "warn"
	What, Do DeskPhrase
	// Detail is what the program or a server said, "" for nothing.
	Detail string
	Path   string // of the page where it can be mended, "" for none
}

// A DeskPhrase is a sentence of the desk that is chosen elsewhere.
type DeskPhrase struct {
	Word string
	// Counted picks the plural form for N.
	Counted bool
	N       int64
	Pairs   []string // names and values
	Said    []string // names and values that are sentences of the lower rooms
	// At is a moment that the sentence calls {ago}, zero for none.
	At time.Time
}

// Phrase says it.
func (f deskFrame) Phrase(p DeskPhrase) (template.HTML, error) {
	if p.Word == "" {
		return "", nil
	}
	pairs := p.Pairs
	if !p.At.IsZero() {
		pairs = append([]string{"ago", f.tongue.ago(p.At.Sub(f.Now))}, pairs...)
	}
	if p.Counted {
		return f.tongue.counted(p.Word, p.N, pairs...)
	}
	var marked []string
	for i := 0; i < len(p.Said); i += 2 {
		marked = append(marked, p.Said[i], string(f.tongue.said(p.Said[i+1])))
	}
	return f.tongue.sayWith(p.Word, marked, pairs...)
}
