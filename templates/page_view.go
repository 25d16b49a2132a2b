package templates

import "time"

// A FrontPage is the View of page "front": the paper's newsletters and their latest
// issues.
type FrontPage struct {
	Editions []EditionLink
	Issues   []IssueLink
}

// An EditionLink leads to an edition's archive.
type EditionLink struct {
	Name     string
	Path     string // on the site
	Language string // of the name
	Latest   *IssueLink
}

// An IssueLink leads to one issue.
type IssueLink struct {
	Title    string
	Path     string // on the site
	Language string // of the title
	Edition  string // its name, where issues of several stand together
	Number   int
	Date     time.Time // in the edition's zone
}

// An ArchivePage is the View of page "archive": one edition's issues, newest first.
type ArchivePage struct {
	Edition string
	// Join is the path of the form to subscribe to it, "" for none; Feed that of its feed.
	Join, Feed string
	Issues     []IssueLink
	// Older and Newer are paths on the site, "" at either end.
	Older, Newer string
}

// A SorryPage is the View of page "sorry": what went wrong, in a word that names a
// sentence of the lexicon, and the request's number.
type SorryPage struct {
	Word   string
	Number string
}
