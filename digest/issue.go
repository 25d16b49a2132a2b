package digest

import (
	"errors"
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
)

// Carried reports whether a story left out for this reason is a candidate again.
func (r Reason) Carried() bool {
	return r.Code == ReasonLimit || r.Code == ReasonFew || r.Code == ReasonSent
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
