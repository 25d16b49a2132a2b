package desk

import (
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
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
	h := open(t)
	last := h.crowd(t, *million)
	c := h.as(t, staff.Owner)
	middle := *million / 2
	for _, path := range []string{
		"/desk", "/desk/history", fmt.Sprintf("/desk/history?before=%d&edition=daily", last/2), "/desk/history/figures",
		fmt.Sprintf("/desk/history/%d", last), fmt.Sprintf("/desk/history/%d?state=sent&after=%d", last, middle),
		fmt.Sprintf("/desk/history/%d?state=refused&after=%d", last, middle), fmt.Sprintf("/desk/preview/issue/%d/en", last),
		"/desk/readers", fmt.Sprintf("/desk/readers?before=%d", middle), "/desk/readers?q=reader77", "/desk/readers?q=nobody-at-all",
		"/desk/readers?q=%40host7.example", fmt.Sprintf("/desk/readers/%d", middle), "/desk/imports", "/desk/editions", "/desk/editions/daily", "/desk/sources",
	} {
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

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// crowd fills the house: so many readers, a thousand issues with twelve stories each, and
// deliveries of the last of them to everybody, one in ten thousand refused. It returns the
// last issue.
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
