package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// A Delivery is one reader's copy of an issue, and what became of it.
type Delivery struct {
	IssueID    int64
	Subscriber int64
	State      State
	Attempts   int
	Reason     string    // why it was not sent, or not yet
	Said       string    // what the server, or the connection, said at the last attempt
	Tried      time.Time // the last attempt, zero when there was none
	Next       time.Time // the next attempt, zero when it has no time of its own
}

// Why returns the reason with the server's last words, which alone say of a copy that was
// sent who took it.
func (d Delivery) Why() string {
	switch {
	case d.Reason == "":
		return d.Said
	case d.Said == "" || strings.Contains(d.Reason, d.Said):
		return d.Reason
	}
	return d.Reason + "; the last answer was: " + d.Said
}

// An attempt has a row of its own unless the program ended during it. The next one has a
// time only while its issue is running, and what is in doubt only where it is sent again.
const deliveryColumns = `SELECT d.issue_id, d.subscriber_id, d.state, d.attempts, d.reason,
	coalesce(a.at, 0), coalesce(a.code, 0), coalesce(a.enhanced, ''), coalesce(a.text, ''),
	CASE WHEN r.state = 'running' AND (d.state IN ('queued', 'deferred') OR d.state = 'in doubt' AND r.doubt = 'resend') THEN d.due_at ELSE 0 END `

const lastAttempt = ` LEFT JOIN attempt a ON a.delivery_id = d.id
	AND a.number = (SELECT max(number) FROM attempt WHERE delivery_id = d.id) `

// Deliveries returns up to n deliveries of an issue that are in a state, in the order of
// their subscribers: those after the given subscriber's, which is the last of the page
// before.
func (q *Queue) Deliveries(ctx context.Context, issueID int64, state State, after int64, n int) ([]Delivery, error) {
	// The index of those that failed is used only where the statement says so itself.
	failed := ""
	switch state {
	case Refused, Suppressed, Cancelled, Bounced, Complained:
		failed = ` AND d.state IN ('refused', 'suppressed', 'cancelled', 'bounced', 'complained')`
	}
	return q.deliveries(ctx, deliveryColumns+`FROM delivery d JOIN run r ON r.issue_id = d.issue_id`+lastAttempt+`
		WHERE d.issue_id = ?1 AND d.subscriber_id > ?2 AND d.state = ?3`+failed+` ORDER BY d.subscriber_id LIMIT ?4`,
		issueID, after, string(state), n)
}

// DeliveriesTo returns the last n deliveries to a subscriber, the newest first.
func (q *Queue) DeliveriesTo(ctx context.Context, subscriber int64, n int) ([]Delivery, error) {
	return q.deliveriesTo(ctx, subscriber, 0, n)
}

// deliveriesTo returns those of issues below before, or the newest for 0.
func (q *Queue) deliveriesTo(ctx context.Context, subscriber, before int64, n int) ([]Delivery, error) {
	// CROSS JOIN makes SQLite look into one issue after the other, and not through all
	// deliveries there ever were.
	return q.deliveries(ctx, deliveryColumns+`FROM run r CROSS JOIN delivery d`+lastAttempt+`
		WHERE r.issue_id > 0 AND (?3 = 0 OR r.issue_id < ?3) AND d.issue_id = r.issue_id AND d.subscriber_id = ?1
		ORDER BY r.issue_id DESC LIMIT ?2`, subscriber, n, before)
}

func (q *Queue) deliveries(ctx context.Context, query string, args ...any) (found []Delivery, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d Delivery
			var said relay.Reply
			var tried, next int64
			err := rows.Scan(&d.IssueID, &d.Subscriber, &d.State, &d.Attempts, &d.Reason, &tried, &said.Code, &said.Enhanced, &said.Text, &next)
			if err != nil {
				return err
			}
			d.Said = said.String()
			if tried > 0 {
				d.Tried = time.Unix(tried, 0)
			}
			if next > 0 {
				d.Next = time.Unix(next, 0)
			}
			found = append(found, d)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	return found, nil
}
