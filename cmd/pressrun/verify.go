package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/spf13/cobra"
)

func verifyCommand(a *app) *cobra.Command {
	var list listing
	cmd := &cobra.Command{
		Use: "verify [ISSUE]", Short: "Count every delivery and check that none is missing",
		Long: `Count every delivery of an issue, or of all, and check that

  prepared = queued + sending + deferred + sent + refused + suppressed + cancelled + in doubt

(what bounced or brought a complaint was sent before), and that as many were taken by
domain and by relay. When it does not hold, the rows are listed and the exit code is 1. It
may run at any time, also while an issue is sent.`,
		Example: "  pressrun verify\n  pressrun verify 12",
		Args:    atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			var id int64
			if len(args) == 1 {
				if id, err = issueID(args[0]); err != nil {
					return err
				}
			}
			return p.verify(cmd, list, id)
		},
	}
	list.flag(cmd)
	return cmd
}

func (p *program) verify(cmd *cobra.Command, list listing, id int64) error {
	checked, faults, err := p.queue.Verify(cmd.Context(), id)
	if errors.Is(err, outbox.ErrNoRun) {
		return fmt.Errorf("issue %d was never handed to the outbox; `pressrun status` lists the issues", id)
	}
	if err != nil {
		return err
	}
	result := struct {
		Deliveries int64          `json:"deliveries"`
		Faults     []outbox.Fault `json:"faults"`
	}{checked, append([]outbox.Fault{}, faults...)}
	err = list.print(cmd.OutOrStdout(), result, func(w io.Writer) {
		for _, f := range faults {
			where := fmt.Sprintf("issue %d", f.IssueID)
			if f.Delivery > 0 {
				where += fmt.Sprintf(", delivery %d", f.Delivery)
			}
			fmt.Fprintf(w, "%s: %s\n", where, f.Text)
		}
		if len(faults) == 0 {
			fmt.Fprintf(w, "%s checked; every one is accounted for.\n", plural(checked, "delivery", "deliveries"))
		}
	})
	if err == nil && len(faults) > 0 {
		err = &silentError{errors.New("the ledger does not add up")}
	}
	return err
}
