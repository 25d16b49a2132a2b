package templates

import "time"

// A FrontPage is the View of page "front": the paper's newsletters and their latest
// issues.
type FrontPage struct {
	Editions []EditionLink
	Issues   []IssueLink
}

// An EditionLink leads to an edition's archive.
type EditionLink struct {
	Name     string
	Path     string // on the site
	Language string // of the name
	Latest   *IssueLink
}

// An IssueLink leads to one issue.
type IssueLink struct {
	Title    string
	Path     string // on the site
	Language string // of the title
	Edition  string // its name, where issues of several stand together
	Number   int
	Date     time.Time // in the edition's zone
}

// An ArchivePage is the View of page "archive": one edition's issues, newest first.
type ArchivePage struct {
	Edition string
	Issues  []IssueLink
	// Older and Newer are paths on the site, "" at either end.
	Older, Newer string
}

// A LeavePage is the View of page "leave". Its buttons post to the page's own address.
type LeavePage struct {
	Edition string
	// Action is the path the forms post to, with Keep.
	Action string
	State  LeaveState
	// Others is the number of other editions that the reader gets.
	Others int
}

// LeaveState says which of its faces a LeavePage shows.
type LeaveState string

const (
	LeaveAsk  LeaveState = "ask"  // one button to leave
	LeaveDone LeaveState = "done" // left; may be undone
	LeaveAll  LeaveState = "all"  // left every edition at once; may be undone
	LeaveOver LeaveState = "over" // not a reader of it, and nothing to undo
)

// A PreferencesPage is the View of page "preferences".
type PreferencesPage struct {
	Action   string // the path the forms post to, with Keep
	Editions []PreferenceEdition
	// Languages the reader may choose; Chosen is the one they get now.
	Languages []PageLanguage
	Chosen    string
	// Saved says that the page answers a change.
	Saved bool
}

// A PreferenceEdition is an edition on a reader's preferences page.
type PreferenceEdition struct {
	Slug, Name string
	Language   string // of the name
	On         bool   // the reader gets it
	Return     bool   // the reader left it and may come back
}

// Any reports whether the reader gets any edition.
func (p PreferencesPage) Any() bool {
	for _, e := range p.Editions {
		if e.On {
			return true
		}
	}
	return false
}

// A SorryPage is the View of page "sorry": what went wrong, in a word that names a
// sentence of the lexicon, and the request's number.
type SorryPage struct {
	Word   string
	Number string
}
