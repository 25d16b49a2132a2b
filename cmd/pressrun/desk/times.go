package desk

import (
	"errors"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

const (
	// shownTimes is how many of the next runs the page of times shows.
	shownTimes = 10
	// shownOneOffs is how many of what editors want of single runs other pages show.
	shownOneOffs = 3
	// fieldTime is how a browser's field for a moment writes it.
	fieldTime = "2006-01-02T15:04"
)

func (d *Desk) timesRoutes() []route {
	return []route{
		{pattern: "GET /desk/times/{edition}", least: staff.Viewer, serve: d.showTimes},
		{pattern: "POST /desk/times/{edition}", least: staff.Writer, serve: d.setTime},
		{pattern: "POST /desk/times/{edition}/{id}/back", least: staff.Writer, serve: d.takeBackTime},
	}
}

// showTimes shows when an edition goes out, and what is wanted of single runs.
func (d *Desk) showTimes(w http.ResponseWriter, r *http.Request) error {
	e, err := d.Digest.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		return err
	}
	view := timesOf(e, time.Now())
	view.Form.Instead = number(r.FormValue("instead"))
	return d.render(w, r, "times", view)
}

func timesOf(e digest.Edition, now time.Time) templates.DeskTimes {
	view := templates.DeskTimes{
		Slug: e.Slug, Edition: e.Name, Language: e.Languages[0], Zone: zoneOf(e).String(), Now: now.In(zoneOf(e)), Paused: e.Paused, Form: oneOffForm(e, now),
	}
	for _, run := range e.Schedule.Runs(now, shownTimes) {
		at := templates.DeskRunAt{At: run.At.In(zoneOf(e)), Unix: run.At.Unix(), Rest: run.Rest, Skip: run.Rest == "" && !e.Paused}
		if run.OneOff != nil {
			at.OneOff = viewOneOff(e, *run.OneOff, now)
		}
		view.Runs = append(view.Runs, at)
	}
	return view
}

// oneOffForm is an empty form for a time, with the next full hour in it.
func oneOffForm(e digest.Edition, now time.Time) templates.DeskOneOffForm {
	local := now.In(zoneOf(e))
	f := templates.DeskOneOffForm{
		At:  local.Truncate(time.Hour).Add(time.Hour).Format(fieldTime),
		Min: local.Add(time.Minute).Format(fieldTime), Max: local.AddDate(1, 0, 0).Format(fieldTime),
	}
	for _, t := range e.Schedule.Next(now, shownSlots) {
		f.Choices = append(f.Choices, templates.DeskMoment{At: t.In(zoneOf(e)), Unix: t.Unix()})
	}
	return f
}

func viewOneOff(e digest.Edition, o digest.OneOff, now time.Time) templates.DeskOneOff {
	v := templates.DeskOneOff{ID: o.ID, Kind: string(o.Kind()), By: o.Editor, Why: o.Why, Back: o.First().After(now)}
	if !o.At.IsZero() {
		v.At = o.At.In(zoneOf(e))
	}
	if !o.Instead.IsZero() {
		v.Instead = o.Instead.In(zoneOf(e))
	}
	return v
}

// oneOffsOf is what editors want of the next single runs.
func oneOffsOf(e digest.Edition, now time.Time) (all []templates.DeskOneOff) {
	for _, o := range e.Schedule.Pending(now) {
		if len(all) < shownOneOffs {
			all = append(all, viewOneOff(e, o, now))
		}
	}
	return all
}

// setTime has an issue go out at a time of its own, moves a run, or leaves one out. Pressed
// twice it does so once.
func (d *Desk) setTime(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), time.Now()
	e, err := d.Digest.Edition(ctx, r.PathValue("edition"))
	if err != nil {
		return err
	}
	o := digest.OneOff{Editor: session(r).Editor.Name, Why: digest.OneLine(r.PostFormValue("why"))}
	if n := number(r.PostFormValue("instead")); n > 0 {
		o.Instead = time.Unix(n, 0)
	}
	done, twice := "once", false
	switch do := r.PostFormValue("do"); {
	case do == "skip" && !o.Instead.IsZero():
		done = "once-skip"
	case do == "once":
		if !o.Instead.IsZero() {
			done = "once-moved"
		}
		if o.At, twice, err = e.Schedule.Moment(r.PostFormValue("at"), now); err != nil {
			return d.againTimes(w, r, err)
		}
	default:
		return errForm
	}
	o, made, err := d.Digest.PutOneOff(ctx, e, o, now)
	switch {
	case err != nil:
		return d.againTimes(w, r, err)
	case !made:
		done = "once-same"
	case twice:
		done = "once-twice"
	}
	if made {
		if err := d.note(r, "one-off", e.Slug, o.Words(e.Schedule)); err != nil {
			return err
		}
	}
	return d.back(w, r, "/desk/times/"+e.Slug, done)
}

// takeBackTime undoes what was set for a single run, before anything came of it.
func (d *Desk) takeBackTime(w http.ResponseWriter, r *http.Request) error {
	e, err := d.Digest.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		return err
	}
	o, err := d.Digest.TakeBack(r.Context(), e, number(r.PathValue("id")), session(r).Editor.Name, time.Now())
	switch {
	case errors.Is(err, digest.ErrNotFound): // taken back already, by somebody or by the same click
		return d.back(w, r, "/desk/times/"+e.Slug, "once-back")
	case err != nil:
		return d.againTimes(w, r, err)
	}
	if err := d.note(r, "one-off-back", e.Slug, o.Words(e.Schedule)); err != nil {
		return err
	}
	return d.back(w, r, "/desk/times/"+e.Slug, "once-back")
}

// againTimes shows the times as they are now, with what was typed and why it could not be
// taken.
func (d *Desk) againTimes(w http.ResponseWriter, r *http.Request, err error) error {
	var why *digest.OneOffError
	if !errors.As(err, &why) {
		return err
	}
	e, err := d.Digest.Edition(r.Context(), r.PathValue("edition"))
	if err != nil {
		return err
	}
	view := timesOf(e, time.Now())
	view.Form.Instead, view.Form.Why = number(r.PostFormValue("instead")), r.PostFormValue("why")
	if at := r.PostFormValue("at"); at != "" {
		view.Form.At = at
	}
	status := http.StatusUnprocessableEntity
	if why.By != "" { // somebody else was first
		status = http.StatusConflict
	}
	word := "times.wrong." + string(why.Code)
	return d.renderStatus(w, r, status, "times", d.Pages.Say(d.language(r), word, "at", why.At.Format("2006-01-02 15:04"), "name", why.By), view)
}
