package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// A Fault is something in the ledger that does not add up.
type Fault struct {
	IssueID  int64
	Delivery int64 // 0 when it is about the issue as a whole
	Text     string
}

// Verify counts every delivery of an issue, or of all when issueID is 0, and compares:
// prepared = queued + sending + deferred + sent + refused + suppressed + cancelled +
// in doubt (and what a bounce or complaint made of sent ones), the tally and the parts by
// domain and relay agree with the rows, and each row is complete. It returns what does not
// hold, at most a hundred faults.
func (q *Queue) Verify(ctx context.Context, issueID int64) (checked int64, faults []Fault, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		ids, err := ints(tx.Query(`SELECT issue_id FROM run WHERE ?1 = 0 OR issue_id = ?1 ORDER BY issue_id`, issueID))
		if err != nil {
			return err
		}
		if issueID != 0 && len(ids) == 0 {
			return ErrNoRun
		}
		for _, id := range ids {
			n, found, err := verifyRun(tx, id)
			if err != nil {
				return err
			}
			checked += n
			faults = append(faults, found...)
		}
		return nil
	})
	return checked, faults[:min(len(faults), 100)], err
}

func verifyRun(tx *sql.Tx, id int64) (total int64, faults []Fault, err error) {
	r, err := readRun(tx, id)
	if err != nil {
		return 0, nil, err
	}
	counted := map[State]int64{}
	var attempts, doubts int64
	rows, err := tx.Query(`SELECT state, count(*), sum(attempts), sum(doubts) FROM delivery WHERE issue_id = ?1 GROUP BY state`, id)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s State
		var n, tried, doubtful int64
		if err := rows.Scan(&s, &n, &tried, &doubtful); err != nil {
			return 0, nil, err
		}
		counted[s] = n
		total, attempts, doubts = total+n, attempts+tried, doubts+doubtful
	}
	if err := rows.Err(); err != nil {
		return 0, nil, err
	}
	if total != r.Prepared {
		faults = append(faults, Fault{IssueID: id, Text: fmt.Sprintf("%d deliveries were prepared and %d are in the ledger", r.Prepared, total)})
	}
	for _, s := range States {
		if counted[s] != r.Counts[s] {
			faults = append(faults, Fault{IssueID: id, Text: fmt.Sprintf("the tally has %d %s, the ledger %d", r.Counts[s], s, counted[s])})
		}
	}
	if r.State == "finished" && counted[Queued]+counted[Sending]+counted[Deferred] > 0 {
		faults = append(faults, Fault{IssueID: id, Text: "it is finished, and deliveries are still open"})
	}
	sent := counted[Sent] + counted[Bounced] + counted[Complained]
	uneven, err := unevenParts(tx, id, sent, attempts, doubts)
	if err != nil {
		return 0, nil, err
	}
	more, err := faultyRows(tx, id)
	return total, slices.Concat(faults, uneven, more), err
}

// unevenParts compares what is counted by domain and by relay with the rows. An attempt
// that a kill left in doubt has no relay, and no domain once its reader has left.
func unevenParts(tx *sql.Tx, id, sent, attempts, doubts int64) (faults []Fault, err error) {
	if id == letters {
		return nil, nil
	}
	for _, kind := range []string{byDomain, byRelay} {
		var all Part
		err := tx.QueryRow(`SELECT coalesce(sum(taken), 0), coalesce(sum(put_off), 0), coalesce(sum(refused), 0), coalesce(sum(doubtful), 0)
			FROM part WHERE issue_id = ?1 AND kind = ?2`, id, kind).Scan(&all.Taken, &all.PutOff, &all.Refused, &all.Doubtful)
		if err != nil {
			return nil, err
		}
		if all.Taken != sent {
			faults = append(faults, Fault{IssueID: id, Text: fmt.Sprintf("by %s %d were taken, in the ledger %d", kind, all.Taken, sent)})
		}
		if all.Doubtful > doubts || all.PutOff+all.Refused+all.Doubtful > attempts {
			faults = append(faults, Fault{IssueID: id, Text: fmt.Sprintf("by %s %d were put off, %d refused and %d in doubt, more than the ledger has attempts", kind, all.PutOff, all.Refused, all.Doubtful)})
		}
	}
	return faults, nil
}

// faultyRows looks for deliveries whose columns contradict their state.
func faultyRows(tx *sql.Tx, id int64) (faults []Fault, err error) {
	for text, where := range map[string]string{
		"sent, but without an attempt":                 `state = 'sent' AND (attempts = 0)`,
		"in doubt, but without a doubtful attempt":     `state = 'in doubt' AND doubts = 0`,
		"refused or suppressed without a reason":       `state IN ('refused', 'suppressed', 'deferred') AND reason = ''`,
		"to be sent, but there is no message for it":   `state NOT IN ('cancelled', 'suppressed') AND message_id IS NULL`,
		"cancelled in an issue that was not cancelled": `state = 'cancelled' AND reason = ''`,
	} {
		ids, err := ints(tx.Query(`SELECT id FROM delivery WHERE issue_id = ?1 AND `+where+` LIMIT 20`, id))
		if err != nil {
			return nil, err
		}
		for _, d := range ids {
			faults = append(faults, Fault{IssueID: id, Delivery: d, Text: text})
		}
	}
	return faults, nil
}
