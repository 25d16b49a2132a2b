package digest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrLastStory says that an issue would be left without a story.
var ErrLastStory = errors.New("it is the only story left; cancel the issue instead")

// Pull takes a story out of an issue that was made already, for a reason that is kept with
// it, and returns the issue without it. The story is no candidate again, and its place in
// what others already got stays as it was.
func (s *Store) Pull(ctx context.Context, issueID, articleID int64, why string) (issue Issue, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if issue, err = issueWhere(tx, `i.id = ?1`, issueID); err != nil {
			return err
		}
		in, here := 0, false
		for _, st := range issue.Stories {
			if st.In {
				in++
				here = here || st.ID == articleID
			}
		}
		switch {
		case !here:
			return ErrNotFound
		case in == 1:
			return ErrLastStory
		}
		_, err := tx.Exec(`UPDATE story SET place = 0, code = ?3, detail = ?4, carried = 0 WHERE issue_id = ?1 AND article_id = ?2`,
			issueID, articleID, string(ReasonPulled), why)
		if err != nil {
			return err
		}
		// The next one leads where the lead is gone.
		_, err = tx.Exec(`UPDATE story SET code = ?2 WHERE issue_id = ?1 AND place > 0
			AND NOT EXISTS (SELECT 1 FROM story l WHERE l.issue_id = ?1 AND l.place > 0 AND l.code = ?2)
			AND place = (SELECT min(place) FROM story f WHERE f.issue_id = ?1 AND f.place > 0)`, issueID, string(ReasonLead))
		if err != nil {
			return err
		}
		issue, err = issueWhere(tx, `i.id = ?1`, issueID)
		return err
	})
	if err != nil {
		return Issue{}, fmt.Errorf("pull story %d out of issue %d: %w", articleID, issueID, err)
	}
	return issue, nil
}

// ReplaceVariants puts an issue's variants in the place of those it has.
func (s *Store) ReplaceVariants(ctx context.Context, issueID int64, variants []Variant) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM variant WHERE issue_id = ?1`, issueID); err != nil {
			return err
		}
		return insertVariants(tx, variants)
	})
}
