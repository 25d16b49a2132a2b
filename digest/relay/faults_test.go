package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A ledger is a desk that counts: each envelope that it hands out must come back once.
type ledger struct {
	mutex   sync.Mutex
	waiting []*message.Envelope
	out     map[*message.Envelope]bool
	wrong   []string
	tries   map[string]int
	taken   map[string]int // told as accepted
	doubted map[string]int // told as perhaps accepted
	moody   *rand.Rand     // when it has work at hand
}

func (l *ledger) hand() *message.Envelope {
	if len(l.waiting) == 0 {
		return nil
	}
	e := l.waiting[0]
	l.waiting = l.waiting[1:]
	if l.out[e] {
		l.wrong = append(l.wrong, e.To+" was handed back twice")
	}
	l.out[e] = true
	l.tries[e.To]++
	return e
}

func (l *ledger) Next(ctx context.Context) *message.Envelope {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	return l.hand()
}

func (l *ledger) Ready() *message.Envelope {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.moody.IntN(4) == 0 {
		return nil
	}
	return l.hand()
}

func (l *ledger) Done(e *message.Envelope, accepted relay.Reply, err *relay.Error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if !l.out[e] {
		l.wrong = append(l.wrong, e.To+" came back twice")
	}
	l.out[e] = false
	said := accepted.Text
	switch {
	case err == nil:
		l.taken[e.To]++
		if accepted.Code != 250 {
			l.wrong = append(l.wrong, fmt.Sprintf("%s was accepted with %v", e.To, accepted))
		}
	case err.Uncertain:
		l.doubted[e.To]++
	default:
		said = err.Reply.Text
		if err.Class == relay.Unavailable && l.tries[e.To] < 4 {
			l.waiting = append(l.waiting, e)
		}
	}
	// Our server says in its replies to RCPT and to the dot whom they are about.
	if _, about, ok := strings.Cut(said, " about "); ok && about != e.To {
		l.wrong = append(l.wrong, fmt.Sprintf("%s got the reply for %s", e.To, about))
	}
}

// Whatever goes wrong at whatever step: each envelope comes back once for each time it was
// handed out, what was told as accepted was accepted, what was told as refused was not,
// and no reply is taken for another's.
func TestFaultsAtRandom(t *testing.T) {
	t.Parallel()
	all := envelopes(t, 24)
	kinds := []sink.Fault{
		{Drop: true}, {Mute: true}, {Twice: true}, {Stall: 60 * time.Millisecond},
		{Reply: "451 4.3.0 not now"}, {Reply: "421 4.3.2 closing"}, {Reply: "421 4.7.28 unusual rate"}, {Reply: "550 5.1.1 no such user"},
		{Reply: "354 go ahead"}, {Reply: "250 2.0.0 fine"}, {Reply: "nonsense"}, {Reply: "250-2.0.0 one\r\n550 other"},
		{Reply: "451 4.3.0 not now", Twice: true}, {Reply: "550 5.1.1 no such user", Drop: true}, {Reply: "552 5.3.4 too big", Twice: true},
		{Reply: "503 5.5.1 wrong order"}, {Reply: "530 5.7.0 log in"},
	}
	steps := []string{"connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "rset"}
	type planned struct {
		step  string
		fault sink.Fault
	}
	rapid.Check(t, func(t *rapid.T) {
		plan := map[string]map[int]sink.Fault{}
		for _, p := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) planned {
			return planned{rapid.SampledFrom(steps).Draw(t, "step"), rapid.SampledFrom(kinds).Draw(t, "fault")}
		}), 1, 8).Draw(t, "plan") {
			if plan[p.step] == nil {
				plan[p.step] = map[int]sink.Fault{}
			}
			f := p.fault
			// A server that swallows its reply to a dot cannot be told from one that is quick
			// to answer the next command: no client can know better.
			f.Mute = f.Mute && p.step != "dot"
			// So it is with one that says yes in the middle of a mail, and closes.
			if p.step == "body" && strings.HasPrefix(f.Reply, "250 ") {
				f = sink.Fault{Drop: true}
			}
			plan[p.step][rapid.IntRange(1, 12).Draw(t, "at")] = f
		}
		var mutex sync.Mutex
		calls := map[string]int{}
		copies := map[string]int{}
		s := &sink.Sink{
			LaxData: rapid.Bool().Draw(t, "lax"),
			OnMessage: func(_, to string, _ []byte) {
				mutex.Lock()
				defer mutex.Unlock()
				copies[to]++
			},
			Fault: func(step, to string) sink.Fault {
				mutex.Lock()
				defer mutex.Unlock()
				calls[step]++
				f, ok := plan[step][calls[step]]
				if step == "rcpt" || step == "dot" {
					if !ok {
						f.Reply = "250 2.0.0 fine"
					}
					if f.Reply != "" && !f.Drop {
						f.Reply += " about " + to
					}
				}
				return f
			},
		}
		if !rapid.Bool().Draw(t, "pipelining") {
			s.Extensions = plain
		}
		l := &ledger{
			waiting: append([]*message.Envelope(nil), all...), out: map[*message.Envelope]bool{}, tries: map[string]int{},
			taken: map[string]int{}, doubted: map[string]int{}, moody: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "mood"), 1)),
		}
		ctx, end := context.WithCancel(context.Background())
		defer end()
		ended := make(chan error, 1)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() { ended <- s.Serve(ctx, listener) }()
		a, err := relay.Parse("smtp://"+listener.Addr().String(), false)
		if err != nil {
			t.Fatal(err)
		}
		short := 40 * time.Millisecond
		p := &relay.Pool{
			Address: a, Hello: "test.example", Log: slog.New(slog.DiscardHandler), Pause: time.Millisecond,
			Connections: rapid.IntRange(1, 3).Draw(t, "connections"), Messages: rapid.IntRange(1, 10).Draw(t, "messages"),
			Timeouts: relay.Timeouts{Connect: time.Second, Hello: short, Command: short, Reset: short, Data: short, Block: short, Dot: short, Quit: short, Drain: short},
		}
		if err := p.Run(ctx, func() relay.Line { return l }); err != nil {
			t.Fatal(err)
		}
		end()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		for e, out := range l.out {
			if out {
				l.wrong = append(l.wrong, e.To+" never came back")
			}
		}
		for _, e := range all {
			switch n := copies[e.To]; {
			case n < l.taken[e.To]:
				l.wrong = append(l.wrong, fmt.Sprintf("%s: %d told as accepted, %d arrived", e.To, l.taken[e.To], n))
			case n > l.taken[e.To]+l.doubted[e.To]:
				l.wrong = append(l.wrong, fmt.Sprintf("%s: %d arrived, %d told as accepted and %d as doubtful", e.To, n, l.taken[e.To], l.doubted[e.To]))
			case l.tries[e.To] == 0:
				l.wrong = append(l.wrong, e.To+" was not tried")
			}
		}
		if len(l.wrong) > 0 {
			t.Fatal(strings.Join(l.wrong, "\n"))
		}
	})
}
