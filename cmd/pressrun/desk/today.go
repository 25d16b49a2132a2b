package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/templates"
)

// How much of the past and the future the first page shows.
const (
	todaySlots  = 3
	todayLatest = 8
)

// showToday shows how things stand: what goes out next, what is on its way, and what wants
// to be looked after.
func (d *Desk) showToday(w http.ResponseWriter, r *http.Request) error {
	view, err := d.today(r.Context(), time.Now())
	if err != nil {
		return err
	}
	return d.render(w, r, "today", view)
}

func (d *Desk) today(ctx context.Context, now time.Time) (view templates.DeskToday, err error) {
	editions, err := d.Digest.Editions(ctx)
	if err != nil {
		return view, err
	}
	sources, err := d.Digest.Sources(ctx)
	if err != nil {
		return view, err
	}
	latest, err := d.Digest.Runs(ctx, todayLatest)
	if err != nil {
		return view, err
	}
	unfinished, err := d.Queue.Unfinished(ctx)
	if err != nil {
		return view, err
	}
	named := byName(editions)
	var c checklist
	c.sources(sources, now)
	for _, room := range []string{"scheduler", "sender"} {
		host, _, held, err := d.DB.Holder(ctx, room)
		if err != nil {
			return view, err
		}
		c.room(room, host, held)
	}
	c.editions(editions, now)
	c.issues(latest, named, now)
	for _, run := range unfinished {
		issue, err := d.Digest.IssueByID(ctx, run.IssueID)
		if err != nil {
			return view, err
		}
		c.run(run, issue, named)
		view.Running = append(view.Running, running(run, issue, named))
	}
	for _, e := range editions {
		view.Editions = append(view.Editions, nextOf(e, now))
	}
	for _, issue := range latest {
		e := named.of(issue.Edition)
		view.Latest = append(view.Latest, templates.DeskLatest{
			ID: issue.ID, Edition: e.Name, Language: e.Languages[0], Number: issue.Number, Slot: issue.Slot.In(zoneOf(e)),
			State: string(issue.State), Reason: issue.Reason,
		})
	}
	view.Checks, view.Well = c.result()
	return view, nil
}

// editionsBySlug finds an edition for what only has its slug.
type editionsBySlug map[string]digest.Edition

// of returns an edition that can be shown, also where there is none of this slug any more.
func (all editionsBySlug) of(slug string) digest.Edition {
	if e, ok := all[slug]; ok {
		return e
	}
	return digest.Edition{Slug: slug, Name: slug, Languages: []string{""}}
}

func byName(all []digest.Edition) editionsBySlug {
	named := editionsBySlug{}
	for _, e := range all {
		named[e.Slug] = e
	}
	return named
}

func nextOf(e digest.Edition, now time.Time) templates.DeskNext {
	next := templates.DeskNext{
		Slug: e.Slug, Name: e.Name, Language: e.Languages[0], Zone: zoneOf(e).String(), Paused: e.Paused, Asks: e.Approval.Asks(),
		OneOffs: oneOffsOf(e, now),
	}
	for _, slot := range e.Schedule.Next(now, todaySlots) {
		next.Next = append(next.Next, slot.In(zoneOf(e)))
	}
	return next
}

func running(run outbox.Run, issue digest.Issue, named editionsBySlug) templates.DeskRunning {
	e := named.of(issue.Edition)
	return templates.DeskRunning{
		ID: issue.ID, Edition: e.Name, Language: e.Languages[0], Number: issue.Number, State: run.State, Reason: run.Reason,
		Settled: run.Prepared - run.Open(), Prepared: run.Prepared, Doubt: run.Counts[outbox.InDoubt],
	}
}
