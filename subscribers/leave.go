package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrSuppressed says that an address may not be subscribed again in this way.
var ErrSuppressed = errors.New("this address is suppressed")

// Unsubscribe ends a subscription, whatever its state, and records how (W3, W6). Done
// twice it changes nothing more. It returns the subscription as it is afterwards, or
// ErrNotFound.
func (s *Store) Unsubscribe(ctx context.Context, subscriptionID int64, method Method, now time.Time) (n Subscription, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if err := leave(ctx, tx, subscriptionID, Consent{Method: method, At: now, Recorded: now}); err != nil {
			return err
		}
		n, err = subscription(ctx, tx, subscriptionID)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("unsubscribe: %w", err)
	}
	return n, nil
}

// leave ends one subscription. The row of consent tells how, and from which import. A pause
// stays written down: undone, it goes on.
func leave(ctx context.Context, tx *sql.Tx, subscriptionID int64, how Consent) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE subscription SET state = 'unsubscribed', left_at = ?2
		WHERE id = ?1 AND state <> 'unsubscribed'`, subscriptionID, how.At.Unix())
	if err != nil {
		return err
	}
	if changed, err := done.RowsAffected(); err != nil || changed == 0 {
		return err
	}
	how.SubscriptionID, how.Act = subscriptionID, Withdraw
	return insertConsent(ctx, tx, how)
}

// UnsubscribeAll ends all subscriptions of a subscriber and suppresses the address as
// "left", so that no import to any edition brings it back. ResubscribeAll undoes it.
func (s *Store) UnsubscribeAll(ctx context.Context, subscriberID int64, method Method, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		a, err := addressOf(ctx, tx, subscriberID)
		if err != nil {
			return err
		}
		if err := leaveAll(ctx, tx, subscriberID, method, now); err != nil {
			return err
		}
		if err := voidSignups(ctx, tx, subscriberID); err != nil {
			return err
		}
		return s.suppress(ctx, tx, a, ReasonLeft, "", now)
	})
	if err != nil {
		return fmt.Errorf("unsubscribe from all editions: %w", err)
	}
	return nil
}

func leaveAll(ctx context.Context, tx *sql.Tx, subscriberID int64, method Method, now time.Time) error {
	ids, err := queryIDs(ctx, tx, `SELECT id FROM subscription WHERE subscriber_id = ?1 AND state <> 'unsubscribed' ORDER BY id`, subscriberID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := leave(ctx, tx, id, Consent{Method: method, At: now, Recorded: now}); err != nil {
			return err
		}
	}
	return nil
}

// Resubscribe undoes Unsubscribe at the reader's own wish (W3): a confirmed reader is
// confirmed again; one who had never confirmed is pending. For a subscription that was not
// ended it does nothing. An address suppressed for more than having left stays as it is:
// ErrSuppressed (B8 asks for a new sign-up).
func (s *Store) Resubscribe(ctx context.Context, subscriptionID int64, method Method, now time.Time) (n Subscription, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if n, err = subscription(ctx, tx, subscriptionID); err != nil {
			return err
		}
		if err = s.liftLeft(ctx, tx, n.SubscriberID); err != nil {
			return err
		}
		if err = restore(ctx, tx, subscriptionID, method, now); err != nil {
			return err
		}
		n, err = subscription(ctx, tx, subscriptionID)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("subscribe again: %w", err)
	}
	return n, nil
}

// ResubscribeAll undoes UnsubscribeAll: what was ended with it goes on, what had been ended
// before stays ended.
func (s *Store) ResubscribeAll(ctx context.Context, subscriberID int64, method Method, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		a, err := addressOf(ctx, tx, subscriberID)
		if err != nil {
			return err
		}
		reasons, err := s.suppressionsOf(ctx, tx, a)
		if err != nil {
			return err
		}
		for _, r := range reasons {
			if r.Reason != ReasonLeft {
				continue
			}
			ids, err := queryIDs(ctx, tx, `SELECT id FROM subscription WHERE subscriber_id = ?1 AND state = 'unsubscribed' AND left_at = ?2 ORDER BY id`, subscriberID, r.At.Unix())
			if err != nil {
				return err
			}
			if err := s.liftLeft(ctx, tx, subscriberID); err != nil {
				return err
			}
			for _, id := range ids {
				if err := restore(ctx, tx, id, method, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("subscribe again to all editions: %w", err)
	}
	return nil
}

// liftLeft takes away that a reader left everything; anything else stands in the way.
func (s *Store) liftLeft(ctx context.Context, tx *sql.Tx, subscriberID int64) error {
	a, err := addressOf(ctx, tx, subscriberID)
	if err != nil {
		return err
	}
	reasons, err := s.suppressionsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	for _, r := range reasons {
		if r.Reason != ReasonLeft {
			return ErrSuppressed
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	return s.lift(ctx, tx, a, ReasonLeft)
}

// undoFor is how soon leaving is undone as if it had not been; who comes back later is owed
// no story of the time between.
const undoFor = 24 * time.Hour

func restore(ctx context.Context, tx *sql.Tx, subscriptionID int64, method Method, now time.Time) error {
	done, err := tx.ExecContext(ctx, `
		UPDATE subscription
		SET state = CASE WHEN confirmed_at IS NULL THEN 'pending' WHEN paused_until > ?2 THEN 'paused' ELSE 'confirmed' END,
		    paused_until = CASE WHEN paused_until > ?2 THEN paused_until END,
		    since = CASE WHEN confirmed_at IS NULL OR left_at > ?3 THEN since ELSE ?2 END,
		    left_at = NULL
		WHERE id = ?1 AND state = 'unsubscribed'`, subscriptionID, now.Unix(), now.Add(-undoFor).Unix())
	if err != nil {
		return err
	}
	if changed, err := done.RowsAffected(); err != nil || changed == 0 {
		return err
	}
	return insertConsent(ctx, tx, Consent{SubscriptionID: subscriptionID, Act: Restore, Method: method, At: now, Recorded: now})
}

// addressOf returns a subscriber's address, or ErrNotFound.
func addressOf(ctx context.Context, tx *sql.Tx, subscriberID int64) (Address, error) {
	var email string
	err := tx.QueryRowContext(ctx, `SELECT email FROM subscriber WHERE id = ?1`, subscriberID).Scan(&email)
	if errors.Is(err, sql.ErrNoRows) {
		return Address{}, ErrNotFound
	} else if err != nil {
		return Address{}, err
	}
	return ParseAddressUTF8(email) // it was checked when it was stored
}

func queryIDs(ctx context.Context, tx *sql.Tx, query string, args ...any) (ids []int64, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
