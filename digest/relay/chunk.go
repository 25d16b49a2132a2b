package relay

import (
	"bytes"
	"cmp"
	"fmt"
	"io"

	"github.com/pressrun/pressrun/digest/message"
)

// try begins a mail with its first line alone in a BDAT, and waits for the replies. A
// server that offers CHUNKING without knowing BDAT, or something between that hides it,
// would take what follows BDAT for commands: a line of a header does no harm as one. Once
// a relay is known to know BDAT it is not tried any more.
//
// A mail that was taken so far is returned as a flight with its rest. For one that was not,
// the line was told; if BDAT is unknown, nothing was, and the mail can go by DATA.
func (t *stream) try(e *message.Envelope) (f *flight, unknown bool, err error) {
	if farewell := t.session.unasked(); farewell != nil {
		return nil, false, t.untried(e, farewell.err)
	}
	head, rest, _ := bytes.Cut(e.Bytes(), []byte("\r\n"))
	t.sent++
	t.wire.allow(t.pool.Timeouts.Command)
	if t.unsure {
		io.WriteString(t.writer, "RSET\r\n")
	}
	fmt.Fprintf(t.writer, "%s%sBDAT %d\r\n%s\r\n", t.command(StageMail, e), t.command(StageRcpt, e), len(head)+2, head)
	if err := t.writer.Flush(); err != nil {
		return nil, false, t.untried(e, err)
	}
	t.reset, t.unsure = t.unsure, false
	a, last := t.tryAnswers()
	switch {
	case unknownCommand(last):
		t.withoutChunks(last)
		if a.refusal.Stage != StageData {
			t.line.Done(e, Reply{}, a.refusal)
			return nil, false, desync(last)
		}
		if err := t.resync(); err != nil {
			return nil, false, t.untried(e, err)
		}
		t.sent--
		return nil, true, nil
	case last.Code != 0:
		t.pool.chunksKnown.Store(true)
	}
	if a.refusal == nil {
		return &flight{envelope: e, rest: rest}, false, nil
	}
	t.unsure = true
	t.line.Done(e, Reply{}, a.refusal)
	return nil, false, cmp.Or(a.ended, t.endAfter(a.refusal))
}

// untried tells the line of a mail that a session ended before.
func (t *stream) untried(e *message.Envelope, err error) error {
	t.line.Done(e, Reply{}, &Error{Stage: StageConnect, Class: Unavailable, Err: err})
	return err
}

// tryAnswers reads the replies to a try, and returns that to BDAT too if it came.
func (t *stream) tryAnswers() (a answer, last Reply) {
	if t.reset {
		if a = t.forget(); a.ended != nil {
			return a, Reply{}
		}
	}
	for _, stage := range []Stage{StageMail, StageRcpt} {
		reply, err := t.ask("", t.pool.Timeouts.Command)
		if err != nil {
			return t.silence(stage, a, err), Reply{}
		}
		if a = t.note(a, stage, reply); a.ended != nil {
			return a, Reply{}
		}
	}
	last, err := t.ask("", t.pool.Timeouts.Data)
	switch kind := last.Code / 100; {
	case err != nil:
		return t.silence(StageData, a, err), Reply{}
	case kind == 3 || kind == 2 && (a.refusal != nil || ofAddress(last)):
		return lost(StageData, desync(last)), Reply{}
	case kind != 2 && a.refusal == nil:
		a.refusal = refusalAt(StageData, last)
	}
	if last.Code == 421 {
		a.ended = goodbye(last)
	}
	return a, last
}

// resync brings a server that took the line after BDAT for a command back to where both
// know what the next reply is about.
func (t *stream) resync() error {
	io.WriteString(t.writer, "RSET\r\n")
	t.wire.allow(t.pool.Timeouts.reset())
	if err := t.writer.Flush(); err != nil {
		return err
	}
	reply, err := t.ask("", t.pool.Timeouts.reset())
	if err == nil && reply.Code/100 != 2 { // this was about the line
		reply, err = t.ask("", t.pool.Timeouts.reset())
	}
	if err == nil && reply.Code/100 != 2 {
		err = desync(reply)
	}
	return err
}

// unknownCommand reports whether a server does not know a command (RFC 5321 §4.2.4).
func unknownCommand(r Reply) bool { return r.Code == 500 || r.Code == 502 }

func (s *session) withoutChunks(said Reply) {
	s.pool.leaveChunks("offers CHUNKING and does not know it", said.String())
}

// leaveChunks sends one mail at a time from the next connection on, and says so once.
func (p *Pool) leaveChunks(what, why string) {
	if p.noChunks.CompareAndSwap(false, true) {
		p.Log.Warn("relay "+p.Address.String()+" "+what+"; one mail at a time goes there on a connection", "said", why)
	}
}
