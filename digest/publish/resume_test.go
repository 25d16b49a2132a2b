package publish_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// The database refuses at one step after another, as a full disk does; when it takes
// again, the issue is finished: the same one, with each reader once.
func TestStoppedAtAnyStepIsFinishedLater(t *testing.T) {
	for _, step := range []struct {
		name, when string
		frozen     bool // there is something to resume
	}{
		{"before it is frozen", "BEFORE INSERT ON issue", false},
		{"while it is frozen", "BEFORE INSERT ON story WHEN new.place = 2", false},
		{"frozen, not composed", "BEFORE INSERT ON variant", true},
		{"one language composed", "BEFORE INSERT ON variant WHEN new.place = 1", true},
		{"composed, not in the outbox", "BEFORE INSERT ON run", true},
		{"opened, without messages", "BEFORE INSERT ON message", true},
		{"opened, without deliveries", "BEFORE INSERT ON delivery WHEN new.subscriber_id = 3", true},
		{"in the outbox, not said so", "BEFORE UPDATE OF state ON issue", true},
	} {
		for _, how := range []string{"asked again", "resumed"} {
			if how == "resumed" && !step.frozen {
				continue
			}
			t.Run(step.name+", "+how, func(t *testing.T) {
				web, p := newPaper(t), newPress(t)
				web.prints("/en", "en", evening, "Rain", "Sun")
				web.prints("/ar", "ar", evening, "مطر", "شمس")
				p.source(web.URL + "/en")
				p.source(web.URL + "/ar")
				p.edition(evening, func(e *digest.Edition) { e.Languages = []string{"en", "ar"} })
				p.subscribe("daily", "en", "ar", "en", "ar", "en")
				p.collect(seven)
				p.exec(`CREATE TRIGGER full ` + step.when + ` BEGIN SELECT RAISE(ABORT, 'no room'); END`)
				if _, err := p.Publish(t.Context(), "daily", seven, seven, nil); err == nil || !strings.Contains(err.Error(), "no room") {
					t.Fatalf("error %v", err)
				}
				if posted, err := p.Store.Issues(t.Context(), "daily", 0, 9); len(posted) > 0 || err != nil {
					t.Fatalf("it counts as posted: %v %v", posted, err)
				}
				p.exec(`DROP TRIGGER full`)

				p = openPress(t, p.path) // a new process
				later := seven.Add(time.Hour)
				if how == "resumed" {
					if err := p.Resume(t.Context(), "", later); err != nil {
						t.Fatal(err)
					}
				}
				issue := p.publish("daily", seven, later)
				if issue.Number != 1 || issue.State != digest.IssuePosted || len(titles(issue)) != 4 {
					t.Errorf("%+v", issue)
				}
				if d := cmp.Diff([]string{"2026-11-23 04:00 posted"}, p.runs()); d != "" {
					t.Error(d)
				}
				r := p.holds(issue)
				if r.Prepared != 5 || r.Counts[outbox.Queued] != 5 || !r.Complete {
					t.Errorf("%+v", r)
				}
				if n := p.count(`SELECT count(*) FROM variant`) + p.count(`SELECT count(*) FROM message`); n != 4 {
					t.Errorf("%d variants and messages", n)
				}
			})
		}
	}
}

func TestOneIssueThatCannotBeFinishedDoesNotHoldUpTheOthers(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain", "Sun")
	p.source(web.URL + "/en")
	p.edition(evening, nil)
	p.edition(evening, func(e *digest.Edition) { e.Slug = "weekly" })
	p.collect(seven)
	p.exec(`CREATE TRIGGER full BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no room'); END`)
	for _, slug := range []string{"daily", "weekly"} {
		if _, err := p.Publish(t.Context(), slug, seven, seven, nil); err == nil {
			t.Fatal("published")
		}
	}
	p.exec(`DROP TRIGGER full`)
	p.exec(`CREATE TRIGGER full BEFORE INSERT ON run WHEN new.edition = 'daily' BEGIN SELECT RAISE(ABORT, 'no room'); END`)
	err := p.Resume(t.Context(), "", seven)
	if err == nil || !strings.Contains(err.Error(), "issue 1 of daily") {
		t.Errorf("error %v does not name the issue", err)
	}
	if d := cmp.Diff([]string{"2026-11-23 04:00 frozen", "2026-11-23 04:00 posted"}, p.runs()); d != "" {
		t.Error(d)
	}
}

// An issue is no news any more when the next is due, or after twenty hours (S5); a crash
// that held it up does not make it newer.
func TestIssueIsUsefulUntilTheNext(t *testing.T) {
	for _, c := range []struct {
		name, cron   string
		slot, frozen time.Time
		resumed      time.Time
		want         time.Time
	}{
		{"every day", "0 7 * * *", seven, seven, seven, seven.Add(20 * time.Hour)},
		{"every six hours", "0 1,7,13,19 * * *", seven, seven, seven, seven.Add(6 * time.Hour)},
		{"by hand", "", seven, seven, seven, seven.Add(20 * time.Hour)},
		{"caught up a day late", "0 7 * * 1", seven, seven.Add(24 * time.Hour), seven.Add(24 * time.Hour), seven.Add(44 * time.Hour)},
		{"caught up right before the next", "0 7 * * *", seven, seven.Add(23*time.Hour + 30*time.Minute), seven.Add(23*time.Hour + 30*time.Minute), seven.Add(43*time.Hour + 30*time.Minute)},
		{"held up by a crash", "0 7 * * 1", seven, seven, seven.Add(10 * time.Hour), seven.Add(20 * time.Hour)},
	} {
		t.Run(c.name, func(t *testing.T) {
			web, p := newPaper(t), newPress(t)
			web.prints("/en", "en", evening, "Rain")
			p.source(web.URL + "/en")
			p.edition(evening, func(e *digest.Edition) { e.Schedule.Cron = c.cron })
			p.collect(c.frozen)
			if !c.resumed.Equal(c.frozen) {
				p.exec(`CREATE TRIGGER full BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no room'); END`)
				if _, err := p.Publish(t.Context(), "daily", c.slot, c.frozen, nil); err == nil {
					t.Fatal("published")
				}
				p.exec(`DROP TRIGGER full`)
			}
			p.publish("daily", c.slot, c.resumed)
			if got := time.Unix(p.count(`SELECT useful_until FROM run`), 0); !got.Equal(c.want) {
				t.Errorf("until %s, want %s", got.UTC(), c.want)
			}
		})
	}
}
