package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/subscribers"
)

// records are where dossiers are read from.
func (p *program) records() desk.Records {
	return desk.Records{Readers: p.readers, Queue: p.queue, Digest: p.digest}
}

// dossier returns what is known of an address, with the reader's last n deliveries. The
// error is a sentence if nothing is known.
func (p *program) dossier(ctx context.Context, a subscribers.Address, n int) (desk.Dossier, error) {
	d, err := p.records().Dossier(ctx, a, n)
	if errors.Is(err, subscribers.ErrNotFound) {
		return d, fmt.Errorf("nothing is known of %s; look for other spellings with `pressrun subscribers list --search`", a)
	}
	return d, err
}

// absenceInWords says in a sentence why a reader has no copy of an issue.
func absenceInWords(w desk.Absence) string {
	had := fmt.Sprintf("had issue %d on %s", w.Issue, w.At.Format("Monday 2 January"))
	switch w.Code {
	case desk.AbsentSkipped:
		return "nobody got this issue: " + w.Detail
	case desk.AbsentFrozen:
		return "nobody got this issue: it was made, but not handed to the outbox"
	case desk.AbsentStranger:
		return "they have no subscription of this edition"
	case desk.AbsentSuppressed:
		return "not written to, because " + suppressionInWords(w.Reason)
	case desk.AbsentLater:
		return "the issue went out before they subscribed"
	case desk.AbsentUnconfirmed:
		return "the subscription was not confirmed when the issue went out"
	case desk.AbsentLeft:
		return fmt.Sprintf("they had left on %s (%s)", minute(w.At), w.Detail)
	case desk.AbsentPaused:
		return "they had paused it until " + minute(w.At)
	case desk.AbsentWeekend:
		return fmt.Sprintf("they want mail on working days only, and it was a %s", w.Day)
	case desk.AbsentHadWeek:
		return fmt.Sprintf("they want one issue a week, from %s on, and %s", w.Day, had)
	case desk.AbsentHadDay:
		return "they want one issue a day, and " + had
	case desk.AbsentCancelled:
		return "the issue was cancelled before their copy was made"
	case desk.AbsentUnderWay:
		return "the copies of this issue are still being made"
	}
	return "nothing on record says why; `pressrun verify` checks the ledger"
}

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
