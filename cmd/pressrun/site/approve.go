package site

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// An asked is whom a token of an approval names, and what they are asked about.
type asked struct {
	expired bool
	notice  digest.Notice
	edition digest.Edition
}

// asked opens the token of a request.
func (s *Site) asked(r *http.Request, now time.Time) (a asked, err error) {
	id, expired, err := s.tokenID(r, subscribers.Approve, now)
	if err != nil || expired {
		return asked{expired: expired}, err
	}
	if a.notice, err = s.Digest.Notice(r.Context(), id); err == nil {
		a.edition, err = s.Digest.EditionByID(r.Context(), a.notice.EditionID)
	}
	gone := err == nil && !slices.Contains(a.edition.Approval.Editors, a.notice.Editor)
	if gone || errors.Is(err, digest.ErrNotFound) {
		return asked{expired: true}, nil
	}
	return a, err
}

// showApprove shows how an issue stands, with a button for each thing the editor may do. It
// changes nothing (W1). No login is needed: the link is the editor's own.
func (s *Site) showApprove(w http.ResponseWriter, r *http.Request) error {
	now := time.Now()
	a, err := s.asked(r, now)
	if err != nil {
		return err
	}
	if a.expired {
		return fmt.Errorf("%w: the link of an approval has expired", web.ErrLink)
	}
	view, err := s.approval(r, a, now)
	if err != nil {
		return err
	}
	return s.Frame.Page(w, r, "approve", templates.Page{
		Language: s.Frame.Language(r, a.edition.Languages[0]), Path: "/desk/approve/" + r.PathValue("token"), View: view,
	})
}

func (s *Site) approval(r *http.Request, a asked, now time.Time) (v templates.ApprovePage, err error) {
	ctx, e, slot := r.Context(), a.edition, a.notice.Slot
	zone, err := e.Schedule.Location()
	if err != nil {
		return v, err
	}
	plan, err := s.Digest.Plan(ctx, e.ID)
	if err != nil {
		return v, err
	}
	v = templates.ApprovePage{
		Action: s.action(r, "/desk/approve/"), Editor: a.notice.Editor, Edition: e.Name, Plan: plan.Version,
		Due: slot.In(zone).Format("2006-01-02 15:04 MST"), Open: s.Frame.Root() + "/desk/issue/" + e.Slug, Again: r.URL.Query().Has("again"),
	}
	q, err := s.Digest.Question(ctx, e.ID, slot)
	if err != nil && !errors.Is(err, digest.ErrNotFound) {
		return v, err
	}
	v.Editors = strings.Join(q.Editors, ", ")
	issue, err := s.Digest.IssueAt(ctx, e, slot)
	switch {
	case err != nil && !errors.Is(err, digest.ErrNotFound):
		return v, err
	case err == nil || q.Verdict != "":
		v.State, v.Reason = afterwards(q, issue, e, now), cmp.Or(q.Reason, issue.Reason)
	case !now.Before(slot):
		v.State = templates.ApproveOver
	case rests(e, slot) != "":
		v.State, v.Reason = templates.ApproveSkipped, rests(e, slot)
	default:
		v.Changed = q.Outdated(plan.Version) || q.Reason != ""
		v.State = before(q, v.Changed)
	}
	return v, nil
}

// rests says why the issue due at slot does not go out: it was moved, or left out.
func rests(e digest.Edition, slot time.Time) string {
	run, _ := e.Schedule.RunAt(slot)
	return run.Rest
}

// before is the face of the page before the slot.
func before(q digest.Question, changed bool) templates.ApproveState {
	switch {
	case q.State == digest.QuestionHeld:
		return templates.ApproveHeld
	case changed || len(q.Editors) == 0:
		return templates.ApproveWaiting
	case q.State == digest.QuestionApproved:
		return templates.ApproveApproved
	}
	return templates.ApproveOne
}

// afterwards is the face of the page when the slot is over.
func afterwards(q digest.Question, issue digest.Issue, e digest.Edition, now time.Time) templates.ApproveState {
	switch {
	case !q.Released.IsZero():
		return templates.ApproveReleased
	case q.Releasable(e, now):
		return templates.ApproveRelease
	case issue.State == digest.IssueSkipped || q.Verdict == digest.VerdictHold:
		return templates.ApproveSkipped
	}
	return templates.ApproveSent
}

// approve does what the pressed button says, in the name of the editor whose link it is.
// Pressed again, it changes nothing more; the page then shows what is so.
func (s *Site) approve(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	now := time.Now()
	a, err := s.asked(r, now)
	if err != nil {
		return err
	}
	if a.expired {
		return fmt.Errorf("%w: the link of an approval has expired", web.ErrLink)
	}
	plan, err := strconv.Atoi(form.Get("plan"))
	if err != nil {
		return web.ErrForm
	}
	answer := digest.Answer{Slot: a.notice.Slot, Editor: a.notice.Editor, Hold: form.Has("hold"), Plan: plan}
	switch {
	case form.Has("release"):
		_, err = s.Digest.Release(r.Context(), a.edition, a.notice.Slot, a.notice.Editor, now)
	case form.Has("approve") != form.Has("hold"):
		_, err = s.Digest.AnswerQuestion(r.Context(), a.edition, answer, now)
	default:
		return web.ErrForm
	}
	to := s.action(r, "/desk/approve/")
	switch {
	case errors.Is(err, digest.ErrPlanChanged):
		to = again(to)
	case err != nil && !errors.Is(err, digest.ErrAnswered): // the page says what is so
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// again has the page say that the answer was not taken.
func again(path string) string {
	if strings.Contains(path, "?") {
		return path + "&again=1"
	}
	return path + "?again=1"
}
