package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	// pause is how long a host is left in peace between two requests for pages. Feeds are
	// made to be asked for and need none.
	pause = time.Second
	// robotsLast and robotsRetry say how long a robots.txt is believed (RFC 9309 §2.4),
	// and how soon one is asked for again that could not be read.
	robotsLast  = 24 * time.Hour
	robotsRetry = 10 * time.Minute
	maxHosts    = 1000 // remembered
)

// hosts remembers what politeness needs to know of each web server.
type hosts struct {
	mutex sync.Mutex
	byURL map[string]*host // by scheme and authority
}

// at returns the host of an address, always the same one.
func (hs *hosts) at(u *url.URL) *host {
	hs.mutex.Lock()
	defer hs.mutex.Unlock()
	key := u.Scheme + "://" + u.Host
	if h := hs.byURL[key]; h != nil {
		return h
	}
	if hs.byURL == nil || len(hs.byURL) >= maxHosts {
		hs.byURL = map[string]*host{}
	}
	h := &host{turn: make(chan struct{}, 1)}
	hs.byURL[key] = h
	return h
}

// A host is asked for one page at a time.
type host struct {
	turn chan struct{} // holds one token while somebody asks
	// What follows belongs to who has the turn.
	free   time.Time // no page is asked for before
	robots robots
	until  time.Time // robots is believed
}

// take waits for the turn, which release gives back.
func (h *host) take(ctx context.Context) error {
	select {
	case h.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *host) release() { <-h.turn }

// rest waits for the end of the pause after the last request.
func (h *host) rest(ctx context.Context) error {
	wait := time.NewTimer(time.Until(h.free))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errClosed is in the error of a site whose robots.txt cannot be had for now.
var errClosed = errors.New("cannot be read")

// page asks for a page as a guest does: where robots.txt allows it, one at a time, with a
// pause in between.
func (f *Fetcher) page(ctx context.Context, client *http.Client, address, etag, lastModified string, now time.Time) (answer, error) {
	u, err := webAddress(address)
	if err != nil {
		return answer{}, err
	}
	h := f.hosts.at(u)
	if err := h.take(ctx); err != nil {
		return answer{}, err
	}
	defer h.release()
	if err := f.readRobots(ctx, client, h, u, now); err != nil {
		return answer{}, err
	}
	if !h.robots.allows(u.RequestURI()) {
		return answer{}, robotsError(u, h.robots.closed)
	}
	if err := h.rest(ctx); err != nil {
		return answer{}, err
	}
	defer func() { h.free = time.Now().Add(f.pauseOr(pause)) }()
	return f.get(ctx, client, address, forPages, etag, lastModified)
}

func robotsError(u *url.URL, closed bool) error {
	if closed {
		return fmt.Errorf("the robots.txt of %s %w, so its pages are left alone; it will be tried again", u.Host, errClosed)
	}
	return fmt.Errorf("the robots.txt of %s asks Pressrun not to read %s; ask the site to allow it, or use its feed", u.Host, u.Redacted())
}

// readRobots asks for robots.txt unless it is known; the caller has the turn. A site that
// has none (4xx) allows everything; one whose file cannot be had (5xx, no answer) allows
// nothing (§2.3.1).
func (f *Fetcher) readRobots(ctx context.Context, client *http.Client, h *host, u *url.URL, now time.Time) error {
	if now.Before(h.until) {
		return nil
	}
	if err := h.rest(ctx); err != nil {
		return err
	}
	ans, err := f.get(ctx, client, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}).String(), forPages, "", "")
	var status *statusFailure
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		h.robots, h.until = parseRobots(ans.body), now.Add(robotsLast)
	case errors.As(err, &status) && status.code/100 == 4 && status.code != http.StatusTooManyRequests,
		errors.As(err, &status) && status.code/100 == 2: // an empty one
		h.robots, h.until = robots{}, now.Add(robotsLast)
	default:
		h.robots, h.until = robots{closed: true}, now.Add(robotsRetry)
		if isUnreachable(err) {
			return err // says more than robots.txt could
		}
	}
	return nil
}

// Sitemaps returns the sitemaps that a site's robots.txt names.
func (f *Fetcher) Sitemaps(ctx context.Context, address string, now time.Time) ([]string, error) {
	u, err := webAddress(address)
	if err != nil {
		return nil, err
	}
	client, done := f.client()
	defer done()
	h := f.hosts.at(u)
	if err := h.take(ctx); err != nil {
		return nil, err
	}
	defer h.release()
	if err := f.readRobots(ctx, client, h, u, now); err != nil {
		return nil, orCanceled(ctx, err)
	}
	var all []string
	for _, s := range h.robots.sitemaps[:min(len(h.robots.sitemaps), 20)] {
		all = appendURL(all, s, u)
	}
	return all, nil
}

// pauseOr returns the pause between requests; tests have a shorter one.
func (f *Fetcher) pauseOr(usual time.Duration) time.Duration {
	if f.pause != 0 {
		return f.pause
	}
	return usual
}
