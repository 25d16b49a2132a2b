package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Pause keeps an edition from a reader until a time; asked again it moves the time. What
// appears meanwhile stays owed to them. A subscription that is neither confirmed nor paused
// stays as it is. It returns ErrNotFound for one that is not there.
func (s *Store) Pause(ctx context.Context, subscriptionID int64, until, now time.Time) error {
	if !until.After(now) {
		return errors.New("the pause must end in the future")
	}
	return s.changePause(ctx, subscriptionID, now, `
		UPDATE subscription SET state = 'paused', paused_until = ?2
		WHERE id = ?1 AND (state = 'confirmed' OR (state = 'paused' AND coalesce(paused_until, 0) <> ?2))`, subscriptionID, until.Unix())
}

// Resume ends a pause early. Where there is none it changes nothing.
func (s *Store) Resume(ctx context.Context, subscriptionID int64, now time.Time) error {
	return s.changePause(ctx, subscriptionID, now, `
		UPDATE subscription SET state = 'confirmed', paused_until = NULL WHERE id = ?1 AND state = 'paused'`, subscriptionID)
}

func (s *Store) changePause(ctx context.Context, subscriptionID int64, now time.Time, statement string, args ...any) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n > 0 {
			return keepChoices(ctx, tx, subscriptionID, now)
		}
		_, err = subscription(ctx, tx, subscriptionID)
		return err
	})
	if err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	return nil
}

// Wake ends the pauses that are over and returns how many. It is to be called before an
// issue is posted.
func (s *Store) Wake(ctx context.Context, now time.Time) (n int64, err error) {
	for {
		var woken int
		err := s.db.Update(ctx, func(tx *sql.Tx) error {
			ids, err := queryIDs(ctx, tx, `
				SELECT id FROM subscription WHERE state = 'paused' AND paused_until <= ?1 ORDER BY paused_until LIMIT ?2`, now.Unix(), atOnce)
			if err != nil {
				return err
			}
			woken = len(ids)
			for _, id := range ids {
				if _, err := tx.ExecContext(ctx, `UPDATE subscription SET state = 'confirmed', paused_until = NULL WHERE id = ?1`, id); err != nil {
					return err
				}
				if err := keepChoices(ctx, tx, id, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, fmt.Errorf("end pauses: %w", err)
		}
		if n += int64(woken); woken < atOnce {
			return n, nil
		}
	}
}

// atOnce is how many readers one transaction of our housekeeping changes: others want to
// write, too.
const atOnce = 1000
