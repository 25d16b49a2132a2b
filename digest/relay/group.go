package relay

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Group sends through several relays. Those of the same priority share the work: each
// connection takes the next mail when it is free, so that a relay's share is that of its
// connections and its speed. Those of a later priority get work only while every relay
// before them is down or has had all it may get.
type Group struct {
	Members []*Member
	Log     *slog.Logger

	mutex   sync.Mutex
	changed chan struct{} // closed, and another made, when the state of a member changes
	over    chan struct{} // closed when there is nothing left to send
	ended   func() error  // not nil when Run is to end
	running bool
}

// A Member is one relay of a group. Exported fields are set before Run.
type Member struct {
	Name     string // for people
	Relay    Runner // a *Pool or a Dir
	Priority int    // 1 goes first
	Meter    *Meter // nil: no limits

	group   *Group
	health  health
	full    bool      // the meter has no room; the member's own lines look when it has again
	gone    bool      // Run returned an error
	lost    string    // why, and
	left    time.Time // when
	probing bool      // a connection has been let through to see whether the relay is back
	short   bool      // a connection waits because what is left is promised to others
	// gate ends when the member's connections shall not wait for work any longer.
	gate     context.Context
	shut     context.CancelFunc
	toldFull time.Time
}

// A Runner sends what its lines give: see Pool and Dir.
type Runner interface {
	Run(ctx context.Context, open func() Line) error
}

// Run sends what the lines give until there is nothing left or ctx ends, as Pool.Run does.
// It fails when every member has failed.
func (g *Group) Run(ctx context.Context, open func() Line) error {
	g.begin(ctx.Err)
	defer g.rest()
	var all errgroup.Group
	failures := make([]error, len(g.Members))
	for i, m := range g.Members {
		all.Go(func() error {
			failures[i] = m.Relay.Run(ctx, func() Line { return m.line(open()) })
			if failures[i] != nil {
				m.leave(failures[i])
			}
			return nil
		})
	}
	_ = all.Wait()
	for _, err := range failures {
		if err == nil {
			return nil
		}
	}
	return errors.Join(failures...)
}

func (g *Group) begin(ended func() error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.ended, g.running = ended, true
	g.changed, g.over = make(chan struct{}), make(chan struct{})
	for _, m := range g.Members {
		m.group, m.health, m.full, m.gone, m.probing = g, health{}, false, false, false
		m.gate, m.shut = context.WithCancel(context.Background())
		if p, ok := m.Relay.(*Pool); ok {
			p.dialled = m.dialled
		}
	}
}

// Open reports whether any relay takes mail now. While none does, nothing need be made
// ready for them.
func (g *Group) Open() bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := time.Now()
	for _, m := range g.Members {
		m.look(now)
		if !m.gone && !m.full && !m.health.until.After(now) {
			return true
		}
	}
	return false
}

// change wakes all that wait, and calls back the connections of those whose turn is over.
// The mutex is held.
func (g *Group) change() {
	close(g.changed)
	g.changed = make(chan struct{})
	for _, m := range g.Members {
		if !m.turn() || m.full || m.gone || m.health.down && !m.probing { // a probe may go on
			m.shut()
			m.gate, m.shut = context.WithCancel(context.Background())
		}
	}
}

// down reports whether the relay does not work.
func (m *Member) down() bool { return m.gone || m.health.down }

// turn reports whether every member of an earlier priority is out of work.
func (m *Member) turn() bool {
	for _, other := range m.group.Members {
		if other.Priority < m.Priority && !other.down() && !other.full {
			return false
		}
	}
	return true
}

// look finds out whether the meter has room. The mutex is held.
func (m *Member) look(now time.Time) {
	if m.Meter == nil || m.group == nil {
		return
	}
	next := m.Meter.Next(now)
	full := next.After(now)
	if full == m.full {
		return
	}
	m.full = full
	if full && now.Sub(m.toldFull) > time.Hour { // an hour's limit may fill and clear all the time
		m.toldFull = now
		m.group.Log.Warn("relay " + m.Name + " has had all the mail it may get for now; the next goes to it " + inWords(next.Sub(now)))
	}
	m.group.change()
}

// admit lets a connection ask for work, if it may have some now. Otherwise it returns when
// to ask again, the zero time for when something has changed. The mutex is held.
func (m *Member) admit(now time.Time) (admitted, probe bool, again time.Time) {
	m.look(now)
	switch {
	case m.gone || !m.turn():
		return false, false, time.Time{}
	case m.health.until.After(now):
		return false, false, m.health.until
	case m.health.down && m.probing:
		return false, false, time.Time{}
	case m.Meter != nil && !m.Meter.reserve(now):
		m.short = true
		if next := m.Meter.Next(now); next.After(now) {
			again = next
		}
		return false, false, again
	}
	if m.health.down {
		m.probing = true
	}
	return true, m.health.down, time.Time{}
}

// leave takes a member out that cannot run.
func (m *Member) leave(err error) {
	m.group.mutex.Lock()
	defer m.group.mutex.Unlock()
	m.gone, m.lost, m.left = true, err.Error(), time.Now()
	m.group.Log.Error("relay " + m.Name + " cannot be used and is left out: " + err.Error())
	m.group.change()
}

// dialled takes note of a connection that was opened, or was not.
func (m *Member) dialled(err *Error) {
	m.group.mutex.Lock()
	defer m.group.mutex.Unlock()
	if err == nil || err.Class == Configuration { // which the line tells
		m.health.reached = m.health.reached || err == nil
		return
	}
	if m.group.ended() == nil {
		m.note(m.health.unreached(err, time.Now()))
	}
}

// settle takes note of an outcome, and returns it as the outbox shall see it: what is
// wrong with this relay alone is no fault of the issue while there are others.
func (m *Member) settle(err *Error, probe bool) *Error {
	m.group.mutex.Lock()
	defer m.group.mutex.Unlock()
	if probe {
		m.probing = false
	}
	if probe || untried(err) {
		defer m.group.change()
	}
	ours := err != nil && err.Class == Configuration
	if ours && !m.othersLeft() {
		for _, other := range m.group.Members { // when the issue is resumed all are asked anew
			other.health = health{}
		}
		m.group.change()
		return err
	}
	m.note(m.health.outcome(err, time.Now()))
	if ours {
		return &Error{Stage: StageConnect, Class: Unavailable, Err: errors.New("the relay " + m.Name + " is left out: " + err.Error())}
	}
	return err
}

// othersLeft reports whether another member may take the mail, now or later.
func (m *Member) othersLeft() bool {
	for _, other := range m.group.Members {
		if other != m && !other.gone && !other.health.misfit {
			return true
		}
	}
	return false
}

// note tells people of a change, each once.
func (m *Member) note(n notice) {
	if n.what == "" {
		return
	}
	m.group.Log.Log(context.Background(), n.level, "relay "+m.Name+" "+n.what)
	m.group.change()
}

// end says that there is nothing left to send.
func (g *Group) end() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	select {
	case <-g.over:
	default:
		close(g.over)
	}
}
