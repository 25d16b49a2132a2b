package publish_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
)

// These tests move hours: the bubble's clock begins at midnight UTC of 1 January 2000. The
// paper's server stands outside of it; database and fetcher are the real ones. The lease
// is written every three seconds, so that a day would take real time too.

// run runs schedulers of a press until stop is called.
func (p *press) run(schedulers ...*publish.Scheduler) (stop func()) {
	p.Helper()
	ctx, cancel := context.WithCancel(p.Context())
	var wg sync.WaitGroup
	for _, s := range schedulers {
		wg.Go(func() {
			if err := s.Run(ctx); err != nil {
				p.Error(err)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

func (p *press) scheduler() *publish.Scheduler {
	return &publish.Scheduler{Publisher: p.Publisher, Acquire: p.db.Acquire, Every: 7 * time.Minute}
}

// end closes the database before the bubble ends, which waits for all it started.
func (p *press) end() {
	p.Helper()
	if err := p.db.Close(); err != nil {
		p.Error(err)
	}
}

// every changes an edition's schedule to a cron line in UTC.
func every(line string) func(*digest.Edition) {
	return func(e *digest.Edition) { e.Schedule = digest.Schedule{Cron: line} }
}

func TestDueEditionIsPublishedOnceForEachSlot(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		p.source(web.URL + "/en")
		p.edition(time.Now(), every("*/20 * * * *"))
		p.edition(time.Now(), func(e *digest.Edition) { every("* * * * *")(e); e.Slug, e.Paused = "paused", true })
		p.edition(time.Now(), func(e *digest.Edition) { every("")(e); e.Slug = "by-hand" })
		p.subscribe("daily", "en", "en")
		time.Sleep(7 * time.Second) // so that no look at the clock meets a slot by chance
		stop := p.run(p.scheduler())
		for n, headline := range []string{"Rain", "Sun", "Wind"} {
			// Printed seconds before the issue: it is read right before the freeze.
			time.Sleep(time.Until(time.Date(2000, 1, 1, 0, 20*n+19, 50, 0, time.UTC)))
			if got := len(p.runs()); got != n {
				t.Errorf("%d issues before slot %d", got, n+1)
			}
			web.prints("/en", "en", time.Now(), headline)
			time.Sleep(12 * time.Second)
			issue, err := p.Store.Issue(t.Context(), "daily", n+1)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]string{headline}, titles(issue)); d != "" {
				t.Errorf("issue %d: %s", n+1, d)
			}
			if late := issue.Created.Sub(issue.Slot); late < 0 || late > time.Second {
				t.Errorf("issue %d: published %s after its slot", n+1, late)
			}
			if r := p.holds(issue); r.Prepared != 2 {
				t.Errorf("issue %d: %d deliveries", n+1, r.Prepared)
			}
		}
		time.Sleep(15 * time.Minute)
		stop()
		want := []string{"2000-01-01 00:20 posted", "2000-01-01 00:40 posted", "2000-01-01 01:00 posted"}
		if d := cmp.Diff(want, p.runs()); d != "" {
			t.Error(d)
		}
	})
}

func TestMissedRunsAreCaughtUpWithOnce(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		web.prints("/en", "en", time.Now(), "Rain", "Sun")
		p.source(web.URL + "/en")
		p.edition(time.Now(), nil)
		time.Sleep(5*24*time.Hour + 6*time.Hour) // off for five mornings
		stop := p.run(p.scheduler())
		time.Sleep(time.Minute)
		want := []string{
			"2000-01-01 04:00 skipped", "2000-01-02 04:00 skipped", "2000-01-03 04:00 skipped", "2000-01-04 04:00 skipped",
			"2000-01-05 04:00 skipped", "2000-01-06 04:00 posted",
		}
		if d := cmp.Diff(want, p.runs()); d != "" {
			t.Error(d)
		}
		stop()
		stop = p.run(p.scheduler()) // and started anew
		time.Sleep(time.Minute)
		stop()
		if d := cmp.Diff(want, p.runs()); d != "" {
			t.Error(d)
		}
		runs, err := p.Store.Runs(t.Context(), 6)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range runs[1:] {
			if !strings.Contains(i.Reason, "the issue of Thu 6 Jan 07:00 makes up for it") {
				t.Errorf("%s was skipped because %q", i.Slot, i.Reason)
			}
		}
	})
}

func TestTwoSchedulersOnOneDatabasePublishOnce(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		other := openPress(t, p.path)
		defer other.end()
		web.prints("/en", "en", time.Now(), "Rain", "Sun")
		p.source(web.URL + "/en")
		p.edition(time.Now(), func(e *digest.Edition) { every("*/10 * * * *")(e); e.Rules.Max = 1 })
		p.subscribe("daily", "en")
		stopFirst, stopOther := p.run(p.scheduler()), other.run(other.scheduler())
		time.Sleep(12 * time.Minute)
		if d := cmp.Diff([]string{"2000-01-01 00:10 posted"}, p.runs()); d != "" {
			t.Error(d)
		}
		// Whichever has the lease: when the first ends, the other goes on.
		stopFirst()
		time.Sleep(10 * time.Minute)
		stopOther()
		if d := cmp.Diff([]string{"2000-01-01 00:10 posted", "2000-01-01 00:20 posted"}, p.runs()); d != "" {
			t.Error(d)
		}
		for number := 1; number <= 2; number++ {
			issue, err := p.Store.Issue(t.Context(), "daily", number)
			if err != nil {
				t.Fatal(err)
			}
			if r := p.holds(issue); r.Prepared != 1 || len(titles(issue)) != 1 {
				t.Errorf("issue %d: %+v", number, r)
			}
		}
		if both := p.log.String() + other.log.String(); strings.Count(both, "msg=issue") != 2 {
			t.Errorf("the logs: %s", both)
		}
	})
}

// An issue that was frozen when something failed is not due any more: it is resumed.
func TestFailedIssueIsFinishedWithoutARestart(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		web.prints("/en", "en", time.Now(), "Rain")
		p.source(web.URL + "/en")
		p.edition(time.Now(), every("10 0 * * *"))
		p.subscribe("daily", "en", "en")
		stop := p.run(p.scheduler())
		p.exec(`CREATE TRIGGER full BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'no room'); END`)
		time.Sleep(16 * time.Minute)
		if d := cmp.Diff([]string{"2000-01-01 00:10 frozen"}, p.runs()); d != "" {
			t.Error(d)
		}
		if !strings.Contains(p.log.String(), "no room") {
			t.Error("nobody is told")
		}
		p.exec(`DROP TRIGGER full`)
		time.Sleep(8 * time.Minute)
		stop()
		if d := cmp.Diff([]string{"2000-01-01 00:10 posted"}, p.runs()); d != "" {
			t.Error(d)
		}
		issue, err := p.Store.Issue(t.Context(), "daily", 1)
		if err != nil {
			t.Fatal(err)
		}
		if r := p.holds(issue); r.Counts[outbox.Queued] != 2 {
			t.Errorf("%+v", r)
		}
	})
}

func TestEditionThatIsResumedWaitsForItsNextRun(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		web.prints("/en", "en", time.Now(), "Rain")
		p.source(web.URL + "/en")
		p.edition(time.Now(), func(e *digest.Edition) { every("0 * * * *")(e); e.Paused = true })
		time.Sleep(9*time.Hour + 50*time.Minute)
		stop := p.run(p.scheduler())
		time.Sleep(15 * time.Minute)
		p.edition(time.Now(), every("0 * * * *"))
		time.Sleep(10 * time.Minute)
		if got := p.runs(); len(got) != 0 {
			t.Errorf("sent the moment it was resumed: %v", got)
		}
		time.Sleep(46 * time.Minute)
		stop()
		if d := cmp.Diff([]string{"2000-01-01 11:00 posted"}, p.runs()); d != "" {
			t.Error(d)
		}
	})
}

// Clocks go forward in Berlin on 26 March 2000 at two and back on 29 October at three.
func TestEditionGoesOutOnceOnTheDaysClocksChange(t *testing.T) {
	web := newPaper(t)
	for _, c := range []struct {
		name    string
		added   time.Time
		windows [][2]string // when the program runs, in UTC
		want    []string
	}{
		{"forward", time.Date(2000, 3, 25, 12, 0, 0, 0, time.UTC),
			[][2]string{{"03-26 00:25", "03-26 01:05"}, {"03-27 00:25", "03-27 00:35"}},
			[]string{"2000-03-26 01:00 posted", "2000-03-27 00:30 posted"}},
		{"back", time.Date(2000, 10, 28, 12, 0, 0, 0, time.UTC),
			[][2]string{{"10-29 00:25", "10-29 01:35"}, {"10-30 01:25", "10-30 01:35"}},
			[]string{"2000-10-29 00:30 posted", "2000-10-30 01:30 posted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(c.added))
				p := newPress(t)
				defer p.end()
				p.source(web.URL + "/en")
				p.edition(time.Now(), func(e *digest.Edition) {
					e.Schedule = digest.Schedule{Cron: "30 2 * * *", Zone: "Europe/Berlin"}
					e.Rules.Max = 1
				})
				web.prints("/en", "en", time.Now(), "Rain", "Sun", "Wind", "Snow")
				for _, w := range c.windows {
					time.Sleep(time.Until(clock(t, w[0])))
					stop := p.run(p.scheduler())
					time.Sleep(time.Until(clock(t, w[1])))
					stop()
				}
				if d := cmp.Diff(c.want, p.runs()); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

func clock(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", "2000-"+s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
