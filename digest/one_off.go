package digest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A OneOff is what an editor wants of a single run of an edition: one more beside the
// schedule, a run at another time, or a run left out.
type OneOff struct {
	ID      int64
	At      time.Time // when an issue goes out; zero: a run is left out
	Instead time.Time // the run that does not go out; zero: this is one more
	Editor  string    // who wants it, a name
	Why     string    // in their words, "" for nothing
	Set     time.Time // when they said so

	served, left bool // there is a row for At, for Instead
}

// OneOffKind says what a OneOff does.
type OneOffKind string

const (
	OneOffExtra OneOffKind = "extra" // one issue more
	OneOffMoved OneOffKind = "moved" // a run has another time
	OneOffSkip  OneOffKind = "skip"  // a run is left out
)

// Kind says what it does.
func (o OneOff) Kind() OneOffKind {
	switch {
	case o.At.IsZero():
		return OneOffSkip
	case o.Instead.IsZero():
		return OneOffExtra
	}
	return OneOffMoved
}

// First is the moment by which it can be taken back: that at which the first thing comes of
// it.
func (o OneOff) First() time.Time {
	if o.At.IsZero() || !o.Instead.IsZero() && o.Instead.Before(o.At) {
		return o.Instead
	}
	return o.At
}

// Words says in one line what it does, for logs: in the zone of its schedule.
func (o OneOff) Words(s Schedule) string {
	zone, err := s.Location()
	if err != nil {
		zone = time.UTC
	}
	words := o.Instead.In(zone).Format(minute) + " left out"
	switch o.Kind() {
	case OneOffExtra:
		words = "extra issue " + o.At.In(zone).Format(minute)
	case OneOffMoved:
		words = o.Instead.In(zone).Format(minute) + " moved to " + o.At.In(zone).Format(minute)
	}
	if o.Why != "" {
		words += ": " + o.Why
	}
	return words
}

// rest says why the run it stands in for does not go out.
func (o OneOff) rest(zone *time.Location) string {
	s := "left out by " + o.Editor
	if !o.At.IsZero() {
		s = "moved to " + o.At.In(zone).Format("Mon 2 Jan 15:04") + " by " + o.Editor
	}
	if o.Why != "" {
		s += ": " + o.Why
	}
	return s
}

// oneOffRuns are the runs that editors set or took out after a moment, in order. What is
// taken out stays out, also where another goes out at that time.
func (s Schedule) oneOffRuns(after time.Time) (runs []Run) {
	zone, err := s.Location()
	if err != nil {
		return nil
	}
	for i, o := range s.OneOffs {
		if o.Instead.After(after) {
			runs = append(runs, Run{At: o.Instead.In(zone), Rest: o.rest(zone), OneOff: &s.OneOffs[i]})
		}
		if o.At.After(after) {
			runs = append(runs, Run{At: o.At.In(zone), OneOff: &s.OneOffs[i]})
		}
	}
	slices.SortStableFunc(runs, func(a, b Run) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(b.Rest, a.Rest)
	})
	return slices.CompactFunc(runs, func(a, b Run) bool { return a.At.Equal(b.At) })
}

// Latest returns the place of the run that stands for all that are over: the last, but for
// those that went out earlier instead; -1 for none.
func Latest(runs []Run) int {
	i := len(runs) - 1
	for i >= 0 && runs[i].Rest != "" && runs[i].OneOff != nil && !runs[i].OneOff.At.IsZero() && runs[i].OneOff.At.Before(runs[i].At) {
		i--
	}
	return i
}

// RestsNow says why a run that is over does not go out now, "" when it does: on a day on
// which the edition rests nothing is made up for, but what an editor set for that day goes
// out.
func (s Schedule) RestsNow(run Run, now time.Time) string {
	zone, err := s.Location()
	if err != nil || run.OneOff != nil && run.Rest == "" && run.At.In(zone).Format(aDate) == now.In(zone).Format(aDate) {
		return ""
	}
	return s.Rests(now)
}

// Left returns the moments up to until that editors set or took out and that have no row
// yet: the edition was paused then, or its schedule was changed after them.
func (s Schedule) Left(until time.Time) (runs []Run) {
	for _, r := range s.oneOffRuns(time.Time{}) {
		served := r.OneOff.served
		if r.Rest != "" {
			served = r.OneOff.left
		}
		if !served && !r.At.After(until) {
			runs = append(runs, r)
		}
	}
	return runs
}

// Pending returns the one-offs of which something is still to come after now, the next
// first.
func (s Schedule) Pending(now time.Time) (all []OneOff) {
	for _, o := range s.OneOffs {
		if o.At.After(now) && !o.served || o.Instead.After(now) && !o.left {
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b OneOff) int { return a.First().Compare(b.First()) })
	return all
}

// A OneOffError says why an editor's wish for a single run cannot be taken, in a sentence.
// Nothing was changed.
type OneOffError struct {
	Code  OneOffFault
	At    time.Time // the moment that is in the way, or that is meant; in the edition's zone
	By    string    // who set what is in the way
	words string
}

// OneOffFault names what is wrong with a wish.
type OneOffFault string

const (
	OneOffUnread  OneOffFault = "unread" // the time cannot be read
	OneOffPast    OneOffFault = "past"
	OneOffFar     OneOffFault = "far"
	OneOffGap     OneOffFault = "gap"     // clocks skip it; At is the first moment after
	OneOffRegular OneOffFault = "regular" // the schedule has a run then
	OneOffTaken   OneOffFault = "taken"   // another one-off has that time
	OneOffGone    OneOffFault = "gone"    // the run to be moved or skipped was moved or skipped by somebody
	OneOffNoRun   OneOffFault = "no-run"  // there is no run at Instead
	OneOffRests   OneOffFault = "rests"   // the run at Instead does not go out anyway
	OneOffMade    OneOffFault = "made"    // there is an issue of that time, or of a later one
	OneOffPaused  OneOffFault = "paused"
	OneOffMany    OneOffFault = "too-many"
	OneOffLong    OneOffFault = "long"  // the reason is
	OneOffLate    OneOffFault = "late"  // to be taken back
	OneOffChain   OneOffFault = "chain" // what it set was moved or skipped since
)

func (e *OneOffError) Error() string { return e.words }

func oneOffError(code OneOffFault, at time.Time, by, format string, args ...any) error {
	return &OneOffError{Code: code, At: at, By: by, words: fmt.Sprintf(format, args...)}
}

const (
	// farthest is how many years ahead a one-off may lie.
	farthest = 1
	// mostOneOffs is how many of an edition may be still to come.
	mostOneOffs = 100
	// longestWhy is how long an editor's reason may be, in characters.
	longestWhy = 200
)

// minute is how the sentences write a moment.
const minute = "Mon 2006-01-02 15:04"

// checkOneOff returns an error that says why o cannot be taken at now. last is the moment
// after which runs of the edition are due.
func (e Edition) checkOneOff(o OneOff, last, now time.Time) error {
	zone, err := e.Schedule.Location()
	if err != nil {
		return err
	}
	switch {
	case e.Paused:
		return oneOffError(OneOffPaused, time.Time{}, "", "%s is paused, so that nothing of it goes out by itself; resume it first, or send it by hand", e.Slug)
	case utf8.RuneCountInString(o.Why) > longestWhy:
		return oneOffError(OneOffLong, time.Time{}, "", "the reason is longer than %d characters; shorten it", longestWhy)
	case len(e.Schedule.Pending(now)) >= mostOneOffs:
		return oneOffError(OneOffMany, time.Time{}, "", "%s has %d single runs to come already; take some back, or change its schedule", e.Slug, mostOneOffs)
	}
	for _, t := range []time.Time{o.At, o.Instead} {
		if t.IsZero() {
			continue
		}
		t = t.In(zone)
		switch {
		case !t.After(now):
			return oneOffError(OneOffPast, t, "", "%s is over: it is %s now in %s; choose a later time", t.Format(minute), now.In(zone).Format("15:04"), zone)
		case t.After(now.AddDate(farthest, 0, 0)):
			return oneOffError(OneOffFar, t, "", "%s is more than a year away; choose an earlier time", t.Format(minute))
		case !t.After(last):
			last = last.In(zone)
			return oneOffError(OneOffMade, last, "", "the issue of %s was made already, ahead of its time; choose a time after it", last.Format(minute))
		}
	}
	if err := e.Schedule.checkInstead(o, zone); err != nil {
		return err
	}
	return e.Schedule.checkAt(o, zone)
}

// checkInstead checks that there is a run to be moved or left out.
func (s Schedule) checkInstead(o OneOff, zone *time.Location) error {
	if o.Instead.IsZero() {
		return nil
	}
	t := o.Instead.In(zone)
	run, ok := s.RunAt(t)
	switch {
	case !ok:
		return oneOffError(OneOffNoRun, t, "", "there is no run at %s", t.Format(minute))
	case run.Rest != "" && run.OneOff != nil:
		return oneOffError(OneOffGone, t, run.OneOff.Editor, "the run of %s was %s already; take that back first", t.Format(minute), run.OneOff.rest(zone))
	case run.Rest != "":
		return oneOffError(OneOffRests, t, "", "the run of %s does not go out anyway: %s", t.Format(minute), run.Rest)
	}
	return nil
}

// checkAt checks that no other issue goes out then.
func (s Schedule) checkAt(o OneOff, zone *time.Location) error {
	if o.At.IsZero() {
		return nil
	}
	t := o.At.In(zone)
	run, ok := s.RunAt(t)
	switch {
	case ok && run.OneOff != nil && run.Rest != "":
		return oneOffError(OneOffGone, t, run.OneOff.Editor, "the run of %s was %s; take that back instead", t.Format(minute), run.OneOff.rest(zone))
	case ok && run.OneOff != nil:
		return oneOffError(OneOffTaken, t, run.OneOff.Editor, "%s has set an issue for %s already; choose another time", run.OneOff.Editor, t.Format(minute))
	case ok && run.Rest == "":
		return oneOffError(OneOffRegular, t, "", "the schedule has a run at %s anyway; choose another time", t.Format(minute))
	}
	return nil
}

// RunAt returns the run of a moment, false when there is none.
func (s Schedule) RunAt(t time.Time) (Run, bool) {
	runs := s.Runs(t.Add(-time.Second), 1)
	if len(runs) == 1 && runs[0].At.Equal(t) {
		return runs[0], true
	}
	return Run{}, false
}

// Moment reads a time as an editor writes it, in the schedule's zone: "2026-12-24 18:30",
// "18:30" or "today 18:30", "tomorrow 7:00", "fri 07:00", or with an offset of its own as in
// RFC 3339. A weekday is the next of that name, today while the time is still to come. A time
// that clocks skip is refused; twice says that they have it twice, and that the first is
// meant.
func (s Schedule) Moment(text string, now time.Time) (t time.Time, twice bool, err error) {
	zone, err := s.Location()
	if err != nil {
		return t, false, err
	}
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone).Truncate(time.Second), false, nil
	}
	wall, ok := readWall(text, wallOf(now.In(zone)))
	if !ok {
		return t, false, oneOffError(OneOffUnread, time.Time{}, "", "the time %q cannot be read; write it like 2026-12-24 18:30, 18:30, tomorrow 07:00 or fri 07:00", text)
	}
	t = instantOf(wall, zone)
	if !wallOf(t).Equal(wall) {
		return t, false, oneOffError(OneOffGap, t, "", "clocks skip %s in %s, which never comes; the first moment after is %s", wall.Format(minute), zone, t.Format("15:04"))
	}
	_, offset := t.Zone()
	if _, end := t.ZoneBounds(); !end.IsZero() {
		_, next := end.Zone()
		back := time.Duration(offset-next) * time.Second
		twice = back > 0 && !t.Add(back).Before(end)
	}
	return t, twice, nil
}

// readWall reads a clock's reading, as if it were UTC; now is that of now.
func readWall(text string, now time.Time) (wall time.Time, ok bool) {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if wall, err := time.Parse(layout, text); err == nil {
			return wall, true
		}
	}
	word, clock, two := strings.Cut(text, " ")
	if !two {
		word, clock = "today", text
	}
	hour, err := time.Parse("15:04", strings.TrimSpace(clock))
	if err != nil {
		return wall, false
	}
	y, m, d := now.Date()
	wall = time.Date(y, m, d, hour.Hour(), hour.Minute(), 0, 0, time.UTC)
	switch strings.ToLower(word) {
	case "today":
		return wall, true
	case "tomorrow":
		return wall.AddDate(0, 0, 1), true
	}
	day, err := ParseWeekday(word)
	if err != nil {
		return wall, false
	}
	wall = wall.AddDate(0, 0, (int(day-wall.Weekday())+7)%7)
	if !wall.After(now) {
		wall = wall.AddDate(0, 0, 7)
	}
	return wall, true
}
