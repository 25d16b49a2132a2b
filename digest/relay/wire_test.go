package relay_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

func TestParametersAreThoseThatWereOffered(t *testing.T) {
	es := envelopes(t, 3)
	es[0].Name, es[0].To = "d-1.a+b=c", "rea+der=1@readers.example"
	es[1].Name = strings.Repeat("n", 101) // RFC 3461 §4.4: at most 100
	es[2].UTF8, es[2].To = true, "lesé@readers.example"
	for _, c := range []struct {
		name       string
		extensions []string
		want       []string
	}{
		{"nothing", []string{"SMTPUTF8"}, []string{
			"MAIL FROM:<news@paper.example>", "RCPT TO:<rea+der=1@readers.example>",
			"MAIL FROM:<news@paper.example>", "RCPT TO:<reader2@readers.example>",
			"MAIL FROM:<news@paper.example> SMTPUTF8", "RCPT TO:<lesé@readers.example>",
		}},
		{"all", []string{"PIPELINING", "SIZE 10000000", "DSN", "SMTPUTF8", "8BITMIME"}, []string{
			fmt.Sprintf("MAIL FROM:<news@paper.example> SIZE=%d RET=HDRS ENVID=d-1.a+2Bb+3Dc", es[0].Size),
			"RCPT TO:<rea+der=1@readers.example> NOTIFY=FAILURE ORCPT=rfc822;rea+2Bder+3D1@readers.example",
			fmt.Sprintf("MAIL FROM:<news@paper.example> SIZE=%d RET=HDRS", es[1].Size),
			"RCPT TO:<reader2@readers.example> NOTIFY=FAILURE ORCPT=rfc822;reader2@readers.example",
			fmt.Sprintf("MAIL FROM:<news@paper.example> SIZE=%d SMTPUTF8 RET=HDRS ENVID=m3", es[2].Size),
			"RCPT TO:<lesé@readers.example> NOTIFY=FAILURE",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told commands
			p := pool(t, &sink.Sink{Extensions: c.extensions, OnCommand: told.note})
			p.Connections = 1
			if out := run(t, p, newDesk(es)); out["sent"] != 3 {
				t.Fatalf("outcomes %v", out)
			}
			var got []string
			for _, line := range told.all {
				if strings.HasPrefix(line, "MAIL") || strings.HasPrefix(line, "RCPT") {
					got = append(got, line)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// An envelope carries the name that a bounce brings back.
func TestTheEnvelopeIsNamedAfterTheMessage(t *testing.T) {
	if e := envelopes(t, 1)[0]; e.Name != "m1" {
		t.Errorf("it is called %q", e.Name)
	}
}

func TestAMailLargerThanTheRelayTakesIsNotSent(t *testing.T) {
	for size, want := range map[string]string{"SIZE 1000": "content mail", "SIZE 100000": "sent", "SIZE 0": "sent", "SIZE": "sent", "SIZE many": "sent"} {
		var told commands
		p := pool(t, &sink.Sink{Extensions: []string{"PIPELINING", size}, OnCommand: told.note})
		if out := run(t, p, newDesk(envelopes(t, 3))); out[want] != 3 {
			t.Errorf("%s: outcomes %v", size, out)
		}
		if want != "sent" && strings.Contains(told.text(), "MAIL") {
			t.Errorf("%s: it was told %q", size, told.text())
		}
	}
}

func TestOurName(t *testing.T) {
	host, _ := os.Hostname()
	for configured, want := range map[string]string{"mail.paper.example": "mail.paper.example", "": "[127.0.0.1]"} {
		if configured == "" && strings.Contains(host, ".") {
			want = host
		}
		var told commands
		p := pool(t, &sink.Sink{OnCommand: told.note})
		p.Connections, p.Hello = 1, configured
		run(t, p, newDesk(envelopes(t, 1)))
		if told.all[0] != "EHLO "+want {
			t.Errorf("%q, not EHLO %s", told.all[0], want)
		}
	}
}

// The first mail of a connection may be one that cannot go through it.
func TestAfterAMailThatCannotGoTheNextDoes(t *testing.T) {
	es := envelopes(t, 4)
	es[0].UTF8, es[1].UTF8 = true, true
	p := pool(t, &sink.Sink{})
	p.Connections, p.Timeouts.Command = 1, 10*time.Second
	began := time.Now()
	if out := run(t, p, newDesk(es)); out["sent"] != 2 || out["hard rcpt"] != 2 {
		t.Errorf("outcomes %v", out)
	}
	if time.Since(began) > 5*time.Second {
		t.Error("it waited for replies to commands that were never sent")
	}
}

// bulky makes a mail that does not fit into the buffers on its way.
func bulky(t *testing.T) *message.Envelope {
	m, err := message.New(message.Content{
		From: mail.Address{Address: "news@paper.example"}, Subject: "Test", Domain: "paper.example", Language: "en",
		Text: bytes.Repeat([]byte("News from the harbour, and no end of it.\n"), 20_000),
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.For(message.Recipient{ID: 1, Address: "reader@readers.example", MessageID: "m1", Date: time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A server that has enough in the middle of a message says why before it closes.
func TestTheReasonForAnEarlyClose(t *testing.T) {
	for reply, want := range map[string]relay.Class{
		"552 5.3.4 message too big": relay.Content, "421 4.3.2 going down": relay.Unavailable, "554 5.7.1 this is spam": relay.Block,
	} {
		s := &sink.Sink{Fault: func(step, _ string) (f sink.Fault) {
			if step == "body" {
				f.Reply = reply
			}
			return f
		}}
		p := pool(t, s)
		p.Connections = 1
		d := newDesk([]*message.Envelope{bulky(t)})
		d.once = true
		run(t, p, d)
		if err := d.results[1][0]; err == nil || err.Class != want || err.Uncertain || !strings.HasPrefix(reply, fmt.Sprint(err.Reply.Code)) {
			t.Errorf("after %q: %v", reply, err)
		}
	}
}

// What a firewall throws away of a group never comes; then each command goes alone.
func TestAServerThatIsDeafToGroups(t *testing.T) {
	var told commands
	p := pool(t, &sink.Sink{Deaf: true, OnCommand: told.note})
	p.Connections, p.Timeouts.Command, p.Timeouts.Data = 1, 50*time.Millisecond, 50*time.Millisecond
	if out := run(t, p, newDesk(envelopes(t, 20))); out["sent"] != 20 {
		t.Errorf("outcomes %v", out)
	}
	if n := strings.Count(told.text(), "EHLO"); n != 3 {
		t.Errorf("%d connections; after two that hang there should be one", n)
	}
}

// A server that complains of groups gets single commands from the next connection on.
func TestAServerThatForbidsGroups(t *testing.T) {
	var connections, groups atomic.Int32
	s := &sink.Sink{Fault: func(step, _ string) (f sink.Fault) {
		if step == "connect" {
			connections.Add(1)
		}
		if step == "rcpt" && connections.Load() == 1 {
			groups.Add(1)
			f.Reply = "554 5.5.0 Error: SMTP protocol synchronization"
		}
		return f
	}}
	p := pool(t, s)
	p.Connections = 1
	out := run(t, p, newDesk(envelopes(t, 5)))
	if out["sent"] != 4 || out["protocol rcpt"] != 1 || groups.Load() != 1 || connections.Load() != 2 {
		t.Errorf("outcomes %v, %d connections", out, connections.Load())
	}
}

// After a refusal comes RSET; where that fails, the connection is of no more use (S7).
func TestAFailedResetEndsTheConnection(t *testing.T) {
	for name, extensions := range map[string][]string{"pipelined": nil, "one command at a time": plain} {
		t.Run(name, func(t *testing.T) {
			var resets, connections atomic.Int32
			s := &sink.Sink{Extensions: extensions, Fault: func(step, to string) (f sink.Fault) {
				switch step {
				case "connect":
					connections.Add(1)
				case "rset":
					resets.Add(1)
					f.Reply = "500 5.5.1 never heard of it"
				case "rcpt":
					if to == "reader2@readers.example" {
						f.Reply = "550 5.1.1 no such user"
					}
				}
				return f
			}}
			p := pool(t, s)
			p.Connections = 1
			d := newDesk(envelopes(t, 4))
			out := run(t, p, d)
			if out["sent"] != 3 || out["hard rcpt"] != 1 || resets.Load() != 1 || connections.Load() != 2 {
				t.Errorf("outcomes %v, %d resets, %d connections", out, resets.Load(), connections.Load())
			}
			if first := d.results[3][0]; first == nil || first.Stage != relay.StageConnect {
				t.Errorf("the mail whose turn did not come: %v", first)
			}
		})
	}
}

func TestAConnectionServesItsTime(t *testing.T) {
	count := func(set func(*relay.Pool)) int32 {
		var connections atomic.Int32
		s := &sink.Sink{Delay: 2 * time.Millisecond, Fault: func(step, _ string) (f sink.Fault) {
			if step == "connect" {
				connections.Add(1)
			}
			return f
		}}
		p := pool(t, s)
		p.Connections = 1
		set(p)
		if out := run(t, p, newDesk(envelopes(t, 20))); out["sent"] != 20 {
			t.Fatalf("outcomes %v", out)
		}
		return connections.Load()
	}
	if n := count(func(p *relay.Pool) { p.Messages = 7 }); n != 3 {
		t.Errorf("7 messages each: %d connections for 20", n)
	}
	if n := count(func(p *relay.Pool) { p.Age = time.Nanosecond }); n != 20 {
		t.Errorf("old at once: %d connections for 20", n)
	}
	if n := count(func(*relay.Pool) {}); n != 1 {
		t.Errorf("by default: %d connections for 20", n)
	}
}

// A goodbye in place of the reply to MAIL was no attempt (S8).
func TestAConnectionThatEndsBeforeMail(t *testing.T) {
	for _, f := range []sink.Fault{{Drop: true}, {Reply: "421 4.4.2 idle for too long"}} {
		times := 0
		s := &sink.Sink{Fault: func(step, _ string) sink.Fault {
			if step == "mail" {
				if times++; times == 3 {
					return f
				}
			}
			return sink.Fault{}
		}}
		p := pool(t, s)
		p.Connections, p.Pause = 1, time.Hour
		d := newDesk(envelopes(t, 5))
		if out := run(t, p, d); out["sent"] != 5 {
			t.Errorf("%+v: outcomes %v", f, out)
		}
		if first := d.results[3][0]; first == nil || first.Stage != relay.StageConnect || first.Class != relay.Unavailable {
			t.Errorf("%+v: %v", f, first)
		}
	}
}

// A goodbye with Gmail's rate code ends the connection, though it is a quota.
func TestAQuotaThatClosesTheConnection(t *testing.T) {
	for name, extensions := range map[string][]string{"pipelined": nil, "one command at a time": plain} {
		for _, step := range []string{"mail", "rcpt", "data", "dot"} {
			t.Run(name+"/"+step, func(t *testing.T) {
				times := 0
				s := &sink.Sink{Extensions: extensions, Fault: func(at, _ string) (f sink.Fault) {
					if at == step {
						if times++; times == 2 {
							f.Reply = "421 4.7.28 unusual rate"
						}
					}
					return f
				}}
				p := pool(t, s)
				p.Connections = 1
				if out := run(t, p, newDesk(envelopes(t, 5))); out["sent"] != 4 || out["quota "+step] != 1 {
					t.Errorf("outcomes %v", out)
				}
			})
		}
	}
}

// Three commands that the relay finds wrong in form are loud.
func TestMisunderstandingsAreLoud(t *testing.T) {
	var log bytes.Buffer
	s := &sink.Sink{Fault: func(step, _ string) (f sink.Fault) {
		if step == "rcpt" {
			f.Reply = "500 5.5.2 what?"
		}
		return f
	}}
	p := pool(t, s)
	p.Connections, p.Log = 1, slog.New(slog.NewTextHandler(&log, nil))
	if out := run(t, p, newDesk(envelopes(t, 4))); out["protocol rcpt"] != 4 {
		t.Errorf("outcomes %v", out)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors are logged: %s", n, log.String())
	}
}

// When the program ends, a server that is slow to answer is not waited for the ten
// minutes that it would get otherwise.
func TestTheEndIsNotPutOff(t *testing.T) {
	for step, want := range map[string]string{"dot": "uncertain", "rcpt": "unavailable rcpt", "ehlo": "unavailable connect"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			ctx, end := context.WithCancel(t.Context())
			var once sync.Once
			s := &sink.Sink{Fault: func(at, _ string) (f sink.Fault) {
				if at == step {
					once.Do(func() { f.Stall = 3 * time.Second; end() })
				}
				return f
			}}
			p := pool(t, s)
			p.Connections, p.Timeouts = 1, relay.DefaultTimeouts()
			p.Timeouts.Drain = 100 * time.Millisecond
			d := newDesk(envelopes(t, 3))
			began := time.Now()
			if err := p.Run(ctx, d.open); err != nil {
				t.Fatal(err)
			}
			if time.Since(began) > 2*time.Second {
				t.Errorf("it took %v", time.Since(began))
			}
			if err := d.results[1][0]; err == nil || (want == "uncertain") != err.Uncertain || !err.Uncertain && want != string(err.Class)+" "+string(err.Stage) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}

// A reply that is quick enough is still heard when the program ends.
func TestTheEndWaitsForWhatIsUnderWay(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	s := &sink.Sink{Fault: func(at, _ string) (f sink.Fault) {
		if at == "dot" {
			f.Stall = 50 * time.Millisecond
			end()
		}
		return f
	}}
	p := pool(t, s)
	p.Connections, p.Timeouts.Drain = 1, 10*time.Second
	d := newDesk(envelopes(t, 1))
	if err := p.Run(ctx, d.open); err != nil {
		t.Fatal(err)
	}
	if errs := d.results[1]; len(errs) != 1 || errs[0] != nil {
		t.Errorf("%v", errs)
	}
}

// An answer to the dot that is none leaves it open whether the mail arrived.
func TestAnAnswerThatIsNone(t *testing.T) {
	for _, reply := range []string{"354 go ahead", "what?", "250-ok\r\n550 not ok", "150 wait"} {
		s := &sink.Sink{Fault: func(step, to string) (f sink.Fault) {
			if step == "dot" && to == "reader2@readers.example" {
				f.Reply = reply
			}
			return f
		}}
		p := pool(t, s)
		p.Connections = 1
		if out := run(t, p, newDesk(envelopes(t, 4))); out["sent"] != 3 || out["uncertain"] != 1 {
			t.Errorf("%q: outcomes %v", reply, out)
		}
	}
}
