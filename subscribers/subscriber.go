// Package subscribers is to whom a digest goes: addresses, what their owners agreed to,
// and who must not be written to.
//
// A subscriber has one subscription for each edition they chose. Other packages read who
// may be written to from the SQL views recipient (issues) and addressee (letters to one
// reader) and from nowhere else. An edition is known here by its slug only.
//
// What a form says is anybody's until the owner of the address confirms it: it waits in a
// sign-up, and which letter follows is in LettersDue.
package subscribers

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/pressrun/pressrun/subscribers/db"
)

// A Store keeps subscribers. Its methods are safe for concurrent use.
type Store struct {
	db      *db.DB
	keys    *Keys
	landing int // arrivals in a transaction
	signups *gathering
	wanted  chan struct{}
}

// NewStore returns a store on a database that was migrated with Schema. The keys hash the
// addresses of suppressions.
func NewStore(d *db.DB, keys *Keys) *Store {
	return &Store{db: d, keys: keys, landing: landingRows, signups: newGathering(d), wanted: make(chan struct{}, 1)}
}

// ErrNotFound says that there is no such subscriber or subscription (any more).
var ErrNotFound = errors.New("no such subscriber")

// A Subscriber is a person with one address.
type Subscriber struct {
	ID       int64  `json:"-"`
	Email    string `json:"email"` // an Address, as text
	Name     string `json:"name"`
	Language string `json:"language"` // a BCP 47 tag, "" for the edition's own
	Format   Format `json:"format"`
	// Uncounted readers get links that lead straight to the stories.
	Uncounted bool `json:"uncounted"`
	// Suppressed addresses get nothing, whatever their subscriptions say.
	Suppressed bool      `json:"suppressed"`
	Created    time.Time `json:"created"`
}

// A Subscription is a subscriber's choice of an edition.
type Subscription struct {
	ID           int64     `json:"-"`
	SubscriberID int64     `json:"-"`
	Edition      string    `json:"edition"` // slug
	State        State     `json:"state"`
	Choices      Choices   `json:"choices"`
	PausedUntil  time.Time `json:"paused_until,omitzero"` // zero if unknown, as are Confirmed and Left
	Created      time.Time `json:"created"`
	Confirmed    time.Time `json:"confirmed,omitzero"`
	Left         time.Time `json:"left,omitzero"`
	// Since is from when on the edition's stories are owed to the reader: when they
	// confirmed, or came back. Zero for one who never confirmed.
	Since time.Time `json:"since,omitzero"`
}

// A State is where a subscription stands.
type State string

const (
	Pending      State = "pending"      // signed up, not yet confirmed (W5)
	Confirmed    State = "confirmed"    // gets every issue
	Paused       State = "paused"       // gets nothing for a while
	Unsubscribed State = "unsubscribed" // left; comes back only by an act of their own
)

// A Format is what a reader wants to get.
type Format string

const (
	HTML Format = "html" // HTML with a text part
	Text Format = "text" // text alone
)

// NewSubscriber describes a reader who is to be added. Only Address must be set.
type NewSubscriber struct {
	Address  Address
	Name     string
	Language string // BCP 47
	Format   Format // HTML if empty
}

const maxName = 200 // runes; ours

// checked returns n as it may be stored, or a sentence about what is wrong with it.
func (n NewSubscriber) checked() (NewSubscriber, error) {
	if n.Address.IsZero() {
		return n, errors.New("the address is empty")
	}
	var err error
	if n.Name, err = cleanName(n.Name); err != nil {
		return n, err
	}
	if n.Language, err = cleanLanguage(n.Language); err != nil {
		return n, err
	}
	switch n.Format {
	case "":
		n.Format = HTML
	case HTML, Text:
	default:
		return n, fmt.Errorf("format %q is not known; use %q or %q", n.Format, HTML, Text)
	}
	return n, nil
}

// cleanName puts a name into one line of NFC. What could break a header is refused (F19).
func cleanName(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if !utf8.ValidString(s) {
		return "", errors.New("the name has bytes that are no text in UTF-8")
	}
	s = strings.TrimFunc(s, isBlank)
	if strings.ContainsFunc(s, isForbidden) {
		return "", errors.New("the name has a line break or another control character in it")
	}
	if !isASCII(s) || strings.Contains(s, "  ") {
		s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	}
	if utf8.RuneCountInString(s) > maxName {
		return "", fmt.Errorf("the name has more than %d characters", maxName)
	}
	return s, nil
}

// cleanLanguage returns the canonical spelling of a language tag: AR_sa becomes ar-SA.
func cleanLanguage(s string) (string, error) {
	switch s {
	case "", "en", "ar": // the two that nearly all readers have; the rest takes a parser
		return s, nil
	}
	tag, err := language.Parse(strings.TrimSpace(s))
	if err != nil || tag == language.Und || len(s) > 35 {
		return "", fmt.Errorf("language %q is not known; write a tag such as en, ar or pt-BR", s)
	}
	return tag.String(), nil
}

// cleanEdition accepts an edition's slug.
func cleanEdition(s string) error {
	if s == "" || len(s) > 40 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("edition %q: a name of small letters, digits and hyphens is needed, such as daily", s)
	}
	return nil
}
