package relay

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// A Pool sends over some connections to one SMTP server. Fields are set before Run.
type Pool struct {
	Address     Address
	Connections int            // at once; 0 means 2
	Hello       string         // our name in EHLO (A13); "" means the host's own
	Cleartext   bool           // mail may go unencrypted to another machine; a password never does
	RootCAs     *x509.CertPool // nil: the system's
	Rate        rate.Limit     // messages a second; 0 means no limit
	Messages    int            // on one connection; 0 means 100 (S8)
	Age         time.Duration  // of a connection; 0 means 300 s (S8)
	// Window is how many mails may be on the way on a connection at once, where the relay
	// offers CHUNKING (RFC 3030); 0 means 1. When a connection breaks, so many may be in
	// doubt.
	Window   int
	Pause    time.Duration // after the relay failed, doubled with each failure up to a minute; 0 means 1 s
	Timeouts Timeouts
	// Token, if not nil, returns an access token: the login is XOAUTH2 then. A token is
	// used until the relay refuses it.
	Token func(ctx context.Context) (string, error)
	Log   *slog.Logger

	// dialled, if not nil, is told of each connection that was opened (nil) or was not, and
	// of the second in a row that came to nothing.
	dialled func(*Error)

	limiter *rate.Limiter
	tokens  sync.Mutex
	held    string // the token got last
	// halfAnswered counts sessions in a row that ended while the rest of a group's replies
	// was waited for. After two of them PIPELINING is left out: the server, or something
	// before it, drops what it has not asked for yet.
	halfAnswered atomic.Int32
	chunksKnown  atomic.Bool // the relay has answered BDAT as one that knows it
	noChunks     atomic.Bool // it does not, or its replies slip: one mail at a time
}

const (
	sessionIdle = 20 * time.Second
	lastPause   = time.Minute
)

func (p *Pool) messages() int { return cmp.Or(p.Messages, 100) }

func (p *Pool) age() time.Duration { return cmp.Or(p.Age, 300*time.Second) }

// Run sends what the lines give until each has returned nil. It opens a line for each
// connection. When ctx ends it takes nothing new, waits for the replies to what is under
// way, though not for long, and returns nil.
func (p *Pool) Run(ctx context.Context, open func() Line) error {
	if p.Timeouts == (Timeouts{}) {
		p.Timeouts = DefaultTimeouts()
	}
	if p.Rate > 0 {
		p.limiter = rate.NewLimiter(p.Rate, max(1, int(p.Rate)))
	}
	var g errgroup.Group
	for range cmp.Or(p.Connections, 2) {
		g.Go(func() error { p.work(ctx, open()); return nil })
	}
	return g.Wait()
}

// work keeps one connection busy. It pauses, longer each time, while the relay cannot be
// reached or closes each connection before anything came of it.
func (p *Pool) work(ctx context.Context, line Line) {
	failures := 0
	for p.wait(ctx) == nil {
		e := line.Next(ctx)
		if e == nil {
			return
		}
		s, failed := p.dial(ctx)
		if p.dialled != nil {
			p.dialled(failed)
		}
		if failed != nil {
			line.Done(e, Reply{}, failed)
			failures++
			again := p.pauseAfter(failures)
			p.Log.Debug("relay cannot be used", "relay", p.Address.String(), "error", failed, "again_in", again)
			sleep(ctx, again)
			continue
		}
		err := s.serve(ctx, line, e)
		s.end(err == nil)
		if err == nil || s.settled > 0 {
			failures = 0
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, errMuddle):
			p.Log.Error("the relay and we do not understand each other", "relay", p.Address.String(), "error", err)
		default:
			p.Log.Info("connection to relay ended", "relay", p.Address.String(), "error", err)
		}
		if s.settled == 0 { // the first time it may have been closed while it was idle: at once again (S8)
			if failures > 0 && p.dialled != nil {
				p.dialled(&Error{Stage: StageConnect, Class: Unavailable, Err: err})
			}
			sleep(ctx, p.pauseAfter(failures))
			failures++
		}
	}
}

// pauseAfter is how long to leave the relay alone after some failures in a row.
func (p *Pool) pauseAfter(failures int) time.Duration {
	if failures == 0 {
		return 0
	}
	return min(cmp.Or(p.Pause, time.Second)<<min(failures-1, 10), lastPause)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// wait waits for the rate limit.
func (p *Pool) wait(ctx context.Context) error {
	if p.limiter == nil {
		return ctx.Err()
	}
	return p.limiter.Wait(ctx)
}

// take takes one message from the rate limit if it gives one now.
func (p *Pool) take() (giveBack func(), ok bool) {
	if p.limiter == nil {
		return func() {}, true
	}
	now := time.Now()
	r := p.limiter.ReserveN(now, 1)
	if !r.OK() || r.DelayFrom(now) > 0 {
		r.CancelAt(now)
		return nil, false
	}
	return func() { r.CancelAt(now) }, true
}
