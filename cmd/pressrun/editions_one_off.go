package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
)

// howToSayWhen is the part of the help that is the same for all three commands.
const howToSayWhen = `WHEN is a time in the edition's zone: "2026-12-24 18:30", "18:30" for today, "tomorrow
07:00", "fri 07:00", or one with an offset of its own.`

func editionsOnceCommand(a *app) *cobra.Command {
	var instead, why string
	cmd := &cobra.Command{
		Use: "once SLUG WHEN", Short: "Have one issue go out at a time of its own",
		Long: `Have one issue of an edition go out at a time of its own, once: beside the schedule, or
with --instead in the place of a run, which is then left out. The program sends it like
any other: with the approval, the lateness and the catching up that the edition has.
` + howToSayWhen,
		Example: `  pressrun editions once daily "18:30" --why "election night"
  pressrun editions once daily "2026-12-24 12:00" --instead
  pressrun editions once daily "fri 09:00" --instead="fri 07:00"
  pressrun editions undo daily "18:30"`,
		Args: exactly("SLUG", "WHEN"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeRuns(cmd, args[0], func(p *program, e digest.Edition, now time.Time) error {
				at, twice, err := e.Schedule.Moment(args[1], now)
				if err != nil {
					return &usageError{err}
				}
				o := digest.OneOff{At: at, Why: why}
				if o.Instead, err = insteadOf(e, instead, now); err != nil {
					return err
				}
				if err := p.setOneOff(cmd, e, o, now); err != nil {
					return err
				}
				if twice {
					fmt.Fprintf(cmd.OutOrStdout(), "Clocks have %s twice that day: it goes out the first time, %s UTC.\n", at.Format("15:04"), at.UTC().Format("15:04"))
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&instead, "instead", "", "leave out the run of this `TIME`, the next one if none is given")
	cmd.Flags().Lookup("instead").NoOptDefVal = "next"
	cmd.Flags().StringVar(&why, "why", "", "`REASON` that the history shows")
	return cmd
}

// insteadOf reads the run that an issue stands in for, zero for none.
func insteadOf(e digest.Edition, text string, now time.Time) (time.Time, error) {
	switch text {
	case "":
		return time.Time{}, nil
	case "next":
		next := e.Schedule.Next(now, 1)
		if len(next) == 0 {
			return time.Time{}, fmt.Errorf("%s has no next run; leave --instead out", e.Slug)
		}
		return next[0], nil
	}
	at, _, err := e.Schedule.Moment(text, now)
	if err != nil {
		return at, &usageError{fmt.Errorf("--instead: %w", err)}
	}
	return at, nil
}

func editionsSkipCommand(a *app) *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "skip SLUG WHEN", Short: "Leave out a run, or those of a day",
		Long: `Leave out a run of an edition, or all those of a day: its stories wait for the next. To
leave out a date every year, or several, use ` + "`pressrun editions set SLUG --not-on`" + `.
` + howToSayWhen + ` Without a time of day
it is the whole day.`,
		Example: `  pressrun editions skip daily tomorrow --why "a day of mourning"
  pressrun editions skip daily 2026-12-25
  pressrun editions skip daily "2026-12-25 07:00"`,
		Args: exactly("SLUG", "WHEN"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeRuns(cmd, args[0], func(p *program, e digest.Edition, now time.Time) error {
				moments, err := runsOf(e, args[1], now)
				if err != nil {
					return err
				}
				for _, at := range moments {
					if err := p.setOneOff(cmd, e, digest.OneOff{Instead: at, Why: why}, now); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&why, "why", "", "`REASON` that the history shows")
	return cmd
}

// runsOf returns the moment that a text names, or those of a day at which the edition goes
// out.
func runsOf(e digest.Edition, text string, now time.Time) ([]time.Time, error) {
	at, _, err := e.Schedule.Moment(text, now)
	if err == nil {
		return []time.Time{at}, nil
	}
	day, ok := dayOf(e, text, now)
	if !ok {
		return nil, &usageError{err}
	}
	var all []time.Time
	for _, t := range e.Schedule.Next(maxTime(now, day), 1500) {
		if !sameDay(t, day) {
			break
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no run on %s that is still to come; `pressrun editions next %s` shows when it goes out", e.Slug, day.Format("Mon 2006-01-02"), e.Slug)
	}
	return all, nil
}

// dayOf reads a day alone, and returns the last moment before it.
func dayOf(e digest.Edition, text string, now time.Time) (time.Time, bool) {
	noon, _, err := e.Schedule.Moment(strings.TrimSpace(text)+" 12:00", now) // which no clock skips
	if err != nil {
		return noon, false
	}
	y, m, d := noon.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, noon.Location()), true
}

func maxTime(now, day time.Time) time.Time {
	if start := day.Add(-time.Second); start.After(now) {
		return start
	}
	return now
}

func sameDay(t, day time.Time) bool {
	const date = "2006-01-02"
	return t.In(day.Location()).Format(date) == day.Format(date)
}

func editionsUndoCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "undo SLUG WHEN", Short: "Take back what once or skip set",
		Long: `Take back what once or skip set for a time or a day, here or at the desk, before it is
due. WHEN is the time at which the issue was to go out, or that of the run left out.
` + howToSayWhen,
		Example: "  pressrun editions undo daily \"2026-12-24 18:30\"\n  pressrun editions undo daily tomorrow",
		Args:    exactly("SLUG", "WHEN"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.changeRuns(cmd, args[0], func(p *program, e digest.Edition, now time.Time) error {
				at, _, err := e.Schedule.Moment(args[1], now)
				is := func(t time.Time) bool { return t.Equal(at) }
				if day, ok := dayOf(e, args[1], now); err != nil && ok {
					is = func(t time.Time) bool { return sameDay(t, day) }
				} else if err != nil {
					return &usageError{err}
				}
				return p.takeBack(cmd, e, is, now)
			})
		},
	}
}

func (p *program) takeBack(cmd *cobra.Command, e digest.Edition, is func(time.Time) bool, now time.Time) error {
	pending := e.Schedule.Pending(now)
	found := slices.DeleteFunc(slices.Clone(pending), func(o digest.OneOff) bool { return !is(o.At) && !is(o.Instead) })
	if len(found) == 0 {
		var there []string
		for _, o := range pending {
			there = append(there, "  "+o.Words(e.Schedule))
		}
		if len(there) == 0 {
			return fmt.Errorf("nothing is set for single runs of %s", e.Slug)
		}
		return fmt.Errorf("nothing is set for that time; this is:\n%s", strings.Join(there, "\n"))
	}
	slices.SortFunc(found, func(a, b digest.OneOff) int { return cmp.Compare(b.ID, a.ID) }) // what was set on top of another goes first
	for _, o := range found {
		if _, err := p.digest.TakeBack(cmd.Context(), e, o.ID, handName(), now); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Taken back: %s.\n", o.Words(e.Schedule))
		if err := p.noteByHand(cmd.Context(), "one-off-back", e.Slug, o.Words(e.Schedule), now); err != nil {
			return err
		}
	}
	return nil
}

// changeRuns changes single runs of an edition, and shows its next ones.
func (a *app) changeRuns(cmd *cobra.Command, slug string, change func(*program, digest.Edition, time.Time) error) error {
	ctx, now := cmd.Context(), time.Now()
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	e, err := p.edition(ctx, slug)
	if err != nil {
		return err
	}
	if err := change(p, e, now); err != nil {
		return err
	}
	if e, err = p.edition(ctx, slug); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout())
	return printRuns(cmd.OutOrStdout(), e, simulate(e, now, 5))
}

// setOneOff saves a wish for a single run and says so.
func (p *program) setOneOff(cmd *cobra.Command, e digest.Edition, o digest.OneOff, now time.Time) error {
	o.Editor = handName()
	o, made, err := p.digest.PutOneOff(cmd.Context(), e, o, now)
	if err != nil {
		return withHint(err, e.Slug)
	}
	if !made {
		fmt.Fprintf(cmd.OutOrStdout(), "It is so already: %s.\n", o.Words(e.Schedule))
		return nil
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Set: %s.\n", o.Words(e.Schedule))
	return p.noteByHand(context.WithoutCancel(cmd.Context()), "one-off", e.Slug, o.Words(e.Schedule), now)
}

// withHint names the command that takes back what is in the way, or shows what there is.
func withHint(err error, slug string) error {
	var why *digest.OneOffError
	if !errors.As(err, &why) {
		return err
	}
	switch why.Code {
	case digest.OneOffGone, digest.OneOffTaken:
		return fmt.Errorf("%w (`pressrun editions undo` takes it back)", err)
	case digest.OneOffNoRun:
		return fmt.Errorf("%w; `pressrun editions next %s` shows those there are", err, slug)
	}
	return err
}
