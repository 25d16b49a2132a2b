package relay

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// However many connections ask at once, none gets what is promised to another.
func TestPromisesAreKept(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for range 200 {
		m := NewMeter([]Limit{{Count: 20, Per: time.Hour}}, Warmup{})
		var spent atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for m.reserve(now) {
					m.spend(now)
					spent.Add(1)
				}
			})
		}
		all.Wait()
		if n := spent.Load(); n != 20 {
			t.Fatalf("%d mails where 20 may go", n)
		}
	}
}
