package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

func revisionOf(tx *sql.Tx, issueID int64) (revision int64, err error) {
	err = tx.QueryRow(`SELECT revision FROM run WHERE issue_id = ?1`, issueID).Scan(&revision)
	return revision, err
}

// Revise gives the readers who have not been served yet the issue as p composes it now,
// such as without a story that was pulled, and returns how many those are. What is under
// way goes out as it was, and what may have arrived is never sent in other words.
func (q *Queue) Revise(ctx context.Context, p Posting, now time.Time) (readers int64, err error) {
	var choices []Choice
	var revision int64
	err = q.db.Update(ctx, func(tx *sql.Tx) error {
		if _, err := readRun(tx, p.IssueID); err != nil {
			return err
		}
		if revision, err = revisionOf(tx, p.IssueID); err != nil {
			return err
		}
		choices = nil
		return each(tx, `SELECT language, format, topics, since FROM message WHERE issue_id = ?1 AND revision = ?2`,
			[]any{p.IssueID, revision}, func(rows *sql.Rows) error {
				var c Choice
				var form, topics string
				if err := rows.Scan(&c.Language, &form, &topics, &c.Since); err != nil {
					return err
				}
				c.setForm(form)
				if topics != "" {
					c.Topics = strings.Split(topics, "\n")
				}
				choices = append(choices, c)
				return nil
			})
	})
	if err == nil {
		err = q.compose(ctx, p, revision+1, choices)
	}
	if err == nil {
		err = q.db.Update(ctx, func(tx *sql.Tx) error {
			readers, err = turnTo(tx, p.IssueID, revision+1, now)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("revise issue %d: %w", p.IssueID, err)
	}
	q.knock()
	return readers, nil
}

// turnTo makes a revision the one that is sent. A choice that came up meanwhile has no
// message of it yet: its readers keep the one they have.
func turnTo(tx *sql.Tx, issueID, revision int64, now time.Time) (readers int64, err error) {
	if _, err := tx.Exec(`UPDATE run SET revision = ?2 WHERE issue_id = ?1`, issueID, revision); err != nil {
		return 0, err
	}
	before, err := countStates(tx, issueID)
	if err != nil {
		return 0, err
	}
	res, err := tx.Exec(`
		UPDATE delivery SET changed_at = ?3,
			message_id = CASE WHEN n.empty = '' THEN n.id END,
			state = CASE WHEN n.empty = '' THEN state ELSE 'cancelled' END,
			reason = CASE WHEN n.empty = '' THEN reason ELSE n.empty END
		FROM message o JOIN message n ON n.issue_id = o.issue_id AND n.language = o.language AND n.format = o.format
			AND n.topics = o.topics AND n.since = o.since AND n.revision = ?2
		WHERE delivery.issue_id = ?1 AND delivery.state IN ('queued', 'deferred') AND delivery.doubts = 0
			AND o.id = delivery.message_id AND o.id <> n.id`, issueID, revision, now.Unix())
	if err != nil {
		return 0, err
	}
	if readers, err = res.RowsAffected(); err != nil {
		return 0, err
	}
	after, err := countStates(tx, issueID)
	if err != nil {
		return 0, err
	}
	for state, n := range before {
		after[state] -= n
	}
	return readers, after.apply(tx, issueID)
}

// countStates counts what an issue has left, and what was cancelled.
func countStates(tx *sql.Tx, issueID int64) (change, error) {
	counted := change{}
	err := each(tx, `SELECT state, count(*) FROM delivery WHERE issue_id = ?1 AND state IN ('queued', 'deferred', 'cancelled') GROUP BY state`,
		[]any{issueID}, func(rows *sql.Rows) error {
			var s State
			var n int64
			err := rows.Scan(&s, &n)
			counted[s] = n
			return err
		})
	return counted, err
}
