package subscribers

import (
	"context"
	"database/sql"
	"fmt"
)

// SetLanguage changes the language a subscriber reads in, a BCP 47 tag, or "" for the
// edition's own. It returns ErrNotFound for a subscriber that is not there, as do those
// below.
func (s *Store) SetLanguage(ctx context.Context, subscriberID int64, tag string) error {
	tag, err := cleanLanguage(tag)
	if err != nil {
		return err
	}
	return s.setProfile(ctx, `UPDATE subscriber SET language = ?2 WHERE id = ?1`, subscriberID, tag)
}

// SetName changes a subscriber's name; "" takes it away.
func (s *Store) SetName(ctx context.Context, subscriberID int64, name string) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	return s.setProfile(ctx, `UPDATE subscriber SET name = ?2 WHERE id = ?1`, subscriberID, name)
}

// SetFormat changes what a subscriber's mail is made of.
func (s *Store) SetFormat(ctx context.Context, subscriberID int64, f Format) error {
	if f != HTML && f != Text {
		return fmt.Errorf("format %.40q is not known; use %q or %q", f, HTML, Text)
	}
	return s.setProfile(ctx, `UPDATE subscriber SET format = ?2 WHERE id = ?1`, subscriberID, string(f))
}

// SetUncounted says whether a subscriber wants no links that are counted.
func (s *Store) SetUncounted(ctx context.Context, subscriberID int64, uncounted bool) error {
	return s.setProfile(ctx, `UPDATE subscriber SET uncounted = ?2 WHERE id = ?1`, subscriberID, uncounted)
}

func (s *Store) setProfile(ctx context.Context, statement string, subscriberID int64, values ...any) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, statement, append([]any{subscriberID}, values...)...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return ErrNotFound
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("change a subscriber: %w", err)
	}
	return nil
}
