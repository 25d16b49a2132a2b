package desk

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

const (
	// deliveriesPage is how many deliveries a page lists.
	deliveriesPage = 50
	// mostOut is how many stories that were left out a page names.
	mostOut = 60
)

// listed are the states whose deliveries are listed, what wants to be looked at first. Those
// that wait or are on the wire are only counted: they change while one looks.
var listed = []outbox.State{
	outbox.InDoubt, outbox.Refused, outbox.Bounced, outbox.Complained, outbox.Deferred, outbox.Suppressed, outbox.Cancelled, outbox.Sent,
}

// showPastIssue shows all about one issue.
func (d *Desk) showPastIssue(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	issue, err := d.Digest.IssueByID(ctx, number(r.PathValue("issue")))
	if err != nil {
		return err
	}
	e, err := d.Digest.Edition(ctx, issue.Edition)
	if err != nil {
		return err
	}
	row, run, err := d.past(ctx, issue, e)
	if err != nil {
		return err
	}
	view := templates.DeskPastIssue{
		DeskPast: row, Created: issue.Created.In(zoneOf(e)), Posted: inZoneOf(e, run.Posted), Finished: inZoneOf(e, run.Finished),
	}
	for _, s := range issue.Stories {
		story := templates.DeskPastStory{
			Place: s.Place, Title: s.Title, URL: s.URL, Language: s.Language, Lead: s.Lead, Edited: s.Edited, Reason: reasonPhrase(s.Reason),
		}
		switch {
		case s.In:
			view.In = append(view.In, story)
		case len(view.Out) < mostOut:
			view.Out = append(view.Out, story)
		default:
			view.MoreOut++
		}
	}
	for _, s := range outbox.States {
		if n := run.Counts[s]; n > 0 {
			view.States = append(view.States, templates.DeskCount{State: string(s), N: n})
		}
	}
	if row.Handed {
		if view.Parts, err = d.parts(ctx, run, time.Now()); err != nil {
			return err
		}
	}
	if view.Letters, err = d.pastLetters(ctx, issue.ID); err != nil {
		return err
	}
	if view.Clicks, err = d.clicks(ctx, issue); err != nil {
		return err
	}
	if !session(r).Editor.Role.Covers(staff.Writer) {
		discreet(&view.Parts)
	} else if err := d.listDeliveries(r, run, e, &view); err != nil {
		return err
	}
	return d.render(w, r, "history_issue", view)
}

func (d *Desk) pastLetters(ctx context.Context, issue int64) (all []templates.DeskPastLetter, err error) {
	variants, err := d.Digest.Variants(ctx, issue)
	for _, v := range variants {
		all = append(all, templates.DeskPastLetter{
			Language: v.Language, Subject: v.Subject, Text: string(withoutTokens(v.Text)), Size: len(v.HTML),
			Path: "/desk/preview/issue/" + strconv.FormatInt(issue, 10) + "/" + url.PathEscape(v.Language),
		})
	}
	return all, err
}

// listDeliveries adds a page of the deliveries in a state: the one that is asked for, else
// the first that there is.
func (d *Desk) listDeliveries(r *http.Request, run outbox.Run, e digest.Edition, view *templates.DeskPastIssue) error {
	ctx, wanted, after := r.Context(), r.FormValue("state"), number(r.FormValue("after"))
	for _, s := range listed {
		if run.Counts[s] > 0 {
			view.Listed = append(view.Listed, string(s))
		}
	}
	if len(view.Listed) == 0 {
		return nil
	}
	view.State = view.Listed[0]
	if slices.Contains(view.Listed, wanted) {
		view.State = wanted
	}
	page, err := d.Queue.Deliveries(ctx, run.IssueID, outbox.State(view.State), after, deliveriesPage+1)
	if err != nil {
		return err
	}
	if view.Paged = after > 0; len(page) > deliveriesPage {
		page = page[:deliveriesPage]
		view.After = page[deliveriesPage-1].Subscriber
	}
	for _, copy := range page {
		row := templates.DeskDelivery{
			Reader: copy.Subscriber, State: string(copy.State), Attempts: copy.Attempts, Why: copy.Why(),
			Tried: inZoneOf(e, copy.Tried), Next: inZoneOf(e, copy.Next),
		}
		reader, err := d.Readers.Get(ctx, copy.Subscriber)
		switch {
		case errors.Is(err, subscribers.ErrNotFound): // erased
			row.Reader = 0
		case err != nil:
			return err
		}
		row.Email = reader.Email
		view.Deliveries = append(view.Deliveries, row)
	}
	return nil
}

// showPastLetter shows a variant as it went out, alone and in a sandbox. The links that were
// each reader's own lead nowhere.
func (d *Desk) showPastLetter(w http.ResponseWriter, r *http.Request) error {
	variants, err := d.Digest.Variants(r.Context(), number(r.PathValue("issue")))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(variants, func(v digest.Variant) bool { return v.Language == r.PathValue("language") })
	if i < 0 {
		return errNoPage
	}
	h := w.Header()
	h.Set("Content-Security-Policy", previewPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(bytes.Replace(withoutTokens(variants[i].HTML), []byte("<head>"), []byte(`<head><base target="_blank">`), 1))
	return err
}
