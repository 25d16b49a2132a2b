package outbox

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/pressrun/pressrun/digest/relay"
)

// A DomainLimit is how much goes to the readers of some domains together, by whatever
// relay.
type DomainLimit struct {
	Names       []string // of the domains, in small letters
	Connections int      // that send to them at a time; 0 means no limit
	Rate        float64  // mails a second; 0 means no limit
}

// What Gmail wants of those it told to slow down (mail-standards §3): to stop for ten
// minutes, then to come with one connection, and one more for each minute that is quiet.
const (
	tooFast      = "4.7.28"
	tooFastStop  = 10 * time.Minute
	tooFastQuiet = time.Minute
	tooFastOver  = 16 // connections, when there is nothing to hold back any more
)

// A governor holds deliveries back whose domain has enough for now. While no domain has a
// limit and none is stopped, it costs a look at one number.
type governor struct {
	watched atomic.Int32 // how many domains are in the map
	mutex   sync.Mutex
	domains map[string]*domain
}

// A domain is the state of one domain, or of several with a common limit.
type domain struct {
	limit   DomainLimit
	limiter *rate.Limiter
	busy    int           // deliveries under way
	stay    time.Duration // how long one was under way lately
	stopped time.Time     // nothing goes before it; zero while all is well
	unsaved string        // its name, when it was stopped since it was written down last
	next    time.Time     // of the last that was held back
}

func newGovernor(limits []DomainLimit) *governor {
	g := &governor{domains: map[string]*domain{}}
	for _, l := range limits {
		d := &domain{limit: l, stay: usualStay}
		if l.Rate > 0 {
			d.limiter = rate.NewLimiter(rate.Limit(l.Rate), max(1, int(l.Rate)))
		}
		for _, name := range l.Names {
			g.domains[name] = d
		}
	}
	g.watched.Store(int32(len(g.domains)))
	return g
}

const usualStay = 100 * time.Millisecond

// enter lets a delivery go, or says when to ask again and why.
func (g *governor) enter(c *claim, now time.Time) (again time.Time, why string) {
	if g.watched.Load() == 0 {
		return time.Time{}, ""
	}
	name := domainOf(c.Address)
	g.mutex.Lock()
	defer g.mutex.Unlock()
	d := g.domains[name]
	if d == nil {
		return time.Time{}, ""
	}
	if again, why = d.refuse(name, now); why != "" {
		return again, why
	}
	d.busy++
	c.domain, c.entered = d, now
	return time.Time{}, ""
}

// refuse says why a delivery has to wait, "" when it need not.
func (d *domain) refuse(name string, now time.Time) (again time.Time, why string) {
	most := d.connections(now)
	switch {
	case now.Before(d.stopped):
		return d.slot(d.stopped, d.stay/8), fmt.Sprintf("%s asked for a rest; nothing goes there until %s", name, d.stopped.UTC().Format("15:04 UTC"))
	case most > 0 && d.busy >= most:
		return d.slot(now, d.stay/time.Duration(most)), fmt.Sprintf("%s has as many connections as it may have", name)
	case d.limiter != nil && !d.limiter.AllowN(now, 1):
		return d.slot(now, time.Duration(float64(time.Second)/d.limit.Rate)), fmt.Sprintf("%s has as many mails as it may have for now", name)
	}
	return time.Time{}, ""
}

// connections returns how many may be busy, 0 for any number.
func (d *domain) connections(now time.Time) int {
	if d.stopped.IsZero() {
		return d.limit.Connections
	}
	most := 1 + int(now.Sub(d.stopped)/tooFastQuiet)
	if d.limit.Connections > 0 {
		most = min(most, d.limit.Connections)
	}
	return most
}

// slot gives those that are held back one time after the other, so that each is held back
// about once.
func (d *domain) slot(from time.Time, apart time.Duration) time.Time {
	if d.next.Before(from) {
		d.next = from
	}
	d.next = d.next.Add(max(apart, time.Millisecond))
	return d.next.Truncate(time.Second).Add(time.Second)
}

// leave takes note of an outcome. It returns how long its domain is left alone because of
// it, 0 when it is not, or was already.
func (g *governor) leave(c *claim, err *relay.Error, now time.Time) (stopped time.Duration) {
	slow := err != nil && err.Class == relay.Quota && (err.Reply.Enhanced == tooFast || strings.Contains(err.Reply.Text, tooFast))
	if c.domain == nil && !slow {
		return 0
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if d := c.domain; d != nil {
		d.busy--
		d.stay += (min(now.Sub(c.entered), 10*time.Second) - d.stay) / 8
		c.domain = nil
	}
	if slow {
		stopped = g.stop(domainOf(c.Address), now)
	}
	g.forget(now)
	return stopped
}

func (g *governor) stop(name string, now time.Time) time.Duration {
	d := g.watch(name)
	if now.Before(d.stopped) {
		return 0
	}
	d.stopped, d.unsaved = now.Add(tooFastStop), name
	return tooFastStop
}

// watch returns the state of a domain, which it makes if there is none.
func (g *governor) watch(name string) *domain {
	d := g.domains[name]
	if d == nil {
		d = &domain{stay: usualStay}
		g.domains[name] = d
		g.watched.Add(1)
	}
	return d
}

// forget ends the watch over domains that have been quiet for long enough.
func (g *governor) forget(now time.Time) {
	for name, d := range g.domains {
		if d.stopped.IsZero() || now.Sub(d.stopped) < tooFastOver*tooFastQuiet {
			continue
		}
		d.stopped = time.Time{}
		if len(d.limit.Names) == 0 {
			delete(g.domains, name)
			g.watched.Add(-1)
		}
	}
}

// holds reports whether it holds back deliveries for a little while.
func (g *governor) holds(now time.Time) bool {
	if g.watched.Load() == 0 {
		return false
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, d := range g.domains {
		if d.next.Add(time.Second).After(now) && d.stopped.IsZero() {
			return true
		}
	}
	return false
}

func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}
