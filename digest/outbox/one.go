package outbox

import (
	"context"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
)

// SendOne sends a single mail that is not in the ledger, such as a test, and waits for
// the outcome.
func SendOne(ctx context.Context, r Relay, e *message.Envelope) error {
	queue := make(chan *message.Envelope, 1)
	queue <- e
	close(queue)
	result := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := r.Run(ctx, func() relay.Line { return &oneLine{queue, result} }); err != nil {
		return err
	}
	select {
	case err := <-result:
		return err
	default:
		return context.Cause(ctx)
	}
}

// oneLine gives a single envelope to whichever connection asks first.
type oneLine struct {
	queue  <-chan *message.Envelope
	result chan<- error
}

// Next implements relay.Line.
func (l *oneLine) Next(ctx context.Context) *message.Envelope {
	select {
	case e := <-l.queue:
		return e // nil once it is closed
	case <-ctx.Done():
		return nil
	}
}

// Ready implements relay.Line.
func (l *oneLine) Ready() *message.Envelope { return nil }

// Done implements relay.Line.
func (l *oneLine) Done(_ *message.Envelope, _ relay.Reply, err *relay.Error) {
	if err != nil {
		l.result <- err
		return
	}
	l.result <- nil
}
