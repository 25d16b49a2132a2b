package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Confirm does what a sign-up asked for: it is the owner's own act, which brings back also
// who had left, bounced, complained or was erased, and writes the evidence (W6). A further
// sign-up of the same address, if one came since, is the one that counts. Done twice it
// changes nothing more.
//
// An edition that the reader left after the sign-up stays left, and one they get already
// keeps its choices. Errors are ErrTokenExpired, also for a sign-up that was overtaken or is
// deleted, and ErrSuppressed where an operator suppressed the address.
func (s *Store) Confirm(ctx context.Context, signupID int64, now time.Time) (r Reader, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		subscriberID, err := s.confirm(ctx, tx, signupID, now)
		if err != nil {
			return err
		}
		r, err = reader(ctx, tx, subscriberID)
		return err
	})
	if err != nil {
		return Reader{}, fmt.Errorf("confirm: %w", err)
	}
	s.knock()
	return r, nil
}

func (s *Store) confirm(ctx context.Context, tx *sql.Tx, signupID int64, now time.Time) (subscriberID int64, err error) {
	g, err := storedSignup(ctx, tx, signupID)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrTokenExpired
	} else if err != nil || g.state == "confirmed" {
		return g.subscriberID, err
	}
	if !g.canBeConfirmed(now) {
		return 0, ErrTokenExpired
	}
	if g, err = latestSignup(ctx, tx, g.subscriberID); err != nil {
		return 0, err
	}
	if g.Address, err = addressOf(ctx, tx, g.subscriberID); err != nil {
		return 0, err
	}
	joins, err := joining(ctx, tx, g)
	if err != nil {
		return 0, err
	}
	if len(joins) == 0 {
		return 0, ErrTokenExpired
	}
	back, err := s.liftAll(ctx, tx, g.subscriberID, g.Address, now)
	if err != nil {
		return 0, err
	}
	for _, n := range joins {
		if err := join(ctx, tx, n, g, back, now); err != nil {
			return 0, err
		}
	}
	return g.subscriberID, s.closeSignups(ctx, tx, g, now)
}

// joining returns the subscriptions that a sign-up is for, but for those left since.
func joining(ctx context.Context, tx *sql.Tx, g signupRow) (joins []Subscription, err error) {
	// They are all there but for one that an erasure or an undone import took away.
	if err := expect(ctx, tx, g.subscriberID, g.Editions, g.at); err != nil {
		return nil, err
	}
	all, err := subscriptions(ctx, tx, `n.subscriber_id = ?1 ORDER BY n.edition`, g.subscriberID)
	if err != nil {
		return nil, err
	}
	for _, n := range all {
		for _, edition := range g.Editions {
			if n.Edition == edition && (n.State != Unsubscribed || !n.Left.After(g.at)) {
				joins = append(joins, n)
			}
		}
	}
	return joins, nil
}

// liftAll takes away every reason that the owner of the address can, and reports whether
// there was one. Subscriptions that a bounce had kept silent are owed nothing of the time
// between.
func (s *Store) liftAll(ctx context.Context, tx *sql.Tx, subscriberID int64, a Address, now time.Time) (back bool, err error) {
	reasons, err := s.suppressionsOf(ctx, tx, a)
	if err != nil || len(reasons) == 0 {
		return false, err
	}
	if has(reasons, ReasonOperator) {
		return false, ErrSuppressed
	}
	for _, r := range reasons {
		if err := s.lift(ctx, tx, a, r.Reason); err != nil {
			return false, err
		}
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE subscription SET since = ?2 WHERE subscriber_id = ?1 AND state IN ('confirmed', 'paused')`, subscriberID, now.Unix())
	return true, err
}

// join makes one subscription confirmed. back says that its subscriber was suppressed until
// now.
func join(ctx context.Context, tx *sql.Tx, n Subscription, g signupRow, back bool, now time.Time) error {
	if n.State != Confirmed || back {
		if err := storeChoices(ctx, tx, n.ID, g.Choices); err != nil {
			return err
		}
		// Who had only paused misses nothing: the next issue brings it.
		if _, err := tx.ExecContext(ctx, `
			UPDATE subscription
			SET state = 'confirmed', confirmed_at = ?2, left_at = NULL, paused_until = NULL,
			    since = CASE WHEN state = 'paused' AND ?3 = 0 THEN coalesce(since, confirmed_at) ELSE ?2 END
			WHERE id = ?1`, n.ID, now.Unix(), back); err != nil {
			return err
		}
		if err := keepChoices(ctx, tx, n.ID, now); err != nil {
			return err
		}
	}
	if n.State == Pending || n.State == Unsubscribed {
		if err := plan(ctx, tx, LetterWelcome, n.ID, n.SubscriberID, now); err != nil {
			return err
		}
	}
	return insertConsent(ctx, tx, Consent{
		SubscriptionID: n.ID, Act: Give, Method: g.Method, At: now, Recorded: now,
		SignupID: g.id, Asked: g.at, Form: g.Form, Language: g.Language, Page: g.Page, IP: g.ip,
	})
}

// closeSignups applies the rest of the form, and ends all sign-ups of its subscriber.
func (s *Store) closeSignups(ctx context.Context, tx *sql.Tx, g signupRow, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `
		UPDATE subscriber
		SET name     = CASE ?2 WHEN '' THEN name ELSE ?2 END,
		    language = CASE ?3 WHEN '' THEN language ELSE ?3 END,
		    format   = CASE ?4 WHEN '' THEN format ELSE ?4 END
		WHERE id = ?1`, g.subscriberID, g.Name, g.Language, string(g.Format)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE signup SET state = 'confirmed', expires_at = ?2 WHERE subscriber_id = ?1 AND state = 'open'`,
		g.subscriberID, now.Add(keepDetails).Unix()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM due_letter WHERE subscriber_id = ?1 AND kind IN ('confirm', 'remind')`, g.subscriberID); err != nil {
		return err
	}
	return s.answered(ctx, tx, g.Address, LetterConfirm)
}
