package staff

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"
)

// maxPasskeys is how many an editor may have: one for each device, and some in a drawer.
const maxPasskeys = 20

// FreshTerm is how long after a login an editor may add a passkey: who sits down at their
// desk later cannot.
const FreshTerm = 15 * time.Minute

// A Passkey lets an editor in without a password. What is secret of it never leaves their
// authenticator.
type Passkey struct {
	ID         int64
	Name       string
	Credential []byte // what the authenticator calls it
	PublicKey  []byte // COSE
	Counter    uint32 // of signatures, 0 where the authenticator does not count
	Synced     bool   // may be on several devices
	Added      time.Time
	LastSeen   time.Time // zero if never
}

// What an editor may be told about passkeys.
var (
	ErrPasskeyName = errors.New("a passkey needs a name that says where it is, of at most 80 letters")
	ErrPasskey     = errors.New("this passkey opens nothing here; it may have been removed")
	ErrPasskeys    = errors.New("this is one passkey too many; remove one that you do not use any more")
	ErrStale       = errors.New("to add a passkey, log in again first")
)

// Handle returns what authenticators know an editor by.
func (s *Store) Handle(ctx context.Context, editor int64) (handle []byte, err error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		return missing(tx.QueryRow(`UPDATE editor SET handle = COALESCE(handle, ?2) WHERE id = ?1 AND removed = 0 RETURNING handle`, editor, fresh).Scan(&handle))
	})
	return handle, err
}

// Passkeys returns those of an editor, in the order they were added.
func (s *Store) Passkeys(ctx context.Context, editor int64) (all []Passkey, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		all, err = passkeysOf(tx, editor)
		return err
	})
	return all, err
}

func passkeysOf(tx *sql.Tx, editor int64) (all []Passkey, err error) {
	rows, err := tx.Query(`SELECT id, name, credential, public_key, counter, synced, added, seen FROM editor_passkey WHERE editor_id = ?1 ORDER BY id`, editor)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k Passkey
		var added, seen int64
		if err := rows.Scan(&k.ID, &k.Name, &k.Credential, &k.PublicKey, &k.Counter, &k.Synced, &added, &seen); err != nil {
			return nil, err
		}
		k.Added, k.LastSeen = moment(added), moment(seen)
		all = append(all, k)
	}
	return all, rows.Err()
}

// AddPasskey lets an editor in with a passkey from now on, if their session is a fresh one
// and has not been ended meanwhile.
// It returns the passkey as it is kept.
func (s *Store) AddPasskey(ctx context.Context, session Session, k Passkey, now time.Time) (Passkey, error) {
	name, err := parseName(k.Name)
	if err != nil {
		return k, ErrPasskeyName
	}
	if !session.Fresh(now) {
		return k, ErrStale
	}
	k.Name, k.Added = name, moment(unix(now))
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM editor_passkey WHERE editor_id = ?1`, session.Editor.ID).Scan(&n); err != nil {
			return err
		}
		if n >= maxPasskeys {
			return ErrPasskeys
		}
		err := tx.QueryRow(`INSERT INTO editor_passkey (editor_id, name, credential, public_key, counter, synced, added)
			SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM editor WHERE id = ?1 AND removed = 0
				AND EXISTS (SELECT 1 FROM editor_session WHERE hash = ?8 AND editor_id = ?1 AND expires > ?7)
			ON CONFLICT (credential) DO NOTHING RETURNING id`,
			session.Editor.ID, name, k.Credential, k.PublicKey, k.Counter, k.Synced, unix(now), hashOf(session.Cookie)).Scan(&k.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrPasskey
		}
		return err
	})
	return k, err
}

// RemovePasskey ends one of an editor's passkeys, and returns its name.
func (s *Store) RemovePasskey(ctx context.Context, editor, id int64) (name string, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRow(`DELETE FROM editor_passkey WHERE editor_id = ?1 AND id = ?2 RETURNING name`, editor, id).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrPasskey
		}
		return err
	})
	return name, err
}

// Holder returns whom an authenticator knows by a handle, with all their passkeys, or
// ErrPasskey.
func (s *Store) Holder(ctx context.Context, handle []byte) (e Editor, all []Passkey, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		e, err = scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor WHERE handle = ?1 AND removed = 0`, handle))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrPasskey
		}
		if err != nil {
			return err
		}
		all, err = passkeysOf(tx, e.ID)
		return err
	})
	return e, all, err
}

// LoginByPasskey begins a session for an editor who has shown a passkey, whose Counter is
// that of the signature. It stands for both steps of a login: the authenticator asked for a
// finger, a face or a PIN. Wrong passwords that others try do not keep its owner out.
func (s *Store) LoginByPasskey(ctx context.Context, e Editor, k Passkey, now time.Time) (session Session, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		e, err := scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor WHERE id = ?1 AND removed = 0`, e.ID))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrPasskey
		}
		if err != nil {
			return err
		}
		// A counter that does not grow is that of a copy (WebAuthn section 6.1.1).
		var id int64
		err = tx.QueryRow(`UPDATE editor_passkey SET counter = ?3, seen = ?4
			WHERE id = ?1 AND editor_id = ?2 AND (counter < ?3 OR counter = 0 AND ?3 = 0) RETURNING id`,
			k.ID, e.ID, k.Counter, unix(now)).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrPasskey
		}
		if err != nil {
			return err
		}
		session, err = s.begin(tx, e, now)
		return err
	})
	return session, err
}
