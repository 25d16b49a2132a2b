package desk

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/templates"
)

func (d *Desk) issueRoutes() []route {
	return []route{
		{pattern: "GET /desk/issue/{edition}", least: staff.Viewer, serve: d.showIssue},
		{pattern: "POST /desk/issue/{edition}/story", least: staff.Writer, serve: d.changeStory},
		{pattern: "POST /desk/issue/{edition}/order", least: staff.Writer, serve: d.reorder},
		{pattern: "POST /desk/issue/{edition}/words", least: staff.Writer, serve: d.changeWords},
		{pattern: "POST /desk/issue/{edition}/letter", least: staff.Writer, serve: d.changeLetter},
		{pattern: "POST /desk/issue/{edition}/add", least: staff.Writer, serve: d.addStory},
		{pattern: "POST /desk/issue/{edition}/reset", least: staff.Writer, serve: d.resetPlan},
		{pattern: "GET /desk/preview/{edition}", least: staff.Viewer, serve: d.showPreview},
		{pattern: "GET /desk/checks/{edition}", least: staff.Viewer, serve: d.showChecks},
		{pattern: "GET /desk/send/{edition}", least: staff.Viewer, serve: d.showSend},
		{pattern: "POST /desk/send/{edition}", least: staff.Writer, serve: d.send},
		{pattern: "POST /desk/send/{edition}/test", least: staff.Writer, serve: d.sendTest},
		{pattern: "GET /desk/run/{issue}", least: staff.Viewer, serve: d.showRun},
		{pattern: "GET /desk/run/{issue}/events", least: staff.Viewer, serve: d.watchRun},
		{pattern: "POST /desk/run/{issue}", least: staff.Writer, serve: d.steerRun},
		{pattern: "POST /desk/run/{issue}/pull", least: staff.Writer, serve: d.pullStory},
	}
}

// A board is the next issue of an edition as an editor works on it.
type board struct {
	publish.Draft
	now       time.Time
	scheduled bool             // the slot is one of the schedule's
	shown     [][]int64        // what is in, by language, in order
	languages []string         // of shown
	sources   map[int64]string // names
	stories   map[int64]*digest.Story
}

// plan is what the editors want of it so far.
func (b *board) plan() digest.Plan { return b.Issue.Plan }

// language returns the place in shown of the language that has a story; -1: it is not in.
func (b *board) language(id int64) int {
	return slices.IndexFunc(b.shown, func(ids []int64) bool { return slices.Contains(ids, id) })
}

// openBoard returns the next issue of the edition that a path names, at its next slot, or
// now where it has none.
func (d *Desk) openBoard(ctx context.Context, slug string, test bool) (*board, error) {
	e, err := d.Digest.Edition(ctx, slug)
	if err != nil {
		return nil, err
	}
	b := &board{now: time.Now(), sources: map[int64]string{}, stories: map[int64]*digest.Story{}}
	slot, err := d.Digest.NextSlot(ctx, e, b.now)
	if err != nil {
		return nil, err
	}
	if b.scheduled = !slot.IsZero(); !b.scheduled {
		slot = b.now
	}
	if b.Draft, err = d.Publisher.Draft(ctx, slug, slot.In(zoneOf(e)), test); err != nil {
		return nil, err
	}
	sources, err := d.Digest.Sources(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		b.sources[s.ID] = nameOf(s)
	}
	for i := range b.Issue.Stories {
		b.take(&b.Issue.Stories[i])
	}
	return b, nil
}

// take notes a story; those that are in come in their order.
func (b *board) take(s *digest.Story) {
	b.stories[s.ID] = s
	if !s.In {
		return
	}
	language := cmp.Or(b.Edition.VariantLanguage(s.Language), b.Edition.VariantLanguage(""))
	i := slices.Index(b.languages, language)
	if i < 0 {
		i = len(b.languages)
		b.languages, b.shown = append(b.languages, language), append(b.shown, nil)
	}
	b.shown[i] = append(b.shown[i], s.ID)
}

// showIssue shows tomorrow's issue as it stands.
func (d *Desk) showIssue(w http.ResponseWriter, r *http.Request) error {
	view, err := d.issueView(r, typed{})
	if err != nil {
		return err
	}
	return d.render(w, r, "issue", view)
}

// issueView is the page of an issue; what was typed and could not be taken stands in its
// forms again.
func (d *Desk) issueView(r *http.Request, typed typed) (view templates.DeskIssue, err error) {
	b, err := d.openBoard(r.Context(), r.PathValue("edition"), false)
	if err != nil {
		return view, err
	}
	view = b.view(r.FormValue("out") == "all", typed)
	view.Look = lookOf(r, view.Letters)
	view.Look.Path = previewPath(b.Edition.Slug, view.Look)
	if view.Changed, err = d.lastChange(r.Context(), b.Edition.Slug); err != nil {
		return view, err
	}
	q, err := d.question(r.Context(), b)
	view.Approval = q
	return view, err
}

// lastChange says who changed an edition's issue last, as far back as the log's newest
// entries tell.
func (d *Desk) lastChange(ctx context.Context, slug string) (c templates.DeskChange, err error) {
	entries, err := d.Staff.Audit(ctx, 0, 200)
	for _, e := range entries {
		if e.What == slug && slices.Contains(planActs, e.Act) {
			return templates.DeskChange{Name: e.Name, At: d.inZone(e.At)}, err
		}
	}
	return c, err
}

// number reads an ID from a form or a path; 0 is none.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
