package outbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// mixed gives readers addresses at several domains: of ten, six at one, three at another
// and one at a third.
const mixed = `
	DROP VIEW recipient;
	CREATE VIEW recipient AS SELECT id AS subscriber_id, id + 1000000 AS subscription_id, 'daily' AS edition,
		'reader' || id || '@' || CASE WHEN id % 10 < 6 THEN 'Large.example' WHEN id % 10 < 9 THEN 'busy.example' ELSE 'closed.example' END AS email,
		'' AS name, language, format, topics, frequency, weekday, hour, zone, since FROM reader WHERE gone = 0;`

// partsAgree compares what is counted by domain with the rows: each delivery has its
// attempts, and its reader an address.
func (st *stage) partsAgree(issue int64) outbox.Parts {
	st.Helper()
	type row struct{ Taken, NotTaken, Doubtful int64 }
	want, got := map[string]row{}, map[string]row{}
	err := st.db.View(context.Background(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT lower(substr(r.email, instr(r.email, '@') + 1)), sum(d.state = 'sent'), sum(d.attempts - d.doubts - (d.state = 'sent')), sum(d.doubts)
			FROM delivery d JOIN recipient r ON r.subscriber_id = d.subscriber_id WHERE d.issue_id = ?1 GROUP BY 1`, issue)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var domain string
			var r row
			if err := rows.Scan(&domain, &r.Taken, &r.NotTaken, &r.Doubtful); err != nil {
				return err
			}
			want[domain] = r
		}
		return rows.Err()
	})
	if err != nil {
		st.Fatal(err)
	}
	parts, err := st.queue.Parts(context.Background(), issue, time.Now())
	if err != nil {
		st.Fatal(err)
	}
	for _, p := range parts.Domains {
		got[p.Name] = row{p.Taken, p.PutOff + p.Refused, p.Doubtful}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		st.Errorf("by domain, rows and count (-rows +count):\n%s", diff)
	}
	return parts
}

// named returns the part of that name.
func named(t *testing.T, parts []outbox.Part, name string) outbox.Part {
	t.Helper()
	for _, p := range parts {
		if p.Name == name {
			return p
		}
	}
	t.Errorf("%s is not counted: %+v", name, parts)
	return outbox.Part{}
}

// counted is a part without what was said.
func counted(p outbox.Part) string {
	return fmt.Sprintf("%d taken, %d put off, %d refused, %d in doubt", p.Taken, p.PutOff, p.Refused, p.Doubtful)
}

// Of two relays the first fails for good in the middle; one domain puts each reader off
// once and another wants none.
func TestPartsEqualTheRows(t *testing.T) {
	st := newStage(t, 500, &sink.Sink{})
	st.exec(mixed)
	again := newLot(1)
	domains := func(step, to string) (f sink.Fault) {
		switch {
		case step == "rcpt" && strings.HasSuffix(to, "@busy.example") && again.draw(to):
			f.Reply = "451 4.7.1 <" + to + "> come back later"
		case step == "rcpt" && strings.HasSuffix(to, "@closed.example"):
			f.Reply = "550 5.7.1 we want none of your mail"
		}
		return f
	}
	st.sink.Fault = domains
	var asked atomic.Int64
	first := &sink.Sink{OnMessage: st.copies.Note, Fault: func(step, to string) sink.Fault {
		if asked.Add(1) > 400 {
			return sink.Fault{Reply: "421 4.3.2 going down"}
		}
		return domains(step, to)
	}}
	s := st.failover(first)
	st.enqueue(1)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.holds(1)
	parts := st.partsAgree(1)
	if p := named(t, parts.Domains, "busy.example"); p.PutOff < 150 || p.Taken != 0 || p.Said != "451 4.7.1 <(address)> come back later" || time.Since(p.SaidAt) > time.Minute {
		t.Errorf("put off: %+v", p)
	}
	st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'deferred'`)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := st.holds(1); r.State != "finished" || r.Counts[outbox.Sent] != 450 || r.Counts[outbox.Refused] != 50 {
		t.Errorf("run %+v", r)
	}
	parts = st.partsAgree(1)
	if p := named(t, parts.Domains, "large.example"); p.Taken != 300 || p.Refused != 0 {
		t.Errorf("the large one: %+v", p)
	}
	if p := named(t, parts.Domains, "closed.example"); counted(p) != "0 taken, 0 put off, 50 refused, 0 in doubt" || p.Said != "550 5.7.1 we want none of your mail" {
		t.Errorf("refused: %+v", p)
	}
	a, b := named(t, parts.Relays, "smtp://first.example:25"), named(t, parts.Relays, "smtp://second.example:25")
	if a.Taken != first.Accepted() || b.Taken != st.sink.Accepted() || a.Taken == 0 || b.Taken == 0 || a.Refused+b.Refused != 50 {
		t.Errorf("the relays took %d and %d: %+v", first.Accepted(), st.sink.Accepted(), parts.Relays)
	}
}

// failover returns a sender that has another relay before the stage's own.
func (st *stage) failover(first *sink.Sink) *outbox.Sender {
	st.Helper()
	addr, err := first.Listen(st.Context())
	if err != nil {
		st.Fatal(err)
	}
	a, err := relay.Parse("smtp://"+addr, false)
	if err != nil {
		st.Fatal(err)
	}
	s, quiet := st.sender(), slog.New(slog.DiscardHandler)
	s.Relay = &relay.Group{Log: quiet, Members: []*relay.Member{
		{Name: "smtp://first.example:25", Priority: 1, Relay: &relay.Pool{Address: a, Connections: 1, Hello: "test.example", Pause: 10 * time.Millisecond, Log: quiet}},
		{Name: "smtp://second.example:25", Priority: 2, Relay: s.Relay},
	}}
	return s
}

// What a sender thought dead had under way is settled as in doubt by another; then it
// turns out to have arrived. It is taken once, and what was settled otherwise is not.
func TestAnOutcomeThatComesLateCountsOnce(t *testing.T) {
	st := newStage(t, 4, &sink.Sink{})
	st.sink.Fault = func(step, _ string) (f sink.Fault) {
		if step == "dot" {
			f.Stall = 500 * time.Millisecond
		}
		return f
	}
	st.enqueue(1)
	ended := make(chan error, 1)
	go func() { ended <- st.sender().Run(t.Context()) }()
	for st.count(`SELECT count(*) FROM delivery WHERE state = 'sending'`) < 4 {
		time.Sleep(5 * time.Millisecond)
	}
	st.exec(`UPDATE delivery SET state = 'in doubt', attempts = 1, doubts = 1, reason = 'left' WHERE id IN (1, 2)`)
	st.exec(`UPDATE delivery SET state = 'cancelled', reason = 'the issue was cancelled' WHERE id = 3`)
	st.exec(`UPDATE tally SET n = n - 3 WHERE state = 'sending'`)
	st.exec(`INSERT INTO tally VALUES (1, 'in doubt', 2), (1, 'cancelled', 1)`)
	st.exec(`INSERT INTO part (issue_id, kind, name, doubtful) VALUES (1, 'domain', 'readers.example', 2)`)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	st.holds(1)
	parts, err := st.queue.Parts(t.Context(), 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if p := named(t, parts.Domains, "readers.example"); counted(p) != "3 taken, 0 put off, 0 refused, 2 in doubt" {
		t.Errorf("%+v", p)
	}
}

func TestVerifySeesPartsThatDoNotAddUp(t *testing.T) {
	st := newStage(t, 20, &sink.Sink{})
	st.enqueue(1)
	st.send(t.Context())
	st.holds(1)
	for _, broken := range []string{
		`UPDATE part SET taken = taken - 1 WHERE kind = 'domain'`,
		`UPDATE part SET taken = taken + 1 WHERE kind = 'domain'; UPDATE part SET taken = 19 WHERE kind = 'relay'`,
		`UPDATE part SET taken = 20, doubtful = 1 WHERE kind = 'relay'`,
	} {
		st.exec(broken)
		if _, faults, err := st.queue.Verify(t.Context(), 1); err != nil || len(faults) != 1 || !strings.HasPrefix(faults[0].Text, "by ") {
			t.Errorf("%s: %v, %v", broken, faults, err)
		}
	}
}

// A list in which nearly every reader has a domain of their own stays small, and a week
// after the issue is over nobody can be told by their domain.
func TestSmallDomainsAreFewAndForgotten(t *testing.T) {
	st := newStage(t, 1000, &sink.Sink{})
	st.exec(`DROP VIEW recipient`)
	st.exec(`CREATE VIEW recipient AS SELECT id AS subscriber_id, id + 1000000 AS subscription_id, 'daily' AS edition,
		'reader' || id || '@' || CASE WHEN id % 2 THEN 'large' ELSE 'own' || id END || '.example' AS email,
		'' AS name, language, format, topics, frequency, weekday, hour, zone, since FROM reader WHERE gone = 0`)
	st.enqueue(1)
	st.send(t.Context())
	st.holds(1)
	read := func() []outbox.Part {
		parts, err := st.queue.Parts(t.Context(), 1, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return parts.Domains
	}
	all := read()
	if large := named(t, all, "large.example"); large.Taken != 500 {
		t.Errorf("the large one: %+v", large)
	}
	if others := all[len(all)-1]; len(all) != 301 || others.Name != "" || others.Taken != 201 {
		t.Errorf("%d rows, the last of them %+v", len(all), others)
	}
	st.exec(`UPDATE run SET posted_at = posted_at - 8 * 86400`)
	st.send(t.Context())
	st.holds(1)
	if all = read(); len(all) != 2 || all[0].Taken != 500 || counted(all[1]) != "500 taken, 0 put off, 0 refused, 0 in doubt" {
		t.Errorf("a week later: %+v", all)
	}
}

func TestFoldKeepsTheLargestAndThoseThatRest(t *testing.T) {
	parts := []outbox.Part{
		{Name: "a", Taken: 9, Said: "no", SaidAt: time.Unix(9, 0)}, {Name: "b", Taken: 5}, {Name: "c", Taken: 3, Refused: 1, Said: "no", SaidAt: time.Unix(9, 0)},
		{Name: "d", PutOff: 2, Rest: time.Unix(9, 0)}, {Taken: 4, Doubtful: 1},
	}
	for most, want := range map[int]string{0: "d and 21 taken, 0 put off, 1 refused, 1 in doubt", 2: "a b d and 7 taken, 0 put off, 1 refused, 1 in doubt", 9: "a b c d and 4 taken, 0 put off, 0 refused, 1 in doubt"} {
		named, others := outbox.Fold(parts, most)
		got := ""
		for _, p := range named {
			got += p.Name + " "
		}
		if got += "and " + counted(others); got != want || others.Said != "" {
			t.Errorf("%d are named: %s", most, got)
		}
	}
}
