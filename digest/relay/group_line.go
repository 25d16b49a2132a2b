package relay

import (
	"context"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// A groupLine is a member's connection to the outbox: it asks for work when it is the
// member's turn.
type groupLine struct {
	member *Member
	inner  Line
	probe  *message.Envelope // sent to see whether the relay is back
}

// told is a line that wants to know whose connection it is.
type told interface{ Through(relay string) }

// line puts the member between a connection and its line to the outbox.
func (m *Member) line(inner Line) Line {
	if t, ok := inner.(told); ok {
		t.Through(m.Name)
	}
	return &groupLine{member: m, inner: inner}
}

// Next implements Line.
func (l *groupLine) Next(ctx context.Context) *message.Envelope {
	for {
		gate, probe, ok := l.wait(ctx)
		if !ok {
			return nil
		}
		waiting, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(gate, cancel)
		e := l.inner.Next(waiting)
		stop()
		cancel()
		if e != nil {
			l.taken(e, probe)
			return e
		}
		l.giveUp(probe)
		if ctx.Err() != nil {
			return nil
		}
		if gate.Err() == nil {
			l.member.group.end()
			return nil
		}
	}
}

// wait waits for the member's turn. gate ends when the turn is over; a probe's does not.
func (l *groupLine) wait(ctx context.Context) (gate context.Context, probe, ok bool) {
	m, g := l.member, l.member.group
	for {
		g.mutex.Lock()
		now := time.Now()
		admitted, probe, again := m.admit(now)
		gate, changed := m.gate, g.changed
		g.mutex.Unlock()
		if admitted {
			return gate, probe, true
		}
		var timer <-chan time.Time
		if !again.IsZero() {
			timer = time.After(again.Sub(now))
		}
		select {
		case <-ctx.Done():
			return nil, false, false
		case <-g.over:
			return nil, false, false
		case <-changed:
		case <-timer:
		}
	}
}

// Ready implements Line.
func (l *groupLine) Ready() *message.Envelope {
	m, g := l.member, l.member.group
	g.mutex.Lock()
	ok := false
	if !m.health.down { // a probe takes one mail, not two
		ok, _, _ = m.admit(time.Now())
	}
	g.mutex.Unlock()
	if !ok {
		return nil
	}
	e := l.inner.Ready()
	if e == nil {
		l.giveUp(false)
		return nil
	}
	l.taken(e, false)
	return e
}

// taken counts a mail that goes to the relay.
func (l *groupLine) taken(e *message.Envelope, probe bool) {
	m := l.member
	if probe {
		l.probe = e
	}
	if m.Meter == nil {
		return
	}
	now := time.Now()
	m.Meter.spend(now)
	m.group.mutex.Lock()
	defer m.group.mutex.Unlock()
	m.look(now)
}

// giveUp takes back what a connection was promised that got no work.
func (l *groupLine) giveUp(probe bool) {
	m := l.member
	if m.Meter != nil {
		m.Meter.release()
	}
	if !probe && m.Meter == nil {
		return
	}
	m.group.mutex.Lock()
	defer m.group.mutex.Unlock()
	if probe {
		m.probing = false
	}
	if probe || m.short {
		m.short = false
		m.group.change()
	}
}

// Done implements Line.
func (l *groupLine) Done(e *message.Envelope, accepted Reply, err *Error) {
	m := l.member
	probe := l.probe == e
	if probe {
		l.probe = nil
	}
	if m.Meter != nil && untried(err) {
		m.Meter.Add(time.Now(), -1)
	}
	l.inner.Done(e, accepted, m.settle(err, probe))
}

// untried reports whether the relay has not heard of the mail.
func untried(err *Error) bool {
	return err != nil && !err.Uncertain && (err.Stage == StageConnect || err.Stage == StageTLS || err.Stage == StageAuth)
}
