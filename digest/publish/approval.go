package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
)

// An Office is the way to the editors. Without one they are neither asked nor told, and an
// edition's rule for silence decides.
type Office struct {
	// Send takes a mail to one address. An error has it tried again later.
	Send func(ctx context.Context, to string, m *message.Message) error
	// Link returns the address of the page at which the editor of a notice answers, until it
	// expires.
	Link func(notice int64, until time.Time) string
	// Open returns the address of an edition's issue at the desk.
	Open func(slug string) string
}

// linkFor is how long after its slot an editor's link works.
const linkFor = 48 * time.Hour

// ask puts the question about every issue whose draft is to be mailed by now, takes back
// approvals of what was changed since, and owes the editors a mail about what was skipped.
func (s *Scheduler) ask(ctx context.Context, now time.Time) error {
	editions, err := s.Publisher.Store.Editions(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range editions {
		errs = append(errs, s.Publisher.Store.TellSkipped(ctx, e, now))
		if !e.Approval.Asks() || e.Paused {
			continue
		}
		next := e.Schedule.Next(now, 1)
		if len(next) == 1 && !now.Before(next[0].Add(-time.Duration(e.Approval.Minutes)*time.Minute)) {
			errs = append(errs, s.Publisher.Store.AskEditors(ctx, e, next[0], now))
		}
	}
	return errors.Join(errs...)
}

// tell sends the mails that editors are owed until ctx ends. A relay that does not answer
// keeps no issue back.
func (s *Scheduler) tell(ctx context.Context) {
	for s.Office.Send != nil && ctx.Err() == nil {
		if err := s.sendNotices(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.Publisher.Log.Error("mails to the editors cannot be sent; it will be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
}

func (s *Scheduler) sendNotices(ctx context.Context, now time.Time) error {
	due, err := s.Publisher.Store.DueNotices(ctx, now)
	if err != nil {
		return err
	}
	for _, n := range due {
		m, err := s.notice(ctx, n, now)
		if err != nil {
			return err
		}
		begun, err := s.Publisher.Store.BeginNotice(ctx, n.ID)
		if err != nil {
			return err
		}
		if !begun {
			continue
		}
		var failed error
		if m != nil {
			failed = s.Office.Send(ctx, n.Editor, m)
		}
		if failed != nil {
			s.Publisher.Log.Warn("a mail to an editor was not sent; it will be tried again", "about", n.Kind, "error", failed)
		}
		// Written down also when ctx has ended meanwhile: it was sent, or was not.
		if err := s.Publisher.Store.EndNotice(context.WithoutCancel(ctx), n.ID, failed, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// notice makes the mail of a notice; nil when it has come too late to be of use.
func (s *Scheduler) notice(ctx context.Context, n digest.Notice, now time.Time) (*message.Message, error) {
	p := s.Publisher
	e, err := p.Store.EditionByID(ctx, n.EditionID)
	if err != nil {
		return nil, err
	}
	page := s.Office.Link(n.ID, n.Slot.Add(linkFor))
	mail := compose.Notice{Edition: e, About: n, Approve: page, Hold: page, Open: s.Office.Open(e.Slug)}
	if n.Kind == digest.NoticeSkipped {
		mail.Reasons = strings.Split(n.Detail, "\n")
		q, err := p.Store.Question(ctx, e.ID, n.Slot)
		if err != nil && !errors.Is(err, digest.ErrNotFound) {
			return nil, err
		}
		if err == nil && q.Releasable(e, now) {
			mail.Open = page
		}
		return p.Composer.Notice(mail)
	}
	if run, ok := e.Schedule.RunAt(n.Slot); !now.Before(n.Slot) || ok && run.Rest != "" { // it was moved meanwhile, or left out
		return nil, nil
	}
	d, err := p.Draft(ctx, e.Slug, n.Slot, true)
	if err != nil {
		return nil, fmt.Errorf("the draft for the editors of %s: %w", e.Slug, err)
	}
	if len(d.Letters) > 0 {
		mail.Letter = &d.Letters[0]
	} else {
		mail.Reasons = []string{d.Issue.Reason}
	}
	return p.Composer.Notice(mail)
}

// runSlot publishes an edition's issue due at slot, or skips it: because it is too late, or
// because the editors say so.
func (s *Scheduler) runSlot(ctx context.Context, e digest.Edition, slot, now time.Time) error {
	p := s.Publisher
	late := e.Schedule.TooLate(slot, now)
	if late != "" && e.Schedule.Late == digest.LateNext {
		return p.Skip(ctx, e, slot, late, now)
	}
	q, err := p.Store.CloseQuestion(ctx, e, slot, late, now)
	if err != nil {
		return err
	}
	if q.Verdict == digest.VerdictHold {
		return p.Skip(ctx, e, slot, q.Reason, now)
	}
	_, err = p.Publish(ctx, e.Slug, slot, now, nil)
	if err == nil && q.Reason != "" {
		p.Log.Info("editors", "edition", e.Slug, "slot", slot, "verdict", q.Verdict, "reason", q.Reason)
	}
	return err
}

// release publishes the issues that were held and that an editor let go.
func (s *Scheduler) release(ctx context.Context, now time.Time) error {
	editions, err := s.Publisher.Store.Editions(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range editions {
		released, err := s.Publisher.Store.Released(ctx, e, now)
		errs = append(errs, err)
		for _, q := range released {
			_, err := s.Publisher.Publish(ctx, e.Slug, q.Released, now, nil)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Skip saves that the issue of e due at slot is not sent, and why. Its stories wait for the
// next issue. Where there is an issue for the slot, nothing changes.
func (p *Publisher) Skip(ctx context.Context, e digest.Edition, slot time.Time, reason string, now time.Time) error {
	issue, created, err := p.Store.CreateIssue(ctx, e, slot, digest.Selection{Skip: reason}, now)
	if err == nil && created {
		p.Log.Info("issue", "edition", e.Slug, "slot", slot, "state", issue.State, "reason", issue.Reason)
	}
	return err
}

// asAnswered returns what goes out of a selection as the editors' silence has it: all, or the
// headlines.
func (p *Publisher) asAnswered(ctx context.Context, e digest.Edition, slot time.Time, sel digest.Selection) (digest.Selection, error) {
	headlines, err := p.onlyHeadlines(ctx, e, slot)
	if headlines {
		sel = sel.Headlines()
	}
	return sel, err
}

// dressed returns the edition as an issue of it is set: one of headlines only as a briefing.
func (p *Publisher) dressed(ctx context.Context, e digest.Edition, slot time.Time) (digest.Edition, error) {
	headlines, err := p.onlyHeadlines(ctx, e, slot)
	if headlines {
		e.Rules.Look.Theme = briefing
	}
	return e, err
}

func (p *Publisher) onlyHeadlines(ctx context.Context, e digest.Edition, slot time.Time) (bool, error) {
	q, err := p.Store.Question(ctx, e.ID, slot)
	if errors.Is(err, digest.ErrNotFound) {
		return false, nil
	}
	return q.Verdict == digest.VerdictHeadlines, err
}

// briefing is the theme of headlines; where there is none of that name, the usual one sets
// them.
const briefing = "briefing"
