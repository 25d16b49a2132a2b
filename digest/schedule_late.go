package digest

import (
	"fmt"
	"time"
)

// LateRule says what becomes of a run that comes when its issue is of use no more.
type LateRule string

const (
	LateSend LateRule = ""     // it is sent all the same
	LateNext LateRule = "next" // it is skipped, and its stories go into the next issue
	LateHold LateRule = "hold" // it waits for an editor until the next run
)

func (s Schedule) checkLate() error {
	if _, _, err := s.useful(); err != nil {
		return err
	}
	switch s.Late {
	case LateSend:
	case LateNext, LateHold:
		if s.Useful == "" {
			return fmt.Errorf("a late issue is to be %s, but nothing says when it is late; say for how long it is useful, such as 3h or until 10:00", map[LateRule]string{LateNext: "merged into the next", LateHold: "held"}[s.Late])
		}
	default:
		return fmt.Errorf("late is %q; write send, next or hold", s.Late)
	}
	return nil
}

// useful reads Useful: a duration, or a time of day as that since midnight.
func (s Schedule) useful() (lasts time.Duration, clock bool, err error) {
	if s.Useful == "" {
		return 0, false, nil
	}
	if t, err := time.Parse("15:04", s.Useful); err == nil {
		return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true, nil
	}
	if d, err := time.ParseDuration(s.Useful); err == nil && d >= time.Minute && d <= 14*24*time.Hour {
		return d, false, nil
	}
	return 0, false, fmt.Errorf("useful is %q; write a time of day such as 10:00, or how long after it is due, such as 3h or 90m", s.Useful)
}

// UsefulUntil returns the moment after which the issue due at slot is of no use, false
// when there is none. A time of day is the first one after the slot.
func (s Schedule) UsefulUntil(slot time.Time) (time.Time, bool) {
	lasts, clock, err := s.useful()
	if err != nil || s.Useful == "" {
		return time.Time{}, false
	}
	if !clock {
		return slot.Add(lasts), true
	}
	zone, err := s.Location()
	if err != nil {
		return time.Time{}, false
	}
	y, m, d := slot.In(zone).Date()
	for day := 0; ; day++ {
		until := instantOf(time.Date(y, m, d+day, 0, 0, 0, 0, time.UTC).Add(lasts), zone)
		if until.After(slot) {
			return until, true
		}
	}
}

// TooLate returns a sentence that says why the issue due at slot is not sent at now, "" when
// it is: because it is in time, or because late ones are sent.
func (s Schedule) TooLate(slot, now time.Time) string {
	until, has := s.UsefulUntil(slot)
	if !has || s.Late == LateSend || !now.After(until) {
		return ""
	}
	zone, err := s.Location()
	if err != nil {
		return ""
	}
	why := fmt.Sprintf("it could go out only at %s, and was of use until %s",
		now.In(zone).Format("Mon 15:04"), until.In(zone).Format("Mon 15:04"))
	if s.Late == LateHold {
		return "held, too late: " + why
	}
	return "too late: " + why + "; its stories wait for the next issue"
}
