package publish_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
)

var yearZones = []string{
	"UTC", "Asia/Riyadh", "Asia/Kathmandu", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns",
	"America/Santiago", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham",
}

// yearEdition is due at half past two, a time that clocks skip or have twice in most zones,
// on the day of the week when they change. Its other rules vary from one to the next.
func yearEdition(i int, zone string) digest.Edition {
	late := []digest.LateRule{digest.LateSend, digest.LateNext, digest.LateHold}[i%3]
	e := digest.Edition{
		Slug: fmt.Sprintf("e%d", i), Name: zone, Languages: []string{"en"}, Doubt: digest.DoubtResend, Rules: digest.Rules{Max: 1, Apart: true},
		Schedule: digest.Schedule{
			Cron: "30 2 * * 0", Zone: zone, Useful: "3h", Late: late,
			Holidays: []digest.Holiday{{Date: "03-19", Name: "a Sunday"}, {Date: "05-07"}, {Date: "2000-05-12", Name: "a Friday"}},
		},
	}
	if zone == "Africa/Cairo" {
		e.Schedule.Cron = "30 2 * * 5"
	}
	if i%6 == 0 {
		e.Schedule.Holidays = append(e.Schedule.Holidays, digest.Holiday{Date: "2000-10-29", Name: "a day clocks change"})
	}
	if i%4 == 1 {
		e.Approval = digest.Approval{Minutes: 20, Editors: []string{mona}, Silence: digest.SilenceHold}
	}
	return e
}

// TestEverySlotOfAYearIsServedOnce lives through a year in thirteen zones with a program that
// is started and stopped at all times, now and then for weeks. Each slot has one row in the
// end: sent, or skipped and why.
func TestEverySlotOfAYearIsServedOnce(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box := newPress(t), &letterbox{}
		defer p.end()
		begin := time.Now()
		web.prints("/en", "en", begin, "Story 0")
		p.source(web.URL + "/en")
		var editions []digest.Edition
		for i, zone := range yearZones {
			e, err := p.Store.PutEdition(t.Context(), yearEdition(i, zone), begin)
			if err != nil {
				t.Fatal(err)
			}
			editions = append(editions, e)
		}
		s := &publish.Scheduler{Publisher: p.Publisher, Every: 400 * 24 * time.Hour, Acquire: alone, Office: box.office()}
		dice := rand.New(rand.NewPCG(6, 4))
		for story := 0; time.Since(begin) < 366*24*time.Hour; {
			if next := p.nextSlot(editions); dice.IntN(8) > 0 { // at work when it is due, sometimes just before or after
				time.Sleep(time.Until(next.Add(time.Duration(dice.IntN(40)-20) * time.Second)))
			} else {
				time.Sleep(time.Duration(dice.Int64N(int64([]time.Duration{time.Hour, 5 * time.Hour, 20 * 24 * time.Hour}[dice.IntN(3)]))))
			}
			if dice.IntN(3) == 0 {
				story++
				web.prints("/en", "en", time.Now(), fmt.Sprintf("Story %d of %s", story, strings.Repeat("o", 1+story%40)))
			}
			stop := p.run(s)
			time.Sleep(time.Duration(dice.IntN(30)) * time.Second)
			stop()
		}
		stop := p.run(s)
		time.Sleep(time.Second)
		stop()
		for _, e := range editions {
			p.servedOnce(e, begin, time.Now())
		}
	})
}

// alone is a lease that nobody else wants: a real one would be renewed all year.
func alone(ctx context.Context, _ string) (context.Context, func(), error) {
	held, release := context.WithCancel(ctx)
	return held, release, nil
}

func (p *press) nextSlot(editions []digest.Edition) (first time.Time) {
	for _, e := range editions {
		if next := e.Schedule.Runs(time.Now(), 1)[0].At; first.IsZero() || next.Before(first) {
			first = next
		}
	}
	return first
}

// servedOnce compares an edition's rows with its schedule.
func (p *press) servedOnce(e digest.Edition, from, to time.Time) {
	p.Helper()
	runs, err := p.Store.Runs(p.Context(), 100000)
	if err != nil {
		p.Fatal(err)
	}
	rows := map[int64]digest.Issue{}
	for _, i := range runs {
		if i.Edition == e.Slug {
			if _, twice := rows[i.Slot.Unix()]; twice {
				p.Errorf("%s: %s is served twice", e.Name, i.Slot)
			}
			rows[i.Slot.Unix()] = i
		}
	}
	became := map[string]int{}
	for _, run := range e.Schedule.Runs(from, 200) {
		if run.At.After(to) {
			break
		}
		i, served := rows[run.At.Unix()]
		delete(rows, run.At.Unix())
		late := i.Created.Sub(run.At)
		switch sent := i.State == digest.IssuePosted; {
		case !served:
			p.Errorf("%s: nothing became of %s", e.Name, run.At)
		case late < 0:
			p.Errorf("%s: %s was served %s early", e.Name, run.At, -late)
		case !sent && (i.State != digest.IssueSkipped || i.Reason == ""):
			p.Errorf("%s: %s is %s, and nobody said why", e.Name, run.At, i.State)
		case sent && (run.Rest != "" || e.Schedule.Rests(i.Created) != ""):
			p.Errorf("%s: %s was sent, but %s", e.Name, run.At, run.Rest)
		case sent && e.Schedule.Late != digest.LateSend && late > 3*time.Hour:
			p.Errorf("%s: %s was sent %s late", e.Name, run.At, late)
		case sent && e.Approval.Asks():
			p.Errorf("%s: %s was sent, and nobody approved it", e.Name, run.At)
		case run.Rest != "" && i.Reason != run.Rest:
			p.Errorf("%s: %s was skipped because %q, but %s", e.Name, run.At, i.Reason, run.Rest)
		}
		word, _, _ := strings.Cut(i.Reason, ":")
		became[string(i.State)+" "+word]++
	}
	for _, i := range rows {
		p.Errorf("%s: %s is no slot of it", e.Name, i.Slot)
	}
	if became["skipped missed"] == 0 || became["posted "] == 0 && !e.Approval.Asks() {
		p.Errorf("%s: the year was too quiet: %v", e.Name, became)
	}
	p.Logf("%-20s %v", e.Name, became)
}
