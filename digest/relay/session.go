package relay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/wneessen/go-mail/smtp"
)

// A Line is one connection's way to the outbox. It is used by one goroutine.
type Line interface {
	// Next waits for an envelope. It returns nil when there is nothing left to send or
	// ctx has ended.
	Next(ctx context.Context) *message.Envelope
	// Ready returns an envelope if one can be had without waiting, else nil.
	Ready() *message.Envelope
	// Done tells what became of an envelope that Next or Ready gave: accepted with the
	// reply, or not with the error.
	Done(e *message.Envelope, accepted Reply, err *Error)
}

// A session is an open, authenticated connection. From here on we speak SMTP ourselves:
// with PIPELINING the end of one message and the MAIL, RCPT and DATA of the next travel
// together (RFC 2920 §3.1), so that a message costs one round trip.
type session struct {
	pool   *Pool
	client *smtp.Client
	reader *bufio.Reader
	writer *bufio.Writer
	out    counter

	pipelining, utf8, size bool

	opened time.Time
	sent   int  // messages begun
	reset  bool // a transaction is half open: RSET before the next MAIL (S7)
}

// counter counts the bytes that the connection took.
type counter struct {
	w *textproto.Conn
	n int64
}

// Write passes p on at once; the buffering is done before it.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.W.Write(p)
	c.n += int64(n)
	if err == nil {
		err = c.w.W.Flush()
	}
	return n, err
}

// serve sends first and what the line gives after it, until there is nothing left, the
// session has served long enough (S8), or it broke. It has told the line about every
// envelope it took.
func (s *session) serve(ctx context.Context, line Line, first *message.Envelope) error {
	current, begun := first, false
	for current != nil {
		next, err := s.transact(ctx, line, current, begun)
		if err != nil {
			return err
		}
		begun = next != nil && s.pipelining
		if next == nil && !s.worn() {
			next = s.await(ctx, line)
		}
		current = next
	}
	return nil
}

// await waits for work, but lets the session close rather than idle for long, and leaves
// the waiting for a rate limit to the pool.
func (s *session) await(ctx context.Context, line Line) *message.Envelope {
	if s.pool.limiter != nil && s.pool.wait(ctx) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sessionIdle)
	defer cancel()
	return line.Next(ctx)
}

// worn reports whether the session has served its time.
func (s *session) worn() bool {
	return s.sent >= s.pool.messages() || time.Since(s.opened) > sessionAge
}

// transact sends e and tells the line what became of it. begun says that its commands are
// on the way already. It returns the next envelope, if one was at hand, with its commands
// sent; an error means that the session is of no more use.
func (s *session) transact(ctx context.Context, line Line, e *message.Envelope, begun bool) (next *message.Envelope, err error) {
	if refusal := s.refuse(e); refusal != nil && !begun {
		line.Done(e, Reply{}, refusal)
		return s.ready(ctx, line), nil
	}
	if !begun && s.pipelining {
		if err := s.flushing(s.pool.Timeouts.Command, func() { s.begin(e) }); err != nil {
			return nil, s.broke(line, e, StageMail, err)
		}
	}
	refusal, takesData, err := s.answers(e)
	if err != nil {
		return nil, s.broke(line, e, StageMail, err)
	}
	if refusal != nil && refusal.Class == Unavailable && refusal.Reply.Code == 421 {
		line.Done(e, Reply{}, refusal)
		return nil, refusal
	}
	if takesData {
		return s.finish(ctx, line, e, refusal)
	}
	s.reset = true
	line.Done(e, Reply{}, refusal)
	if fatal(refusal) {
		return nil, refusal
	}
	next = s.ready(ctx, line)
	if next != nil && s.pipelining {
		if err := s.flushing(s.pool.Timeouts.Command, func() { s.begin(next) }); err != nil {
			return nil, s.broke(line, next, StageMail, err)
		}
	}
	return next, nil
}

// finish sends the body and the final dot, together with the commands of the next
// envelope. After a refused recipient there is no body, only the dot that ends the
// transaction (S10).
func (s *session) finish(ctx context.Context, line Line, e *message.Envelope, refusal *Error) (next *message.Envelope, err error) {
	s.deadline(s.pool.Timeouts.Block)
	if refusal == nil {
		if _, err := e.WriteTo(s.writer); err != nil {
			return nil, s.broke(line, e, StageBody, err)
		}
	}
	io.WriteString(s.writer, ".\r\n")
	dotEnds := s.out.n + int64(s.writer.Buffered())
	if next = s.ready(ctx, line); next != nil && s.pipelining {
		s.begin(next)
	}
	giveBack := func() {
		if next != nil {
			line.Done(next, Reply{}, &Error{Stage: StageConnect, Class: Unavailable, Err: errors.New("the connection ended before its turn")})
		}
	}
	if err := s.writer.Flush(); err != nil && s.out.n < dotEnds {
		giveBack()
		return nil, s.broke(line, e, StageBody, err)
	}
	s.deadline(s.pool.Timeouts.Dot)
	reply, err := readReply(s.reader)
	switch {
	case refusal != nil && err == nil:
		line.Done(e, Reply{}, refusal)
	case refusal != nil:
		line.Done(e, Reply{}, refusal)
	case err != nil:
		line.Done(e, Reply{}, &Error{Stage: StageDot, Class: Retry, Uncertain: true, Err: err})
	case reply.Code/100 == 2:
		line.Done(e, reply, nil)
	default:
		broken := &Error{Stage: StageDot, Class: Classify(StageDot, reply), Reply: reply}
		line.Done(e, Reply{}, broken)
		if reply.Code == 421 || fatal(broken) {
			err = broken
		}
	}
	if err != nil {
		giveBack()
		return nil, err
	}
	return next, nil
}

// begin writes the commands of e into the buffer.
func (s *session) begin(e *message.Envelope) {
	if s.reset {
		io.WriteString(s.writer, "RSET\r\n")
	}
	fmt.Fprintf(s.writer, "MAIL FROM:<%s>%s\r\nRCPT TO:<%s>\r\nDATA\r\n", e.From, s.parameters(e), e.To)
	s.sent++
}

func (s *session) parameters(e *message.Envelope) string {
	p := ""
	if s.size {
		p = fmt.Sprintf(" SIZE=%d", e.Size)
	}
	if e.UTF8 {
		p += " SMTPUTF8"
	}
	return p
}

// answers reads the replies to the commands of e, and sends these one by one where the
// server knows no PIPELINING. takesData says that DATA was answered with 354.
func (s *session) answers(e *message.Envelope) (refusal *Error, takesData bool, err error) {
	commands := []struct {
		stage Stage
		text  string
		wait  time.Duration
	}{
		{StageMail, "MAIL FROM:<" + e.From + ">" + s.parameters(e), s.pool.Timeouts.Command},
		{StageRcpt, "RCPT TO:<" + e.To + ">", s.pool.Timeouts.Command},
		{StageData, "DATA", s.pool.Timeouts.Data},
	}
	if s.reset {
		s.reset = false
		reply, err := s.ask("RSET", s.pool.Timeouts.Command)
		if err != nil {
			return nil, false, err
		}
		if reply.Code/100 != 2 {
			return nil, false, fmt.Errorf("RSET was answered with %s", reply)
		}
	}
	if !s.pipelining {
		s.sent++
	}
	for _, c := range commands {
		reply, err := s.ask(c.text, c.wait)
		if err != nil {
			return nil, false, err
		}
		switch {
		case c.stage == StageData && reply.Code == 354:
			return refusal, true, nil
		case c.stage != StageData && reply.Code/100 == 2:
		case refusal == nil:
			refusal = &Error{Stage: c.stage, Class: Classify(c.stage, reply), Reply: reply}
		}
		if refusal != nil && (!s.pipelining || reply.Code == 421) {
			return refusal, false, nil
		}
	}
	return refusal, false, nil
}

// ask sends a command, unless it went out with its group, and reads the reply.
func (s *session) ask(command string, wait time.Duration) (Reply, error) {
	s.deadline(wait)
	if !s.pipelining {
		io.WriteString(s.writer, command+"\r\n")
		if err := s.writer.Flush(); err != nil {
			return Reply{}, err
		}
	}
	return readReply(s.reader)
}

// refuse returns an error for an envelope that this server cannot be asked to take.
func (s *session) refuse(e *message.Envelope) *Error {
	if e.UTF8 && !s.utf8 {
		return &Error{Stage: StageRcpt, Class: Hard, Err: errors.New("the relay does not take addresses with other letters than ASCII before the @ (SMTPUTF8)")}
	}
	return nil
}

// broke tells the line that e was not accepted: its final dot had not gone out.
func (s *session) broke(line Line, e *message.Envelope, stage Stage, err error) error {
	line.Done(e, Reply{}, &Error{Stage: stage, Class: Unavailable, Err: err})
	return err
}

// ready returns the next envelope if there is one at hand, the session is not worn and the
// envelope may go through it.
func (s *session) ready(ctx context.Context, line Line) *message.Envelope {
	if s.worn() || ctx.Err() != nil || !s.pool.allow() {
		return nil
	}
	for {
		e := line.Ready()
		if e == nil {
			return nil
		}
		refusal := s.refuse(e)
		if refusal == nil {
			return e
		}
		line.Done(e, Reply{}, refusal)
	}
}

// flushing writes what fill puts into the buffer.
func (s *session) flushing(wait time.Duration, fill func()) error {
	s.deadline(wait)
	fill()
	return s.writer.Flush()
}

func (s *session) deadline(d time.Duration) { _ = s.client.UpdateDeadline(d) }

// quit says goodbye; what the server thinks of it changes nothing (S7).
func (s *session) quit() {
	s.deadline(s.pool.Timeouts.Quit)
	io.WriteString(s.writer, "QUIT\r\n")
	if s.writer.Flush() == nil {
		_, _ = readReply(s.reader)
	}
	s.client.Text.Close()
}

// fatal reports whether nobody can be served as things are.
func fatal(e *Error) bool {
	return e.Class == Configuration || e.Class == Sender || e.Class == Content
}
