package relay

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// An answer is what a server said to the commands of an envelope.
type answer struct {
	refusal  *Error // nil: the content may come
	dataOpen bool   // DATA was answered with 354, so that a dot is owed
	ended    error  // the session is of no more use
}

// begin writes the commands of e into the buffer, as one group.
func (s *session) begin(e *message.Envelope) {
	if s.reset {
		io.WriteString(s.writer, "RSET\r\n")
	}
	io.WriteString(s.writer, s.command(StageMail, e)+s.command(StageRcpt, e)+s.command(StageData, e))
	s.sent++
}

// command returns a command with its line end.
func (s *session) command(stage Stage, e *message.Envelope) string {
	switch stage {
	case StageMail:
		line := "MAIL FROM:<" + e.From + ">"
		if s.sized {
			line += " SIZE=" + strconv.FormatInt(e.Size, 10) // RFC 1870
		}
		if e.UTF8 {
			line += " SMTPUTF8" // RFC 6531 §3.4, only where it is needed
		}
		if s.dsn {
			line += " RET=HDRS" + envid(e.Name)
		}
		return line + "\r\n"
	case StageRcpt:
		line := "RCPT TO:<" + e.To + ">"
		if s.dsn {
			line += " NOTIFY=FAILURE" + orcpt(e)
		}
		return line + "\r\n"
	}
	return "DATA\r\n"
}

// envid returns the parameter that a bounce shall bring back (RFC 3461 §4.4), which has
// at most 100 characters.
func envid(name string) string {
	x := xtext(name)
	if x == "" || len(x) > 100 {
		return ""
	}
	return " ENVID=" + x
}

// orcpt returns the address as we know it, for a bounce after a forward (RFC 3461 §4.2).
// One with other letters than ASCII would need RFC 6533's form: it goes without.
func orcpt(e *message.Envelope) string {
	if e.UTF8 {
		return ""
	}
	return " ORCPT=rfc822;" + xtext(e.To)
}

// xtext encodes as RFC 3461 §4 has it: "+" and "=" and what is not printable ASCII become
// "+" and two hexadecimal digits.
func xtext(s string) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)+8)
	for _, c := range []byte(s) {
		if c < '!' || c > '~' || c == '+' || c == '=' {
			out = append(out, '+', digits[c>>4], digits[c&15])
			continue
		}
		out = append(out, c)
	}
	return string(out)
}

// refuse returns an error for an envelope that this server cannot be asked to take.
func (s *session) refuse(e *message.Envelope) *Error {
	switch {
	case e.UTF8 && !s.utf8:
		return &Error{Stage: StageRcpt, Class: Hard, Err: errors.New("the relay does not take addresses with other letters than ASCII before the @ (SMTPUTF8)")}
	case s.size > 0 && e.Size > s.size:
		return &Error{Stage: StageMail, Class: Content, Err: fmt.Errorf("the mail has %d bytes and the relay takes %d: leave stories out", e.Size, s.size)}
	}
	return nil
}

// answers reads the replies to the commands of e, and sends these one by one where the
// server knows no PIPELINING.
func (s *session) answers(e *message.Envelope) (a answer) {
	if s.reset {
		if a = s.forget(); a.ended != nil {
			return a
		}
	}
	for _, stage := range []Stage{StageMail, StageRcpt, StageData} {
		if a.refusal != nil && !s.pipelining {
			return a
		}
		wait := s.pool.Timeouts.Command
		if stage == StageData {
			wait = s.pool.Timeouts.Data
		}
		reply, err := s.ask(s.unsent(stage, e), wait)
		if err != nil {
			return s.silence(stage, a, err)
		}
		if a = s.note(a, stage, reply); a.ended != nil {
			return a
		}
	}
	return s.check(a)
}

// forget reads the reply to RSET, without which nothing new can begin (S7).
func (s *session) forget() answer {
	s.reset = false
	reply, err := s.ask("RSET\r\n", s.pool.Timeouts.reset())
	if err == nil && reply.Code/100 != 2 {
		err = notForgotten(reply)
	}
	if err != nil {
		return lost(StageConnect, err)
	}
	return answer{}
}

func notForgotten(r Reply) error {
	return fmt.Errorf("the relay did not forget the mail before: RSET was answered with %s", r)
}

// unsent returns the command that has not gone out with a group.
func (s *session) unsent(stage Stage, e *message.Envelope) string {
	if s.pipelining {
		return ""
	}
	return s.command(stage, e)
}

// ask sends a command, if there is one, and reads a reply.
func (s *session) ask(command string, wait time.Duration) (Reply, error) {
	s.wire.allow(wait)
	if command != "" && !s.pipelining {
		io.WriteString(s.writer, command)
		if err := s.writer.Flush(); err != nil {
			return Reply{}, err
		}
		s.wire.allow(wait)
	}
	return readReply(s.reader)
}

// silence is the answer when a reply did not come. A connection that was closed before
// MAIL was answered has made no attempt (S8); a refusal that was heard before stands.
func (s *session) silence(stage Stage, a answer, err error) answer {
	if s.pipelining && stage != StageMail && timedOut(err) {
		s.pool.halfAnswered.Add(1)
	}
	if a.refusal != nil {
		a.ended = err
		return a
	}
	if stage == StageMail && !timedOut(err) {
		stage = StageConnect
	}
	return lost(stage, err)
}

// lost is the answer after which nothing is known but that e was not accepted. Words that
// may be another's are in the error, but not its reply.
func lost(stage Stage, err error) answer {
	e := &Error{Stage: stage, Class: Unavailable, Err: err}
	return answer{refusal: e, ended: e}
}

// note adds a reply to the answer. A reply of a kind that its command cannot have says
// that the replies have slipped; then those before it may have been another's too.
func (s *session) note(a answer, stage Stage, reply Reply) answer {
	kind := reply.Code / 100
	fits := kind == 4 || kind == 5 || kind == 2 && stage != StageData || stage == StageData && reply.Code == 354
	// Without MAIL there is no RCPT that could be right.
	if stage == StageRcpt && kind == 2 && a.refusal != nil {
		fits = false
	}
	switch {
	case !fits:
		return lost(stage, desync(reply))
	case kind == 3:
		a.dataOpen = true
	case kind != 2 && a.refusal == nil:
		a.refusal = refusalAt(stage, reply)
	}
	if reply.Code == 421 {
		a.ended = goodbye(reply)
	}
	return a
}

// refusalAt is what a reply to a step says.
func refusalAt(stage Stage, reply Reply) *Error {
	e := &Error{Stage: stage, Class: Classify(stage, reply), Reply: reply}
	if reply.Code == 421 && stage == StageMail && e.Class == Unavailable {
		e.Stage = StageConnect // S8: it was closed before MAIL
	}
	return e
}

// check looks, when all replies of a refused group are read, whether there is one more.
func (s *session) check(a answer) answer {
	if a.dataOpen {
		return a
	}
	switch more := s.unasked(); {
	case more == nil:
		return a
	case more.goodbye:
		a.ended = more.err
		return a
	default:
		return lost(StageMail, more.err)
	}
}
