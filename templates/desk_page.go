package templates

import (
	"html/template"
	"strings"
	"time"
)

// A DeskSorry is the View of page "sorry": why a request was not answered.
type DeskSorry struct {
	Word   string // names a sentence; with ".text" one that says what to do
	Detail string // what the program says, "" for nothing
	Number string // of the request
}

// A DeskLogin is the View of page "login".
type DeskLogin struct {
	Nobody bool // there are no editors yet
	Email  string
	Next   string // path to go to
	Code   bool   // the code is what is missing
}

// A DeskInvite is the View of page "invite": of a link that opens nothing, Email is "".
type DeskInvite struct {
	Name, Email string
}

// A DeskMe is the View of page "me": an editor's own account.
type DeskMe struct {
	Email string
	Codes bool // they log in with a code as well
}

// A DeskCodes is the View of page "codes", which sets up an authenticator program.
type DeskCodes struct {
	Key     string
	URI     string // otpauth:
	Picture template.HTML
	Offer   string // goes back with the code
}

// Link is the URI for a page's link: html/template lets few schemes through by itself.
func (c DeskCodes) Link() template.URL {
	if !strings.HasPrefix(c.URI, "otpauth://") {
		return ""
	}
	return template.URL(c.URI)
}

// A DeskEditors is the View of page "editors".
type DeskEditors struct {
	Editors       []DeskEditor
	Tokens        []DeskToken
	Roles, Scopes []string
	// What was just made, and is shown this once: for whom, and the thing itself.
	LinkFor, Link   string
	TokenFor, Token string
}

// A DeskEditor is a row of it.
type DeskEditor struct {
	ID          int64
	Name, Email string
	Role        string
	Codes       bool
	Joined      bool // has chosen a password
	Seen        time.Time
	You         bool
}

// A DeskToken is what a program comes in by.
type DeskToken struct {
	ID            int64
	Name          string
	Scopes        []string
	Expires, Seen time.Time
}

// A DeskAudit is the View of page "audit", the newest entry first.
type DeskAudit struct {
	Entries []DeskEntry
	Older   int64 // the entry before which the next page begins, 0 for none
	Paged   bool  // this is not the newest page
}

// A DeskEntry says who changed what.
type DeskEntry struct {
	At                      time.Time
	Name, Act, What, Detail string
}
