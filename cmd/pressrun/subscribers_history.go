package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
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
func (p *program) history(ctx context.Context, d *dossier) ([]deliveryView, error) {
	zones, err := p.zones(ctx)
	if err != nil {
		return nil, err
	}
	views := []deliveryView{}
	had := map[int64]bool{}
	for _, copy := range d.deliveries {
		issue := d.issues[copy.IssueID]
		had[issue.ID] = true
		if len(views) < mostIssues {
			views = append(views, viewDelivery(copy).of(issue, zones))
		}
	}
	for _, n := range d.Subscriptions {
		issues, err := p.digest.Issues(ctx, n.Edition, 0, mostIssues)
		if err != nil {
			return nil, err
		}
		since := d.begun(n)
		for _, i := range issues {
			if had[i.ID] || i.Created.Before(since) || (!n.Left.IsZero() && !i.Created.Before(n.Left)) {
				continue
			}
			v, err := p.noCopy(ctx, d, i, zones)
			if err != nil {
				return nil, err
			}
			views = append(views, v)
		}
	}
	slices.SortStableFunc(views, func(a, b deliveryView) int { return cmp.Compare(b.Issue, a.Issue) })
	return views[:min(mostIssues, len(views))], nil
}

// noCopy is the view of an issue of which a reader has no copy, with the reason.
func (p *program) noCopy(ctx context.Context, d *dossier, i digest.Issue, zones zones) (deliveryView, error) {
	run, err := p.queue.Run(ctx, i.ID)
	if err != nil && !errors.Is(err, outbox.ErrNoRun) {
		return deliveryView{}, err
	}
	v := deliveryView{Issue: i.ID, State: "no copy", why: d.whyNoCopy(i, run, zones.of(i.Edition))}
	v.Reason = v.why
	return v.of(i, zones), nil
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
