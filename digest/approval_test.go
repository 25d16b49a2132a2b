package digest

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	mona = "mona@paper.example"
	omar = "omar@paper.example"

	newsroom = "newsroom" // a program
)

// asked is an edition whose editors are asked half an hour before, and its next slot.
func asked(t *testing.T, s *Store, change func(*Edition)) (e Edition, slot time.Time) {
	t.Helper()
	e = Edition{Slug: "daily", Name: "Daily", Languages: []string{"en"}, Doubt: DoubtResend,
		Schedule: Schedule{Cron: "0 7 * * *", Holidays: []Holiday{{"12-25", "Christmas"}}, Useful: "3h", Late: LateHold},
		Approval: Approval{Minutes: 30, Editors: []string{mona, omar}}}
	if change != nil {
		change(&e)
	}
	e, err := s.PutEdition(t.Context(), e, at(t, "2027-03-10T06:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	return e, at(t, "2027-03-10T07:00:00Z")
}

func TestEditionKeepsItsScheduleAndApproval(t *testing.T) {
	s := newStore(t)
	e, _ := asked(t, s, func(e *Edition) { e.Approval.Silence, e.Approval.Four = SilenceHeadlines, true })
	got, err := s.Edition(t.Context(), "daily")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(e, got); d != "" {
		t.Error(d)
	}
}

func TestWrongApprovals(t *testing.T) {
	for _, a := range []Approval{
		{Minutes: 30}, {Minutes: -1}, {Minutes: 1441, Editors: []string{mona}}, {Editors: []string{"mona"}},
		{Editors: []string{"Mona <mona@paper.example>"}}, {Silence: "maybe"},
		{Minutes: 30, Four: true, Editors: []string{mona, strings.ToUpper(mona)}},
	} {
		if a.Check() == nil {
			t.Errorf("%+v is accepted", a)
		}
	}
}

// A step is what happens to the question before its slot.
type step struct {
	by     string
	hold   bool
	change bool // of the plan
}

func TestWhatBecomesOfAnIssue(t *testing.T) {
	four := func(e *Edition) { e.Approval.Four = true }
	silent := func(s Silence) func(*Edition) { return func(e *Edition) { e.Approval.Silence = s } }
	for _, c := range []struct {
		name    string
		edition func(*Edition)
		steps   []step
		want    Verdict
		why     string
	}{
		{"approved", silent(SilenceHold), []step{{by: mona}}, VerdictSend, "approved by " + mona},
		{"held", nil, []step{{by: mona, hold: true}}, VerdictHold, "held by " + mona},
		{"held, then approved", nil, []step{{by: mona, hold: true}, {by: omar}}, VerdictSend, "approved by " + omar},
		{"approved, then held", nil, []step{{by: mona}, {by: omar, hold: true}}, VerdictHold, "held by " + omar},
		{"silence sends", nil, nil, VerdictSend, "sent all the same: nobody approved it"},
		{"silence holds", silent(SilenceHold), nil, VerdictHold, "held: nobody approved it"},
		{"silence sends headlines", silent(SilenceHeadlines), nil, VerdictHeadlines, "headlines only: nobody approved it"},
		{"changed after it was approved", silent(SilenceHold), []step{{by: mona}, {change: true}}, VerdictHold, "changed after " + mona + " approved it"},
		{"changed and approved again", silent(SilenceHold), []step{{by: mona}, {change: true}, {by: omar}}, VerdictSend, "approved by " + omar},
		{"changed after it was held", nil, []step{{by: mona, hold: true}, {change: true}}, VerdictHold, "held by " + mona},
		{"two eyes of four", func(e *Edition) { four(e); silent(SilenceHold)(e) }, []step{{by: mona}}, VerdictHold, "only " + mona},
		{"the same eyes twice", func(e *Edition) { four(e); silent(SilenceHold)(e) }, []step{{by: mona}, {by: strings.ToUpper(mona)}}, VerdictHold, "only " + mona},
		{"four eyes", func(e *Edition) { four(e); silent(SilenceHold)(e) }, []step{{by: mona}, {by: omar}}, VerdictSend, mona + " and " + omar},
		{"a program approves", silent(SilenceHold), []step{{by: newsroom}}, VerdictSend, "approved by the program newsroom"},
		{"a program holds", nil, []step{{by: newsroom, hold: true}}, VerdictHold, "held by the program newsroom"},
		{"a program holds, an editor lets go", nil, []step{{by: newsroom, hold: true}, {by: omar}}, VerdictSend, "approved by " + omar},
		{"a program holds what four eyes approved", four, []step{{by: mona}, {by: omar}, {by: newsroom, hold: true}}, VerdictHold, "held by the program newsroom"},
		{"two eyes before a change and two after", func(e *Edition) { four(e); silent(SilenceHold)(e) }, []step{{by: mona}, {change: true}, {by: omar}}, VerdictHold, "only " + omar},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			e, slot := asked(t, s, c.edition)
			now := slot.Add(-30 * time.Minute)
			if err := s.AskEditors(t.Context(), e, slot, now); err != nil {
				t.Fatal(err)
			}
			for _, step := range c.steps {
				plan, err := s.Plan(t.Context(), e.ID)
				if err != nil {
					t.Fatal(err)
				}
				if step.change {
					plan.Note = "changed"
					_, err = s.PutPlan(t.Context(), e.ID, plan)
				} else {
					_, err = s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: step.by, Hold: step.hold, Plan: plan.Version, Program: step.by == newsroom}, now)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			q, err := s.CloseQuestion(t.Context(), e, slot, "", slot)
			if err != nil || q.Verdict != c.want || !strings.Contains(q.Reason, c.why) {
				t.Errorf("%q, because %q (%v); want %q, because %q", q.Verdict, q.Reason, err, c.want, c.why)
			}
			if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: mona, Hold: true, Plan: q.Plan}, slot); !errors.Is(err, ErrAnswered) && !errors.Is(err, ErrPlanChanged) {
				t.Errorf("an answer after its time: %v", err)
			}
			again, err := s.CloseQuestion(t.Context(), e, slot, "", slot.Add(time.Hour))
			if d := cmp.Diff(q, again); d != "" || err != nil {
				t.Errorf("asked again it differs: %v %s", err, d)
			}
		})
	}
}

func TestAnswerToAnIssueThatChangedMeanwhileIsNotTaken(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, nil)
	if _, err := s.PutPlan(t.Context(), e.ID, Plan{Note: "new"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: mona, Plan: 0}, slot.Add(-time.Hour)); !errors.Is(err, ErrPlanChanged) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Question(t.Context(), e.ID, slot); !errors.Is(err, ErrNotFound) {
		t.Errorf("it left a trace: %v", err)
	}
}

func TestNobodyWasAsked(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, func(e *Edition) { e.Approval.Silence = SilenceHold })
	if q, err := s.CloseQuestion(t.Context(), e, slot, "", slot); err != nil || q.Verdict != VerdictHold || !strings.Contains(q.Reason, "were not asked") {
		t.Errorf("%+v %v", q, err)
	}
	e.Approval.Minutes = 0
	slot = slot.AddDate(0, 0, 1)
	if q, err := s.CloseQuestion(t.Context(), e, slot, "", slot); err != nil || q.Verdict != VerdictSend || q.Reason != "" {
		t.Errorf("an edition that asks nobody: %+v %v", q, err)
	}
}

func TestHeldIssueIsLetGoUntilTheNextRun(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, nil)
	if _, err := s.Release(t.Context(), e, slot, mona, slot); !errors.Is(err, ErrNotFound) {
		t.Errorf("before it was held: %v", err)
	}
	if _, err := s.CloseQuestion(t.Context(), e, slot, "held, too late: …", slot.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Release(t.Context(), e, slot, mona, slot.Add(24*time.Hour)); !errors.Is(err, ErrAnswered) {
		t.Errorf("at the next run: %v", err)
	}
	first, err := s.Release(t.Context(), e, slot, mona, slot.Add(5*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Release(t.Context(), e, slot, omar, slot.Add(6*time.Hour))
	if d := cmp.Diff(first, again); d != "" || err != nil {
		t.Errorf("pressed again: %v %s", err, d)
	}
	for want := 1; want >= 0; want-- {
		all, err := s.Released(t.Context(), e, slot.Add(6*time.Hour))
		if err != nil || len(all) != want {
			t.Fatalf("%d to be sent, want %d: %v", len(all), want, err)
		}
		if _, _, err := s.CreateIssue(t.Context(), e, first.Released, Selection{Skip: "no stories"}, slot.Add(6*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoticesAreOwedOnceAndSentOnce(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, nil)
	now := slot.Add(-30 * time.Minute)
	due := func() (all []Notice) {
		t.Helper()
		all, err := s.DueNotices(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for range 3 {
		if err := s.AskEditors(t.Context(), e, slot, now); err != nil {
			t.Fatal(err)
		}
	}
	if got := due(); len(got) != 2 || got[0].Editor != mona || got[1].Editor != omar || got[0].Kind != NoticeDraft {
		t.Fatalf("%+v", got)
	}
	first := due()[0]
	for _, want := range []bool{true, false} {
		if ok, err := s.BeginNotice(t.Context(), first.ID); err != nil || ok != want {
			t.Fatalf("begun %v %v, want %v", ok, err, want)
		}
	}
	if err := s.EndNotice(t.Context(), first.ID, errors.New("the relay is down"), now); err != nil {
		t.Fatal(err)
	}
	if got := due(); len(got) != 1 {
		t.Errorf("tried again at once: %+v", got)
	}
	now = now.Add(time.Minute)
	if got := due(); len(got) != 2 {
		t.Errorf("not tried again: %+v", got)
	}
	for _, n := range due() {
		if ok, err := s.BeginNotice(t.Context(), n.ID); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := s.EndNotice(t.Context(), n.ID, nil, now); err != nil {
			t.Fatal(err)
		}
	}
	if got := due(); len(got) != 0 {
		t.Errorf("sent twice: %+v", got)
	}
}

func TestEditorsAreToldOnceOfWhatWasSkipped(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, nil)
	tell := func(now time.Time, want ...string) {
		t.Helper()
		for range 2 {
			if err := s.TellSkipped(t.Context(), e, now); err != nil {
				t.Fatal(err)
			}
		}
		all, err := s.DueNotices(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range all {
			if n.Editor == mona {
				got = append(got, n.Detail)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("at %s: %s", now, d)
		}
	}
	skip := func(slot time.Time, reason string, now time.Time) {
		t.Helper()
		if _, _, err := s.CreateIssue(t.Context(), e, slot, Selection{Skip: reason}, now); err != nil {
			t.Fatal(err)
		}
	}
	tell(slot)
	skip(slot, "too few stories", slot)
	skip(slot.AddDate(0, 0, 1), "held by "+omar, slot.AddDate(0, 0, 1))
	tell(slot.AddDate(0, 0, 1).Add(-time.Second), "Wed 10 Mar 07:00: too few stories\nThu 11 Mar 07:00: held by "+omar)
	christmas := at(t, "2027-12-25T07:00:00Z")
	skip(christmas, e.Schedule.Rests(christmas), christmas)
	tell(christmas)
}

func TestIssueMadeByHandTakesTheSlotThatIsDue(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, func(e *Edition) { e.Approval.Minutes = 20 })
	for _, c := range []struct {
		name string
		now  time.Time
		want time.Time
	}{
		{"in the second it is due", slot.Add(300 * time.Millisecond), slot},
		{"an hour after, when it was missed", slot.Add(time.Hour), slot},
		{"a moment before", slot.Add(-time.Second), slot},
		{"when the editors have the draft", slot.Add(-20 * time.Minute), slot},
		{"well before", slot.Add(-21 * time.Minute), slot.Add(-21 * time.Minute)},
	} {
		if got, err := s.SlotByHand(t.Context(), e, c.now); err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s (%v)", c.name, got, c.want, err)
		}
	}
	if _, _, err := s.CreateIssue(t.Context(), e, slot, Selection{Skip: "too few"}, slot); err != nil {
		t.Fatal(err)
	}
	for _, now := range []time.Time{slot.Add(-time.Second), slot.Add(300 * time.Millisecond)} {
		if got, err := s.SlotByHand(t.Context(), e, now); err != nil || !got.Equal(slot.Add(time.Second)) {
			t.Errorf("when it is made: %s (%v)", got, err)
		}
	}
}

func newStore(t *testing.T) *Store {
	t.Helper()
	return (&stage{T: t, path: filepath.Join(t.TempDir(), "pressrun.db")}).connect()
}

func TestApprovalIsOutdatedByAChange(t *testing.T) {
	for _, c := range []struct {
		q    Question
		want bool
	}{
		{Question{State: QuestionApproved, Editors: []string{mona}, Plan: 2}, false},
		{Question{State: QuestionApproved, Editors: []string{mona}, Plan: 1}, true},
		{Question{State: QuestionWaiting, Editors: []string{mona}, Plan: 1}, true}, // one of four eyes
		{Question{State: QuestionHeld, Editors: []string{mona}, Plan: 1}, false},   // a hold is of what comes, too
		{Question{State: QuestionWaiting, Plan: 1}, false},
	} {
		if got := c.q.Outdated(2); got != c.want {
			t.Errorf("%+v: %t", c.q, got)
		}
	}
}
