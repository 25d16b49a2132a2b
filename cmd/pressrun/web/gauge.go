package web

import (
	"hash/maphash"
	"sync"
	"time"
)

// A Gauge counts how often each of many keys came lately. It keeps no key, only a hash that
// nobody else can make, and no more of them than it has room for.
//
// It counts in spans of its window, and of the span before takes the share that the window
// still covers, as if what came in it had come evenly.
type Gauge struct {
	window time.Duration
	room   int
	seed   maphash.Seed

	mu           sync.Mutex
	begun        time.Time // the present span
	now, earlier map[uint64]int
}

// NewGauge returns a gauge of a window of time, with room for so many keys in one.
func NewGauge(window time.Duration, room int) *Gauge {
	return &Gauge{window: window, room: room, seed: maphash.MakeSeed(), now: map[uint64]int{}, earlier: map[uint64]int{}}
}

// Add counts a key once more and returns how often it came within the window, this time
// included.
func (g *Gauge) Add(key string, now time.Time) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	h := maphash.String(g.seed, key)
	if _, known := g.now[h]; !known && len(g.now) >= g.room {
		g.next(now) // forgets a little early rather than grow
	}
	g.now[h]++
	return g.count(h, now)
}

// Count returns how often a key came within the window.
func (g *Gauge) Count(key string, now time.Time) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	return g.count(maphash.String(g.seed, key), now)
}

func (g *Gauge) count(h uint64, now time.Time) int {
	covered := 1 - float64(now.Sub(g.begun))/float64(g.window)
	return g.now[h] + int(float64(g.earlier[h])*max(covered, 0))
}

// turn begins a new span when the present one is over.
func (g *Gauge) turn(now time.Time) {
	switch gone := now.Sub(g.begun); {
	case gone >= 2*g.window:
		clear(g.now)
		clear(g.earlier)
		g.begun = now
	case gone >= g.window:
		g.next(g.begun.Add(g.window))
	}
}

func (g *Gauge) next(begin time.Time) {
	g.now, g.earlier = g.earlier, g.now
	clear(g.now)
	g.begun = begin
}
