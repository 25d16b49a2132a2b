package digest

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones also where the system has none

	"github.com/robfig/cron/v3"
)

// A Schedule says when an edition goes out: a cron line in wall time of a zone.
//
// On the day clocks go forward, a time that does not exist becomes the first moment after
// the gap; on the day they go back, a time that comes twice is taken the first time.
type Schedule struct {
	Cron string // five fields or @daily and the like; "" for an edition that is only sent by hand
	Zone string // IANA name: "Asia/Riyadh"; "" means UTC
}

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// Check returns an error that says what is wrong with the schedule.
func (s Schedule) Check() error {
	if _, err := s.Location(); err != nil {
		return err
	}
	if s.Cron == "" {
		return nil
	}
	walls, err := s.parse()
	if err != nil {
		return err
	}
	if walls.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return fmt.Errorf("the schedule %q names a day that never comes; write a day the month has", s.Cron)
	}
	return nil
}

// Location returns the zone.
func (s Schedule) Location() (*time.Location, error) {
	if s.Zone == "Local" {
		return nil, errors.New("the zone “Local” is not the same everywhere; write an IANA name such as Asia/Riyadh")
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("the zone %q is not known; write an IANA name such as Asia/Riyadh or Europe/Berlin", s.Zone)
	}
	return zone, nil
}

// parse reads the cron line in wall time, which is kept as if it were UTC. The parser
// panics on some zone prefixes, so that none reaches it: the zone is a field of its own.
func (s Schedule) parse() (cron.Schedule, error) {
	if strings.Contains(s.Cron, "=") {
		return nil, fmt.Errorf("the schedule %q has a zone in it; write the zone in its own field", s.Cron)
	}
	if strings.HasPrefix(strings.TrimSpace(s.Cron), "@every") {
		return nil, fmt.Errorf("the schedule %q has no fixed times; write a cron line such as “0 7 * * *”", s.Cron)
	}
	walls, err := cronParser.Parse("CRON_TZ=UTC " + s.Cron)
	if err != nil {
		return nil, fmt.Errorf("the schedule %q is not a cron line; write minute, hour, day, month and weekday, such as “0 7 * * 1-5” (%v)", s.Cron, err)
	}
	return walls, nil
}

// Next returns the first n moments after the given one. It returns fewer when the
// schedule is empty or wrong.
func (s Schedule) Next(after time.Time, n int) []time.Time {
	var next []time.Time
	s.walk(after, func(t time.Time) bool {
		if len(next) < n {
			next = append(next, t)
		}
		return len(next) < n
	})
	return next
}

// Due returns the last moment after last and not after now: of several missed ones only
// the latest, so that readers do not get a week's issues at once.
func (s Schedule) Due(last, now time.Time) (slot time.Time, ok bool) {
	if earliest := now.AddDate(-1, 0, 0); last.Before(earliest) {
		last = earliest
	}
	s.walk(last, func(t time.Time) bool {
		if t.After(now) {
			return false
		}
		slot, ok = t, true
		return true
	})
	return slot, ok
}

// walk calls yield with each moment after the given one until it returns false.
func (s Schedule) walk(after time.Time, yield func(time.Time) bool) {
	if s.Cron == "" {
		return
	}
	zone, err := s.Location()
	if err != nil {
		return
	}
	walls, err := s.parse()
	if err != nil {
		return
	}
	// A slot can move by the width of a gap, so that the walk starts somewhat earlier.
	wall := wallOf(after.In(zone)).Add(-3 * time.Hour)
	last := after
	for {
		if wall = walls.Next(wall); wall.IsZero() {
			return
		}
		t := instantOf(wall, zone)
		if !t.After(last) {
			continue
		}
		last = t
		if !yield(t) {
			return
		}
	}
}

// wallOf returns the clock's reading at t as if it were UTC.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second).Truncate(time.Second)
}

// instantOf returns the first moment at which the zone's clock reads wall, and the first
// moment after the gap if it never does.
func instantOf(wall time.Time, zone *time.Location) time.Time {
	_, before := wall.Add(-26 * time.Hour).In(zone).Zone()
	_, after := wall.Add(26 * time.Hour).In(zone).Zone()
	early := wall.Add(-time.Duration(max(before, after)) * time.Second).In(zone)
	late := wall.Add(-time.Duration(min(before, after)) * time.Second).In(zone)
	for _, t := range []time.Time{early, late} {
		if wallOf(t).Equal(wall) {
			return t
		}
	}
	_, end := early.ZoneBounds()
	return end.In(zone)
}
