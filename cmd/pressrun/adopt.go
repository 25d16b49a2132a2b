package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func adoptCommand(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "adopt", Short: "Let a copied or restored database send from here",
		Long: `Let a database send that was copied here from another machine, or brought back from a
backup. Until then it starts paused: its mails may have been sent since it was copied, or
be sent elsewhere right now, and readers would get them twice.

Make sure first that no other Pressrun works with a copy of it. An issue that was under
way when the copy was made goes on from there; ` + "`pressrun status`" + ` shows it, and
` + "`pressrun issues cancel`" + ` ends it.`,
		Example: "  pressrun adopt",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			why, err := p.db.Copied(cmd.Context())
			if err != nil {
				return err
			}
			if why == "" {
				fmt.Fprintln(cmd.OutOrStdout(), "This database belongs here already; nothing changes.")
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "It does not send, because %s.\n", why)
			if err := confirm(cmd, "Does no other Pressrun work with a copy of it, and may it send from here?", yes); err != nil {
				return err
			}
			if err := p.db.Adopt(cmd.Context()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "It belongs here now. Start `pressrun serve` anew.")
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}
