package outbox

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// keep is the one goroutine that writes the ledger while lines send. It returns when the
// lines have ended and all they did is written down.
func (s *Sender) keep(ctx context.Context, lines <-chan error, stopLines func()) error {
	var failed error
	closed, dry := false, false // dry: nothing is due until there is a reason to look again
	closing := func() {
		if !closed {
			closed = true
			close(s.done)
			stopLines() // some may wait for a relay or a limit
		}
	}
	stopping := ctx.Done()
	for {
		var batch []*outcome
		wasDry := false
		timer := time.NewTimer(s.patience(dry || closed || s.shut))
		select {
		case <-s.outcomes.some:
		case <-s.room:
		case <-s.Queue.wake:
			dry, s.refreshed = false, time.Time{}
		case <-timer.C:
			wasDry, dry = dry, false
		case <-stopping:
			closing()
			stopping = nil
		case err := <-lines:
			timer.Stop()
			closing()
			return errors.Join(failed, err, s.finish())
		}
		timer.Stop()
		want := 0
		if closed || wasDry { // there is nothing more to wait for
			batch = s.outcomes.take()
		} else {
			batch = s.gather()
		}
		if !closed {
			want = cap(s.ready) - len(s.ready)
			if s.shut = s.isShut(); s.shut {
				batch = append(batch, s.takeBack()...)
			}
		}
		if wasDry && len(batch) == 0 && s.idle() {
			want = 0
		}
		claims, more, err := s.commit(context.WithoutCancel(ctx), batch, want)
		if err != nil {
			// The database takes no more: nothing new is begun, and what is under way is
			// in doubt after a restart rather than lost.
			s.Log.Error("the ledger cannot be written, sending ends", "error", err)
			failed = errors.Join(failed, err)
			closing()
			s.release(batch)
			s.keepUnwritten(batch)
			continue
		}
		for _, c := range claims { // before the lines go on, so that they find something
			s.handed.Add(1)
			s.ready <- c
		}
		s.release(batch)
		s.report(batch)
		dry = (!more || wasDry && want == 0) && (!s.shut || s.idle())
		if dry && s.draining() && s.handed.Load() == 0 && len(s.Queue.wake) == 0 && !s.governor.holds(time.Now()) {
			closing()
		}
	}
}

func (s *Sender) draining() bool {
	select {
	case <-s.Drain:
		return true
	default: // also when it is nil
		return false
	}
}

// patience is how long the ledger waits for an outcome before it looks for due
// deliveries again: not at all while there are some.
func (s *Sender) patience(dry bool) time.Duration {
	if !dry && len(s.ready) < cap(s.ready) {
		return 0
	}
	return look
}

// look is how often an idle sender asks whether something has become due, or an issue was
// resumed by another process, which shall take no longer than a second.
const look = 900 * time.Millisecond

// linger is how long a commit waits for more to write down: it costs nearly the same for
// one outcome as for many, and a connection goes on with its next message meanwhile.
const linger = time.Millisecond

// gather waits until each connection has an outcome, or for a moment.
func (s *Sender) gather() []*outcome {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-s.outcomes.full:
	case <-timer.C:
	}
	return s.outcomes.take()
}

// idle reports, without writing, that no running issue has anything due and that none
// can be finished.
func (s *Sender) idle() (idle bool) {
	now := time.Now()
	err := s.Queue.db.View(context.Background(), func(tx *sql.Tx) error {
		var due int64
		err := tx.QueryRow(`SELECT count(*) FROM run r WHERE r.state = 'running' AND (
			EXISTS (SELECT 1 FROM tally t WHERE t.issue_id = r.issue_id AND t.n > 0 AND t.state = 'queued')
			OR EXISTS (SELECT 1 FROM delivery d WHERE d.issue_id = r.issue_id AND d.state = 'deferred' AND d.due_at <= ?1)
			OR r.doubt = 'resend' AND EXISTS (SELECT 1 FROM delivery d WHERE d.issue_id = r.issue_id AND d.state = 'in doubt' AND d.due_at > 0 AND d.due_at <= ?1)
			OR r.complete = 1 AND NOT EXISTS (SELECT 1 FROM tally t WHERE t.issue_id = r.issue_id AND t.n > 0 AND t.state IN ('queued', 'sending', 'deferred')))`, now.Unix()).Scan(&due)
		idle = due == 0
		return err
	})
	return err == nil && idle
}

// commit writes outcomes and marks the next deliveries in one transaction. more says that
// there may be others due.
func (s *Sender) commit(ctx context.Context, batch []*outcome, want int) (claims []*claim, more bool, err error) {
	if len(batch) == 0 && want == 0 {
		return nil, true, nil
	}
	s.bury(batch)
	now := time.Now()
	// Where the runs are not known, as after a relay was down, nothing can be claimed: a sender
	// that drains would take that for the end.
	refresh := s.runs == nil || now.Sub(s.refreshed) >= refreshEvery
	var finished []Run
	err = s.Queue.db.Update(ctx, func(tx *sql.Tx) error {
		moved := changes{}
		tried, err := giveBack(tx, batch, moved, now)
		if err != nil {
			return err
		}
		stops, err := record(tx, tried, moved, now)
		if err != nil {
			return err
		}
		if err := s.countParts(tx, tried, now); err != nil {
			return err
		}
		for issueID, why := range stops {
			if err := halt(tx, issueID, "stopped", why); err != nil {
				return err
			}
		}
		for issueID, why := range s.breaks(tried) {
			if err := halt(tx, issueID, "paused", why); err != nil {
				return err
			}
		}
		if err := cancelLate(tx, batch, moved, now); err != nil {
			return err
		}
		s.rewind(batch)
		if want > 0 && refresh {
			if err := resolveDoubts(tx, now); err != nil {
				return err
			}
			if err := s.lookForRuns(tx); err != nil {
				return err
			}
		}
		if !s.shut {
			if claims, err = claimFrom(tx, s.runs, want, moved, now); err != nil {
				return err
			}
		}
		if err := s.saveMeters(tx); err != nil {
			return err
		}
		if err := s.governor.save(tx); err != nil {
			return err
		}
		if err := moved.apply(tx); err != nil {
			return err
		}
		if want > 0 && len(claims) == 0 {
			finished, err = finishRuns(tx, now)
			s.runs = nil // another process may have queued something behind where we are
		}
		if err == nil && len(finished) > 0 {
			err = s.fold(tx, now)
		}
		return err
	})
	if err == nil {
		s.tell(finished)
	}
	s.commits.Add(1)
	if want > 0 && refresh {
		s.refreshed = now
	}
	return claims, want == 0 || len(claims) == want, err
}

// lookForRuns finds out which issues are running. Of those it knows it keeps where it is.
func (s *Sender) lookForRuns(tx *sql.Tx) error {
	known := map[int64]*runningRun{}
	for _, r := range s.runs {
		known[r.issueID] = r
	}
	runs, err := runningRuns(tx)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if k := known[r.issueID]; k != nil {
			r.next = k.next
		}
		if r.nextDue, err = soonest(tx, r.issueID); err != nil {
			return err
		}
	}
	s.runs = runs
	return nil
}

// rewind goes back to deliveries that are queued again: they were not tried after all.
func (s *Sender) rewind(batch []*outcome) {
	for _, o := range batch {
		for _, r := range s.runs {
			if o.state == Queued && r.issueID == o.IssueID {
				r.next = min(r.next, o.ID)
			}
		}
	}
}

// Commits returns how many transactions the sender has written; each waits for the disk.
func (s *Sender) Commits() int64 { return s.commits.Load() }

// refreshEvery is how often the sender looks for new issues. That one was paused it sees
// at once.
const refreshEvery = 200 * time.Millisecond

// breaks returns, by issue, why a run had better pause.
func (s *Sender) breaks(batch []*outcome) map[int64]string {
	whys := map[int64]string{}
	for _, o := range batch {
		if o.IssueID == letters {
			continue // anybody can sign up addresses that do not exist
		}
		if s.breakers[o.IssueID] == nil {
			s.breakers[o.IssueID] = &breaker{}
		}
		if why := s.breakers[o.IssueID].note(o.err); why != "" {
			whys[o.IssueID] = why
		}
	}
	return whys
}

// release lets the lines go on whose outcomes are written down, or cannot be.
func (s *Sender) release(batch []*outcome) {
	for _, o := range batch {
		s.handed.Add(-1)
		close(o.committed)
	}
}

// keepUnwritten keeps outcomes that could not be written down for a last try.
func (s *Sender) keepUnwritten(batch []*outcome) {
	for _, o := range batch {
		s.handed.Add(1)
		o.committed = make(chan struct{})
		s.unwritten = append(s.unwritten, o)
	}
}

// report tells others of outcomes that are written down.
func (s *Sender) report(batch []*outcome) {
	for _, o := range batch {
		if s.OnOutcome != nil && !o.untouched {
			s.OnOutcome(o.state)
		}
	}
}

// bury tells of addresses that do not exist. It comes before the outcome is written down:
// killed in between, the copy is in doubt and its reader is not written to again, where the
// other way round the address would be forgotten.
func (s *Sender) bury(batch []*outcome) {
	for _, o := range batch {
		if s.OnDead != nil && o.err != nil && o.err.Class == relay.Hard && o.err.Reply.Code >= 500 {
			s.OnDead(o.Address, o.err.Reply.String())
		}
	}
}

// finish writes the last outcomes and gives back what was marked but not begun.
func (s *Sender) finish() error {
	batch := append(s.unwritten, s.outcomes.take()...)
	batch = append(batch, s.takeBack()...)
	_, _, err := s.commit(context.Background(), batch, 0)
	s.release(batch)
	if err != nil {
		return err
	}
	s.report(batch)
	return s.Queue.db.Update(context.Background(), func(tx *sql.Tx) error {
		finished, err := finishRuns(tx, time.Now())
		s.tell(finished)
		return err
	})
}

// tell logs how issues ended.
func (s *Sender) tell(finished []Run) {
	for _, r := range finished {
		s.Log.Info("issue finished", "id", r.IssueID, "edition", r.Edition, "deliveries", r.String())
	}
}
