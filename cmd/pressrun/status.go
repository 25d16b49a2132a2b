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

func statusCommand(a *app) *cobra.Command {
	var list listing
	var f deliveryFlags
	cmd := &cobra.Command{
		Use: "status [ISSUE]", Short: "Show the latest issues, or one in full",
		Long: `Show the latest issues of all editions with what became of their deliveries; skipped
ones with the reason. ISSUE is the ID in the first column: with it, the largest domains
and the relays are listed with what their attempts ended in, and every story with the
reason it is in or out; with --state the readers whose copies are
in that state, with what the server said last and when it is tried again.

Prepared is the sum of what follows it; OTHER are suppressed, cancelled, bounced and
complained. An issue that is waiting has work left, and nobody runs to do it.`,
		Example: `  pressrun status
  pressrun status 12
  pressrun status 12 --state refused
  pressrun status 12 --state in-doubt --limit 500 --after 2041
  pressrun status --json`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd, args); err != nil {
				return err
			}
			var id int64
			if len(args) > 0 {
				var err error
				if id, err = issueID(args[0]); err != nil {
					return err
				}
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			switch {
			case id == 0:
				return p.statusAll(cmd, list)
			case f.state != "":
				return p.statusDeliveries(cmd, list, id, f)
			}
			return p.statusOne(cmd, list, id)
		},
	}
	list.flag(cmd)
	f.register(cmd)
	return cmd
}

func issueID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, usagef("%q is not an issue's ID; `pressrun status` lists them", s)
	}
	return id, nil
}

// An issueStatus is an issue for people and for JSON.
type issueStatus struct {
	ID       int64            `json:"id"`
	Edition  string           `json:"edition"`
	Number   int              `json:"number"`
	Slot     time.Time        `json:"slot"`
	State    string           `json:"state"`
	Reason   string           `json:"reason,omitempty"`
	Prepared int64            `json:"prepared"`
	Counts   map[string]int64 `json:"deliveries,omitempty"`
	NextDue  *time.Time       `json:"next_due,omitempty"`
	Domains  []outbox.Part    `json:"domains,omitempty"`
	Relays   []outbox.Part    `json:"relays,omitempty"`
	Stories  []storyStatus    `json:"stories,omitempty"`
}

type storyStatus struct {
	Place  int    `json:"place,omitempty"`
	In     bool   `json:"in"`
	Title  string `json:"title"`
	URL    string `json:"url"`
	Reason string `json:"reason"`
}

func (p *program) status(ctx context.Context, i digest.Issue, z *time.Location) (issueStatus, error) {
	st := issueStatus{ID: i.ID, Edition: i.Edition, Number: i.Number, Slot: i.Slot.In(z), State: string(i.State), Reason: i.Reason, Counts: map[string]int64{}}
	for _, s := range i.Stories {
		st.Stories = append(st.Stories, storyStatus{s.Place, s.In, s.Title, s.URL, s.Reason.String()})
	}
	r, err := p.queue.Run(ctx, i.ID)
	if errors.Is(err, outbox.ErrNoRun) {
		return st, nil
	}
	if err != nil {
		return st, err
	}
	st.Prepared = r.Prepared
	if st.State, err = p.stateOf(ctx, r); err != nil {
		return st, err
	}
	if r.Reason != "" {
		st.Reason = r.Reason
	}
	for s, n := range r.Counts {
		if n > 0 {
			st.Counts[string(s)] = n
		}
	}
	if !r.NextDue.IsZero() {
		next := r.NextDue.In(z)
		st.NextDue = &next
	}
	return st, nil
}

// stateOf returns the state of a run, "waiting" for one that runs by the ledger but that
// no process is there to send.
func (p *program) stateOf(ctx context.Context, r outbox.Run) (string, error) {
	if r.State != "running" {
		return r.State, nil
	}
	if _, _, held, err := p.db.Holder(ctx, "sender"); err != nil || held {
		return r.State, err
	}
	return "waiting", nil
}

func (p *program) statusAll(cmd *cobra.Command, list listing) error {
	issues, err := p.digest.Runs(cmd.Context(), 20)
	if err != nil {
		return err
	}
	zones, err := p.zones(cmd.Context())
	if err != nil {
		return err
	}
	all := []issueStatus{}
	for _, i := range issues {
		st, err := p.status(cmd.Context(), i, zones.of(i.Edition))
		if err != nil {
			return err
		}
		all = append(all, st)
	}
	if len(all) == 0 && !list.json {
		fmt.Fprintln(cmd.OutOrStdout(), "No issue has been made yet. `pressrun preview EDITION` shows what would go out now.")
		return nil
	}
	return list.print(cmd.OutOrStdout(), all, func(w io.Writer) {
		row(w, "ID", "EDITION", "NO", "DUE", "STATE", "PREPARED", "SENT", "WAITING", "REFUSED", "IN DOUBT", "OTHER", "")
		for _, st := range all {
			c := st.Counts
			no := "–"
			if st.Number > 0 {
				no = fmt.Sprint(st.Number)
			}
			waiting := c["queued"] + c["sending"] + c["deferred"]
			other := c["suppressed"] + c["cancelled"] + c["bounced"] + c["complained"]
			row(w, st.ID, st.Edition, no, clock(&st.Slot, st.Slot.Location()), st.State, number(st.Prepared), number(c["sent"]),
				number(waiting), number(c["refused"]), number(c["in doubt"]), number(other), clip(st.Reason, 60))
		}
	})
}

func (p *program) statusOne(cmd *cobra.Command, list listing, id int64) error {
	i, err := p.digest.IssueByID(cmd.Context(), id)
	if errors.Is(err, digest.ErrNotFound) {
		return fmt.Errorf("there is no issue with ID %d; `pressrun status` lists them", id)
	}
	if err != nil {
		return err
	}
	zones, err := p.zones(cmd.Context())
	if err != nil {
		return err
	}
	st, err := p.status(cmd.Context(), i, zones.of(i.Edition))
	if err != nil {
		return err
	}
	if err := p.parts(cmd.Context(), &st); err != nil {
		return err
	}
	return list.print(cmd.OutOrStdout(), st, func(w io.Writer) {
		what, why := fmt.Sprintf("Issue %d", st.Number), ""
		if st.Number == 0 {
			what = "An issue"
		}
		if st.Reason != "" {
			why = " (" + st.Reason + ")"
		}
		fmt.Fprintf(w, "%s of %s, due %s: %s%s.\n\n", what, st.Edition, st.Slot.Format("Mon 2 Jan 2006 15:04 MST"), st.State, why)
		for _, s := range outbox.States {
			if n := st.Counts[string(s)]; n > 0 {
				row(w, s, number(n))
			}
		}
		if st.Prepared > 0 {
			row(w, "prepared", number(st.Prepared))
		}
		if st.NextDue != nil {
			row(w, "next attempt", st.NextDue.Format("2006-01-02 15:04:05 MST"))
		}
		listParts(w, "DOMAIN", st.Domains)
		listParts(w, "RELAY", st.Relays)
		fmt.Fprintln(w)
		listStories(w, i)
	})
}
