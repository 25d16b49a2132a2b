package relay_test

import (
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// No stretch of a limit's length has more mails than the limit, however they come, and
// hardly less where there are always more to send.
func TestNoStretchHasMoreThanItsLimit(t *testing.T) {
	for _, l := range []relay.Limit{{Count: 100, Per: time.Minute}, {Count: 50, Per: time.Hour}, {Count: 30, Per: 24 * time.Hour}} {
		m := relay.NewMeter([]relay.Limit{l}, relay.Warmup{})
		var sent []time.Time
		step := l.Per / 997
		for now := noon.Add(17 * time.Millisecond); now.Before(noon.Add(5 * l.Per)); now = now.Add(step) {
			for !m.Next(now).After(now) {
				m.Add(now, 1)
				sent = append(sent, now)
			}
		}
		for i := l.Count; i < len(sent); i++ {
			if d := sent[i].Sub(sent[i-l.Count]); d < l.Per {
				t.Fatalf("%d per %s: %d mails in %s", l.Count, l.Per, l.Count+1, d)
			}
		}
		if len(sent) != 5*l.Count {
			t.Errorf("%d per %s: %d mails in five times as long", l.Count, l.Per, len(sent))
		}
	}
}

func TestAFullMeterSaysWhenItHasRoom(t *testing.T) {
	m := relay.NewMeter([]relay.Limit{{Count: 10, Per: time.Hour}, {Count: 15, Per: 24 * time.Hour}}, relay.Warmup{})
	m.Add(noon, 10)
	next := m.Next(noon)
	if wait := next.Sub(noon); wait < time.Hour || wait > time.Hour+time.Minute {
		t.Fatalf("the hour is full for %s", wait)
	}
	if before := next.Add(-time.Millisecond); !m.Next(before).After(before) {
		t.Error("there was room before it said")
	}
	if m.Next(next).After(next) {
		t.Error("there is no room when it said")
	}
	m.Add(next, 5)
	if wait := m.Next(next).Sub(noon); wait < 24*time.Hour || wait > 25*time.Hour {
		t.Errorf("the day is full until %s after its first mail", wait)
	}
}

func TestWarmupDoublesEveryDay(t *testing.T) {
	// The warm-up begins at midnight UTC of the day, which is the evening before in the west.
	from := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	fill := func(m *relay.Meter, now time.Time) (n int) {
		for n < 1_000_000 && !m.Next(now).After(now) {
			m.Add(now, 100)
			n += 100
		}
		return n
	}
	for day, want := range map[int]int{-3: 500, 0: 500, 1: 1000, 2: 2000, 5: 16000, 6: 20000, 12: 20000} {
		m := relay.NewMeter([]relay.Limit{{Count: 20000, Per: 24 * time.Hour}}, relay.Warmup{Start: 500, From: from})
		if n := fill(m, from.AddDate(0, 0, day).Add(5*time.Hour)); n != want {
			t.Errorf("day %d took %d, want %d", day, n, want)
		}
	}
	m := relay.NewMeter(nil, relay.Warmup{Start: 500, From: from})
	total := 0
	for hour := range 72 { // what came before counts in the next day's 24 hours
		total += fill(m, from.Add(time.Duration(hour)*time.Hour))
	}
	if total < 2000 || total > 3500 {
		t.Errorf("%d mails in the first three days", total)
	}
	late := relay.NewMeter(nil, relay.Warmup{Start: 500, From: from})
	if n := fill(late, from.AddDate(0, 2, 0)); n != 1_000_000 {
		t.Errorf("a warm-up that is long over allows %d", n)
	}
	late.Add(from, 500)
	if next := late.Next(from.Add(time.Hour)); next != from.AddDate(0, 0, 1) {
		t.Errorf("the first day's mails are used up until %s", next)
	}
}

func TestCountsAreTakenUpAgain(t *testing.T) {
	limits := []relay.Limit{{Count: 10, Per: time.Hour}, {Count: 1000, Per: 24 * time.Hour}}
	m := relay.NewMeter(limits, relay.Warmup{})
	m.Add(noon.Add(-50*time.Minute), 4)
	m.Add(noon, 6)
	saved := m.Unsaved()
	if len(saved) != 4 || len(m.Unsaved()) != 0 {
		t.Errorf("unsaved %v, then %v", saved, m.Unsaved())
	}
	again := relay.NewMeter(limits, relay.Warmup{})
	again.Restore(saved)
	if next := again.Next(noon); next != m.Next(noon) || !next.After(noon) {
		t.Errorf("room at %s, before the restart at %s", next, m.Next(noon))
	}
	lower := relay.NewMeter([]relay.Limit{{Count: 10, Per: 24 * time.Hour}}, relay.Warmup{})
	lower.Restore(saved) // the settings have changed
	if wait := lower.Next(noon).Sub(noon); wait < 23*time.Hour {
		t.Errorf("ten a day are full for %s", wait)
	}
}
