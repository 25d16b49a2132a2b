package desk

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
)

var million = flag.Int("million", 0, "number of readers to measure the pages with, such as 1000000; takes minutes")

// TestPagesAreQuickForAMillionReaders asks for every page with a million readers, a
// thousand issues and the last one sent to all of them. The median of a page is to be 50 ms
// at most.
func TestPagesAreQuickForAMillionReaders(t *testing.T) {
	if *million == 0 {
		t.Skip("this takes minutes: run it with -million 1000000")
	}
	h := open(t, func(h *house) { h.desk.Outside.Setup = twoRelays })
	last := h.crowd(t, *million)
	c := h.as(t, staff.Owner)
	for _, path := range h.desk.measuredPages(t, last, *million/2) {
		var took []time.Duration
		size := 0
		for range 15 {
			began := time.Now()
			res, err := c.Get(h.URL + path)
			ok(t, err)
			body, err := io.ReadAll(res.Body)
			ok(t, err)
			res.Body.Close()
			took, size = append(took, time.Since(began)), len(body)
			if res.StatusCode != http.StatusOK {
				t.Fatalf("%s answers %d", path, res.StatusCode)
			}
		}
		slices.Sort(took)
		median := took[len(took)/2]
		t.Logf("%-52s %8.1f ms median, %8.1f ms worst, %4d kB", path, ms(median), ms(took[len(took)-1]), size>>10)
		if median > 50*time.Millisecond {
			t.Errorf("%s takes %v", path, median)
		}
	}
}

// unmeasured are the routes that no editor waits for as for a page, each with its reason.
var unmeasured = map[string]string{
	"GET /desk/{$}":                   "is GET /desk",
	"GET /desk/{rest...}":             "is no page",
	"GET /desk/login":                 "leads on who is logged in",
	"GET /desk/login/oidc":            "leads elsewhere",
	"GET " + AccountPath:              "leads on",
	"GET /desk/invite/{token}":        "is used once",
	"GET /desk/run/{issue}/events":    "stays open",
	"GET /desk/relays/records":        "waits for the DNS",
	"GET /desk/preview/{edition}":     "is a letter that is set anew",
	"GET /desk/themes/{theme}/sample": "is a letter that is set anew",
}

// measuredPages are the paths of all pages of the table, with those that show a part of much.
func (d *Desk) measuredPages(t *testing.T, last int64, middle int) []string {
	t.Helper()
	filled := strings.NewReplacer(
		"{issue}", fmt.Sprint(last), "{edition}", "daily", "{language}", "en", "{reader}", fmt.Sprint(middle), "{import}", "1",
	)
	paths := []string{
		fmt.Sprintf("/desk/history?before=%d&edition=daily", last/2), fmt.Sprintf("/desk/history/%d?state=sent&after=%d", last, middle),
		fmt.Sprintf("/desk/history/%d?state=refused&after=%d", last, middle), fmt.Sprintf("/desk/readers?before=%d", middle),
		"/desk/readers?q=reader77", "/desk/readers?q=nobody-at-all", "/desk/readers?q=%40host7.example",
	}
	for _, rt := range d.routes() {
		if rt.changes() || rt.file || unmeasured[rt.pattern] != "" {
			continue
		}
		path := filled.Replace(rt.path())
		if strings.Contains(path, "{") {
			t.Fatalf("nothing is known to ask %s for", rt.pattern)
		}
		paths = append(paths, path)
	}
	return paths
}

// twoRelays are those that crowd has sent through.
func twoRelays(context.Context, time.Time) (Setup, error) {
	one := Relay{Name: "smtp://one.example", Host: "one.example", Port: 587, TLS: "starttls", Connections: 16, Window: 1, Priority: 1, Rate: "500000/hour"}
	one.Uses = []Use{{Used: 499_000, Most: 500_000, Per: time.Hour}}
	two := one
	two.Name, two.Host = "smtp://two.example", "two.example"
	return Setup{Relays: []Relay{one, two}}, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// crowd fills the house: so many readers, a thousand issues with twelve stories each, and
// deliveries of the last of them to everybody, one in ten thousand refused, through two
// relays. Each issue has its clicks, and the last one 301 domains. It returns the last issue.
func (h *house) crowd(t *testing.T, n int) (last int64) {
	t.Helper()
	ctx := t.Context()
	_, err := h.readers.AddMany(ctx, func(yield func(subscribers.NewSubscriber) bool) {
		for i := range n {
			a, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@host%d.example", i, i%5000))
			ok(t, err)
			if !yield(subscribers.NewSubscriber{Address: a, Name: fmt.Sprintf("Reader %d", i)}) {
				return
			}
		}
	}, "daily", "a crowd for measuring", then, nil)
	ok(t, err)
	daily, err := h.digest.Edition(ctx, "daily")
	ok(t, err)
	h.desk.Publisher.Composer.From.Address = "news@wire.example"
	source, err := h.digest.PutSource(ctx, digest.Source{URL: "https://wire.example/all", Title: "All"})
	ok(t, err)
	_, err = h.readers.Import(ctx, strings.NewReader("email\nimported@host7.example\n"), subscribers.ImportOptions{Edition: "daily", Evidence: "at the counter", Now: then})
	ok(t, err)
	const issues = 1000
	for i := range issues {
		slot := then.AddDate(0, 0, i-issues)
		var fresh []digest.Article
		for k := range 12 {
			name := fmt.Sprintf("%d-%d", i, k)
			fresh = append(fresh, digest.Article{
				GUID: name, URL: "https://wire.example/s/" + name, Title: "Story " + name + " of the harbour", Summary: "All berths are open.",
				Section: "City", Language: "en", Published: slot.Add(-time.Hour), DateFrom: digest.DateFeed,
			})
		}
		_, err := h.digest.PutArticles(ctx, source, fresh, false, slot.Add(-time.Hour))
		ok(t, err)
		cands, err := h.digest.Candidates(ctx, daily, slot)
		ok(t, err)
		issue, _, err := h.digest.CreateIssue(ctx, daily, slot, digest.Select(daily, cands, slot), slot)
		ok(t, err)
		last = issue.ID
		if issue.State == digest.IssueFrozen {
			ok(t, h.digest.Post(ctx, issue.ID))
			h.runOf(t, issue.ID, int64(n), int64(n-n/10_000))
		}
		if i == issues-1 {
			letters, err := h.desk.Publisher.Composer.Compose(daily, issue)
			ok(t, err)
			ok(t, h.digest.PutVariants(ctx, []digest.Variant{letters[0].Variant}))
		}
	}
	ok(t, h.db.Update(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`UPDATE run SET state = 'finished', finished_at = posted_at + 600`,
			`UPDATE tally SET state = 'refused' WHERE state = 'queued'`,
			`INSERT INTO delivery (issue_id, subscriber_id, state, attempts, dated_at, changed_at)
			 SELECT ` + fmt.Sprint(last) + `, id, CASE id % 10000 WHEN 9999 THEN 'refused' ELSE 'sent' END, 1, 1, 1 FROM subscriber`,
			`INSERT INTO attempt (delivery_id, number, at, stage, class, uncertain, code, enhanced, text)
			 SELECT id, 1, 1, '', '', 0, 250, '2.0.0', 'Ok: queued as 4XyZ' FROM delivery`,
			// 300 domains have a row of their own, and the others one together.
			`WITH RECURSIVE k (i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM k WHERE i < 300)
			 INSERT INTO part (issue_id, kind, name, taken, put_off, refused, said, said_at)
			 SELECT ` + fmt.Sprint(last) + `, 'domain', iif(i = 300, '', 'host' || i || '.example'), 200, i % 7, i % 3, '450 4.2.1 try again later', 1 FROM k`,
			`INSERT INTO part (issue_id, kind, name, taken)
			 SELECT issue_id, 'relay', column1, prepared / 2 FROM run, (VALUES ('smtp://one.example'), ('smtp://two.example'))`,
			`INSERT INTO click (issue_id, story_id, people, unsure, machines)
			 SELECT issue_id, 0, 4000, 300, 900 FROM run UNION ALL
			 SELECT issue_id, article_id, 100 + article_id % 900, 20, 60 FROM story WHERE place > 0`,
			`INSERT INTO click_age (issue_id, step, people) SELECT r.issue_id, s.column1, 500 - 60 * s.column1 FROM run r, (VALUES (0), (1), (2), (3), (4)) s`,
			// A year in which people come and go.
			`INSERT INTO growth (edition, day, joined, departed) SELECT 'daily', unixepoch() / 86400 - 1 - id, id % 300, id % 70 FROM subscriber WHERE id <= 365`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	}))
	return last
}
