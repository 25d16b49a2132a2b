package digest

import "time"

// A Source is a place articles come from: a feed of a news site.
type Source struct {
	ID      int64
	URL     string // as the operator gave it
	Title   string // the feed's own title
	HomeURL string // the site the feed belongs to; relative links are resolved against it
	// Language is a BCP 47 tag. It is what the feed declares unless the operator set
	// one with the source; "" when neither says.
	Language string
	// Section is given to articles of this source that name none themselves.
	Section string

	ETag         string // of the last answer that had a body
	LastModified string
	FetchedAt    time.Time // last time the source was asked, zero if never
	ChangedAt    time.Time // last time the answer had new bytes
	Failures     int       // in a row
	Error        string    // the last failure as a sentence for people, "" when it went well
}
