package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
)

// deliver runs a sender while post hands an issue to the outbox, shows how it goes, and
// returns when nothing is due any more. Ctrl-C drains.
func (p *program) deliver(cmd *cobra.Command, post func(ctx context.Context, progress func(int)) (int64, error), total int64) error {
	ctx := cmd.Context()
	sender, err := p.sender()
	if err != nil {
		return err
	}
	bar := newBar(cmd.ErrOrStderr(), total, "sending")
	sender.OnOutcome = func(s outbox.State) {
		if s != outbox.Queued {
			bar.add(1)
		}
	}
	issueID, err := p.drain(ctx, sender, post)
	bar.finish()
	if err != nil && ctx.Err() != nil && issueID > 0 {
		return errors.New("interrupted while the issue was being written down; run the same command again, or `pressrun serve`, and it goes on: nobody is left out or gets it twice")
	}
	if err != nil {
		return err
	}
	return p.report(cmd, issueID, ctx.Err() != nil)
}

// drain sends while post writes the issue down, and returns when both are done.
func (p *program) drain(ctx context.Context, sender *outbox.Sender, post func(ctx context.Context, progress func(int)) (int64, error)) (issueID int64, err error) {
	drain := make(chan struct{})
	sender.Drain = drain
	sendCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	sent := make(chan error, 1)
	go func() { sent <- sender.Run(sendCtx) }()
	issueID, err = post(ctx, func(int) {})
	if err != nil {
		cancel()
		return issueID, errors.Join(err, <-sent)
	}
	close(drain)
	return issueID, p.await(sendCtx, issueID, sent, cancel)
}

// await waits for our sender to end. While another process is the one that sends, such as
// serve, ours waits for its turn in vain: then the issue is watched until it has no more
// to do for now.
func (p *program) await(ctx context.Context, issueID int64, sent <-chan error, stop func()) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	told := false
	for {
		select {
		case err := <-sent:
			return err
		case <-tick.C:
		}
		_, pid, held, err := p.db.Holder(ctx, "sender")
		if err != nil || !held || pid == os.Getpid() {
			continue // an error is our sender's to tell
		}
		if !told {
			told = true
			p.log.Warn("another process sends for this database; waiting for it", "pid", pid)
		}
		r, err := p.queue.Run(ctx, issueID)
		due := r.Counts[outbox.Queued]+r.Counts[outbox.Sending] > 0 || !r.NextDue.IsZero() && !r.NextDue.After(time.Now())
		if err == nil && (r.State != "running" || !due) {
			stop()
			return <-sent
		}
	}
}

const watchEvery = 300 * time.Millisecond

// report says what became of the issue, and fails when it is not done.
func (p *program) report(cmd *cobra.Command, issueID int64, interrupted bool) error {
	r, err := p.queue.Run(context.WithoutCancel(cmd.Context()), issueID)
	if err != nil {
		return err
	}
	issue, err := p.digest.IssueByID(context.WithoutCancel(cmd.Context()), issueID)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "Issue %d of %s: %s prepared", issue.Number, r.Edition, number(r.Prepared))
	for _, s := range outbox.States {
		if n := r.Counts[s]; n > 0 {
			fmt.Fprintf(out, ", %s %s", number(n), s)
		}
	}
	fmt.Fprintln(out, ".")
	for _, s := range []outbox.State{outbox.Refused, outbox.Deferred, outbox.InDoubt} {
		if r.Counts[s] > 0 {
			fmt.Fprintf(out, "`pressrun status %d --state %s` lists them with what the server said.\n", issueID, stateWord(s))
			break
		}
	}
	switch {
	case r.State == "stopped":
		return fmt.Errorf("sending stopped, and no recipient is the worse for it: %s. Mend that, then run `pressrun send %s --resume`", r.Reason, r.Edition)
	case r.State == "paused" || r.State == "cancelled":
		return fmt.Errorf("the issue was %s meanwhile; `pressrun status %d` shows how far it came", r.State, issueID)
	case interrupted:
		return fmt.Errorf("interrupted; %s wait. `pressrun send %s` or `pressrun serve` goes on with them", plural(r.Open(), "mail", "mails"), r.Edition)
	case r.State == "finished" && r.Counts[outbox.InDoubt] > 0:
		fmt.Fprintf(out, "What is in doubt may have arrived, and is not sent again unless you say `pressrun issues resend %d`.\n", issueID)
	case r.Counts[outbox.InDoubt] > 0 || r.Open() > 0:
		fmt.Fprintf(out, "What is deferred or in doubt is tried again by `pressrun serve`, or by `pressrun send %s --resume`; see `pressrun status`.\n", r.Edition)
	}
	return nil
}

func (p *program) testEnvelope(l compose.Letter, to subscribers.Address) (*message.Envelope, error) {
	// A test has no delivery: its number is one that no delivery has.
	id := randomID()
	e, err := l.Message.For(message.Recipient{
		ID: id, Address: to.String(), Date: time.Now(), MessageID: p.sealer.MessageID(id), Return: p.sealer.Return(id),
	}, p.values(id, id))
	if err != nil {
		return nil, err
	}
	return e, p.signer.Sign(e)
}

// randomID returns a negative number.
func randomID() int64 {
	var b [8]byte
	rand.Read(b[:])
	return -1 - int64(binary.BigEndian.Uint64(b[:])&math.MaxInt64>>1)
}

// A bar shows how long work goes: a progress bar on a terminal, elsewhere a line every
// few seconds.
type bar struct {
	bar   *progressbar.ProgressBar
	out   io.Writer
	what  string
	total int64
	done  int64
	begun time.Time
	last  time.Time // that the rate or a line was written
}

const (
	lineEvery = 5 * time.Second
	rateEvery = time.Second // a rate of less than that is chance
)

func newBar(out io.Writer, total int64, what string) *bar {
	b := &bar{out: out, what: what, total: total, begun: time.Now(), last: time.Now()}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	return b
}

// add is called by one goroutine.
func (b *bar) add(n int64) {
	b.done += n
	now := time.Now()
	if b.bar != nil {
		if now.Sub(b.last) >= rateEvery {
			b.last = now
			b.bar.Describe(fmt.Sprintf("%s, %s a second", b.what, number(int64(float64(b.done)/now.Sub(b.begun).Seconds()))))
		}
		_ = b.bar.Set64(min(b.done, b.total))
		return
	}
	if now.Sub(b.last) >= lineEvery {
		b.last = now
		fmt.Fprintf(b.out, "%s: %s of %s\n", b.what, number(b.done), number(b.total))
	}
}

func (b *bar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}
