package site

import (
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/subscribers"
)

// Signups is what an operator can say about signing up.
type Signups struct {
	Limits Limits
	// Privacy and Imprint are URLs of the paper; "" for our own help page, and for none.
	Privacy, Imprint string
	// Origins are those whose pages may use the call for programs, "https://paper.example".
	Origins []string
}

// Limits keep sign-ups by machines out (W9). 0 stands for the usual number, a negative one
// for no limit.
type Limits struct {
	// Address is how often one address may be asked for in a day, however it is spelled.
	// What goes beyond is answered like the rest, and does nothing.
	Address int
	// Network is how many sign-ups may come from one /24 or /64 in ten minutes before they
	// have to work or to wait; NetworkHour how many in an hour before they are refused.
	Network, NetworkHour int
	// Domain is how many may ask for addresses of one domain in ten minutes before they
	// have to work or to wait.
	Domain int
	// Surge is how many sign-ups a minute, from wherever, are more than people make. From
	// then on all have to work or to wait, and the log says so.
	Surge int
}

// The usual limits.
var usual = Limits{Address: 5, Network: 10, NetworkHour: 100, Domain: 60, Surge: 60}

const (
	day       = 24 * time.Hour
	shortly   = 10 * time.Minute
	surgeRest = 10 * time.Minute // a surge is over when it was quiet for so long
	gaugeRoom = 50_000           // keys: about 2 MB a gauge at most
)

// A door lets sign-ups in. It knows no address, only how often each came.
type door struct {
	limits                               Limits
	log                                  *slog.Logger
	address, network, hour, domains, all *web.Gauge

	mu         sync.Mutex
	surgeUntil time.Time // zero: there is none
	inSurge    int
}

func newDoor(l Limits, log *slog.Logger) *door {
	for _, f := range []struct {
		limit *int
		usual int
	}{{&l.Address, usual.Address}, {&l.Network, usual.Network}, {&l.NetworkHour, usual.NetworkHour}, {&l.Domain, usual.Domain}, {&l.Surge, usual.Surge}} {
		if *f.limit == 0 {
			*f.limit = f.usual
		}
	}
	return &door{
		limits: l, log: log,
		address: web.NewGauge(day, gaugeRoom), network: web.NewGauge(shortly, gaugeRoom), hour: web.NewGauge(time.Hour, gaugeRoom),
		domains: web.NewGauge(shortly, gaugeRoom), all: web.NewGauge(time.Minute, 1),
	}
}

// A verdict is how a sign-up is let in.
type verdict int

const (
	freely verdict = iota
	slowly         // after work, or a wait
	never          // for now
)

// ask counts a sign-up and says how it is let in, and whether its address was asked for
// too often.
func (d *door) ask(from netip.Addr, to subscribers.Address, now time.Time) (v verdict, often bool) {
	over := func(limit, count int) bool { return limit >= 0 && count > limit }
	if over(d.limits.Surge, d.all.Add("", now)) {
		d.surge(now)
	}
	if d.surging(now) {
		v = slowly
		d.mu.Lock()
		d.inSurge++
		d.mu.Unlock()
	}
	if over(d.limits.Domain, d.domains.Add(to.Domain(), now)) {
		v = slowly
	}
	if key := networkOf(from); key != "" {
		if over(d.limits.Network, d.network.Add(key, now)) {
			v = slowly
		}
		// A private address is that of a proxy which does not say for whom it asks.
		if over(d.limits.NetworkHour, d.hour.Add(key, now)) && !from.IsPrivate() && !from.IsLoopback() {
			v = never
		}
	}
	return v, over(d.limits.Address, d.address.Add(person(to), now))
}

// networkOf is what visitors of one network share: /24, or /64 of IPv6; "" if it is not
// known.
func networkOf(a netip.Addr) string {
	bits := 64
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	if p, err := a.WithZone("").Prefix(bits); err == nil && p.IsValid() {
		return p.String()
	}
	return ""
}

// person is what spellings of one mailbox share at many providers: without dots and what
// follows a plus. It is good for counting only.
func person(a subscribers.Address) string {
	local, _, _ := strings.Cut(a.Local(), "+")
	return strings.ToLower(strings.ReplaceAll(local, ".", "")) + "@" + a.Domain()
}

// surging reports whether more sign-ups come than people make.
func (d *door) surging(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.surgeUntil.IsZero() {
		return false
	}
	if now.After(d.surgeUntil) {
		d.log.Info("the surge of sign-ups is over", "asked_to_work_or_wait", d.inSurge)
		d.surgeUntil, d.inSurge = time.Time{}, 0
		return false
	}
	return true
}

// surge begins one, or has it last longer.
func (d *door) surge(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.surgeUntil.IsZero() {
		d.log.Warn("a surge of sign-ups: until it is over, browsers have to do some work first, and those without script to wait",
			"more_than_in_a_minute", d.limits.Surge)
	}
	d.surgeUntil = now.Add(surgeRest)
}
