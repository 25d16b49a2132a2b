package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/digest"
)

func subscribersWhyCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "why ADDRESS ISSUE", Short: "Tell why a reader got an issue, or did not",
		Long: `Tell what became of a reader's copy of an issue, in the words of the server that took or
refused it; and if there was no copy, why: they had left, paused or not yet subscribed, the
address is not written to, or they want mail less often.

ISSUE is the number that "pressrun status" lists, or the edition with the number that
readers see, such as daily/12.`,
		Example: `  pressrun subscribers why reader@example.org 12
  pressrun subscribers why reader@example.org daily/7`,
		Args: exactly("the address of a reader", "an ISSUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			address, err := addressOf(args[0])
			if err != nil {
				return err
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			issue, err := p.issueOf(ctx, args[1])
			if err != nil {
				return err
			}
			d, err := p.dossier(ctx, address, mostCopies)
			if err != nil {
				return err
			}
			v, err := p.why(ctx, &d, issue)
			if err != nil {
				return err
			}
			return l.print(cmd.OutOrStdout(), v, func(w io.Writer) { whyTable(w, &d, v) })
		},
	}
	l.flag(cmd)
	return cmd
}

// issueOf finds an issue by its ID, or by its edition and number: daily/12.
func (p *program) issueOf(ctx context.Context, arg string) (i digest.Issue, err error) {
	edition, number, named := strings.Cut(arg, "/")
	if !named {
		number = arg
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 {
		return i, usagef("%q is no issue; write its number as `pressrun status` lists it, or as in daily/12", arg)
	}
	if !named {
		i, err = p.digest.IssueByID(ctx, int64(n))
	} else {
		if _, err := p.edition(ctx, edition); err != nil {
			return i, err
		}
		i, err = p.digest.Issue(ctx, edition, n)
	}
	if errors.Is(err, digest.ErrNotFound) {
		return i, fmt.Errorf("there is no issue %s; `pressrun status` lists them", arg)
	}
	return i, err
}

// why returns what became of a reader's copy of an issue.
func (p *program) why(ctx context.Context, d *desk.Dossier, i digest.Issue) (deliveryView, error) {
	zones, err := p.zones(ctx)
	if err != nil {
		return deliveryView{}, err
	}
	o, err := p.records().Outcome(ctx, d, i)
	return viewOutcome(o, zones), err
}

func whyTable(w io.Writer, d *desk.Dossier, v deliveryView) {
	row(w, "Reader", d.Email)
	row(w, "Issue", fmt.Sprintf("%d: %s, number %d, due %s", v.Issue, v.Edition, v.Number, clock(&v.due, v.due.Location())))
	row(w, "Outcome", v.State)
	row(w, "Why", dash(v.why))
	if v.Attempts > 0 {
		row(w, "Attempts", fmt.Sprintf("%d, the last on %s", v.Attempts, clock(v.Tried, v.due.Location())))
	}
	if v.Next != nil {
		row(w, "Next", clock(v.Next, v.due.Location()))
	}
	if n, ok := d.Subscription(v.Edition); ok {
		row(w, "Now", fmt.Sprintf("%s, %s", n.State, choicesInWords(n.Choices)))
	}
}
