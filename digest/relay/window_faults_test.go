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

// What holds for one mail at a time holds for several: whatever goes wrong, each envelope
// comes back once for each time it was handed out, what was told as accepted has arrived,
// what arrived was told as accepted or as doubtful, and no reply is taken for another's. A
// server that leaves a reply out, or gives one twice, is left out: all replies look alike
// here, and no client could tell (see TestRepliesThatSlip).
func TestFaultsAtRandomInAWindow(t *testing.T) {
	t.Parallel()
	all := signed(t, 20)
	kinds := []sink.Fault{
		{Drop: true}, {Stall: 50 * time.Millisecond},
		{Reply: "451 4.3.0 not now"}, {Reply: "421 4.3.2 closing"}, {Reply: "421 4.7.28 unusual rate"}, {Reply: "550 5.1.1 no such user"},
		{Reply: "354 go ahead"}, {Reply: "nonsense"}, {Reply: "250-2.0.0 one\r\n550 other"},
		{Reply: "550 5.1.1 no such user", Drop: true}, {Reply: "503 5.5.1 wrong order"}, {Reply: "530 5.7.0 log in"}, {Reply: "500 5.5.2 what"},
	}
	steps := []string{"connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "rset"}
	rapid.Check(t, func(t *rapid.T) {
		plan := map[string]map[int]sink.Fault{}
		for range rapid.IntRange(1, 5).Draw(t, "faults") {
			step := rapid.SampledFrom(steps).Draw(t, "step")
			if plan[step] == nil {
				plan[step] = map[int]sink.Fault{}
			}
			plan[step][rapid.IntRange(1, 12).Draw(t, "at")] = rapid.SampledFrom(kinds).Draw(t, "fault")
		}
		var mutex sync.Mutex
		calls, copies := map[string]int{}, map[string]int{}
		var foreign []string
		window := rapid.IntRange(2, 8).Draw(t, "window")
		s := &sink.Sink{
			Chunking: true, Delay: time.Duration(rapid.IntRange(0, 2).Draw(t, "delay")) * time.Millisecond,
			OnMessage: func(from, to string, data []byte) {
				mutex.Lock()
				defer mutex.Unlock()
				copies[to]++
				for _, e := range all {
					if e.To == to && (e.From != from || string(e.Bytes()) != string(data)) {
						foreign = append(foreign, to+" got what is another's")
					}
				}
			},
			Fault: func(step, to string) sink.Fault {
				mutex.Lock()
				defer mutex.Unlock()
				calls[step]++
				f, ok := plan[step][calls[step]]
				if step == "rcpt" || step == "dot" {
					if !ok {
						f.Reply = map[string]string{"rcpt": "250 2.1.5 fine", "dot": "250 2.0.0 fine"}[step]
					}
					if f.Reply != "" && !f.Drop {
						f.Reply += " about " + to
					}
				}
				return f
			},
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
		short := 30 * time.Millisecond
		p := &relay.Pool{
			Address: a, Hello: "test.example", Log: slog.New(slog.DiscardHandler), Pause: time.Millisecond, Window: window,
			Connections: rapid.IntRange(1, 3).Draw(t, "connections"), Messages: rapid.IntRange(1, 20).Draw(t, "messages"),
			Timeouts: relay.Timeouts{Connect: time.Second, Hello: short, Command: short, Reset: short, Data: short, Block: short, Dot: short, Quit: short, Drain: short},
		}
		if err := p.Run(ctx, func() relay.Line { return l }); err != nil {
			t.Fatal(err)
		}
		end()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		l.wrong = append(l.wrong, foreign...)
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

// A reply that is missing, or is there twice, moves all after it. Where a server gives
// enhanced codes it is noticed before a mail counts as sent that was not, and the relay
// gets one mail at a time from then on.
func TestRepliesThatSlip(t *testing.T) {
	for _, step := range []string{"mail", "rcpt", "rset"} {
		for name, f := range map[string]sink.Fault{"left out": {Mute: true}, "twice": {Twice: true}} {
			t.Run(step+" "+name, func(t *testing.T) {
				t.Parallel()
				var m mailbox
				calls := 0
				s := &sink.Sink{OnMessage: m.note, Fault: func(at, to string) (out sink.Fault) {
					switch {
					case at == step:
						if calls++; calls == 5 {
							return f
						}
					case at == "dot" && to != "" && strings.HasSuffix(to, "7@readers.example"):
						out.Reply = "451 4.3.0 not now"
					}
					return out
				}}
				p := windowed(t, s, 4)
				p.Timeouts.Command, p.Timeouts.Reset, p.Timeouts.Dot = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
				es := signed(t, 40)
				d := newDesk(es)
				out := run(t, p, d)
				m.check(t, es, d)
				if out["uncertain"] > 4 || out["sent"] == 0 {
					t.Errorf("outcomes %v", out)
				}
			})
		}
	}
}
