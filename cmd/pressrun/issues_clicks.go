package main

import (
	"errors"
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
	Unsure   int64  `json:"unsure"`
	Machines int64  `json:"machines"`
}

// clicksCommand returns the command that tells what was opened.
func (a *app) clicksCommand() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "clicks ISSUE", Short: "What readers opened of an issue, and nobody's name",
		Long: fmt.Sprintf(`List how often each story of an issue was opened from its letters, where the edition
counts it (`+"`pressrun editions set daily --clicks`"+`). A visitor of a day counts once for a
story. MACHINES are mail filters and other programs, UNSURE may be. Numbers of people
below %d are not told.`, click.Fewest),
		Example: "  pressrun issues clicks 12", Args: exactly("ISSUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := issueID(args[0])
			if err != nil {
				return err
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			issue, err := p.digest.IssueByID(cmd.Context(), id)
			if errors.Is(err, digest.ErrNotFound) {
				return fmt.Errorf("there is no issue %d; `pressrun status` lists them", id)
			}
			if err != nil {
				return err
			}
			report, err := p.clicks.Report(cmd.Context(), id)
			if err != nil {
				return err
			}
			lines := clickLines(issue, report)
			if len(lines) == 0 && !l.json {
				e, err := p.digest.Edition(cmd.Context(), issue.Edition)
				if err == nil && !e.Rules.Clicks {
					fmt.Fprintf(cmd.OutOrStdout(), "%s does not count what is opened; `pressrun editions set %s --clicks` changes that.\n", e.Name, e.Slug)
				} else {
					fmt.Fprintln(cmd.OutOrStdout(), "Nothing was opened yet.")
				}
				return err
			}
			return l.print(cmd.OutOrStdout(), lines, func(w io.Writer) {
				row(w, "PEOPLE", "UNSURE", "MACHINES", "PLACE", "HEADLINE")
				for _, c := range lines {
					people := fmt.Sprintf("under %d", click.Fewest)
					if c.People != nil {
						people = number(*c.People)
					}
					row(w, people, number(c.Unsure), number(c.Machines), c.Place, c.Title)
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
	stories := map[int64]digest.Story{}
	for _, s := range issue.Stories {
		stories[s.ID] = s
	}
	for _, c := range report.Stories {
		line := storyClicks{Story: c.Story, Title: stories[c.Story].Title, Place: stories[c.Story].Place, People: &c.People.N, Unsure: c.Unsure, Machines: c.Machines}
		if c.People.Few {
			line.People = nil
		}
		lines = append(lines, line)
	}
	return lines
}
