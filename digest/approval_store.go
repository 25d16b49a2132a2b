package digest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Question returns the question about an edition's issue due at slot, or ErrNotFound.
func (s *Store) Question(ctx context.Context, editionID int64, slot time.Time) (q Question, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		q, err = questionOf(tx, editionID, slot)
		return err
	})
	return q, err
}

const questionColumns = `edition_id, slot, state, editors, answered, plan, asked, verdict, reason, released FROM approval`

func questionOf(tx *sql.Tx, editionID int64, slot time.Time) (Question, error) {
	q, err := scanQuestion(tx.QueryRow(`SELECT `+questionColumns+` WHERE edition_id = ?1 AND slot = ?2`, editionID, slot.Unix()))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return q, err
}

func scanQuestion(row interface{ Scan(...any) error }) (q Question, err error) {
	var editors string
	err = row.Scan(&q.EditionID, (*unixTime)(&q.Slot), &q.State, &editors, (*unixTime)(&q.Answered), &q.Plan, (*unixTime)(&q.Asked),
		&q.Verdict, &q.Reason, (*unixTime)(&q.Released))
	q.Editors = lines(editors)
	return q, err
}

func putQuestion(tx *sql.Tx, q Question) error {
	_, err := tx.Exec(`
		INSERT INTO approval (edition_id, slot, state, editors, answered, plan, asked, verdict, reason, released)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
		ON CONFLICT (edition_id, slot) DO UPDATE SET state = ?3, editors = ?4, answered = ?5, plan = ?6,
			verdict = ?8, reason = ?9, released = ?10`,
		q.EditionID, q.Slot.Unix(), string(q.State), strings.Join(q.Editors, "\n"), unix(q.Answered), q.Plan, unix(q.Asked),
		string(q.Verdict), q.Reason, unix(q.Released))
	return err
}

// question returns the question as it stands with the plan there is now: a new one when
// nobody was asked, and one whose approval is withdrawn when the plan was changed after it.
func question(tx *sql.Tx, e Edition, slot, now time.Time) (q Question, fresh, withdrawn bool, err error) {
	plan, err := planOf(tx, e.ID)
	if err != nil {
		return q, false, false, err
	}
	q, err = questionOf(tx, e.ID, slot)
	if errors.Is(err, ErrNotFound) {
		return Question{EditionID: e.ID, Slot: slot, State: QuestionWaiting, Plan: plan.Version, Asked: now}, true, false, nil
	}
	if err == nil && q.Verdict == "" {
		q, withdrawn = q.withdraw(plan.Version)
	}
	return q, false, withdrawn, err
}

// AskEditors puts the question about the issue of e due at slot, once, and owes each of its
// editors a mail about it. When the plan was changed after it was approved, the approval is
// withdrawn, and they are owed a mail about that.
func (s *Store) AskEditors(ctx context.Context, e Edition, slot, now time.Time) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		q, fresh, withdrawn, err := question(tx, e, slot, now)
		if err != nil || !fresh && !withdrawn {
			return err
		}
		if over, err := hasIssue(tx, e.ID, slot); err != nil || over {
			return err
		}
		kind, round := NoticeDraft, int64(0)
		if withdrawn {
			kind, round = NoticeWithdrawn, int64(q.Plan)
		}
		if err := putQuestion(tx, q); err != nil {
			return err
		}
		return oweNotice(tx, e, Notice{Slot: slot, Kind: kind, Detail: q.Reason}, round, now)
	})
}

func hasIssue(tx *sql.Tx, editionID int64, slot time.Time) (is bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM issue WHERE edition_id = ?1 AND slot = ?2)`, editionID, slot.Unix()).Scan(&is)
	return is, err
}

// AnswerQuestion saves an editor's answer for the issue of e due at a.Slot, also before the
// editors were asked. Whoever did not see the last version of the plan gets ErrPlanChanged;
// after the slot, or when the run was moved or left out, it is ErrAnswered. A program that
// approves what it must not gets ErrFourEyes or ErrHeld.
func (s *Store) AnswerQuestion(ctx context.Context, e Edition, a Answer, now time.Time) (q Question, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if q, _, _, err = question(tx, e, a.Slot, now); err != nil {
			return err
		}
		over, err := hasIssue(tx, e.ID, a.Slot)
		if err != nil {
			return err
		}
		run, _ := e.Schedule.RunAt(a.Slot)
		if over || q.Verdict != "" || run.OneOff != nil && run.Rest != "" {
			return ErrAnswered
		}
		if a.Program && !a.Hold {
			if err := q.programMay(e); err != nil {
				return err
			}
		}
		plan, err := planOf(tx, e.ID)
		if err != nil {
			return err
		}
		if plan.Version != a.Plan {
			return ErrPlanChanged
		}
		q = q.answer(a, e.Approval.Four, now)
		return putQuestion(tx, q)
	})
	return q, err
}

// CloseQuestion returns what becomes of the issue of e whose slot has come. From then on it
// stays so: an answer that comes later is too late. late, if not "", is why it comes too
// late to be sent.
func (s *Store) CloseQuestion(ctx context.Context, e Edition, slot time.Time, late string, now time.Time) (q Question, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		var fresh bool
		if q, fresh, _, err = question(tx, e, slot, now); err != nil || q.Verdict != "" && late == "" {
			return err
		}
		switch {
		case late != "":
			q.Verdict, q.Reason = VerdictHold, late
		case !e.Approval.Asks() && q.State != QuestionHeld:
			q.Verdict = VerdictSend
			if fresh {
				return nil // nobody is asked: no row
			}
		case fresh:
			q.Reason = "the editors were not asked, since nothing ran at that time"
			fallthrough
		default:
			q = q.judge(e.Approval)
		}
		return putQuestion(tx, q)
	})
	if err != nil {
		return q, fmt.Errorf("what the editors say of %s: %w", e.Slug, err)
	}
	return q, nil
}

// Release lets an issue go out that was held, at an editor's word, as that of the moment
// now. It does so until the edition's next run, which takes the stories; then, or when it
// was not held, the error is ErrAnswered. Asked again it changes nothing.
func (s *Store) Release(ctx context.Context, e Edition, slot time.Time, editor string, now time.Time) (q Question, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if q, err = questionOf(tx, e.ID, slot); err != nil || !q.Released.IsZero() {
			return err
		}
		if !q.Releasable(e, now) {
			return ErrAnswered
		}
		q.Released = now.Truncate(time.Second)
		q.Reason += "; then " + editor + " let it go"
		return putQuestion(tx, q)
	})
	return q, err
}

// Releasable reports whether an issue that was held may still go out.
func (q Question) Releasable(e Edition, now time.Time) bool {
	if q.Verdict != VerdictHold || !q.Released.IsZero() || now.Sub(q.Slot) > 24*time.Hour {
		return false
	}
	next := e.Schedule.Next(q.Slot, 1)
	return len(next) == 0 || now.Before(next[0])
}

// Released returns the questions of an edition whose issue an editor let go and that is not
// made yet.
func (s *Store) Released(ctx context.Context, e Edition, now time.Time) ([]Question, error) {
	return s.questions(ctx, `SELECT `+questionColumns+` WHERE released > 0 AND released > ?2 AND edition_id = ?1
		AND NOT EXISTS (SELECT 1 FROM issue i WHERE i.edition_id = ?1 AND i.slot = released)`, e.ID, now.Add(-24*time.Hour).Unix())
}

func (s *Store) questions(ctx context.Context, query string, args ...any) (all []Question, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		all, err = questionsOf(tx, query, args...)
		return err
	})
	return all, err
}

func questionsOf(tx *sql.Tx, query string, args ...any) (all []Question, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		q, err := scanQuestion(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return all, rows.Err()
}

// NextSlot returns the next run of an edition that has no issue yet, zero when it has none
// or is paused.
func (s *Store) NextSlot(ctx context.Context, e Edition, now time.Time) (time.Time, error) {
	if e.Paused {
		return time.Time{}, nil
	}
	last, err := s.LastSlot(ctx, e)
	if err != nil {
		return time.Time{}, err
	}
	if last.After(now) { // made by hand, ahead of its time
		now = last
	}
	if next := e.Schedule.Next(now, 1); len(next) == 1 {
		return next[0], nil
	}
	return time.Time{}, nil
}

// SlotByHand returns the slot of an issue that is made by hand at now. It is that of a run
// that is due and not yet made, or that is due in a moment or whose draft the editors have,
// so that the clock makes no second one; else it is now.
func (s *Store) SlotByHand(ctx context.Context, e Edition, now time.Time) (time.Time, error) {
	last, err := s.LastSlot(ctx, e)
	if err != nil {
		return time.Time{}, err
	}
	soon := now.Add(max(inAMoment, time.Duration(e.Approval.Minutes)*time.Minute))
	if !e.Paused {
		if slot, ok := e.Schedule.Due(last, now); ok {
			return slot, nil
		}
		if next := e.Schedule.Next(now, 1); len(next) == 1 && !next[0].After(soon) && next[0].After(last) {
			return next[0], nil
		}
	}
	if slot := now.Truncate(time.Second); slot.After(last) {
		return slot, nil
	}
	return last.Add(time.Second), nil
}

// inAMoment is how long before a run an issue made by hand stands in for it.
const inAMoment = 10 * time.Minute
