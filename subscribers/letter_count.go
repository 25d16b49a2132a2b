package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// The limits that keep a form from being turned on somebody's mailbox (W5, W8). Those of
// letters that a bounce or a note calls for are ours.
const (
	letterEvery  = 24 * time.Hour      // one to confirm
	rarelyEvery  = 30 * 24 * time.Hour // one to an address that bounced; one note of LetterAlready
	mostLetters  = 3                   // without an answer, ever
	remindAfter  = 48 * time.Hour
	changesAtOne = 3 // changes of address that one reader can have open
)

// A letterCount is how many letters of a kind an address got and did not answer.
type letterCount struct {
	letters int
	last    time.Time
}

// letterCount counts under all secrets, so that a change of secret forgets nothing.
func (s *Store) letterCount(ctx context.Context, tx *sql.Tx, a Address, kind LetterKind) (c letterCount, err error) {
	for _, hash := range s.keys.addressHashes(a.Key()) {
		var letters int
		var last int64
		err := tx.QueryRowContext(ctx, `SELECT letters, last_at FROM letter_count WHERE hash = ?1 AND kind = ?2`, hash, kind).Scan(&letters, &last)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		} else if err != nil {
			return c, err
		}
		c.letters += letters
		if at := unixTime(last); at.After(c.last) {
			c.last = at
		}
	}
	return c, nil
}

// allows reports whether one more may be sent.
func (c letterCount) allows(every time.Duration, most int, now time.Time) bool {
	return c.letters < most && (c.last.IsZero() || !now.Before(c.last.Add(every)))
}

func (s *Store) countLetter(ctx context.Context, tx *sql.Tx, a Address, kind LetterKind, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO letter_count (hash, kind, letters, last_at) VALUES (?1, ?2, 1, ?3)
		ON CONFLICT (hash, kind) DO UPDATE SET letters = letter_count.letters + 1, last_at = ?3`,
		s.keys.rings[0].addressHash(a.Key()), kind, now.Unix())
	return err
}

// answered forgets the letters of a kind: the owner of the address answered one.
func (s *Store) answered(ctx context.Context, tx *sql.Tx, a Address, kind LetterKind) error {
	for _, hash := range s.keys.addressHashes(a.Key()) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM letter_count WHERE hash = ?1 AND kind = ?2`, hash, kind); err != nil {
			return err
		}
	}
	return nil
}
