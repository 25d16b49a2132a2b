package staff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Scope is what a program may do with a token.
type Scope string

const (
	Read  Scope = "read"  // look at everything
	Write Scope = "write" // change issues, editions, sources and readers
	Send  Scope = "send"  // send, pause, resume and cancel
)

// Scopes in the order they are shown.
var Scopes = []Scope{Read, Write, Send}

// tokenPrefix makes a token known for what it is where one was left lying about.
const tokenPrefix = "pressrun_"

// An APIToken lets a program in.
type APIToken struct {
	ID       int64
	Name     string
	Scopes   []Scope
	Added    time.Time
	Expires  time.Time // zero: never
	LastSeen time.Time // to the nearest few minutes, zero if never
}

// Allows reports whether the token is good for a scope.
func (t APIToken) Allows(s Scope) bool { return slices.Contains(t.Scopes, s) }

// MintToken makes a token for a program. It is shown this once; only its hash is kept.
// expires may be zero: never.
func (s *Store) MintToken(ctx context.Context, name string, scopes []Scope, expires, now time.Time) (token string, err error) {
	if name, err = parseName(name); err != nil {
		return "", errors.New("a token needs a name that says which program has it, of at most 80 letters")
	}
	var words []string
	for _, known := range Scopes {
		if slices.Contains(scopes, known) {
			words = append(words, string(known))
		}
	}
	for _, asked := range scopes {
		if !slices.Contains(Scopes, asked) {
			return "", fmt.Errorf("there is no scope %q; choose of read, write and send", asked)
		}
	}
	if len(words) == 0 {
		return "", errors.New("a token without a scope is good for nothing; choose of read, write and send")
	}
	if !expires.IsZero() && !expires.After(now) {
		return "", errors.New("the token would have run out already; choose a later day")
	}
	token = tokenPrefix + newToken()
	return token, s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO api_token (hash, name, scopes, added, expires) VALUES (?1, ?2, ?3, ?4, ?5)`,
			hashOf(token), name, strings.Join(words, " "), unix(now), unix(expires))
		return err
	})
}

const tokenColumns = `id, name, scopes, added, expires, seen`

func scanToken(row interface{ Scan(...any) error }) (t APIToken, err error) {
	var scopes string
	var added, expires, seen int64
	err = row.Scan(&t.ID, &t.Name, &scopes, &added, &expires, &seen)
	for _, word := range strings.Fields(scopes) {
		t.Scopes = append(t.Scopes, Scope(word))
	}
	t.Added, t.Expires, t.LastSeen = moment(added), moment(expires), moment(seen)
	return t, err
}

// Token returns whose token this is, or ErrToken.
func (s *Store) Token(ctx context.Context, token string, now time.Time) (t APIToken, err error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return t, ErrToken
	}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		t, err = scanToken(tx.QueryRow(`SELECT `+tokenColumns+` FROM api_token
			WHERE hash = ?1 AND revoked = 0 AND (expires = 0 OR expires > ?2)`, hashOf(token), unix(now)))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrToken
		}
		return err
	})
	if err != nil || now.Sub(t.LastSeen) < seenEvery {
		return t, err
	}
	return t, s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE api_token SET seen = ?2 WHERE id = ?1`, t.ID, unix(now))
		return err
	})
}

// Tokens returns the tokens that were not revoked, in the order they were made.
func (s *Store) Tokens(ctx context.Context) (all []APIToken, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT ` + tokenColumns + ` FROM api_token WHERE revoked = 0 ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			t, err := scanToken(rows)
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		return rows.Err()
	})
	return all, err
}

// Revoke ends a token at once.
func (s *Store) Revoke(ctx context.Context, id int64) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE api_token SET revoked = 1 WHERE id = ?1`, id)
		return err
	})
}
