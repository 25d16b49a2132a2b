package digest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMomentsAreReadAsEditorsWriteThem(t *testing.T) {
	for _, c := range []struct {
		zone, text string
		want       string // UTC; or what the refusal says
		twice      bool
	}{
		{"Asia/Riyadh", "2026-12-24 18:30", "2026-12-24T15:30:00Z", false},
		{"Asia/Riyadh", "2026-12-24T18:30", "2026-12-24T15:30:00Z", false},
		{"Asia/Riyadh", "18:30", "2026-10-22T15:30:00Z", false}, // it is Thursday noon
		{"Asia/Riyadh", "today 18:30", "2026-10-22T15:30:00Z", false},
		{"Asia/Riyadh", "tomorrow 7:00", "2026-10-23T04:00:00Z", false},
		{"Asia/Riyadh", "Fri 07:00", "2026-10-23T04:00:00Z", false},
		{"Asia/Riyadh", "thursday 18:00", "2026-10-22T15:00:00Z", false},
		{"Asia/Riyadh", "thursday 07:00", "2026-10-29T04:00:00Z", false},
		{"Asia/Riyadh", "2026-12-24T18:30:00+01:00", "2026-12-24T17:30:00Z", false},
		{"Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z", true},
		{"Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z", false}, // the second
		{"Europe/Berlin", "2026-10-25 03:30", "2026-10-25T02:30:00Z", false},
		{"Europe/Berlin", "2027-03-28 02:30", "clocks skip Sun 2027-03-28 02:30 in Europe/Berlin, which never comes; the first moment after is 03:00", false},
		{"Europe/Berlin", "2026-02-30 07:00", "cannot be read; write it like 2026-12-24 18:30", false},
		{"Europe/Berlin", "soon", "cannot be read", false},
		{"Europe/Berlin", "eid 07:00", "cannot be read", false},
	} {
		got, twice, err := Schedule{Zone: c.zone}.Moment(c.text, at(t, "2026-10-22T09:00:00Z"))
		said := got.UTC().Format(time.RFC3339)
		if err != nil {
			said = err.Error()
		}
		if !strings.Contains(said, c.want) || twice != c.twice {
			t.Errorf("%s in %s: %s, twice %t; want %s", c.text, c.zone, said, twice, c.want)
		}
	}
}

// wish sets a one-off of the stage's edition, in Riyadh's time; "" is none.
func (st *stage) wish(editor, at, instead string, now time.Time) (OneOff, bool, error) {
	st.Helper()
	o := OneOff{Editor: editor}
	for text, to := range map[string]*time.Time{at: &o.At, instead: &o.Instead} {
		if text == "" {
			continue
		}
		var err error
		if *to, _, err = st.edition.Schedule.Moment(text, now); err != nil {
			st.Fatal(err)
		}
	}
	return st.PutOneOff(st.Context(), st.edition, o, now)
}

func TestWhatCannotBeSetSaysWhyAndChangesNothing(t *testing.T) {
	st := newStage(t, Rules{})
	now := at(t, "2026-11-23T09:00:00Z") // Monday noon in Riyadh
	st.edition.Schedule.Holidays = []Holiday{{Date: "2026-11-30", Name: "a feast"}}
	e, err := st.PutEdition(t.Context(), st.edition, now)
	if err != nil {
		t.Fatal(err)
	}
	st.edition = e
	set := func(at, instead string) {
		t.Helper()
		if _, made, err := st.wish("Mona", at, instead, now); err != nil || !made {
			t.Fatal(err)
		}
	}
	set("2026-11-23 18:30", "")
	set("2026-11-24 10:00", "2026-11-24 07:00")
	set("", "2026-11-25 07:00")
	set("2026-11-30 07:00", "") // of a day on which it rests otherwise
	for _, c := range []struct {
		at, instead string
		code        OneOffFault
		says        string
	}{
		{"2026-11-23 11:59", "", OneOffPast, "Mon 2026-11-23 11:59 is over: it is 12:00 now in Asia/Riyadh"},
		{"2026-11-23 12:00", "", OneOffPast, "choose a later time"},
		{"", "2026-11-23 07:00", OneOffPast, "is over"},
		{"2027-11-24 12:00", "", OneOffFar, "is more than a year away"},
		{"2026-11-26 07:00", "", OneOffRegular, "the schedule has a run at Thu 2026-11-26 07:00 anyway"},
		{"2026-11-23 18:30", "2026-11-26 07:00", OneOffTaken, "Mona has set an issue for Mon 2026-11-23 18:30 already"},
		{"2026-11-24 07:00", "", OneOffGone, "was moved to Tue 24 Nov 10:00 by Mona; take that back instead"},
		{"2026-11-24 12:00", "2026-11-24 07:00", OneOffGone, "was moved to Tue 24 Nov 10:00 by Mona already; take that back first"},
		{"", "2026-11-25 07:00", OneOffGone, "was left out by Mona already"},
		{"2026-11-27 12:00", "2026-11-27 08:00", OneOffNoRun, "there is no run at Fri 2026-11-27 08:00"},
		{"", "2026-12-01 07:01", OneOffNoRun, "there is no run"},
	} {
		_, made, err := st.wish("Omar", c.at, c.instead, now)
		var why *OneOffError
		if !errors.As(err, &why) || why.Code != c.code || !strings.Contains(err.Error(), c.says) || made {
			t.Errorf("%q instead of %q: %v; want %s", c.at, c.instead, err, c.says)
		}
	}
	// A run that rests cannot be left out once more; one that was made ahead of its time
	// cannot be overtaken.
	st.edition.Schedule.Holidays = append(st.edition.Schedule.Holidays, Holiday{Date: "2026-12-02", Name: "a feast"})
	if _, _, err := st.wish("Omar", "", "2026-12-02 07:00", now); err == nil || !strings.Contains(err.Error(), "does not go out anyway: it does not go out on 2 December 2026: a feast") {
		t.Errorf("left out on a holiday: %v", err)
	}
	st.publish(st.edition, at(t, "2026-11-23T15:30:00Z"))
	if _, _, err := st.wish("Omar", "2026-11-23 18:00", "", now); err == nil || !strings.Contains(err.Error(), "the issue of Mon 2026-11-23 18:30 was made already") {
		t.Errorf("before one that was made: %v", err)
	}
	st.edition.Paused = true
	if _, _, err := st.wish("Omar", "2026-12-03 18:00", "", now); err == nil || !strings.Contains(err.Error(), "daily is paused") {
		t.Errorf("of a paused edition: %v", err)
	}
	if e, err = st.Edition(t.Context(), "daily"); err != nil || len(e.Schedule.OneOffs) != 3 {
		t.Errorf("what is still to come: %+v %v", e.Schedule.OneOffs, err)
	}
}

func TestOneOffsAreTakenBackUntilTheyAreDue(t *testing.T) {
	st := newStage(t, Rules{})
	now := at(t, "2026-11-23T09:00:00Z")
	extra, _, err := st.wish("Mona", "2026-11-23 18:30", "", now)
	if err != nil {
		t.Fatal(err)
	}
	moved, _, err := st.wish("Mona", "2026-11-24 10:00", "2026-11-24 07:00", now)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := st.wish("Omar", "2026-11-24 12:00", "2026-11-24 10:00", now) // moved once more
	if err != nil {
		t.Fatal(err)
	}
	back := func(o OneOff, now time.Time) error {
		_, err := st.TakeBack(t.Context(), st.edition, o.ID, "Omar", now)
		return err
	}
	if err := back(moved, now); err == nil || !strings.Contains(err.Error(), "was moved to Tue 24 Nov 12:00 by Omar; take that back first") {
		t.Errorf("what was moved on is taken back: %v", err)
	}
	for _, o := range []OneOff{again, extra} {
		if err := back(o, now.Add(time.Hour)); err != nil {
			t.Error(err)
		}
		if err := back(o, now.Add(time.Hour)); !errors.Is(err, ErrNotFound) {
			t.Errorf("taken back twice: %v", err)
		}
	}
	if err := back(moved, at(t, "2026-11-24T04:00:00Z")); err == nil || !strings.Contains(err.Error(), "it is too late to take that back") {
		t.Errorf("taken back when it is due: %v", err)
	}
	e, err := st.Edition(t.Context(), "daily")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2026-11-24 07:00 moved to Tue 24 Nov 10:00 by Mona", "2026-11-24 10:00 ", "2026-11-25 07:00 "}
	for i, r := range e.Schedule.Runs(now, 3) {
		if got := r.At.Format("2006-01-02 15:04 ") + r.Rest; got != want[i] {
			t.Errorf("run %d: %s, want %s", i, got, want[i])
		}
	}
}

// Two editors on two connections, each clicking twice, set one time and move one run once.
func TestTwoEditorsAndDoubleClicksSetOneTime(t *testing.T) {
	st := newStage(t, Rules{})
	now := at(t, "2026-11-23T09:00:00Z")
	stores := []*Store{st.Store, st.connect()}
	var wg sync.WaitGroup
	var mu sync.Mutex
	set, ids := 0, map[int64]bool{}
	for i := range 8 {
		wg.Go(func() {
			o := OneOff{At: now.Add(6 * time.Hour), Editor: fmt.Sprint("Editor ", i%2)}
			o, made, err := stores[i%2].PutOneOff(t.Context(), st.edition, o, now)
			mu.Lock()
			defer mu.Unlock()
			var why *OneOffError
			switch {
			case errors.As(err, &why) && why.Code == OneOffTaken:
			case err != nil:
				t.Error(err)
			default:
				ids[o.ID] = true
				if made {
					set++
				}
			}
		})
	}
	wg.Wait()
	if set != 1 || len(ids) != 1 {
		t.Errorf("%d times were set, %v", set, ids)
	}
}
