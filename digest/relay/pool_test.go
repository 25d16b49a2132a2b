package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// envelopes makes n mails, some of whose lines begin with a dot.
func envelopes(t testing.TB, n int) []*message.Envelope {
	t.Helper()
	text := "Good morning.\n.\n..\n.hidden\n" + strings.Repeat("News from the harbour. ", 200)
	m, err := message.New(message.Content{
		From: mail.Address{Name: "The Paper", Address: "news@paper.example"}, Subject: "Test",
		Text: []byte(text), HTML: []byte("<p>" + text), Domain: "paper.example", Language: "en",
	})
	if err != nil {
		t.Fatal(err)
	}
	var es []*message.Envelope
	for i := range n {
		e, err := m.For(message.Recipient{
			ID: int64(i + 1), Address: fmt.Sprintf("reader%d@readers.example", i+1),
			Date: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC), MessageID: fmt.Sprintf("m%d", i+1),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, e)
	}
	return es
}

// A desk hands out envelopes to any number of lines and keeps what became of them. What
// was not attempted is handed out again.
type desk struct {
	mutex   sync.Mutex
	waiting []*message.Envelope
	once    bool // what was not attempted is not handed out again
	results map[int64][]*relay.Error
	replies map[int64]relay.Reply
}

func newDesk(es []*message.Envelope) *desk {
	return &desk{waiting: es, results: map[int64][]*relay.Error{}, replies: map[int64]relay.Reply{}}
}

func (d *desk) Ready() *message.Envelope {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if len(d.waiting) == 0 {
		return nil
	}
	e := d.waiting[0]
	d.waiting = d.waiting[1:]
	return e
}

func (d *desk) Next(ctx context.Context) *message.Envelope {
	if ctx.Err() != nil {
		return nil
	}
	return d.Ready()
}

func (d *desk) Done(e *message.Envelope, accepted relay.Reply, err *relay.Error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.results[e.ID] = append(d.results[e.ID], err)
	d.replies[e.ID] = accepted
	if err != nil && err.Class == relay.Unavailable && !err.Uncertain && !d.once {
		d.waiting = append(d.waiting, e)
	}
}

func (d *desk) open() relay.Line { return d }

// pool returns a pool for a sink that is told what to do.
func pool(t testing.TB, s *sink.Sink) *relay.Pool {
	t.Helper()
	addr, err := s.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	login := ""
	if s.Login != "" {
		user, password, _ := strings.Cut(s.Login, "\x00")
		login = url.UserPassword(user, password).String() + "@"
	}
	a, err := relay.Parse("smtp://"+login+addr, false)
	if err != nil {
		t.Fatal(err)
	}
	timeouts := relay.Timeouts{Connect: time.Second, Hello: time.Second, Command: time.Second, Data: time.Second,
		Block: time.Second, Dot: time.Second, Quit: time.Second}
	return &relay.Pool{Address: a, Connections: 3, Hello: "test.example", Pause: time.Millisecond, Timeouts: timeouts, Log: slog.New(slog.DiscardHandler)}
}

// run sends and returns how often each outcome came last: "sent", or class and stage.
func run(t *testing.T, p *relay.Pool, d *desk) map[string]int {
	t.Helper()
	if err := p.Run(t.Context(), d.open); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, errs := range d.results {
		last := errs[len(errs)-1]
		switch {
		case last == nil:
			got["sent"]++
		case last.Uncertain:
			got["uncertain"]++
		default:
			got[string(last.Class)+" "+string(last.Stage)]++
		}
	}
	return got
}

// plain is a server without PIPELINING.
var plain = []string{"SIZE 10000000"}

func TestMailArrivesAsItIs(t *testing.T) {
	for name, extensions := range map[string][]string{"pipelined": nil, "one command at a time": plain} {
		t.Run(name, func(t *testing.T) {
			es := envelopes(t, 250) // more than a connection carries
			var mutex sync.Mutex
			got := map[string]string{}
			s := &sink.Sink{Extensions: extensions, OnMessage: func(from, to string, data []byte) {
				mutex.Lock()
				defer mutex.Unlock()
				got[to] = from + "\n" + string(data)
			}}
			d := newDesk(es)
			if out := run(t, pool(t, s), d); out["sent"] != 250 {
				t.Fatalf("outcomes %v", out)
			}
			for _, e := range es {
				if want := e.From + "\n" + string(e.Bytes()); got[e.To] != want {
					t.Fatalf("%s got other bytes than were sent", e.To)
				}
				if r := d.replies[e.ID]; r.Code != 250 || r.Enhanced != "2.0.0" || r.Text != "taken" {
					t.Fatalf("reply %+v", r)
				}
			}
		})
	}
}

// Whatever step refuses whichever mail, exactly that one is refused, with its reply.
func TestARefusalConcernsItsMailAlone(t *testing.T) {
	for name, extensions := range map[string][]string{"pipelined": nil, "one command at a time": plain} {
		for step, want := range map[string]string{"mail": "retry mail", "rcpt": "retry rcpt", "data": "retry data", "dot": "retry dot"} {
			t.Run(name+"/"+step, func(t *testing.T) {
				copies := sink.NewCopies()
				calls := 0
				var mutex sync.Mutex
				s := &sink.Sink{Extensions: extensions, OnMessage: copies.Note, Fault: func(at, recipient string) sink.Fault {
					mutex.Lock()
					defer mutex.Unlock()
					if at != step {
						return sink.Fault{}
					}
					if calls++; calls%10 == 0 {
						return sink.Fault{Reply: "451 4.3.0 not now"}
					}
					return sink.Fault{}
				}}
				out := run(t, pool(t, s), newDesk(envelopes(t, 200)))
				if out["sent"] != 180 || out[want] != 20 {
					t.Errorf("outcomes %v", out)
				}
				if twice, _ := copies.Twice(); twice != 0 || copies.Recipients() != 180 {
					t.Errorf("%d recipients, %d twice", copies.Recipients(), twice)
				}
			})
		}
	}
}

// A server that answers DATA with 354 after it refused the recipient gets only the dot.
func TestNoContentForARefusedRecipient(t *testing.T) {
	var got []string
	var mutex sync.Mutex
	s := &sink.Sink{LaxData: true, OnMessage: func(_, to string, data []byte) {
		mutex.Lock()
		defer mutex.Unlock()
		got = append(got, fmt.Sprintf("%s %d", to, len(data)))
	}, Fault: func(step, recipient string) sink.Fault {
		if step == "rcpt" && recipient == "reader2@readers.example" {
			return sink.Fault{Reply: "550 5.1.1 no such user"}
		}
		return sink.Fault{}
	}}
	p := pool(t, s)
	p.Connections = 1
	out := run(t, p, newDesk(envelopes(t, 3)))
	if out["sent"] != 2 || out["hard rcpt"] != 1 {
		t.Errorf("outcomes %v", out)
	}
	for _, g := range got {
		if strings.HasPrefix(g, " ") && g != " 0" {
			t.Errorf("content went out for a refused recipient: %q", g)
		}
	}
}

func TestLostConnections(t *testing.T) {
	for step, want := range map[string]string{"connect": "sent", "ehlo": "sent", "mail": "sent", "rcpt": "sent", "data": "sent", "body": "uncertain", "dot": "uncertain"} {
		t.Run(step, func(t *testing.T) {
			var once sync.Once
			copies := sink.NewCopies()
			s := &sink.Sink{OnMessage: copies.Note, Fault: func(at, _ string) (f sink.Fault) {
				if at == step {
					once.Do(func() { f.Drop = true })
				}
				return f
			}}
			p := pool(t, s)
			p.Connections = 1
			out := run(t, p, newDesk(envelopes(t, 20)))
			if out[want] == 0 || out["sent"]+out["uncertain"] != 20 || out["uncertain"] > 1 {
				t.Errorf("outcomes %v", out)
			}
			// Cut off inside the message, the dot may be in the kernel's hands already.
			if twice, _ := copies.Twice(); twice > 0 || copies.Recipients() < out["sent"] {
				t.Errorf("%d recipients, %d twice", copies.Recipients(), twice)
			}
		})
	}
}

func TestAStallingServerIsLeft(t *testing.T) {
	for _, step := range []string{"connect", "ehlo", "mail", "rcpt", "data", "dot"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			var once sync.Once
			s := &sink.Sink{Fault: func(at, _ string) (f sink.Fault) {
				if at == step {
					once.Do(func() { f.Stall = 3 * time.Second })
				}
				return f
			}}
			p := pool(t, s)
			p.Connections = 1
			p.Timeouts.Command, p.Timeouts.Data, p.Timeouts.Dot, p.Timeouts.Hello = 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
			out := run(t, p, newDesk(envelopes(t, 5)))
			if out["sent"]+out["uncertain"] != 5 || (out["uncertain"] == 1) != (step == "dot") {
				t.Errorf("outcomes %v", out)
			}
		})
	}
}

func TestClosingServer(t *testing.T) {
	for _, step := range []string{"connect", "mail", "rcpt", "data", "dot"} {
		t.Run(step, func(t *testing.T) {
			var once sync.Once
			s := &sink.Sink{Fault: func(at, _ string) (f sink.Fault) {
				if at == step {
					once.Do(func() { f.Reply = "421 4.3.2 closing" })
				}
				return f
			}}
			if out := run(t, pool(t, s), newDesk(envelopes(t, 20))); out["sent"] != 20 {
				t.Errorf("outcomes %v", out)
			}
		})
	}
}

func TestAWrongPasswordStopsBeforeAnyMail(t *testing.T) {
	s := &sink.Sink{Login: "paper\x00right"}
	p := pool(t, s)
	p.Address.Password = "wrong"
	p.Connections = 1
	out := run(t, p, newDesk(envelopes(t, 1)))
	if out["configuration auth"] != 1 || s.Accepted() != 0 {
		t.Errorf("outcomes %v", out)
	}
}

func TestLogin(t *testing.T) {
	s := &sink.Sink{Login: "paper\x00pass word"}
	if out := run(t, pool(t, s), newDesk(envelopes(t, 5))); out["sent"] != 5 {
		t.Errorf("outcomes %v", out)
	}
}

func TestNothingGoesOutWithoutEncryptionWhereItIsRequired(t *testing.T) {
	p := pool(t, &sink.Sink{})
	p.Address.StartTLS = true
	p.Connections = 1
	if out := run(t, p, newDesk(envelopes(t, 1))); out["configuration tls"] != 1 {
		t.Errorf("outcomes %v", out)
	}
}

func TestAnAddressThatNeedsUTF8IsNotSentToAServerWithoutIt(t *testing.T) {
	es := envelopes(t, 3)
	es[1].UTF8 = true
	if out := run(t, pool(t, &sink.Sink{}), newDesk(es)); out["sent"] != 2 || out["hard rcpt"] != 1 {
		t.Errorf("outcomes %v", out)
	}
}

func BenchmarkSend(b *testing.B) {
	s := &sink.Sink{}
	p := pool(b, s)
	p.Connections = 16
	es := envelopes(b, b.N)
	d := newDesk(es)
	b.ResetTimer()
	if err := p.Run(b.Context(), d.open); err != nil {
		b.Fatal(err)
	}
}
