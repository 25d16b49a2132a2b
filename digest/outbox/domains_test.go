package outbox

import (
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func to(address string) *claim { return &claim{Address: address} }

func TestADomainThatSaysTooFastIsLeftAloneThenApproachedSlowly(t *testing.T) {
	g := newGovernor(nil)
	slow := &relay.Error{Stage: relay.StageRcpt, Class: relay.Quota, Reply: relay.Reply{Code: 450, Enhanced: "4.7.28", Text: "unusual rate"}}
	first := to("a@gmail.com")
	if _, why := g.enter(first, noon); why != "" || g.watched.Load() != 0 {
		t.Fatalf("before anything was said: %q", why)
	}
	if stopped := g.leave(first, slow, noon); stopped != 10*time.Minute {
		t.Fatalf("stopped for %s", stopped)
	}
	if stopped := g.leave(to("b@gmail.com"), slow, noon.Add(time.Second)); stopped != 0 {
		t.Error("told twice")
	}
	at := noon.Add(9*time.Minute + 59*time.Second)
	again, why := g.enter(to("b@Gmail.com"), at)
	if why == "" || again.Before(noon.Add(10*time.Minute)) || again.After(noon.Add(11*time.Minute)) {
		t.Errorf("during the stop: %q until %s", why, again)
	}
	if _, why := g.enter(to("b@elsewhere.example"), at); why != "" {
		t.Errorf("another domain: %q", why)
	}

	busy := func(at time.Time) (in []*claim) {
		for range 100 {
			c := to("c@gmail.com")
			if _, why := g.enter(c, at); why != "" {
				break
			}
			in = append(in, c)
		}
		return in
	}
	for minute, want := range []int{1, 2, 3, 4} {
		at := noon.Add(10*time.Minute + time.Duration(minute)*time.Minute)
		in := busy(at)
		if len(in) != want {
			t.Errorf("%d minutes after the stop %d at a time, want %d", minute, len(in), want)
		}
		for _, c := range in {
			g.leave(c, nil, at)
		}
	}
	if stopped := g.leave(to("c@gmail.com"), slow, noon.Add(14*time.Minute)); stopped == 0 || len(busy(noon.Add(23*time.Minute))) != 0 {
		t.Error("told again, it does not stop again")
	}
	in := busy(noon.Add(24 * time.Minute))
	g.leave(in[0], nil, noon.Add(time.Hour))
	if n := len(busy(noon.Add(time.Hour))); n != 100 || g.watched.Load() != 0 {
		t.Errorf("long after: %d at a time, %d domains watched", n, g.watched.Load())
	}
}

func TestLimitsOfADomainHoldForAllItsNames(t *testing.T) {
	g := newGovernor([]DomainLimit{{Names: []string{"gmail.com", "googlemail.com"}, Connections: 2}, {Names: []string{"slow.example"}, Rate: 5}})
	one, two := to("a@gmail.com"), to("b@googlemail.com")
	for _, c := range []*claim{one, two} {
		if _, why := g.enter(c, noon); why != "" {
			t.Fatal(why)
		}
	}
	again, why := g.enter(to("c@gmail.com"), noon)
	if why == "" || again.Sub(noon) > 2*time.Second || !again.After(noon) || !g.holds(noon) {
		t.Errorf("a third connection: %q, again at %s", why, again)
	}
	g.leave(one, nil, noon.Add(time.Second))
	if _, why := g.enter(to("c@gmail.com"), noon.Add(time.Second)); why != "" {
		t.Errorf("when one is free: %q", why)
	}
	sent := 0
	due := map[time.Time]int{}
	for range 100 {
		if again, why := g.enter(to("a@slow.example"), noon); why == "" {
			sent++
		} else {
			due[again]++
		}
	}
	if sent != 5 || len(due) < 19 {
		t.Errorf("%d went at once, the others come back at %v", sent, due)
	}
	for at, n := range due {
		if n > 5 {
			t.Errorf("%d come back at %s", n, at)
		}
	}
}

func BenchmarkEnterUnlimited(b *testing.B) {
	g, c := newGovernor(nil), to("reader@gmail.com")
	for b.Loop() {
		g.enter(c, noon)
		g.leave(c, nil, noon)
	}
}
