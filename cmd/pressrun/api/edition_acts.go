package api

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
)

func (a *API) pauseEdition(c *call) (answer, error) { return a.setPaused(c, true) }

func (a *API) resumeEdition(c *call) (answer, error) { return a.setPaused(c, false) }

// setPaused keeps the schedule from sending an edition, or lets it again. Twice is the same
// as once.
func (a *API) setPaused(c *call, paused bool) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	if e.Paused != paused {
		e.Paused = paused
		if e, err = a.Digest.PutEdition(c.Context(), e, c.now); err != nil {
			return answer{}, err
		}
	}
	v := viewEdition(e)
	tag, err := tagOf(v)
	done := answer{body: v, etag: tag, act: "resume-edition", what: e.Slug}
	if paused {
		done.act = "pause-edition"
	}
	return done, err
}

// mostDays is how far back statistics and tried rules go.
const mostDays = 366

// replayEdition says what rules would have made of the past. Nothing is saved.
func (a *API) replayEdition(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	wanted := viewEdition(e)
	var v struct {
		Days  int    `json:"days"`
		Rules *rules `json:"rules"` // none: the present ones
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	if v.Days == 0 {
		v.Days = 14
	}
	if v.Days < 1 || v.Days > mostDays {
		return answer{}, wrongField.because("It is a number from 1 to %d.", mostDays).in("days")
	}
	if v.Rules != nil {
		wanted.Rules = *v.Rules
	}
	if e, err = wanted.into(e); err != nil {
		return answer{}, err
	}
	c.slow(time.Minute)
	found, err := publish.Replay(c.Context(), a.Digest, e, c.now.AddDate(0, 0, -v.Days))
	l := list[replayed]{Items: []replayed{}}
	for _, r := range found {
		l.Items = append(l.Items, replayed{r.ID, utc(r.Slot), r.Number, r.Stories, r.Would, r.Added, r.Removed, r.Skipped})
	}
	return answer{body: l}, err
}

// A replayed issue is what went out, and what would have under other rules.
type replayed struct {
	Issue   int64     `json:"issue"`
	Slot    time.Time `json:"slot"`
	Number  int       `json:"number,omitempty"` // none for one that was skipped
	Stories int       `json:"stories"`
	Would   int       `json:"would"`
	Added   []string  `json:"added"`   // headlines that would have been in
	Removed []string  `json:"removed"` // and those that would not
	Skipped string    `json:"skipped,omitempty"`
}

// keepsEditors refuses that a program takes part of the rule away that is to hold programs,
// too, or gives an edition times that lead round the editors.
func (a *API) keepsEditors(c *call, before, after digest.Edition) error {
	was, is := before.Approval, after.Approval
	if was.Four && (was.Minutes != is.Minutes || was.Silence != is.Silence || !is.Four || !slices.Equal(was.Editors, is.Editors)) {
		return needsEditor.because("Two editors must approve this edition's issues; who is asked, and when, is changed at the desk. Send approval as it is.").in("approval")
	}
	if before.ID == 0 || reflect.DeepEqual(viewEdition(before).Schedule, viewEdition(after).Schedule) {
		return nil
	}
	err := a.Digest.SchedulableByProgram(c.Context(), before, c.now)
	if errors.Is(err, digest.ErrFourEyes) || errors.Is(err, digest.ErrHeld) {
		return needsEditor.because("%s. When it goes out is changed at the desk; send schedule as it is.", capital(err)).in("schedule")
	}
	return err
}
