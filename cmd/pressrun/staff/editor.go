package staff

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Role says what an editor may do.
type Role string

const (
	Owner  Role = "owner"  // everything, and who else may come in
	Writer Role = "editor" // everything about issues, readers and sources
	Viewer Role = "viewer" // look, and change nothing
)

// Roles from the strongest to the weakest.
var Roles = []Role{Owner, Writer, Viewer}

// Covers reports whether r may do what least may. Nobody covers a role that does not exist.
func (r Role) Covers(least Role) bool {
	have, want := slices.Index(Roles, r), slices.Index(Roles, least)
	return have >= 0 && want >= 0 && have <= want
}

// ParseRole returns the role of that name.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles, r) {
		return r, nil
	}
	return "", fmt.Errorf("there is no role %q; choose owner, editor or viewer", s)
}

// An Editor may work at the desk.
type Editor struct {
	ID       int64
	Name     string
	Email    string // in small letters
	Role     Role
	Password bool // has chosen one
	TOTP     bool // logs in with a code as well
	Account  bool // has come in with one of a provider
	Passkeys int
	Joined   bool // has a way in, so that no link is needed
	Added    time.Time
	LastSeen time.Time // to the nearest few minutes, zero if never
	Disabled bool      // was removed
}

// A Way is how an editor comes in.
type Way string

const (
	ByPassword Way = "password"
	ByCode     Way = "code" // with a password and a code
	ByPasskey  Way = "passkey"
	ByAccount  Way = "account" // of a provider
)

// Ways returns how an editor comes in; passwords says whether any are asked for.
func (e Editor) Ways(passwords bool) (ways []Way) {
	switch {
	case passwords && e.Password && e.TOTP:
		ways = append(ways, ByCode)
	case passwords && e.Password:
		ways = append(ways, ByPassword)
	}
	if e.Passkeys > 0 {
		ways = append(ways, ByPasskey)
	}
	if e.Account {
		ways = append(ways, ByAccount)
	}
	return ways
}

// What an editor may be told. Each is a sentence for people.
var (
	ErrNoEditor  = errors.New("there is no editor with this address; `pressrun editors list` shows who there is")
	ErrLastOwner = errors.New("this is the only owner; make somebody else an owner first")
	ErrLink      = errors.New("this link was used already, or is older than 48 hours; ask an owner for a new one")
	ErrLogin     = errors.New("the address or the password is wrong")
	ErrCode      = errors.New("the code is missing, wrong or used already")
	ErrBusy      = errors.New("too many logins went wrong; try again in a quarter of an hour")
	ErrSession   = errors.New("nobody is logged in")
	ErrPassword  = errors.New("the password needs at least 12 characters, and at most 200")
	ErrAttempt   = errors.New("this took too long, was finished already, or was begun in another browser; begin again")
	ErrToken     = errors.New("this token does not exist, was revoked or has run out")
)

const (
	maxName  = 80
	maxEmail = 254
)

// parseEmail returns the address by which an editor logs in.
func parseEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmail {
		return "", fmt.Errorf("%q is no e-mail address; write it like mona@paper.example", s)
	}
	return s, nil
}

// parseName returns the name on one line.
func parseName(s string) (string, error) {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if s == "" || len([]rune(s)) > maxName {
		return "", fmt.Errorf("an editor needs a name of at most %d letters", maxName)
	}
	return s, nil
}
