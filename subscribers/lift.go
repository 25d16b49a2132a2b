package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrNotLifted says that no operator's decision keeps mail from an address. What else may
// keep it, only its owner can take back, by signing up and confirming it (B8, B11).
var ErrNotLifted = errors.New("no operator suppressed this address; a bounce, a complaint, leaving and being forgotten are taken back by the reader alone, who signs up and confirms it")

// Lift takes back what an operator decided about an address, and nothing else. left is what
// keeps mail from it all the same. Subscriptions that are still confirmed get mail again
// then; they are owed nothing of the time between.
func (s *Store) Lift(ctx context.Context, a Address, now time.Time) (left []Suppression, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		known, err := s.suppressionsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		if !has(known, ReasonOperator) {
			return ErrNotLifted
		}
		if err := s.lift(ctx, tx, a, ReasonOperator); err != nil {
			return err
		}
		if left, err = s.suppressionsOf(ctx, tx, a); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE subscription SET since = ?2 WHERE state IN ('confirmed', 'paused')
			AND subscriber_id = (SELECT id FROM subscriber WHERE lower(email) = ?1)`, a.Key(), now.Unix())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lift a suppression: %w", err)
	}
	return left, nil
}
