package staff

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// LinkTerm is how long a one-time link opens the desk.
const LinkTerm = 48 * time.Hour

// Invite adds an editor, or one who was removed again, and returns the token of a one-time
// link by which they choose a password. Asked again for somebody who is in, it makes a new
// link and changes name and role; their password holds until the link is used.
func (s *Store) Invite(ctx context.Context, name, email string, r Role, now time.Time) (token string, err error) {
	if name, err = parseName(name); err != nil {
		return "", err
	}
	if email, err = parseEmail(email); err != nil {
		return "", err
	}
	if r, err = ParseRole(string(r)); err != nil {
		return "", err
	}
	token = newToken()
	return token, s.db.Update(ctx, func(tx *sql.Tx) error {
		if r != Owner {
			if there, err := editorByEmail(tx, email); err == nil {
				if err := notLastOwner(tx, there.ID); err != nil {
					return err
				}
			}
		}
		var id int64
		err := tx.QueryRow(`INSERT INTO editor (email, name, role, added) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (email) DO UPDATE SET name = ?2, role = ?3, removed = 0
			RETURNING id`, email, name, r, unix(now)).Scan(&id)
		if err != nil {
			return err
		}
		return putLink(tx, token, id, now)
	})
}

// Reset returns the token of a new one-time link for an editor, and ends every session they
// have. What their password, second step, passkeys and account elsewhere were holds no longer.
func (s *Store) Reset(ctx context.Context, id int64, now time.Time) (token string, err error) {
	token = newToken()
	return token, s.db.Update(ctx, func(tx *sql.Tx) error {
		if err := one(tx.Exec(`UPDATE editor SET password = '', totp = NULL WHERE id = ?1 AND removed = 0`, id)); err != nil {
			return err
		}
		for _, forget := range []string{`DELETE FROM editor_passkey WHERE editor_id = ?1`, `UPDATE editor_account SET forgotten = 1 WHERE editor_id = ?1`} {
			if _, err := tx.Exec(forget, id); err != nil {
				return err
			}
		}
		if err := shutOut(tx, id); err != nil {
			return err
		}
		return putLink(tx, token, id, now)
	})
}

// putLink writes down the only link that opens for an editor: older ones end.
func putLink(tx *sql.Tx, token string, id int64, now time.Time) error {
	if _, err := tx.Exec(`DELETE FROM editor_link WHERE editor_id = ?1 OR expires <= ?2`, id, unix(now)); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO editor_link (hash, editor_id, expires) VALUES (?1, ?2, ?3)`, hashOf(token), id, unix(now.Add(LinkTerm)))
	return err
}

// Invited returns whom a one-time link is for, or ErrLink. It uses nothing up.
func (s *Store) Invited(ctx context.Context, token string, now time.Time) (e Editor, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		e, err = invited(tx, token, now)
		return err
	})
	return e, err
}

func invited(tx *sql.Tx, token string, now time.Time) (Editor, error) {
	e, err := scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor
		WHERE removed = 0 AND id = (SELECT editor_id FROM editor_link WHERE hash = ?1 AND expires > ?2)`, hashOf(token), unix(now)))
	if errors.Is(err, sql.ErrNoRows) {
		return e, ErrLink
	}
	return e, err
}

// Accept uses a one-time link up: the password is set, and a session begins. Sessions from
// before end.
func (s *Store) Accept(ctx context.Context, token, password string, now time.Time) (session Session, err error) {
	if _, err := s.Invited(ctx, token, now); err != nil {
		return session, err // before anything is hashed
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return session, err
	}
	return s.accept(ctx, token, hash, now)
}

// AcceptWithout is Accept where no passwords are in use: the link alone begins a session.
func (s *Store) AcceptWithout(ctx context.Context, token string, now time.Time) (Session, error) {
	return s.accept(ctx, token, "", now)
}

func (s *Store) accept(ctx context.Context, token, hash string, now time.Time) (session Session, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		e, err := invited(tx, token, now)
		if err != nil {
			return err
		}
		if err := shutOut(tx, e.ID); err != nil {
			return err
		}
		if hash != "" {
			if _, err := tx.Exec(`UPDATE editor SET password = ?2 WHERE id = ?1`, e.ID, hash); err != nil {
				return err
			}
			e.Password, e.Joined = true, true
		}
		session, err = s.begin(tx, e, now)
		return err
	})
	return session, err
}
