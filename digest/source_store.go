package digest

import (
	"context"
	"database/sql"
	"fmt"
)

const sourceColumns = `id, url, title, home_url, language, section, etag, last_modified, fetched_at, changed_at, failures, error`

func scanSource(row interface{ Scan(...any) error }) (src Source, err error) {
	err = row.Scan(&src.ID, &src.URL, &src.Title, &src.HomeURL, &src.Language, &src.Section,
		&src.ETag, &src.LastModified, (*unixTime)(&src.FetchedAt), (*unixTime)(&src.ChangedAt), &src.Failures, &src.Error)
	return src, err
}

// Sources returns the sources that articles are taken from, in the order they were added.
func (s *Store) Sources(ctx context.Context) (sources []Source, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT ` + sourceColumns + ` FROM source WHERE removed = 0 ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			src, err := scanSource(rows)
			if err != nil {
				return err
			}
			sources = append(sources, src)
		}
		return rows.Err()
	})
	return sources, err
}

// PutSource saves src under its URL and returns it with its ID. A removed source of that
// URL comes back.
func (s *Store) PutSource(ctx context.Context, src Source) (Source, error) {
	err := s.db.Update(ctx, func(tx *sql.Tx) error { return putSource(tx, &src) })
	return src, err
}

func putSource(tx *sql.Tx, src *Source) error {
	err := tx.QueryRow(`
		INSERT INTO source (url, title, home_url, language, section, etag, last_modified, fetched_at, changed_at, failures, error)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
		ON CONFLICT (url) DO UPDATE SET title = ?2, home_url = ?3, language = ?4, section = ?5, etag = ?6,
			last_modified = ?7, fetched_at = ?8, changed_at = ?9, failures = ?10, error = ?11, removed = 0
		RETURNING id`,
		src.URL, src.Title, src.HomeURL, src.Language, src.Section, src.ETag, src.LastModified,
		unix(src.FetchedAt), unix(src.ChangedAt), src.Failures, src.Error).Scan(&src.ID)
	if err != nil {
		return fmt.Errorf("save source: %w", err)
	}
	return nil
}

// learnSource saves what a fetch learned of a source, and returns ErrNotFound when it was
// removed meanwhile. What an operator sets is left alone.
func learnSource(tx *sql.Tx, src *Source) error {
	res, err := tx.Exec(`
		UPDATE source SET title = ?2, home_url = ?3, language = CASE WHEN language = '' THEN ?4 ELSE language END, etag = ?5,
			last_modified = ?6, fetched_at = ?7, changed_at = ?8, failures = ?9, error = ?10
		WHERE id = ?1 AND removed = 0`,
		src.ID, src.Title, src.HomeURL, src.Language, src.ETag, src.LastModified,
		unix(src.FetchedAt), unix(src.ChangedAt), src.Failures, src.Error)
	if err != nil {
		return fmt.Errorf("save source: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return ErrNotFound
	}
	return nil
}

// RemoveSource stops taking articles from the source with this URL. Those it gave stay,
// so that issues can be shown and the source can come back.
func (s *Store) RemoveSource(ctx context.Context, url string) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec(`UPDATE source SET removed = 1, etag = '', last_modified = '' WHERE url = ?1 AND removed = 0`, url)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return ErrNotFound
		}
		return nil
	})
}
