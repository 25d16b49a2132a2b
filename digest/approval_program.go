package digest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

var (
	// ErrFourEyes says that a program wanted to let out what two editors must approve.
	ErrFourEyes = errors.New("two editors must approve the issues of this edition, and a program is neither; it may hold them")
	// ErrHeld says that a program wanted to let out what an editor held.
	ErrHeld = errors.New("an editor holds this issue, and only an editor can let it go")
	// ErrSetByEditor says that a program wanted to undo what an editor set for a single run.
	ErrSetByEditor = errors.New("an editor moved this run or left it out, and only an editor can take that back")
)

// byProgram marks the names of programs among those of editors.
const byProgram = "the program "

// ProgramNamed is how a program is named where editors are: in answers, for single runs, in
// the audit log.
func ProgramNamed(name string) string { return byProgram + name }

func isProgram(editor string) bool { return strings.HasPrefix(editor, byProgram) }

// people are those of the editors who are no programs.
func people(editors []string) (all []string) {
	for _, e := range editors {
		if !isProgram(e) {
			all = append(all, e)
		}
	}
	return all
}

// programMay returns an error where a program must not let an issue out: it never stands in
// for one of four eyes, since an editor may have it in hand beside their own link, and it
// never takes back what a person held. Holding is always allowed.
func (q Question) programMay(e Edition) error {
	switch {
	case e.Approval.Four:
		return ErrFourEyes
	case q.heldByPeople():
		return ErrHeld
	}
	return nil
}

func (q Question) heldByPeople() bool {
	return q.State == QuestionHeld && len(people(q.Editors)) > 0
}

// ReleaseByProgram is Release at the word of a program.
func (s *Store) ReleaseByProgram(ctx context.Context, e Edition, slot time.Time, name string, now time.Time) (Question, error) {
	q, err := s.Question(ctx, e.ID, slot)
	if err == nil {
		err = q.programMay(e)
	}
	if err != nil {
		return q, err
	}
	return s.Release(ctx, e, slot, ProgramNamed(name), now)
}

// Releasable returns the questions about issues of e that were held and that may still be
// let go, the oldest first.
func (s *Store) Releasable(ctx context.Context, e Edition, now time.Time) (all []Question, err error) {
	all, err = s.questions(ctx, `SELECT `+questionColumns+` WHERE edition_id = ?1 AND slot > ?2 AND verdict = 'hold' ORDER BY slot`,
		e.ID, now.Add(-24*time.Hour).Unix())
	return slices.DeleteFunc(all, func(q Question) bool { return !q.Releasable(e, now) }), err
}

// PublishableByProgram returns ErrFourEyes or ErrHeld where a program must not have an issue
// of e go out at slot. With four eyes two editors must have approved the one of that slot, as
// it is now. Never does it take the stories of what people hold.
func (s *Store) PublishableByProgram(ctx context.Context, e Edition, slot, now time.Time) error {
	return s.db.View(ctx, func(tx *sql.Tx) error {
		q, _, _, err := question(tx, e, slot, now)
		if err != nil {
			return err
		}
		if e.Approval.Four && (q.State != QuestionApproved || len(people(q.Editors)) < 2) {
			return ErrFourEyes
		}
		if held, err := heldByPeople(tx, e, now); err != nil || len(held) > 0 {
			return cmp.Or(err, ErrHeld)
		}
		return nil
	})
}

// SchedulableByProgram returns ErrFourEyes or ErrHeld where a program must not give e other
// times: they would be a way round the editors.
func (s *Store) SchedulableByProgram(ctx context.Context, e Edition, now time.Time) error {
	if e.Approval.Four {
		return ErrFourEyes
	}
	return s.db.View(ctx, func(tx *sql.Tx) error {
		if held, err := heldByPeople(tx, e, now); err != nil || len(held) > 0 {
			return cmp.Or(err, ErrHeld)
		}
		return nil
	})
}

// heldByPeople returns the questions about issues of e that people hold and whose stories no
// other issue has taken, nor another run since. It does not matter whether there still is a
// run of theirs.
func heldByPeople(tx *sql.Tx, e Edition, now time.Time) ([]Question, error) {
	all, err := questionsOf(tx, `SELECT `+questionColumns+` a
		WHERE edition_id = ?1 AND slot > ?2 AND state = 'held' AND verdict IN ('', 'hold') AND released = 0
			AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.edition_id = ?1 AND i.slot >= a.slot AND i.state <> 'skipped')`,
		e.ID, now.Add(-24*time.Hour).Unix())
	return slices.DeleteFunc(all, func(q Question) bool {
		next := e.Schedule.Next(q.Slot, 1)
		return !q.heldByPeople() || len(next) > 0 && !now.Before(next[0])
	}), err
}

// programMaySet returns an error where a program must not want o of a single run of e: an
// issue of four eyes out of turn, or a time for the stories of what people hold. Leaving a
// run out is like holding it.
func programMaySet(tx *sql.Tx, e Edition, o OneOff, now time.Time) error {
	if o.At.IsZero() {
		return nil
	}
	if e.Approval.Four {
		return ErrFourEyes
	}
	held, err := heldByPeople(tx, e, now)
	if err != nil {
		return err
	}
	for _, q := range held {
		next := e.Schedule.Next(q.Slot, 1)
		if q.Slot.Equal(o.Instead) || len(next) == 0 || o.At.Before(next[0]) {
			return ErrHeld
		}
	}
	return nil
}

// carryHold has what people hold at one time be held at another, to which the run was moved.
func carryHold(tx *sql.Tx, e Edition, from, to, now time.Time) error {
	q, err := questionOf(tx, e.ID, from)
	if errors.Is(err, ErrNotFound) || err == nil && (q.Verdict != "" || !q.heldByPeople()) {
		return nil
	}
	if err != nil {
		return err
	}
	left := q
	left.State, left.Editors, left.Answered = QuestionWaiting, nil, now
	if err := putQuestion(tx, left); err != nil {
		return err
	}
	q.Slot = to
	return putQuestion(tx, q)
}
