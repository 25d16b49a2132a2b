package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
)

func editionsNextCommand(a *app) *cobra.Command {
	var l listing
	var count int
	var from string
	cmd := &cobra.Command{
		Use: "next SLUG", Short: "Show when an edition goes out next",
		Long: `Show when an edition goes out next, in its zone and in UTC. A time that clocks skip or
have twice on the day they change is marked, and so is a date on which the edition rests.`,
		Example: `  pressrun editions next daily
  pressrun editions next daily --from 2027-01-01 --count 400
  pressrun editions next daily --count 10 --from 2027-03-26`,
		Args: exactly("SLUG"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if count < 1 || count > 1000 {
				return usagef("--count is %d; write a number from 1 to 1000", count)
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.edition(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			after, err := parseTime(from, e)
			if err != nil {
				return err
			}
			runs := simulate(e, after, count)
			if l.json {
				return l.print(cmd.OutOrStdout(), runs, nil)
			}
			return printRuns(cmd.OutOrStdout(), e, runs)
		},
	}
	cmd.Flags().IntVarP(&count, "count", "n", 5, "`NUMBER` of runs")
	cmd.Flags().StringVar(&from, "from", "", "after this `TIME` in the edition's zone, such as \"2026-11-27 07:00\" (default now)")
	l.flag(cmd)
	return cmd
}

// printRuns says when an edition goes out, and shows runs of it.
func printRuns(out io.Writer, e digest.Edition, runs []runView) error {
	fmt.Fprintln(out, scheduleInWords(e))
	if len(runs) == 0 {
		return nil
	}
	if err := (&listing{}).print(out, nil, func(w io.Writer) { runTable(w, e, runs) }); err != nil {
		return err
	}
	if slices.ContainsFunc(runs, func(r runView) bool { return strings.HasPrefix(r.Note, "clocks") }) {
		fmt.Fprintln(out, "\n"+digest.ClockRule)
	}
	return nil
}

// A runView is one moment an edition goes out at.
type runView struct {
	At    time.Time `json:"at"`  // with the offset of the edition's zone
	UTC   time.Time `json:"utc"` // the same moment
	Local string    `json:"local"`
	Note  string    `json:"note"`
	Rests bool      `json:"rests,omitempty"` // it does not go out then; Note says why
}

// simulate returns the runs after a moment, those too at which the edition rests.
func simulate(e digest.Edition, after time.Time, n int) []runView {
	runs := []runView{}
	last := time.Time{}
	for _, r := range e.Schedule.Runs(after, n) {
		v := viewRun(e, r, last)
		runs = append(runs, v)
		last = v.At
	}
	return runs
}

// nextRuns returns the moments after the given one at which the edition goes out.
func nextRuns(e digest.Edition, after time.Time, n int) []runView {
	runs := []runView{}
	last := time.Time{}
	for _, t := range e.Schedule.Next(after, n) {
		run, _ := e.Schedule.RunAt(t)
		runs = append(runs, viewRun(e, run, last))
		last = runs[len(runs)-1].At
	}
	return runs
}

func viewRun(e digest.Edition, r digest.Run, last time.Time) runView {
	t := r.At.In(zone(e))
	v := runView{At: t, UTC: t.UTC(), Local: t.Format("Mon 2006-01-02 15:04 MST")}
	switch {
	case r.Rest != "":
		v.Note, v.Rests = "not sent: "+r.Rest, true
	case r.OneOff != nil:
		v.Note = oneOffNote(e, *r.OneOff)
	default:
		v.Note = clockNote(e.Schedule, last, t)
	}
	return v
}

// oneOffNote says how a run comes about that is none of the schedule's.
func oneOffNote(e digest.Edition, o digest.OneOff) string {
	note := "once, beside the schedule"
	if !o.Instead.IsZero() {
		note = "once, instead of " + o.Instead.In(zone(e)).Format("Mon 2 Jan 15:04")
	}
	note += ", set by " + o.Editor
	if o.Why != "" {
		note += ": " + o.Why
	}
	return note
}

func runTable(w io.Writer, e digest.Edition, runs []runView) {
	notUTC := func(r runView) bool { abbreviation, _ := r.At.Zone(); return abbreviation != "UTC" }
	if !slices.ContainsFunc(runs, notUTC) {
		row(w, zoneName(e), "")
		for _, r := range runs {
			row(w, r.Local, r.Note)
		}
		return
	}
	row(w, zoneName(e), "UTC", "")
	for _, r := range runs {
		row(w, r.Local, r.UTC.Format("Mon 2006-01-02 15:04"), r.Note)
	}
}

// clockNote says what a change of clocks does to the run at t, "" for nothing. last is the
// run before it, or zero.
func clockNote(s digest.Schedule, last, t time.Time) string {
	if wanted := wantedAt(s, t); !wanted.IsZero() && !wanted.Equal(clockOf(t)) {
		return fmt.Sprintf("clocks skip %s that day: it goes out at the first moment after", wanted.Format("15:04"))
	}
	_, offset := t.Zone()
	if _, end := t.ZoneBounds(); !end.IsZero() {
		_, next := end.Zone()
		if back := time.Duration(offset-next) * time.Second; back > 0 && !t.Add(back).Before(end) {
			return fmt.Sprintf("clocks have %s twice that day: it goes out the first time", t.Format("15:04"))
		}
	}
	if last.IsZero() {
		return ""
	}
	_, before := last.Zone()
	switch moved := time.Duration(offset-before) * time.Second; {
	case moved > 0:
		return fmt.Sprintf("clocks went forward: %s earlier in UTC than before", ageInWords(moved))
	case moved < 0:
		return fmt.Sprintf("clocks went back: %s later in UTC than before", ageInWords(-moved))
	}
	return ""
}

// widestSkip is more than clocks ever skip on a day of daylight saving.
const widestSkip = 3 * time.Hour

// wantedAt returns the clock's reading that the cron line asks for and that led to a run at
// t: as a rule that of t, an earlier one if clocks skipped it.
func wantedAt(s digest.Schedule, t time.Time) time.Time {
	readings := digest.Schedule{Cron: s.Cron} // in UTC, where clocks never change
	wall := clockOf(t)
	wanted := time.Time{}
	for _, r := range readings.Next(wall.Add(-widestSkip), int(widestSkip/time.Minute)) {
		if r.After(wall) {
			break
		}
		wanted = r
	}
	return wanted
}

// clockOf returns what the clock reads at t, as if it were in UTC.
func clockOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
