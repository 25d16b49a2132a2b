// Package sink is an SMTP server that accepts everything and keeps nothing, or fails as
// it is told to: what the sender is tested and measured against. It is as quick as it can
// be, so that it is not the sender that waits for it.
package sink

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Sink is one server. Fields are set before Serve.
type Sink struct {
	// Extensions are the lines of the EHLO reply; nil means PIPELINING, SIZE and 8BITMIME.
	Extensions []string
	// Fault, if not nil, is asked at each step what is to go wrong. At "connect" and
	// "dot" recipient is "" or that of the message.
	Fault func(step, recipient string) Fault
	// Delay is added before each flush of replies: a round trip.
	Delay time.Duration
	// OnMessage, if not nil, gets each accepted message. data is only valid during the call.
	OnMessage func(from, to string, data []byte)
	// Login, if not "", is the one "user\x00password" that AUTH PLAIN accepts, and is required.
	Login string
	// LaxData answers DATA with 354 also when there is no recipient, as some servers do.
	LaxData bool

	accepted atomic.Int64
	mutex    sync.Mutex
	conns    map[net.Conn]bool
}

// A Fault is what goes wrong at a step.
type Fault struct {
	Reply string        // instead of the usual one: "451 4.7.1 try again later"
	Drop  bool          // close the connection instead of a reply
	Stall time.Duration // wait first
}

// Accepted returns the number of messages taken.
func (s *Sink) Accepted() int64 { return s.accepted.Load() }

// Listen starts the server on a free port of the loopback and stops it when ctx ends.
func (s *Sink) Listen(ctx context.Context) (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go s.Serve(ctx, l)
	return l.Addr().String(), nil
}

// Serve answers connections until ctx ends.
func (s *Sink) Serve(ctx context.Context, l net.Listener) error {
	s.mutex.Lock()
	s.conns = map[net.Conn]bool{}
	s.mutex.Unlock()
	stop := context.AfterFunc(ctx, func() {
		l.Close()
		s.mutex.Lock()
		defer s.mutex.Unlock()
		for c := range s.conns {
			c.Close()
		}
	})
	defer stop()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept: %w", err)
		}
		s.mutex.Lock()
		s.conns[c] = true
		s.mutex.Unlock()
		go func() {
			defer func() {
				c.Close()
				s.mutex.Lock()
				delete(s.conns, c)
				s.mutex.Unlock()
			}()
			_ = (&conversation{sink: s, conn: c, r: bufio.NewReaderSize(c, 64<<10), w: bufio.NewWriter(c)}).run()
		}()
	}
}

var errDropped = errors.New("dropped on purpose")

// A conversation is one connection.
type conversation struct {
	sink     *Sink
	conn     net.Conn
	r        *bufio.Reader
	w        *bufio.Writer
	from, to string
	mail     bool
	login    bool
	data     bytes.Buffer
}

func (c *conversation) run() error {
	if err := c.reply("connect", "220 sink ESMTP"); err != nil {
		return err
	}
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if err := c.command(strings.TrimRight(string(line), "\r\n")); err != nil {
			return err
		}
	}
}

func (c *conversation) command(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return c.ehlo()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		if c.mail {
			return c.reply("", "503 5.5.1 nested MAIL")
		}
		if c.sink.Login != "" && !c.login {
			return c.reply("", "530 5.7.0 log in first")
		}
		return c.accept("mail", "250 2.1.0 ok", func() { c.from, c.to, c.mail = path(rest), "", true })
	case "RCPT":
		if !c.mail {
			return c.reply("", "503 5.5.1 MAIL first")
		}
		to := path(rest)
		return c.acceptFor("rcpt", to, "250 2.1.5 ok", func() { c.to = to })
	case "DATA":
		return c.body()
	case "RSET":
		c.mail, c.to = false, ""
		return c.reply("rset", "250 2.0.0 ok")
	case "NOOP":
		return c.reply("", "250 2.0.0 ok")
	case "QUIT":
		_ = c.reply("", "221 2.0.0 bye")
		return io.EOF
	}
	return c.reply("", "500 5.5.2 not known")
}

func (c *conversation) ehlo() error {
	extensions := c.sink.Extensions
	if extensions == nil {
		extensions = []string{"PIPELINING", "SIZE 10485760", "8BITMIME"}
	}
	if c.sink.Login != "" {
		extensions = append([]string{"AUTH PLAIN LOGIN"}, extensions...)
	}
	lines := append([]string{"sink"}, extensions...)
	var b strings.Builder
	for i, l := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		fmt.Fprintf(&b, "250%s%s", sep, l)
		if i < len(lines)-1 {
			b.WriteString("\r\n")
		}
	}
	return c.reply("ehlo", b.String())
}

// accept answers a step, and does it unless a fault refuses it.
func (c *conversation) accept(step, ok string, do func()) error {
	return c.acceptFor(step, c.to, ok, do)
}

func (c *conversation) acceptFor(step, recipient, ok string, do func()) error {
	said, err := c.answer(step, recipient, ok)
	if err == nil && strings.HasPrefix(said, "2") {
		do()
	}
	return err
}

func (c *conversation) reply(step, text string) error {
	_, err := c.answer(step, c.to, text)
	return err
}

// answer sends a reply, or what the fault of the step wants instead. Replies are held
// back while the client's next command is here already, as PIPELINING allows.
func (c *conversation) answer(step, recipient, text string) (said string, err error) {
	if c.sink.Fault != nil && step != "" {
		f := c.sink.Fault(step, recipient)
		if f.Stall > 0 {
			c.w.Flush()
			time.Sleep(f.Stall)
		}
		if f.Drop {
			c.w.Flush()
			return "", errDropped
		}
		if f.Reply != "" {
			text = f.Reply
		}
	}
	c.w.WriteString(text)
	c.w.WriteString("\r\n")
	if strings.HasPrefix(text, "421") {
		c.w.Flush()
		return text, errDropped
	}
	if c.r.Buffered() == 0 {
		if c.sink.Delay > 0 {
			time.Sleep(c.sink.Delay)
		}
		err = c.w.Flush()
	}
	return text, err
}

// body reads a message up to its final dot.
func (c *conversation) body() error {
	if c.to == "" && !(c.sink.LaxData && c.mail) {
		return c.reply("data", "503 5.5.1 RCPT first")
	}
	said, err := c.answer("data", c.to, "354 go ahead")
	if err != nil || !strings.HasPrefix(said, "354") {
		return err
	}
	if c.sink.Fault != nil {
		if f := c.sink.Fault("body", c.to); f.Drop {
			_, _ = io.CopyN(io.Discard, c.r, 1000)
			return errDropped
		}
	}
	c.data.Reset()
	keep := c.sink.OnMessage != nil
	for start := true; ; {
		part, err := c.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if start && (bytes.Equal(part, []byte(".\r\n"))) {
			break
		}
		if start && part[0] == '.' {
			part = part[1:]
		}
		start = err == nil
		if keep {
			c.data.Write(part)
		}
	}
	from, to := c.from, c.to
	c.mail, c.to = false, ""
	if to == "" {
		return c.reply("", "554 5.5.1 no valid recipients")
	}
	said, err = c.answer("dot", to, "250 2.0.0 taken")
	// Taken also where only the reply is lost.
	if errors.Is(err, errDropped) && said == "" || strings.HasPrefix(said, "2") {
		c.sink.accepted.Add(1)
		if keep {
			c.sink.OnMessage(from, to, c.data.Bytes())
		}
	}
	return err
}

func (c *conversation) auth(rest string) error {
	mechanism, initial, _ := strings.Cut(rest, " ")
	if !strings.EqualFold(mechanism, "PLAIN") || c.sink.Login == "" {
		return c.reply("auth", "504 5.5.4 not known")
	}
	if !plainMatches(initial, c.sink.Login) {
		return c.reply("auth", "535 5.7.8 user or password is wrong")
	}
	return c.accept("auth", "235 2.7.0 welcome", func() { c.login = true })
}

// path returns the address of "FROM:<a@b> SIZE=1".
func path(rest string) string {
	_, rest, _ = strings.Cut(rest, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

// Copies counts messages for each recipient in little memory, and remembers a hash of the
// bytes, so that doubles can be told and compared.
type Copies struct {
	mutex sync.Mutex
	seed  maphash.Seed
	got   map[string][]uint64
}

// NewCopies returns an empty count.
func NewCopies() *Copies { return &Copies{seed: maphash.MakeSeed(), got: map[string][]uint64{}} }

// Note is an OnMessage function.
func (c *Copies) Note(_, to string, data []byte) {
	sum := maphash.Bytes(c.seed, data)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.got[to] = append(c.got[to], sum)
}

// Recipients returns how many different recipients have got something.
func (c *Copies) Recipients() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.got)
}

// Of returns how many copies a recipient got.
func (c *Copies) Of(to string) int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.got[to])
}

// Twice returns how many recipients got more than one copy, and how many of these got
// copies that differ.
func (c *Copies) Twice() (twice, different int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, sums := range c.got {
		if len(sums) < 2 {
			continue
		}
		twice++
		for _, s := range sums[1:] {
			if s != sums[0] {
				different++
				break
			}
		}
	}
	return twice, different
}
