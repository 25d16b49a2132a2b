package relay

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// A Pool sends over some connections to one SMTP server. Fields are set before Run.
type Pool struct {
	Address     Address
	Connections int            // at once; 0 means 2
	Hello       string         // our name in EHLO (A13); "" means the host's own
	Cleartext   bool           // allow a password without TLS
	RootCAs     *x509.CertPool // nil: the system's
	Rate        rate.Limit     // messages a second; 0 means no limit
	Messages    int            // on one connection; 0 means 100 (S8)
	Timeouts    Timeouts
	Log         *slog.Logger

	limiter *rate.Limiter
}

const (
	sessionAge  = 300 * time.Second // S8
	sessionIdle = 20 * time.Second
	firstPause  = time.Second // after a failed dial, doubled up to lastPause
	lastPause   = time.Minute
)

func (p *Pool) messages() int {
	if p.Messages > 0 {
		return p.Messages
	}
	return 100
}

func (p *Pool) hello() string {
	if p.Hello != "" {
		return p.Hello
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}

// Run sends what the lines give until each has returned nil. It opens a line for each
// connection. When ctx ends it takes nothing new, waits for the replies to what is under
// way, and returns nil.
func (p *Pool) Run(ctx context.Context, open func() Line) error {
	if p.Timeouts == (Timeouts{}) {
		p.Timeouts = DefaultTimeouts()
	}
	if p.Rate > 0 {
		p.limiter = rate.NewLimiter(p.Rate, max(1, int(p.Rate)))
	}
	var g errgroup.Group
	for range max(p.Connections, 1) {
		g.Go(func() error { p.work(ctx, open()); return nil })
	}
	return g.Wait()
}

// work keeps one connection busy.
func (p *Pool) work(ctx context.Context, line Line) {
	pause := firstPause
	for p.wait(ctx) == nil {
		e := line.Next(ctx)
		if e == nil {
			return
		}
		s, err := p.dial(ctx)
		if err != nil {
			var refusal *Error
			if !errors.As(err, &refusal) {
				refusal = &Error{Stage: StageConnect, Class: Unavailable, Err: err}
			}
			line.Done(e, Reply{}, refusal)
			p.Log.Warn("relay cannot be used", "relay", p.Address.String(), "error", refusal, "again_in", pause)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			pause = min(2*pause, lastPause)
			continue
		}
		if err := s.serve(ctx, line, e); err != nil {
			p.Log.Info("connection to relay ended", "relay", p.Address.String(), "error", err)
			s.client.Text.Close()
			continue
		}
		pause = firstPause
		s.quit()
	}
}

// wait waits for the rate limit.
func (p *Pool) wait(ctx context.Context) error {
	if p.limiter == nil {
		return ctx.Err()
	}
	return p.limiter.Wait(ctx)
}

// allow takes one message from the rate limit if it gives one now.
func (p *Pool) allow() bool { return p.limiter == nil || p.limiter.Allow() }
