package publish_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
)

// once has an editor set a time of the edition, as they write it.
func (p *press) once(slug, at, instead, why string) digest.OneOff {
	p.Helper()
	e, err := p.Store.Edition(p.Context(), slug)
	if err != nil {
		p.Fatal(err)
	}
	moment := func(s string) (t time.Time) {
		if s != "" {
			if t, _, err = e.Schedule.Moment(s, time.Now()); err != nil {
				p.Fatal(err)
			}
		}
		return t
	}
	o, made, err := p.Store.PutOneOff(p.Context(), e, digest.OneOff{At: moment(at), Instead: moment(instead), Editor: "Mona", Why: why}, time.Now())
	if err != nil || !made {
		p.Fatalf("%s instead of %q: %v", at, instead, err)
	}
	return o
}

// daily is an edition of seven in Berlin, from the 22nd of March 2000 on: clocks go forward
// on the 26th.
func (p *press) daily(web *paper, change func(*digest.Edition)) {
	p.Helper()
	time.Sleep(time.Until(time.Date(2000, 3, 22, 6, 30, 0, 0, time.UTC)))
	web.prints("/en", "en", time.Now(), "Rain", "Sun", "Wind", "Fog", "Snow", "Hail", "Dew", "Frost")
	p.source(web.URL + "/en")
	p.edition(time.Now(), func(e *digest.Edition) {
		e.Schedule = digest.Schedule{Cron: "0 7 * * *", Zone: "Europe/Berlin"}
		e.Rules = digest.Rules{Max: 1, Apart: true}
		if change != nil {
			change(e)
		}
	})
	p.subscribe("daily", "en")
}

// works runs a scheduler of a press around each of the moments, in UTC: "03-23 06:00".
func (p *press) works(moments ...string) {
	p.Helper()
	for _, m := range moments {
		at, err := time.Parse("2006-01-02 15:04", "2000-"+m)
		if err != nil {
			p.Fatal(err)
		}
		time.Sleep(time.Until(at.Add(-5 * time.Second)))
		stop := p.run(&publish.Scheduler{Publisher: p.Publisher, Acquire: alone, Every: 400 * 24 * time.Hour})
		time.Sleep(20 * time.Second)
		stop()
	}
}

func until(month time.Month, day, hour, minute int) {
	time.Sleep(time.Until(time.Date(2000, month, day, hour, minute, 0, 0, time.UTC)))
}

func (p *press) saysOfRuns(want ...string) {
	p.Helper()
	issues, err := p.Store.RunsSince(p.Context(), "daily", time.Time{})
	if err != nil {
		p.Fatal(err)
	}
	var got []string
	for _, i := range issues {
		got = append(got, strings.TrimSpace(i.Slot.UTC().Format("01-02 15:04 ")+string(i.State)+" "+i.Reason))
	}
	if d := cmp.Diff(want, got); d != "" {
		p.Error(d)
	}
}

func TestOneRunMoreOneMovedOneLeftOut(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		p.daily(web, nil)
		p.once("daily", "2000-03-23 18:30", "", "election night")
		p.once("daily", "2000-03-25 18:00", "2000-03-26 07:00", "") // the evening before, the night clocks change between
		p.once("daily", "2000-03-27 09:00", "2000-03-27 07:00", "the press stands still")
		p.once("daily", "", "2000-03-28 07:00", "a day of mourning")
		back := p.once("daily", "", "2000-03-29 07:00", "")
		e, err := p.Store.Edition(t.Context(), "daily")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Store.TakeBack(t.Context(), e, back.ID, "Omar", time.Now()); err != nil {
			t.Fatal(err)
		}
		p.works("03-23 06:00", "03-23 17:30", "03-24 06:00", "03-25 06:00", "03-25 17:00", "03-26 05:00", "03-27 05:00", "03-27 07:00", "03-28 05:00", "03-29 05:00")
		p.saysOfRuns(
			"03-23 06:00 posted", "03-23 17:30 posted", "03-24 06:00 posted", "03-25 06:00 posted", "03-25 17:00 posted",
			"03-26 05:00 skipped moved to Sat 25 Mar 18:00 by Mona", "03-27 05:00 skipped moved to Mon 27 Mar 09:00 by Mona: the press stands still",
			"03-27 07:00 posted", "03-28 05:00 skipped left out by Mona: a day of mourning", "03-29 05:00 posted",
		)
		if e, err = p.Store.Edition(t.Context(), "daily"); err != nil || len(e.Schedule.OneOffs) > 0 {
			t.Errorf("what is over is read still: %v %v", e.Schedule.OneOffs, err)
		}
	})
}

func TestMissedOneOffsAreCaughtUpWithOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*press)
		back time.Time // when the program runs again
		want []string
	}{
		{"an issue more", func(p *press) { p.once("daily", "2000-03-23 18:30", "", "") }, time.Date(2000, 3, 23, 20, 0, 0, 0, time.UTC), []string{
			"03-23 06:00 skipped missed: nothing ran at that time, and the issue of Thu 23 Mar 18:30 makes up for it", "03-23 17:30 posted"}},
		{"moved to an earlier time, and both are over", func(p *press) { p.once("daily", "2000-03-22 20:00", "2000-03-23 07:00", "") }, time.Date(2000, 3, 23, 9, 0, 0, 0, time.UTC), []string{
			"03-22 19:00 posted", "03-23 06:00 skipped moved to Wed 22 Mar 20:00 by Mona"}},
		{"moved to a later time that is to come", func(p *press) { p.once("daily", "2000-03-24 20:00", "2000-03-24 07:00", "") }, time.Date(2000, 3, 24, 9, 0, 0, 0, time.UTC), []string{
			"03-23 06:00 skipped missed: nothing ran at that time; its stories wait for the next issue", "03-24 06:00 skipped moved to Fri 24 Mar 20:00 by Mona"}},
		{"left out", func(p *press) { p.once("daily", "", "2000-03-24 07:00", "") }, time.Date(2000, 3, 24, 9, 0, 0, 0, time.UTC), []string{
			"03-23 06:00 skipped missed: nothing ran at that time; its stories wait for the next issue", "03-24 06:00 skipped left out by Mona"}},
		{"on a holiday, set by hand", func(p *press) {
			p.edition(time.Now(), func(e *digest.Edition) {
				e.Schedule = digest.Schedule{Cron: "0 7 * * *", Zone: "Europe/Berlin", Holidays: []digest.Holiday{{Date: "03-23"}}}
				e.Rules = digest.Rules{Max: 1, Apart: true}
			})
			p.once("daily", "2000-03-23 18:30", "", "")
		}, time.Date(2000, 3, 23, 20, 0, 0, 0, time.UTC), []string{
			"03-23 06:00 skipped it does not go out on 23 March 2000", "03-23 17:30 posted"}},
		{"too late to be of use", func(p *press) {
			p.edition(time.Now(), func(e *digest.Edition) {
				e.Schedule = digest.Schedule{Cron: "0 7 * * *", Zone: "Europe/Berlin", Useful: "3h", Late: digest.LateNext}
				e.Rules = digest.Rules{Max: 1, Apart: true}
			})
			p.once("daily", "2000-03-22 12:00", "", "")
		}, time.Date(2000, 3, 22, 15, 0, 0, 0, time.UTC), []string{
			"03-22 11:00 skipped too late: it could go out only at Wed 16:00, and was of use until Wed 15:00; its stories wait for the next issue"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			web := newPaper(t)
			synctest.Test(t, func(t *testing.T) {
				p := newPress(t)
				defer p.end()
				p.daily(web, nil)
				c.set(p)
				time.Sleep(time.Until(c.back))
				for range 2 { // and started anew
					stop := p.run(&publish.Scheduler{Publisher: p.Publisher, Acquire: alone, Every: time.Hour})
					time.Sleep(40 * time.Second)
					stop()
					p.saysOfRuns(c.want...)
				}
			})
		})
	}
}

func TestOneOffsOfAPausedEditionSayWhyTheyWereNotSent(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		p.daily(web, nil)
		p.once("daily", "2000-03-22 12:00", "", "")
		p.once("daily", "", "2000-03-23 07:00", "")
		p.once("daily", "2000-03-23 12:00", "", "")
		pause := func(paused bool) {
			e, err := p.Store.Edition(t.Context(), "daily")
			if err != nil {
				t.Fatal(err)
			}
			e.Paused = paused
			if _, err := p.Store.PutEdition(t.Context(), e, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		pause(true)
		p.works("03-22 11:00", "03-23 06:00")
		until(time.March, 23, 12, 0) // nothing ran at the time of the last, and it was resumed then
		pause(false)
		p.works("03-24 06:00")
		p.saysOfRuns(
			"03-22 11:00 skipped not sent: Daily is paused; its stories wait for the next issue",
			"03-23 06:00 skipped left out by Mona",
			"03-23 11:00 skipped not sent: the edition was paused at that time, or its schedule was changed after it; its stories wait for the next issue",
			"03-24 06:00 posted",
		)
	})
}

func TestEditorsAreAskedAboutAnExtraIssueAndNotAboutOneThatWasMoved(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box, e, slot := bureau(t, web, func(e *digest.Edition) { e.Approval.Silence = digest.SilenceHold })
		defer p.end()
		stop := p.work(box)
		until(time.January, 1, 0, 31) // the draft of one o'clock was mailed
		p.once("daily", "2000-01-01 03:00", "2000-01-01 01:00", "")
		e, err := p.Store.Edition(t.Context(), "daily")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Store.AnswerQuestion(t.Context(), e, digest.Answer{Slot: slot, Editor: mona}, time.Now()); !errors.Is(err, digest.ErrAnswered) {
			t.Errorf("the run that was moved can still be approved: %v", err)
		}
		until(time.January, 1, 2, 31)
		p.answer(e, slot.Add(2*time.Hour), mona, false)
		p.once("daily", "2000-01-01 05:00", "", "")
		until(time.January, 1, 5, 1)
		stop()
		p.saysOfRuns("01-01 01:00 skipped moved to Sat 1 Jan 03:00 by Mona", "01-01 03:00 posted", "01-01 05:00 skipped held: nobody approved it in time")
		var asked []string
		for _, m := range box.mails {
			asked = append(asked, m[:5])
		}
		if d := cmp.Diff([]string{"00:30", "02:30", "04:30", "05:00"}, asked); d != "" {
			t.Errorf("mails to the editors: %s\n%v", d, box.mails)
		}
	})
}

// TestEverySlotIsServedOnceWhateverEditorsSet has editors set, move, leave out and take back
// runs for five weeks over a change of clocks, with a program that is on and off and an
// edition that is paused now and then.
func TestEverySlotIsServedOnceWhateverEditorsSet(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPress(t)
		defer p.end()
		p.daily(web, nil)
		begin, dice := time.Now(), rand.New(rand.NewPCG(18, 30))
		s := &publish.Scheduler{Publisher: p.Publisher, Acquire: alone, Every: 400 * 24 * time.Hour}
		var standing []digest.OneOff
		var paused [][2]time.Time
		refused := map[digest.OneOffFault]int{}
		work := func(d time.Duration) {
			stop := p.run(s)
			time.Sleep(d)
			stop()
		}
		for n := 0; time.Since(begin) < 35*24*time.Hour; n++ {
			web.prints("/en", "en", time.Now(), fmt.Sprintf("Story %d of %s", n, strings.Repeat("o", 1+n%40)))
			e, err := p.Store.Edition(t.Context(), "daily")
			if err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			switch what := dice.IntN(16); {
			case e.Paused || what == 0:
				work(10 * time.Second) // what was missed before has its row
				now = time.Now()
				if e.Paused = !e.Paused; e.Paused {
					paused = append(paused, [2]time.Time{now, begin.AddDate(1, 0, 0)})
				} else {
					paused[len(paused)-1][1] = now
				}
				if _, err := p.Store.PutEdition(t.Context(), e, now); err != nil {
					t.Fatal(err)
				}
			case what < 11:
				o := digest.OneOff{Editor: "Mona", Why: fmt.Sprint("wish ", n)}
				if dice.IntN(3) > 0 {
					o.At = now.Add(time.Duration(dice.IntN(72)) * time.Hour).Truncate(time.Hour)
				}
				if next := e.Schedule.Runs(now, 4); o.At.IsZero() || dice.IntN(2) == 0 {
					o.Instead = next[dice.IntN(4)].At
				}
				o, _, err := p.Store.PutOneOff(t.Context(), e, o, now)
				var why *digest.OneOffError
				switch {
				case errors.As(err, &why):
					refused[why.Code]++
				case err != nil:
					t.Fatal(err)
				default:
					standing = append(standing, o)
				}
			case what < 13:
				if pending := e.Schedule.Pending(now); len(pending) > 0 {
					id := pending[dice.IntN(len(pending))].ID
					if _, err := p.Store.TakeBack(t.Context(), e, id, "Omar", now); err == nil {
						standing = slices.DeleteFunc(standing, func(o digest.OneOff) bool { return o.ID == id })
					}
				}
			}
			on := time.Duration(dice.IntN(3)) * time.Hour
			if next := e.Schedule.Next(now, 1); dice.IntN(2) == 0 && len(next) == 1 {
				time.Sleep(max(0, time.Until(next[0].Add(-5*time.Second))))
				on = 10 * time.Second
			}
			work(on)
			time.Sleep([]time.Duration{0, 0, 2 * time.Hour, 26 * time.Hour}[dice.IntN(4)])
		}
		work(20 * time.Second)
		p.everyWishIsServed(standing, paused, begin, time.Now())
		if len(standing) < 20 || len(refused) < 2 {
			t.Errorf("the weeks were too quiet: %d wishes stand, refused %v", len(standing), refused)
		}
		t.Logf("%d wishes stand, refused %v", len(standing), refused)
	})
}

// everyWishIsServed compares the rows with what was wished and with the schedule itself.
func (p *press) everyWishIsServed(standing []digest.OneOff, paused [][2]time.Time, from, to time.Time) {
	p.Helper()
	runs, err := p.Store.Runs(p.Context(), 100000)
	if err != nil {
		p.Fatal(err)
	}
	rows, became := map[int64]digest.Issue{}, map[string]int{}
	for _, i := range runs {
		if _, twice := rows[i.Slot.Unix()]; twice {
			p.Errorf("%s is served twice", i.Slot)
		}
		rows[i.Slot.Unix()] = i
		word, _, _ := strings.Cut(i.Reason, " ")
		became[string(i.State)+" "+word]++
		if i.State == digest.IssueSkipped && i.Reason == "" {
			p.Errorf("%s was skipped, and nobody said why", i.Slot)
		}
		if i.State != digest.IssueSkipped && i.Created.Before(i.Slot) {
			p.Errorf("%s was sent early", i.Slot)
		}
	}
	asked := map[int64]bool{} // the moments that may have a row
	for _, o := range standing {
		asked[o.At.Unix()], asked[o.Instead.Unix()] = true, true
		if i, ok := rows[o.At.Unix()]; !o.At.IsZero() && !o.At.After(to) && !ok {
			p.Errorf("nothing became of %s: %+v", o.At, i)
		}
		if i, ok := rows[o.Instead.Unix()]; !o.Instead.IsZero() && !o.Instead.After(to) && (!ok || i.State != digest.IssueSkipped || !strings.Contains(i.Reason, o.Why)) {
			p.Errorf("%s was to go out no more, for %q: %t %s %q", o.Instead, o.Why, ok, i.State, i.Reason)
		}
	}
	for _, slot := range (digest.Schedule{Cron: "0 7 * * *", Zone: "Europe/Berlin"}).Next(from, 60) {
		rested := slices.ContainsFunc(paused, func(span [2]time.Time) bool { return !slot.Before(span[0]) && !slot.After(span[1]) })
		if _, ok := rows[slot.Unix()]; !ok && !rested && slot.Before(to) {
			p.Errorf("nothing became of %s", slot)
		}
		asked[slot.Unix()] = true
	}
	for at, i := range rows {
		if !asked[at] {
			p.Errorf("%s is no slot: %s", i.Slot, i.Reason)
		}
	}
	p.T.Log(became)
}
