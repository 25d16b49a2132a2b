package desk

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// shownTroubles is how many deliveries of each state a page lists.
const shownTroubles = 20

// showRun shows an issue on its way.
func (d *Desk) showRun(w http.ResponseWriter, r *http.Request) error {
	view, err := d.run(r, number(r.PathValue("issue")), time.Now())
	if err != nil {
		return err
	}
	return d.render(w, r, "run", view)
}

// run says how an issue stands now. Who may not see readers is not told of single ones.
func (d *Desk) run(r *http.Request, id int64, now time.Time) (view templates.DeskRun, err error) {
	ctx, seesReaders := r.Context(), session(r).Editor.Role.Covers(staff.Writer)
	issue, err := d.Digest.IssueByID(ctx, id)
	if err != nil {
		return view, err
	}
	e, err := d.Digest.Edition(ctx, issue.Edition)
	if err != nil {
		return view, err
	}
	view = templates.DeskRun{
		ID: id, Slug: e.Slug, Edition: e.Name, Language: e.Languages[0], Number: issue.Number, Slot: issue.Slot.In(zoneOf(e)),
		State: string(issue.State), Reason: issue.Reason, Live: issue.State == digest.IssueFrozen,
	}
	for _, s := range issue.Stories {
		if s.In {
			view.Stories = append(view.Stories, templates.DeskStory{ID: s.ID, Title: s.Title, Language: s.Language, URL: s.URL})
		}
	}
	run, err := d.Queue.Run(ctx, id)
	if errors.Is(err, outbox.ErrNoRun) {
		return view, nil
	}
	if err != nil {
		return view, err
	}
	view.State, view.Handed = run.State, true
	if run.Reason != "" {
		view.Reason = run.Reason
	}
	view.Live = openRun(run)
	view.Prepared, view.Open, view.Settled, view.Complete = run.Prepared, run.Open(), run.Prepared-run.Open(), run.Complete
	view.Posted, view.Finished, view.NextDue = d.inZone(run.Posted), d.inZone(run.Finished), d.inZone(run.NextDue)
	view.Doubt = run.Counts[outbox.InDoubt]
	for _, s := range outbox.States {
		if n := run.Counts[s]; n > 0 || s == outbox.Sent || s == outbox.Queued {
			view.States = append(view.States, templates.DeskCount{State: string(s), N: n})
		}
	}
	view.Pace(average(view, now))
	if view.Live {
		_, _, held, err := d.DB.Holder(ctx, "sender")
		if err != nil {
			return view, err
		}
		view.NoSender = !held
	}
	if view.Parts, err = d.parts(ctx, run, now); err != nil {
		return view, err
	}
	if !seesReaders {
		discreet(&view.Parts)
		return view, nil
	}
	view.Troubles, err = d.troubles(ctx, run)
	return view, err
}

// openRun reports whether an issue has work left.
func openRun(run outbox.Run) bool {
	return run.State == "running" || run.State == "paused" || run.State == "stopped"
}

// average is how many readers a second were settled since the issue was handed over.
func average(v templates.DeskRun, now time.Time) float64 {
	end := v.Finished
	if end.IsZero() {
		end = now
	}
	return float64(v.Settled) / max(end.Sub(v.Posted).Seconds(), 1)
}

// troubles are copies that did not go out, with the reason of each.
func (d *Desk) troubles(ctx context.Context, run outbox.Run) (all []templates.DeskTrouble, err error) {
	for _, state := range []outbox.State{outbox.Refused, outbox.InDoubt, outbox.Deferred, outbox.Suppressed} {
		if run.Counts[state] == 0 {
			continue
		}
		found, err := d.Queue.Deliveries(ctx, run.IssueID, state, 0, shownTroubles)
		if err != nil {
			return nil, err
		}
		for _, delivery := range found {
			t := templates.DeskTrouble{
				Subscriber: delivery.Subscriber, State: string(delivery.State), Why: delivery.Why(), Attempts: delivery.Attempts,
				Tried: d.inZone(delivery.Tried), Next: d.inZone(delivery.Next),
			}
			reader, err := d.Readers.Get(ctx, delivery.Subscriber)
			switch {
			case err == nil:
				t.Address = reader.Email
			case !errors.Is(err, subscribers.ErrNotFound):
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

// steerRun pauses, resumes, ends or repeats.
func (d *Desk) steerRun(w http.ResponseWriter, r *http.Request) error {
	ctx, id, do := r.Context(), number(r.PathValue("issue")), r.PostFormValue("do")
	issue, err := d.Digest.IssueByID(ctx, id)
	if err != nil {
		return err
	}
	var n int64
	switch do {
	case "pause":
		err = d.Queue.Pause(ctx, id, "paused by "+session(r).Editor.Name)
	case "resume":
		err = d.Queue.Resume(ctx, id)
	case "cancel":
		n, err = d.Queue.Cancel(ctx, id, time.Now())
	case "resend":
		n, err = d.Queue.Resend(ctx, id, time.Now())
	default:
		return errNoPage
	}
	if errors.Is(err, outbox.ErrNoRun) {
		return conflict(err)
	}
	if err != nil { // it is in a state that does not allow it, and says which
		return d.againRun(w, r, err)
	}
	detail := "no. " + strconv.Itoa(issue.Number)
	if n > 0 {
		detail += ", " + strconv.FormatInt(n, 10) + " readers"
	}
	if err := d.note(r, do, issue.Edition, detail); err != nil {
		return err
	}
	return d.back(w, r, "/desk/run/"+strconv.FormatInt(id, 10), do)
}

func (d *Desk) againRun(w http.ResponseWriter, r *http.Request, why error) error {
	view, err := d.run(r, number(r.PathValue("issue")), time.Now())
	if err != nil {
		return err
	}
	return d.again(w, r, "run", why, view)
}

// pullStory takes a story out of an issue for those who did not get it yet.
func (d *Desk) pullStory(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), number(r.PathValue("issue"))
	why := digest.OneLine(r.PostFormValue("why"))
	if len([]rune(why)) > maxSubject {
		return d.againRun(w, r, d.wrong(r, "wrong.long"))
	}
	issue, readers, err := d.Publisher.Pull(ctx, id, number(r.PostFormValue("story")), why, time.Now())
	if errors.Is(err, digest.ErrLastStory) {
		return d.againRun(w, r, digest.ErrLastStory)
	}
	if err != nil {
		return err
	}
	detail := "no. " + strconv.Itoa(issue.Number) + ", story " + r.PostFormValue("story") + ": " + why + " (" + strconv.FormatInt(readers, 10) + " readers get it without)"
	if err := d.note(r, "pull", issue.Edition, strings.TrimSpace(detail)); err != nil {
		return err
	}
	return d.back(w, r, "/desk/run/"+strconv.FormatInt(id, 10), "pulled")
}
