package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// An Import is what is known of a file of readers that was brought once.
type Import struct {
	ID           int64
	Edition      string
	Evidence     string // of the readers' consent, in the operator's words
	File         string // its name, if it had one
	System       System // whose export it was, if that was recognised
	At           time.Time
	Added        int64
	Unsubscribed int64
	Undone       time.Time // zero if it was not
}

// Imports returns all imports, the latest first.
func (s *Store) Imports(ctx context.Context) ([]Import, error) {
	all, err := s.imports(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return all, nil
}

// imports returns one import, or all for 0.
func (s *Store) imports(ctx context.Context, id int64) (found []Import, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `
			SELECT id, edition, evidence, file, system, at, added, unsubscribed, coalesce(undone_at, 0)
			FROM import WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC`, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var i Import
			var at, undone int64
			if err := rows.Scan(&i.ID, &i.Edition, &i.Evidence, &i.File, &i.System, &at, &i.Added, &i.Unsubscribed, &undone); err != nil {
				return err
			}
			i.At, i.Undone = unixTime(at), unixTime(undone)
			found = append(found, i)
		}
		return rows.Err()
	})
	return found, err
}
