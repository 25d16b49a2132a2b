package digest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// PutArticles saves src as it was fetched together with its articles and returns how many
// of them are new. An article is known again by any name it ever had: its GUID in this
// source, its URL, or its words; never by its date alone. An article that is known is
// brought up to date by the source that had it first, and stays the same one.
//
// With seen set, new articles are kept but never mailed. A source that has an ID and was
// removed while it was fetched stays removed, and nothing is saved.
func (s *Store) PutArticles(ctx context.Context, src Source, articles []Article, seen bool, now time.Time) (added int, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		save := learnSource
		if src.ID == 0 {
			save = putSource
		}
		if err := save(tx, &src); errors.Is(err, ErrNotFound) {
			return nil // removed meanwhile
		} else if err != nil {
			return err
		}
		// A feed has its newest item first; saved last, it gets the highest number.
		for i := len(articles) - 1; i >= 0; i-- {
			a := articles[i]
			a.SourceID, a.Seen = src.ID, seen
			isNew, err := putArticle(tx, &a, now)
			if err != nil {
				return fmt.Errorf("save article “%s”: %w", a.Title, err)
			}
			if isNew {
				added++
			}
		}
		return nil
	})
	return added, err
}

func putArticle(tx *sql.Tx, a *Article, now time.Time) (isNew bool, err error) {
	keys := a.keys()
	id, err := articleByKey(tx, keys)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		isNew = true
		a.FirstSeen = now
		err = insertArticle(tx, a, now)
	case err == nil:
		a.ID = id
		err = updateArticle(tx, a, now)
	}
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(`INSERT INTO article_source (article_id, source_id) VALUES (?1, ?2) ON CONFLICT (article_id, source_id) DO NOTHING`, a.ID, a.SourceID)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		if _, err := tx.Exec(`INSERT INTO article_key (key, article_id) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING`, key, a.ID); err != nil {
			return false, err
		}
	}
	return isNew, nil
}

func articleByKey(tx *sql.Tx, keys [][]byte) (id int64, err error) {
	err = sql.ErrNoRows
	for _, key := range keys {
		if err = tx.QueryRow(`SELECT article_id FROM article_key WHERE key = ?1`, key).Scan(&id); !errors.Is(err, sql.ErrNoRows) {
			return id, err
		}
	}
	return id, err
}

func insertArticle(tx *sql.Tx, a *Article, now time.Time) error {
	return tx.QueryRow(`
		INSERT INTO article (source_id, guid, url, title, summary, author, section, topics, language,
			image_url, image_alt, image_width, image_height, words, published, date_from, first_seen, updated, seen)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
		RETURNING id`,
		a.SourceID, a.GUID, a.URL, a.Title, a.Summary, a.Author, a.Section, strings.Join(a.Topics, "\n"), a.Language,
		a.Image.URL, a.Image.Alt, a.Image.Width, a.Image.Height, a.Words, unix(a.Published), string(a.DateFrom),
		unix(a.FirstSeen), unix(now), a.Seen).Scan(&a.ID)
}

// updateArticle takes over what changed, from the source that had the article first: two
// that tell it differently would else change it at every fetch. When that one is removed,
// the next takes its place. The date stays unless the article had none of its own until
// now: a story is not made new by a later date. What it said before is kept.
func updateArticle(tx *sql.Tx, a *Article, now time.Time) error {
	if a.Listed {
		return nil
	}
	if err := keepVersion(tx, a, now); err != nil {
		return err
	}
	_, err := tx.Exec(`
		UPDATE article SET source_id = ?17, url = ?2, title = ?3, summary = ?4, author = ?5, section = ?6, topics = ?7, language = ?8,
			image_url = ?9, image_alt = ?10, image_width = ?11, image_height = ?12, words = ?13, updated = ?14,
			published = CASE WHEN ?18 AND date_from IN (?19, ?20) THEN ?15 ELSE published END,
			date_from = CASE WHEN ?18 AND date_from IN (?19, ?20) THEN ?16 ELSE date_from END
		WHERE id = ?1 AND (source_id = ?17 OR EXISTS (SELECT 1 FROM source s WHERE s.id = article.source_id AND s.removed = 1))
			AND (source_id <> ?17 OR url <> ?2 OR title <> ?3 OR summary <> ?4 OR author <> ?5 OR section <> ?6 OR topics <> ?7
				OR language <> ?8 OR image_url <> ?9 OR image_alt <> ?10 OR image_width <> ?11 OR image_height <> ?12
				OR words <> ?13 OR ?18 AND date_from IN (?19, ?20))`,
		a.ID, a.URL, a.Title, a.Summary, a.Author, a.Section, strings.Join(a.Topics, "\n"), a.Language,
		a.Image.URL, a.Image.Alt, a.Image.Width, a.Image.Height, a.Words, unix(now), unix(a.Published), string(a.DateFrom), a.SourceID,
		a.DateFrom.Proven(), string(DateMissing), string(DateFuture))
	return err
}

// KnownURLs returns those of the addresses that an article is known by.
func (s *Store) KnownURLs(ctx context.Context, urls []string) (known map[string]bool, err error) {
	known = map[string]bool{}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		for _, u := range urls {
			_, err := articleByKey(tx, addressKeys(u))
			switch {
			case err == nil:
				known[u] = true
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
		}
		return nil
	})
	return known, err
}

// Candidates returns the articles that the next issue of e may take: those no issue of it
// has decided on, those carried over, and, so that their absence is explained, those of
// the last three days that an earlier issue had.
func (s *Store) Candidates(ctx context.Context, e Edition, now time.Time) (cands []Candidate, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		// An article has a row for each source that gives it.
		rows, err := tx.Query(`
			SELECT a.id, a.source_id, a.guid, a.url, a.title, a.summary, a.author, a.section, a.topics, a.language,
				a.image_url, a.image_alt, a.image_width, a.image_height, a.words, a.published, a.date_from, a.first_seen,
				a.reworded, s.url, coalesce((SELECT max(i.number) FROM story t JOIN issue i ON i.id = t.issue_id
					WHERE t.article_id = a.id AND t.edition_id = ?1 AND t.place > 0), 0) AS sent_in,
				coalesce((SELECT max(i.created) FROM story t JOIN issue i ON i.id = t.issue_id
					WHERE t.article_id = a.id AND t.edition_id = ?1 AND t.place > 0), 0) AS sent_at
			FROM article a JOIN article_source x ON x.article_id = a.id JOIN source s ON s.id = x.source_id
			WHERE a.seen = 0 AND s.removed = 0
				AND NOT EXISTS (SELECT 1 FROM story t WHERE t.article_id = a.id AND t.edition_id = ?1 AND t.carried = 0
					AND (t.place = 0 OR a.published < ?2))
			ORDER BY a.id, s.id`, e.ID, now.Add(-72*time.Hour).Unix())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			c, err := scanCandidate(rows)
			if err != nil {
				return err
			}
			if n := len(cands); n > 0 && cands[n-1].ID == c.ID {
				cands[n-1].Also = append(cands[n-1].Also, c.SourceURL)
				continue
			}
			cands = append(cands, c)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read candidates: %w", err)
	}
	return cands, nil
}

func scanCandidate(rows *sql.Rows) (c Candidate, err error) {
	var topics string
	a := &c.Article
	err = rows.Scan(&a.ID, &a.SourceID, &a.GUID, &a.URL, &a.Title, &a.Summary, &a.Author, &a.Section, &topics, &a.Language,
		&a.Image.URL, &a.Image.Alt, &a.Image.Width, &a.Image.Height, &a.Words, (*unixTime)(&a.Published), &a.DateFrom, (*unixTime)(&a.FirstSeen),
		(*unixTime)(&a.Updated), &c.SourceURL, &c.SentIn, (*unixTime)(&c.SentAt))
	a.Topics = lines(topics)
	return c, err
}
