package desk

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/templates"
)

const (
	// shownSlots is how many of the next runs the form shows.
	shownSlots = 5
	// replayDays is how far back changed rules are tried.
	replayDays = 14
)

func (d *Desk) editionsRoutes() []route {
	return []route{
		{pattern: "GET /desk/editions", least: staff.Viewer, serve: d.showEditions, nav: "nav.editions", key: "e"},
		{pattern: "GET /desk/editions/new", least: staff.Writer, serve: d.showNewEdition},
		{pattern: "POST /desk/editions/new", least: staff.Writer, serve: d.addEdition},
		{pattern: "GET /desk/editions/{edition}", least: staff.Writer, serve: d.showEdition},
		{pattern: "POST /desk/editions/{edition}", least: staff.Writer, serve: d.changeEdition},
		{pattern: "POST /desk/editions/{edition}/pause", least: staff.Writer, serve: d.pauseEdition},
	}
}

// showEditions lists the editions.
func (d *Desk) showEditions(w http.ResponseWriter, r *http.Request) error {
	editions, err := d.Digest.Editions(r.Context())
	if err != nil {
		return err
	}
	_, readers, err := d.Readers.Growth(r.Context(), time.Now())
	if err != nil {
		return err
	}
	var view templates.DeskEditions
	for _, e := range editions {
		view.Editions = append(view.Editions, templates.DeskEditionRow{
			DeskNext: nextOf(e, time.Now()), Languages: e.Languages, Readers: readers[e.Slug], When: whenOf(e.Schedule),
		})
	}
	return d.render(w, r, "editions", view)
}

// whenOf says when a schedule's times are as people do, or as cron does where it must.
func whenOf(s digest.Schedule) string {
	if plain := s.Plain(); plain != "" {
		return plain
	}
	return s.Cron
}

func (d *Desk) showNewEdition(w http.ResponseWriter, r *http.Request) error {
	e := digest.Edition{
		Languages: []string{"en"}, Doubt: digest.DoubtHold, Rules: digest.Rules{Max: 12, MaxAge: 3 * 24 * time.Hour},
		Schedule: digest.Schedule{Zone: d.zoneName()},
	}
	view, err := d.editionForm(r, e, fields(e))
	if err != nil {
		return err
	}
	view.New = true
	return d.render(w, r, "edition", view)
}

// zoneName is the desk's own zone, where it has a name that is the same everywhere.
func (d *Desk) zoneName() string {
	name := d.zone().String()
	if name == "Local" || (digest.Schedule{Zone: name}).Check() != nil {
		return "UTC"
	}
	return name
}

func (d *Desk) showEdition(w http.ResponseWriter, r *http.Request) error {
	e, err := d.Digest.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		return err
	}
	view, err := d.editionForm(r, e, fields(e))
	if err != nil {
		return err
	}
	view.Slots = slotsOf(e, time.Now())
	return d.render(w, r, "edition", view)
}

func slotsOf(e digest.Edition, now time.Time) (slots []templates.DeskSlot) {
	for _, run := range e.Schedule.Runs(now, shownSlots) {
		slots = append(slots, templates.DeskSlot{At: run.At.In(zoneOf(e)), UTC: run.At.UTC(), Rest: run.Rest})
	}
	return slots
}

// editionForm is the form of an edition, with what stands in its fields.
func (d *Desk) editionForm(r *http.Request, e digest.Edition, f form) (view templates.DeskEdition, err error) {
	view = templates.DeskEdition{
		Slug: e.Slug, Name: e.Name, Paused: e.Paused, Values: f.values, Ticks: f.ticks, Choices: choices,
	}
	for _, t := range d.Publisher.Composer.Templates.Themes() {
		view.Themes = append(view.Themes, templates.DeskTheme{Name: t.Name, About: t.About})
	}
	sources, err := d.Digest.Sources(r.Context())
	if err != nil {
		return view, err
	}
	for _, s := range sources {
		view.Sources = append(view.Sources, templates.DeskTicked{Value: s.URL, Name: nameOf(s), On: f.sources[s.URL]})
	}
	for _, u := range slices.Sorted(maps.Keys(f.sources)) {
		if !slices.ContainsFunc(sources, func(s digest.Source) bool { return s.URL == u }) { // it was removed
			view.Sources = append(view.Sources, templates.DeskTicked{Value: u, Name: u, On: true})
		}
	}
	return view, nil
}

func (d *Desk) addEdition(w http.ResponseWriter, r *http.Request) error {
	slug := strings.TrimSpace(r.PostFormValue("slug"))
	_, err := d.Digest.Edition(r.Context(), slug)
	switch {
	case err == nil:
		err = fmt.Errorf("there is an edition %s already; choose another short name", slug)
	case errors.Is(err, digest.ErrNotFound):
		err = nil
	default:
		return err
	}
	return d.takeEdition(w, r, digest.Edition{Slug: slug}, err)
}

func (d *Desk) changeEdition(w http.ResponseWriter, r *http.Request) error {
	e, err := d.Digest.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		return err
	}
	return d.takeEdition(w, r, e, nil)
}

// takeEdition tries or saves what a form says of an edition; wrong is what is wrong with it
// already.
func (d *Desk) takeEdition(w http.ResponseWriter, r *http.Request, e digest.Edition, wrong error) error {
	ctx, now := r.Context(), time.Now()
	if err := r.ParseForm(); err != nil {
		return err
	}
	isNew := e.ID == 0
	typed := fieldsOf(r.PostForm)
	changed, err := typed.apply(e)
	if errors.Is(err, errForm) {
		return err
	}
	if err == nil {
		err = wrong
	}
	if err == nil {
		err = changed.Check()
	}
	if err == nil && r.PostForm.Get("do") == "save" {
		if _, err := d.Digest.PutEdition(ctx, changed, now); err != nil {
			return err
		}
		act := "edition"
		if isNew {
			act = "new-edition"
		}
		if err := d.note(r, act, changed.Slug, difference(fields(e), typed)); err != nil {
			return err
		}
		return d.back(w, r, "/desk/editions/"+changed.Slug, "saved")
	}
	view, failed := d.editionForm(r, e, typed)
	if failed != nil {
		return failed
	}
	view.New = isNew
	if err != nil {
		return d.again(w, r, "edition", err, view)
	}
	view.Tried, view.Slots = true, slotsOf(changed, now)
	replayed, err := publish.Replay(ctx, d.Digest, changed, now.AddDate(0, 0, -replayDays))
	if err != nil {
		return err
	}
	for i := len(replayed) - 1; i >= 0; i-- {
		p := replayed[i]
		view.Replay = append(view.Replay, templates.DeskReplay{
			ID: p.ID, Slot: inZoneOf(changed, p.Slot), Number: p.Number, Was: p.Stories, Would: p.Would, Added: p.Added, Removed: p.Removed, Skipped: p.Skipped,
		})
	}
	return d.render(w, r, "edition", view)
}

// pauseEdition keeps the schedule from sending an edition, or lets it again.
func (d *Desk) pauseEdition(w http.ResponseWriter, r *http.Request) error {
	e, err := d.Digest.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		return err
	}
	do := r.PostFormValue("do")
	if do != "pause" && do != "resume" {
		return errForm
	}
	if pause := do == "pause"; e.Paused != pause {
		e.Paused = pause
		if _, err := d.Digest.PutEdition(r.Context(), e, time.Now()); err != nil {
			return err
		}
		if err := d.note(r, do+"-edition", e.Slug, ""); err != nil {
			return err
		}
	}
	return d.back(w, r, "/desk/editions/"+e.Slug, do+"-edition")
}
