package relay_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// windowed returns a pool with several mails on the way on one connection.
func windowed(t testing.TB, s *sink.Sink, window int) *relay.Pool {
	t.Helper()
	s.Chunking = true
	p := pool(t, s)
	p.Connections, p.Window = 1, window
	return p
}

// signed gives each mail a sender of its own, so that one that is sent as another's shows.
func signed(t testing.TB, n int) []*message.Envelope {
	es := envelopes(t, n)
	for _, e := range es {
		e.From = fmt.Sprintf("news+%d@paper.example", e.ID)
	}
	return es
}

// A mailbox keeps what arrived, and finds out whether it is what was sent.
type mailbox struct {
	mutex sync.Mutex
	got   map[string][]string
}

func (m *mailbox) note(from, to string, data []byte) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.got == nil {
		m.got = map[string][]string{}
	}
	m.got[to] = append(m.got[to], from+"\n"+string(data))
}

// check compares what arrived with what was told of each mail.
func (m *mailbox) check(t *testing.T, es []*message.Envelope, d *desk) {
	t.Helper()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, e := range es {
		sent, doubts := 0, 0
		for _, err := range d.results[e.ID] {
			switch {
			case err == nil:
				sent++
			case err.Uncertain:
				doubts++
			}
		}
		if n := len(m.got[e.To]); n < sent || n > sent+doubts || sent > 1 {
			t.Errorf("%s got %d; %d are told as sent, %d as in doubt", e.To, n, sent, doubts)
		}
		for _, got := range m.got[e.To] {
			if got != e.From+"\n"+string(e.Bytes()) {
				t.Errorf("%s got other bytes, or another sender, than was sent", e.To)
			}
		}
	}
}

func TestSeveralMailsOnTheWay(t *testing.T) {
	for _, window := range []int{2, 4, 16} {
		t.Run(fmt.Sprint(window), func(t *testing.T) {
			var m mailbox
			var told commands
			var most, open atomic.Int32
			s := &sink.Sink{OnMessage: m.note, OnCommand: told.note, Delay: 2 * time.Millisecond}
			p := windowed(t, s, window)
			es := signed(t, 300)
			d := newDesk(es)
			line := &watched{Line: d, open: &open, most: &most}
			if err := p.Run(t.Context(), func() relay.Line { return line }); err != nil {
				t.Fatal(err)
			}
			m.check(t, es, d)
			for _, e := range es {
				if errs := d.results[e.ID]; len(errs) != 1 || errs[0] != nil || d.replies[e.ID].Text != "taken" {
					t.Fatalf("%s: %v, %v", e.To, errs, d.replies[e.ID])
				}
			}
			if int(most.Load()) != window {
				t.Errorf("%d were on the way at once", most.Load())
			}
			if text := told.text(); strings.Contains(text, "DATA") || strings.Count(text, "EHLO") != 3 {
				t.Errorf("%d connections for 300 mails, or DATA", strings.Count(text, "EHLO"))
			}
		})
	}
}

// A watched line counts how many mails are out.
type watched struct {
	relay.Line
	open, most *atomic.Int32
}

func (w *watched) Ready() *message.Envelope {
	e := w.Line.Ready()
	if e != nil {
		n := w.open.Add(1) + 1 // the first came from Next
		if n > w.most.Load() {
			w.most.Store(n)
		}
	}
	return e
}

func (w *watched) Done(e *message.Envelope, r relay.Reply, err *relay.Error) {
	if w.open.Load() > 0 {
		w.open.Add(-1)
	}
	w.Line.Done(e, r, err)
}

// Whatever step refuses whichever mail of a window, exactly that one is refused, and no
// other is sent in its name.
func TestARefusalInTheMiddleOfAWindow(t *testing.T) {
	for step, want := range map[string]string{"mail": "retry mail", "rcpt": "retry rcpt", "data": "retry dot", "dot": "retry dot"} {
		for _, every := range []int{10, 3, 2} {
			t.Run(fmt.Sprintf("%s/%d", step, every), func(t *testing.T) {
				var m mailbox
				var calls int
				s := &sink.Sink{OnMessage: m.note, Delay: time.Millisecond, Fault: func(at, _ string) (f sink.Fault) {
					if at == step { // one connection, one goroutine
						if calls++; calls%every == 0 {
							f.Reply = "451 4.3.0 not now"
						}
					}
					return f
				}}
				es := signed(t, 90)
				d := newDesk(es)
				out := run(t, windowed(t, s, 4), d)
				m.check(t, es, d)
				if out["sent"] != 90-90/every || out[want] != 90/every || len(m.got) != out["sent"] {
					t.Errorf("outcomes %v, %d arrived", out, len(m.got))
				}
			})
		}
	}
}

// The first mail of a relay is begun with care; what is said to it counts all the same.
func TestARefusalOfTheFirstMail(t *testing.T) {
	for step, want := range map[string]string{"mail": "retry mail", "rcpt": "retry rcpt", "data": "retry data", "dot": "retry dot"} {
		var m mailbox
		s := &sink.Sink{OnMessage: m.note, Fault: func(at, to string) (f sink.Fault) {
			if at == step && len(m.got) == 0 {
				f.Reply = "451 4.3.0 not now"
			}
			return f
		}}
		es := signed(t, 3)
		d := newDesk(es)
		if out := run(t, windowed(t, s, 4), d); out[want] == 0 || out["sent"]+out[want] != 3 && step != "data" {
			t.Errorf("%s: outcomes %v", step, out)
		}
		m.check(t, es, d)
	}
}

// A connection that ends in the middle of a window leaves in doubt what was out, and no
// more; all else is sent on the next.
func TestTheEndInTheMiddleOfAWindow(t *testing.T) {
	const window = 4
	for name, c := range map[string]struct {
		step   string
		fault  sink.Fault
		doubts [2]int // at least and at most
	}{
		"dropped at MAIL":    {"mail", sink.Fault{Drop: true}, [2]int{0, window}},
		"dropped at RCPT":    {"rcpt", sink.Fault{Drop: true}, [2]int{0, window}},
		"dropped at BDAT":    {"data", sink.Fault{Drop: true}, [2]int{0, window}},
		"dropped in a mail":  {"body", sink.Fault{Drop: true}, [2]int{0, window}},
		"lost after BDAT":    {"dot", sink.Fault{Drop: true}, [2]int{1, window}},
		"dropped at RSET":    {"rset", sink.Fault{Drop: true}, [2]int{0, window}},
		"goodbye at MAIL":    {"mail", sink.Fault{Reply: "421 4.3.2 closing"}, [2]int{0, 0}},
		"goodbye at RCPT":    {"rcpt", sink.Fault{Reply: "421 4.3.2 closing"}, [2]int{0, 0}},
		"goodbye at BDAT":    {"data", sink.Fault{Reply: "421 4.3.2 closing"}, [2]int{0, 0}},
		"goodbye at the end": {"dot", sink.Fault{Reply: "421 4.3.2 closing"}, [2]int{0, 0}},
		"goodbye at RSET":    {"rset", sink.Fault{Reply: "421 4.3.2 closing"}, [2]int{0, 0}},
		"stalled at MAIL":    {"mail", sink.Fault{Stall: 5 * time.Second}, [2]int{1, window}},
		"stalled at RCPT":    {"rcpt", sink.Fault{Stall: 5 * time.Second}, [2]int{1, window}},
		"stalled at BDAT":    {"data", sink.Fault{Stall: 5 * time.Second}, [2]int{1, window}},
		"stalled at the end": {"dot", sink.Fault{Stall: 5 * time.Second}, [2]int{1, window}},
		"stalled at RSET":    {"rset", sink.Fault{Stall: 5 * time.Second}, [2]int{1, window}},
		"nonsense":           {"dot", sink.Fault{Reply: "what?"}, [2]int{1, window}},
		"an answer to DATA":  {"dot", sink.Fault{Reply: "354 go ahead"}, [2]int{1, window}},
		"no such reset":      {"rset", sink.Fault{Reply: "500 5.5.1 never heard of it"}, [2]int{0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m mailbox
			var calls atomic.Int32
			s := &sink.Sink{OnMessage: m.note, Delay: time.Millisecond, Fault: func(at, _ string) (f sink.Fault) {
				if at == c.step && calls.Add(1) == 10 {
					return c.fault
				}
				return f
			}}
			p := windowed(t, s, window)
			p.Timeouts.Command, p.Timeouts.Reset, p.Timeouts.Dot = 2*time.Second, 2*time.Second, 2*time.Second
			es := signed(t, 40)
			d := newDesk(es)
			out := run(t, p, d)
			m.check(t, es, d)
			if n := out["uncertain"]; out["sent"]+n != 40 || n < c.doubts[0] || n > c.doubts[1] {
				t.Errorf("outcomes %v", out)
			}
		})
	}
}

// Where nobody can be served, what is under way is heard of and nothing new is begun.
func TestAFaultOfOursInTheMiddleOfAWindow(t *testing.T) {
	var m mailbox
	s := &sink.Sink{OnMessage: m.note, Delay: 5 * time.Millisecond, Fault: func(at, to string) (f sink.Fault) {
		if at == "rcpt" && to == "reader10@readers.example" {
			f.Reply = "554 5.7.1 relay access denied"
		}
		return f
	}}
	es := signed(t, 20)
	d := newDesk(es)
	d.once = true
	out := run(t, windowed(t, s, 4), d)
	m.check(t, es, d)
	if out["configuration rcpt"] != 1 || out["sent"] != 19 {
		t.Errorf("outcomes %v", out)
	}
}

// A server that offers CHUNKING without knowing it gets no content as commands, and the
// mail all the same, on the same connection.
func TestAServerThatDoesNotKnowWhatItOffers(t *testing.T) {
	var told commands
	var m mailbox
	var log bytes.Buffer
	p := pool(t, &sink.Sink{Extensions: []string{"PIPELINING", "CHUNKING"}, OnCommand: told.note, OnMessage: m.note})
	p.Connections, p.Window, p.Log = 1, 4, slog.New(slog.NewTextHandler(&log, nil))
	es := signed(t, 150)
	d := newDesk(es)
	if out := run(t, p, d); out["sent"] != 150 {
		t.Errorf("outcomes %v", out)
	}
	m.check(t, es, d)
	if text := told.text(); strings.Count(text, "BDAT") != 1 || strings.Count(text, "Date: ") != 1 || strings.Contains(text, "Subject") || strings.Count(text, "EHLO") != 2 {
		t.Errorf("it was told %.2000s", text)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "offers CHUNKING and does not know it") {
		t.Errorf("it is said %d times: %s", n, log.String())
	}
}

// What this server cannot take is not sent to it, wherever in a window it stands.
func TestMailsOfAWindowThatCannotGo(t *testing.T) {
	es := signed(t, 12)
	for _, i := range []int{0, 1, 5, 11} {
		es[i].UTF8 = true
	}
	var told commands
	if out := run(t, windowed(t, &sink.Sink{OnCommand: told.note}, 4), newDesk(es)); out["sent"] != 8 || out["hard rcpt"] != 4 || strings.Count(told.text(), "MAIL") != 8 {
		t.Errorf("outcomes %v", out)
	}
}

// One mail at a time goes by DATA, whatever is offered.
func TestWithoutAWindowNothingChanges(t *testing.T) {
	for _, window := range []int{0, 1} {
		var told commands
		s := &sink.Sink{Chunking: true, OnCommand: told.note}
		p := pool(t, s)
		p.Window = window
		if out := run(t, p, newDesk(envelopes(t, 10))); out["sent"] != 10 || strings.Contains(told.text(), "BDAT") {
			t.Errorf("outcomes %v", out)
		}
	}
	var told commands
	p := pool(t, &sink.Sink{OnCommand: told.note})
	p.Window = 4
	if out := run(t, p, newDesk(envelopes(t, 10))); out["sent"] != 10 || strings.Contains(told.text(), "BDAT") {
		t.Errorf("not offered: outcomes %v", out)
	}
}

// A server that talks more than it listens does not make both sides wait for each other.
func TestBothSidesMayBeFull(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat("250-2.1.5 "+strings.Repeat("x", 7000)+"\r\n", 190), "\r\n") + "\r\n250 2.1.5 ok"
	var m mailbox
	s := &sink.Sink{OnMessage: m.note, Fault: func(at, _ string) (f sink.Fault) {
		if at == "rcpt" || at == "rset" {
			f.Reply = long
		}
		return f
	}}
	es := []*message.Envelope{}
	for i := range 6 {
		e := bulky(t)
		e.ID, e.To = int64(i+1), fmt.Sprintf("reader%d@readers.example", i+1)
		es = append(es, e)
	}
	d := newDesk(es)
	if out := run(t, windowed(t, s, 6), d); out["sent"] != 6 {
		t.Errorf("outcomes %v", out)
	}
	m.check(t, es, d)
}

// A connection that the server closes while nothing is on the way costs nobody a doubt.
func TestAnIdleEndIsNoDoubt(t *testing.T) {
	var m mailbox
	es := signed(t, 5)
	d := newDesk(es)
	p := windowed(t, &sink.Sink{OnMessage: m.note, Idle: 20 * time.Millisecond}, 4)
	if err := p.Run(t.Context(), func() relay.Line { return &slow{d} }); err != nil {
		t.Fatal(err)
	}
	m.check(t, es, d)
	for _, e := range es {
		if last := len(d.results[e.ID]) - 1; d.results[e.ID][last] != nil {
			t.Errorf("%s: %v", e.To, d.results[e.ID])
		}
	}
	if errs := d.results[2]; len(errs) < 2 || errs[0].Stage != relay.StageConnect || errs[0].Reply.Code != 0 {
		t.Errorf("the second was told as %v", errs)
	}
}

// A slow line has a mail now and then.
type slow struct{ *desk }

func (l *slow) Next(ctx context.Context) *message.Envelope {
	time.Sleep(60 * time.Millisecond)
	return l.desk.Next(ctx)
}

func (l *slow) Ready() *message.Envelope { return nil }
