package outbox_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// crowdSize is how many recipients a fault is tried on: as many as the promise speaks of
// where time is no matter.
func crowdSize() int {
	if os.Getenv("CI") == "true" {
		return 20_000
	}
	return 2_000
}

// A lot chooses a share of the steps, the same ones in each run of the test. Each is
// chosen once: when it is tried again it goes well.
type lot struct {
	share float64
	mutex sync.Mutex
	drawn map[string]bool
}

func newLot(share float64) *lot { return &lot{share: share, drawn: map[string]bool{}} }

func (l *lot) draw(name string) bool {
	h := fnv.New32a()
	h.Write([]byte(name))
	if float64(h.Sum32()%10_000) >= l.share*10_000 {
		return false
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.drawn[name] {
		return false
	}
	l.drawn[name] = true
	return true
}

// Whatever goes wrong on the way, nobody is lost, only what is in doubt comes twice, with
// the same bytes, and the ledger adds up at every moment (mail-standards S11).
func TestFaults(t *testing.T) {
	for _, f := range []struct {
		name  string
		step  string
		share float64
		fault sink.Fault
		doubt bool // copies may come twice
	}{
		{"refused for now at RCPT", "rcpt", 0.05, sink.Fault{Reply: "451 4.3.0 not now"}, false},
		{"refused for now at DATA", "data", 0.05, sink.Fault{Reply: "451 4.3.0 not now"}, false},
		{"refused for now after the dot", "dot", 0.05, sink.Fault{Reply: "451 4.3.0 not now"}, false},
		{"cut off inside DATA", "body", 0.02, sink.Fault{Drop: true}, true},
		{"cut off at MAIL", "mail", 0.02, sink.Fault{Drop: true}, true},
		{"reply lost after the dot", "dot", 0.02, sink.Fault{Drop: true}, true},
		{"closing at RCPT", "rcpt", 0.005, sink.Fault{Reply: "421 4.3.2 closing"}, false},
		{"closing at DATA", "data", 0.005, sink.Fault{Reply: "421 4.3.2 closing"}, false},
		{"closing after the dot", "dot", 0.005, sink.Fault{Reply: "421 4.3.2 closing"}, false},
		{"stalling at RCPT", "rcpt", 0.0005, sink.Fault{Stall: 600 * time.Millisecond}, false},
		{"stalling after the dot", "dot", 0.0005, sink.Fault{Stall: 600 * time.Millisecond}, true},
	} {
		t.Run(f.name, func(t *testing.T) {
			n := crowdSize()
			lot := newLot(f.share)
			mails := newLot(f.share) // MAIL has no recipient: every so many
			calls := 0
			st := newStage(t, n, &sink.Sink{})
			st.sink.Fault = func(step, to string) sink.Fault {
				if step == "mail" && f.step == "mail" {
					mails.mutex.Lock()
					calls++
					to = fmt.Sprint(calls)
					mails.mutex.Unlock()
				}
				if step == f.step && lot.draw(to) {
					return f.fault
				}
				return sink.Fault{}
			}
			st.enqueue(1)
			twice, doubts := st.toTheEnd(1, n)
			if st.copies.Recipients() != n {
				t.Errorf("%d of %d got their mail", st.copies.Recipients(), n)
			}
			if !f.doubt && twice > 0 || twice > doubts {
				t.Errorf("%d came twice, %d were in doubt", twice, doubts)
			}
		})
	}
}

// toTheEnd sends until the issue is finished, looking at the ledger all the while. Waits
// are cut short, and what is in doubt is sent again. It returns how many came twice and
// how many were ever in doubt.
func (st *stage) toTheEnd(issue int64, n int) (twice, doubts int) {
	st.Helper()
	looking, looked := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() {
		for looking.Err() == nil {
			if _, faults, err := st.queue.Verify(context.Background(), 0); err != nil || len(faults) > 0 {
				st.Errorf("in mid-run: %v %v", faults, err)
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	for round := 0; ; round++ {
		if round == 20 {
			st.Fatalf("not finished after %d rounds: %+v", round, st.holds(issue))
		}
		s := st.sender()
		pool := s.Relay.(*relay.Pool)
		pool.Timeouts.Command, pool.Timeouts.Data, pool.Timeouts.Dot = 300*time.Millisecond, 300*time.Millisecond, 300*time.Millisecond
		if err := s.Run(st.Context()); err != nil {
			st.Fatal(err)
		}
		r := st.holds(issue)
		if r.Counts[outbox.Sent] == int64(n) {
			break
		}
		if _, err := st.queue.Resend(st.Context(), issue, time.Now()); err != nil {
			st.Fatal(err)
		}
		st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'deferred'`)
	}
	looked()
	watch.Wait()
	st.partsAgree(issue)
	twice, different := st.copies.Twice()
	if different > 0 {
		st.Errorf("%d twins differ", different)
	}
	return twice, int(st.count(`SELECT count(*) FROM delivery WHERE doubts > 0`))
}

// A server that is away for a while is waited for.
func TestAServerThatIsDownLosesNobody(t *testing.T) {
	n := crowdSize()
	st := newStage(t, n, &sink.Sink{})
	down := time.Now().Add(300 * time.Millisecond)
	until := down.Add(2 * time.Second)
	st.sink.Fault = func(step, _ string) sink.Fault {
		now := time.Now()
		return sink.Fault{Drop: now.After(down) && now.Before(until)}
	}
	st.enqueue(1)
	twice, doubts := st.toTheEnd(1, n)
	if st.copies.Recipients() != n || twice > doubts {
		t.Errorf("%d of %d got their mail, %d twice, %d in doubt", st.copies.Recipients(), n, twice, doubts)
	}
	if strings.Contains(fmt.Sprint(st.holds(1)), "refused") {
		t.Error("somebody was refused")
	}
}
