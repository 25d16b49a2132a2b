package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNoRun says that an issue was never handed to the outbox.
var ErrNoRun = errors.New("this issue was never handed to the outbox")

// A Run is an issue on its way.
type Run struct {
	IssueID  int64
	Edition  string
	State    string // running, paused, stopped, cancelled, finished
	Reason   string // of a stop
	Complete bool   // every recipient has a delivery
	Prepared int64
	Counts   map[State]int64
	Posted   time.Time
	Finished time.Time
	NextDue  time.Time // of what is deferred, zero when nothing is
}

// Open returns how many deliveries are not settled yet.
func (r Run) Open() int64 { return r.Counts[Queued] + r.Counts[Sending] + r.Counts[Deferred] }

// Failed is how many mails did not arrive, or were not wanted.
func (r Run) Failed() int64 {
	return r.Counts[Refused] + r.Counts[Bounced] + r.Counts[Complained]
}

// NotSent is how many readers were left out on purpose.
func (r Run) NotSent() int64 { return r.Counts[Suppressed] + r.Counts[Cancelled] }

// Run returns how an issue stands, or ErrNoRun.
func (q *Queue) Run(ctx context.Context, issueID int64) (r Run, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		r, err = readRun(tx, issueID)
		return err
	})
	return r, err
}

func readRun(tx *sql.Tx, issueID int64) (Run, error) {
	r := Run{IssueID: issueID, Counts: map[State]int64{}}
	var posted, finished int64
	err := tx.QueryRow(`SELECT edition, state, reason, complete, prepared, posted_at, finished_at FROM run WHERE issue_id = ?1`, issueID).
		Scan(&r.Edition, &r.State, &r.Reason, &r.Complete, &r.Prepared, &posted, &finished)
	if errors.Is(err, sql.ErrNoRows) {
		return r, ErrNoRun
	}
	if err != nil {
		return r, err
	}
	r.Posted = time.Unix(posted, 0)
	if finished > 0 {
		r.Finished = time.Unix(finished, 0)
	}
	rows, err := tx.Query(`SELECT state, n FROM tally WHERE issue_id = ?1`, issueID)
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for rows.Next() {
		var s State
		var n int64
		if err := rows.Scan(&s, &n); err != nil {
			return r, err
		}
		r.Counts[s] = n
	}
	if err := rows.Err(); err != nil {
		return r, err
	}
	r.NextDue, err = soonest(tx, issueID)
	return r, err
}

// Pause stops a running issue; what is under way is finished.
func (q *Queue) Pause(ctx context.Context, issueID int64, reason string) error {
	return q.change(ctx, issueID, "paused", reason, "running", "stopped")
}

// Resume lets a paused or stopped issue go on.
func (q *Queue) Resume(ctx context.Context, issueID int64) error {
	defer q.knock()
	return q.change(ctx, issueID, "running", "", "paused", "stopped")
}

// change moves a run from one of some states to another. To ask for the state it is in is
// no error.
func (q *Queue) change(ctx context.Context, issueID int64, to, reason string, from ...string) error {
	return q.db.Update(ctx, func(tx *sql.Tx) error {
		r, err := readRun(tx, issueID)
		if err != nil || r.State == to {
			return err
		}
		for _, f := range from {
			if r.State == f {
				return setRun(tx, issueID, to, reason)
			}
		}
		return fmt.Errorf("issue %d is %s and cannot become %s", issueID, r.State, to)
	})
}

// Cancel ends an issue: what is queued or deferred is cancelled for good, what is under
// way is finished.
func (q *Queue) Cancel(ctx context.Context, issueID int64, now time.Time) (cancelled int64, err error) {
	err = q.db.Update(ctx, func(tx *sql.Tx) error {
		r, err := readRun(tx, issueID)
		if err != nil {
			return err
		}
		if r.State == "finished" {
			return fmt.Errorf("issue %d is finished; nothing of it is left to cancel", issueID)
		}
		if err := setRun(tx, issueID, "cancelled", ""); err != nil {
			return err
		}
		moved := change{}
		if err := cancelRest(tx, issueID, moved, now); err != nil {
			return err
		}
		cancelled = moved[Cancelled]
		return moved.apply(tx, issueID)
	})
	return cancelled, err
}

// cancelRest cancels what an issue has left.
func cancelRest(tx *sql.Tx, issueID int64, moved change, now time.Time) error {
	for _, from := range []State{Queued, Deferred} {
		for to, which := range map[State]string{Cancelled: "doubts = 0", InDoubt: "doubts > 0"} {
			reason := "the issue was cancelled"
			if to == InDoubt {
				reason = mayHaveArrived + reason
			}
			res, err := tx.Exec(`UPDATE delivery SET state = ?3, due_at = 0, reason = ?4, changed_at = ?5
				WHERE issue_id = ?1 AND state = ?2 AND `+which, issueID, string(from), string(to), reason, now.Unix())
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			moved.moveAll(from, to, int(n))
		}
	}
	return nil
}

// cancelLate cancels what was under way when its issue was cancelled, and would be tried
// again.
func cancelLate(tx *sql.Tx, batch []*outcome, moved changes, now time.Time) error {
	asked := map[int64]bool{}
	for _, o := range batch {
		if o.state != Queued && o.state != Deferred || asked[o.IssueID] {
			continue
		}
		asked[o.IssueID] = true
		r, err := readRun(tx, o.IssueID)
		if err != nil {
			return err
		}
		if r.State != "cancelled" {
			continue
		}
		if err := cancelRest(tx, o.IssueID, moved.of(o.IssueID), now); err != nil {
			return err
		}
	}
	return nil
}

// halt stops or pauses a run that goes on. One that was cancelled stays so, and a stop
// goes before a pause.
func halt(tx *sql.Tx, issueID int64, state, reason string) error {
	_, err := tx.Exec(`UPDATE run SET state = ?2, reason = ?3 WHERE issue_id = ?1 AND (state = 'running' OR state = 'paused' AND ?2 = 'stopped')`,
		issueID, state, reason)
	return err
}

func setRun(tx *sql.Tx, issueID int64, state, reason string) error {
	_, err := tx.Exec(`UPDATE run SET state = ?2, reason = ?3 WHERE issue_id = ?1`, issueID, state, reason)
	return err
}

// Unfinished returns the issues that have work left, oldest first.
func (q *Queue) Unfinished(ctx context.Context) (runs []Run, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		ids, err := ints(tx.Query(`SELECT issue_id FROM run WHERE issue_id > 0 AND state IN ('running', 'paused', 'stopped') ORDER BY issue_id`))
		if err != nil {
			return err
		}
		for _, id := range ids {
			r, err := readRun(tx, id)
			if err != nil {
				return err
			}
			runs = append(runs, r)
		}
		return nil
	})
	return runs, err
}

func ints(rows *sql.Rows, err error) (ns []int64, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		ns = append(ns, n)
	}
	return ns, rows.Err()
}

// finishRuns marks the runs that have nothing left to do, and returns how they ended.
func finishRuns(tx *sql.Tx, now time.Time) (finished []Run, err error) {
	ids, err := ints(tx.Query(`
		UPDATE run SET state = 'finished', finished_at = ?1
		WHERE state = 'running' AND complete = 1
			AND NOT EXISTS (SELECT 1 FROM tally t WHERE t.issue_id = run.issue_id AND t.n > 0 AND t.state IN ('queued', 'sending', 'deferred'))
			AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.issue_id = run.issue_id AND d.state = 'in doubt' AND d.due_at > 0 AND run.doubt = 'resend')
		RETURNING issue_id`, now.Unix()))
	for _, id := range ids {
		r, err := readRun(tx, id)
		if err != nil {
			return nil, err
		}
		finished = append(finished, r)
	}
	return finished, err
}

// String returns the numbers of a run: "5 prepared, 4 sent, 1 refused".
func (r Run) String() string {
	parts := []string{fmt.Sprintf("%d prepared", r.Prepared)}
	for _, s := range States {
		if n := r.Counts[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}
