package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// keepDetails is how long we keep what is good for a short time only: the network that a
// sign-up came from, and the row of a sign-up once it is confirmed and stands in consent.
const keepDetails = 30 * 24 * time.Hour

// Expire deletes what was not confirmed in time (W5): sign-ups and changes of address after
// 7 days, with the subscriptions and subscribers that nothing else is known of. It returns
// how many rows of them were deleted. After 30 days it blanks the networks that sign-ups
// came from.
func (s *Store) Expire(ctx context.Context, now time.Time) (n int64, err error) {
	for _, step := range []func(context.Context, *sql.Tx, time.Time) (int64, error){
		expireSignups, expirePending, expireChanges, expireNetworks,
	} {
		for more := true; more; {
			var done int64
			if err := s.db.Update(ctx, func(tx *sql.Tx) error {
				done, err = step(ctx, tx, now)
				return err
			}); err != nil {
				return n, fmt.Errorf("delete what has expired: %w", err)
			}
			n, more = n+done, done > 0
		}
	}
	return n, nil
}

func expireSignups(ctx context.Context, tx *sql.Tx, now time.Time) (int64, error) {
	ids, err := queryIDs(ctx, tx, `SELECT id FROM signup WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2`, now.Unix(), atOnce)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		var subscriberID int64
		if _, err := tx.ExecContext(ctx, `DELETE FROM due_letter WHERE ref = ?1 AND kind IN ('confirm', 'remind', 'already')`, id); err != nil {
			return 0, err
		}
		if err := tx.QueryRowContext(ctx, `DELETE FROM signup WHERE id = ?1 RETURNING subscriber_id`, id).Scan(&subscriberID); err != nil {
			return 0, err
		}
		if err := forgetUnknown(ctx, tx, subscriberID); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), nil
}

// expirePending deletes pending subscriptions that no open sign-up of their subscriber can
// confirm any more. Consent was never given for them.
func expirePending(ctx context.Context, tx *sql.Tx, now time.Time) (int64, error) {
	ids, err := queryIDs(ctx, tx, `
		SELECT n.id FROM subscription n
		WHERE n.state = 'pending' AND n.created_at <= ?1
		  AND NOT EXISTS (SELECT 1 FROM signup g WHERE g.subscriber_id = n.subscriber_id AND g.state = 'open')
		ORDER BY n.created_at LIMIT ?2`, now.Add(-SignupFor).Unix(), atOnce)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		var subscriberID int64
		for _, statement := range []string{
			`DELETE FROM due_letter WHERE ref = ?1 AND kind = 'welcome'`,
			`DELETE FROM choice_change WHERE subscription_id = ?1`,
			`DELETE FROM consent WHERE subscription_id = ?1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return 0, err
			}
		}
		if err := tx.QueryRowContext(ctx, `DELETE FROM subscription WHERE id = ?1 RETURNING subscriber_id`, id).Scan(&subscriberID); err != nil {
			return 0, err
		}
		if err := forgetUnknown(ctx, tx, subscriberID); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), nil
}

// forgetUnknown deletes a subscriber without subscription or sign-up.
func forgetUnknown(ctx context.Context, tx *sql.Tx, subscriberID int64) error {
	var known bool
	if err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM subscription WHERE subscriber_id = ?1) OR EXISTS (SELECT 1 FROM signup WHERE subscriber_id = ?1)`,
		subscriberID).Scan(&known); err != nil || known {
		return err
	}
	return forget(ctx, tx, subscriberID)
}

func expireChanges(ctx context.Context, tx *sql.Tx, now time.Time) (int64, error) {
	ids, err := queryIDs(ctx, tx, `SELECT id FROM address_change WHERE state = 'open' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2`, now.Unix(), atOnce)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		for _, statement := range []string{
			`DELETE FROM due_letter WHERE ref = ?1 AND kind = 'change'`,
			`DELETE FROM address_change WHERE id = ?1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, id); err != nil {
				return 0, err
			}
		}
	}
	return int64(len(ids)), nil
}

func expireNetworks(ctx context.Context, tx *sql.Tx, now time.Time) (int64, error) {
	_, err := tx.ExecContext(ctx, `UPDATE consent SET ip = '' WHERE ip <> '' AND recorded_at <= ?1`, now.Add(-keepDetails).Unix())
	return 0, err
}
