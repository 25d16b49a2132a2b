package click

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pressrun/pressrun/subscribers/db"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

var seven = time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC)

func open(t testing.TB) *Store {
	t.Helper()
	d, err := db.Open(context.Background(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(context.Background(), Schema()); err != nil {
		t.Fatal(err)
	}
	return NewStore(d)
}

// by is a link of issue 1 that a visitor followed, so long after the copy left at seven.
func by(visitor int, story int64, after time.Duration) Hit {
	from := netip.AddrFrom4([4]byte{192, 0, byte(visitor >> 8), byte(visitor)})
	return Hit{Issue: 1, Story: story, At: seven.Add(after), Left: seven, From: from, Agent: firefox}
}

func count(t testing.TB, s *Store, hits ...Hit) {
	t.Helper()
	if err := s.Count(context.Background(), hits); err != nil {
		t.Fatal(err)
	}
}

// rows are the numbers as they are kept: people, unsure, machines by story.
func rows(t testing.TB, s *Store) map[int64]tally {
	t.Helper()
	all := map[int64]tally{}
	err := s.db.View(context.Background(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT story_id, people, unsure, machines FROM click WHERE issue_id = 1`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var story int64
			var n tally
			if err := rows.Scan(&story, &n.people, &n.unsure, &n.machines); err != nil {
				return err
			}
			if n != (tally{}) {
				all[story] = n
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhoFollowsLinks(t *testing.T) {
	agent := func(h Hit, name string) Hit { h.Agent = name; return h }
	for name, c := range map[string]struct {
		hits []Hit
		want map[int64]tally
	}{
		"a person": {[]Hit{by(1, 10, time.Hour)}, map[int64]tally{0: {people: 1}, 10: {people: 1}}},
		"a person who reads on": {[]Hit{by(1, 10, time.Hour), by(1, 11, time.Hour+2*time.Minute)},
			map[int64]tally{0: {people: 1}, 10: {people: 1}, 11: {people: 1}}},
		"a person who presses twice": {[]Hit{by(1, 10, time.Hour), by(1, 10, time.Hour+100*time.Millisecond)},
			map[int64]tally{0: {people: 1}, 10: {people: 1}}},
		"two people": {[]Hit{by(1, 10, time.Hour), by(2, 10, time.Hour)}, map[int64]tally{0: {people: 2}, 10: {people: 2}}},
		"two programs at one address": {[]Hit{by(1, 10, time.Hour), agent(by(1, 10, time.Hour), "Mozilla/5.0 (iPhone)")},
			map[int64]tally{0: {people: 2}, 10: {people: 2}}},
		"the same on another day":            {[]Hit{by(1, 10, time.Hour), by(1, 10, 25*time.Hour)}, map[int64]tally{0: {people: 2}, 10: {people: 2}}},
		"a filter, before the mail is there": {[]Hit{by(1, 10, 8*time.Second)}, map[int64]tally{0: {unsure: 1}, 10: {unsure: 1}}},
		"a clock that is wrong":              {[]Hit{by(1, 10, -time.Minute)}, map[int64]tally{0: {unsure: 1}, 10: {unsure: 1}}},
		"two stories at once": {[]Hit{by(1, 10, time.Hour), by(1, 11, time.Hour+300*time.Millisecond)},
			map[int64]tally{0: {unsure: 1}, 10: {unsure: 1}, 11: {unsure: 1}}},
		"a burst": {[]Hit{by(1, 10, time.Hour), by(1, 11, time.Hour+2*time.Second), by(1, 12, time.Hour+4*time.Second)},
			map[int64]tally{0: {machines: 1}, 10: {machines: 1}, 11: {machines: 1}, 12: {machines: 1}}},
		"a burst in later life": {[]Hit{by(1, 9, time.Hour), by(1, 10, 2*time.Hour), by(1, 11, 2*time.Hour+2*time.Second), by(1, 12, 2*time.Hour+4*time.Second)},
			map[int64]tally{0: {machines: 1}, 9: {machines: 1}, 10: {machines: 1}, 11: {machines: 1}, 12: {machines: 1}}},
		"the link that no person sees": {[]Hit{by(1, 10, time.Hour), by(1, 0, time.Hour+time.Minute)},
			map[int64]tally{0: {machines: 1}, 10: {machines: 1}}},
		"that link first": {[]Hit{by(1, 0, time.Hour), by(1, 10, time.Hour+time.Minute)},
			map[int64]tally{0: {machines: 1}, 10: {machines: 1}}},
		"that link alone":        {[]Hit{by(1, 0, time.Hour)}, map[int64]tally{}},
		"one that says its name": {[]Hit{agent(by(1, 10, time.Hour), "Slackbot-LinkExpanding 1.0")}, map[int64]tally{0: {machines: 1}, 10: {machines: 1}}},
		"one without a name":     {[]Hit{agent(by(1, 10, time.Hour), "")}, map[int64]tally{0: {machines: 1}, 10: {machines: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			together, apart := open(t), open(t)
			count(t, together, c.hits...)
			for _, h := range c.hits {
				count(t, apart, h)
			}
			if d := cmp.Diff(c.want, rows(t, together), cmp.AllowUnexported(tally{})); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.want, rows(t, apart), cmp.AllowUnexported(tally{})); d != "" {
				t.Errorf("one by one: %s", d)
			}
		})
	}
}

// Property: however hits are put together, the numbers are those of all visits judged at
// their end: each visitor and story once, and nothing below zero.
func TestNumbersAreThoseOfTheVisits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open(t)
		visits := map[[2]int64]*visit{}
		var batch []Hit
		at := time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(rt, "hits") {
			at += time.Duration(rapid.SampledFrom([]int{0, 200, 900, 3000, 20_000, 3_600_000}).Draw(rt, "pause")) * time.Millisecond
			visitor := rapid.IntRange(1, 3).Draw(rt, "visitor")
			h := by(visitor, rapid.Int64Range(0, 5).Draw(rt, "story"), at)
			key := [2]int64{int64(visitor), dayOf(h.At)}
			if visits[key] == nil {
				visits[key] = &visit{issue: 1}
			}
			visits[key].add(h)
			if batch = append(batch, h); rapid.Bool().Draw(rt, "flush") {
				count(t, s, batch...)
				batch = nil
			}
		}
		count(t, s, batch...)
		want := map[int64]tally{}
		add := func(story int64, v verdict) { n := want[story]; n.add(v, 1); want[story] = n }
		for _, v := range visits {
			for _, st := range v.trail {
				add(st.story, v.verdict)
			}
			if len(v.trail) > 0 {
				add(0, v.verdict)
			}
		}
		if d := cmp.Diff(want, rows(t, s), cmp.AllowUnexported(tally{})); d != "" {
			rt.Fatal(d)
		}
	})
}

func TestSmallNumbersAreNotTold(t *testing.T) {
	s := open(t)
	for visitor := range 6 {
		count(t, s, by(visitor, 10, time.Hour))
	}
	for visitor := range 4 {
		count(t, s, by(visitor, 11, 2*time.Hour), by(100+visitor, 12, 3*time.Second))
	}
	r, err := s.Report(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []Clicks{{Story: 10, People: Number{N: 6}}, {Story: 11, People: Number{Few: true}}, {Story: 12, Unsure: Number{Few: true}}}
	if d := cmp.Diff(want, r.Stories); d != "" {
		t.Error(d)
	}
	// The few of the third step stand under the last that is told.
	if got := r.Ages[stepOf(time.Hour)]; got != 10 {
		t.Errorf("the ages are %v", r.Ages)
	}
	if r.Visits.People.N != 6 || r.Half() != 2*time.Hour {
		t.Errorf("%+v, half of it within %s", r.Visits, r.Half())
	}
	if none, err := s.Report(t.Context(), 2); err != nil || len(none.Stories) != 0 || none.Half() != 0 {
		t.Errorf("of an issue without clicks: %+v, %v", none, err)
	}
}

// When the day is over, numbers are all that is left: nothing in the file leads to a visitor,
// not even for who knows the address and the program.
func TestVisitorsAreForgottenWithTheDay(t *testing.T) {
	s := open(t)
	count(t, s, by(1, 10, time.Hour), by(2, 10, time.Hour))
	salt := func() (salts, visits int) {
		err := s.db.View(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow(`SELECT (SELECT count(*) FROM click_salt), (SELECT count(*) FROM click_visit)`).Scan(&salts, &visits)
		})
		if err != nil {
			t.Fatal(err)
		}
		return salts, visits
	}
	if salts, visits := salt(); salts != 1 || visits != 2 {
		t.Fatalf("%d salts, %d visits", salts, visits)
	}
	count(t, s, by(3, 10, 30*time.Hour)) // the next day's first
	if salts, visits := salt(); salts != 1 || visits != 1 {
		t.Errorf("the day after: %d salts, %d visits", salts, visits)
	}
	if err := s.Forget(t.Context(), seven.Add(72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if salts, visits := salt(); salts != 0 || visits != 0 {
		t.Errorf("later: %d salts, %d visits", salts, visits)
	}
	if got := rows(t, s)[10]; got.people != 3 {
		t.Errorf("the numbers are %+v", got)
	}
}

func TestNoAddressReachesTheFile(t *testing.T) {
	s := open(t)
	h := by(1, 10, time.Hour)
	h.From = netip.MustParseAddr("2001:db8:1:2:3:4:5:6")
	count(t, s, h)
	if err := s.db.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(`CREATE TABLE x (n INTEGER)`); return err }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.db.Path(), s.db.Path() + "-wal"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, private := range [][]byte{[]byte(firefox), []byte("2001:db8"), h.From.AsSlice(), h.From.AsSlice()[:8]} {
			if bytes.Contains(data, private) {
				t.Errorf("%s has %q in it", filepath.Base(name), private)
			}
		}
	}
}

// A household's addresses are one visitor, as its single IPv4 address is.
func TestVisitorOfIPv6IsItsNetwork(t *testing.T) {
	s := open(t)
	for _, a := range []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "::ffff:192.0.2.1"} {
		h := by(1, 10, time.Hour)
		h.From = netip.MustParseAddr(a)
		count(t, s, h)
	}
	h := by(1, 10, time.Hour)
	h.From = netip.MustParseAddr("192.0.2.1")
	count(t, s, h, Hit{Issue: 1, Story: 10, At: h.At, Left: seven, Agent: firefox})
	if got := rows(t, s)[10]; got.people != 4 {
		t.Errorf("%+v: want two networks, one IPv4 address and one unknown", got)
	}
}

func TestCounterCountsWhatIsLeftAtTheEnd(t *testing.T) {
	s := open(t)
	var log bytes.Buffer
	c := NewCounter(s, slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	for visitor := range 2_500 {
		c.Add(by(visitor, 10, time.Hour))
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := rows(t, s)[10]; got.people != 2_500 || log.Len() > 0 {
		t.Errorf("%+v, and the log says %q", got, log.String())
	}
}

func TestFloodIsDropped(t *testing.T) {
	c := NewCounter(open(t), slog.New(slog.DiscardHandler))
	for visitor := range waiting + 10 {
		c.Add(by(visitor, 10, time.Hour))
	}
	if len(c.hits) != waiting {
		t.Errorf("%d wait", len(c.hits))
	}
}

func BenchmarkCount(b *testing.B) {
	s := open(b)
	n := 0
	for b.Loop() {
		batch := make([]Hit, together)
		for i := range batch {
			batch[i] = by(n%60_000, int64(1+n%25), time.Hour+time.Duration(n)*time.Millisecond)
			n++
		}
		count(b, s, batch...)
	}
	b.ReportMetric(float64(together)*float64(b.N)/b.Elapsed().Seconds(), "clicks/s")
}

func ExampleReport_Half() {
	r := Report{Ages: []int64{0, 0, 10, 5, 5}}
	fmt.Println(r.Half())
	// Output: 30m0s
}
