package relay_test

import (
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// While a group sends it says how each relay stands and since when, and before and after
// that it does not know.
func TestAGroupSaysHowItsRelaysStand(t *testing.T) {
	slow := func(step, _ string) (f sink.Fault) {
		if step == "dot" {
			f.Stall = 2 * time.Millisecond
		}
		return f
	}
	a, b, locked := newPlace(t, &sink.Sink{Fault: slow}), newPlace(t, &sink.Sink{Fault: slow}), newPlace(t, &sink.Sink{Login: "paper\x00secret"})
	meter := relay.NewMeter([]relay.Limit{{Count: 50, Per: time.Hour}}, relay.Warmup{})
	g := &relay.Group{Members: []*relay.Member{locked.member(1, 1, nil), b.member(1, 1, meter), a.member(2, 2, nil)}}
	logTo(g)
	begun := time.Now()
	if all := g.Conditions(begun); all != nil {
		t.Errorf("before it sends: %+v", all)
	}
	c := newCounter(envelopes(t, 3000))
	ended := make(chan struct{})
	go func() { defer close(ended); sendAll(t, g, c) }()
	stands := func(i int, mode relay.Mode, since bool) (now relay.Condition) {
		t.Helper()
		await(t, func() bool {
			all := g.Conditions(time.Now())
			if all == nil {
				return false
			}
			now = all[i]
			return now.Mode == mode && now.From.After(begun) == since
		})
		return now
	}
	if now := stands(0, relay.Misfit, true); now.Name != "smtp://"+locked.addr || now.Why == "" || time.Until(now.Till) < 10*time.Minute {
		t.Errorf("without its password: %+v", now)
	}
	if now := stands(1, relay.Full, false); time.Until(now.Till) < 50*time.Minute {
		t.Errorf("over its limit: %+v", now)
	}
	stands(2, relay.Up, false)
	a.kill()
	if now := stands(2, relay.Resting, true); now.Why == "" || time.Until(now.Till) > time.Minute {
		t.Errorf("while it is down: %+v", now)
	}
	a.start()
	stands(2, relay.Up, true)
	<-ended
	if all := g.Conditions(time.Now()); all != nil {
		t.Errorf("after it sent: %+v", all)
	}
}

func TestUsesOfAMeter(t *testing.T) {
	m := relay.NewMeter([]relay.Limit{{Count: 100, Per: time.Hour}, {Count: 1000, Per: 24 * time.Hour}}, relay.Warmup{Start: 150, From: noon})
	m.Add(noon, 100)
	m.Add(noon.Add(2*time.Hour), 30)
	uses := m.Uses(noon.Add(2 * time.Hour))
	if len(uses) != 2 {
		t.Fatalf("%+v", uses)
	}
	if u := uses[0]; u.Count != 100 || u.Used != 30 || u.Warms || u.Next.After(noon.Add(2*time.Hour)) {
		t.Errorf("the hour: %+v", u)
	}
	if u := uses[1]; u.Count != 150 || u.Used != 130 || !u.Warms {
		t.Errorf("the day: %+v", u)
	}
	m.Add(noon.Add(2*time.Hour), 20)
	if u := m.Uses(noon.Add(2 * time.Hour))[1]; !u.Next.After(noon.Add(2 * time.Hour)) {
		t.Errorf("a full day has room: %+v", u)
	}
	if uses := relay.NewMeter(nil, relay.Warmup{Start: 150, From: noon}).Uses(noon.AddDate(0, 2, 0)); len(uses) != 0 {
		t.Errorf("after the warm-up: %+v", uses)
	}
}
