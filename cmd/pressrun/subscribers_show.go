package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/subscribers"
)

func subscribersShowCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "show ADDRESS", Short: "Show everything that is known of a reader",
		Long: `Show everything that is known of a reader: subscriptions, what they agreed to and how we
know, whether the address must not be written to, and what became of their copies of the
last 20 issues and why. It answers, too, for an address that is no reader's any more.`,
		Example: "  pressrun subscribers show reader@example.org\n  pressrun subscribers show reader@example.org --json",
		Args:    exactly("the address of a reader"),
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
			suppressions, err := p.readers.Suppressions(ctx, address)
			if err != nil {
				return err
			}
			r, err := p.readers.Find(ctx, address)
			if errors.Is(err, subscribers.ErrNotFound) && len(suppressions) > 0 {
				r.Email, r.Suppressed, err = address.String(), true, nil
			}
			if errors.Is(err, subscribers.ErrNotFound) {
				return fmt.Errorf("nothing is known of %s; look for other spellings with `pressrun subscribers list --search`", address)
			} else if err != nil {
				return err
			}
			consents, err := p.readers.Consents(ctx, r.ID)
			if err != nil {
				return err
			}
			history, err := p.history(ctx, r, suppressions, consents)
			if err != nil {
				return err
			}
			view := fullReader(r, suppressions, consents)
			view.Deliveries = history
			return l.print(cmd.OutOrStdout(), view, func(w io.Writer) {
				readerTable(w, r, suppressions, consents)
				if len(history) > 0 {
					historyTable(w, history)
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

// A readerView is a reader as JSON.
type readerView struct {
	ID            int64              `json:"id"`
	Email         string             `json:"email"`
	Name          string             `json:"name"`
	Language      string             `json:"language"`
	Format        string             `json:"format"`
	Suppressed    bool               `json:"suppressed"`
	Created       *time.Time         `json:"created"`
	Subscriptions []subscriptionView `json:"subscriptions"`

	// Of show only.
	Suppressions []suppressionView `json:"suppressions,omitempty"`
	Consents     []consentView     `json:"consents,omitempty"`
	Deliveries   []deliveryView    `json:"deliveries,omitempty"`
}

type subscriptionView struct {
	Edition     string     `json:"edition"`
	State       string     `json:"state"`
	Created     *time.Time `json:"created"`
	Confirmed   *time.Time `json:"confirmed"`
	PausedUntil *time.Time `json:"paused_until"`
	Left        *time.Time `json:"left"`
}

type suppressionView struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Detail string    `json:"detail"`
}

type consentView struct {
	At       time.Time `json:"at"`
	Recorded time.Time `json:"recorded"`
	Edition  string    `json:"edition"`
	Act      string    `json:"act"`
	Method   string    `json:"method"`
	Evidence string    `json:"evidence"`
	Import   int64     `json:"import,omitempty"`
}

func viewReader(r subscribers.Reader) readerView {
	v := readerView{
		ID: r.ID, Email: r.Email, Name: r.Name, Language: r.Language, Format: string(r.Format),
		Suppressed: r.Suppressed, Created: known(r.Created), Subscriptions: []subscriptionView{},
	}
	for _, n := range r.Subscriptions {
		v.Subscriptions = append(v.Subscriptions, subscriptionView{
			Edition: n.Edition, State: string(n.State), Created: known(n.Created), Confirmed: known(n.Confirmed),
			PausedUntil: known(n.PausedUntil), Left: known(n.Left),
		})
	}
	return v
}

func fullReader(r subscribers.Reader, suppressions []subscribers.Suppression, consents []subscribers.Consent) readerView {
	v := viewReader(r)
	for _, s := range suppressions {
		v.Suppressions = append(v.Suppressions, suppressionView{string(s.Reason), s.At, s.Detail})
	}
	for _, c := range consents {
		v.Consents = append(v.Consents, consentView{c.At, c.Recorded, c.Edition, string(c.Act), string(c.Method), c.Evidence, c.ImportID})
	}
	return v
}

func readerTable(w io.Writer, r subscribers.Reader, suppressions []subscribers.Suppression, consents []subscribers.Consent) {
	row(w, "Address", r.Email)
	if r.ID != 0 {
		row(w, "Name", dash(r.Name))
		row(w, "Language", dash(r.Language))
		row(w, "Format", r.Format)
		row(w, "ID", r.ID)
		row(w, "Known since", minute(r.Created))
	} else {
		row(w, "", "no reader; the address is remembered so that nobody adds it again")
	}
	for _, s := range suppressions {
		row(w, "Not written to", fmt.Sprintf("since %s: %s. %s", minute(s.At), suppressionInWords(s.Reason), s.Detail))
	}
	if len(r.Subscriptions) > 0 {
		fmt.Fprintln(w)
		row(w, "EDITION", "STATE", "SINCE", "CONFIRMED", "LEFT")
		for _, n := range r.Subscriptions {
			row(w, n.Edition, n.State, minute(n.Created), minute(n.Confirmed), minute(n.Left))
		}
	}
	if len(consents) > 0 {
		fmt.Fprintln(w)
		row(w, "WHEN", "EDITION", "ACT", "HOW", "RECORDED", "EVIDENCE")
		for _, c := range consents {
			row(w, minute(c.At), c.Edition, c.Act, c.Method, minute(c.Recorded), dash(c.Evidence))
		}
	}
}

// subscriptionsInWords returns "daily confirmed, weekly unsubscribed".
func subscriptionsInWords(r subscribers.Reader) string {
	var all []string
	for _, n := range r.Subscriptions {
		all = append(all, n.Edition+" "+string(n.State))
	}
	words := strings.Join(all, ", ")
	if r.Suppressed {
		words += " (not written to)"
	}
	return strings.TrimSpace(words)
}
