package digest

import (
	"strings"
	"testing"
	"time"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	m, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, cron, zone, after string
		want                    []string // UTC
	}{
		{"every morning", "0 7 * * *", "Asia/Riyadh", "2026-11-23T04:00:00Z", []string{"2026-11-24T04:00:00Z", "2026-11-25T04:00:00Z"}},
		{"weekdays in Arabia", "30 6 * * 0-4", "Asia/Riyadh", "2026-11-26T12:00:00Z", []string{"2026-11-29T03:30:00Z", "2026-11-30T03:30:00Z"}},
		{"gap in Berlin: the first moment after", "30 2 * * *", "Europe/Berlin", "2026-03-28T02:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		{"overlap in Berlin: once, the first", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"midnight that Beirut skips", "0 0 * * *", "Asia/Beirut", "2026-03-28T12:00:00Z", []string{"2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"}},
		{"midnight that Cairo skips", "0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", []string{"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
		{"several times in one gap are one", "0,20,40 2 * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
		{"half an hour in Lord Howe", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Schedule{Cron: c.cron, Zone: c.zone}.Next(at(t, c.after), len(c.want))
			if len(got) != len(c.want) {
				t.Fatalf("got %v", got)
			}
			for i := range got {
				if g := got[i].UTC().Format(time.RFC3339); g != c.want[i] {
					t.Errorf("run %d at %s, want %s", i+1, g, c.want[i])
				}
			}
		})
	}
}

func TestEverySlotOfAYearComesOnceInOrder(t *testing.T) {
	for _, zone := range []string{"Asia/Riyadh", "Europe/Berlin", "Asia/Beirut", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "UTC"} {
		for _, line := range []string{"0 0 * * *", "30 2 * * *", "0 7 * * *"} {
			s := Schedule{Cron: line, Zone: zone}
			year := s.Next(at(t, "2026-01-01T12:00:00Z"), 365)
			for i := 1; i < len(year); i++ {
				if gap := year[i].Sub(year[i-1]); gap < 22*time.Hour || gap > 26*time.Hour {
					t.Errorf("%s %s: %s follows %s", zone, line, year[i], year[i-1])
				}
				if one := s.Next(year[i-1], 1); len(one) != 1 || !one[0].Equal(year[i]) {
					t.Errorf("%s %s: after %s comes %v, walking says %s", zone, line, year[i-1], one, year[i])
				}
			}
		}
	}
}

func TestDueIsTheLastMissedRunOnce(t *testing.T) {
	s := Schedule{Cron: "0 7 * * *", Zone: "Asia/Riyadh"}
	last := at(t, "2026-11-20T04:00:00Z")
	slot, ok := s.Due(last, at(t, "2026-11-23T09:00:00Z"))
	if !ok || !slot.Equal(at(t, "2026-11-23T04:00:00Z")) {
		t.Fatalf("due %v %v", slot, ok)
	}
	if slot, ok := s.Due(slot, at(t, "2026-11-23T09:00:00Z")); ok {
		t.Errorf("due again: %v", slot)
	}
	if _, ok := s.Due(slot, at(t, "2026-11-24T04:00:00Z")); !ok {
		t.Error("not due at its very moment")
	}
	if _, ok := (Schedule{}).Due(last, at(t, "2026-11-23T09:00:00Z")); ok {
		t.Error("an edition without schedule is due")
	}
}

func TestWrongSchedulesAreRefusedInWords(t *testing.T) {
	for _, c := range []struct{ cron, zone, want string }{
		{"0 7 * *", "UTC", "not a cron line"},
		{"0 25 * * *", "UTC", "not a cron line"},
		{"0 0 31 2 *", "UTC", "never comes"},
		{"TZ=0", "UTC", "zone in its own field"},
		{"CRON_TZ=Europe/Berlin", "UTC", "zone in its own field"},
		{"@every 5m", "UTC", "no fixed times"},
		{"0 7 * * *; @every 5m", "UTC", "no fixed times"},
		{"0 7 * * *;", "UTC", "not a cron line"},
		{"0 7 * * *", "Riyadh", "IANA name"},
		{"0 7 * * *", "Local", "IANA name"},
		{"0 7 * * *", "../etc/passwd", "IANA name"},
	} {
		err := Schedule{Cron: c.cron, Zone: c.zone}.Check()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Check(%q, %q) = %v, want %q", c.cron, c.zone, err, c.want)
		}
	}
	for _, good := range []Schedule{{Cron: "0 7 * * 1-5", Zone: "Asia/Riyadh"}, {Cron: "@daily"}, {Zone: "UTC"}, {Cron: "0 7 * * *; 30 18 * * 5"}} {
		if err := good.Check(); err != nil {
			t.Errorf("%v refused: %v", good, err)
		}
	}
}
