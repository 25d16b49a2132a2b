package desk

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/templates"
)

const (
	bad  = "bad"
	warn = "warn"

	// Sources are asked every few minutes: after so long nobody asks them.
	quietAfter = 2 * time.Hour
	// What was not sent is not to be overlooked for so long.
	skippedFor = 36 * time.Hour
)

// A checklist gathers what wants to be looked after, and what is well. What is red says what
// to do about it.
type checklist struct {
	checks []templates.DeskCheck
	well   []templates.DeskPhrase
	kept   bool // somebody keeps the schedule
}

// result puts what is wrong before what is to be noted.
func (c *checklist) result() ([]templates.DeskCheck, []templates.DeskPhrase) {
	slices.SortStableFunc(c.checks, func(a, b templates.DeskCheck) int { return cmp.Compare(a.State, b.State) })
	return c.checks, c.well
}

func (c *checklist) add(state, word, path, detail string, pairs ...string) {
	c.checks = append(c.checks, templates.DeskCheck{
		State: state, What: templates.DeskPhrase{Word: word, Pairs: pairs}, Do: templates.DeskPhrase{Word: word + ".do"}, Path: path, Detail: detail,
	})
}

// editions comes after room, which knows whether somebody keeps their schedules.
func (c *checklist) editions(all []digest.Edition, now time.Time) {
	if len(all) == 0 {
		c.add(bad, "check.editions", "", "")
		return
	}
	var scheduled int64
	for _, e := range all {
		if !e.Paused && len(e.Schedule.Next(now, 1)) > 0 {
			scheduled++
		}
	}
	if scheduled > 0 && c.kept {
		c.well = append(c.well, templates.DeskPhrase{Word: "well.editions", Counted: true, N: scheduled})
	}
}

func (c *checklist) sources(all []digest.Source, now time.Time) {
	var asked time.Time
	var failing bool
	var polled int64
	for _, s := range all {
		if s.Kind == digest.SourceHanded { // nobody asks it
			continue
		}
		polled++
		if s.FetchedAt.After(asked) {
			asked = s.FetchedAt
		}
		switch {
		case s.Failures > 0:
			failing = true
			c.failing(s)
		case s.FetchedAt.IsZero():
			failing = true
			c.add(warn, "check.source.never", "", "", "name", nameOf(s))
		}
	}
	switch {
	case len(all) == 0:
		c.add(bad, "check.sources", "", "")
	case polled == 0:
	case !asked.IsZero() && now.Sub(asked) > quietAfter:
		c.add(bad, "check.quiet", "", "")
		c.checks[len(c.checks)-1].What.At = asked
	case !failing:
		c.well = append(c.well, templates.DeskPhrase{Word: "well.sources", Counted: true, N: polled, At: asked})
	}
}

func (c *checklist) failing(s digest.Source) {
	check := templates.DeskCheck{
		State:  warn,
		What:   templates.DeskPhrase{Word: "check.source", Counted: true, N: int64(s.Failures), Pairs: []string{"name", nameOf(s)}},
		Do:     templates.DeskPhrase{Word: "check.source.do", At: s.NextAt},
		Detail: s.Error, Path: "/desk/sources",
	}
	if s.Health() == digest.HealthBroken {
		check.State = bad
	}
	if s.NextAt.IsZero() {
		check.Do.Word = "check.source.do.soon"
	}
	c.checks = append(c.checks, check)
}

// nameOf is what people call a source.
func nameOf(s digest.Source) string { return cmp.Or(s.Title, s.URL) }

// room checks that a process does what only one may do: "scheduler" or "sender".
func (c *checklist) room(name, host string, held bool) {
	if !held {
		c.add(bad, "check."+name, "", "")
		return
	}
	c.kept = c.kept || name == "scheduler"
	c.well = append(c.well, templates.DeskPhrase{Word: "well." + name, Pairs: []string{"host", host}})
}

// issues looks at those that were not sent, of each edition at the latest only.
func (c *checklist) issues(latest []digest.Issue, named editionsBySlug, now time.Time) {
	seen := map[string]bool{}
	for _, issue := range latest {
		if seen[issue.Edition] {
			continue
		}
		seen[issue.Edition] = true
		name, number := named.of(issue.Edition).Name, strconv.Itoa(issue.Number)
		switch {
		case issue.State == digest.IssueFrozen:
			c.add(warn, "check.frozen", "", "", "edition", name, "number", number)
		case issue.State == digest.IssuePosted:
		case now.Sub(issue.Slot) < skippedFor:
			word := "check.skipped"
			if issue.State != digest.IssueSkipped {
				word = "check.held"
			}
			c.add(warn, word, "", issue.Reason, "edition", name)
			c.checks[len(c.checks)-1].What.At = issue.Slot
		}
	}
}

// run looks at an issue with work left.
func (c *checklist) run(run outbox.Run, issue digest.Issue, named editionsBySlug) {
	if run.State != "stopped" && run.State != "paused" {
		return
	}
	state := warn
	if run.State == "stopped" {
		state = bad
	}
	c.add(state, "check."+run.State, "/desk/run/"+strconv.FormatInt(issue.ID, 10), run.Reason,
		"edition", named.of(issue.Edition).Name, "number", strconv.Itoa(issue.Number))
}
