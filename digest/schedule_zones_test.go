package digest

import (
	"testing"
	"time"
)

// zones have every kind of change of clocks: none, an hour at several times of day, half an
// hour, at midnight, and two in a month for Ramadan.
var zones = []string{
	"UTC", "Asia/Riyadh", "Asia/Kathmandu", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns",
	"America/Santiago", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham",
}

// TestRuleForChangesOfClocksHoldsInEveryZone looks at the clock of each zone every minute of
// a year, and compares what ClockRule says with what the schedule makes of it.
func TestRuleForChangesOfClocksHoldsInEveryZone(t *testing.T) {
	from, to := at(t, "2027-01-02T00:00:00Z"), at(t, "2028-01-02T00:00:00Z")
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		want := byLooking(zone, from, to, []int{0, 2*60 + 30, 7 * 60})
		s := Schedule{Cron: "0 0,7 * * *; 30 2 * * *", Zone: name}
		got := s.Next(from, len(want)+1)
		for i, w := range want {
			if i >= len(got) || !got[i].Equal(w) {
				t.Errorf("%s: run %d is %v, by the clock %s", name, i, got[min(i, len(got)-1)], w.In(zone))
				break
			}
		}
		if len(got) > len(want) && got[len(want)].Before(to) {
			t.Errorf("%s: %s is one too many", name, got[len(want)])
		}
	}
}

// byLooking returns the moments after from and before to at which a clock first reads each
// time of day, given in minutes, or first reads a later one.
func byLooking(zone *time.Location, from, to time.Time, minutes []int) (moments []time.Time) {
	done := map[string]map[int]bool{}
	for t := from.Add(-24 * time.Hour); t.Before(to); t = t.Add(time.Minute) {
		local := t.In(zone)
		date := local.Format("2006-01-02")
		if done[date] == nil {
			done[date] = map[int]bool{}
		}
		hit := false
		for _, m := range minutes {
			if local.Hour()*60+local.Minute() >= m && !done[date][m] {
				done[date][m], hit = true, true
			}
		}
		if hit && t.After(from) {
			moments = append(moments, t)
		}
	}
	return moments
}
