package outbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers/db"
)

// victim names the variable by which the test below starts itself as the process that is
// going to be killed: connections, the server's address and the database.
const victim = "OUTBOX_VICTIM"

// TestVictim is the sender in a process of its own; it does nothing unless it is asked to.
func TestVictim(t *testing.T) {
	task := os.Getenv(victim)
	if task == "" {
		t.Skip("only for TestKilledAtAnyMoment")
	}
	var connections, window int
	parts := strings.SplitN(task, " ", 4)
	fmt.Sscan(parts[0], &connections)
	fmt.Sscan(parts[1], &window)
	st := &stage{T: t, addr: parts[2], path: parts[3]}
	var err error
	if st.db, err = db.Open(t.Context(), st.path); err != nil {
		t.Fatal(err)
	}
	st.queue = outbox.NewQueue(st.db)
	if err := st.senderOver(connections, window).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (st *stage) senderOver(connections, window int) *outbox.Sender {
	s := st.sender()
	s.Ahead, s.Window = connections*window, window
	pool := s.Relay.(*relay.Pool)
	pool.Connections, pool.Window = connections, window
	return s
}

// Killed at any moment and started again, the sender loses nobody; it does not know of at
// most four deliveries for each mail that may be on the way, and has doubled at most two.
func TestKilledAtAnyMoment(t *testing.T) {
	if os.Getenv("CI") == "true" {
		t.Run("one at a time", func(t *testing.T) { killed(t, 20_000, 50, 16, 1) })
		t.Run("a window of four", func(t *testing.T) { killed(t, 20_000, 15, 8, 4) })
		return
	}
	t.Run("one at a time", func(t *testing.T) { killed(t, 1_500, 5, 4, 1) })
	t.Run("a window of four", func(t *testing.T) { killed(t, 1_500, 3, 2, 4) })
}

func killed(t *testing.T, n, kills, connections, window int) {
	st := newStage(t, n, &sink.Sink{Chunking: window > 1})
	st.sink.Fault = func(step, _ string) (f sink.Fault) {
		if step == "dot" {
			f.Stall = 4 * time.Millisecond // so that there is something left to be killed
		}
		return f
	}
	st.enqueue(1)
	mostDoubt, mostTwice, killed := 0, 0, 0
	for killed < kills {
		if r := st.holds(1); r.Counts[outbox.Queued] == 0 {
			break
		}
		child := exec.Command(os.Args[0], "-test.run=^TestVictim$")
		child.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s %s", victim, connections, window, st.addr, st.path))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60*time.Millisecond + rand.N(120*time.Millisecond))
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		killed++
		doubtful, twice := st.sendingNow()
		mostDoubt, mostTwice = max(mostDoubt, doubtful), max(mostTwice, twice)
		if underway := connections * window; doubtful > 4*underway || twice > 2*underway {
			t.Errorf("kill %d: %d in doubt, %d of them had arrived; at most %d and %d are promised", killed, doubtful, twice, 4*underway, 2*underway)
		}
	}
	st.sink.Fault = nil
	twice, doubts := st.toTheEnd(1, n)
	if st.copies.Recipients() != n {
		t.Errorf("%d of %d got their mail", st.copies.Recipients(), n)
	}
	t.Logf("%d kills, %d connections with a window of %d: %d in doubt, at most %d a kill; %d came twice, at most %d a kill", killed, connections, window, doubts, mostDoubt, twice, mostTwice)
}

// sendingNow returns how many deliveries a killed sender left as sending, and how many of
// them the server has taken.
func (st *stage) sendingNow() (doubtful, taken int) {
	st.Helper()
	time.Sleep(20 * time.Millisecond) // what was in the kernel's hands arrives
	err := st.db.View(context.Background(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT subscriber_id FROM delivery WHERE state = 'sending'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				return err
			}
			doubtful++
			if st.copies.Of(fmt.Sprintf("reader%d@readers.example", id)) > 0 {
				taken++
			}
		}
		return rows.Err()
	})
	if err != nil {
		st.Fatal(err)
	}
	return doubtful, taken
}
