package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/subscribers"
)

func subscribersShowCommand(a *app) *cobra.Command {
	var l listing
	var everything bool
	cmd := &cobra.Command{
		Use: "show ADDRESS", Short: "Show everything that is known of a reader",
		Long: `Show everything that is known of a reader: subscriptions and choices, what they agreed to
and how we know, whether the address must not be written to, and what became of their
copies of the last 20 issues and why. It answers, too, for an address that is no reader's
any more.

--everything prints every row that is kept, as JSON: what a reader has a right to get.`,
		Example: `  pressrun subscribers show reader@example.org
  pressrun subscribers show reader@example.org --json
  pressrun subscribers show reader@example.org --everything > for-the-reader.json`,
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
			d, err := p.dossier(ctx, address, mostCopies)
			if err != nil {
				return err
			}
			history, err := p.history(ctx, &d)
			if err != nil {
				return err
			}
			if everything {
				return p.printEverything(cmd, &d, history)
			}
			view := fullReader(d.Reader, d.Suppressions, d.Consents)
			view.Deliveries = history
			return l.print(cmd.OutOrStdout(), view, func(w io.Writer) {
				readerTable(w, d.Reader, d.Suppressions, d.Consents)
				choicesTable(w, &d)
				if len(history) > 0 {
					historyTable(w, history)
				}
			})
		},
	}
	cmd.Flags().BoolVar(&everything, "everything", false, "print every row that is kept, as JSON for the reader")
	l.flag(cmd)
	return cmd
}

// printEverything writes what a reader has a right to get (GDPR 15 and 20).
func (p *program) printEverything(cmd *cobra.Command, d *desk.Dossier, history []deliveryView) error {
	if d.ID == 0 {
		return fmt.Errorf("%s is no reader; of the address only a hash is kept, with the reason it is not written to", d.Email)
	}
	all, err := p.readers.Everything(cmd.Context(), d.ID)
	if err != nil {
		return err
	}
	return (&listing{json: true}).print(cmd.OutOrStdout(), struct {
		subscribers.Everything
		Issues []deliveryView `json:"issues"`
	}{all, history}, nil)
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
	Edition     string              `json:"edition"`
	State       string              `json:"state"`
	Choices     subscribers.Choices `json:"choices"`
	Created     *time.Time          `json:"created"`
	Confirmed   *time.Time          `json:"confirmed"`
	PausedUntil *time.Time          `json:"paused_until"`
	Left        *time.Time          `json:"left"`
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
			Edition: n.Edition, State: string(n.State), Choices: n.Choices, Created: known(n.Created), Confirmed: known(n.Confirmed),
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
		row(w, "EDITION", "STATE", "SINCE", "CONFIRMED", "LEFT", "WANTS")
		for _, n := range r.Subscriptions {
			state := string(n.State)
			if n.State == subscribers.Paused {
				state += " until " + minute(n.PausedUntil)
			}
			row(w, n.Edition, state, minute(n.Created), minute(n.Confirmed), minute(n.Left), choicesInWords(n.Choices))
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

// choicesTable lists how the reader's choices changed.
func choicesTable(w io.Writer, d *desk.Dossier) {
	if len(d.Choices) == 0 {
		return
	}
	fmt.Fprintln(w)
	row(w, "WHEN", "EDITION", "CHOSE")
	for _, c := range d.Choices {
		words := choicesInWords(c.Choices)
		if !c.PausedUntil.IsZero() {
			words = "a pause until " + minute(c.PausedUntil) + "; " + words
		}
		row(w, minute(c.At), c.Edition, words)
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
