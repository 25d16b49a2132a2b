package digest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Replay returns what an edition with these rules would have made of the articles at each
// slot, in order: what went out in one is in no later one, and what was carried over is
// there again. No editor's plan is part of it.
func Replay(e Edition, articles []Candidate, slots []time.Time) []Selection {
	waiting := slices.Clone(articles)
	slices.SortStableFunc(waiting, func(a, b Candidate) int { return a.FirstSeen.Compare(b.FirstSeen) })
	var all []Selection
	var open []Candidate
	for _, slot := range slots {
		n := 0
		for n < len(waiting) && !waiting[n].FirstSeen.After(slot) {
			n++
		}
		open, waiting = append(open, waiting[:n]...), waiting[n:]
		for i := range open {
			open[i].SentIn = 0
		}
		sel := Select(e, open, slot)
		all = append(all, sel)
		carried := map[int64]bool{}
		for _, st := range sel.Stories {
			carried[st.ID] = st.Reason.Carried()
		}
		open = slices.DeleteFunc(open, func(c Candidate) bool { return !carried[c.ID] })
	}
	return all
}

// ArticlesSince returns every article that was first seen after a moment, whatever became
// of it, as a candidate that was never sent.
func (s *Store) ArticlesSince(ctx context.Context, from time.Time) (cands []Candidate, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`
			SELECT a.id, a.source_id, a.guid, a.url, a.title, a.summary, a.author, a.section, a.topics, a.language,
				a.image_url, a.image_alt, a.image_width, a.image_height, a.words, a.published, a.date_from, a.first_seen,
				a.reworded, s.url, 0, 0
			FROM article a JOIN article_source x ON x.article_id = a.id JOIN source s ON s.id = x.source_id
			WHERE a.seen = 0 AND a.first_seen > ?1 ORDER BY a.id, s.id`, from.Unix())
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
		return nil, fmt.Errorf("read articles: %w", err)
	}
	return cands, nil
}
