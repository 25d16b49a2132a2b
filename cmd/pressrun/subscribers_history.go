package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
)

// mostIssues is how many of the latest issues a reader's history has.
const mostIssues = 20

// history returns what became of a reader's copies of the latest issues, the newest first,
// and why there was none of an issue that they had subscribed to.
func (p *program) history(ctx context.Context, r subscribers.Reader, suppressions []subscribers.Suppression, consents []subscribers.Consent) ([]deliveryView, error) {
	zones, err := p.zones(ctx)
	if err != nil {
		return nil, err
	}
	deliveries, err := p.queue.DeliveriesTo(ctx, r.ID, mostIssues)
	if err != nil {
		return nil, err
	}
	views := []deliveryView{}
	had := map[int64]bool{}
	for _, d := range deliveries {
		issue, err := p.digest.IssueByID(ctx, d.IssueID)
		if err != nil {
			return nil, err
		}
		had[issue.ID] = true
		views = append(views, viewDelivery(d).of(issue, zones))
	}
	for _, n := range r.Subscriptions {
		issues, err := p.digest.Issues(ctx, n.Edition, 0, mostIssues)
		if err != nil {
			return nil, err
		}
		since := begun(n, consents)
		for _, i := range issues {
			if !had[i.ID] && !i.Created.Before(since) && (n.Left.IsZero() || i.Created.Before(n.Left)) {
				v := deliveryView{Issue: i.ID, State: "no copy", why: whyNoCopy(i, suppressions)}
				v.Reason = v.why
				views = append(views, v.of(i, zones))
			}
		}
	}
	slices.SortStableFunc(views, func(a, b deliveryView) int { return cmp.Compare(b.Issue, a.Issue) })
	return views[:min(mostIssues, len(views))], nil
}

// begun returns when we came to know of a subscription. An import may say that it is older.
func begun(n subscribers.Subscription, consents []subscribers.Consent) time.Time {
	var first time.Time
	for _, c := range consents {
		if c.Edition == n.Edition && (first.IsZero() || c.Recorded.Before(first)) {
			first = c.Recorded
		}
	}
	if first.IsZero() {
		return n.Created
	}
	return first
}

func whyNoCopy(i digest.Issue, suppressions []subscribers.Suppression) string {
	for _, s := range suppressions {
		if !s.At.After(i.Created) {
			return "not written to: " + suppressionInWords(s.Reason)
		}
	}
	return "the subscription was not confirmed and active when the issue was made"
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
	fmt.Fprintln(w)
	row(w, "ISSUE", "EDITION", "NO", "DUE", "OUTCOME", "ATTEMPTS", "NEXT", "WHY")
	for _, v := range views {
		row(w, v.Issue, v.Edition, v.Number, clock(&v.due, v.due.Location()), v.State, v.Attempts, clock(v.Next, v.due.Location()), dash(v.why))
	}
}
