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

	// Aliases are other addresses of the same page, such as the one that a list links to.
	// They serve to know the article again and are not read back.
	Aliases []string `json:"-"`
	// Listed says that a list named the article and its page was not read: what is empty
	// is not known, and what is known already stays.
	Listed bool `json:"-"`

	// Published is the article's own date, or the moment it was first seen when
	// DateFrom says that the source's date is missing or not to be believed.
	Published time.Time
	DateFrom  DateFrom
	FirstSeen time.Time
	// Updated is when the headline or the summary was last seen to say something else,
	// zero if that never happened. The date of publication does not move by it.
	Updated time.Time `json:",omitzero"`
	// Seen marks an article that stood in the source when the source was added. It is
	// kept so that it is recognised, and never mailed.
	Seen bool
}

// An Image is a picture of an article. Width and Height are in pixels, 0 if unknown.
type Image struct {
	URL           string
	Alt           string
	Width, Height int
	// Small is the address of a copy for small places, up to 256 pixels wide, "" if there
	// is none.
	Small string `json:",omitempty"`
}

// DateFrom says where an article's date was taken from.
type DateFrom string

const (
	DateFeed    DateFrom = "feed"                    // the item's own date
	DateJSONLD  DateFrom = "JSON-LD"                 // datePublished of the page's schema.org article
	DateMeta    DateFrom = "meta"                    // a meta element of the page, such as OpenGraph's
	DateTime    DateFrom = "time"                    // a <time> of the article, or of its block in a list
	DateSitemap DateFrom = "sitemap"                 // news:publication_date
	DateMissing DateFrom = "first seen, no date"     // the source has none, or one that does not parse
	DateFuture  DateFrom = "first seen, date future" // the date lies ahead of the fetch
)

// Proven reports whether the date is the source's own, and not the moment at which the
// article was first seen.
func (d DateFrom) Proven() bool { return d != DateMissing && d != DateFuture && d != "" }
