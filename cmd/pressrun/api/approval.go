package api

import (
	"context"
	"errors"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// approval is how the editors' approval of the next issue stands.
type approval struct {
	Slot  time.Time            `json:"slot,omitzero"` // of the next run; none: it is sent by hand only, or paused
	Asks  bool                 `json:"asks"`          // the editors are asked before the slot
	Four  bool                 `json:"four"`          // two of them must approve
	State digest.QuestionState `json:"state"`
	// Editors who approved it, or who held it.
	Editors  []string  `json:"editors"`
	Answered time.Time `json:"answered,omitzero"`
	// Changed: it was approved, and then changed, and so waits again.
	Changed bool   `json:"changed,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Held    []held `json:"held"`
}

// held is an issue whose time has come, that was held, and that may still be let go.
type held struct {
	Slot   time.Time `json:"slot"`
	Reason string    `json:"reason"`
}

func (a *API) approvalOf(ctx context.Context, e digest.Edition, now time.Time) (v approval, err error) {
	v = approval{Asks: e.Approval.Asks(), Four: e.Approval.Four, State: digest.QuestionWaiting, Editors: []string{}, Held: []held{}}
	released, err := a.Digest.Releasable(ctx, e, now)
	if err != nil {
		return v, err
	}
	for _, q := range released {
		v.Held = append(v.Held, held{utc(q.Slot), q.Reason})
	}
	slot, err := a.Digest.NextSlot(ctx, e, now)
	if err != nil || slot.IsZero() {
		return v, err
	}
	v.Slot = utc(slot)
	q, err := a.Digest.Question(ctx, e.ID, slot)
	if errors.Is(err, digest.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	plan, err := a.Digest.Plan(ctx, e.ID)
	if err != nil {
		return v, err
	}
	v.State, v.Editors, v.Answered, v.Reason = q.State, append(v.Editors, q.Editors...), utc(q.Answered), q.Reason
	if v.Changed = q.Outdated(plan.Version); v.Changed {
		v.State = digest.QuestionWaiting
	}
	return v, nil
}

// refused says which sentences of the digest a program may be told.
func refused(err error) error {
	switch {
	case errors.Is(err, digest.ErrFourEyes), errors.Is(err, digest.ErrHeld), errors.Is(err, digest.ErrSetByEditor):
		return needsEditor.because("%v.", err)
	case errors.Is(err, digest.ErrAnswered):
		return conflict.because("%v.", digest.ErrAnswered)
	case errors.Is(err, digest.ErrPlanChanged):
		return conflict.because("%v.", digest.ErrPlanChanged).in("plan_version")
	}
	return err
}

func (a *API) approveDraft(c *call) (answer, error) { return a.answerDraft(c, false) }

func (a *API) holdDraft(c *call) (answer, error) { return a.answerDraft(c, true) }

// answerDraft answers the question whether the next issue may go out. The call names the run
// and the plan that were seen, so that it never speaks of another issue.
func (a *API) answerDraft(c *call, hold bool) (answer, error) {
	ctx := c.Context()
	var v struct {
		Slot string `json:"slot"`
		Plan *int   `json:"plan_version"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	slot, err := momentIn("slot", v.Slot)
	if err != nil {
		return answer{}, err
	}
	if v.Plan == nil {
		return answer{}, wrongField.because("Say which plan was seen: the plan_version of the draft.").in("plan_version")
	}
	e, err := a.Digest.Edition(ctx, c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	next, err := a.Digest.NextSlot(ctx, e, c.now)
	if err != nil {
		return answer{}, err
	}
	if next.IsZero() {
		return answer{}, conflict.because("The edition has no run ahead: it is paused, or sent by hand only.")
	}
	if !next.Equal(slot) {
		return answer{}, conflict.because("The next run is that of %s; get the draft again, and look at it.", utc(next).Format(time.RFC3339)).in("slot")
	}
	said := digest.Answer{Slot: next, Editor: c.token.Name, Hold: hold, Plan: *v.Plan, Program: true}
	if _, err := a.Digest.AnswerQuestion(ctx, e, said, c.now); err != nil {
		return answer{}, refused(err)
	}
	act := "approve"
	if hold {
		act = "hold"
	}
	return a.answered(c, e, act, slot)
}

// releaseDraft lets an issue go out that was held.
func (a *API) releaseDraft(c *call) (answer, error) {
	var v struct {
		Slot string `json:"slot"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	slot, err := momentIn("slot", v.Slot)
	if err != nil {
		return answer{}, err
	}
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	_, err = a.Digest.ReleaseByProgram(c.Context(), e, slot, c.token.Name, c.now)
	if errors.Is(err, digest.ErrNotFound) {
		return answer{}, conflict.because("No issue of that run is held; the draft lists those that are.").in("slot")
	}
	if err != nil {
		return answer{}, refused(err)
	}
	return a.answered(c, e, "release", slot)
}

func (a *API) answered(c *call, e digest.Edition, act string, slot time.Time) (answer, error) {
	v, err := a.approvalOf(c.Context(), e, c.now)
	return answer{body: v, act: act, what: e.Slug, detail: utc(slot).Format(time.RFC3339)}, err
}

// momentIn reads the time that a field of a body gives.
func momentIn(field, s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, wrongField.because("It is a time such as 2026-11-23T06:00:00Z (RFC 3339).").in(field)
	}
	return t, nil
}
