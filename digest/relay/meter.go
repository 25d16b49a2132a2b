package relay

import (
	"math"
	"sync"
	"time"
)

// A Limit is how many mails a relay may get in any stretch of time of a length, wherever
// it begins: that is how providers count.
type Limit struct {
	Count int
	Per   time.Duration
}

// A Warmup lets a relay that is new to receivers begin with few mails a day: Start on the
// day of From (UTC) and before, and twice as many each day after it.
type Warmup struct {
	Start int
	From  time.Time
}

// most returns how many mails a day are right at a time, 0 when the warm-up is over.
func (w Warmup) most(now time.Time) int {
	if w.Start == 0 {
		return 0
	}
	days := max(0, int(now.Sub(w.From.UTC().Truncate(day)).Hours()/24))
	if days > 30 || w.Start > math.MaxInt32>>days {
		return 0
	}
	return w.Start << days
}

const day = 24 * time.Hour

// A Meter counts what a relay got, and says when it may get more. It may be used by
// several goroutines. What it has counted can be kept over a restart: see Unsaved.
type Meter struct {
	mutex    sync.Mutex
	windows  []*window
	reserved int // promised to connections that have no envelope yet
}

// NewMeter returns a meter that has counted nothing.
func NewMeter(limits []Limit, warmup Warmup) *Meter {
	m := &Meter{}
	warming := warmup.Start > 0
	for _, l := range limits {
		w := &window{Limit: l}
		if l.Per == day && warming {
			w.warmup, warming = warmup, false
		}
		m.windows = append(m.windows, w)
	}
	if warming {
		m.windows = append(m.windows, &window{Limit: Limit{Per: day}, warmup: warmup})
	}
	return m
}

// A Count is how many mails a relay got in a short stretch of time, as a meter keeps it
// for one of its limits.
type Count struct {
	Per   time.Duration // of the limit
	Start time.Time
	N     int
}

// Next returns when one more mail may go: now or before, if at once.
func (m *Meter) Next(now time.Time) time.Time {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.next(now, 1)
}

// next returns when n more may go.
func (m *Meter) next(now time.Time, n int) time.Time {
	at := time.Time{}
	for _, w := range m.windows {
		if t := w.next(now, n); t.After(at) {
			at = t
		}
	}
	return at
}

// A Use is how much of a limit is used.
type Use struct {
	Limit           // as it is now: a warm-up may allow less than what is set
	Used  int       // of it
	Warms bool      // the warm-up is what limits
	Next  time.Time // when one more may go, now or before if at once
}

// Uses returns how much of each limit is used.
func (m *Meter) Uses(now time.Time) (uses []Use) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, w := range m.windows {
		most := w.most(now)
		if most == math.MaxInt {
			continue // the warm-up is over, and there is no other limit
		}
		next := w.next(now, 1)
		uses = append(uses, Use{Limit: Limit{Count: most, Per: w.Per}, Used: w.sum, Warms: most != w.Count, Next: next})
	}
	return uses
}

// reserve promises one mail, if there is room for it beside those promised already.
func (m *Meter) reserve(now time.Time) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.next(now, m.reserved+1).After(now) {
		return false
	}
	m.reserved++
	return true
}

// spend counts one mail that was promised.
func (m *Meter) spend(now time.Time) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.reserved--
	m.add(now, 1)
}

// release takes a promise back.
func (m *Meter) release() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.reserved--
}

// Add counts n mails.
func (m *Meter) Add(now time.Time, n int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.add(now, n)
}

func (m *Meter) add(now time.Time, n int) {
	for _, w := range m.windows {
		w.add(now, n)
	}
}

// Restore takes up counts that were kept, oldest first, in the place of its own. Those of
// limits that there are no more are passed over.
func (m *Meter) Restore(counts []Count) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, w := range m.windows {
		w.parts, w.sum = nil, 0
	}
	for _, c := range counts {
		for _, w := range m.windows {
			if w.Per == c.Per {
				w.restore(c)
			}
		}
	}
}

// Unsaved returns the counts that have changed since it was asked last.
func (m *Meter) Unsaved() (changed []Count) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, w := range m.windows {
		for i := range w.parts {
			if p := &w.parts[i]; p.unsaved {
				p.unsaved = false
				changed = append(changed, Count{w.Per, p.start, p.n})
			}
		}
	}
	return changed
}

// A window counts one limit, in parts that are forgotten one by one: each when its last
// moment is as long ago as the limit is, so that no stretch of that length has more.
type window struct {
	Limit
	warmup Warmup
	parts  []part // oldest first
	sum    int
}

type part struct {
	start   time.Time
	n       int
	unsaved bool
}

// grain is the length of a part: fine enough that a limit loses half a percent by it.
func (w *window) grain() time.Duration { return max(w.Per/240, time.Second).Truncate(time.Second) }

// most is how many the window takes at a time.
func (w *window) most(now time.Time) int {
	warm := w.warmup.most(now)
	switch {
	case w.Count == 0 && warm == 0:
		return math.MaxInt
	case w.Count == 0:
		return warm
	case warm == 0:
		return w.Count
	}
	return min(w.Count, warm)
}

func (w *window) next(now time.Time, n int) time.Time {
	w.forget(now)
	most := w.most(now)
	if w.sum <= most-n {
		return now
	}
	at := now.Add(w.Per)
	for sum, i := w.sum, 0; i < len(w.parts); i++ {
		if sum -= w.parts[i].n; sum <= most-n {
			at = w.gone(w.parts[i])
			break
		}
	}
	if w.warmup.most(now) > 0 { // more from midnight on
		if tomorrow := now.UTC().Truncate(day).Add(day); tomorrow.Before(at) {
			at = tomorrow
		}
	}
	return at
}

// gone is when a part does not count any more.
func (w *window) gone(p part) time.Time { return p.start.Add(w.grain() + w.Per) }

func (w *window) forget(now time.Time) {
	for len(w.parts) > 0 && !w.gone(w.parts[0]).After(now) {
		w.sum -= w.parts[0].n
		w.parts = w.parts[1:]
	}
}

func (w *window) add(now time.Time, n int) {
	start := now.UTC().Truncate(w.grain())
	last := len(w.parts) - 1
	if last < 0 || w.parts[last].start.Before(start) {
		w.parts = append(w.parts, part{start: start})
		last++
	}
	// A clock that was set back adds to what was counted last.
	n = max(n, -w.parts[last].n)
	w.parts[last].n += n
	w.parts[last].unsaved = true
	w.sum += n
}

// restore takes up a part.
func (w *window) restore(c Count) {
	w.parts = append(w.parts, part{start: c.Start, n: c.N})
	w.sum += c.N
}
