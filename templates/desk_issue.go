package templates

import "time"

// A DeskIssue is the View of page "issue": the next issue of an edition as it stands.
type DeskIssue struct {
	Slug, Edition string
	Language      string // of the edition's name
	Number        int
	Slot          time.Time // in the edition's zone; now where Scheduled is false
	Scheduled     bool
	Paused        bool
	Zone          string
	Version       int        // of the plan that is shown: goes back with every form
	Skip          string     // why it would not be sent, "" when it would
	Changed       DeskChange // who changed it last
	Approval      DeskApproval
	Planned       bool // an editor wants something of it
	Ordered       bool // an editor put stories in order
	Groups        []DeskGroup
	Out           []DeskStory
	OutMore       int    // how many more are out
	Subject       string // as it is now
	Words         DeskWords
	Letters       []DeskLetter
	Look          DeskLook
	AddURL        string       // of a story that could not be added
	OneOffs       []DeskOneOff // what editors want of single runs
}

// A DeskChange says who changed something last; without a name nobody did.
type DeskChange struct {
	Name string
	At   time.Time
}

// A DeskApproval says how the editors' approval of an issue stands.
type DeskApproval struct {
	Asks, Four bool
	State      string // "waiting", "approved" or "held"; "" before anybody was asked
	Editors    []string
	At         time.Time
	Reason     string
	Changed    bool // the issue was changed after it was approved
}

// A DeskGroup is the stories in one language, in order.
type DeskGroup struct {
	Language string
	Several  bool // there are others
	Stories  []DeskStory
}

// A DeskStory is a story that is in an issue, or out, with its reason.
type DeskStory struct {
	ID           int64
	Place        int
	Title, URL   string
	Summary      string // plain text
	Source       string
	Section      string
	Language     string
	Picture, Alt string
	Published    time.Time
	Proven       bool // the date is the source's own
	Reason       DeskPhrase
	In, Lead     bool
	Pinned       bool // in whatever the rules say
	Hidden       bool
	Apart        bool // no part of a common event, at an editor's word
	Sent         bool // it cannot be put in
	Edited       bool
	Again        bool // it was sent before, and has changed since
	First, Last  bool
	Also, Likely []DeskAlso
	// Edit is what an editor wrote in its place; Typed keeps the form open.
	Edit  DeskWords
	Typed bool
}

// A DeskAlso is a story below another, or one that might be.
type DeskAlso struct {
	ID         int64
	Title, URL string
	Source     string
	Language   string
	Why        []string // what both have in common
}

// DeskWords are an editor's: for a letter its subject, the line after it and a note, for a
// story a headline as Subject and a summary as Preheader.
type DeskWords struct {
	Subject, Preheader, Note string
}

// A DeskLetter is what readers of one language get.
type DeskLetter struct {
	Language, Subject string
	Size, Limit       int // bytes of the HTML, and from which on it is cut off
	Stories           int
	Trims             string // what was left out to stay below, a sentence
}

// Least and Most bound the gauge's colours.
func (l DeskLetter) Least() int { return l.Limit * 7 / 10 }
func (l DeskLetter) Most() int  { return l.Limit * 9 / 10 }

// A DeskLook is how a letter is looked at.
type DeskLook struct {
	As        string   // one of All
	All       []string // "desktop", "phone", "dark", "text", "clipped"
	Language  string   // one of Languages
	Languages []string
	Path      string // of the letter alone
}

// A deskStory is a story with the page it stands on.
type deskStory struct {
	Page  deskFrame
	Story DeskStory
}

// Row lets a part that is used more than once have a story and the page.
func (f deskFrame) Row(s DeskStory) deskStory { return deskStory{f, s} }
