package digest

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// ErrNotFound says that there is no edition, issue or article of that name or number.
var ErrNotFound = errors.New("not found")

// An Issue is one number of an edition, frozen: what was sent can be shown years later.
type Issue struct {
	ID      int64
	Edition string // its slug
	Number  int    // from 1 within the edition; 0 for a skipped one
	// Slot is the moment the issue was due; one edition has one issue for a slot.
	Slot    time.Time
	Created time.Time
	State   IssueState
	Reason  string  // why it was skipped or held, a sentence
	Stories []Story // in and out, each with its reason; in first, by place
	Plan    Plan    // what editors wanted of it
	// Counted says that its mails' links to stories are counted: as the rules were when it was
	// made.
	Counted bool
}

// Story returns a story of the issue, in or out; the zero Story where there is none.
func (i Issue) Story(id int64) Story {
	return i.story(func(s Story) bool { return s.ID == id })
}

// StoryAt returns the story that has one of the addresses, as Story does.
func (i Issue) StoryAt(addresses []string) Story {
	return i.story(func(s Story) bool { return slices.Contains(addresses, s.URL) })
}

func (i Issue) story(is func(Story) bool) (none Story) {
	if n := slices.IndexFunc(i.Stories, is); n >= 0 {
		return i.Stories[n]
	}
	return none
}

// IssueState says how far an issue has come. What became of each delivery is kept in the
// outbox.
type IssueState string

const (
	IssueFrozen  IssueState = "frozen"  // stories are picked, not yet handed to the outbox
	IssueSkipped IssueState = "skipped" // not sent, for its reason
	IssuePosted  IssueState = "posted"  // in the outbox
)

// A Story is an article in an issue, or left out of it, as it stood at the freeze.
type Story struct {
	Article
	In     bool
	Lead   bool
	Place  int // from 1 among the stories that are in
	Reason Reason
	Also   []Also `json:",omitempty"` // others of the same event
	Edited bool   `json:",omitempty"` // an editor changed its words for this issue
	Again  bool   `json:",omitempty"` // it was in an earlier issue, and has changed since
}

// An Also is a story that tells of the same event as another, which stands for both.
type Also struct {
	ID    int64
	Title string
	URL   string
	Why   []string // the words that both have
}

// A Reason says why a story is in an issue or not.
type Reason struct {
	Code   ReasonCode
	Detail string // what the sentence needs: a number, a topic, a headline
}

// ReasonCode names a reason.
type ReasonCode string

const (
	ReasonLead      ReasonCode = "lead"
	ReasonIn        ReasonCode = "in"
	ReasonSent      ReasonCode = "sent"      // Detail: number of the earlier issue
	ReasonOld       ReasonCode = "old"       // Detail: the rule's age
	ReasonLimit     ReasonCode = "limit"     // over Max; carried to the next issue. Detail: Max
	ReasonFew       ReasonCode = "few"       // fewer than Min in its language; carried. Detail: Min
	ReasonTopic     ReasonCode = "topic"     // of no topic that the edition takes
	ReasonNotTopic  ReasonCode = "not topic" // Detail: the topic that is left out
	ReasonSource    ReasonCode = "source"    // of a source that the edition does not take
	ReasonLanguage  ReasonCode = "language"  // Detail: the story's language
	ReasonDuplicate ReasonCode = "duplicate" // Detail: the headline it repeats
	ReasonEvent     ReasonCode = "event"     // on the same event as another. Detail: its headline
	ReasonAuthor    ReasonCode = "author"    // Detail: the author, "" for none the edition takes
	ReasonWord      ReasonCode = "word"      // Detail: the word that is left out, "" for none the edition asks for
	ReasonQuota     ReasonCode = "quota"     // over its section's share; carried. Detail: the section
	ReasonPinned    ReasonCode = "pinned"    // in, at an editor's word
	ReasonHidden    ReasonCode = "hidden"    // out, at an editor's word
	ReasonGone      ReasonCode = "gone"      // its page is not there any more. Detail: what the page said
	ReasonPulled    ReasonCode = "pulled"    // taken out while the issue was being sent. Detail: why
)

// Carried reports whether a story left out for this reason is a candidate again.
func (r Reason) Carried() bool {
	return r.Code == ReasonLimit || r.Code == ReasonFew || r.Code == ReasonSent || r.Code == ReasonQuota
}

// String returns the reason as a sentence fragment for people.
func (r Reason) String() string {
	switch r.Code {
	case ReasonLead:
		return "in: lead"
	case ReasonIn:
		return "in"
	case ReasonSent:
		return "already sent in issue " + r.Detail
	case ReasonOld:
		return "older than " + r.Detail
	case ReasonLimit:
		return "over the limit of " + r.Detail + ", carried to the next issue"
	case ReasonFew:
		return "fewer stories in this language than the " + r.Detail + " an issue needs, carried to the next"
	case ReasonTopic:
		return "of no topic this edition takes"
	case ReasonNotTopic:
		return "topic left out: " + r.Detail
	case ReasonSource:
		return "source not taken by this edition"
	case ReasonLanguage:
		return "language not set by this edition: " + r.Detail
	case ReasonDuplicate:
		return "duplicate of “" + r.Detail + "”"
	case ReasonEvent:
		return "on the same event as “" + r.Detail + "”, and named below it"
	case ReasonAuthor:
		if r.Detail == "" {
			return "by no author this edition takes"
		}
		return "author left out: " + r.Detail
	case ReasonWord:
		if r.Detail == "" {
			return "has none of the words this edition asks for"
		}
		return "has the word that is left out: " + r.Detail
	case ReasonQuota:
		return "over the share of its section, " + r.Detail + ", carried to the next issue"
	case ReasonPinned:
		return "in: an editor put it in"
	case ReasonPulled:
		return strings.TrimSuffix("pulled by an editor: "+r.Detail, ": ")
	case ReasonHidden:
		return "an editor left it out"
	case ReasonGone:
		return "its page is gone: " + r.Detail
	}
	return string(r.Code)
}

// A Variant is an issue as one group of readers gets it, kept as it was composed.
// Reader values are still placeholders in it.
type Variant struct {
	IssueID  int64
	Language string
	Subject  string
	HTML     []byte
	Text     []byte
}
