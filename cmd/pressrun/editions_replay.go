package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
)

// A replayed issue is what an edition made of a day, and what it would have made of it.
type replayed struct {
	Slot    time.Time `json:"slot"`
	Number  int       `json:"number,omitempty"` // of the issue that went out, 0 for none
	Stories int       `json:"stories"`
	Would   int       `json:"would"`
	Added   []string  `json:"added"`   // headlines that would have been in
	Removed []string  `json:"removed"` // and those that would not
	Skipped string    `json:"skipped,omitempty"`
}

func editionsReplayCommand(a *app) *cobra.Command {
	var f editionFlags
	var l listing
	var days int
	var all bool
	cmd := &cobra.Command{
		Use: "replay EDITION", Short: "See what changed rules would have made of the last days",
		Long: `Make the issues of the last days once more under other rules, and compare them with those
that went out. Give the rules as flags, as for set; nothing is saved. Without any, the
present rules are compared with what went out. What editors changed by hand is not
repeated.`,
		Example: `  pressrun editions replay daily --max 6
  pressrun editions replay daily --days 7 --not-words horoscope --all`,
		Args: exactly("EDITION"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, now := cmd.Context(), time.Now()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.edition(ctx, args[0])
			if err != nil {
				return err
			}
			sources, err := p.digest.Sources(ctx)
			if err != nil {
				return err
			}
			if err := f.apply(cmd, &e, sources); err != nil {
				return err
			}
			runs, err := p.replay(cmd, e, now.AddDate(0, 0, -days))
			if err != nil {
				return err
			}
			if len(runs) == 0 && !l.json {
				fmt.Fprintf(cmd.OutOrStdout(), "%s had no issue in the last %s.\n", e.Slug, plural(days, "day", "days"))
				return nil
			}
			return l.print(cmd.OutOrStdout(), runs, func(w io.Writer) {
				row(w, "ISSUE", "WAS", "WOULD BE", "IN", "OUT")
				for _, r := range runs {
					row(w, localTime(r.Slot, e), r.Stories, r.Would, fmt.Sprintf("+%d", len(r.Added)), fmt.Sprintf("-%d", len(r.Removed)))
					if !all {
						continue
					}
					for _, title := range r.Added {
						row(w, "", "", "", "+", title)
					}
					for _, title := range r.Removed {
						row(w, "", "", "", "-", title)
					}
				}
			})
		},
	}
	f.register(cmd)
	l.flag(cmd)
	cmd.Flags().IntVar(&days, "days", 30, "how many `DAYS` to go back")
	cmd.Flags().BoolVar(&all, "all", false, "name the stories that come and go")
	return cmd
}

func localTime(t time.Time, e digest.Edition) string {
	return t.In(zone(e)).Format("Mon 2 Jan 2006 15:04")
}

// replay compares what went out since a moment with what e would have made of it.
func (p *program) replay(cmd *cobra.Command, e digest.Edition, since time.Time) ([]replayed, error) {
	ctx := cmd.Context()
	runs, err := p.digest.RunsSince(ctx, e.Slug, since)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	// What waited before the first of them may have been carried over into it.
	articles, err := p.digest.ArticlesSince(ctx, since.AddDate(0, 0, -3))
	if err != nil {
		return nil, err
	}
	var slots []time.Time
	for _, r := range runs {
		slots = append(slots, r.Created)
	}
	var all []replayed
	for i, sel := range digest.Replay(e, articles, slots) {
		issue, err := p.digest.IssueByID(ctx, runs[i].ID)
		if err != nil {
			return nil, err
		}
		was, would := map[int64]string{}, map[int64]string{}
		for _, st := range issue.Stories {
			if st.In {
				was[st.ID] = st.Title
			}
		}
		for _, st := range sel.In() {
			would[st.ID] = st.Title
		}
		all = append(all, replayed{
			Slot: runs[i].Slot, Number: runs[i].Number, Stories: len(was), Would: len(would), Skipped: sel.Skip,
			Added: missing(would, was), Removed: missing(was, would),
		})
	}
	return all, nil
}

// missing returns the headlines of a that b has not, by name.
func missing(a, b map[int64]string) []string {
	titles := []string{}
	for id, title := range a {
		if _, is := b[id]; !is {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	return titles
}
