package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
)

// A line is the outbox as one connection sees it. It has at most one outcome that is not
// written down yet, or as many as its window is wide: that, and the messages whose dot is
// on the way, is all that a kill can double.
type line struct {
	sender  *Sender
	relay   string           // its name
	claims  map[int64]*claim // handed out
	pending []chan struct{}  // of the last outcomes, each closed when it is written down
}

// Through is told the name of the relay whose connection it is: see relay.Group.
func (l *line) Through(relay string) { l.relay = relay }

// Next implements relay.Line.
func (l *line) Next(ctx context.Context) *message.Envelope {
	for {
		select { // work that is at hand goes before an end that is at hand, but not before a stop
		case <-l.sender.done:
			return nil
		default:
		}
		select {
		case c := <-l.sender.ready:
			if e := l.take(c); e != nil {
				return e
			}
		case <-l.sender.done:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// Ready implements relay.Line.
func (l *line) Ready() *message.Envelope {
	for {
		select {
		case <-l.sender.done:
			return nil
		default:
		}
		select {
		case c := <-l.sender.ready:
			if e := l.take(c); e != nil {
				return e
			}
		default:
			return nil
		}
	}
}

// take makes the envelope of a claim. One that cannot be made has its outcome at once, and
// one whose domain has enough for now goes back.
func (l *line) take(c *claim) *message.Envelope {
	if len(l.sender.ready) == 0 {
		signal(l.sender.room)
	}
	if again, why := l.sender.governor.enter(c, time.Now()); why != "" {
		l.sender.outcomes.put(&outcome{claim: c, untouched: true, again: again, why: why, committed: make(chan struct{})})
		return nil
	}
	e, err := l.sender.envelope(c)
	if l.claims == nil {
		l.claims = map[int64]*claim{}
	}
	l.claims[c.ID] = c
	if err != nil {
		l.done(c.ID, relay.Reply{}, err)
		return nil
	}
	return e
}

// Done implements relay.Line.
func (l *line) Done(e *message.Envelope, accepted relay.Reply, err *relay.Error) {
	l.done(e.ID, accepted, err)
}

func (l *line) done(id int64, accepted relay.Reply, err *relay.Error) {
	if len(l.pending) >= max(l.sender.Window, 1) {
		<-l.pending[0] // they are written down in their order
		l.pending = append(l.pending[:0], l.pending[1:]...)
	}
	c := l.claims[id]
	delete(l.claims, id)
	if stopped := l.sender.governor.leave(c, err, time.Now()); stopped > 0 {
		l.sender.Log.Warn(fmt.Sprintf("%s says that mail comes too fast; nothing goes there for %d minutes, then slowly", domainOf(c.Address), int(stopped.Minutes())))
	}
	committed := make(chan struct{})
	l.pending = append(l.pending, committed)
	l.sender.outcomes.put(&outcome{claim: c, reply: accepted, err: err, relay: l.relay, committed: committed})
}
