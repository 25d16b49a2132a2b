package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
)

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
			runs, err := publish.Replay(ctx, p.digest, e, now.AddDate(0, 0, -days))
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
