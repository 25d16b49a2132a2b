package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// limited returns a sender whose one relay takes so many mails an hour.
func (st *stage) limited(most int) *outbox.Sender {
	s := st.sender()
	m := relay.NewMeter([]relay.Limit{{Count: most, Per: time.Hour}}, relay.Warmup{})
	s.Meters = map[string]*relay.Meter{"the relay": m}
	s.Relay = &relay.Group{Members: []*relay.Member{{Name: "the relay", Priority: 1, Meter: m, Relay: s.Relay}}, Log: slog.New(slog.DiscardHandler)}
	return s
}

// What is over the limit stays queued, also after a restart, and none of it is marked as
// under way meanwhile.
func TestAnHourlyLimitHoldsOverARestart(t *testing.T) {
	st := newStage(t, 150, &sink.Sink{})
	st.enqueue(1)
	begun := time.Now()
	for _, want := range []int64{100, 100, 150} { // the third with a higher limit
		ctx, cancel := context.WithCancel(t.Context())
		s := st.limited(100)
		if want == 150 {
			s = st.limited(150)
		}
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		settled := func() bool {
			return st.count(`SELECT count(*) FROM delivery WHERE state = 'sent'`) == want && st.count(`SELECT count(*) FROM delivery WHERE state = 'sending'`) == 0
		}
		for i := 0; i < 500 && !settled(); i++ {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond) // time to do wrong
		if !settled() || int64(st.copies.Recipients()) != want {
			t.Errorf("%d readers have mail, want %d", st.copies.Recipients(), want)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if r := st.holds(1); r.Counts[outbox.Queued] != 150-want {
			t.Errorf("run %+v", r)
		}
	}
	if n := st.count(`SELECT sum(n) FROM meter WHERE relay = 'the relay' AND per = 3600 AND start > ?1 - 60`, begun.Unix()); n != 150 {
		t.Errorf("%d are counted", n)
	}
}

// The last mail fills the relay's hour: there is nothing to wait for.
func TestAFullLimitDoesNotKeepAFinishedRun(t *testing.T) {
	st := newStage(t, 40, &sink.Sink{})
	st.enqueue(1)
	if err := st.limited(40).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := st.holds(1); r.State != "finished" {
		t.Errorf("run %+v", r)
	}
}

func TestTwoRelaysServeEverybodyOnceWhileOneFails(t *testing.T) {
	st := newStage(t, 600, &sink.Sink{})
	var asked atomic.Int64
	other := &sink.Sink{OnMessage: st.copies.Note, Fault: func(step, _ string) (f sink.Fault) {
		if step == "mail" && asked.Add(1)%7 == 0 {
			f.Reply = "421 4.3.2 going down"
		}
		return f
	}}
	s := st.failover(other)
	st.enqueue(1)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	twice, _ := st.copies.Twice()
	if r := st.holds(1); r.State != "finished" || r.Counts[outbox.Sent] != 600 || st.copies.Recipients() != 600 || twice != 0 {
		t.Errorf("run %+v, %d recipients, %d twice", r, st.copies.Recipients(), twice)
	}
}

// A domain that is slowed down by its rate is served to the end all the same.
func TestADomainLimitSpreadsMail(t *testing.T) {
	st := newStage(t, 60, &sink.Sink{})
	s := st.sender()
	s.Domains = []outbox.DomainLimit{{Names: []string{"readers.example"}, Rate: 30}}
	st.enqueue(1)
	begun := time.Now()
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := st.holds(1); r.State != "finished" || r.Counts[outbox.Sent] != 60 || time.Since(begun) < 900*time.Millisecond {
		t.Errorf("after %s: run %+v", time.Since(begun), r)
	}
	if n := st.count(`SELECT count(*) FROM attempt`); n != 60 {
		t.Errorf("%d attempts were counted", n)
	}
}

func TestGmailsWishIsHeeded(t *testing.T) {
	st := newStage(t, 300, &sink.Sink{})
	st.sink.Fault = func(step, to string) (f sink.Fault) {
		if step == "rcpt" {
			f.Reply = "450 4.7.28 Our system has detected an unusual rate of email"
		}
		return f
	}
	st.enqueue(1)
	if err := st.sender().Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := st.holds(1)
	asked := st.count(`SELECT count(*) FROM attempt`)
	if asked > 10 || r.Counts[outbox.Deferred] != 300 || time.Until(r.NextDue) < 9*time.Minute {
		t.Errorf("%d were asked, run %+v", asked, r)
	}
	if n := st.count(`SELECT count(*) FROM delivery WHERE reason LIKE '%asked for a rest%' AND attempts = 0`); n != 300-asked {
		t.Errorf("%d wait for the domain: %s", n, fmt.Sprint(strings.TrimSpace(r.String())))
	}
}
