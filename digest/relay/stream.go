package relay

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// A stream sends over a session with several mails on the way: with CHUNKING (RFC 3030)
// content needs no leave of the server, so that MAIL, RCPT and BDAT of the next mails are
// written before the replies to the earlier ones are here. Outcomes are told in order.
//
// A mail counts as perhaps delivered from the moment its last octet is out. Before each
// MAIL that follows something not known to have gone well stands RSET (S7): it might
// otherwise add to a transaction that a refusal left open.
type stream struct {
	*session
	line    Line
	ear     *ear
	flights []*flight // in order
	unsure  bool      // the last that was settled did not go well
	ended   error     // nothing new is begun
	left    bool      // the last that the server said was goodbye
}

// A flight is a mail on the way.
type flight struct {
	envelope *message.Envelope
	rest     []byte  // of the content, where its beginning has been sent before
	steps    []Stage // whose replies are still to come, in order
	written  bool    // as much of it as could be; guarded by the ear
	gone     bool    // its last octet is out
	refusal  *Error  // at MAIL or RCPT
}

// stageReset is the step of a RSET before a mail.
const stageReset Stage = "rset"

// stepsOfAll are the steps that a mail may have.
var stepsOfAll = []Stage{stageReset, StageMail, StageRcpt, StageDot}

// serveWindow does what serve does, with several mails on the way. A mail that it returns
// was not sent, because the server does not know BDAT after all; the session can go on.
func (s *session) serveWindow(ctx context.Context, line Line, e *message.Envelope) (unsent *message.Envelope, err error) {
	t := &stream{session: s, line: line}
	if refusal := s.refuse(e); refusal != nil {
		line.Done(e, Reply{}, refusal)
		e = t.next(ctx)
	}
	var first *flight
	for e != nil && first == nil && !s.pool.chunksKnown.Load() {
		var unknown bool
		if first, unknown, err = t.try(e); unknown || err != nil {
			return e, err
		}
		e = nil
		if first == nil {
			e = t.next(ctx)
		}
	}
	t.ear = newEar(s.wire, s.reader, len(stepsOfAll)*s.window)
	defer t.ear.stop()
	if first != nil {
		t.send(first)
		e = t.ready(ctx)
	}
	for e != nil || len(t.flights) > 0 {
		for ; e != nil; e = t.ready(ctx) {
			t.send(&flight{envelope: e})
		}
		t.settle()
		if e = t.ready(ctx); e == nil && len(t.flights) == 0 && t.ended == nil {
			e = t.next(ctx)
		}
	}
	return nil, t.ended
}

// ready returns the next envelope if there is one at hand and room for it.
func (t *stream) ready(ctx context.Context) *message.Envelope {
	if t.ended != nil || len(t.flights) >= t.window {
		return nil
	}
	return t.session.ready(ctx, t.line)
}

// next waits for an envelope that may go through the session, while this is not worn. It
// notices when the server closes an idle connection (S8).
func (t *stream) next(ctx context.Context) *message.Envelope {
	for !t.worn() {
		e := t.await(ctx, t.line)
		if e == nil {
			return nil
		}
		refusal := t.refuse(e)
		if refusal == nil && t.ear != nil {
			if t.ended = t.ear.unasked(); t.ended != nil {
				refusal = &Error{Stage: StageConnect, Class: Unavailable, Err: t.ended}
			}
		}
		if refusal == nil {
			return e
		}
		t.line.Done(e, Reply{}, refusal)
		if t.ended != nil {
			return nil
		}
	}
	return nil
}

// send writes a mail. What goes wrong with that is told when it is settled.
func (t *stream) send(f *flight) {
	commands, size := "", int64(len(f.rest))
	switch {
	case f.rest != nil:
		f.steps = stepsOfAll[3:]
	case t.unsure || len(t.flights) > 0:
		f.steps, commands = stepsOfAll, "RSET\r\n"
	default:
		f.steps = stepsOfAll[1:]
	}
	if f.rest == nil {
		t.sent++
		size = f.envelope.Size
		commands += t.command(StageMail, f.envelope) + t.command(StageRcpt, f.envelope)
	}
	t.unsure = false
	t.flights = append(t.flights, f)
	t.ear.expect(f, t.waits(f.steps)...)
	io.WriteString(t.writer, commands+fmt.Sprintf("BDAT %d LAST\r\n", size))
	err := t.write(f, size)
	f.gone = err == nil
	t.ear.wrote(f)
	if err != nil {
		t.noMore(err)
		t.ear.hurry(t.pool.Timeouts.Quit)
	}
}

// write writes the content of a flight. An error says that its last octet is not out.
func (t *stream) write(f *flight, size int64) (err error) {
	n := size
	if f.rest != nil {
		_, err = t.writer.Write(f.rest)
	} else {
		n, err = f.envelope.WriteTo(t.writer)
	}
	if err != nil {
		return err
	}
	if n != size { // the server waits for octets that do not exist
		return fmt.Errorf("the mail has %d bytes, not %d as announced", n, size)
	}
	ends := t.out.n + int64(t.writer.Buffered())
	if err = t.writer.Flush(); t.out.n < ends {
		return err
	}
	if err != nil {
		t.noMore(err)
	}
	return nil
}

// waits are the longest waits for the replies to steps.
func (t *stream) waits(steps []Stage) []time.Duration {
	waits := make([]time.Duration, len(steps))
	for i, s := range steps {
		switch s {
		case stageReset:
			waits[i] = t.pool.Timeouts.reset()
		case StageDot:
			waits[i] = t.pool.Timeouts.Dot
		default:
			waits[i] = t.pool.Timeouts.Command
		}
	}
	return waits
}
