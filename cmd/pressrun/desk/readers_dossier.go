package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// Records are where a dossier is read from. All fields must be set.
type Records struct {
	Readers *subscribers.Store
	Queue   *outbox.Queue
	Digest  *digest.Store
}

// A Dossier is what is known of a reader, or of an address that is no reader's any more:
// then the reader has no ID.
type Dossier struct {
	subscribers.Reader
	Suppressions []subscribers.Suppression
	Consents     []subscribers.Consent      // oldest first
	Choices      []subscribers.ChoiceChange // likewise
	Deliveries   []outbox.Delivery          // newest first
	Issues       map[int64]digest.Issue     // those of the deliveries, without their stories
}

// Dossier returns what is known of an address, with the reader's last n deliveries, or
// subscribers.ErrNotFound if nothing is.
func (r Records) Dossier(ctx context.Context, a subscribers.Address, n int) (d Dossier, err error) {
	if d.Suppressions, err = r.Readers.Suppressions(ctx, a); err != nil {
		return d, err
	}
	d.Reader, err = r.Readers.Find(ctx, a)
	if errors.Is(err, subscribers.ErrNotFound) && len(d.Suppressions) > 0 {
		d.Email, d.Suppressed = a.String(), true
		return d, nil
	} else if err != nil {
		return d, err
	}
	if d.Consents, err = r.Readers.Consents(ctx, d.ID); err != nil {
		return d, err
	}
	if d.Choices, err = r.Readers.ChoiceChanges(ctx, d.ID); err != nil {
		return d, err
	}
	if d.Deliveries, err = r.Queue.DeliveriesTo(ctx, d.ID, n); err != nil {
		return d, err
	}
	d.Issues, err = r.issuesOf(ctx, d.Deliveries)
	return d, err
}

// issuesOf returns the issues of deliveries, which come newest first.
func (r Records) issuesOf(ctx context.Context, deliveries []outbox.Delivery) (map[int64]digest.Issue, error) {
	issues := map[int64]digest.Issue{}
	for _, copy := range deliveries {
		if _, known := issues[copy.IssueID]; known {
			continue
		}
		page, err := r.Digest.RunsBefore(ctx, "", copy.IssueID+1, len(deliveries))
		if err != nil {
			return nil, err
		}
		for _, i := range page {
			issues[i.ID] = i
		}
	}
	return issues, nil
}

// An Outcome is what became of a reader's copy of an issue.
type Outcome struct {
	Issue digest.Issue
	// Copy is nil where there is none; then Why says so.
	Copy *outbox.Delivery
	Why  Absence
}

// History returns what became of a reader's copies of the latest n issues, the newest first,
// and why there was none of an issue that they had subscribed to.
func (r Records) History(ctx context.Context, d *Dossier, n int) (all []Outcome, err error) {
	had := map[int64]bool{}
	for k, copy := range d.Deliveries {
		had[copy.IssueID] = true
		if k < n {
			all = append(all, Outcome{Issue: d.Issues[copy.IssueID], Copy: &d.Deliveries[k]})
		}
	}
	for _, s := range d.Subscriptions {
		e, err := r.Digest.Edition(ctx, s.Edition)
		if errors.Is(err, digest.ErrNotFound) {
			continue // they chose an edition that is no more
		} else if err != nil {
			return nil, err
		}
		issues, err := r.Digest.Issues(ctx, s.Edition, 0, n)
		if err != nil {
			return nil, err
		}
		since := d.begun(s)
		for _, i := range issues {
			if had[i.ID] || i.Created.Before(since) || (!s.Left.IsZero() && !i.Created.Before(s.Left)) {
				continue
			}
			o, err := r.noCopy(ctx, d, i, zoneOf(e))
			if err != nil {
				return nil, err
			}
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b Outcome) int { return cmp.Compare(b.Issue.ID, a.Issue.ID) })
	return all[:min(n, len(all))], nil
}

// Outcome returns what became of a reader's copy of one issue.
func (r Records) Outcome(ctx context.Context, d *Dossier, i digest.Issue) (Outcome, error) {
	for k, copy := range d.Deliveries {
		if copy.IssueID == i.ID {
			return Outcome{Issue: i, Copy: &d.Deliveries[k]}, nil
		}
	}
	switch i.State {
	case digest.IssueSkipped:
		return Outcome{Issue: i, Why: Absence{Code: AbsentSkipped, Detail: i.Reason}}, nil
	case digest.IssueFrozen:
		return Outcome{Issue: i, Why: Absence{Code: AbsentFrozen}}, nil
	}
	e, err := r.Digest.Edition(ctx, i.Edition)
	if err != nil {
		return Outcome{}, err
	}
	return r.noCopy(ctx, d, i, zoneOf(e))
}

func (r Records) noCopy(ctx context.Context, d *Dossier, i digest.Issue, zone *time.Location) (Outcome, error) {
	run, err := r.Queue.Run(ctx, i.ID)
	if err != nil && !errors.Is(err, outbox.ErrNoRun) {
		return Outcome{}, err
	}
	return Outcome{Issue: i, Why: d.Why(i, run, zone)}, nil
}

// Subscription returns the reader's subscription of an edition.
func (d *Dossier) Subscription(edition string) (subscribers.Subscription, bool) {
	for _, n := range d.Subscriptions {
		if n.Edition == edition {
			return n, true
		}
	}
	return subscribers.Subscription{}, false
}

// begun returns when we came to know of a subscription. An import may say that it is older.
func (d *Dossier) begun(n subscribers.Subscription) time.Time {
	for _, c := range d.Consents {
		if c.SubscriptionID == n.ID {
			return c.Recorded
		}
	}
	return n.Created
}

// chosen returns what the choices for a subscription were at a time, and until when it was
// paused.
func (d *Dossier) chosen(n subscribers.Subscription, at time.Time) (c subscribers.Choices, paused time.Time) {
	c = subscribers.UsualChoices()
	for _, change := range d.Choices {
		if change.SubscriptionID == n.ID && !change.At.After(at) {
			c, paused = change.Choices, change.PausedUntil
		}
	}
	return c, paused
}

// lastAct returns the last act for a subscription before a time, the zero Consent if there
// was none.
func (d *Dossier) lastAct(n subscribers.Subscription, at time.Time) (last subscribers.Consent) {
	for _, c := range d.Consents {
		if c.SubscriptionID == n.ID && !c.Recorded.After(at) {
			last = c
		}
	}
	return last
}

// had returns the last issue of the same edition before another one of which the reader was
// given a copy that did not fail.
func (d *Dossier) had(before digest.Issue) (last digest.Issue, ok bool) {
	for _, copy := range d.Deliveries {
		i := d.Issues[copy.IssueID]
		if i.Edition == before.Edition && i.ID < before.ID && i.ID > last.ID &&
			copy.State != outbox.Refused && copy.State != outbox.Suppressed {
			last, ok = i, true
		}
	}
	return last, ok
}
