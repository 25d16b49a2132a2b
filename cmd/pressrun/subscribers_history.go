package main

import (
	"context"
	"io"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
)

const (
	// mostIssues is how many of the latest issues a reader's history has.
	mostIssues = 20
	// mostCopies is how many copies are looked through for what a reader had before.
	mostCopies = 400
)

// history returns what became of a reader's copies of the latest issues, the newest first,
// and why there was none of an issue that they had subscribed to.
func (p *program) history(ctx context.Context, d *desk.Dossier) ([]deliveryView, error) {
	zones, err := p.zones(ctx)
	if err != nil {
		return nil, err
	}
	outcomes, err := p.records().History(ctx, d, mostIssues)
	views := []deliveryView{}
	for _, o := range outcomes {
		views = append(views, viewOutcome(o, zones))
	}
	return views, err
}

// viewOutcome is the view of a reader's copy of an issue, or of why there is none.
func viewOutcome(o desk.Outcome, zones zones) deliveryView {
	v := deliveryView{Issue: o.Issue.ID, State: "no copy"}
	if o.Copy != nil {
		v = viewDelivery(*o.Copy)
	} else {
		v.why = absenceInWords(o.Why)
		v.Reason = v.why
	}
	return v.of(o.Issue, zones)
}

// suppressionInWords says why an address is not written to.
func suppressionInWords(r subscribers.Reason) string {
	switch r {
	case subscribers.ReasonLeft:
		return "the reader left all editions"
	case subscribers.ReasonBounce:
		return "the address does not exist"
	case subscribers.ReasonComplaint:
		return "the reader reported a mail as spam"
	case subscribers.ReasonOperator:
		return "an operator said so"
	case subscribers.ReasonErased:
		return "the reader asked to be forgotten"
	}
	return string(r)
}

// of returns the view with what the issue says.
func (v deliveryView) of(i digest.Issue, zones zones) deliveryView {
	v.Edition, v.Number, v.due = i.Edition, i.Number, i.Slot.In(zones.of(i.Edition))
	return v
}

func historyTable(w io.Writer, views []deliveryView) {
	row(w)
	row(w, "ISSUE", "EDITION", "NO", "DUE", "OUTCOME", "ATTEMPTS", "NEXT", "WHY")
	for _, v := range views {
		row(w, v.Issue, v.Edition, v.Number, clock(&v.due, v.due.Location()), v.State, v.Attempts, clock(v.Next, v.due.Location()), dash(v.why))
	}
}
