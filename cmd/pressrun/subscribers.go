package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/subscribers"
)

func subscribersCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "subscribers", Short: "Readers: who gets which edition",
		Long: `Readers and their subscriptions. Whoever adds readers says where their consent comes
from; it is kept with each of them. A reader who left is never brought back by a command
or a file: only they can come back, with the preferences link at the foot of any issue
they got.`,
		Example: `  pressrun subscribers import readers.csv --edition daily --evidence "signed up on paper.example" --dry-run
  pressrun subscribers undo 3
  pressrun subscribers show reader@example.org
  pressrun subscribers why reader@example.org 12
  pressrun subscribers unsubscribe reader@example.org --all`,
	}, subscribersAddCommand(a), subscribersImportCommand(a), subscribersImportsCommand(a), subscribersUndoCommand(a),
		subscribersExportCommand(a), subscribersListCommand(a), subscribersShowCommand(a), subscribersWhyCommand(a),
		subscribersUnsubscribeCommand(a), subscribersSuppressCommand(a), subscribersEraseCommand(a))
}

// editionFlag gives a command the flag --edition.
func editionFlag(a *app, cmd *cobra.Command, value *string, usage string) {
	cmd.Flags().StringVarP(value, "edition", "e", "", usage)
	_ = cmd.RegisterFlagCompletionFunc("edition", a.completeEditionFlag) // the flag is there
}

// subscription says to which edition readers are added, and why that is allowed.
type subscription struct {
	edition, evidence string
}

func (s *subscription) flags(a *app, cmd *cobra.Command) {
	editionFlag(a, cmd, &s.edition, "`EDITION` they subscribe to")
	cmd.Flags().StringVar(&s.evidence, "evidence", "", "where their consent comes from, in your `WORDS`; kept with it")
}

func (s *subscription) check() error {
	if s.edition == "" {
		return usagef("say to which edition with --edition, such as --edition daily")
	}
	if s.evidence == "" {
		return usagef(`say where the consent comes from with --evidence, such as --evidence "signed up on paper.example in 2026"`)
	}
	return nil
}

// addressOf reads an argument; one that is no address is wrong usage.
func addressOf(arg string) (subscribers.Address, error) {
	address, err := subscribers.ParseAddress(arg)
	if err != nil {
		return address, usagef("%q: %w", arg, err)
	}
	return address, nil
}

func subscribersAddCommand(a *app) *cobra.Command {
	var to subscription
	var n subscribers.NewSubscriber
	cmd := &cobra.Command{
		Use: "add ADDRESS", Short: "Add one reader",
		Long: `Add one reader to an edition, as confirmed on your word. A reader who left, whose mail
came back or who reported it as spam is not added; one who left can come back with the
preferences link at the foot of any issue they got.`,
		Example: `  pressrun subscribers add me@paper.example --edition daily --evidence "my own address"
  pressrun subscribers add mona@example.org -e daily --name "Mona Haddad" --language ar --evidence "asked by letter, 3 May"`,
		Args: exactly("the address of a reader"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			var err error
			if err = to.check(); err != nil {
				return err
			}
			if n.Address, err = addressOf(args[0]); err != nil {
				return err
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.edition(ctx, to.edition)
			if err != nil {
				return err
			}
			_, err = p.readers.Add(ctx, n, e.Slug, to.evidence, time.Now())
			if err != nil {
				return whyNotAdded(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s gets %s from its next issue on.\n", n.Address, e.Name)
			return nil
		},
	}
	to.flags(a, cmd)
	cmd.Flags().StringVar(&n.Name, "name", "", "the reader's `NAME`")
	cmd.Flags().StringVar(&n.Language, "language", "", "language `TAG` the reader wants (default the edition's first)")
	return cmd
}

// whyNotAdded adds to the reason what there is to do about it.
func whyNotAdded(err error) error {
	no, ok := errors.AsType[*subscribers.NotAdded](err)
	if !ok {
		return err
	}
	then := fmt.Sprintf("so the address is not added; `pressrun subscribers show %s` tells more", no.Email)
	switch no.Why {
	case subscribers.SkipSubscribed:
		then = "nothing changes"
	case subscribers.SkipLeft, subscribers.SkipLeftAll:
		then = "only they can come back: with the preferences link at the foot of any issue they got, or by signing up on the site"
	case subscribers.SkipBounced, subscribers.SkipComplained, subscribers.SkipErased:
		then = "only they can come back, by signing up on the site and confirming it"
	case subscribers.SkipOperator:
		then = fmt.Sprintf("the reason stands in `pressrun subscribers show %s`", no.Email)
	}
	return fmt.Errorf("%s %s; %s", no.Email, no.Why, then)
}

func subscribersListCommand(a *app) *cobra.Command {
	var l listing
	var f subscribers.Filter
	var state string
	cmd := &cobra.Command{
		Use: "list", Short: "List readers", Args: atMost(0),
		Example: `  pressrun subscribers list --edition daily --state unsubscribed
  pressrun subscribers list --search example.org --limit 20
  pressrun subscribers list --after 100      the page after the reader with ID 100`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if f.State = subscribers.State(state); !isState(f.State) {
				return usagef("--state %q is not known; write pending, confirmed, paused or unsubscribed", state)
			}
			if f.Limit < 1 || f.Limit > 10_000 {
				return usagef("--limit is %d; write a number from 1 to 10000, and get the next page with --after", f.Limit)
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			if f.Edition != "" {
				if _, err := p.edition(ctx, f.Edition); err != nil {
					return err
				}
			}
			page, err := p.readers.List(ctx, f)
			if err != nil {
				return err
			}
			return printReaders(cmd.OutOrStdout(), &l, page, f.Limit)
		},
	}
	editionFlag(a, cmd, &f.Edition, "those with a subscription of this `EDITION`")
	cmd.Flags().StringVar(&state, "state", "", "those with a subscription in this `STATE`: pending, confirmed, paused or unsubscribed")
	cmd.Flags().StringVar(&f.Search, "search", "", "those with this `TEXT` in their address or name")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most this `NUMBER`")
	cmd.Flags().Int64Var(&f.After, "after", 0, "those after the reader with this `ID`")
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions([]string{"pending", "confirmed", "paused", "unsubscribed"}, cobra.ShellCompDirectiveNoFileComp))
	l.flag(cmd)
	return cmd
}

// isState reports whether readers can be asked for by it; "" asks for all.
func isState(s subscribers.State) bool {
	switch s {
	case "", subscribers.Pending, subscribers.Confirmed, subscribers.Paused, subscribers.Unsubscribed:
		return true
	}
	return false
}

func printReaders(out io.Writer, l *listing, page []subscribers.Reader, limit int) error {
	if l.json {
		views := []readerView{}
		for _, r := range page {
			views = append(views, viewReader(r))
		}
		return l.print(out, views, nil)
	}
	if len(page) == 0 {
		fmt.Fprintln(out, "There are no such readers.")
		return nil
	}
	err := l.print(out, nil, func(w io.Writer) {
		row(w, "ID", "ADDRESS", "NAME", "LANGUAGE", "SUBSCRIPTIONS")
		for _, r := range page {
			row(w, r.ID, r.Email, dash(clip(r.Name, 30)), dash(r.Language), dash(subscriptionsInWords(r)))
		}
	})
	if len(page) == limit {
		fmt.Fprintf(out, "There may be more: add --after %d.\n", page[len(page)-1].ID)
	}
	return err
}

func subscribersUnsubscribeCommand(a *app) *cobra.Command {
	var edition string
	var all bool
	cmd := &cobra.Command{
		Use: "unsubscribe ADDRESS", Short: "End a reader's subscription",
		Long: `End a reader's subscription of one edition, or of all, because they asked you. It holds
for later imports too, and with --all for editions to come.`,
		Example: `  pressrun subscribers unsubscribe reader@example.org --edition daily
  pressrun subscribers unsubscribe reader@example.org --all`,
		Args: exactly("the address of a reader"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (edition != "") {
				return usagef("say from what: --edition EDITION, or --all")
			}
			address, err := addressOf(args[0])
			if err != nil {
				return err
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if edition != "" {
				if _, err := p.edition(cmd.Context(), edition); err != nil {
					return err
				}
			}
			done, err := p.unsubscribe(cmd.Context(), address, edition, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), done)
			return nil
		},
	}
	editionFlag(a, cmd, &edition, "the `EDITION` they leave")
	cmd.Flags().BoolVar(&all, "all", false, "they leave all editions")
	return cmd
}

// unsubscribe ends the reader's subscription of an edition, or all for "", and says what
// it did.
func (p *program) unsubscribe(ctx context.Context, address subscribers.Address, edition string, now time.Time) (done string, err error) {
	r, err := p.readers.Find(ctx, address)
	if errors.Is(err, subscribers.ErrNotFound) {
		return "", fmt.Errorf("%s is no reader; check how it is written, or look with `pressrun subscribers list --search`", address)
	} else if err != nil {
		return "", err
	}
	if edition == "" {
		err := p.readers.UnsubscribeAll(ctx, r.ID, subscribers.MethodOperator, now)
		return fmt.Sprintf("%s gets no edition any more, and no import brings the address back.", r.Email), err
	}
	for _, n := range r.Subscriptions {
		switch {
		case n.Edition != edition:
		case n.State == subscribers.Unsubscribed:
			return fmt.Sprintf("%s has left %s already; nothing changes.", r.Email, edition), nil
		default:
			_, err := p.readers.Unsubscribe(ctx, n.ID, subscribers.MethodOperator, now)
			return fmt.Sprintf("%s does not get %s any more.", r.Email, edition), err
		}
	}
	return "", fmt.Errorf("%s has no subscription of %s; `pressrun subscribers show %s` tells which there are", r.Email, edition, r.Email)
}
