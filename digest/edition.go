// Package digest is what is sent: sources give articles, an edition's rules pick from
// them, and an issue freezes the pick.
package digest

import "time"

// An Edition is a newsletter as readers know it.
type Edition struct {
	ID   int64
	Slug string // [a-z0-9-]{1,40}, in URLs and in List-Id, never changed
	Name string
	// Languages the edition is set in, BCP 47, the first is for readers who chose none
	// of them. At least one.
	Languages []string
	Rules     Rules
	Schedule  Schedule
	Approval  Approval
	// Doubt says what happens to a delivery whose outcome is not known.
	Doubt Doubt
	// Paused editions are not sent by the scheduler.
	Paused bool
	Added  time.Time
}

// Doubt is an edition's policy for deliveries in doubt (RFC 1047).
type Doubt string

const (
	DoubtResend Doubt = "resend" // send the same bytes once more
	DoubtHold   Doubt = "hold"   // leave it to an editor
)

// Rules say which articles an issue takes. The zero value of a field means no such rule.
type Rules struct {
	Sources   []string      `json:"sources,omitempty"`    // source URLs; empty: all
	Topics    []string      `json:"topics,omitempty"`     // sections or topics to take; empty: all
	NotTopics []string      `json:"not_topics,omitempty"` // sections or topics to leave out
	Max       int           `json:"max,omitempty"`        // stories an issue has at most, for each language
	Min       int           `json:"min,omitempty"`        // with fewer the issue is skipped
	MaxAge    time.Duration `json:"max_age,omitempty"`    // since publication
	// Authors and Words work as Topics do: a word, or several, that stand so in the headline
	// or the summary.
	Authors    []string `json:"authors,omitempty"`
	NotAuthors []string `json:"not_authors,omitempty"`
	Words      []string `json:"words,omitempty"`
	NotWords   []string `json:"not_words,omitempty"`
	// Quotas are how many stories of a section an issue has at most, for each language.
	Quotas map[string]int `json:"quotas,omitempty"`
	// Updates sends a story once more, marked as updated, when its headline or summary
	// changed after it went out.
	Updates bool `json:"updates,omitempty"`
	// Apart sets every story by itself. Without it those that tell of the same event are
	// one, with the others named below it.
	Apart bool     `json:"apart,omitempty"`
	Lead  LeadRule `json:"lead,omitempty"`
	// Sections in the order an issue has them; sections not named follow by name.
	Sections []string `json:"sections,omitempty"`
	// Mixed puts stories of every language into one issue that all readers get. Without
	// it a reader gets the stories of their language.
	Mixed bool `json:"mixed,omitempty"`
	// Clicks counts how often stories are opened from its letters, by nobody's name.
	Clicks bool `json:"clicks,omitempty"`
	// Private keeps its issues from search engines.
	Private bool `json:"private,omitempty"`
	// Look is how its letters are set.
	Look Look `json:"look,omitzero"`
	// Unchecked sends stories without asking first whether their pages are still there.
	Unchecked bool `json:"unchecked,omitempty"`
	// Offer are the topics and sections a reader may choose among; empty: no choice.
	Offer []string `json:"offer,omitempty"`
}

// A Look is how the letters of an edition are set.
type Look struct {
	Theme      string `json:"theme,omitempty"`       // "" for the usual one
	Hijri      bool   `json:"hijri,omitempty"`       // the date in both calendars
	HijriShift int    `json:"hijri_shift,omitempty"` // days by which the announced month differs from the calculated, -1 to 1
	Digits     string `json:"digits,omitempty"`      // "arab" for ٠١٢٣, "" for 0123
	Campaign   bool   `json:"campaign,omitempty"`    // story links carry utm_source, utm_medium and utm_campaign
	Pictures   string `json:"pictures,omitempty"`    // one of the constants below
}

// Where the pictures of letters come from.
const (
	PicturesOurs   = ""       // copies of ours
	PicturesSource = "source" // left where they are
	PicturesNone   = "none"   // there are none
)

// LeadRule says which of the picked stories leads.
type LeadRule string

const (
	LeadNewest  LeadRule = ""        // the newest
	LeadPicture LeadRule = "picture" // the newest that has a picture, else the newest
	LeadSection LeadRule = "section" // the newest of the first section named in Sections, else the newest
)
