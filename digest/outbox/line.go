package outbox

import (
	"context"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
)

// A line is the outbox as one connection sees it. It has at most one outcome that is not
// written down yet: that, and the message whose dot is on the way, is all that a kill can
// double.
type line struct {
	sender *Sender
	claims map[int64]*claim // handed out
	last   chan struct{}    // closed when the last outcome is written down
}

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

// take makes the envelope of a claim. One that cannot be made has its outcome at once.
func (l *line) take(c *claim) *message.Envelope {
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
	if l.last != nil {
		<-l.last
	}
	c := l.claims[id]
	delete(l.claims, id)
	l.last = make(chan struct{})
	l.sender.outcomes.put(&outcome{claim: c, reply: accepted, err: err, committed: l.last})
}
