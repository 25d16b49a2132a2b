package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/spf13/cobra"
)

// deliveryFlags choose a page of an issue's deliveries.
type deliveryFlags struct {
	word  string
	state outbox.State // what the word means
	limit int
	after int64
}

func (f *deliveryFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.word, "state", "", "list the deliveries of ISSUE in this `STATE`, such as refused, deferred or in-doubt")
	cmd.Flags().IntVar(&f.limit, "limit", 100, "with --state: at most this `NUMBER`")
	cmd.Flags().Int64Var(&f.after, "after", 0, "with --state: those after the reader with this `ID`")
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(stateWords(), cobra.ShellCompDirectiveNoFileComp))
}

// check reads the state and refuses what makes no sense without one.
func (f *deliveryFlags) check(cmd *cobra.Command, args []string) error {
	if f.word == "" {
		if cmd.Flags().Changed("state") || cmd.Flags().Changed("limit") || cmd.Flags().Changed("after") {
			return usagef("say which deliveries with --state, such as --state refused")
		}
		return nil
	}
	if len(args) == 0 {
		return usagef("--state needs an issue's ID, as in `pressrun status 12 --state %s`; `pressrun status` lists them", f.word)
	}
	for _, s := range outbox.States {
		if f.word == stateWord(s) || f.word == string(s) {
			f.state = s
		}
	}
	if f.state == "" {
		return usagef("--state %q is not known; write one of %s", f.word, strings.Join(stateWords(), ", "))
	}
	if f.limit < 1 || f.limit > 10_000 {
		return usagef("--limit is %d; write a number from 1 to 10000, and get the next page with --after", f.limit)
	}
	return nil
}

// stateWord returns a state as one word of a command line: "in-doubt".
func stateWord(s outbox.State) string { return strings.ReplaceAll(string(s), " ", "-") }

func stateWords() (words []string) {
	for _, s := range outbox.States {
		words = append(words, stateWord(s))
	}
	return words
}

// A deliveryView is a delivery for people and for JSON.
type deliveryView struct {
	Reader   int64      `json:"reader,omitempty"`
	Address  string     `json:"address,omitempty"`
	Issue    int64      `json:"issue"`
	Edition  string     `json:"edition,omitempty"`
	Number   int        `json:"number,omitempty"`
	State    string     `json:"state"`
	Attempts int        `json:"attempts"`
	Reason   string     `json:"reason"`
	Reply    string     `json:"reply"`
	Tried    *time.Time `json:"tried"`
	Next     *time.Time `json:"next"`

	why string
	due time.Time // the issue's, in its edition's zone
}

func viewDelivery(d outbox.Delivery) deliveryView {
	return deliveryView{
		Issue: d.IssueID, State: string(d.State), Attempts: d.Attempts, Reason: d.Reason, Reply: d.Said,
		Tried: known(d.Tried), Next: known(d.Next), why: d.Why(),
	}
}

// statusDeliveries lists the deliveries of an issue in one state.
func (p *program) statusDeliveries(cmd *cobra.Command, list listing, id int64, f deliveryFlags) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	r, err := p.queue.Run(ctx, id)
	if errors.Is(err, outbox.ErrNoRun) {
		return fmt.Errorf("issue %d was never handed to the outbox; `pressrun status` lists the issues", id)
	}
	if err != nil {
		return err
	}
	page, err := p.queue.Deliveries(ctx, id, f.state, f.after, f.limit)
	if err != nil {
		return err
	}
	zones, err := p.zones(ctx)
	if err != nil {
		return err
	}
	z := zones.of(r.Edition)
	views := []deliveryView{}
	for _, d := range page {
		v := viewDelivery(d)
		v.Reader = d.Subscriber
		reader, err := p.readers.Get(ctx, d.Subscriber)
		if err != nil && !errors.Is(err, subscribers.ErrNotFound) { // who was erased has no address
			return err
		}
		v.Address = reader.Email
		views = append(views, v)
	}
	if len(views) == 0 && !list.json {
		fmt.Fprintf(out, "No delivery of issue %d is %s.\n", id, f.state)
		return nil
	}
	err = list.print(out, views, func(w io.Writer) {
		row(w, "READER", "ADDRESS", "ATTEMPTS", "LAST", "NEXT", "WHY")
		for _, v := range views {
			row(w, v.Reader, dash(v.Address), v.Attempts, clock(v.Tried, z), clock(v.Next, z), dash(v.why))
		}
	})
	if len(views) == f.limit && !list.json {
		fmt.Fprintf(out, "There may be more: add --after %d.\n", views[len(views)-1].Reader)
	}
	return err
}
