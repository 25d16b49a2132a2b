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
	// What else there is: whether passwords are in use, the name of a provider whose
	// accounts let editors in, and the host that passkeys belong to; "" for none.
	Passwords          bool
	Provider, Passkeys string
}

// A DeskInvite is the View of page "invite": of a link that opens nothing, Email is "".
type DeskInvite struct {
	Name, Email string
	Passwords   bool // one is chosen
}

// A DeskMe is the View of page "me": an editor's own account.
type DeskMe struct {
	Email     string
	Passwords bool // are in use at this desk
	Password  bool // they have one
	Codes     bool // they log in with a code as well
	Passkeys  []DeskPasskey
	Host      string // that passkeys belong to, "" where browsers allow none
	Fresh     bool   // they have logged in lately, so that they may add one
}

// A DeskPasskey is one that an editor comes in by.
type DeskPasskey struct {
	ID          int64
	Name        string
	Added, Seen time.Time
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
	Passwords     bool // are in use at this desk
	// What was just made, and is shown this once: for whom, and the thing itself.
	LinkFor, Link   string
	TokenFor, Token string
}

// A DeskEditor is a row of it.
type DeskEditor struct {
	ID          int64
	Name, Email string
	Role        string
	Ways        []string // they come in by
	Joined      bool     // has one, so that no link is needed
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
