package digest

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// IssueAt returns the issue of e due at slot, or ErrNotFound.
func (s *Store) IssueAt(ctx context.Context, e Edition, slot time.Time) (issue Issue, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		issue, err = issueWhere(tx, `e.id = ?1 AND i.slot = ?2`, e.ID, slot.Unix())
		return err
	})
	if err != nil {
		return Issue{}, fmt.Errorf("issue of %s due at %s: %w", e.Slug, slot.UTC().Format(time.RFC3339), err)
	}
	return issue, nil
}

// A Mending is what has become of an issue's stories since it was frozen, by article.
type Mending struct {
	Gone   map[int64]string // what the page says now, for each that is not there any more
	Titles map[int64]string // headlines that have changed
}

// Mend takes the stories that are gone out of an issue of e that is frozen and of which
// nobody has a mail yet, and gives others their new headlines. An issue that has none left
// is skipped. What was composed of it is forgotten. An issue in another state stays as it is.
func (s *Store) Mend(ctx context.Context, e Edition, issueID int64, m Mending) (issue Issue, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if issue, err = issueWhere(tx, `i.id = ?1`, issueID); err != nil || issue.State != IssueFrozen {
			return err
		}
		left := 0
		for _, st := range mended(e, issue.Stories, m) {
			if err := updateStory(tx, issueID, st); err != nil {
				return err
			}
			if st.In {
				left++
			}
		}
		if left == 0 {
			_, err := tx.Exec(`UPDATE issue SET state = 'skipped', number = 0, reason = 'the pages of all its stories are gone' WHERE id = ?1`, issueID)
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM variant WHERE issue_id = ?1`, issueID); err != nil {
			return err
		}
		issue, err = issueWhere(tx, `i.id = ?1`, issueID)
		return err
	})
	if err != nil {
		return Issue{}, fmt.Errorf("mend issue %d: %w", issueID, err)
	}
	return issue, nil
}

// mended returns the stories that were in, as they are after m: where the lead of a
// language is gone, the next one leads.
func mended(e Edition, stories []Story, m Mending) (all []Story) {
	group := func(st Story) string { return cmp.Or(e.VariantLanguage(st.Language), e.VariantLanguage("")) }
	led, lost := map[string]bool{}, map[string]bool{}
	for _, st := range stories {
		if _, gone := m.Gone[st.ID]; st.In && st.Lead {
			led[group(st)], lost[group(st)] = led[group(st)] || !gone, lost[group(st)] || gone
		}
	}
	place := 0
	for _, st := range stories {
		if !st.In {
			continue
		}
		if said, gone := m.Gone[st.ID]; gone {
			st.In, st.Lead, st.Place, st.Reason = false, false, 0, Reason{ReasonGone, said}
			all = append(all, st)
			continue
		}
		place++
		st.Place = place
		if g := group(st); lost[g] && !led[g] {
			led[g], st.Lead, st.Reason = true, true, Reason{Code: ReasonLead}
		}
		if title := m.Titles[st.ID]; title != "" && !st.Edited {
			st.Title = title
		}
		all = append(all, st)
	}
	return all
}

func updateStory(tx *sql.Tx, issueID int64, st Story) error {
	frozen := ""
	if st.In {
		data, err := json.Marshal(st.Article)
		if err != nil {
			return err
		}
		frozen = string(data)
	}
	_, err := tx.Exec(`UPDATE story SET place = ?3, code = ?4, detail = ?5, carried = ?6, frozen = ?7 WHERE issue_id = ?1 AND article_id = ?2`,
		issueID, st.ID, st.Place, string(st.Reason.Code), st.Reason.Detail, st.Reason.Carried(), frozen)
	return err
}
