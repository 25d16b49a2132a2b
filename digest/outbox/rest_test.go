package outbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A domain that asked for a rest gets it, also when the program is killed and started again.
func TestADomainsRestOutlivesAKill(t *testing.T) {
	st := newStage(t, 400, &sink.Sink{})
	var asked atomic.Int64
	st.sink.Fault = func(step, _ string) (f sink.Fault) {
		if step == "rcpt" && asked.Add(1) == 1 {
			f.Reply = "421 4.7.28 unusual rate of mail"
		}
		f.Stall = time.Millisecond // so that there is something left to be killed
		return f
	}
	st.enqueue(1)
	child := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s %s", victim, 2, 1, st.addr, st.path))
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 1000 && st.count(`SELECT count(*) FROM domain_rest`) == 0; i++ {
		time.Sleep(5 * time.Millisecond)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'deferred'`) // all would go now
	before := asked.Load()
	st.send(context.Background())
	r := st.holds(1)
	if n := asked.Load() - before; n != 0 || before == 0 || r.Counts[outbox.Queued] != 0 {
		t.Errorf("%d were asked before the kill and %d after it, run %+v", before, n, r)
	}
	if wait := time.Until(r.NextDue); wait < 9*time.Minute || wait > 11*time.Minute {
		t.Errorf("the next goes in %s", wait)
	}
}

// Of a rest that is long over nothing is left.
func TestAnOldRestIsForgotten(t *testing.T) {
	st := newStage(t, 50, &sink.Sink{})
	st.exec(`INSERT INTO domain_rest (domain, until) VALUES ('readers.example', ?1)`, time.Now().Add(-time.Hour).Unix())
	st.enqueue(1)
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.Sent] != 50 || st.count(`SELECT count(*) FROM domain_rest`) != 0 {
		t.Errorf("run %+v", r)
	}
}
