package desk

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/templates"
)

// historyPage is how many runs a page has.
const historyPage = 40

func (d *Desk) historyRoutes() []route {
	return []route{
		{pattern: "GET /desk/history", least: staff.Viewer, serve: d.showHistory, nav: "nav.history", key: "h"},
		{pattern: "GET /desk/history/figures", least: staff.Viewer, serve: d.showFigures},
		{pattern: "GET /desk/history/{issue}", least: staff.Viewer, serve: d.showPastIssue},
		{pattern: "GET /desk/preview/issue/{issue}/{language}", least: staff.Viewer, serve: d.showPastLetter},
	}
}

// showHistory shows what went out, and what did not and why.
func (d *Desk) showHistory(w http.ResponseWriter, r *http.Request) error {
	ctx, before := r.Context(), number(r.FormValue("before"))
	editions, err := d.Digest.Editions(ctx)
	if err != nil {
		return err
	}
	named := byName(editions)
	view := templates.DeskHistory{Paged: before > 0, Edition: r.FormValue("edition")}
	for _, e := range editions {
		view.Editions = append(view.Editions, choiceOf(e))
	}
	if _, known := named[view.Edition]; !known && view.Edition != "" {
		return errNoPage
	}
	issues, err := d.Digest.RunsBefore(ctx, view.Edition, before, historyPage+1)
	if err != nil {
		return err
	}
	if len(issues) > historyPage {
		issues = issues[:historyPage]
		view.Older = issues[historyPage-1].ID
	}
	for _, issue := range issues {
		row, _, err := d.past(ctx, issue, named[issue.Edition])
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, row)
	}
	return d.render(w, r, "history", view)
}

func choiceOf(e digest.Edition) templates.DeskChoice {
	return templates.DeskChoice{Value: e.Slug, Name: e.Name, Language: e.Languages[0]}
}

// past is an issue with its numbers, and its run where it has one.
func (d *Desk) past(ctx context.Context, issue digest.Issue, e digest.Edition) (row templates.DeskPast, run outbox.Run, err error) {
	row = templates.DeskPast{
		ID: issue.ID, Edition: e.Name, Slug: e.Slug, Language: e.Languages[0], Number: issue.Number, Slot: issue.Slot.In(zoneOf(e)),
		State: string(issue.State), Reason: issue.Reason,
	}
	run, err = d.Queue.Run(ctx, issue.ID)
	if errors.Is(err, outbox.ErrNoRun) {
		return row, run, nil
	}
	if err != nil {
		return row, run, err
	}
	row.Handed, row.Run, row.Prepared, row.Open = true, run.State, run.Prepared, run.Open()
	if run.Reason != "" {
		row.Reason = run.Reason
	}
	n := run.Counts
	row.Arrived, row.Doubt = n[outbox.Sent], n[outbox.InDoubt]
	row.Failed = n[outbox.Refused] + n[outbox.Bounced] + n[outbox.Complained]
	return row, run, nil
}

// inZoneOf shows a moment in an edition's zone; none stays none.
func inZoneOf(e digest.Edition, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zoneOf(e))
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
