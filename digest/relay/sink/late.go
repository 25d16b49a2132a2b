package sink

import (
	"io"
	"slices"
	"time"
)

// A late is a writer to a place far away: what is written arrives after a delay, and what
// is written meanwhile is on its way too.
type late struct {
	w     io.Writer
	delay time.Duration
	way   chan parcel
	done  chan struct{}
}

type parcel struct {
	due  time.Time
	data []byte
}

func newLate(w io.Writer, delay time.Duration) *late {
	l := &late{w: w, delay: delay, way: make(chan parcel, 1000), done: make(chan struct{})}
	go l.deliver()
	return l
}

func (l *late) deliver() {
	defer close(l.done)
	for p := range l.way {
		time.Sleep(time.Until(p.due))
		_, _ = l.w.Write(p.data) // who is gone does not read
	}
}

// Write sends p on its way.
func (l *late) Write(p []byte) (int, error) {
	l.way <- parcel{time.Now().Add(l.delay), slices.Clone(p)}
	return len(p), nil
}

// end waits until all has arrived.
func (l *late) end() {
	close(l.way)
	<-l.done
}
