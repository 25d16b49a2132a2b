package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/spf13/cobra"
)

func issuesCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "issues", Short: "An issue's stories; pull one, pause, resume, resend or cancel",
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
		a.stories(),
		a.clicksCommand(),
		a.pull(),
		a.steer("cancel", "End an issue for good", func(ctx context.Context, p *program, id int64) (string, error) {
			n, err := p.queue.Cancel(ctx, id, time.Now())
			return fmt.Sprintf("%s will not be sent.", plural(n, "mail", "mails")), err
		}),
	)
}

// pull returns the command that takes a story out.
func (a *app) pull() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "pull ISSUE STORY", Short: "Take a story out, also in mid-send",
		Long: `Take a story out of an issue. Readers who have not been served yet get the issue without
it, and so does the site; what went out already cannot be called back. STORY is the
number that ` + "`pressrun issues stories ISSUE`" + ` shows.`,
		Example: "  pressrun issues pull 12 3481 --why \"the court withdrew the report\"", Args: exactly("ISSUE", "STORY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := issueID(args[0])
			if err != nil {
				return err
			}
			story, err := strconv.ParseInt(args[1], 10, 64)
			if err != nil {
				return usagef("%q is no story; `pressrun issues stories %d` lists them", args[1], id)
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			issue, readers, err := p.publisher.Pull(cmd.Context(), id, story, digest.OneLine(why), time.Now())
			if errors.Is(err, digest.ErrNotFound) {
				return fmt.Errorf("issue %d has no story %d in it; `pressrun issues stories %d` lists them", id, story, id)
			}
			if err != nil {
				return err
			}
			left := 0
			for _, s := range issue.Stories {
				if s.In {
					left++
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Story %d is out of issue %d, which has %s left. %s still to come get it without.\n",
				story, id, plural(left, "story", "stories"), plural(readers, "mail", "mails"))
			return nil
		},
	}
	cmd.Flags().StringVar(&why, "why", "", "`REASON` to keep with the story")
	return cmd
}

// stories returns the command that lists what is in an issue and what is not, and why.
func (a *app) stories() *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "stories ISSUE", Short: "List an issue's stories, in and out, each with its reason",
		Example: "  pressrun issues stories 12", Args: exactly("ISSUE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, issue, err := a.openIssue(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer p.close()
			return l.print(cmd.OutOrStdout(), issue.Stories, func(w io.Writer) {
				row(w, "STORY", "REASON", "HEADLINE")
				for _, st := range issue.Stories {
					row(w, st.ID, st.Reason, st.Title)
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

// openIssue opens the program and finds an issue. The program is to be closed.
func (a *app) openIssue(ctx context.Context, number string) (*program, digest.Issue, error) {
	id, err := issueID(number)
	if err != nil {
		return nil, digest.Issue{}, err
	}
	p, err := a.open(ctx)
	if err != nil {
		return nil, digest.Issue{}, err
	}
	issue, err := p.digest.IssueByID(ctx, id)
	if errors.Is(err, digest.ErrNotFound) {
		err = fmt.Errorf("there is no issue %d; `pressrun status` lists them", id)
	}
	if err != nil {
		p.close()
	}
	return p, issue, err
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
