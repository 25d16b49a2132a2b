package subscribers

import (
	"context"
	"database/sql"
	"fmt"
)

// SetLanguage changes the language a subscriber reads in, a BCP 47 tag, or "" for the
// edition's own. It returns ErrNotFound for a subscriber that is not there.
func (s *Store) SetLanguage(ctx context.Context, subscriberID int64, tag string) error {
	tag, err := cleanLanguage(tag)
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE subscriber SET language = ?2 WHERE id = ?1`, subscriberID, tag)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return ErrNotFound
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set language: %w", err)
	}
	return nil
}
