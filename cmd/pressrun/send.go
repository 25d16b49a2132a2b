package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/spf13/cobra"
)

type sendFlags struct {
	test    string
	testTo  *subscribers.Address // the address in test
	yes     bool
	dryRun  bool
	resume  bool
	verbose bool // list all stories
}

func sendCommand(a *app) *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use: "send EDITION", Short: "Send an issue now",
		Long: `Read the sources, pick, compose and send an issue of the edition to its readers now.
On a terminal it asks first, with the number of recipients. The stories that are in are
listed and the others counted by reason; --verbose lists them all.

Ctrl-C lets what is under way finish and keeps the rest; send or serve goes on with
it later. An issue that was begun is finished before a new one is made.`,
		Example: `  pressrun send daily --test me@paper.example
  pressrun send daily --dry-run
  pressrun send daily
  pressrun send daily --yes          from a script`,
		Args: exactly("EDITION"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			f.verbose = a.verbose
			return p.send(cmd, args[0], f)
		},
	}
	cmd.Flags().StringVar(&f.test, "test", "", "send one test mail to this `ADDRESS` and nothing to readers")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be sent to how many, and stop")
	cmd.Flags().BoolVar(&f.resume, "resume", false, "go on with an issue that was stopped; make no new one")
	return cmd
}

// check refuses flags that contradict each other, and a test for nobody: a script whose
// variable is empty must not mail all readers instead.
func (f *sendFlags) check(cmd *cobra.Command) error {
	test := cmd.Flags().Changed("test")
	if test && f.dryRun || test && f.resume || f.dryRun && f.resume {
		return usagef("say one of --test, --dry-run and --resume")
	}
	if !test {
		return nil
	}
	address, err := subscribers.ParseAddress(f.test)
	if err != nil {
		return usagef("--test: %w", err)
	}
	f.testTo = &address
	return nil
}

func (p *program) send(cmd *cobra.Command, slug string, f sendFlags) error {
	ctx := cmd.Context()
	e, err := p.edition(ctx, slug)
	if err != nil {
		return err
	}
	if !f.dryRun {
		if err := p.cfg.ReadyToSend(); err != nil {
			return err
		}
	}
	if f.testTo != nil {
		return p.sendTest(cmd, e, *f.testTo)
	}
	if !f.dryRun {
		if err := p.belongs(ctx); err != nil {
			return err
		}
	}
	open, err := p.unfinished(ctx, slug, f)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return p.goOn(cmd, open[0], f)
	}
	if f.resume {
		return fmt.Errorf("no issue of %s waits to be finished", slug)
	}
	if err := p.collectFor(cmd); err != nil {
		return err
	}
	draft, err := p.publisher.Draft(ctx, slug, time.Now(), false)
	if err != nil {
		return err
	}
	readers, err := p.readers.Count(ctx, slug)
	if err != nil {
		return err
	}
	if f.verbose {
		printStories(cmd.ErrOrStderr(), draft.Issue, func(digest.Story) bool { return true })
	} else {
		countStories(cmd.ErrOrStderr(), draft.Issue)
	}
	switch {
	case draft.Issue.State == digest.IssueSkipped:
		return p.skip(ctx, draft, f)
	case f.dryRun:
		for _, l := range draft.Letters {
			said := fmt.Sprintf("%s: “%s”, %s, about %s bytes a mail. %s", l.Language, l.Subject,
				plural(l.Stories, "story", "stories"), number(l.Message.Size()), l.Trims)
			fmt.Fprintln(cmd.OutOrStdout(), strings.TrimSpace(said))
		}
		fmt.Fprintf(cmd.OutOrStdout(), "It would go to %s. Nothing was sent, and no issue saved.\n", plural(readers, "reader", "readers"))
		return nil
	case readers == 0:
		return fmt.Errorf("%s has no readers yet; add some with `pressrun subscribers add` or `import`", slug)
	}
	question := fmt.Sprintf("Send issue %d of %s to %s now?", draft.Issue.Number, e.Name, plural(readers, "reader", "readers"))
	if err := confirm(cmd, question, f.yes); err != nil {
		return err
	}
	return p.deliver(cmd, func(ctx context.Context, progress func(int)) (int64, error) {
		slot, err := p.digest.SlotByHand(ctx, e, time.Now())
		if err != nil {
			return 0, err
		}
		issue, err := p.publisher.PublishNumber(ctx, slug, draft.Issue.Number, slot, time.Now(), progress)
		if err == nil && issue.State == digest.IssueSkipped {
			err = fmt.Errorf("the issue was skipped: %s", issue.Reason)
		}
		return issue.ID, err
	}, readers)
}

// collectFor reads the sources and warns of those that fail; the others still make an
// issue.
func (p *program) collectFor(cmd *cobra.Command) error {
	collections, err := p.publisher.Collect(cmd.Context(), time.Now())
	for _, c := range collections {
		if c.Err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s: %v\n", c.Source.URL, c.Err)
		}
	}
	return err
}

// skip writes down that there was too little to send, as the clock's runs do, and why.
func (p *program) skip(ctx context.Context, d publish.Draft, f sendFlags) error {
	if !f.dryRun {
		slot, err := p.digest.SlotByHand(ctx, d.Edition, time.Now())
		if err != nil {
			return err
		}
		seen := digest.Selection{Stories: d.Issue.Stories, Skip: d.Issue.Reason}
		if _, _, err := p.digest.CreateIssue(ctx, d.Edition, slot, seen, time.Now()); err != nil {
			return err
		}
	}
	return p.tooFew(ctx, d, "there is no issue to send")
}

// unfinished returns the runs of an edition that come before a new issue: those that were
// stopped or interrupted. Mails that only wait to be tried again do not keep the next
// issue back; they count with --resume. Unless it is a dry run, it first hands to the
// outbox what a crash kept from it.
func (p *program) unfinished(ctx context.Context, slug string, f sendFlags) (open []outbox.Run, err error) {
	if !f.dryRun {
		if err := p.publisher.Resume(ctx, slug, time.Now()); err != nil {
			return nil, err
		}
	}
	runs, err := p.queue.Unfinished(ctx)
	for _, r := range runs {
		begun := r.State != "running" || r.Counts[outbox.Queued]+r.Counts[outbox.Sending] > 0
		if r.Edition == slug && (begun || f.resume) {
			open = append(open, r)
		}
	}
	return open, err
}

// goOn finishes what was begun.
func (p *program) goOn(cmd *cobra.Command, r outbox.Run, f sendFlags) error {
	issue, err := p.digest.IssueByID(cmd.Context(), r.IssueID)
	if err != nil {
		return err
	}
	why := ""
	if r.Reason != "" {
		why = " (" + r.Reason + ")"
	}
	if r.State == "paused" && !f.resume && !f.dryRun { // somebody meant it: a mere --yes does not undo it
		return fmt.Errorf("issue %d of %s is paused; `pressrun send %s --resume` finishes it, `pressrun issues cancel %d` ends it", issue.Number, r.Edition, r.Edition, r.IssueID)
	}
	now, err := p.stateOf(cmd.Context(), r)
	if err != nil {
		return err
	}
	state := fmt.Sprintf("Issue %d of %s is %s%s with %s to go.", issue.Number, r.Edition, now, why, plural(r.Open(), "mail", "mails"))
	if f.dryRun {
		fmt.Fprintln(cmd.OutOrStdout(), state)
		return nil
	}
	if err := confirm(cmd, state+" Finish it now?", f.yes || f.resume); err != nil {
		return err
	}
	if r.State != "running" {
		if err := p.queue.Resume(cmd.Context(), r.IssueID); err != nil {
			return err
		}
	}
	err = p.deliver(cmd, func(context.Context, func(int)) (int64, error) { return r.IssueID, nil }, r.Open())
	if err == nil && !f.resume {
		fmt.Fprintf(cmd.OutOrStdout(), "That was an earlier issue; `pressrun send %s` makes the next one.\n", r.Edition)
	}
	return err
}

// confirm asks on a terminal. Elsewhere nobody can answer, so that --yes is needed.
func confirm(cmd *cobra.Command, question string, yes bool) error {
	if yes {
		return nil
	}
	if !isTerminal(os.Stdin) {
		return usagef("%s Nobody is there to answer; say --yes", question)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was sent")
}

// sendTest sends the issue that would go out now to one address, marked as a test.
func (p *program) sendTest(cmd *cobra.Command, e digest.Edition, to subscribers.Address) error {
	if err := p.collectFor(cmd); err != nil {
		return err
	}
	draft, err := p.publisher.Draft(cmd.Context(), e.Slug, time.Now(), true)
	if err != nil {
		return err
	}
	if draft.Issue.State == digest.IssueSkipped {
		return p.tooFew(cmd.Context(), draft, "there is no issue to test")
	}
	sender, err := p.sender()
	if err != nil {
		return err
	}
	for _, l := range draft.Letters {
		env, err := p.testEnvelope(l, to)
		if err != nil {
			return err
		}
		if err := outbox.SendOne(cmd.Context(), sender.Relay, env); err != nil {
			return fmt.Errorf("the test in %s did not go out: %w", l.Language, err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "Sent a test in %s to %s: “%s”\n", l.Language, to, l.Subject)
	}
	return nil
}
