package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/spf13/cobra"
)

func issuesCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "issues", Short: "Pause, resume, resend or cancel an issue",
		Long: `Steer an issue that is being sent, also while serve or send is at it in another
process. ISSUE is the ID that status shows. What is under way when the word comes is
finished; nothing else goes out.`,
		Example: "  pressrun issues pause 12\n  pressrun issues resume 12\n  pressrun issues cancel 12",
	},
		a.steer("pause", "Let an issue wait", func(ctx context.Context, p *program, id int64) (string, error) {
			return "It waits. `pressrun issues resume` lets it go on.", p.queue.Pause(ctx, id, "paused by hand")
		}),
		a.steer("resume", "Let a paused or stopped issue go on", func(ctx context.Context, p *program, id int64) (string, error) {
			return "`pressrun serve` goes on with it, or `pressrun send EDITION --resume` now.", p.queue.Resume(ctx, id)
		}),
		a.steer("resend", "Send again what is in doubt", func(ctx context.Context, p *program, id int64) (string, error) {
			n, err := p.queue.Resend(ctx, id, time.Now())
			return fmt.Sprintf("%s may arrive twice, with the same Message-ID and the same bytes.", plural(n, "mail", "mails")), err
		}),
		a.steer("cancel", "End an issue for good", func(ctx context.Context, p *program, id int64) (string, error) {
			n, err := p.queue.Cancel(ctx, id, time.Now())
			return fmt.Sprintf("%s will not be sent.", plural(n, "mail", "mails")), err
		}),
	)
}

// steer returns a command that does something to one issue and then shows how it stands.
func (a *app) steer(name, short string, do func(ctx context.Context, p *program, id int64) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " ISSUE", Short: short, Example: "  pressrun issues " + name + " 12", Args: exactly("ISSUE"),
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
			said, err := do(cmd.Context(), p, id)
			if errors.Is(err, outbox.ErrNoRun) {
				return fmt.Errorf("issue %d was never handed to the outbox; `pressrun status` lists the issues", id)
			}
			if err != nil {
				return err
			}
			r, err := p.queue.Run(cmd.Context(), id)
			if err != nil {
				return err
			}
			state, err := p.stateOf(cmd.Context(), r)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Issue %d is %s with %s to go. %s\n", id, state, plural(r.Open(), "mail", "mails"), said)
			return nil
		},
	}
}
