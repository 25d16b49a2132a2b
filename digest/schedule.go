package digest

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zones also where the system has none

	"github.com/robfig/cron/v3"
)

// A Schedule says when an edition goes out: cron lines in wall time of a zone, and dates
// on which it rests.
type Schedule struct {
	// Cron has five fields, or is @daily and the like; several lines are divided by a
	// semicolon. "" is for an edition that is only sent by hand.
	Cron string
	Zone string // IANA name: "Asia/Riyadh"; "" means UTC
	// Holidays are dates in the zone on which it does not go out.
	Holidays []Holiday
	// Useful is for how long after its time an issue is worth sending: "3h", or until a
	// time of day: "10:00". "" is for ever.
	Useful string
	Late   LateRule // what becomes of a run that comes after that
	// OneOffs are what editors want of single runs, as far as something is to come of them.
	// They are kept apart from the rest: see Store.PutOneOff.
	OneOffs []OneOff
}

// ClockRule is what happens on the days clocks change, a sentence for people.
const ClockRule = "On the day clocks go forward, a time they skip becomes the first moment after; on the day they go back, a time they have twice is taken the first time."

// A Run is a moment that a schedule names.
type Run struct {
	At time.Time
	// Rest says why it does not go out then, a sentence; "" when it does.
	Rest string
	// OneOff is what an editor wants of this run alone; nil where the schedule has its way.
	OneOff *OneOff
}

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// Check returns an error that says what is wrong with the schedule.
func (s Schedule) Check() error {
	if _, err := s.Location(); err != nil {
		return err
	}
	for _, h := range s.Holidays {
		if err := h.check(); err != nil {
			return err
		}
	}
	if err := s.checkLate(); err != nil {
		return err
	}
	if s.Cron == "" {
		return nil
	}
	walls, err := s.parse()
	if err != nil {
		return err
	}
	for _, line := range walls {
		if line.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
			return fmt.Errorf("the schedule %q names a day that never comes; write a day the month has", s.Cron)
		}
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

// wallTimes are the lines of a schedule in wall time, which is kept as if it were UTC.
type wallTimes []cron.Schedule

// parse reads the cron lines. The parser panics on some zone prefixes, so that none
// reaches it: the zone is a field of its own.
func (s Schedule) parse() (walls wallTimes, err error) {
	for line := range strings.SplitSeq(s.Cron, ";") {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "=") {
			return nil, fmt.Errorf("the schedule %q has a zone in it; write the zone in its own field", s.Cron)
		}
		if strings.HasPrefix(line, "@every") {
			return nil, fmt.Errorf("the schedule %q has no fixed times; write a cron line such as “0 7 * * *”", s.Cron)
		}
		wall, err := cronParser.Parse("CRON_TZ=UTC " + line)
		if err != nil {
			return nil, fmt.Errorf("the schedule %q is not a cron line; write minute, hour, day, month and weekday, such as “0 7 * * 1-5” (%v)", s.Cron, err)
		}
		walls = append(walls, wall)
	}
	return walls, nil
}

// next returns the first wall time of any line after the given one, zero for none.
func (w wallTimes) next(after time.Time) (first time.Time) {
	for _, line := range w {
		if t := line.Next(after); first.IsZero() || !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// Next returns the first n moments after the given one at which the edition goes out. It
// returns fewer when the schedule is empty or wrong, or rests for years.
func (s Schedule) Next(after time.Time, n int) (next []time.Time) {
	s.walk(after, func(r Run) bool {
		if r.Rest == "" && len(next) < n {
			next = append(next, r.At)
		}
		return len(next) < n && r.At.Before(after.AddDate(10, 0, 0))
	})
	return next
}

// Runs returns the first n moments after the given one, those among them at which the
// edition rests.
func (s Schedule) Runs(after time.Time, n int) (runs []Run) {
	s.walk(after, func(r Run) bool {
		if len(runs) < n {
			runs = append(runs, r)
		}
		return len(runs) < n
	})
	return runs
}

// Due returns the last moment after last and not after now: of several missed ones only
// the latest, so that readers do not get a week's issues at once. What was missed is not
// made up for on a day on which the edition rests.
func (s Schedule) Due(last, now time.Time) (slot time.Time, ok bool) {
	runs := s.Since(last, now)
	i := Latest(runs)
	if i < 0 || runs[i].Rest != "" || s.RestsNow(runs[i], now) != "" {
		return time.Time{}, false
	}
	return runs[i].At, true
}

// maxMissed is how many runs Since returns at most, the latest. An edition of every
// minute would else have half a million after a year.
const maxMissed = 1000

// Since returns the runs after last and not after now, the oldest first: those of a year
// and a thousand at most.
func (s Schedule) Since(last, now time.Time) (runs []Run) {
	if earliest := now.AddDate(-1, 0, 0); last.Before(earliest) {
		last = earliest
	}
	s.walk(last, func(r Run) bool {
		if r.At.After(now) {
			return false
		}
		if runs = append(runs, r); len(runs) >= 2*maxMissed {
			runs = append(runs[:0], runs[maxMissed:]...)
		}
		return true
	})
	return runs[max(0, len(runs)-maxMissed):]
}

// walk calls yield with each run after the given moment until it returns false: those of
// the cron lines, and between them those that editors set.
func (s Schedule) walk(after time.Time, yield func(Run) bool) {
	extra, on := s.oneOffRuns(after), true
	s.walkCron(after, func(r Run) bool {
		for on && len(extra) > 0 && !extra[0].At.After(r.At) {
			if extra[0].At.Equal(r.At) {
				r, extra = extra[0], extra[1:]
				break
			}
			on, extra = yield(extra[0]), extra[1:]
		}
		on = on && yield(r)
		return on
	})
	for ; on && len(extra) > 0; extra = extra[1:] {
		on = yield(extra[0])
	}
}

func (s Schedule) walkCron(after time.Time, yield func(Run) bool) {
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
		if wall = walls.next(wall); wall.IsZero() {
			return
		}
		t := instantOf(wall, zone)
		if !t.After(last) {
			continue
		}
		last = t
		if !yield(Run{At: t, Rest: s.rests(t)}) {
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
