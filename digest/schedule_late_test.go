package digest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHolidaysAreRunsThatRest(t *testing.T) {
	eid, err := ParseHolidays("2027-03-10..2027-03-11 Eid al-Fitr")
	if err != nil {
		t.Fatal(err)
	}
	s := Schedule{Cron: "0 1 * * *", Zone: "Asia/Riyadh", Holidays: append(eid, Holiday{"03-13", ""})}
	var got []string
	for _, r := range s.Runs(at(t, "2027-03-08T12:00:00Z"), 6) {
		got = append(got, strings.TrimSpace(r.At.UTC().Format("01-02 15:04 ")+r.Rest))
	}
	want := []string{ // 1 o'clock in Riyadh is the day before in UTC
		"03-08 22:00", "03-09 22:00 it does not go out on 10 March 2027: Eid al-Fitr", "03-10 22:00 it does not go out on 11 March 2027: Eid al-Fitr",
		"03-11 22:00", "03-12 22:00 it does not go out on 13 March 2027", "03-13 22:00",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var next []string
	for _, n := range s.Next(at(t, "2027-03-08T12:00:00Z"), 3) {
		next = append(next, n.UTC().Format("01-02"))
	}
	if d := cmp.Diff([]string{"03-08", "03-11", "03-13"}, next); d != "" {
		t.Error(d)
	}
	if s.Rests(at(t, "2028-03-12T22:00:00Z")) == "" || s.Rests(at(t, "2028-03-09T22:00:00Z")) != "" {
		t.Error("one comes every year, the other does not")
	}
	// What was missed before a holiday is not made up for on it.
	if slot, ok := s.Due(at(t, "2027-03-08T12:00:00Z"), at(t, "2027-03-10T06:00:00Z")); ok {
		t.Errorf("on the holiday %s is due", slot)
	}
}

func TestScheduleThatRestsEveryDayEnds(t *testing.T) {
	s := Schedule{Cron: "0 7 * * *"}
	for day := at(t, "2024-01-01T00:00:00Z"); day.Year() == 2024; day = day.AddDate(0, 0, 1) {
		s.Holidays = append(s.Holidays, Holiday{Date: day.Format("01-02")})
	}
	if next := s.Next(at(t, "2027-03-08T12:00:00Z"), 1); len(next) != 0 {
		t.Errorf("it goes out at %v", next)
	}
}

func TestWrongHolidays(t *testing.T) {
	for _, text := range []string{"", "Christmas", "13-01", "2027-02-30", "2027-3-1", "2027-03-10..2027-03-09", "2027-03-10..2028-03-09", "12-24..12-26"} {
		if days, err := ParseHolidays(text); err == nil {
			t.Errorf("%q became %v", text, days)
		}
	}
	if _, err := ParseHolidays("02-29 Leap day"); err != nil {
		t.Error(err)
	}
}

func TestUntilWhenAnIssueIsOfUse(t *testing.T) {
	for _, c := range []struct{ useful, zone, slot, want string }{
		{"", "Asia/Riyadh", "2027-03-10T04:00:00Z", ""},
		{"3h", "Asia/Riyadh", "2027-03-10T04:00:00Z", "2027-03-10T07:00:00Z"},
		{"10:00", "Asia/Riyadh", "2027-03-10T04:00:00Z", "2027-03-10T07:00:00Z"},
		{"07:00", "Asia/Riyadh", "2027-03-10T04:00:00Z", "2027-03-11T04:00:00Z"},
		{"01:00", "Asia/Riyadh", "2027-03-10T20:30:00Z", "2027-03-10T22:00:00Z"},
		{"02:30", "Europe/Berlin", "2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z"}, // which clocks skip
	} {
		got, has := Schedule{Zone: c.zone, Useful: c.useful}.UsefulUntil(at(t, c.slot))
		if has != (c.want != "") || has && !got.Equal(at(t, c.want)) {
			t.Errorf("%q after %s: %v %v, want %q", c.useful, c.slot, got.UTC(), has, c.want)
		}
	}
}

func TestLateRules(t *testing.T) {
	slot := at(t, "2027-03-10T04:00:00Z")
	for rule, want := range map[LateRule]string{LateSend: "", LateNext: "too late: ", LateHold: "held, too late: "} {
		s := Schedule{Cron: "0 7 * * *", Zone: "Asia/Riyadh", Useful: "10:00", Late: rule}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		if why := s.TooLate(slot, slot.Add(3*time.Hour)); why != "" {
			t.Errorf("%q at the last moment: %s", rule, why)
		}
		why := s.TooLate(slot, slot.Add(3*time.Hour+time.Second))
		if !strings.HasPrefix(why, want) || want == "" && why != "" {
			t.Errorf("%q a second later: %q", rule, why)
		}
	}
	for _, s := range []Schedule{{Late: LateNext}, {Late: "later", Useful: "3h"}, {Useful: "soon"}, {Useful: "-3h"}, {Useful: "25:00"}} {
		if err := s.Check(); err == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
}
