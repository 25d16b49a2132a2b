package relay

import (
	"context"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// Try finds out whether the server would take mail: it connects, encrypts, logs in and
// says goodbye.
func (p *Pool) Try(ctx context.Context) error { return p.TryFrom(ctx, "") }

// TryFrom asks the server also whether it would take mail from a sender, and takes that
// back at once (RSET): no mail is sent.
func (p *Pool) TryFrom(ctx context.Context, sender string) error {
	if p.Timeouts == (Timeouts{}) {
		p.Timeouts = DefaultTimeouts()
	}
	s, failed := p.dial(ctx)
	if failed == nil && sender != "" {
		stop := context.AfterFunc(ctx, func() { s.wire.shorten(0) })
		failed = s.trySender(sender)
		stop()
	}
	if s != nil {
		s.end(failed == nil || failed.Reply.Code != 0)
	}
	if failed != nil {
		return failed
	}
	return nil
}

// trySender says MAIL and RSET, one after the other.
func (s *session) trySender(sender string) *Error {
	s.sized, s.dsn, s.pipelining = false, false, false
	wait := s.pool.Timeouts.Command
	reply, err := s.ask(s.command(StageMail, &message.Envelope{From: sender}), wait)
	if err != nil {
		return &Error{Stage: StageMail, Class: Unavailable, Err: err}
	}
	if reply.Code/100 != 2 {
		return &Error{Stage: StageMail, Class: Classify(StageMail, reply), Reply: reply}
	}
	// What it says to RSET changes nothing: the connection ends here.
	_, _ = s.ask("RSET\r\n", min(wait, 5*time.Second))
	return nil
}
