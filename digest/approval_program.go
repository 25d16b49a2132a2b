package digest

import (
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
)

// byProgram marks the names of programs among the editors who answered.
const byProgram = "the program "

func programNamed(name string) string { return byProgram + name }

// people are those of the editors who are no programs.
func people(editors []string) (all []string) {
	for _, e := range editors {
		if !strings.HasPrefix(e, byProgram) {
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
	return s.Release(ctx, e, slot, programNamed(name), now)
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
// it is now. Else it must not take the stories of what people hold: the issue of that slot,
// the next one of the schedule, though e is paused, and those that may still be let go.
func (s *Store) PublishableByProgram(ctx context.Context, e Edition, slot, now time.Time) error {
	e.Paused = false
	next, err := s.NextSlot(ctx, e, now)
	if err != nil {
		return err
	}
	held, err := s.Releasable(ctx, e, now)
	if err != nil {
		return err
	}
	return s.db.View(ctx, func(tx *sql.Tx) error {
		for _, at := range []time.Time{slot, next} {
			q, _, _, err := question(tx, e, at, now)
			if err != nil {
				return err
			}
			if at.Equal(slot) && e.Approval.Four && (q.State != QuestionApproved || len(people(q.Editors)) < 2) {
				return ErrFourEyes
			}
			held = append(held, q)
		}
		if slices.ContainsFunc(held, Question.heldByPeople) {
			return ErrHeld
		}
		return nil
	})
}
