package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// A dossier is what is known of a reader, or of an address that is no reader's any more.
type dossier struct {
	subscribers.Reader
	suppressions []subscribers.Suppression
	consents     []subscribers.Consent      // oldest first
	choices      []subscribers.ChoiceChange // likewise
	deliveries   []outbox.Delivery          // newest first
	issues       map[int64]digest.Issue     // those of the deliveries
}

// dossier returns what is known of an address, with the reader's last n deliveries. The
// error is a sentence if nothing is known.
func (p *program) dossier(ctx context.Context, a subscribers.Address, n int) (d dossier, err error) {
	if d.suppressions, err = p.readers.Suppressions(ctx, a); err != nil {
		return d, err
	}
	d.Reader, err = p.readers.Find(ctx, a)
	if errors.Is(err, subscribers.ErrNotFound) {
		if len(d.suppressions) == 0 {
			return d, fmt.Errorf("nothing is known of %s; look for other spellings with `pressrun subscribers list --search`", a)
		}
		d.Email, d.Suppressed = a.String(), true
		return d, nil
	} else if err != nil {
		return d, err
	}
	if d.consents, err = p.readers.Consents(ctx, d.ID); err != nil {
		return d, err
	}
	if d.choices, err = p.readers.ChoiceChanges(ctx, d.ID); err != nil {
		return d, err
	}
	if d.deliveries, err = p.queue.DeliveriesTo(ctx, d.ID, n); err != nil {
		return d, err
	}
	d.issues = map[int64]digest.Issue{}
	for _, copy := range d.deliveries {
		if d.issues[copy.IssueID], err = p.digest.IssueByID(ctx, copy.IssueID); err != nil {
			return d, err
		}
	}
	return d, nil
}

// subscription returns the reader's subscription of an edition.
func (d *dossier) subscription(edition string) (subscribers.Subscription, bool) {
	for _, n := range d.Subscriptions {
		if n.Edition == edition {
			return n, true
		}
	}
	return subscribers.Subscription{}, false
}

// begun returns when we came to know of a subscription. An import may say that it is older.
func (d *dossier) begun(n subscribers.Subscription) time.Time {
	for _, c := range d.consents {
		if c.SubscriptionID == n.ID {
			return c.Recorded
		}
	}
	return n.Created
}

// chosen returns what the choices for a subscription were at a time, and until when it was
// paused.
func (d *dossier) chosen(n subscribers.Subscription, at time.Time) (c subscribers.Choices, paused time.Time) {
	c = subscribers.UsualChoices()
	for _, change := range d.choices {
		if change.SubscriptionID == n.ID && !change.At.After(at) {
			c, paused = change.Choices, change.PausedUntil
		}
	}
	return c, paused
}

// left returns the last act for a subscription before a time, the zero Consent if there was
// none.
func (d *dossier) lastAct(n subscribers.Subscription, at time.Time) (last subscribers.Consent) {
	for _, c := range d.consents {
		if c.SubscriptionID == n.ID && !c.Recorded.After(at) {
			last = c
		}
	}
	return last
}

// had returns the last issue of the same edition before another one of which the reader
// was given a copy that did not fail.
func (d *dossier) had(before digest.Issue) (last digest.Issue, ok bool) {
	for _, copy := range d.deliveries {
		i := d.issues[copy.IssueID]
		if i.Edition == before.Edition && i.ID < before.ID && i.ID > last.ID &&
			copy.State != outbox.Refused && copy.State != outbox.Suppressed {
			last, ok = i, true
		}
	}
	return last, ok
}

// whyNoCopy says in a sentence why the reader has no copy of an issue, as far as the records
// tell. zone is the edition's, run how the issue stands in the outbox.
func (d *dossier) whyNoCopy(i digest.Issue, run outbox.Run, zone *time.Location) string {
	at := run.Posted
	if at.IsZero() {
		at = i.Created
	}
	n, ok := d.subscription(i.Edition)
	if !ok {
		return "they have no subscription of this edition"
	}
	for _, s := range d.suppressions {
		if !s.At.After(at) {
			return "not written to, because " + suppressionInWords(s.Reason)
		}
	}
	act := d.lastAct(n, at)
	choices, paused := d.chosen(n, at)
	switch {
	case act.ID == 0 && d.begun(n).After(at):
		return "the issue went out before they subscribed"
	case act.ID == 0:
		return "the subscription was not confirmed when the issue went out"
	case act.Act == subscribers.Withdraw:
		return fmt.Sprintf("they had left on %s (%s)", minute(act.At), act.Method)
	case paused.After(at):
		return "they had paused it until " + minute(paused)
	}
	if why := d.whyNotDue(i, choices, zone); why != "" {
		return why
	}
	switch {
	case run.State == "cancelled":
		return "the issue was cancelled before their copy was made"
	case !run.Complete && run.State != "":
		return "the copies of this issue are still being made"
	}
	return "nothing on record says why; `pressrun verify` checks the ledger"
}

// whyNotDue explains by how often the reader wants mail why an issue was none of theirs.
func (d *dossier) whyNotDue(i digest.Issue, c subscribers.Choices, zone *time.Location) string {
	slot := i.Slot.In(zone)
	if c.Frequency == subscribers.Weekdays && (slot.Weekday() == time.Saturday || slot.Weekday() == time.Sunday) {
		return fmt.Sprintf("they want mail on working days only, and it was a %s", slot.Weekday())
	}
	last, ok := d.had(i)
	if !ok || c.Frequency == subscribers.Each {
		return ""
	}
	before := last.Slot.In(zone)
	had := fmt.Sprintf("had issue %d on %s", last.ID, before.Format("Monday 2 January"))
	switch c.Frequency {
	case subscribers.Weekly:
		if week(slot, c.Weekday) <= week(before, c.Weekday) {
			return fmt.Sprintf("they want one issue a week, from %s on, and %s", c.Weekday, had)
		}
	case subscribers.Daily, subscribers.Weekdays:
		if dayNumber(slot) <= dayNumber(before) {
			return "they want one issue a day, and " + had
		}
	}
	return ""
}

// dayNumber counts the days of a zone since 1970.
func dayNumber(t time.Time) int64 {
	_, offset := t.Zone()
	return (t.Unix() + int64(offset)) / (24 * 60 * 60)
}

// week numbers the weeks that begin on a weekday, as the outbox does. 1 January 1970 was a
// Thursday.
func week(t time.Time, begins time.Weekday) int64 { return (dayNumber(t) + 4 - int64(begins)) / 7 }

// choicesInWords returns "weekly on Sunday at 7, Sport and Politics", or "each issue".
func choicesInWords(c subscribers.Choices) string {
	words := map[subscribers.Frequency]string{
		subscribers.Each: "each issue", subscribers.Daily: "one a day", subscribers.Weekdays: "one a working day",
		subscribers.Weekly: "one a week, from " + c.Weekday.String() + " on",
	}[c.Frequency]
	if c.Hour >= 0 {
		words += fmt.Sprintf(", at %02d:00 %s", c.Hour, cmp.Or(c.Zone, "of the edition's zone"))
	}
	for k, t := range c.Topics {
		words += map[bool]string{true: "; only ", false: ", "}[k == 0] + t
	}
	return words
}
