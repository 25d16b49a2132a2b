package digest

import (
	"errors"
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
