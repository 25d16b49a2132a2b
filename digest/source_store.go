package digest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

const sourceColumns = `id, url, kind, title, home_url, language, section, selectors, etag, last_modified, body_hash,
	fetched_at, changed_at, failures, error, next_at, told_next, hub, topic`

func scanSource(row interface{ Scan(...any) error }) (src Source, err error) {
	var selectors string
	err = row.Scan(&src.ID, &src.URL, &src.Kind, &src.Title, &src.HomeURL, &src.Language, &src.Section, &selectors,
		&src.ETag, &src.LastModified, &src.BodyHash, (*unixTime)(&src.FetchedAt), (*unixTime)(&src.ChangedAt),
		&src.Failures, &src.Error, (*unixTime)(&src.NextAt), &src.ToldNext, &src.Hub, &src.Topic)
	if err == nil && selectors != "" {
		if err = json.Unmarshal([]byte(selectors), &src.Selectors); err != nil {
			err = fmt.Errorf("read the selectors of %s: %w", src.URL, err)
		}
	}
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
	selectors := ""
	if src.Selectors != (Selectors{}) {
		data, err := json.Marshal(src.Selectors)
		if err != nil {
			return fmt.Errorf("save source: %w", err)
		}
		selectors = string(data)
	}
	err := tx.QueryRow(`
		INSERT INTO source (url, kind, title, home_url, language, section, selectors, etag, last_modified, body_hash,
			fetched_at, changed_at, failures, error, next_at, told_next, hub, topic)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
		ON CONFLICT (url) DO UPDATE SET kind = ?2, title = ?3, home_url = ?4, language = ?5, section = ?6, selectors = ?7,
			etag = ?8, last_modified = ?9, body_hash = ?10, fetched_at = ?11, changed_at = ?12, failures = ?13, error = ?14,
			next_at = ?15, told_next = ?16, hub = ?17, topic = ?18, removed = 0
		RETURNING id`,
		src.URL, string(src.Kind), src.Title, src.HomeURL, src.Language, src.Section, selectors, src.ETag, src.LastModified, src.BodyHash,
		unix(src.FetchedAt), unix(src.ChangedAt), src.Failures, src.Error, unix(src.NextAt), src.ToldNext, src.Hub, src.Topic).Scan(&src.ID)
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
			last_modified = ?6, body_hash = ?7, fetched_at = ?8, changed_at = ?9, failures = ?10, error = ?11, next_at = ?12, told_next = ?13,
			hub = ?14, topic = ?15
		WHERE id = ?1 AND removed = 0`,
		src.ID, src.Title, src.HomeURL, src.Language, src.ETag, src.LastModified, src.BodyHash,
		unix(src.FetchedAt), unix(src.ChangedAt), src.Failures, src.Error, unix(src.NextAt), src.ToldNext, src.Hub, src.Topic)
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
		res, err := tx.Exec(`UPDATE source SET removed = 1, etag = '', last_modified = '', next_at = 0, told_next = 0 WHERE url = ?1 AND removed = 0`, url)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return ErrNotFound
		}
		return nil
	})
}
