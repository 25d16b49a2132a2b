package staff

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"
)

// SessionTerm is how long an editor stays logged in.
const SessionTerm = 14 * 24 * time.Hour

// seenEvery is how often it is noted that an editor is there: not with each request.
const seenEvery = 5 * time.Minute

// A Session is an editor who is logged in with one browser.
type Session struct {
	Cookie  string // known to that browser alone
	Editor  Editor
	CSRF    string // stands in each form of this session (W10)
	Started time.Time
	Expires time.Time
}

// Fresh reports whether the login was a short while ago.
func (s Session) Fresh(now time.Time) bool { return now.Sub(s.Started) < FreshTerm }

// begin starts a session under a name that was never used before (W10).
func (s *Store) begin(tx *sql.Tx, e Editor, now time.Time) (Session, error) {
	cookie := newToken()
	expires := now.Add(SessionTerm)
	if _, err := tx.Exec(`DELETE FROM editor_session WHERE expires <= ?1`, unix(now)); err != nil {
		return Session{}, err
	}
	if _, err := tx.Exec(`INSERT INTO editor_session (hash, editor_id, started, expires) VALUES (?1, ?2, ?3, ?4)`,
		hashOf(cookie), e.ID, unix(now), unix(expires)); err != nil {
		return Session{}, err
	}
	if _, err := tx.Exec(`UPDATE editor SET seen = ?2 WHERE id = ?1`, e.ID, unix(now)); err != nil {
		return Session{}, err
	}
	e.LastSeen = moment(unix(now))
	return Session{Cookie: cookie, Editor: e, CSRF: s.FormToken(cookie), Started: e.LastSeen, Expires: moment(unix(expires))}, nil
}

// FormToken is what a form must carry that is shown to the browser with this cookie.
func (s *Store) FormToken(cookie string) string {
	return base64.RawURLEncoding.EncodeToString(keyed(s.forms, cookie))
}

// FormFits reports whether a form's token is that of the cookie.
func (s *Store) FormFits(cookie, token string) bool {
	return cookie != "" && subtle.ConstantTimeCompare([]byte(s.FormToken(cookie)), []byte(token)) == 1
}

// Session returns whose cookie this is, or ErrSession.
func (s *Store) Session(ctx context.Context, cookie string, now time.Time) (session Session, err error) {
	if cookie == "" {
		return session, ErrSession
	}
	var started, expires int64
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		session.Editor, err = scanEditor(tx.QueryRow(`SELECT `+editorColumns+`, s.started, s.expires FROM editor
			JOIN editor_session s ON s.editor_id = editor.id
			WHERE s.hash = ?1 AND s.expires > ?2 AND removed = 0`, hashOf(cookie), unix(now)), &started, &expires)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrSession
		}
		return err
	})
	if err != nil {
		return Session{}, err
	}
	session.Cookie, session.CSRF, session.Started, session.Expires = cookie, s.FormToken(cookie), moment(started), moment(expires)
	if now.Sub(session.Editor.LastSeen) < seenEvery {
		return session, nil
	}
	return session, s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE editor SET seen = ?2 WHERE id = ?1`, session.Editor.ID, unix(now))
		return err
	})
}

// Logout ends a session.
func (s *Store) Logout(ctx context.Context, cookie string) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM editor_session WHERE hash = ?1`, hashOf(cookie))
		return err
	})
}

// LogoutAll ends every session of an editor.
func (s *Store) LogoutAll(ctx context.Context, editor int64) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM editor_session WHERE editor_id = ?1`, editor)
		return err
	})
}
