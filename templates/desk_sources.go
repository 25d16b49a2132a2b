package templates

import "time"

// A DeskSources is the View of page "sources".
type DeskSources struct {
	Sources []DeskSource
	// What stands in the form, and what a test of it gave.
	URL, Section, Language string
	Found                  []DeskFeed
}

// A DeskSource is where articles come from, and how asking it went.
type DeskSource struct {
	URL, Name      string
	Kind           string
	Section        string
	Language       string
	Asked, Changed time.Time
	Failures       int
	Error          string // also a warning about what could be read
	Next           time.Time
}

// A DeskFeed is what an address gives.
type DeskFeed struct {
	URL, Title, Language string
	Warning              string
	N                    int // articles
	Articles             []DeskFeedArticle
	Known                bool // it is a source already
}

// A DeskFeedArticle is one of them.
type DeskFeedArticle struct {
	Title, Language, Section string
	Published                time.Time
	Picture                  bool
}
