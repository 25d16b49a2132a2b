package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// More than one delivery in doubtShare, and more than fewDoubts, are not sent again without
// asking: a relay that failed at the dot for everybody would otherwise double the issue
// for everybody (mail-standards S11).
const (
	doubtShare = 100
	fewDoubts  = 5
)

// mayHaveArrived begins the reason of a delivery that stays in doubt because it is not
// sent again: the copy of which nobody knows may be with its reader.
const mayHaveArrived = "may have arrived, and is not sent again: "

// settle makes what a killed sender left as sending in doubt: its final dot may have gone
// out. It is called by the only sender there is.
func (q *Queue) settle(ctx context.Context, now time.Time) (n int64, err error) {
	err = q.db.Update(ctx, func(tx *sql.Tx) error {
		issues, err := ints(tx.Query(`SELECT DISTINCT issue_id FROM delivery WHERE state = 'sending'
			AND issue_id IN (SELECT issue_id FROM run WHERE state <> 'finished')`))
		if err != nil {
			return err
		}
		for _, id := range issues {
			if err := doubtfulParts(tx, id); err != nil {
				return err
			}
			res, err := tx.Exec(`UPDATE delivery SET state = 'in doubt', attempts = attempts + 1, doubts = doubts + 1, due_at = ?2, changed_at = ?3,
				reason = 'the program ended while it was being sent' WHERE issue_id = ?1 AND state = 'sending'`,
				id, now.Add(doubtWait).Unix(), now.Unix())
			if err != nil {
				return err
			}
			moved, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if err := (change{Sending: -moved, InDoubt: moved}).apply(tx, id); err != nil {
				return err
			}
			n += moved
		}
		return nil
	})
	return n, err
}

// resolveDoubts sends again, once and byte for byte, what has been in doubt long enough,
// in editions that say so. What is doubtful for the second time, or for more than a small
// share of an issue, stays in doubt for an editor.
func resolveDoubts(tx *sql.Tx, now time.Time) error {
	issues, err := ints(tx.Query(`
		SELECT r.issue_id FROM run r WHERE r.state = 'running' AND r.doubt = 'resend'
			AND EXISTS (SELECT 1 FROM delivery d WHERE d.issue_id = r.issue_id AND d.state = 'in doubt' AND d.due_at > 0 AND d.due_at <= ?1)`, now.Unix()))
	if err != nil {
		return err
	}
	for _, id := range issues {
		r, err := readRun(tx, id)
		if err != nil {
			return err
		}
		query, to := `UPDATE delivery SET state = 'deferred', due_at = ?2 WHERE issue_id = ?1 AND state = 'in doubt' AND due_at > 0 AND due_at <= ?2 AND doubts = 1`, Deferred
		if n := r.Counts[InDoubt]; id != letters && n > fewDoubts && n*doubtShare > r.Prepared {
			query, to = `UPDATE delivery SET due_at = 0 WHERE issue_id = ?1 AND state = 'in doubt' AND due_at > 0 AND due_at <= ?2`, InDoubt
		}
		res, err := tx.Exec(query, id, now.Unix())
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if to == Deferred {
			if err := (change{InDoubt: -n, Deferred: n}).apply(tx, id); err != nil {
				return err
			}
		}
		// What is doubtful for the second time waits for nobody but an editor.
		if _, err := tx.Exec(`UPDATE delivery SET due_at = 0 WHERE issue_id = ?1 AND state = 'in doubt' AND doubts > 1`, id); err != nil {
			return err
		}
	}
	return nil
}

// Resend lets everything of an issue that is in doubt be sent again, at an editor's word.
// It returns how many deliveries that are.
func (q *Queue) Resend(ctx context.Context, issueID int64, now time.Time) (n int64, err error) {
	err = q.db.Update(ctx, func(tx *sql.Tx) error {
		r, err := readRun(tx, issueID)
		if err != nil {
			return err
		}
		if r.State == "cancelled" {
			return fmt.Errorf("issue %d was cancelled; nothing of it is sent any more", issueID)
		}
		res, err := tx.Exec(`UPDATE delivery SET state = 'deferred', due_at = ?2 WHERE issue_id = ?1 AND state = 'in doubt'`, issueID, now.Unix())
		if err != nil {
			return err
		}
		if n, err = res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := (change{InDoubt: -n, Deferred: n}).apply(tx, issueID); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE run SET state = 'running', useful_until = max(useful_until, ?2) WHERE issue_id = ?1 AND state IN ('running', 'finished')`,
			issueID, now.Add(time.Hour).Unix())
		return err
	})
	q.knock()
	return n, err
}
