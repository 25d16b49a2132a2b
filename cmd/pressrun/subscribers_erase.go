package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/subscribers"
)

func subscribersEraseCommand(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "erase ADDRESS", Short: "Forget a reader",
		Long: `Delete everything that is known of a reader, because they asked for it: subscriptions,
consent, choices, the address itself. What stays is a keyed hash, from which no address can
be read, and which keeps an import from bringing them back; they themselves can, by signing
up. Give them what you know first, if they want it: "pressrun subscribers show --everything".

It works for an address that is no reader's, too: then no import will add it. Backups and
the relay's own logs are yours to see to.`,
		Example: `  pressrun subscribers erase reader@example.org
  pressrun subscribers erase reader@example.org --yes       from a script`,
		Args: exactly("the address of a reader"),
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
			who := fmt.Sprintf("%s is no reader.", address)
			if r, err := p.readers.Find(ctx, address); err == nil {
				who = fmt.Sprintf("%s is a reader (%s).", r.Email, dash(subscriptionsInWords(r)))
			} else if !errors.Is(err, subscribers.ErrNotFound) {
				return err
			}
			if err := agree(cmd, who+" Forget the address for good?", yes); err != nil {
				return err
			}
			err = p.readers.EraseAddress(ctx, address, time.Now())
			if errors.Is(err, subscribers.ErrTraces) {
				return fmt.Errorf("%s is no reader any more and all that was kept about them is deleted, but the address still stands in other records: most likely in an answer of a mail server, which `pressrun status ISSUE --state refused` shows", address)
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Forgotten. No import brings the address back; its owner can, by signing up.")
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func subscribersSuppressCommand(a *app) *cobra.Command {
	var reason, note string
	cmd := &cobra.Command{
		Use: "suppress ADDRESS", Short: "Never write to an address",
		Long: `Never write to an address, whatever its subscriptions say, and keep imports from adding it.
It need not be a reader's. "operator", the usual reason, keeps its owner from signing up,
too; after "bounce" and "complaint", which a server or a provider told you in another way,
their own sign-up and confirmation brings them back. A complaint also ends all
subscriptions.`,
		Example: `  pressrun subscribers suppress trap@example.org --note "spam trap, says the provider"
  pressrun subscribers suppress reader@example.org --reason complaint --note "wrote to us, 3 May"`,
		Args: exactly("an address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			address, err := addressOf(args[0])
			if err != nil {
				return err
			}
			why := subscribers.Reason(reason)
			switch why {
			case subscribers.ReasonOperator, subscribers.ReasonBounce, subscribers.ReasonComplaint:
			default:
				return usagef("--reason %q is not known; write operator, bounce or complaint", reason)
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			known, err := p.readers.Suppressions(ctx, address)
			if err != nil {
				return err
			}
			for _, k := range known {
				if k.Reason == why {
					fmt.Fprintf(cmd.OutOrStdout(), "%s is not written to since %s already, because %s; nothing changes.\n", address, minute(k.At), suppressionInWords(k.Reason))
					return nil
				}
			}
			if err := p.readers.Suppress(ctx, address, why, note, time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is not written to any more, because %s.\n", address, suppressionInWords(why))
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", string(subscribers.ReasonOperator), "`REASON`: operator, bounce or complaint")
	cmd.Flags().StringVar(&note, "note", "", "a `NOTE` for whoever asks later")
	_ = cmd.RegisterFlagCompletionFunc("reason", cobra.FixedCompletions([]string{"operator", "bounce", "complaint"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
