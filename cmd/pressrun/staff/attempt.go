package staff

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// AttemptTerm is how long a browser has to finish what it began: to log in elsewhere, or to
// find the phone with the passkey.
const AttemptTerm = 10 * time.Minute

// An attempt is what is sealed for the way out and back.
type attempt struct {
	Kind    string
	Browser []byte // hash of its cookie
	Expires int64
	Content json.RawMessage
}

// BeginAttempt returns a token with which the browser that has the cookie, and no other, can
// finish what it begins now. What has to be known then is sealed in the token, so that
// beginning leaves nothing behind here.
func (s *Store) BeginAttempt(kind, cookie string, content any, now time.Time) (token string, err error) {
	inner, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("begin an attempt: %w", err)
	}
	plain, err := json.Marshal(attempt{kind, hashOf(cookie), unix(now.Add(AttemptTerm)), inner})
	if err != nil {
		return "", fmt.Errorf("begin an attempt: %w", err)
	}
	aead := gcm(s.attempts)
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, nil)), nil
}

// FinishAttempt uses a token of BeginAttempt up and fills content in. A second time, in
// another browser, for another kind, or too late, it is ErrAttempt.
func (s *Store) FinishAttempt(ctx context.Context, kind, cookie, token string, content any, now time.Time) error {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	aead := gcm(s.attempts)
	if err != nil || len(sealed) < aead.NonceSize() {
		return ErrAttempt
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
	if err != nil {
		return ErrAttempt
	}
	var a attempt
	if err := json.Unmarshal(plain, &a); err != nil {
		return fmt.Errorf("finish an attempt: %w", err)
	}
	if a.Kind != kind || cookie == "" || string(a.Browser) != string(hashOf(cookie)) || a.Expires <= unix(now) {
		return ErrAttempt
	}
	// Of the bytes, not of the token: they can be written in more than one way.
	if err := s.spend(ctx, hashOf(string(sealed)), a.Expires, now); err != nil {
		return err
	}
	return json.Unmarshal(a.Content, content)
}

// spend writes down that something was used; a second time it is ErrAttempt.
func (s *Store) spend(ctx context.Context, hash []byte, expires int64, now time.Time) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM editor_attempt WHERE expires <= ?1`, unix(now)); err != nil {
			return err
		}
		var first bool
		err := tx.QueryRow(`INSERT INTO editor_attempt (hash, expires) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING RETURNING 1`, hash, expires).Scan(&first)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrAttempt
		}
		return err
	})
}
