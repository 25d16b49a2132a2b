package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pressrun/pressrun/cmd/pressrun/site"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/publish"
)

const (
	// hubLook is how often it is looked what hubs are to be asked.
	hubLook = 5 * time.Second
	// newsLook is how often it is looked whether a hub told of news, by whichever process
	// took its call.
	newsLook = time.Second
	// hubLease is how long a hub is asked to tell of news.
	hubLease = 10 * 24 * time.Hour
	// hubsAtOnce and newsAtOnce are how many hubs are asked, and sources read, at a time.
	hubsAtOnce = 4
	newsAtOnce = 8
)

// An ear hears from hubs when their sources have news (WebSub).
type ear struct {
	publisher *publish.Publisher
	acquire   func(ctx context.Context, name string) (held context.Context, release func(), err error)
	base      string // the public URL of the site, which hubs call at
	log       *slog.Logger
}

func (p *program) ear() *ear {
	return &ear{publisher: p.publisher, acquire: p.db.Acquire, base: p.publisher.Composer.BaseURL, log: p.log}
}

// Run subscribes at the hubs that sources name, and reads a source when its hub tells of
// news, until ctx ends. Of all processes on one database, one does it at a time.
func (e *ear) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if has, err := e.publisher.Store.HasHubs(ctx); err == nil && !has { // a lease is not held for nothing
			select {
			case <-ctx.Done():
			case <-time.After(hubLook):
			}
			continue
		}
		held, release, err := e.acquire(ctx, "websub")
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		e.listen(held)
		release()
	}
	return nil
}

func (e *ear) listen(ctx context.Context) {
	var reading errgroup.Group
	reading.SetLimit(newsAtOnce)
	var loops sync.WaitGroup
	loops.Go(func() { e.every(ctx, hubLook, "hubs cannot be asked", e.ask) })
	loops.Go(func() {
		e.every(ctx, newsLook, "it cannot be looked up what hubs told of", func(ctx context.Context, now time.Time) error {
			return e.read(ctx, &reading, now)
		})
	})
	loops.Wait()
	_ = reading.Wait() // its failures are logged where they happen
}

// every does something again and again until ctx ends.
func (e *ear) every(ctx context.Context, pause time.Duration, failed string, do func(ctx context.Context, now time.Time) error) {
	for ctx.Err() == nil {
		if err := do(ctx, time.Now()); err != nil && ctx.Err() == nil {
			e.log.Error(failed+"; it will be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// read begins to read the sources that hubs told of. One that is slow keeps no other waiting
// while there are fewer than newsAtOnce.
func (e *ear) read(ctx context.Context, reading *errgroup.Group, now time.Time) error {
	sources, err := e.publisher.Store.TakeAnnounced(ctx, now)
	for _, id := range sources {
		reading.Go(func() error { e.readOne(ctx, id, now); return nil })
	}
	return err
}

func (e *ear) readOne(ctx context.Context, id int64, now time.Time) {
	c, err := e.publisher.CollectOne(ctx, id, now)
	switch {
	case ctx.Err() != nil, errors.Is(err, digest.ErrNotFound), feed.IsWaiting(c.Err): // ErrNotFound: removed meanwhile
	case err != nil:
		e.log.Error("a hub told of news, and what the source gave cannot be saved; it is read again by the clock", "error", err)
	case c.Err != nil:
		e.log.Warn("a hub told of news, and the source failed", "source", c.Source.URL, "failures", c.Source.Failures, "error", c.Err)
	default:
		e.log.Info("a hub told of news, and the source was read", "source", c.Source.URL, "new", c.New)
	}
}

// ask asks the hubs for what is due: to begin, to go on or to end.
func (e *ear) ask(ctx context.Context, now time.Time) error {
	if err := e.publisher.Store.SettleHubs(ctx, now); err != nil {
		return err
	}
	due, err := e.publisher.Store.DueHubs(ctx, now)
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(hubsAtOnce)
	for _, h := range due {
		if e.reaches(h.Hub) {
			g.Go(func() error { return e.askOne(ctx, h, now) })
		}
	}
	return g.Wait()
}

func (e *ear) askOne(ctx context.Context, h digest.HubSubscription, now time.Time) error {
	if !h.Asked.IsZero() {
		return e.failed(ctx, h, h.Asked, errors.New("it took the request and did not call back; see that it can reach "+e.base), time.Time{}, now)
	}
	ok, err := e.publisher.Store.HubAsked(ctx, h, now)
	if err != nil || !ok {
		return err
	}
	r := feed.HubRequest{
		Hub: h.Hub, Mode: feed.HubSubscribe, Topic: h.Topic, Callback: e.base + site.HubPath + h.Token, Secret: h.Secret, Lease: hubLease,
	}
	if h.State == digest.HubLeaving {
		r.Mode = feed.HubUnsubscribe
	}
	again, err := e.publisher.Fetcher.AskHub(ctx, r, now)
	if ctx.Err() != nil {
		return nil // the next process finds that it was not confirmed
	}
	if err != nil {
		return e.failed(ctx, h, now, err, again, now)
	}
	e.log.Debug("a hub was asked, and will call back", "source", h.Source, "hub", h.Hub, "mode", r.Mode)
	return nil
}

// failed writes down why a request that was sent at asked came to nothing.
func (e *ear) failed(ctx context.Context, h digest.HubSubscription, asked time.Time, why error, told, now time.Time) error {
	again, ok, err := e.publisher.Store.HubFailed(ctx, h, asked, why.Error(), told, now)
	if err != nil || !ok {
		return err
	}
	if h.State == digest.HubLeaving {
		e.log.Info("a hub does not stop telling of news; nothing follows from it, and it ends by itself", "source", h.Source, "hub", h.Hub, "ends", h.Lease, "error", why)
		return nil
	}
	e.log.Warn("a hub does not do what it was asked for; the source is read by the clock meanwhile",
		"source", h.Source, "hub", h.Hub, "failures", h.Failures+1, "error", why, "again", again)
	return nil
}

// reaches reports whether a hub can call the site: one on another machine needs a public
// address, with https.
func (e *ear) reaches(hub string) bool {
	own, err := url.Parse(e.base)
	if err != nil {
		return false
	}
	if isThisMachine(own.Hostname()) {
		at, err := url.Parse(hub)
		return err == nil && isThisMachine(at.Hostname())
	}
	return own.Scheme == "https"
}

func isThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
