package relay

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// A Line is one connection's way to the outbox. It is used by one goroutine.
type Line interface {
	// Next waits for an envelope. It returns nil when there is nothing left to send or
	// ctx has ended.
	Next(ctx context.Context) *message.Envelope
	// Ready returns an envelope if one can be had without waiting, else nil.
	Ready() *message.Envelope
	// Done tells what became of an envelope that Next or Ready gave: accepted with the
	// reply, or not with the error. Where a pool has a window of more than one, so many
	// envelopes may be out at a time; their outcomes come in the order they were given.
	Done(e *message.Envelope, accepted Reply, err *Error)
}

// A session is an open, authenticated connection. From here on we speak SMTP ourselves:
// with PIPELINING the end of one message and the MAIL, RCPT and DATA of the next travel
// together (RFC 2920 §3.1), so that a message costs one round trip.
type session struct {
	pool    *Pool
	wire    *wire
	reader  *bufio.Reader
	writer  *bufio.Writer
	out     counter
	unwatch func() bool // the session does not hear of the program's end any more

	pipelining, utf8, dsn, sized bool
	window                       int   // mails on the way at once; more than 1 only by BDAT
	size                         int64 // of the largest message, 0 for any

	opened  time.Time
	sent    int               // messages begun
	settled int               // messages taken, or refused for what they are
	puzzled int               // replies of class Protocol
	begun   *message.Envelope // its commands are on the way, its replies are not read yet
	reset   bool              // a transaction may be half open: RSET before the next MAIL (S7)
}

var errMuddle = errors.New("the relay refused three commands as wrong in form; see its replies, and tell whoever runs it")

// serve sends first and what the line gives after it, until there is nothing left, the
// session has served long enough (S8), or it broke. It has told the line about every
// envelope it took, once.
func (s *session) serve(ctx context.Context, line Line, first *message.Envelope) error {
	if s.window > 1 {
		rest, err := s.serveWindow(ctx, line, first)
		if rest == nil || err != nil {
			return err
		}
		first = rest // by DATA then
	}
	for e := first; e != nil; {
		next, err := s.transact(ctx, line, e)
		if err != nil {
			if next != nil { // its dot has not gone out, nor its content
				line.Done(next, Reply{}, &Error{Stage: StageConnect, Class: Unavailable, Err: fmt.Errorf("the connection ended before its turn: %w", err)})
			}
			return err
		}
		if next == nil && !s.worn() {
			next = s.await(ctx, line)
		}
		e = next
	}
	return nil
}

// await waits for work, but lets the session close rather than idle for long.
func (s *session) await(ctx context.Context, line Line) *message.Envelope {
	ctx, cancel := context.WithTimeout(ctx, sessionIdle)
	defer cancel()
	if s.pool.wait(ctx) != nil {
		return nil
	}
	return line.Next(ctx)
}

// ready returns the next envelope if there is one at hand, the session is not worn and the
// envelope may go through it.
func (s *session) ready(ctx context.Context, line Line) *message.Envelope {
	if s.worn() || ctx.Err() != nil {
		return nil
	}
	giveBack, ok := s.pool.take()
	if !ok {
		return nil
	}
	for {
		e := line.Ready()
		if e == nil {
			giveBack()
			return nil
		}
		refusal := s.refuse(e)
		if refusal == nil {
			return e
		}
		line.Done(e, Reply{}, refusal)
	}
}

// worn reports whether the session has served its time.
func (s *session) worn() bool {
	return s.sent >= s.pool.messages() || time.Since(s.opened) > s.pool.age()
}

// transact sends e and tells the line what became of it. It returns the next envelope, if
// one was at hand; an error means that the session is of no more use, and that next was
// not sent.
func (s *session) transact(ctx context.Context, line Line, e *message.Envelope) (next *message.Envelope, err error) {
	if s.begun != e {
		if refusal := s.refuse(e); refusal != nil {
			line.Done(e, Reply{}, refusal)
			return s.ready(ctx, line), nil
		}
		if err := s.start(e); err != nil {
			line.Done(e, Reply{}, err)
			return nil, err
		}
	}
	s.begun = nil
	a := s.answers(e)
	switch {
	case a.ended != nil:
		line.Done(e, Reply{}, a.refusal)
		return nil, a.ended
	case a.dataOpen:
		return s.finish(ctx, line, e, a.refusal)
	}
	s.reset = true
	line.Done(e, Reply{}, a.refusal)
	if err := s.endAfter(a.refusal); err != nil {
		return nil, err
	}
	return s.ready(ctx, line), nil
}

// start sends the commands of e, as a group where the server knows PIPELINING.
func (s *session) start(e *message.Envelope) *Error {
	if farewell := s.unasked(); farewell != nil {
		return &Error{Stage: StageConnect, Class: Unavailable, Err: farewell.err}
	}
	if !s.pipelining {
		s.sent++
		return nil
	}
	s.wire.allow(s.pool.Timeouts.Command)
	s.begin(e)
	if err := s.writer.Flush(); err != nil {
		if said := s.lastWords(StageConnect); said != nil {
			return said
		}
		return &Error{Stage: StageConnect, Class: Unavailable, Err: err}
	}
	return nil
}

// finish sends the body and the final dot, together with the commands of the next
// envelope. After a refused recipient there is no body, only the dot that ends the
// transaction (S10).
func (s *session) finish(ctx context.Context, line Line, e *message.Envelope, refusal *Error) (next *message.Envelope, err error) {
	if refusal == nil {
		if refused := s.sendBody(e); refused != nil {
			line.Done(e, Reply{}, refused)
			return nil, refused
		}
	}
	io.WriteString(s.writer, ".\r\n")
	dotEnds := s.out.n + int64(s.writer.Buffered())
	if next = s.ready(ctx, line); next != nil && s.pipelining {
		s.begin(next)
		s.begun = next
	}
	broken := s.writer.Flush()
	if broken != nil && s.out.n < dotEnds {
		if refusal == nil {
			refusal = s.bodyError(broken)
		}
		line.Done(e, Reply{}, refusal)
		return next, broken
	}
	reply, outcome, ended := s.dotReply(refusal)
	if outcome == nil {
		s.took()
	}
	line.Done(e, reply, outcome)
	if ended = cmp.Or(ended, broken); ended != nil || outcome == nil {
		return next, ended
	}
	s.reset = s.begun == nil
	return next, s.endAfter(outcome)
}

// took notes that the server has taken a mail.
func (s *session) took() {
	s.settled++
	if s.pipelining && s.pool.halfAnswered.Load() != 0 {
		s.pool.halfAnswered.Store(0)
	}
}

// dotReply reads what the server says to the final dot. With a refusal the message was
// none, and the refusal stands whatever is said to the dot. ended says that the session is
// of no more use.
func (s *session) dotReply(refusal *Error) (accepted Reply, outcome *Error, ended error) {
	s.wire.allow(s.pool.Timeouts.Dot)
	reply, err := readReply(s.reader)
	if err == nil && reply.Code/100 == 3 {
		err = desync(reply)
	}
	switch {
	case refusal != nil:
		if err == nil && reply.Code == 421 {
			err = goodbye(reply)
		}
		return Reply{}, refusal, err
	case err != nil:
		return Reply{}, &Error{Stage: StageDot, Class: Retry, Uncertain: true, Err: err}, err
	case reply.Code/100 == 2:
		return reply, nil, nil
	}
	return Reply{}, &Error{Stage: StageDot, Class: Classify(StageDot, reply), Reply: reply}, nil
}

// sendBody writes the lines of e. An error says that e was not accepted: its dot has not
// gone out.
func (s *session) sendBody(e *message.Envelope) *Error {
	if early := s.unasked(); early != nil {
		if early.reply.Code < 400 {
			return &Error{Stage: StageBody, Class: Unavailable, Err: early.err}
		}
		return &Error{Stage: StageBody, Class: Classify(StageBody, early.reply), Reply: early.reply}
	}
	if _, err := e.WriteTo(s.writer); err != nil {
		return s.bodyError(err)
	}
	return nil
}

// bodyError says why a body could not be written, with the server's words if it left some.
func (s *session) bodyError(err error) *Error {
	if said := s.lastWords(StageBody); said != nil {
		return said
	}
	return &Error{Stage: StageBody, Class: Unavailable, Err: err}
}

// lastWords reads the refusal that a server sent before it closed the connection, if any.
func (s *session) lastWords(stage Stage) *Error {
	s.wire.allow(s.pool.Timeouts.Quit)
	reply, err := readReply(s.reader)
	if err != nil || reply.Code < 400 {
		return nil
	}
	return &Error{Stage: stage, Class: Classify(stage, reply), Reply: reply}
}

// A surprise is what a server says unasked: a goodbye, or a reply too many, after which no
// reply can be trusted.
type surprise struct {
	reply   Reply
	goodbye bool
	err     error
}

// unasked returns what is here although no reply is due, if there is something.
func (s *session) unasked() *surprise {
	if s.reader.Buffered() == 0 {
		return nil
	}
	s.wire.allow(s.pool.Timeouts.Quit)
	switch reply, err := readReply(s.reader); {
	case err != nil:
		return &surprise{err: err}
	case reply.Code == 421:
		return &surprise{reply, true, goodbye(reply)}
	default:
		return &surprise{reply, false, desync(reply)}
	}
}

// endAfter returns an error when the session shall not go on after a refusal: the server
// closes it, nobody can be served as things are, or the two do not understand each other.
func (s *session) endAfter(refusal *Error) error {
	switch {
	case refusal.Reply.Code == 421:
		return refusal
	case refusal.Class == Configuration, refusal.Class == Sender, refusal.Class == Content:
		return refusal
	case refusal.Class == Protocol:
		text := strings.ToLower(refusal.Reply.Text)
		if s.pipelining && containsAny(text, []string{"pipelin", "synchroni"}) {
			s.pool.halfAnswered.Store(2) // from the next connection on: one command at a time
			return refusal
		}
		if s.puzzled++; s.puzzled >= 3 {
			return fmt.Errorf("%w: %w", errMuddle, refusal)
		}
	default:
		s.settled++
	}
	return nil
}

// end closes the connection, with a goodbye where it is still of use. What the server
// thinks of that changes nothing (S7).
func (s *session) end(usable bool) {
	defer s.wire.Close()
	defer s.unwatch()
	if !usable {
		return
	}
	s.wire.allow(s.pool.Timeouts.Quit)
	io.WriteString(s.writer, "QUIT\r\n")
	if s.writer.Flush() == nil {
		_, _ = readReply(s.reader)
	}
}

// counter counts the octets that the connection took, and gives each block its time.
type counter struct {
	wire *wire
	w    *bufio.Writer
	wait time.Duration
	n    int64
}

// Write passes p on at once; the buffering is done before it.
func (c *counter) Write(p []byte) (int, error) {
	c.wire.allowWrite(c.wait)
	n, err := c.w.Write(p)
	if err == nil {
		err = c.w.Flush()
	}
	n -= c.w.Buffered() // what the connection did not take
	c.n += int64(n)
	return n, err
}

func goodbye(r Reply) error { return fmt.Errorf("the relay closes the connection: %s", r) }

func desync(r Reply) error {
	return fmt.Errorf("the relay's replies do not fit our commands, and the connection is given up: %s", r)
}

// timedOut reports whether the server was silent rather than gone.
func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
