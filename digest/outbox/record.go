package outbox

import (
	"database/sql"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// record writes outcomes down. Those of messages that were simply sent, nearly all, go in
// together. It returns, by issue, why a run has to stop.
func record(tx *sql.Tx, batch []*outcome, moved changes, now time.Time) (stops map[int64]string, err error) {
	stops = make(map[int64]string)
	sent := map[int64][]*outcome{}
	for _, o := range batch {
		if o.err == nil {
			sent[o.IssueID] = append(sent[o.IssueID], o)
			continue
		}
		v := decide(o.err, o.Attempts, now, o.usefulUntil, jitter())
		if o.IssueID == letters {
			v = v.ofLetter(now)
		}
		counts := endingOf(o.err, v)
		if v.State == Refused && o.Doubts > 0 {
			v.State = InDoubt
		}
		if err := recordOne(tx, o, v, counts, moved.of(o.IssueID), now); err != nil {
			return nil, err
		}
		if v.Stop {
			stops[o.IssueID] = discreet(o.err.Error(), o.Address)
		}
	}
	for issueID, batch := range sent {
		for len(batch) > 0 {
			n := 1 << (bits.Len(uint(len(batch))) - 1) // a power of two: few different statements
			if err := recordSent(tx, batch[:n], moved.of(issueID), now); err != nil {
				return nil, err
			}
			batch = batch[n:]
		}
	}
	return stops, nil
}

// recordSent writes down deliveries of one issue that a relay took, and what it said.
func recordSent(tx *sql.Tx, sent []*outcome, moved change, now time.Time) error {
	ids, tries := placeholders(len(sent), 1, 2), placeholders(len(sent), 5, 2)
	idArgs, tryArgs := []any{now.Unix()}, []any{now.Unix()}
	for _, o := range sent {
		o.state = Sent
		idArgs = append(idArgs, o.ID)
		tryArgs = append(tryArgs, o.ID, o.Attempts+1, o.reply.Code, o.reply.Enhanced, discreet(o.reply.Text, o.Address))
	}
	res, err := tx.Exec(`UPDATE delivery SET state = 'sent', due_at = 0, attempts = attempts + 1, changed_at = ?1, reason = ''
		WHERE state = 'sending' AND id IN (VALUES `+ids+`)`, idArgs...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	moved[Sending] -= n
	moved[Sent] += n
	if n < int64(len(sent)) {
		// Some were settled as in doubt meanwhile, because this process seemed dead.
		res, err := tx.Exec(`UPDATE delivery SET state = 'sent', due_at = 0, changed_at = ?1, reason = ''
			WHERE state = 'in doubt' AND id IN (VALUES `+ids+`)`, idArgs...)
		if err != nil {
			return err
		}
		late, err := res.RowsAffected()
		if err != nil {
			return err
		}
		moved[InDoubt] -= late
		moved[Sent] += late
	}
	if err := countSent(tx, sent, ids, idArgs, n); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO attempt (at, delivery_id, number, code, enhanced, text, stage, class, uncertain)
		SELECT ?1, column1, column2, column3, column4, column5, '', '', 0 FROM (VALUES `+tries+`)
		WHERE true ON CONFLICT (delivery_id, number) DO NOTHING`, tryArgs...)
	return err
}

// countSent notes which outcomes made a delivery a sent one: all of them, unless fewer than
// so many rows were as they should be. Then those count whose last attempt was this one.
func countSent(tx *sql.Tx, sent []*outcome, ids string, idArgs []any, updated int64) error {
	if updated == int64(len(sent)) {
		for _, o := range sent {
			o.ending = taken
		}
		return nil
	}
	attempts := map[int64]int{}
	err := each(tx, `SELECT id, attempts FROM delivery WHERE state = 'sent' AND changed_at = ?1 AND id IN (VALUES `+ids+`)`,
		idArgs, func(rows *sql.Rows) error {
			var id int64
			var n int
			err := rows.Scan(&id, &n)
			attempts[id] = n
			return err
		})
	for _, o := range sent {
		if o.ending = uncounted; attempts[o.ID] == o.Attempts+1 {
			o.ending = taken
		}
	}
	return err
}

// placeholders returns rows of width numbered parameters for VALUES, beginning with the
// given number.
func placeholders(rows, width, first int) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i%width > 0:
			b.WriteByte(',')
		case i > 0:
			b.WriteString("),(")
		default:
			b.WriteByte('(')
		}
		b.WriteByte('?')
		b.WriteString(strconv.Itoa(first + i))
	}
	b.WriteByte(')')
	return b.String()
}

// recordOne writes down any outcome, and the attempt with what was said. A row that was
// settled as in doubt meanwhile gets the outcome all the same; one that is settled
// otherwise keeps what it has, and the outcome does not count.
func recordOne(tx *sql.Tx, o *outcome, v verdict, counts ending, moved change, now time.Time) error {
	o.state, o.ending = v.State, uncounted
	due := int64(0)
	if !v.Due.IsZero() {
		due = v.Due.Unix()
	}
	counted, doubted := 0, 0
	if v.Counted {
		counted = 1
	}
	if o.err.Uncertain {
		doubted = 1
	}
	why := discreet(o.err.Error(), o.Address)
	if v.State == InDoubt && !o.err.Uncertain {
		why = mayHaveArrived + why
	}
	for _, from := range []State{Sending, InDoubt} {
		res, err := tx.Exec(`UPDATE delivery SET state = ?2, due_at = ?3, attempts = attempts + ?4, doubts = doubts + ?5, reason = ?6, changed_at = ?7
			WHERE id = ?1 AND state = ?8`, o.ID, string(v.State), due, counted, doubted, why, now.Unix(), string(from))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 1 {
			moved.move(from, v.State)
			o.ending = counts
			if !v.Counted {
				return nil // the fault was not this mail's: the relay is down, or the run stops
			}
			return recordAttempt(tx, o, now)
		}
	}
	return nil
}

func recordAttempt(tx *sql.Tx, o *outcome, now time.Time) error {
	e := o.err
	if e == nil {
		e = &relay.Error{Reply: o.reply}
	}
	text := e.Reply.Text
	if e.Err != nil {
		text = strings.TrimSpace(text + " " + e.Err.Error())
	}
	_, err := tx.Exec(`INSERT INTO attempt (delivery_id, number, at, stage, class, uncertain, code, enhanced, text)
		VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE delivery_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
		o.ID, now.Unix(), string(e.Stage), string(e.Class), e.Uncertain, e.Reply.Code, e.Reply.Enhanced, discreet(text, o.Address))
	return err
}
