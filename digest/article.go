package digest

import "time"

// An Article is one story as a source published it.
type Article struct {
	ID       int64
	SourceID int64

	// GUID is the source's own name for the article, "" if it gives none.
	GUID string
	// URL is absolute and without tracking parameters or fragment.
	URL string
	// SharedURL says that several items of the same feed carry this URL, so that it
	// cannot tell one article from another.
	SharedURL bool

	Title   string // plain text, NFC, one line, no control characters
	Summary string // inline HTML of the allow-list in package feed, at most 600 characters of text
	Author  string // plain text: "Mona Haddad and Tom Reyes"
	Section string // plain text: the first category, or the source's section
	Topics  []string
	// Language is a BCP 47 tag; "" when neither the item, the feed nor the letters tell.
	Language string
	Image    Image
	Words    int // of the full text where the feed has it, else 0: unknown

	// Published is the article's own date, or the moment it was first seen when
	// DateFrom says that the source's date is missing or not to be believed.
	Published time.Time
	DateFrom  DateFrom
	FirstSeen time.Time
	// Seen marks an article that stood in the source when the source was added. It is
	// kept so that it is recognised, and never mailed.
	Seen bool
}

// An Image is a picture of an article. Width and Height are in pixels, 0 if unknown.
type Image struct {
	URL           string
	Alt           string
	Width, Height int
}

// DateFrom says where an article's date was taken from.
type DateFrom string

const (
	DateFeed    DateFrom = "feed"                    // the item's own date
	DateMissing DateFrom = "first seen, no date"     // the item has none, or one that does not parse
	DateFuture  DateFrom = "first seen, date future" // the item's date lies ahead of the fetch
)
