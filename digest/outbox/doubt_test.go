package outbox_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A copy whose reply was lost may be with its reader. Where it is not sent again after
// all, it stays in doubt and says why: it is no refusal.
func TestADoubtThatIsNotSentAgainStaysOne(t *testing.T) {
	past := time.Now().Add(-time.Minute).Unix()
	for name, c := range map[string]struct {
		before func(st *stage) // the second attempt
		reason string
		state  string // of the run in the end
	}{
		"the reader left": {
			before: func(st *stage) { st.exec(`UPDATE reader SET gone = 1`) },
			reason: "left", state: "finished",
		},
		"its time is over": {
			before: func(st *stage) { st.exec(`UPDATE run SET useful_until = ?1`, past) },
			reason: "its time was over", state: "finished",
		},
		"its time is over once it was deferred": {
			before: func(st *stage) {
				st.exec(`UPDATE run SET useful_until = ?1`, time.Now().Add(time.Minute).Unix())
				st.sink.Fault = func(step, _ string) (f sink.Fault) {
					if step == "rcpt" {
						f.Reply = "450 4.2.0 greylisted"
					}
					return f
				}
			},
			reason: "450 4.2.0 greylisted", state: "finished",
		},
		"the issue was cancelled": {
			before: func(st *stage) {
				if n, err := st.queue.Resend(st.Context(), 1, time.Now()); n != 1 || err != nil {
					st.Fatal(n, err)
				}
				if n, err := st.queue.Cancel(st.Context(), 1, time.Now()); n != 0 || err != nil {
					st.Errorf("%d cancelled, %v", n, err)
				}
			},
			reason: "the issue was cancelled", state: "cancelled",
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStage(t, 100, &sink.Sink{})
			var dropped atomic.Bool
			st.sink.Fault = func(step, _ string) sink.Fault {
				return sink.Fault{Drop: step == "dot" && dropped.CompareAndSwap(false, true)}
			}
			st.enqueue(1)
			st.send(t.Context())
			st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'in doubt'`) // a quarter of an hour later
			c.before(st)
			st.send(t.Context())
			r := st.holds(1)
			if r.Counts[outbox.InDoubt] != 1 || r.Counts[outbox.Sent] != 99 || r.State != c.state {
				t.Errorf("run %+v", r)
			}
			found, err := st.queue.Deliveries(t.Context(), 1, outbox.InDoubt, 0, 10)
			if err != nil || len(found) != 1 {
				t.Fatal(found, err)
			}
			if why := found[0].Why(); !strings.HasPrefix(why, "may have arrived") || !strings.Contains(why, c.reason) {
				t.Errorf("the reason is %q", why)
			}
		})
	}
}
