package web

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestGaugeForgetsWhatIsOlderThanItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGauge(10*time.Minute, 100)
		for range 10 {
			g.Add("203.0.113.0/24", time.Now())
		}
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 10}, {9 * time.Minute, 10}, {6 * time.Minute, 5}, {5 * time.Minute, 0}, {time.Hour, 0}} {
			time.Sleep(step.wait)
			if got := g.Count("203.0.113.0/24", time.Now()); got != step.want {
				t.Errorf("after %v more: %d, want %d", step.wait, got, step.want)
			}
		}
		if got := g.Add("203.0.113.0/24", time.Now()); got != 1 {
			t.Errorf("an hour later the first is number %d", got)
		}
		if got := g.Count("198.51.100.0/24", time.Now()); got != 0 {
			t.Errorf("a stranger came %d times", got)
		}
	})
}

func TestGaugeNeverGrowsBeyondItsRoom(t *testing.T) {
	g := NewGauge(time.Hour, 50)
	now := time.Unix(1_800_000_000, 0)
	for i := range 10_000 {
		g.Add(strconv.Itoa(i), now)
		if len(g.now) > 50 || len(g.earlier) > 50 {
			t.Fatalf("%d and %d keys are kept", len(g.now), len(g.earlier))
		}
	}
}

// Whatever comes when, a gauge never counts more than came within twice its window, and
// never less than what came in the present span.
func TestGaugeIsNeverFarFromTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const window = time.Minute
		g := NewGauge(window, 10)
		now := time.Unix(1_800_000_000, 0)
		var came []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "ms")) * time.Millisecond)
			came = append(came, now)
			got, most := g.Add("k", now), 0
			for _, at := range came {
				if now.Sub(at) < 2*window {
					most++
				}
			}
			if got < 1 || got > most {
				t.Fatalf("counted %d of at most %d", got, most)
			}
		}
	})
}
