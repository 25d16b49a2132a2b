package digest

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// An Approval says whether editors are asked before an issue of an edition goes out. The
// zero value asks nobody.
type Approval struct {
	// Minutes before its time at which the draft is mailed to the editors; 0: it is not.
	Minutes int `json:"minutes,omitempty"`
	// Editors are addresses. They are also told when an issue was skipped, and why.
	Editors []string `json:"editors,omitempty"`
	Silence Silence  `json:"silence,omitempty"`
	// Four eyes: two editors must approve. Programs have none.
	Four bool `json:"four,omitempty"`
}

// Silence says what happens at an issue's time when the editors did not approve it, nor
// hold it.
type Silence string

const (
	SilenceSend      Silence = ""          // it is sent
	SilenceHold      Silence = "hold"      // it waits for an editor until the next run
	SilenceHeadlines Silence = "headlines" // its headlines are sent, without summaries and pictures
)

// Asks reports whether editors are asked.
func (a Approval) Asks() bool { return a.Minutes > 0 }

// Check returns an error that says what is wrong with a.
func (a Approval) Check() error {
	seen := map[string]bool{}
	for _, e := range a.Editors {
		parsed, err := mail.ParseAddress(e)
		if err != nil || parsed.Address != e {
			return fmt.Errorf("%q is no editor's mail address; write it like mona@paper.example", e)
		}
		seen[strings.ToLower(e)] = true
	}
	switch {
	case a.Minutes < 0 || a.Minutes > 24*60:
		return fmt.Errorf("the draft cannot be mailed %d minutes before its time; write 1 to 1440, or 0 to ask nobody", a.Minutes)
	case a.Minutes > 0 && len(seen) == 0:
		return errors.New("nobody is there to approve it; name the editors' mail addresses")
	case a.Minutes > 0 && a.Four && len(seen) < 2:
		return errors.New("four eyes are those of two editors; name at least two mail addresses")
	case a.Silence != SilenceSend && a.Silence != SilenceHold && a.Silence != SilenceHeadlines:
		return fmt.Errorf("silence is %q; write send, hold or headlines", a.Silence)
	}
	return nil
}

// A Question is put to the editors: may the issue due at Slot go out? Their answer stands
// in it, and after the slot what became of it.
type Question struct {
	EditionID int64
	Slot      time.Time
	State     QuestionState
	// Editors who approved it, or who held it.
	Editors  []string
	Answered time.Time
	Plan     int // version of the plan they saw
	Asked    time.Time
	Verdict  Verdict   // "" before the slot
	Reason   string    // of the verdict, or why an approval was withdrawn; a sentence
	Released time.Time // when an editor let it go after it was held; zero: not
}

// QuestionState says how a question stands.
type QuestionState string

const (
	QuestionWaiting  QuestionState = "waiting"  // not answered, or not by enough editors
	QuestionApproved QuestionState = "approved" // it goes out
	QuestionHeld     QuestionState = "held"     // it does not
)

// A Verdict is what becomes of an issue at its slot.
type Verdict string

const (
	VerdictSend      Verdict = "send"
	VerdictHeadlines Verdict = "headlines"
	VerdictHold      Verdict = "hold" // skipped, but an editor may let it go until the next run
)

// An Answer is an editor's.
type Answer struct {
	Slot   time.Time
	Editor string // mail address, or name
	Hold   bool   // else it approves
	Plan   int    // version of the plan that they saw
	// Program: it is no person's. See programMay for what one may answer.
	Program bool
}

// ErrAnswered says that an answer comes too late.
var ErrAnswered = errors.New("this issue has had its time: it was sent or skipped already")

// answer returns q with an editor's answer. Approving what was held takes it back. What
// people hold a program need not hold, and its word does not stand in place of theirs.
func (q Question) answer(a Answer, four bool, now time.Time) Question {
	if a.Program && a.Hold && q.heldByPeople() {
		return q
	}
	if a.Program {
		a.Editor = ProgramNamed(a.Editor)
	}
	same := func(other string) bool { return strings.EqualFold(other, a.Editor) }
	if q.State == QuestionHeld || q.Plan != a.Plan {
		q.Editors = nil
	}
	q.Plan, q.Answered, q.Reason = a.Plan, now, ""
	if a.Hold {
		q.State, q.Editors = QuestionHeld, []string{a.Editor}
		return q
	}
	if !slices.ContainsFunc(q.Editors, same) {
		q.Editors = append(slices.Clone(q.Editors), a.Editor)
	}
	q.State = QuestionWaiting
	if !four || len(people(q.Editors)) > 1 {
		q.State = QuestionApproved
	}
	return q
}

// Outdated reports whether the issue was changed since editors approved it: it has the
// version plan now.
func (q Question) Outdated(plan int) bool {
	return q.State != QuestionHeld && q.Plan != plan && len(q.Editors) > 0
}

// withdraw returns q without the approval of a plan that is not the present one.
func (q Question) withdraw(plan int) (Question, bool) {
	if !q.Outdated(plan) {
		return q, false
	}
	q.Reason = "the issue was changed after " + names(q.Editors) + " approved it, so it has to be approved again"
	q.State, q.Editors, q.Plan = QuestionWaiting, nil, plan
	return q, true
}

// judge returns q with its verdict, when its time has come.
func (q Question) judge(a Approval) Question {
	why := "nobody approved it in time"
	switch {
	case q.State == QuestionApproved:
		q.Verdict, q.Reason = VerdictSend, "approved by "+names(q.Editors)
		return q
	case q.State == QuestionHeld:
		q.Verdict, q.Reason = VerdictHold, "held by "+names(q.Editors)
		return q
	case q.Reason != "":
		why = q.Reason
	case len(q.Editors) > 0:
		why = "only " + names(q.Editors) + " approved it in time, and two editors must"
	}
	switch a.Silence {
	case SilenceHold:
		q.Verdict, q.Reason = VerdictHold, "held: "+why
	case SilenceHeadlines:
		q.Verdict, q.Reason = VerdictHeadlines, "sent as headlines only: "+why
	default:
		q.Verdict, q.Reason = VerdictSend, "sent all the same: "+why
	}
	return q
}

// names joins editors as a sentence does.
func names(editors []string) string { return strings.Join(editors, " and ") }

// Headlines returns the selection with the headlines of its stories only.
func (s Selection) Headlines() Selection {
	s.Stories = slices.Clone(s.Stories)
	for i := range s.Stories {
		s.Stories[i].Summary, s.Stories[i].Image = "", Image{}
	}
	return s
}
