package main

import (
	"fmt"
	"io"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/spf13/cobra"
)

// storyClicks is a line of `issues clicks`.
type storyClicks struct {
	Story    int64  `json:"story"`
	Title    string `json:"title"`
	Place    int    `json:"place"`
	People   *int64 `json:"people"` // null: some, and fewer than are told
	Unsure   *int64 `json:"unsure"` // likewise
	Machines int64  `json:"machines"`
}

// clicksCommand returns the command that tells what was opened.
func (a *app) clicksCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "clicks ISSUE", Short: "What readers opened of an issue, and nobody's name",
		Long: fmt.Sprintf(`List how often each story of an issue was opened from its letters, where the edition
counts it (`+"`pressrun editions set daily --clicks`"+`). A visitor of a day counts once for a
story. MACHINES are mail filters and other programs, UNSURE may be. Numbers of people,
and of those that may be, are not told below %d.`, click.Fewest),
		Example: "  pressrun issues clicks 12", Args: exactly("ISSUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, issue, err := a.openIssue(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer p.close()
			report, err := p.clicks.Report(cmd.Context(), issue.ID)
			if err != nil {
				return err
			}
			lines := clickLines(issue, report)
			if len(lines) == 0 && !l.json {
				said := "Nothing was opened yet."
				if !issue.Counted {
					said = "What is opened of this issue is not counted; `pressrun editions set " + issue.Edition + " --clicks` changes that for the next."
				}
				_, err := fmt.Fprintln(cmd.OutOrStdout(), said)
				return err
			}
			return l.print(cmd.OutOrStdout(), lines, func(w io.Writer) {
				row(w, "PEOPLE", "UNSURE", "MACHINES", "PLACE", "HEADLINE")
				for _, c := range lines {
					row(w, toldNumber(c.People), toldNumber(c.Unsure), number(c.Machines), c.Place, c.Title)
				}
				if half := report.Half(); half > 0 {
					fmt.Fprintf(w, "\nHalf of all openings came within %s of sending.\n", hoursOrSo(half))
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

// hoursOrSo writes how long it was in the unit that says enough, as the desk does.
func hoursOrSo(d time.Duration) string {
	switch {
	case d < time.Hour:
		return plural(int64(d/time.Minute), "minute", "minutes")
	case d < 24*time.Hour:
		return plural(int64(d/time.Hour), "hour", "hours")
	}
	return plural(int64(d/(24*time.Hour)), "day", "days")
}

func clickLines(issue digest.Issue, report click.Report) (lines []storyClicks) {
	for _, c := range report.Stories {
		s := issue.Story(c.Story)
		lines = append(lines, storyClicks{Story: c.Story, Title: s.Title, Place: s.Place, People: c.People.Told(), Unsure: c.Unsure.Told(), Machines: c.Machines})
	}
	return lines
}

// toldNumber is a number, or that it is too small to be told.
func toldNumber(n *int64) string {
	if n == nil {
		return fmt.Sprintf("under %d", click.Fewest)
	}
	return number(*n)
}
