package relay

import (
	"context"
)

// Try finds out whether the server would take mail: it connects, encrypts, logs in and
// says goodbye.
func (p *Pool) Try(ctx context.Context) error {
	if p.Timeouts == (Timeouts{}) {
		p.Timeouts = DefaultTimeouts()
	}
	s, failed := p.dial(ctx)
	if failed != nil {
		return failed
	}
	s.end(true)
	return nil
}
