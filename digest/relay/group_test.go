package relay_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A counter hands out envelopes until each has an outcome, and waits while all are out.
type counter struct {
	mutex    sync.Mutex
	waiting  chan *message.Envelope
	open     int
	done     chan struct{}
	outcomes map[string]int // of each kind
	tries    map[int64]int  // how often each was accepted
}

func newCounter(es []*message.Envelope) *counter {
	c := &counter{waiting: make(chan *message.Envelope, len(es)), open: len(es), done: make(chan struct{}), outcomes: map[string]int{}, tries: map[int64]int{}}
	for _, e := range es {
		c.waiting <- e
	}
	return c
}

func (c *counter) Next(ctx context.Context) *message.Envelope {
	select {
	case e := <-c.waiting:
		return e
	case <-c.done:
	case <-ctx.Done():
	}
	return nil
}

func (c *counter) Ready() *message.Envelope {
	select {
	case e := <-c.waiting:
		return e
	default:
		return nil
	}
}

func (c *counter) Done(e *message.Envelope, _ relay.Reply, err *relay.Error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case err == nil:
		c.outcomes["sent"]++
		c.tries[e.ID]++
	case err.Uncertain:
		c.outcomes["uncertain"]++
	case err.Class == relay.Unavailable:
		c.waiting <- e
		return
	default:
		c.outcomes[string(err.Class)]++
	}
	if c.open--; c.open == 0 {
		close(c.done)
	}
}

func (c *counter) line() relay.Line { return c }

// A place is a server that can die and come back at the same address.
type place struct {
	t      testing.TB
	sink   *sink.Sink
	copies *sink.Copies
	addr   string
	kill   func()
}

func newPlace(t testing.TB, s *sink.Sink) *place {
	p := &place{t: t, sink: s, copies: sink.NewCopies(), addr: "127.0.0.1:0"}
	s.OnMessage = p.copies.Note
	p.start()
	t.Cleanup(func() { p.kill() })
	return p
}

func (p *place) start() {
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = p.sink.Serve(ctx, l) }()
	p.kill = func() { cancel(); <-ended }
}

func (p *place) member(priority, connections int, meter *relay.Meter) *relay.Member {
	login := ""
	if p.sink.Login != "" {
		login = "paper:wrong@"
	}
	a, err := relay.Parse("smtp://"+login+p.addr, false)
	if err != nil {
		p.t.Fatal(err)
	}
	timeouts := relay.Timeouts{Connect: time.Second, Hello: time.Second, Command: time.Second, Data: time.Second,
		Block: time.Second, Dot: time.Second, Quit: time.Second}
	return &relay.Member{Name: a.String(), Priority: priority, Meter: meter, Relay: &relay.Pool{Address: a, Connections: connections,
		Hello: "test.example", Timeouts: timeouts, Pause: 20 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}}
}

// logTo returns what a group logs, without times.
func logTo(g *relay.Group) (lines func() []string) {
	var mutex sync.Mutex
	var b bytes.Buffer
	g.Log = slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mutex.Lock()
		defer mutex.Unlock()
		return b.Write(p)
	}), &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return func() []string {
		mutex.Lock()
		defer mutex.Unlock()
		return strings.Split(strings.TrimSpace(b.String()), "\n")
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func sendAll(t *testing.T, g *relay.Group, c *counter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := g.Run(ctx, c.line); err != nil || ctx.Err() != nil {
		t.Fatalf("run: %v, %v; outcomes %v", err, ctx.Err(), c.outcomes)
	}
}

func TestEqualRelaysShareTheWork(t *testing.T) {
	slow := func(step, _ string) (f sink.Fault) {
		if step == "dot" {
			f.Stall = time.Millisecond
		}
		return f
	}
	a, b := newPlace(t, &sink.Sink{Fault: slow}), newPlace(t, &sink.Sink{Fault: slow})
	g := &relay.Group{Members: []*relay.Member{a.member(1, 3, nil), b.member(1, 1, nil)}}
	logTo(g)
	c := newCounter(envelopes(t, 400))
	sendAll(t, g, c)
	if n := a.copies.Recipients(); c.outcomes["sent"] != 400 || n < 250 || n > 350 {
		t.Errorf("outcomes %v, three connections of four took %d", c.outcomes, n)
	}
}

func TestALaterRelayWaitsUntilItIsNeeded(t *testing.T) {
	a, b := newPlace(t, &sink.Sink{}), newPlace(t, &sink.Sink{})
	g := &relay.Group{Members: []*relay.Member{b.member(2, 2, nil), a.member(1, 2, nil)}}
	logTo(g)
	c := newCounter(envelopes(t, 300))
	sendAll(t, g, c)
	if c.outcomes["sent"] != 300 || b.copies.Recipients() != 0 {
		t.Errorf("outcomes %v, the second relay got %d", c.outcomes, b.copies.Recipients())
	}
}

// One relay dies in the middle, another takes over and gives back when it has returned.
func TestFailoverAndBack(t *testing.T) {
	const mails = 3000
	pace := func(step, _ string) (f sink.Fault) {
		if step == "dot" {
			f.Stall = time.Millisecond
		}
		return f
	}
	a, b := newPlace(t, &sink.Sink{Fault: pace}), newPlace(t, &sink.Sink{Fault: pace})
	g := &relay.Group{Members: []*relay.Member{a.member(1, 2, nil), b.member(2, 2, nil)}}
	lines := logTo(g)
	c := newCounter(envelopes(t, mails))
	go func() {
		await(t, func() bool { return a.sink.Accepted() > 100 })
		a.kill()
		await(t, func() bool { return b.sink.Accepted() > 300 })
		a.start()
	}()
	sendAll(t, g, c)
	took := a.copies.Recipients()
	if c.outcomes["sent"]+c.outcomes["uncertain"] != mails || c.outcomes["uncertain"] > 2 {
		t.Errorf("outcomes %v", c.outcomes)
	}
	for id, n := range c.tries {
		if n != 1 {
			t.Errorf("mail %d was sent %d times", id, n)
		}
	}
	if total := took + b.copies.Recipients(); total > mails || total < mails-2 {
		t.Errorf("%d readers have mail", total)
	}
	if took < 500 || b.copies.Recipients() < 300 {
		t.Errorf("the first took %d, the second %d", took, b.copies.Recipients())
	}
	log := lines()
	if len(log) != 2 || !strings.Contains(log[0], "relay smtp://"+a.addr+" ") || !strings.HasSuffix(log[0], `; trying again in 1 s"`) ||
		!strings.Contains(log[1], "relay smtp://"+a.addr+` takes mail again"`) {
		t.Errorf("log:\n%s", strings.Join(log, "\n"))
	}
}

func await(t *testing.T, so func() bool) {
	for range 2000 {
		if so() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("waited for ten seconds in vain")
}

func TestARelayThatIsNotThereIsSaidOnce(t *testing.T) {
	a, b := newPlace(t, &sink.Sink{}), newPlace(t, &sink.Sink{})
	a.kill()
	g := &relay.Group{Members: []*relay.Member{a.member(1, 8, nil), b.member(2, 2, nil)}}
	lines := logTo(g)
	c := newCounter(envelopes(t, 100))
	sendAll(t, g, c)
	want := `level=WARN msg="relay smtp://` + a.addr + ` cannot be reached: connection refused; trying again in 1 s"`
	if log := lines(); c.outcomes["sent"] != 100 || len(log) != 1 || log[0] != want {
		t.Errorf("outcomes %v, log:\n%s", c.outcomes, strings.Join(log, "\n"))
	}
}

func TestAWrongPasswordStopsOnlyWhenNoRelayIsLeft(t *testing.T) {
	wrong, well := newPlace(t, &sink.Sink{Login: "paper\x00right"}), newPlace(t, &sink.Sink{})
	g := &relay.Group{Members: []*relay.Member{wrong.member(1, 2, nil), well.member(1, 2, nil)}}
	lines := logTo(g)
	c := newCounter(envelopes(t, 100))
	sendAll(t, g, c)
	if log := lines(); c.outcomes["sent"] != 100 || len(log) != 1 || !strings.HasPrefix(log[0], "level=ERROR") || !strings.Contains(log[0], "535 5.7.8") {
		t.Errorf("outcomes %v, log:\n%s", c.outcomes, strings.Join(log, "\n"))
	}

	alone := &relay.Group{Members: []*relay.Member{wrong.member(1, 1, nil), newPlace(t, &sink.Sink{Login: "paper\x00right"}).member(2, 1, nil)}}
	logTo(alone)
	c = newCounter(envelopes(t, 1))
	sendAll(t, alone, c)
	if c.outcomes["configuration"] != 1 {
		t.Errorf("with two relays that refuse us: %v", c.outcomes)
	}
}

func TestAFullRelayHandsOver(t *testing.T) {
	a, b := newPlace(t, &sink.Sink{}), newPlace(t, &sink.Sink{})
	meter := func(n int) *relay.Meter {
		return relay.NewMeter([]relay.Limit{{Count: n, Per: time.Hour}}, relay.Warmup{})
	}
	g := &relay.Group{Members: []*relay.Member{a.member(1, 4, meter(70)), b.member(2, 4, meter(500))}}
	lines := logTo(g)
	c := newCounter(envelopes(t, 300))
	sendAll(t, g, c)
	if c.outcomes["sent"] != 300 || a.copies.Recipients() != 70 || b.copies.Recipients() != 230 {
		t.Errorf("outcomes %v, the first got %d", c.outcomes, a.copies.Recipients())
	}
	if log := lines(); len(log) != 1 || !strings.Contains(log[0], "has had all the mail it may get for now; the next goes to it in 60 min") {
		t.Errorf("log:\n%s", strings.Join(log, "\n"))
	}
}

// A relay that says it takes no more is believed: not every mail is tried on it.
func TestARelayThatTakesNoMoreIsLeftAlone(t *testing.T) {
	var asked sync.Map
	full := newPlace(t, &sink.Sink{Fault: func(step, to string) (f sink.Fault) {
		if step == "rcpt" {
			asked.Store(to, true)
			f.Reply = "550 5.4.5 Daily user sending limit exceeded"
		}
		return f
	}})
	well := newPlace(t, &sink.Sink{})
	g := &relay.Group{Members: []*relay.Member{full.member(1, 2, nil), well.member(2, 2, nil)}}
	logTo(g)
	c := newCounter(envelopes(t, 200))
	sendAll(t, g, c)
	n := 0
	asked.Range(func(any, any) bool { n++; return true })
	if n < 5 || n > 10 || c.outcomes["quota"] != n || c.outcomes["sent"] != 200-n {
		t.Errorf("%d were tried, outcomes %v", n, c.outcomes)
	}
}

func TestAGroupIsClosedWhileNoneTakesMail(t *testing.T) {
	meter := relay.NewMeter([]relay.Limit{{Count: 10, Per: time.Hour}}, relay.Warmup{})
	a := newPlace(t, &sink.Sink{})
	g := &relay.Group{Members: []*relay.Member{a.member(1, 2, meter)}}
	logTo(g)
	if !g.Open() {
		t.Error("closed before it began")
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := newCounter(envelopes(t, 20))
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx, c.line) }()
	await(t, func() bool { return a.copies.Recipients() == 10 })
	if g.Open() {
		t.Error("open with a full meter")
	}
	cancel()
	if err := <-ended; err != nil || len(c.waiting) != 10 {
		t.Errorf("ended with %v, %d left", err, len(c.waiting))
	}
}
