package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrNothingToConfirm says that a reader has no open sign-up: they confirmed it, or it has
// expired.
var ErrNothingToConfirm = errors.New("no sign-up waits to be confirmed; the reader may have confirmed it, or has to sign up anew")

// Reconfirm makes the letter due once more that asks to confirm a reader's latest sign-up.
// What they chose and the evidence of their form stay; the link is good for as long as a new
// one. Beside ErrNotFound the errors are ErrNothingToConfirm and ErrTooManyLetters: the
// limits are those of Subscribe (W5).
func (s *Store) Reconfirm(ctx context.Context, subscriberID int64, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error { return s.reconfirm(ctx, tx, subscriberID, now) })
	if err != nil {
		return fmt.Errorf("ask once more to confirm: %w", err)
	}
	s.knock()
	return nil
}

func (s *Store) reconfirm(ctx context.Context, tx *sql.Tx, subscriberID int64, now time.Time) error {
	a, err := addressOf(ctx, tx, subscriberID)
	if err != nil {
		return err
	}
	open, err := latestSignup(ctx, tx, subscriberID)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !open.canBeConfirmed(now) {
		return ErrNothingToConfirm
	} else if err != nil {
		return err
	}
	reasons, err := s.suppressionsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	every := letterEvery
	if has(reasons, ReasonBounce) {
		every = rarelyEvery
	}
	count, err := s.letterCount(ctx, tx, a, LetterConfirm)
	if err != nil {
		return err
	}
	if !count.allows(every, mostLetters, now) {
		return ErrTooManyLetters
	}
	var id int64 // a letter of its own needs a sign-up of its own
	if err := tx.QueryRowContext(ctx, `
		INSERT INTO signup (subscriber_id, state, at, expires_at, editions, name, language, format,
		                    topics, frequency, weekday, hour, zone, form, page, ip, method)
		SELECT subscriber_id, 'open', at, ?2, editions, name, language, format,
		       topics, frequency, weekday, hour, zone, form, page, ip, method
		FROM signup WHERE id = ?1 RETURNING id`, open.id, now.Add(SignupFor).Unix()).Scan(&id); err != nil {
		return err
	}
	if err := s.countLetter(ctx, tx, a, LetterConfirm, now); err != nil {
		return err
	}
	return replan(ctx, tx, id, subscriberID, now)
}
