package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Subscribe writes a sign-up down, or answers what is wrong with the form. It says the same
// of every address (W8); what follows is in LettersDue:
//
//   - a letter to confirm, where there is something to confirm: one in 24 hours and three
//     without an answer, reminder included (W5); one in 30 days where mail bounced (B11)
//   - a note, once in 30 days, to whom already gets all of it
//   - nothing, for an address that an operator suppressed.
//
// While a letter is out, a further sign-up takes the place of the one that it asks to
// confirm. Calls that come at once share a transaction.
func (s *Store) Subscribe(ctx context.Context, g Signup, now time.Time) error {
	g, err := g.checked()
	if err != nil {
		return err
	}
	err = s.signups.update(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.subscribe(ctx, tx, g, now) })
	if err != nil {
		return fmt.Errorf("sign up: %w", err)
	}
	s.knock()
	return nil
}

func (s *Store) subscribe(ctx context.Context, tx *sql.Tx, g Signup, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE signup_tally SET n = n + 1 WHERE id = 1`); err != nil {
		return err
	}
	reasons, err := s.suppressionsOf(ctx, tx, g.Address)
	if err != nil || has(reasons, ReasonOperator) {
		return err
	}
	id, err := subscriberWith(ctx, tx, g.Address)
	if err != nil {
		return err
	}
	if id != 0 && len(reasons) == 0 {
		if all, err := confirmedForAll(ctx, tx, id, g.Editions); err != nil {
			return err
		} else if all {
			return s.noteAlready(ctx, tx, id, g, now)
		}
	}
	return s.askToConfirm(ctx, tx, id, g, reasons, now)
}

func has(reasons []Suppression, r Reason) bool {
	return slices.ContainsFunc(reasons, func(s Suppression) bool { return s.Reason == r })
}

// subscriberWith returns the id of the subscriber with an address, 0 if there is none.
func subscriberWith(ctx context.Context, tx *sql.Tx, a Address) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM subscriber WHERE lower(email) = ?1`, a.Key()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// confirmedForAll does not count a paused subscription: signing up may mean to end the pause.
func confirmedForAll(ctx context.Context, tx *sql.Tx, subscriberID int64, editions []string) (bool, error) {
	for _, edition := range editions {
		var state State
		err := tx.QueryRowContext(ctx, `SELECT state FROM subscription WHERE edition = ?1 AND subscriber_id = ?2`, edition, subscriberID).Scan(&state)
		if errors.Is(err, sql.ErrNoRows) || (err == nil && state != Confirmed) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Store) noteAlready(ctx context.Context, tx *sql.Tx, subscriberID int64, g Signup, now time.Time) error {
	count, err := s.letterCount(ctx, tx, g.Address, LetterAlready)
	if err != nil || !count.allows(rarelyEvery, count.letters+1, now) {
		return err
	}
	id, err := insertSignup(ctx, tx, subscriberID, "already", g, now)
	if err != nil {
		return err
	}
	if err := s.countLetter(ctx, tx, g.Address, LetterAlready, now); err != nil {
		return err
	}
	return plan(ctx, tx, LetterAlready, id, subscriberID, now)
}

// askToConfirm makes a letter due if one may be sent. If not, the sign-up still counts
// where the link of an earlier letter can confirm it.
func (s *Store) askToConfirm(ctx context.Context, tx *sql.Tx, subscriberID int64, g Signup, reasons []Suppression, now time.Time) error {
	count, err := s.letterCount(ctx, tx, g.Address, LetterConfirm)
	if err != nil {
		return err
	}
	bounced, every := has(reasons, ReasonBounce), letterEvery
	if bounced {
		every = rarelyEvery
	}
	if !count.allows(every, mostLetters, now) {
		open, err := latestSignup(ctx, tx, subscriberID)
		if errors.Is(err, sql.ErrNoRows) || (err == nil && !open.canBeConfirmed(now)) {
			return nil
		} else if err != nil {
			return err
		}
		if err := replaceSignup(ctx, tx, open.id, g, now); err != nil {
			return err
		}
		return expect(ctx, tx, subscriberID, g.Editions, now)
	}
	if subscriberID == 0 {
		if subscriberID, err = insertStranger(ctx, tx, g, len(reasons) > 0, now); err != nil {
			return err
		}
	}
	id, err := insertSignup(ctx, tx, subscriberID, "open", g, now)
	if err != nil {
		return err
	}
	if err := expect(ctx, tx, subscriberID, g.Editions, now); err != nil {
		return err
	}
	if err := s.countLetter(ctx, tx, g.Address, LetterConfirm, now); err != nil {
		return err
	}
	if err := replan(ctx, tx, id, subscriberID, now); err != nil {
		return err
	}
	if bounced || count.letters+1 >= mostLetters {
		return nil
	}
	return plan(ctx, tx, LetterRemind, id, subscriberID, now.Add(remindAfter))
}

// replan makes the letter of a new sign-up due. Those of earlier ones that are not out yet
// would say the same.
func replan(ctx context.Context, tx *sql.Tx, signupID, subscriberID int64, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM due_letter WHERE subscriber_id = ?1 AND kind IN ('confirm', 'remind') AND handed_at IS NULL`, subscriberID); err != nil {
		return err
	}
	return plan(ctx, tx, LetterConfirm, signupID, subscriberID, now)
}

// insertStranger adds a subscriber of whom nothing is known but the address. The language
// is for the letters; the rest of the form waits until it is confirmed.
func insertStranger(ctx context.Context, tx *sql.Tx, g Signup, suppressed bool, now time.Time) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `
		INSERT INTO subscriber (email, language, suppressed, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id`,
		g.Address.String(), g.Language, suppressed, now.Unix()).Scan(&id)
	return id, err
}

// expect adds pending subscriptions for editions that the subscriber does not know yet.
func expect(ctx context.Context, tx *sql.Tx, subscriberID int64, editions []string, now time.Time) error {
	for _, edition := range editions {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO subscription (subscriber_id, edition, state, created_at) VALUES (?1, ?2, 'pending', ?3)
			ON CONFLICT (edition, subscriber_id) DO NOTHING`, subscriberID, edition, now.Unix()); err != nil {
			return err
		}
	}
	return nil
}
