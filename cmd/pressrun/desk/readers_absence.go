package desk

import (
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// An AbsenceCode names a reason why a reader has no copy of an issue.
type AbsenceCode string

const (
	AbsentSkipped     AbsenceCode = "skipped"     // nobody got it. Detail: why
	AbsentFrozen      AbsenceCode = "frozen"      // nobody got it yet
	AbsentStranger    AbsenceCode = "stranger"    // they have no subscription of the edition
	AbsentSuppressed  AbsenceCode = "suppressed"  // Reason
	AbsentLater       AbsenceCode = "later"       // it went out before they subscribed
	AbsentUnconfirmed AbsenceCode = "unconfirmed" // they had not confirmed
	AbsentLeft        AbsenceCode = "left"        // At, Detail: how
	AbsentPaused      AbsenceCode = "paused"      // At: until when
	AbsentWeekend     AbsenceCode = "weekend"     // they want working days only. Day
	AbsentHadWeek     AbsenceCode = "had week"    // they want one a week, from Day on, and had Issue At
	AbsentHadDay      AbsenceCode = "had day"     // they want one a day, and had Issue At
	AbsentCancelled   AbsenceCode = "cancelled"   // before their copy was made
	AbsentUnderWay    AbsenceCode = "under way"   // the copies are being made
	AbsentUnexplained AbsenceCode = "unexplained" // nothing on record says why
)

// An Absence is why a reader has no copy of an issue, as far as the records tell.
type Absence struct {
	Code   AbsenceCode
	Detail string
	Reason subscribers.Reason
	At     time.Time
	Day    time.Weekday
	Issue  int64
}

// Why says why the reader has no copy of an issue. zone is the edition's, run how the issue
// stands in the outbox.
func (d *Dossier) Why(i digest.Issue, run outbox.Run, zone *time.Location) Absence {
	at := run.Posted
	if at.IsZero() {
		at = i.Created
	}
	n, ok := d.Subscription(i.Edition)
	if !ok {
		return Absence{Code: AbsentStranger}
	}
	for _, s := range d.Suppressions {
		if !s.At.After(at) {
			return Absence{Code: AbsentSuppressed, Reason: s.Reason, At: s.At}
		}
	}
	act := d.lastAct(n, at)
	choices, paused := d.chosen(n, at)
	switch {
	case act.ID == 0 && d.begun(n).After(at):
		return Absence{Code: AbsentLater}
	case act.ID == 0:
		return Absence{Code: AbsentUnconfirmed}
	case act.Act == subscribers.Withdraw:
		return Absence{Code: AbsentLeft, At: act.At, Detail: string(act.Method)}
	case paused.After(at):
		return Absence{Code: AbsentPaused, At: paused}
	}
	if why, ok := d.notDue(i, choices, zone); ok {
		return why
	}
	switch {
	case run.State == "cancelled":
		return Absence{Code: AbsentCancelled}
	case !run.Complete && run.State != "":
		return Absence{Code: AbsentUnderWay}
	}
	return Absence{Code: AbsentUnexplained}
}

// notDue explains by how often the reader wants mail why an issue was none of theirs.
func (d *Dossier) notDue(i digest.Issue, c subscribers.Choices, zone *time.Location) (Absence, bool) {
	slot := i.Slot.In(zone)
	if c.Frequency == subscribers.Weekdays && (slot.Weekday() == time.Saturday || slot.Weekday() == time.Sunday) {
		return Absence{Code: AbsentWeekend, Day: slot.Weekday()}, true
	}
	last, ok := d.had(i)
	if !ok || c.Frequency == subscribers.Each {
		return Absence{}, false
	}
	before := last.Slot.In(zone)
	switch c.Frequency {
	case subscribers.Weekly:
		if week(slot, c.Weekday) <= week(before, c.Weekday) {
			return Absence{Code: AbsentHadWeek, Day: c.Weekday, Issue: last.ID, At: before}, true
		}
	case subscribers.Daily, subscribers.Weekdays:
		if dayNumber(slot) <= dayNumber(before) {
			return Absence{Code: AbsentHadDay, Issue: last.ID, At: before}, true
		}
	}
	return Absence{}, false
}

// dayNumber counts the days of a zone since 1970.
func dayNumber(t time.Time) int64 {
	_, offset := t.Zone()
	return (t.Unix() + int64(offset)) / (24 * 60 * 60)
}

// week numbers the weeks that begin on a weekday, as the outbox does. 1 January 1970 was a
// Thursday.
func week(t time.Time, begins time.Weekday) int64 { return (dayNumber(t) + 4 - int64(begins)) / 7 }
