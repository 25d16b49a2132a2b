package relay

import (
	"errors"
	"fmt"
	"slices"
)

// noMore lets nothing new be begun.
func (t *stream) noMore(why error) {
	if t.ended == nil {
		t.ended = why
	}
}

// settle hears the replies to the first flight, and tells what became of it; of all
// flights when no more replies will come.
func (t *stream) settle() {
	f := t.flights[0]
	for {
		step := f.steps[0]
		h := <-t.ear.heard
		if h.err != nil { // perhaps with a reply that nothing asked for
			t.left = t.left || h.reply.Code == 421
			t.giveUp(h.err, h.reply.Code != 0 && !t.left)
			return
		}
		f.steps = f.steps[1:]
		if err := t.hear(f, step, h.reply); err != nil {
			t.giveUp(err, true)
			return
		}
		if step == StageDot {
			t.conclude(f, h.reply)
			return
		}
	}
}

// hear takes up the reply to a step. An error says that the replies have slipped: it may
// be another's.
func (t *stream) hear(f *flight, step Stage, reply Reply) error {
	kind := reply.Code / 100
	switch {
	case kind == 3:
		return desync(reply)
	case kind == 2 && f.refusal != nil: // after a refusal nothing can be right
		return desync(reply)
	case kind == 2 && step == StageDot && (!f.gone || ofAddress(reply)):
		return desync(reply)
	}
	if t.left = reply.Code == 421; t.left {
		t.noMore(goodbye(reply))
		t.ear.hurry(t.pool.Timeouts.Quit)
	}
	switch {
	case kind == 2 || f.refusal != nil:
	case step == stageReset: // S7
		t.noMore(notForgotten(reply))
	default:
		f.refusal = refusalAt(step, reply)
	}
	return nil
}

// ofAddress reports whether a reply is one to MAIL or RCPT (RFC 3463 §3.2).
func ofAddress(r Reply) bool { return len(r.Enhanced) > 4 && r.Enhanced[1:4] == ".1." }

// conclude tells the outcome of the first flight, all of whose replies are here.
func (t *stream) conclude(f *flight, last Reply) {
	t.flights = slices.Delete(t.flights, 0, 1)
	if f.refusal == nil {
		t.took()
		t.line.Done(f.envelope, last, nil)
		return
	}
	t.unsure = true
	t.line.Done(f.envelope, Reply{}, f.refusal)
	if err := t.endAfter(f.refusal); err != nil {
		t.noMore(err)
	}
	if f.refusal.Stage == StageDot && unknownCommand(last) { // then it reads content as commands
		t.withoutChunks(last)
		t.giveUp(desync(last), true)
	}
}

// giveUp tells the outcomes of all flights when nothing more will be heard, or nothing
// that can be trusted because the replies have slipped.
func (t *stream) giveUp(err error, slipped bool) {
	t.noMore(err)
	if timedOut(err) && t.settled == 0 {
		t.pool.halfAnswered.Add(1)
	}
	if slipped {
		t.pool.leaveChunks("does not answer as it should to several mails at once", err.Error())
	}
	for i, f := range t.flights {
		t.line.Done(f.envelope, Reply{}, t.fate(f, i > 0, err, slipped))
	}
	t.flights = nil
}

// fate returns what became of a flight whose last reply did not come. If its last octet is
// out it may have arrived, unless it was refused before or the server had left.
func (t *stream) fate(f *flight, later bool, err error, slipped bool) *Error {
	why := err
	if later {
		why = behind{fmt.Errorf("the connection ended while another mail was before it: %w", err)}
	}
	switch {
	case f.refusal != nil && !slipped:
		return f.refusal
	case f.gone && (slipped || !t.left || timedOut(err)):
		return &Error{Stage: StageDot, Class: Retry, Uncertain: true, Err: why}
	case later || f.steps[0] == stageReset || f.steps[0] == StageMail && !timedOut(err): // S8
		return &Error{Stage: StageConnect, Class: Unavailable, Err: why}
	case f.steps[0] == StageDot:
		return &Error{Stage: StageBody, Class: Unavailable, Err: why}
	}
	return &Error{Stage: f.steps[0], Class: Unavailable, Err: why}
}

// behind is the error of a mail whose connection ended because of another before it.
type behind struct{ error }

// Unwrap returns the connection's error.
func (b behind) Unwrap() error { return b.error }

// isBehind reports whether another mail has told of the same end of a connection.
func isBehind(err *Error) bool {
	var b behind
	return errors.As(err.Err, &b)
}
