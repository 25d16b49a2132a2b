package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

const (
	// formAge is how long a page that asks whether to send stays good: after it the number of
	// readers and the news are others.
	formAge = 30 * time.Minute
	// sendingPatience is how long one waits for another who is making an issue.
	sendingPatience = 40 * time.Second
)

// showSend asks whether to send, with the number of readers and what was checked (W10).
func (d *Desk) showSend(w http.ResponseWriter, r *http.Request) error {
	view, err := d.sendView(r)
	if err != nil {
		return err
	}
	return d.render(w, r, "send", view)
}

func (d *Desk) sendView(r *http.Request) (view templates.DeskSend, err error) {
	ctx := r.Context()
	b, err := d.openBoard(ctx, r.PathValue("edition"), false)
	if err != nil {
		return view, err
	}
	e := b.Edition
	view = templates.DeskSend{
		Slug: e.Slug, Edition: e.Name, Language: e.Languages[0], Number: b.Issue.Number, Version: b.plan().Version, Key: b.now.Unix(),
		Slot: b.Issue.Slot, Scheduled: b.scheduled, Paused: e.Paused, To: session(r).Editor.Email, CanTest: d.Outside.Test != nil,
		OneOffs: oneOffsOf(e, b.now), Later: oneOffForm(e, b.now), Zone: zoneOf(e).String(),
	}
	if b.Issue.State == digest.IssueSkipped {
		view.Skip = b.Issue.Reason
	}
	for _, l := range b.Letters {
		view.Letters = append(view.Letters, templates.DeskLetter{
			Language: l.Language, Subject: l.Subject, Size: len(l.HTML), Limit: clipAt, Stories: l.Stories, Trims: l.Trims,
		})
	}
	if view.Readers, err = d.Readers.Count(ctx, e.Slug); err != nil {
		return view, err
	}
	if view.Checks, err = d.ownChecks(ctx, b.Draft); err != nil {
		return view, err
	}
	if view.Approval, err = d.question(ctx, b); err != nil {
		return view, err
	}
	if view.Changed, err = d.lastChange(ctx, e.Slug); err != nil {
		return view, err
	}
	view.Latest, err = d.latestOf(ctx, e)
	return view, err
}

// question says how the editors' approval of an issue stands; it asks nobody.
func (d *Desk) question(ctx context.Context, b *board) (a templates.DeskApproval, err error) {
	a.Asks, a.Four = b.Edition.Approval.Asks(), b.Edition.Approval.Four
	if !b.scheduled {
		return a, nil
	}
	q, err := d.Digest.Question(ctx, b.Edition.ID, b.Issue.Slot)
	if errors.Is(err, digest.ErrNotFound) {
		return a, nil
	}
	a.State, a.Editors, a.At, a.Reason = string(q.State), q.Editors, d.inZone(q.Answered), q.Reason
	a.Changed = q.Outdated(b.plan().Version)
	return a, err
}

// latestOf is the edition's last issue, if it is young enough that another today may be a
// mistake.
func (d *Desk) latestOf(ctx context.Context, e digest.Edition) (l templates.DeskLatest, err error) {
	issues, err := d.Digest.RunsSince(ctx, e.Slug, time.Now().Add(-12*time.Hour))
	for _, i := range issues {
		if i.State != digest.IssueSkipped {
			l = templates.DeskLatest{ID: i.ID, Edition: e.Name, Language: e.Languages[0], Number: i.Number, Slot: i.Created.In(zoneOf(e)), State: string(i.State)}
		}
	}
	return l, err
}

// send makes the next issue and hands it to the sender. The form names the issue: whoever
// sends it twice, goes back, or has it open in two windows is led to the one that there is.
func (d *Desk) send(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("edition")
	e, err := d.Digest.Edition(r.Context(), slug)
	if err != nil {
		return err
	}
	// Of two who press the button in one moment, one makes the issue and the other finds it.
	waiting, cancel := context.WithTimeout(r.Context(), sendingPatience)
	defer cancel()
	_, release, err := d.DB.Acquire(waiting, "issue of "+slug)
	if err != nil {
		return conflict(d.wrong(r, "send.busy"))
	}
	defer release()
	n, err := strconv.Atoi(r.PostFormValue("number"))
	if err != nil {
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.old")
	}
	view, err := d.sendView(r)
	if err != nil {
		return err
	}
	// After the view: the clock may make the issue while it is looked at.
	if made, err := d.Digest.Issue(r.Context(), slug, n); err == nil {
		return d.back(w, r, "/desk/run/"+strconv.FormatInt(made.ID, 10), "already")
	} else if !errors.Is(err, digest.ErrNotFound) {
		return err
	}
	return d.sendNew(w, r, e, n, view)
}

// sendNew checks that the editor saw what would go out now, and sends it.
func (d *Desk) sendNew(w http.ResponseWriter, r *http.Request, e digest.Edition, n int, view templates.DeskSend) error {
	asked := time.Unix(number(r.PostFormValue("key")), 0)
	switch {
	case view.Number != n || time.Since(asked) > formAge:
		return d.againSend(w, r, http.StatusConflict, "send.old")
	case strconv.Itoa(view.Version) != r.PostFormValue("version"):
		said, err := d.whoChanged(r, e.Slug)
		if err != nil {
			return err
		}
		return d.renderStatus(w, r, http.StatusConflict, "send", said, view)
	case view.Skip != "":
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.skip")
	case view.Readers == 0:
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.nobody")
	case r.PostFormValue("sure") == "":
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.unsure")
	case view.Latest.ID != 0 && r.PostFormValue("another") != strconv.FormatInt(view.Latest.ID, 10):
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.another")
	case view.Approval.Asks && view.Approval.Four && !view.Scheduled:
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.four.none")
	case view.Approval.Asks && view.Approval.Four && (view.Approval.State != string(digest.QuestionApproved) || view.Approval.Changed):
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.four")
	}
	// It goes on when the editor's browser does not wait.
	ctx, now := context.WithoutCancel(r.Context()), time.Now()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a million readers take their time
	slot, err := d.Digest.SlotByHand(ctx, e, now)
	if err != nil {
		return err
	}
	if view.Approval.Asks && view.Approval.Four && !slot.Equal(view.Slot) { // it is another run that was approved
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.four")
	}
	if err := d.note(r, "send", e.Slug, fmt.Sprintf("no. %d, to %d readers", n, view.Readers)); err != nil {
		return err
	}
	issue, err := d.Publisher.PublishNumber(ctx, e.Slug, n, slot, now, nil)
	if err != nil {
		return err
	}
	if issue.State == digest.IssueSkipped {
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.skip")
	}
	return d.back(w, r, "/desk/run/"+strconv.FormatInt(issue.ID, 10), "sent")
}

// againSend asks anew, with the numbers of now.
func (d *Desk) againSend(w http.ResponseWriter, r *http.Request, status int, word string) error {
	view, err := d.sendView(r)
	if err != nil {
		return err
	}
	return d.renderStatus(w, r, status, "send", d.Pages.Say(d.language(r), word), view)
}

// sendTest sends each letter of the next issue to the editor alone.
func (d *Desk) sendTest(w http.ResponseWriter, r *http.Request) error {
	if d.Outside.Test == nil {
		return errNoPage
	}
	b, err := d.openBoard(r.Context(), r.PathValue("edition"), true)
	if err != nil {
		return err
	}
	if len(b.Letters) == 0 {
		return d.againSend(w, r, http.StatusUnprocessableEntity, "send.skip")
	}
	to := session(r).Editor.Email
	for _, l := range b.Letters {
		if err := d.Outside.Test(r.Context(), l, to); err != nil {
			view, viewErr := d.sendView(r)
			if viewErr != nil {
				return viewErr
			}
			return d.again(w, r, "send", err, view)
		}
	}
	if err := d.note(r, "test", b.Edition.Slug, to); err != nil {
		return err
	}
	return d.back(w, r, "/desk/send/"+b.Edition.Slug, "tested")
}
