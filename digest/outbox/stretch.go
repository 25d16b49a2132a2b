package outbox

import (
	"database/sql"
	"time"
)

// markStretch marks the next n queued deliveries of a running issue at once, with their
// addresses: the way nearly all go. It leaves everything to others where the next n ids
// are not n readers who still want it, or something deferred goes first.
func markStretch(tx *sql.Tx, r *runningRun, n int, now time.Time) ([]*claim, error) {
	deferred := !r.nextDue.IsZero() && !now.Before(r.nextDue)
	if n == 0 || deferred || r.issueID == letters || now.After(r.usefulUntil) {
		return nil, nil
	}
	marked, err := stretch(tx, r, n)
	if err != nil || len(marked) < n {
		return nil, err
	}
	for _, c := range marked {
		c.date(now)
	}
	_, err = tx.Exec(`UPDATE delivery SET state = 'sending', changed_at = ?3, dated_at = CASE attempts WHEN 0 THEN ?3 ELSE dated_at END
		WHERE id BETWEEN ?1 AND ?2`, r.next, r.next+int64(n)-1, now.Unix())
	r.next += int64(n)
	return marked, err
}

// stretch returns those of the next n ids that are queued deliveries of the issue to
// somebody who is a recipient.
func stretch(tx *sql.Tx, r *runningRun, n int) ([]*claim, error) {
	// CROSS JOIN keeps the search on the ids.
	rows, err := tx.Query(`SELECT d.id, d.message_id, d.subscriber_id, d.dated_at, d.attempts, d.doubts, p.subscription_id, p.email, p.name
		FROM delivery d CROSS JOIN recipient p
		WHERE d.id BETWEEN ?2 AND ?3 AND +d.issue_id = ?1 AND d.state = 'queued'
			AND EXISTS (SELECT 1 FROM run WHERE issue_id = +?1 AND state = 'running')
			AND p.subscriber_id = d.subscriber_id AND p.edition = +?4
		ORDER BY d.id`, r.issueID, r.next, r.next+int64(n)-1, r.edition)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	claims := make([]*claim, 0, n)
	for rows.Next() {
		c := &claim{IssueID: r.issueID, usefulUntil: r.usefulUntil, from: Queued}
		if err := rows.Scan(&c.ID, &c.MessageID, &c.Subscriber, &c.DatedAt, &c.Attempts, &c.Doubts, &c.Subscription, &c.Address, &c.Name); err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	return claims, rows.Err()
}
