package staff

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

// An Account is what a provider says of somebody who has logged in there.
type Account struct {
	Issuer, Subject string // together they are never somebody else's
	Email           string
	Verified        bool // the provider has made sure that the address is theirs
	Name            string
}

// A Welcome says whom a provider's word alone makes an editor; the zero one nobody.
type Welcome struct {
	Domains []string // of their addresses, in small letters
	Role    Role     // not Owner
}

// What somebody may be told whom a provider knows, and the desk does not let in.
var (
	ErrAccount    = errors.New("nobody at this desk has the address of this account; an owner can let you in")
	ErrUnverified = errors.New("the provider has not verified the address of this account; verify it there and try again")
	ErrOther      = errors.New("this address has come in with another account before; if it is yours, ask an owner for a new link")
)

// LoginBy begins a session for whom a provider has let in. Who has come before is known by
// the account, whatever its address is now; who has not, by an address that the provider has
// verified. fresh says that they have become an editor by it. Their own code is not asked
// for: how many steps a login takes is the provider's to say.
func (s *Store) LoginBy(ctx context.Context, a Account, w Welcome, now time.Time) (session Session, fresh bool, err error) {
	if a.Issuer == "" || a.Subject == "" {
		return session, false, ErrAccount
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		e, err := editorByAccount(tx, a)
		if errors.Is(err, ErrNoEditor) {
			e, fresh, err = s.adopt(tx, a, w, now)
		}
		if err != nil {
			return err
		}
		if e.Disabled {
			return ErrAccount
		}
		session, err = s.begin(tx, e, now)
		return err
	})
	if err != nil {
		return Session{}, false, err
	}
	return session, fresh, nil
}

// editorByAccount returns whose account it is, also one who was removed. A forgotten one is
// nobody's, unless its editor was removed: they stay outside under any address.
func editorByAccount(tx *sql.Tx, a Account) (Editor, error) {
	e, err := scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor WHERE id =
		(SELECT editor_id FROM editor_account WHERE issuer = ?1 AND subject = ?2 AND (forgotten = 0 OR editor.removed > 0))`, a.Issuer, a.Subject))
	return e, missing(err)
}

// adopt finds or makes the editor that an account belongs to which has not come before.
func (s *Store) adopt(tx *sql.Tx, a Account, w Welcome, now time.Time) (e Editor, fresh bool, err error) {
	email, ok := verifiedEmail(a)
	if !ok {
		return e, false, ErrUnverified
	}
	e, err = scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor WHERE email = ?1`, email))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if e, err = s.welcome(tx, a, email, w, now); err != nil {
			return e, false, err
		}
		fresh = true
	case err != nil:
		return e, false, err
	case e.Disabled:
		return e, false, ErrAccount
	}
	// An address that moved to another account at the same provider opens nothing.
	var other bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM editor_account WHERE editor_id = ?1 AND issuer = ?2 AND forgotten = 0)`, e.ID, a.Issuer).Scan(&other)
	if err != nil {
		return e, false, err
	}
	if other {
		return e, false, ErrOther
	}
	// What was another editor's account before they were reset is no key to this one.
	err = one(tx.Exec(`INSERT INTO editor_account (issuer, subject, editor_id, added) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (issuer, subject) DO UPDATE SET forgotten = 0 WHERE editor_id = excluded.editor_id`, a.Issuer, a.Subject, e.ID, unix(now)))
	if errors.Is(err, ErrNoEditor) {
		err = ErrOther
	}
	e.Account, e.Joined = true, true
	return e, fresh, err
}

// verifiedEmail is an account's address as editors have it. Only a to z have capitals here:
// to strings.ToLower the Kelvin sign is a k, and would make one address of two.
func verifiedEmail(a Account) (string, bool) {
	plain := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(a.Email))
	email, err := parseEmail(a.Email)
	return email, a.Verified && err == nil && email == plain
}

// welcome makes an editor of whom the rule lets in, else it is ErrAccount.
func (s *Store) welcome(tx *sql.Tx, a Account, email string, w Welcome, now time.Time) (Editor, error) {
	local, domain := email[:strings.LastIndex(email, "@")], email[strings.LastIndex(email, "@")+1:]
	if !slices.Contains(w.Domains, domain) || w.Role == Owner || !w.Role.Covers(Viewer) {
		return Editor{}, ErrAccount
	}
	name, err := parseName(a.Name)
	if err != nil {
		if name, err = parseName(local); err != nil {
			return Editor{}, err
		}
	}
	return scanEditor(tx.QueryRow(`INSERT INTO editor (email, name, role, added) VALUES (?1, ?2, ?3, ?4) RETURNING `+editorColumns,
		email, name, w.Role, unix(now)))
}
