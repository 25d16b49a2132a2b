package digest

import (
	"slices"
	"strings"
	"time"
)

// A Source is a place articles come from: a feed of a news site, one of its pages, its
// news sitemap, or a folder of files.
type Source struct {
	ID      int64
	URL     string // as the operator gave it; of a folder its file: URL
	Kind    SourceKind
	Title   string // the feed's own title
	HomeURL string // the site the feed belongs to; relative links are resolved against it
	// Language is a BCP 47 tag. It is what the feed declares unless the operator set
	// one with the source; "" when neither says.
	Language string
	// Section is given to articles of this source that name none themselves.
	Section string
	// Selectors find the stories of a page; empty for every other kind.
	Selectors Selectors

	// Hub tells at once when the source has news (WebSub); "" if the source names none.
	Hub   string
	Topic string // the address of the source as its hub knows it

	ETag         string // of the last answer that had a body
	LastModified string
	BodyHash     string    // of what the source gave last, to tell a new answer from a repeated one
	FetchedAt    time.Time // last time the source was asked, zero if never
	ChangedAt    time.Time // last time the answer had new bytes
	Failures     int       // in a row
	Error        string    // the last failure as a sentence for people, "" when it went well
	// NextAt is when a source that failed is asked again, zero when it went well.
	NextAt time.Time
	// ToldNext says that the site itself named NextAt (Retry-After), so that nobody asks
	// it earlier, not even by hand.
	ToldNext bool
}

// HasSource reports whether a source of that address is among others.
func HasSource(have []Source, url string) bool {
	return slices.ContainsFunc(have, func(s Source) bool { return strings.EqualFold(s.URL, url) })
}

// A SourceKind says how a source is read.
type SourceKind string

const (
	// SourceFeed is RSS, Atom or JSON Feed. It is the zero value, so that a source is a
	// feed unless it says otherwise.
	SourceFeed    SourceKind = ""
	SourcePage    SourceKind = "page"    // a list or front page, read by Selectors
	SourceSitemap SourceKind = "sitemap" // a news sitemap, or an index of sitemaps
	SourceFolder  SourceKind = "folder"  // JSON files on this machine
	SourceHanded  SourceKind = "handed"  // never asked: its articles are handed over
)

// String names the kind for people.
func (k SourceKind) String() string {
	if k == SourceFeed {
		return "feed"
	}
	return string(k)
}

// ListsOnly reports whether a source of this kind names articles without telling them: a
// headline and a link, seldom more. What is known of such an article already is better
// than what the list says.
func (k SourceKind) ListsOnly() bool { return k == SourcePage || k == SourceSitemap }

// Selectors are CSS selectors that find the stories of a page. Item finds each story's
// block; the others are looked for within it, and those that are empty are not looked
// for, except Link: the block itself is the link then.
type Selectors struct {
	Item    string `json:"item"`
	Link    string `json:"link,omitempty"`
	Title   string `json:"title,omitempty"` // empty: the link's text
	Summary string `json:"summary,omitempty"`
	Image   string `json:"image,omitempty"`
	Time    string `json:"time,omitempty"`
}

// retryFirst and retryLast bound how long a source that failed is left alone.
const (
	retryFirst = 5 * time.Minute
	retryLast  = 24 * time.Hour
)

// Fail returns s after one more failure at now: it is asked again after five minutes, then
// after twice as long each time, up to a day. A time that the site named itself, if not
// zero, is kept to when it is later; more than a day ahead is taken for a day.
func (s Source) Fail(sentence string, told, now time.Time) Source {
	s.Failures++
	s.Error = sentence
	wait := retryFirst
	for n := 1; n < s.Failures && wait < retryLast; n++ {
		wait *= 2
	}
	s.NextAt, s.ToldNext = now.Add(min(wait, retryLast)), false
	if told.After(now) {
		told = earlier(told, now.Add(retryLast))
		s.ToldNext = true
		if told.After(s.NextAt) {
			s.NextAt = told
		}
	}
	return s
}

// Succeed returns s after an answer that could be used; warning is what was wrong with it
// all the same.
func (s Source) Succeed(warning string) Source {
	s.Failures, s.Error = 0, warning
	s.NextAt, s.ToldNext = time.Time{}, false
	return s
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
