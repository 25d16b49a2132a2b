package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A LetterKind is what a letter to one reader is for.
type LetterKind string

const (
	LetterConfirm LetterKind = "confirm" // asks to confirm a sign-up
	LetterRemind  LetterKind = "remind"  // asks once more, 48 hours later
	LetterAlready LetterKind = "already" // says that all of it is subscribed already
	LetterChange  LetterKind = "change"  // asks to confirm a new address, and goes there
	LetterWelcome LetterKind = "welcome" // the first of an edition
)

// A LetterDue is a letter to be written now. The view addressee has its address, under Kind
// and Ref.
type LetterDue struct {
	Kind         LetterKind
	Ref          int64 // a sign-up; of LetterChange a change of address, of LetterWelcome a subscription
	SubscriberID int64
	Language     string // "" for the edition's own
	Format       Format
	Uncounted    bool
	Editions     []string  // slugs; none for LetterChange
	Expires      time.Time // its link does, the same each time; zero for never
}

// plan makes a letter due. One that was planned before, by its kind and ref, stays as it is.
func plan(ctx context.Context, tx *sql.Tx, kind LetterKind, ref, subscriberID int64, due time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO due_letter (kind, ref, subscriber_id, due_at) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (kind, ref) DO NOTHING`, kind, ref, subscriberID, due.Unix())
	return err
}

// LettersDue returns the first n letters that are due, the longest due first: again and
// again, until LettersHanded has them.
func (s *Store) LettersDue(ctx context.Context, now time.Time, n int) (due []LetterDue, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		// What asks to confirm is in the language of the form; what is for a reader we know is
		// in theirs.
		rows, err := tx.QueryContext(ctx, `
			SELECT l.kind, l.ref, l.subscriber_id,
			       CASE WHEN g.language <> '' AND (g.state <> 'already' OR s.language = '') THEN g.language ELSE s.language END,
			       CASE WHEN g.id IS NULL OR g.state = 'already' OR g.format = '' THEN s.format ELSE g.format END, s.uncounted,
			       coalesce(g.editions, n.edition, ''), coalesce(a.expires_at, 0)
			FROM due_letter l
			JOIN addressee a ON a.kind = l.kind AND a.ref = l.ref
			JOIN subscriber s ON s.id = l.subscriber_id
			LEFT JOIN signup g ON g.id = l.ref AND l.kind IN ('confirm', 'remind', 'already')
			LEFT JOIN subscription n ON n.id = l.ref AND l.kind = 'welcome'
			WHERE l.handed_at IS NULL AND l.due_at <= ?1 AND (a.expires_at = 0 OR a.expires_at > ?1)
			ORDER BY l.due_at, l.kind, l.ref LIMIT ?2`, now.Unix(), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l LetterDue
			var editions string
			var expires int64
			if err := rows.Scan(&l.Kind, &l.Ref, &l.SubscriberID, &l.Language, &l.Format, &l.Uncounted, &editions, &expires); err != nil {
				return err
			}
			l.Editions, l.Expires = lines(editions), unixTime(expires)
			due = append(due, l)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read letters due: %w", err)
	}
	return due, nil
}

// LettersHanded writes down that the post has these letters. Told twice it changes nothing.
func (s *Store) LettersHanded(ctx context.Context, letters []LetterDue, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		for _, l := range letters {
			if err := s.handed(ctx, tx, l, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("hand letters to the post: %w", err)
	}
	return nil
}

func (s *Store) handed(ctx context.Context, tx *sql.Tx, l LetterDue, now time.Time) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE due_letter SET handed_at = ?3 WHERE kind = ?1 AND ref = ?2 AND handed_at IS NULL`, l.Kind, l.Ref, now.Unix())
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 || l.Kind != LetterRemind {
		return err
	}
	// The others were counted when they were planned.
	a, err := addressOf(ctx, tx, l.SubscriberID)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return s.countLetter(ctx, tx, a, LetterConfirm, now)
}

// Wanted knocks when a letter may have become due. A reminder becomes due by itself: look
// now and then, too.
func (s *Store) Wanted() <-chan struct{} { return s.wanted }

func (s *Store) knock() {
	select {
	case s.wanted <- struct{}{}:
	default:
	}
}
