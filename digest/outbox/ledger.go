package outbox

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// A claim is a delivery that is committed as sending.
type claim struct {
	ID           int64
	IssueID      int64
	MessageID    int64 // of the message, not the header
	Subscription int64
	Subscriber   int64
	Address      string
	Name         string
	DatedAt      int64
	Attempts     int
	usefulUntil  time.Time
	from         State // to which it returns when it is not begun
}

// An outcome is what became of a claim.
type outcome struct {
	*claim
	reply     relay.Reply
	err       *relay.Error
	state     State         // what it makes of the delivery, once written down
	committed chan struct{} // closed when it is written down
}

// claim marks up to n deliveries as sending, oldest due first, in the transaction that
// asks anew whether each reader still wants it. It returns them, and the moment the next
// ones are due when there are fewer than n.
func (q *Queue) claim(tx *sql.Tx, n int, now time.Time) (claims []*claim, nextDue time.Time, err error) {
	runs, err := runningRuns(tx)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, r := range runs {
		if len(claims) == n {
			return claims, time.Time{}, nil
		}
		found, err := q.claimOf(tx, r, n-len(claims), now)
		if err != nil {
			return nil, time.Time{}, err
		}
		claims = append(claims, found...)
	}
	if len(claims) < n {
		nextDue, err = soonest(tx, runs)
	}
	return claims, nextDue, err
}

type runningRun struct {
	issueID     int64
	edition     string
	usefulUntil time.Time
}

func runningRuns(tx *sql.Tx) (runs []runningRun, err error) {
	rows, err := tx.Query(`SELECT issue_id, edition, useful_until FROM run WHERE state = 'running' ORDER BY issue_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r runningRun
		var until int64
		if err := rows.Scan(&r.issueID, &r.edition, &until); err != nil {
			return nil, err
		}
		r.usefulUntil = time.Unix(until, 0)
		runs = append(runs, r)
	}
	return runs, rows.Err()
}

func (q *Queue) claimOf(tx *sql.Tx, r runningRun, n int, now time.Time) (claims []*claim, err error) {
	moved := change{}
	over := now.After(r.usefulUntil)
	for len(claims) < n {
		due, gone, err := dueOf(tx, r, n-len(claims), now)
		if err != nil || len(due)+len(gone) == 0 {
			return claims, errors.Join(err, moved.apply(tx, r.issueID))
		}
		// The same rows as dueOf found: nobody else writes in this transaction.
		_, err = tx.Exec(`UPDATE delivery SET state = 'sending', changed_at = ?2, dated_at = CASE dated_at WHEN 0 THEN ?2 ELSE dated_at END
			WHERE id IN (SELECT id FROM (`+dueQuery+`))`, r.issueID, now.Unix(), n-len(claims))
		if err != nil {
			return nil, err
		}
		if over {
			gone = append(gone, due...)
			due = nil
		}
		for _, c := range gone {
			to, why := Suppressed, "left before it was sent"
			if c.Subscription != 0 {
				to, why = Refused, "its time was over before it could be sent"
			}
			moved.move(c.from, to)
			if err := setState(tx, c.ID, to, why, now); err != nil {
				return nil, err
			}
		}
		for _, c := range due {
			moved.move(c.from, Sending)
			if c.DatedAt == 0 {
				c.DatedAt = now.Unix()
			}
		}
		claims = append(claims, due...)
	}
	return claims, moved.apply(tx, r.issueID)
}

// dueOf returns up to n deliveries that are due, and among them apart those whose reader
// is no recipient any more.
func dueOf(tx *sql.Tx, r runningRun, n int, now time.Time) (due, gone []*claim, err error) {
	found, err := dueRows(tx, r, n, now)
	if err != nil || len(found) == 0 {
		return nil, nil, err
	}
	// CROSS JOIN keeps SQLite from reading the whole view first.
	rows, err := tx.Query(`
		SELECT d.id, p.subscription_id, p.email, p.name
		FROM (`+dueQuery+`) AS d CROSS JOIN recipient p
		WHERE p.subscriber_id = d.subscriber_id AND p.edition = ?4`, r.issueID, now.Unix(), n, r.edition)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	byID := make(map[int64]*claim, len(found))
	for _, c := range found {
		byID[c.ID] = c
	}
	for rows.Next() {
		var id, subscription int64
		var address, name string
		if err := rows.Scan(&id, &subscription, &address, &name); err != nil {
			return nil, nil, err
		}
		c := byID[id]
		c.Subscription, c.Address, c.Name = subscription, address, name
	}
	for _, c := range found {
		if c.Subscription == 0 {
			gone = append(gone, c)
		} else {
			due = append(due, c)
		}
	}
	return due, gone, rows.Err()
}

const dueQuery = `SELECT id, issue_id, message_id, subscriber_id, state, dated_at, attempts FROM delivery
	WHERE issue_id = ?1 AND state IN ('queued', 'deferred') AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3`

func dueRows(tx *sql.Tx, r runningRun, n int, now time.Time) (due []*claim, err error) {
	rows, err := tx.Query(dueQuery, r.issueID, now.Unix(), n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := &claim{usefulUntil: r.usefulUntil}
		if err := rows.Scan(&c.ID, &c.IssueID, &c.MessageID, &c.Subscriber, &c.from, &c.DatedAt, &c.Attempts); err != nil {
			return nil, err
		}
		due = append(due, c)
	}
	return due, rows.Err()
}

// soonest returns when the next delivery of these runs is due, the zero time for never.
func soonest(tx *sql.Tx, runs []runningRun) (next time.Time, err error) {
	for _, r := range runs {
		var due int64
		err := tx.QueryRow(`SELECT due_at FROM delivery WHERE issue_id = ?1 AND state IN ('queued', 'deferred')
			ORDER BY due_at LIMIT 1`, r.issueID).Scan(&due)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return next, err
		}
		if t := time.Unix(due, 0); next.IsZero() || t.Before(next) {
			next = t
		}
	}
	return next, nil
}

// record writes an outcome down. It returns a reason when the whole run has to stop.
func (q *Queue) record(tx *sql.Tx, o *outcome, moved change, now time.Time) (stop string, err error) {
	v := decide(o.err, o.Attempts, now, o.usefulUntil, jitter())
	o.state = v.State
	said := o.reply.String()
	if o.err != nil {
		said = o.err.Error()
		if v.Stop {
			stop = said
		}
	}
	counted, doubted := 0, 0
	if v.Counted {
		counted = 1
	}
	if v.State == InDoubt {
		doubted = 1
	}
	due := int64(0)
	if !v.Due.IsZero() {
		due = v.Due.Unix()
	}
	// A row that was settled as in doubt meanwhile, because this process seemed dead, gets
	// the outcome all the same; one that is settled otherwise keeps what it has.
	from := Sending
	for _, from = range []State{Sending, InDoubt} {
		res, err := tx.Exec(`UPDATE delivery SET state = ?2, due_at = ?3, attempts = attempts + ?4, doubts = doubts + ?5, reply = ?6, changed_at = ?7
			WHERE id = ?1 AND state = ?8`, o.ID, string(v.State), due, counted, doubted, said, now.Unix(), string(from))
		if err != nil {
			return stop, err
		}
		if n, err := res.RowsAffected(); err != nil {
			return stop, err
		} else if n == 1 {
			break
		} else if from == InDoubt {
			return stop, nil
		}
	}
	moved.move(from, v.State)
	if o.err == nil || !v.Counted && o.err.Class == relay.Unavailable {
		return stop, nil
	}
	_, err = tx.Exec(`INSERT INTO attempt (delivery_id, at, stage, class, code, enhanced, text, uncertain) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		o.ID, now.Unix(), string(o.err.Stage), string(o.err.Class), o.err.Reply.Code, o.err.Reply.Enhanced, said, o.err.Uncertain)
	return stop, err
}

func setState(tx *sql.Tx, id int64, state State, reply string, now time.Time) error {
	_, err := tx.Exec(`UPDATE delivery SET state = ?2, due_at = 0, reply = ?3, changed_at = ?4 WHERE id = ?1`,
		id, string(state), reply, now.Unix())
	return err
}

// unclaim gives back deliveries that were marked but not begun.
func (q *Queue) unclaim(ctx context.Context, claims []*claim, now time.Time) error {
	if len(claims) == 0 {
		return nil
	}
	return q.db.Update(ctx, func(tx *sql.Tx) error {
		for _, c := range claims {
			res, err := tx.Exec(`UPDATE delivery SET state = ?2, changed_at = ?3 WHERE id = ?1 AND state = 'sending'`, c.ID, string(c.from), now.Unix())
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if n == 0 {
				continue // settled by another sender meanwhile
			}
			if err := (change{Sending: -1, c.from: 1}).apply(tx, c.IssueID); err != nil {
				return err
			}
		}
		return nil
	})
}
