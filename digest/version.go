package digest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Version is what an article said for a while.
type Version struct {
	At      time.Time // since when
	Title   string
	Summary string
}

// maxVersions is how many earlier versions of an article are kept, the latest. Some sites
// try several headlines in turn.
const maxVersions = 20

// keepVersion writes down what an article said if its own source now tells it in other
// words. Marks, case and white space make no other words.
func keepVersion(tx *sql.Tx, a *Article, now time.Time) error {
	var before Version
	err := tx.QueryRow(`
		SELECT title, summary, CASE WHEN reworded > 0 THEN reworded ELSE first_seen END
		FROM article WHERE id = ?1 AND source_id = ?2`,
		a.ID, a.SourceID).Scan(&before.Title, &before.Summary, (*unixTime)(&before.At))
	switch {
	case errors.Is(err, sql.ErrNoRows): // another source tells it
		return nil
	case err != nil:
		return err
	case fold(before.Title) == fold(a.Title) && fold(PlainText(before.Summary)) == fold(PlainText(a.Summary)):
		return nil
	}
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO article_version (article_id, at, title, summary) VALUES (?1, ?2, ?3, ?4)`,
			[]any{a.ID, unix(before.At), before.Title, before.Summary}},
		{`DELETE FROM article_version WHERE article_id = ?1 AND id NOT IN
			(SELECT id FROM article_version WHERE article_id = ?1 ORDER BY id DESC LIMIT ?2)`,
			[]any{a.ID, maxVersions}},
		{`UPDATE article SET reworded = ?2 WHERE id = ?1`, []any{a.ID, unix(now)}},
	} {
		if _, err := tx.Exec(step.query, step.args...); err != nil {
			return fmt.Errorf("keep the earlier version: %w", err)
		}
	}
	return nil
}

// Versions returns what an article said before, the latest first; none if its words never
// changed. What it says now is not among them.
func (s *Store) Versions(ctx context.Context, articleID int64) (versions []Version, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT at, title, summary FROM article_version WHERE article_id = ?1 ORDER BY id DESC`, articleID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v Version
			if err := rows.Scan((*unixTime)(&v.At), &v.Title, &v.Summary); err != nil {
				return err
			}
			versions = append(versions, v)
		}
		return rows.Err()
	})
	return versions, err
}
