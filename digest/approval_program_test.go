package digest

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// A program is never one of four eyes, and never takes back what a person held: neither by
// approving, nor by sending at once, nor by letting go afterwards.
func TestProgramIsNoEditor(t *testing.T) {
	four := func(e *Edition) { e.Approval.Four = true }
	for _, c := range []struct {
		name                    string
		edition                 func(*Edition)
		before                  []Answer
		approve, publish, letGo error
	}{
		{"nobody answered", nil, nil, nil, nil, nil},
		{"an editor approved", nil, []Answer{{Editor: mona}}, nil, nil, ErrAnswered},
		{"an editor held", nil, []Answer{{Editor: mona, Hold: true}}, ErrHeld, ErrHeld, ErrHeld},
		{"an editor held, then a program", nil, []Answer{{Editor: mona, Hold: true}, {Editor: newsroom, Program: true, Hold: true}}, ErrHeld, ErrHeld, ErrHeld},
		{"a program held, then an editor", nil, []Answer{{Editor: newsroom, Program: true, Hold: true}, {Editor: mona, Hold: true}}, ErrHeld, ErrHeld, ErrHeld},
		{"another program held", nil, []Answer{{Editor: "other", Program: true, Hold: true}}, nil, nil, nil},
		{"four eyes, nobody answered", four, nil, ErrFourEyes, ErrFourEyes, ErrFourEyes},
		{"four eyes, one editor", four, []Answer{{Editor: mona}}, ErrFourEyes, ErrFourEyes, ErrFourEyes},
		{"four eyes, two editors", four, []Answer{{Editor: mona}, {Editor: omar}}, ErrFourEyes, nil, ErrFourEyes},
	} {
		t.Run(c.name, func(t *testing.T) {
			open := func() (*Store, Edition, time.Time, time.Time) {
				s := newStore(t)
				e, slot := asked(t, s, func(e *Edition) {
					e.Approval.Silence = SilenceHold
					if c.edition != nil {
						c.edition(e)
					}
				})
				now := slot.Add(-20 * time.Minute)
				for _, a := range c.before {
					a.Slot = slot
					if _, err := s.AnswerQuestion(t.Context(), e, a, now); err != nil {
						t.Fatal(err)
					}
				}
				return s, e, slot, now
			}
			s, e, slot, now := open()
			if err := byProgramNow(t, s, e, now); !errors.Is(err, c.publish) {
				t.Errorf("to send at once: %v, want %v", err, c.publish)
			}
			before, _ := s.Question(t.Context(), e.ID, slot)
			_, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: newsroom, Program: true}, now)
			if !errors.Is(err, c.approve) {
				t.Errorf("to approve: %v, want %v", err, c.approve)
			}
			if after, _ := s.Question(t.Context(), e.ID, slot); err != nil && after.State != before.State {
				t.Errorf("it is refused, and the question is %s", after.State)
			}
			s, e, slot, now = open()
			if _, err := s.CloseQuestion(t.Context(), e, slot, "", slot); err != nil {
				t.Fatal(err)
			}
			if _, err := s.ReleaseByProgram(t.Context(), e, slot, newsroom, slot.Add(time.Minute)); !errors.Is(err, c.letGo) {
				t.Errorf("to let go: %v, want %v", err, c.letGo)
			}
		})
	}
}

// What two editors approved may be sent by a program only as they saw it, and not at a time
// of which they were not asked.
func TestApprovalOfFourEyesEndsWithAChange(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, func(e *Edition) { e.Approval.Four = true })
	now := slot.Add(-20 * time.Minute)
	for _, by := range []string{mona, omar} {
		if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: by}, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := byProgramNow(t, s, e, now); err != nil {
		t.Errorf("approved: %v", err)
	}
	e.Paused = true
	if err := byProgramNow(t, s, e, now); !errors.Is(err, ErrFourEyes) {
		t.Errorf("of a paused edition: %v", err)
	}
	e.Paused = false
	if _, err := s.PutPlan(t.Context(), e.ID, Plan{Note: "changed"}); err != nil {
		t.Fatal(err)
	}
	if err := byProgramNow(t, s, e, now); !errors.Is(err, ErrFourEyes) {
		t.Errorf("changed: %v", err)
	}
}

// byProgramNow says whether a program may make an issue at now.
func byProgramNow(t *testing.T, s *Store, e Edition, now time.Time) error {
	t.Helper()
	slot, err := s.SlotByHand(t.Context(), e, now)
	if err != nil {
		t.Fatal(err)
	}
	return s.PublishableByProgram(t.Context(), e, slot, now)
}

// What an editor holds stays where it is when its time comes, while the clock is late with
// it, and after it was skipped, also when the edition is paused.
func TestWhatIsHeldNoProgramSendsWhenItsTimeHasCome(t *testing.T) {
	for _, c := range []struct {
		name    string
		after   time.Duration // since the slot
		skipped bool          // the clock was there
		paused  bool
		want    error
	}{
		{"before", -20 * time.Minute, false, false, ErrHeld},
		{"before, and paused", -20 * time.Minute, false, true, ErrHeld},
		{"the clock is late", 5 * time.Second, false, false, ErrHeld},
		{"the clock was there", time.Minute, true, false, ErrHeld},
		{"the clock was there, and paused since", time.Minute, true, true, ErrHeld},
		{"the next run has taken its stories", 24*time.Hour + time.Minute, true, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			e, slot := asked(t, s, nil)
			if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: mona, Hold: true}, slot.Add(-30*time.Minute)); err != nil {
				t.Fatal(err)
			}
			if c.skipped {
				if _, err := s.CloseQuestion(t.Context(), e, slot, "", slot); err != nil {
					t.Fatal(err)
				}
				if _, _, err := s.CreateIssue(t.Context(), e, slot, Selection{Skip: "held by Mona"}, slot); err != nil {
					t.Fatal(err)
				}
			}
			e.Paused = c.paused
			if err := byProgramNow(t, s, e, slot.Add(c.after)); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// Two editors who approved tomorrow's issue have not approved today's.
func TestFourEyesApproveOneRunAndNoOther(t *testing.T) {
	s := newStore(t)
	e, today := asked(t, s, func(e *Edition) { e.Approval.Four = true })
	tomorrow := today.AddDate(0, 0, 1)
	for _, by := range []string{mona, omar} {
		if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: tomorrow, Editor: by}, today.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := byProgramNow(t, s, e, today.Add(5*time.Second)); !errors.Is(err, ErrFourEyes) {
		t.Errorf("today's, of which the clock is late: %v", err)
	}
	if err := byProgramNow(t, s, e, tomorrow.Add(-10*time.Minute)); !errors.Is(err, ErrFourEyes) {
		t.Errorf("today's was never made: %v", err)
	}
	if _, _, err := s.CreateIssue(t.Context(), e, today, Selection{Skip: "held"}, today); err != nil {
		t.Fatal(err)
	}
	if err := byProgramNow(t, s, e, today.Add(time.Minute)); !errors.Is(err, ErrFourEyes) {
		t.Errorf("one at a time of its own: %v", err)
	}
	if err := byProgramNow(t, s, e, tomorrow.Add(-10*time.Minute)); err != nil {
		t.Errorf("tomorrow's: %v", err)
	}
}

// A single run is no way round those who hold it, or who must approve it.
func TestSingleRunsAreNoWayRoundTheEditors(t *testing.T) {
	program := ProgramNamed(newsroom)
	four := func(e *Edition) { e.Approval.Four = true }
	for _, c := range []struct {
		name        string
		edition     func(*Edition)
		held        bool
		by          string
		at, instead time.Duration // since the run
		want        error
	}{
		{"a program moves a run", nil, false, program, time.Hour, 0, nil},
		{"a program moves what is held", nil, true, program, time.Hour, 0, ErrHeld},
		{"a program moves it to another day", nil, true, program, 49 * time.Hour, 0, ErrHeld},
		{"an editor moves what is held", nil, true, "Mona", time.Hour, 0, nil},
		{"a program has one more before it", nil, true, program, -time.Minute, never, ErrHeld},
		{"a program has one more after it", nil, true, program, time.Minute, never, ErrHeld},
		{"a program has one more when its stories are gone", nil, true, program, 25 * time.Hour, never, nil},
		{"a program moves another run to before it", nil, true, program, -time.Minute, 24 * time.Hour, ErrHeld},
		{"a program leaves out what is held", nil, true, program, never, 0, nil},
		{"four eyes, one more", four, false, program, time.Hour, never, ErrFourEyes},
		{"four eyes, moved", four, false, program, time.Hour, 0, ErrFourEyes},
		{"four eyes, left out", four, false, program, never, 0, nil},
		{"four eyes, an editor", four, false, "Mona", time.Hour, never, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			e, slot := asked(t, s, c.edition)
			now := slot.Add(-20 * time.Minute)
			if c.held {
				if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: mona, Hold: true}, now); err != nil {
					t.Fatal(err)
				}
			}
			moment := func(d time.Duration) (m time.Time) {
				if d != never {
					m = slot.Add(d)
				}
				return m
			}
			if _, _, err := s.PutOneOff(t.Context(), e, OneOff{At: moment(c.at), Instead: moment(c.instead), Editor: c.by}, now); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			e, err := s.Edition(t.Context(), e.Slug)
			if err != nil {
				t.Fatal(err)
			}
			if set := len(e.Schedule.OneOffs) == 1; set != (c.want == nil) {
				t.Errorf("set: %t", set)
			}
			if err := byProgramNow(t, s, e, now); c.held && !errors.Is(err, ErrHeld) {
				t.Errorf("sent all the same: %v", err)
			}
			if err := s.SchedulableByProgram(t.Context(), e, now); c.held && !errors.Is(err, ErrHeld) || c.edition != nil && !errors.Is(err, ErrFourEyes) {
				t.Errorf("with another schedule: %v", err)
			}
		})
	}
}

// never stands for no time.
const never = time.Duration(1<<63 - 1)

// A hold goes where its run goes, and back.
func TestHoldGoesWithItsRun(t *testing.T) {
	s := newStore(t)
	e, slot := asked(t, s, nil)
	now, later := slot.Add(-20*time.Minute), slot.Add(time.Hour)
	hold := func(slot time.Time) {
		t.Helper()
		if _, err := s.AnswerQuestion(t.Context(), e, Answer{Slot: slot, Editor: mona, Hold: true}, now); err != nil {
			t.Fatal(err)
		}
	}
	stands := func(slot time.Time, want QuestionState) {
		t.Helper()
		if q, err := s.Question(t.Context(), e.ID, slot); err != nil || q.State != want || (want == QuestionHeld) != slices.Equal(q.Editors, []string{mona}) {
			t.Errorf("at %s it is %s by %q, want %s (%v)", slot.Format(time.TimeOnly), q.State, q.Editors, want, err)
		}
	}
	hold(slot)
	o, _, err := s.PutOneOff(t.Context(), e, OneOff{At: later, Instead: slot, Editor: "Omar"}, now)
	if err != nil {
		t.Fatal(err)
	}
	stands(slot, QuestionWaiting)
	stands(later, QuestionHeld)
	if q, err := s.CloseQuestion(t.Context(), e, later.AddDate(0, 0, 1), "", now); err != nil || q.Verdict != VerdictSend {
		t.Errorf("another run: %s (%v)", q.Verdict, err)
	}
	if _, err := s.TakeBack(t.Context(), e, o.ID, ProgramNamed(newsroom), now); !errors.Is(err, ErrSetByEditor) {
		t.Errorf("a program takes back what an editor set: %v", err)
	}
	if _, err := s.TakeBack(t.Context(), e, o.ID, "Omar", now); err != nil {
		t.Fatal(err)
	}
	stands(slot, QuestionHeld)
	stands(later, QuestionWaiting)

	// A program takes back its own, and an editor's extra issue, but no editor's skip.
	for _, c := range []struct {
		o    OneOff
		want error
	}{
		{OneOff{Instead: slot, Editor: "Omar"}, ErrSetByEditor},
		{OneOff{Instead: slot.AddDate(0, 0, 1), Editor: ProgramNamed("other")}, nil},
		{OneOff{At: later, Editor: "Omar"}, nil},
	} {
		o, _, err := s.PutOneOff(t.Context(), e, c.o, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.TakeBack(t.Context(), e, o.ID, ProgramNamed(newsroom), now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", o.Kind(), err, c.want)
		}
	}
}
