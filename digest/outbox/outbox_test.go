package outbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers/db"
)

// A stage is a database with readers of the edition "daily", and a server to send to.
type stage struct {
	*testing.T
	db     *db.DB
	queue  *outbox.Queue
	sink   *sink.Sink
	copies *sink.Copies
	addr   string
	path   string
}

// recipients stands in for the view that package subscribers publishes: outbox knows
// nothing else of it.
const recipients = `
	CREATE TABLE reader (id INTEGER PRIMARY KEY, language TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0,
		format TEXT NOT NULL DEFAULT 'html', topics TEXT NOT NULL DEFAULT '', frequency TEXT NOT NULL DEFAULT 'each', weekday INTEGER NOT NULL DEFAULT 6,
		hour INTEGER NOT NULL DEFAULT -1, zone TEXT NOT NULL DEFAULT '', since INTEGER NOT NULL DEFAULT 0) STRICT;
	CREATE VIEW recipient AS SELECT id AS subscriber_id, id + 1000000 AS subscription_id, 'daily' AS edition,
		'reader' || id || '@readers.example' AS email, '' AS name, language, format, topics, frequency, weekday, hour, zone, since
		FROM reader WHERE gone = 0;
	CREATE TABLE note (kind TEXT, ref INTEGER, reader INTEGER, expires_at INTEGER, PRIMARY KEY (kind, ref));
	CREATE VIEW addressee AS SELECT n.kind, n.ref, n.reader AS subscriber_id, n.reader + 1000000 AS subscription_id,
		'reader' || n.reader || '@readers.example' AS email, '' AS name, n.expires_at FROM note n;`

func newStage(t *testing.T, readers int, s *sink.Sink) *stage {
	t.Helper()
	st := &stage{T: t, sink: s, copies: sink.NewCopies(), path: filepath.Join(t.TempDir(), "test.db")}
	s.OnMessage = st.copies.Note
	var err error
	if st.addr, err = s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st.db, err = db.Open(t.Context(), st.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.db.Close() })
	if err := st.db.Migrate(t.Context(), db.SchemaOfLeases(), outbox.Schema()); err != nil {
		t.Fatal(err)
	}
	st.queue = outbox.NewQueue(st.db)
	st.exec(recipients)
	st.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO reader (id, language) SELECT i, CASE i % 3 WHEN 0 THEN 'ar' ELSE 'en' END FROM n`, readers)
	return st
}

func (st *stage) exec(query string, args ...any) {
	st.Helper()
	if err := st.db.Update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		st.Fatal(err)
	}
}

func (st *stage) count(query string, args ...any) (n int64) {
	st.Helper()
	if err := st.db.View(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
		st.Fatal(err)
	}
	return n
}

func letter(t testing.TB, language string) *message.Message {
	t.Helper()
	m, err := message.New(message.Content{
		From: mail.Address{Name: "The Paper", Address: "news@paper.example"}, Subject: "News in " + language,
		Text: []byte("Leave: http://127.0.0.1/u/__U__\n" + strings.Repeat("News. ", 500)), Domain: "paper.example", Language: language,
		Slots: []message.Slot{{Placeholder: "__U__", Size: 8}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (st *stage) enqueue(issue int64) int {
	st.Helper()
	n, err := st.queue.Enqueue(st.Context(), outbox.Posting{
		IssueID: issue, Edition: "daily", Doubt: "resend", UsefulUntil: time.Now().Add(20 * time.Hour), Slot: time.Now(),
	}.ByLanguage(outbox.Variant{Language: "en", Message: letter(st, "en")}, outbox.Variant{Language: "ar", Message: letter(st, "ar")}), time.Now(), nil)
	if err != nil {
		st.Fatal(err)
	}
	return n
}

func (st *stage) sender() *outbox.Sender {
	st.Helper()
	a, err := relay.Parse("smtp://"+st.addr, false)
	if err != nil {
		st.Fatal(err)
	}
	sealer, err := message.NewSealer([]byte("a secret of some length"))
	if err != nil {
		st.Fatal(err)
	}
	drained := make(chan struct{})
	close(drained)
	t := relay.Timeouts{Connect: 2 * time.Second, Hello: 2 * time.Second, Command: 2 * time.Second, Data: 2 * time.Second,
		Block: 2 * time.Second, Dot: 2 * time.Second, Quit: time.Second}
	return &outbox.Sender{
		Queue: st.queue, Sealer: sealer, Ahead: 4, Drain: drained, Log: slog.New(slog.DiscardHandler),
		Relay:  &relay.Pool{Address: a, Connections: 4, Hello: "test.example", Timeouts: t, Log: slog.New(slog.DiscardHandler)},
		Values: func(subscription, _ int64) []string { return []string{fmt.Sprintf("%08d", subscription)} },
	}
}

func (st *stage) send(ctx context.Context) {
	st.Helper()
	if err := st.sender().Run(ctx); err != nil {
		st.Fatal(err)
	}
}

// holds checks the ledger and returns the run.
func (st *stage) holds(issue int64) outbox.Run {
	st.Helper()
	if _, faults, err := st.queue.Verify(context.Background(), issue); err != nil || len(faults) > 0 {
		st.Fatalf("the ledger does not hold: %v %v", faults, err)
	}
	r, err := st.queue.Run(context.Background(), issue)
	if err != nil {
		st.Fatal(err)
	}
	return r
}

func TestEverybodyGetsOneCopyInTheirLanguage(t *testing.T) {
	st := newStage(t, 3000, &sink.Sink{})
	var mutex sync.Mutex
	arabic := map[string]bool{}
	st.sink.OnMessage = func(from, to string, data []byte) {
		st.copies.Note(from, to, data)
		mutex.Lock()
		defer mutex.Unlock()
		arabic[to] = strings.Contains(string(data), "\r\nContent-Language: ar\r\n")
	}
	if n := st.enqueue(1); n != 3000 {
		t.Fatalf("%d enqueued", n)
	}
	if n := st.enqueue(1); n != 0 {
		t.Fatalf("asked again, %d more were enqueued", n)
	}
	st.send(t.Context())
	if r := st.holds(1); r.State != "finished" || r.Counts[outbox.Sent] != 3000 || r.Prepared != 3000 {
		t.Errorf("run %+v", r)
	}
	if twice, _ := st.copies.Twice(); twice != 0 || st.copies.Recipients() != 3000 {
		t.Errorf("%d recipients, %d twice", st.copies.Recipients(), twice)
	}
	for to, is := range arabic {
		var i int
		fmt.Sscanf(to, "reader%d@", &i)
		if is != (i%3 == 0) {
			t.Errorf("%s got Arabic: %v", to, is)
		}
	}
}

func TestALanguageWithoutStoriesIsWrittenDownAsSuch(t *testing.T) {
	st := newStage(t, 300, &sink.Sink{})
	_, err := st.queue.Enqueue(t.Context(), outbox.Posting{IssueID: 1, Edition: "daily", Doubt: "hold", UsefulUntil: time.Now().Add(time.Hour)}.
		ByLanguage(outbox.Variant{Language: "en", Message: letter(t, "en")}, outbox.Variant{Language: "ar"}), time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.Sent] != 200 || r.Counts[outbox.Cancelled] != 100 || r.State != "finished" {
		t.Errorf("run %+v", r)
	}
}

func TestWhoLeavesDuringTheRunGetsNothing(t *testing.T) {
	st := newStage(t, 500, &sink.Sink{})
	st.enqueue(1)
	st.exec(`UPDATE reader SET gone = 1 WHERE id BETWEEN 100 AND 199`)
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.Suppressed] != 100 || r.Counts[outbox.Sent] != 400 {
		t.Errorf("run %+v", r)
	}
	if st.copies.Of("reader150@readers.example") != 0 {
		t.Error("a reader who had left got mail")
	}
}

func TestPassingRefusalsAreTriedAgainAndFinalOnesAreNot(t *testing.T) {
	st := newStage(t, 300, &sink.Sink{})
	st.sink.Fault = func(step, to string) sink.Fault {
		switch {
		case step == "rcpt" && to == "reader7@readers.example":
			return sink.Fault{Reply: "550 5.1.1 no such user"}
		case step == "rcpt" && to == "reader8@readers.example":
			return sink.Fault{Reply: "450 4.2.0 greylisted"}
		}
		return sink.Fault{}
	}
	st.enqueue(1)
	st.send(t.Context())
	r := st.holds(1)
	if r.Counts[outbox.Refused] != 1 || r.Counts[outbox.Deferred] != 1 || r.Counts[outbox.Sent] != 298 || r.State != "running" {
		t.Fatalf("run %+v", r)
	}
	if wait := time.Until(r.NextDue); wait < 4*time.Minute || wait > 7*time.Minute {
		t.Errorf("the next attempt is in %s", wait)
	}
	st.sink.Fault = nil
	st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'deferred'`) // its time has come
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.Sent] != 299 || r.State != "finished" {
		t.Errorf("run %+v", r)
	}
	if n := st.count(`SELECT count(*) FROM attempt WHERE class = 'hard' AND code = 550 AND enhanced = '5.1.1' AND stage = 'rcpt'`); n != 1 {
		t.Errorf("%d attempts with the reply", n)
	}
}

func TestAWrongPasswordStopsTheRunAndTouchesNobody(t *testing.T) {
	st := newStage(t, 50, &sink.Sink{Login: "paper\x00right"})
	st.enqueue(1)
	s := st.sender()
	pool := s.Relay.(*relay.Pool)
	pool.Address.User, pool.Address.Password = "paper", "wrong"
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := st.holds(1)
	if r.State != "stopped" || r.Counts[outbox.Queued] != 50 || !strings.Contains(r.Reason, "535 5.7.8") {
		t.Errorf("run %+v", r)
	}
	if n := st.count(`SELECT count(*) FROM delivery WHERE attempts > 0`); n != 0 {
		t.Errorf("%d recipients were touched", n)
	}
	if err := st.queue.Resume(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s = st.sender()
	pool = s.Relay.(*relay.Pool)
	pool.Address.User, pool.Address.Password = "paper", "right"
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := st.holds(1); r.Counts[outbox.Sent] != 50 {
		t.Errorf("run %+v", r)
	}
}

func TestStoppedInTheMiddleGoesOnWhereItWas(t *testing.T) {
	st := newStage(t, 2000, &sink.Sink{})
	st.enqueue(1)
	for i := 0; i < 50; i++ {
		ctx, cancel := context.WithCancel(t.Context())
		s := st.sender()
		sent := 0
		s.OnOutcome = func(outbox.State) {
			if sent++; sent == 100 {
				cancel()
			}
		}
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		r := st.holds(1)
		if r.Counts[outbox.Sending] != 0 || r.Counts[outbox.InDoubt] != 0 {
			t.Fatalf("after a stop: %+v", r)
		}
		if r.State == "finished" {
			break
		}
	}
	if r := st.holds(1); r.Counts[outbox.Sent] != 2000 {
		t.Errorf("run %+v", r)
	}
	if twice, _ := st.copies.Twice(); twice != 0 || st.copies.Recipients() != 2000 {
		t.Errorf("%d recipients, %d twice", st.copies.Recipients(), twice)
	}
}

func TestALostReplyIsInDoubtAndSentAgainOnceWithTheSameBytes(t *testing.T) {
	st := newStage(t, 1000, &sink.Sink{})
	var once sync.Once
	st.sink.Fault = func(step, to string) (f sink.Fault) {
		if step == "dot" {
			once.Do(func() { f.Drop = true })
		}
		return f
	}
	st.enqueue(1)
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.InDoubt] != 1 || r.Counts[outbox.Sent] != 999 || r.State != "running" {
		t.Fatalf("run %+v", r)
	}
	st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'in doubt'`) // a quarter of an hour later
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.Sent] != 1000 || r.State != "finished" {
		t.Fatalf("run %+v", r)
	}
	if twice, different := st.copies.Twice(); twice != 1 || different != 0 {
		t.Errorf("%d twice, %d of them with other bytes", twice, different)
	}
}

func TestMuchDoubtIsHeldForAnEditor(t *testing.T) {
	const n, lost = 50, 8
	st := newStage(t, n, &sink.Sink{})
	var drops atomic.Int64
	st.sink.Fault = func(step, to string) sink.Fault {
		return sink.Fault{Drop: step == "dot" && drops.Add(1) <= lost}
	}
	st.enqueue(1)
	st.send(t.Context())
	st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'in doubt'`) // a quarter of an hour later
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.InDoubt] != lost || r.Counts[outbox.Sent] != n-lost || r.State != "finished" {
		t.Errorf("run %+v", r)
	}
	if twice, _ := st.copies.Twice(); twice != 0 {
		t.Errorf("%d were doubled without asking", twice)
	}
	if n, err := st.queue.Resend(t.Context(), 1, time.Now()); n != lost || err != nil {
		t.Fatal(n, err)
	}
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.Sent] != n || r.State != "finished" {
		t.Errorf("run %+v", r)
	}
	if twice, different := st.copies.Twice(); twice != lost || different != 0 {
		t.Errorf("%d twice, %d of them with other bytes", twice, different)
	}
}

func TestWhatAKilledSenderLeftIsInDoubt(t *testing.T) {
	st := newStage(t, 1000, &sink.Sink{})
	st.enqueue(1)
	st.exec(`UPDATE delivery SET state = 'sending', dated_at = 1700000000 WHERE id <= 8`)
	st.exec(`UPDATE tally SET n = n - 8 WHERE state = 'queued'`)
	st.exec(`INSERT INTO tally VALUES (1, 'sending', 8)`)
	st.send(t.Context())
	if r := st.holds(1); r.Counts[outbox.InDoubt] != 8 || r.Counts[outbox.Sent] != 992 {
		t.Errorf("run %+v", r)
	}
}

func TestPauseResumeCancel(t *testing.T) {
	st := newStage(t, 400, &sink.Sink{})
	st.enqueue(1)
	if err := st.queue.Pause(t.Context(), 1, "an editor asked"); err != nil {
		t.Fatal(err)
	}
	st.send(t.Context())
	if r := st.holds(1); r.State != "paused" || r.Counts[outbox.Queued] != 400 {
		t.Fatalf("run %+v", r)
	}
	if err := st.queue.Resume(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := st.sender()
	sent := 0
	s.OnOutcome = func(outbox.State) {
		if sent++; sent == 100 {
			cancel()
		}
	}
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	n, err := st.queue.Cancel(t.Context(), 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	st.send(t.Context())
	r := st.holds(1)
	if r.State != "cancelled" || r.Counts[outbox.Cancelled] != n || r.Counts[outbox.Sent]+n != 400 || n == 0 {
		t.Errorf("run %+v, %d cancelled", r, n)
	}
	if err := st.queue.Resume(t.Context(), 1); err == nil {
		t.Error("a cancelled issue was resumed")
	}
}

func TestTwoSendersOnOneDatabaseSendOnce(t *testing.T) {
	st := newStage(t, 2000, &sink.Sink{})
	st.enqueue(1)
	other, err := db.Open(t.Context(), st.path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	a, b := st.sender(), st.sender()
	b.Queue = outbox.NewQueue(other)
	var g sync.WaitGroup
	for _, s := range []*outbox.Sender{a, b} {
		g.Go(func() {
			if err := s.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if r := st.holds(1); r.Counts[outbox.Sent] != 2000 {
		t.Errorf("run %+v", r)
	}
	if twice, _ := st.copies.Twice(); twice != 0 {
		t.Errorf("%d twice", twice)
	}
}

func TestVerifyFindsWhatDoesNotAddUp(t *testing.T) {
	for name, damage := range map[string]string{
		"a row is gone":         `DELETE FROM delivery WHERE id = 5`,
		"a state was changed":   `UPDATE delivery SET state = 'refused', reason = 'x' WHERE id = 5`,
		"sent without attempts": `UPDATE delivery SET attempts = 0 WHERE id = 5`,
	} {
		st := newStage(t, 20, &sink.Sink{})
		st.enqueue(1)
		st.send(t.Context())
		st.exec(damage)
		if _, faults, err := st.queue.Verify(t.Context(), 1); err != nil || len(faults) == 0 {
			t.Errorf("%s: nothing was found, %v", name, err)
		}
	}
}

func TestTheLedgerHoldsAtEveryMoment(t *testing.T) {
	st := newStage(t, 3000, &sink.Sink{})
	st.sink.Fault = func(step, to string) sink.Fault {
		if step == "rcpt" && strings.HasSuffix(to, "7@readers.example") {
			return sink.Fault{Reply: "451 4.3.0 later"}
		}
		return sink.Fault{}
	}
	done := make(chan struct{})
	go func() { defer close(done); st.enqueue(1); st.send(t.Context()) }()
	for looks := 0; ; looks++ {
		select {
		case <-done:
			if looks < 3 {
				t.Errorf("only %d looks", looks)
			}
			if r := st.holds(1); r.Counts[outbox.Deferred] != 300 || r.Counts[outbox.Sent] != 2700 {
				t.Errorf("run %+v", r)
			}
			return
		default:
			if _, faults, err := st.queue.Verify(context.Background(), 0); err != nil || len(faults) > 0 {
				t.Fatalf("in mid-run: %v %v", faults, err)
			}
			time.Sleep(10 * time.Millisecond) // leave the sender something of the machine
		}
	}
}

func TestARunThatOnlyGetsBlockedPauses(t *testing.T) {
	st := newStage(t, 300, &sink.Sink{})
	st.sink.Fault = func(step, _ string) sink.Fault {
		if step == "dot" {
			return sink.Fault{Reply: "554 5.7.1 message blocked by policy"}
		}
		return sink.Fault{}
	}
	st.enqueue(1)
	st.send(t.Context())
	r := st.holds(1)
	if r.State != "paused" || !strings.Contains(r.Reason, "blocked by policy") || r.Counts[outbox.Refused] < 20 || r.Counts[outbox.Refused] > 40 {
		t.Errorf("run %+v", r)
	}
}

func TestARunToDeadAddressesPausesAndTellsThem(t *testing.T) {
	st := newStage(t, 300, &sink.Sink{})
	st.sink.Fault = func(step, to string) sink.Fault {
		if step == "rcpt" && strings.Contains(to, "5@") {
			return sink.Fault{Reply: "550 5.1.1 no such user"}
		}
		return sink.Fault{}
	}
	st.enqueue(1)
	s := st.sender()
	dead := map[string]string{}
	s.OnDead = func(address, said string) { dead[address] = said }
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := st.holds(1); r.State != "paused" || int64(len(dead)) != r.Counts[outbox.Refused] || dead["reader5@readers.example"] != "550 5.1.1 no such user" {
		t.Errorf("run %+v, %d dead", r, len(dead))
	}
}

// A sender that lost its lease is run again by serve.
func TestASenderRunAgainGoesOnWhereItWas(t *testing.T) {
	st := newStage(t, 400, &sink.Sink{})
	st.enqueue(1)
	s := st.sender()
	for round := 0; round < 20; round++ {
		ctx, cancel := context.WithCancel(t.Context())
		sent := 0
		s.OnOutcome = func(outbox.State) {
			if sent++; sent == 150 {
				cancel()
			}
		}
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		if st.holds(1).State == "finished" {
			break
		}
	}
	if r := st.holds(1); r.Counts[outbox.Sent] != 400 {
		t.Errorf("run %+v", r)
	}
}

func TestACancelledIssueStaysSo(t *testing.T) {
	st := newStage(t, 200, &sink.Sink{})
	var once sync.Once
	st.sink.Fault = func(step, _ string) sink.Fault {
		if step != "rcpt" {
			return sink.Fault{}
		}
		once.Do(func() {
			if _, err := st.queue.Cancel(context.Background(), 1, time.Now()); err != nil {
				t.Error(err)
			}
		})
		return sink.Fault{Reply: "450 4.2.0 greylisted"} // for what is under way
	}
	st.enqueue(1)
	st.send(t.Context())
	if r := st.holds(1); r.State != "cancelled" || r.Counts[outbox.Cancelled] != 200 {
		t.Errorf("run %+v", r)
	}
	if n := st.enqueue(1); n != 0 {
		t.Errorf("%d more were enqueued", n)
	}
	if _, err := st.queue.Resend(t.Context(), 1, time.Now()); err == nil {
		t.Error("a cancelled issue was sent again")
	}
}
