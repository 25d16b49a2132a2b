package publish_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/publish"
)

const (
	mona = "mona@paper.example"
	omar = "omar@paper.example"
)

// A letterbox is where mails to editors end up: "00:30 mona@paper.example subject". While
// it is shut, the relay is down.
type letterbox struct {
	sync.Mutex
	shut  bool
	mails []string
	whole []string
}

func (b *letterbox) office() publish.Office {
	return publish.Office{
		Send: func(_ context.Context, to string, m *message.Message) error {
			b.Lock()
			defer b.Unlock()
			if b.shut {
				return errors.New("the relay is down")
			}
			sealer, err := message.NewSealer([]byte("0123456789abcdef"))
			if err != nil {
				return err
			}
			e, err := m.For(message.Recipient{ID: -1, Address: to, Date: time.Now(), MessageID: sealer.MessageID(-1)}, nil)
			if err != nil {
				return err
			}
			raw := string(e.Bytes())
			_, subject, _ := strings.Cut(raw, "\r\nSubject: ")
			subject, _, _ = strings.Cut(subject, "\r\n")
			b.mails = append(b.mails, time.Now().UTC().Format("15:04 ")+to+" "+subject)
			plain, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(raw)))
			b.whole = append(b.whole, string(plain))
			return nil
		},
		Link: func(notice int64, until time.Time) string {
			return fmt.Sprintf("https://news.paper.example/desk/approve/%d", notice)
		},
		Open: func(slug string) string { return "https://news.paper.example/desk/issue/" + slug },
	}
}

// bureau is a press with an edition due at one o'clock and editors who are asked half an hour
// before, at work from ten past midnight.
func bureau(t *testing.T, web *paper, change func(*digest.Edition)) (p *press, box *letterbox, e digest.Edition, slot time.Time) {
	t.Helper()
	p, box = newPress(t), &letterbox{}
	web.prints("/en", "en", time.Now(), "Rain", "Sun")
	p.source(web.URL + "/en")
	e = p.edition(time.Now(), func(e *digest.Edition) {
		every("0 1 * * *")(e)
		e.Approval = digest.Approval{Minutes: 30, Editors: []string{mona}}
		if change != nil {
			change(e)
		}
	})
	p.subscribe("daily", "en")
	time.Sleep(10 * time.Minute)
	return p, box, e, time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC)
}

// work runs a scheduler with an office.
func (p *press) work(box *letterbox) (stop func()) {
	s := p.scheduler()
	s.Office = box.office()
	return p.run(s)
}

func (p *press) answer(e digest.Edition, slot time.Time, editor string, hold bool) {
	p.Helper()
	plan, err := p.Store.Plan(p.Context(), e.ID)
	if err != nil {
		p.Fatal(err)
	}
	if _, err := p.Store.AnswerQuestion(p.Context(), e, digest.Answer{Slot: slot, Editor: editor, Hold: hold, Plan: plan.Version}, time.Now()); err != nil {
		p.Fatal(err)
	}
}

// reasons returns what became of every slot and why, the oldest first.
func (p *press) reasons() (all []string) {
	p.Helper()
	issues, err := p.Store.Runs(p.Context(), 1000)
	if err != nil {
		p.Fatal(err)
	}
	for _, i := range issues {
		all = append([]string{strings.TrimSpace(i.Slot.UTC().Format("15:04 ") + string(i.State) + " " + i.Reason)}, all...)
	}
	return all
}

func TestEditorsGetTheDraftOnceAndApproveIt(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box, e, slot := bureau(t, web, func(e *digest.Edition) { e.Approval.Silence = digest.SilenceHold })
		defer p.end()
		for range 3 { // three starts
			stop := p.work(box)
			time.Sleep(10 * time.Minute)
			stop()
		}
		want := []string{"00:30 " + mona + " Daily: approve the issue of 2000-01-01 01:00 UTC?"}
		if d := cmp.Diff(want, box.mails); d != "" {
			t.Fatal(d)
		}
		for _, part := range []string{"Rain", "Sun", "https://news.paper.example/desk/approve/1", "https://news.paper.example/desk/issue/daily", "If nobody answers, it is held"} {
			if !strings.Contains(box.whole[0], part) {
				t.Errorf("the mail lacks %q", part)
			}
		}
		if strings.Contains(box.whole[0], "__UNSUBSCRIBE__") {
			t.Error("the mail has a placeholder in it")
		}
		stop := p.work(box)
		p.answer(e, slot, mona, false)
		time.Sleep(30 * time.Minute)
		stop()
		if d := cmp.Diff([]string{"01:00 posted"}, p.reasons()); d != "" {
			t.Error(d)
		}
		if q, err := p.Store.Question(t.Context(), e.ID, slot); err != nil || q.Reason != "approved by "+mona {
			t.Errorf("%+v %v", q, err)
		}
		if len(box.mails) != 1 {
			t.Errorf("%q", box.mails)
		}
	})
}

func TestHeldIssueIsSkippedAndCanBeLetGo(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box, e, slot := bureau(t, web, func(e *digest.Edition) { e.Approval.Editors = []string{mona, omar} })
		defer p.end()
		stop := p.work(box)
		time.Sleep(25 * time.Minute)
		p.answer(e, slot, omar, true)
		time.Sleep(30 * time.Minute)
		if d := cmp.Diff([]string{"01:00 skipped held by " + omar}, p.reasons()); d != "" {
			t.Error(d)
		}
		if len(box.mails) != 4 || !strings.Contains(box.mails[3], "01:00 "+omar+" Daily: an issue was not sent") || !strings.Contains(box.whole[3], "held by "+omar) ||
			!strings.Contains(box.whole[3], "https://news.paper.example/desk/approve/4") {
			t.Errorf("%q", box.mails)
		}
		if _, err := p.Store.Release(t.Context(), e, slot, mona, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		if d := cmp.Diff([]string{"01:00 skipped held by " + omar, "01:05 posted"}, p.reasons()); d != "" {
			t.Error(d)
		}
		issue, err := p.Store.Issue(t.Context(), "daily", 1)
		if err != nil || len(titles(issue)) != 2 {
			t.Errorf("the stories did not wait: %v %v", titles(issue), err)
		}
	})
}

func TestSilenceSendsHeadlines(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box, _, _ := bureau(t, web, func(e *digest.Edition) { e.Approval.Silence = digest.SilenceHeadlines })
		defer p.end()
		stop := p.work(box)
		time.Sleep(time.Hour)
		stop()
		issue, err := p.Store.Issue(t.Context(), "daily", 1)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"Rain", "Sun"}, titles(issue)); d != "" {
			t.Error(d)
		}
		for _, s := range issue.Stories {
			if s.Summary != "" || s.Image.URL != "" {
				t.Errorf("%s has more than its headline: %q", s.Title, s.Summary)
			}
		}
	})
}

func TestChangeAfterApprovalTakesItBackAndSaysSo(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box, e, slot := bureau(t, web, func(e *digest.Edition) { e.Approval.Silence = digest.SilenceHold })
		defer p.end()
		stop := p.work(box)
		time.Sleep(25 * time.Minute)
		p.answer(e, slot, mona, false)
		if _, err := p.Store.PutPlan(t.Context(), e.ID, digest.Plan{Note: "Dear readers"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if len(box.mails) != 2 || !strings.Contains(box.mails[1], "00:35 "+mona+" Daily: the issue of 2000-01-01 01:00 UTC was changed") || !strings.Contains(box.whole[1], "Dear readers") {
			t.Errorf("%q", box.mails)
		}
		time.Sleep(30 * time.Minute)
		stop()
		want := "01:00 skipped held: the issue was changed after " + mona + " approved it, so it has to be approved again"
		if d := cmp.Diff([]string{want}, p.reasons()); d != "" {
			t.Error(d)
		}
	})
}

func TestMailToEditorsIsTriedAgainAndKeepsNoIssueBack(t *testing.T) {
	web := newPaper(t)
	synctest.Test(t, func(t *testing.T) {
		p, box, _, _ := bureau(t, web, nil)
		defer p.end()
		box.shut = true
		stop := p.work(box)
		time.Sleep(22 * time.Minute)
		box.Lock()
		box.shut = false
		box.Unlock()
		time.Sleep(30 * time.Minute)
		stop()
		if len(box.mails) != 1 {
			t.Errorf("%q", box.mails)
		}
		if d := cmp.Diff([]string{"01:00 posted"}, p.reasons()); d != "" {
			t.Error(d)
		}
		if !strings.Contains(p.log.String(), "the relay is down") {
			t.Error("nobody is told")
		}
	})
}

func TestClockAndClickInTheSameSecondMakeOneIssue(t *testing.T) {
	web := newPaper(t)
	for _, early := range []time.Duration{time.Second, 10 * time.Millisecond, 0, -10 * time.Millisecond, -time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p, box, e, slot := bureau(t, web, func(e *digest.Edition) { e.Rules.Max, e.Approval = 1, digest.Approval{} })
			defer p.end()
			p.collect(time.Now())
			stop := p.work(box)
			time.Sleep(time.Until(slot.Add(-early)))
			var clicks sync.WaitGroup
			for range 2 { // a double click
				clicks.Go(func() {
					at, err := p.Store.SlotByHand(t.Context(), e, time.Now())
					if err == nil && !at.Equal(slot) {
						return // the issue is made, and whoever clicks is asked about another
					}
					if err == nil {
						_, err = p.Publish(t.Context(), "daily", at, time.Now(), nil)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			clicks.Wait()
			time.Sleep(time.Minute)
			stop()
			if d := cmp.Diff([]string{"01:00 posted"}, p.reasons()); d != "" {
				t.Errorf("%s early: %s", early, d)
			}
			issue, err := p.Store.Issue(t.Context(), "daily", 1)
			if err != nil {
				t.Fatal(err)
			}
			if r := p.holds(issue); r.Prepared != 1 {
				t.Errorf("%d deliveries", r.Prepared)
			}
		})
	}
}

func TestLateIssueIsSentMergedOrHeld(t *testing.T) {
	web := newPaper(t)
	for rule, want := range map[digest.LateRule]string{
		digest.LateSend: "01:00 posted",
		digest.LateNext: "01:00 skipped too late: it could go out only at Sat 03:00, and was of use until Sat 02:30; its stories wait for the next issue",
		digest.LateHold: "01:00 skipped held, too late: it could go out only at Sat 03:00, and was of use until Sat 02:30",
	} {
		synctest.Test(t, func(t *testing.T) {
			p, box, e, slot := bureau(t, web, func(e *digest.Edition) {
				e.Approval.Minutes = 0
				e.Schedule.Useful, e.Schedule.Late = "90m", rule
			})
			defer p.end()
			time.Sleep(time.Until(slot.Add(2 * time.Hour)))
			stop := p.work(box)
			time.Sleep(time.Minute)
			stop()
			if d := cmp.Diff([]string{want}, p.reasons()); d != "" {
				t.Error(d)
			}
			if told := len(box.mails); told != 0 && rule == digest.LateSend || told != 1 && rule != digest.LateSend {
				t.Errorf("%q: %q", rule, box.mails)
			}
			if q, err := p.Store.Question(t.Context(), e.ID, slot); rule == digest.LateHold && (err != nil || !q.Releasable(e, time.Now())) {
				t.Errorf("%+v %v", q, err)
			}
		})
	}
}
