package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"strings"
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
		found, err := claimOf(tx, r, n-len(claims), now)
		if err != nil {
			return nil, time.Time{}, err
		}
		if claims = append(claims, found...); len(claims) == n {
			return claims, time.Time{}, nil
		}
	}
	nextDue, err = soonest(tx, runs)
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

// claimOf claims from one issue. Readers who left since are passed over, so that it looks
// until it has n or nothing is due any more.
func claimOf(tx *sql.Tx, r runningRun, n int, now time.Time) (claims []*claim, err error) {
	moved := change{}
	for len(claims) < n {
		marked, err := mark(tx, r, n-len(claims), now)
		if err != nil || len(marked) == 0 {
			return claims, errors.Join(err, moved.apply(tx, r.issueID))
		}
		if err := address(tx, r, marked); err != nil {
			return nil, err
		}
		for _, c := range marked {
			to, why := Sending, ""
			switch {
			case c.Subscription == 0:
				to, why = Suppressed, "left before it was sent"
			case now.After(r.usefulUntil):
				to, why = Refused, "its time was over before it could be sent"
			}
			moved.move(c.from, to)
			if to == Sending {
				claims = append(claims, c)
			} else if err := setState(tx, c.ID, to, why, now); err != nil {
				return nil, err
			}
		}
	}
	return claims, moved.apply(tx, r.issueID)
}

// mark makes up to n deliveries that are due sending, and dates those that have no date
// yet. One that waits for its first attempt has no due time.
func mark(tx *sql.Tx, r runningRun, n int, now time.Time) (marked []*claim, err error) {
	rows, err := tx.Query(`
		UPDATE delivery SET state = 'sending', changed_at = ?2, dated_at = CASE dated_at WHEN 0 THEN ?2 ELSE dated_at END
		WHERE id IN (SELECT id FROM delivery WHERE issue_id = ?1 AND state IN ('queued', 'deferred') AND due_at <= ?2
			ORDER BY due_at, id LIMIT ?3)
		RETURNING id, message_id, subscriber_id, dated_at, attempts, due_at`, r.issueID, now.Unix(), n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := &claim{IssueID: r.issueID, usefulUntil: r.usefulUntil, from: Queued}
		var due int64
		if err := rows.Scan(&c.ID, &c.MessageID, &c.Subscriber, &c.DatedAt, &c.Attempts, &due); err != nil {
			return nil, err
		}
		if due > 0 {
			c.from = Deferred
		}
		marked = append(marked, c)
	}
	return marked, rows.Err()
}

// address finds out where each delivery goes. What is not found is no recipient any more.
func address(tx *sql.Tx, r runningRun, claims []*claim) error {
	byID := make(map[int64]*claim, len(claims))
	ids := make([]int64, 0, len(claims))
	for _, c := range claims {
		byID[c.Subscriber] = c
		ids = append(ids, c.Subscriber)
	}
	// CROSS JOIN keeps SQLite from reading the whole view first.
	list, args := values(ids, r.edition)
	rows, err := tx.Query(`WITH d (subscriber_id) AS (VALUES `+list+`)
		SELECT p.subscriber_id, p.subscription_id, p.email, p.name FROM d CROSS JOIN recipient p
		WHERE p.subscriber_id = d.subscriber_id AND p.edition = ?1`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, subscription int64
		var address, name string
		if err := rows.Scan(&id, &subscription, &address, &name); err != nil {
			return err
		}
		c := byID[id]
		c.Subscription, c.Address, c.Name = subscription, address, name
	}
	return rows.Err()
}

// values returns rows of one number for VALUES, with the arguments that follow first. The
// list is filled up to a power of two with its last number, so that there are few
// different statements.
func values(ids []int64, first any) (list string, args []any) {
	size := 1
	for size < len(ids) {
		size *= 2
	}
	args = append(make([]any, 0, size+1), first)
	var b strings.Builder
	for i := range size {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "(?%d)", i+2)
		args = append(args, ids[min(i, len(ids)-1)])
	}
	return b.String(), args
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

// record writes outcomes down. Those of messages that were simply sent, nearly all, go in
// together. It returns, by issue, why a run has to stop.
func (q *Queue) record(tx *sql.Tx, batch []*outcome, now time.Time) (stops map[int64]string, err error) {
	moved := map[int64]change{}
	stops = map[int64]string{}
	var sent, others []*outcome
	for _, o := range batch {
		moved[o.IssueID] = change{}
		if o.err == nil {
			sent = append(sent, o)
		} else {
			others = append(others, o)
		}
	}
	for len(sent) > 0 {
		n := 1 << (bits.Len(uint(len(sent))) - 1) // a power of two: few different statements
		late, err := recordSent(tx, sent[:n], moved, now)
		if err != nil {
			return nil, err
		}
		others = append(others, late...)
		sent = sent[n:]
	}
	for _, o := range others {
		v := decide(o.err, o.Attempts, now, o.usefulUntil, jitter())
		if err := recordOne(tx, o, v, moved[o.IssueID], now); err != nil {
			return nil, err
		}
		if v.Stop {
			stops[o.IssueID] = o.err.Error()
		}
	}
	for issueID, c := range moved {
		if err := c.apply(tx, issueID); err != nil {
			return nil, err
		}
	}
	return stops, nil
}

// recordSent writes down deliveries that a relay took, in one statement. It returns those
// that were not sending any more.
func recordSent(tx *sql.Tx, sent []*outcome, moved map[int64]change, now time.Time) (late []*outcome, err error) {
	var b strings.Builder
	args := append(make([]any, 0, 2*len(sent)+1), now.Unix())
	byID := make(map[int64]*outcome, len(sent))
	for i, o := range sent {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "(?%d,?%d)", 2*i+2, 2*i+3)
		args = append(args, o.ID, o.reply.String())
		byID[o.ID] = o
	}
	rows, err := tx.Query(`WITH o (id, reply) AS (VALUES `+b.String()+`)
		UPDATE delivery SET state = 'sent', due_at = 0, attempts = attempts + 1, changed_at = ?1, reply = o.reply
		FROM o WHERE delivery.id = o.id AND delivery.state = 'sending' RETURNING delivery.id`, args...)
	ids, err := ints(rows, err)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		o := byID[id]
		o.state = Sent
		moved[o.IssueID].move(Sending, Sent)
		delete(byID, id)
	}
	for _, o := range byID {
		late = append(late, o)
	}
	return late, nil
}

// recordOne writes down any outcome, and the attempt with what was said. A row that was
// settled as in doubt meanwhile, because this process seemed dead, gets the outcome all
// the same; one that is settled otherwise keeps what it has.
func recordOne(tx *sql.Tx, o *outcome, v verdict, moved change, now time.Time) error {
	o.state = v.State
	said := o.reply.String()
	if o.err != nil {
		said = o.err.Error()
	}
	due := int64(0)
	if !v.Due.IsZero() {
		due = v.Due.Unix()
	}
	counted, doubted := 0, 0
	if v.Counted {
		counted = 1
	}
	if v.State == InDoubt {
		doubted = 1
	}
	for _, from := range []State{Sending, InDoubt} {
		res, err := tx.Exec(`UPDATE delivery SET state = ?2, due_at = ?3, attempts = attempts + ?4, doubts = doubts + ?5, reply = ?6, changed_at = ?7
			WHERE id = ?1 AND state = ?8`, o.ID, string(v.State), due, counted, doubted, said, now.Unix(), string(from))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			moved.move(from, v.State)
			if err != nil || o.err == nil || !v.Counted && o.err.Class == relay.Unavailable {
				return err
			}
			return recordAttempt(tx, o, said, now)
		}
	}
	return nil
}

func recordAttempt(tx *sql.Tx, o *outcome, said string, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO attempt (delivery_id, at, stage, class, code, enhanced, text, uncertain) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		o.ID, now.Unix(), string(o.err.Stage), string(o.err.Class), o.err.Reply.Code, o.err.Reply.Enhanced, said, o.err.Uncertain)
	return err
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
