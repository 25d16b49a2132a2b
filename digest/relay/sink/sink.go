// Package sink is an SMTP server that accepts everything and keeps nothing, or fails as
// it is told to: what the sender is tested and measured against. It is as quick as it can
// be, so that it is not the sender that waits for it.
package sink

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Sink is one server. Fields are set before Serve.
type Sink struct {
	// Extensions are the lines of the EHLO reply; nil means PIPELINING, SIZE and 8BITMIME.
	// STARTTLS and AUTH are added where the fields below ask for them.
	Extensions []string
	// Chunking offers CHUNKING and knows BDAT (RFC 3030). Without it BDAT is not known, also
	// if Extensions offer it.
	Chunking bool
	// Fault, if not nil, is asked at each step what is to go wrong. At "connect" and
	// "dot" recipient is "" or that of the message. A mail that comes by BDAT has the steps
	// of one that comes by DATA: "data" is the first command, "body" the content, "dot"
	// the end of the last chunk.
	Fault func(step, recipient string) Fault
	// Delay is how long replies are on their way: a round trip.
	Delay time.Duration
	// OnMessage, if not nil, gets each accepted message, before it is answered. data is
	// only valid during the call.
	OnMessage func(from, to string, data []byte)
	// OnCommand, if not nil, gets each line of a command.
	OnCommand func(line string, encrypted bool)
	// Idle, if not 0, is how long a client may say nothing before it is sent away.
	Idle time.Duration

	// TLS, if not nil, is offered by STARTTLS, or used from the first byte if Implicit.
	TLS      *tls.Config
	Implicit bool
	// Injected is sent in clear text behind the reply to STARTTLS, as an attacker would.
	Injected string

	// Login, if not "", is the one "user\x00password" that AUTH PLAIN and LOGIN accept,
	// and is required.
	Login string
	// Token, if not nil, says which "user\x00token" AUTH XOAUTH2 accepts; it is required.
	Token func(login string) bool
	// Mechanisms are those of the EHLO reply; nil means all that can be used.
	Mechanisms []string

	// Deaf throws away what the client sends ahead of a reply, as some firewalls do.
	Deaf bool
	// LaxData answers DATA with 354 also when there is no recipient, as some servers do.
	LaxData bool

	accepted atomic.Int64
	mutex    sync.Mutex
	conns    map[net.Conn]bool
}

// A Fault is what goes wrong at a step.
type Fault struct {
	Reply string        // instead of the usual one: "451 4.7.1 try again later"
	Drop  bool          // close the connection; at "dot" the message is taken before, if there is no Reply
	Stall time.Duration // wait first
	Mute  bool          // do it, but do not reply
	Twice bool          // reply twice
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

// Serve answers connections until ctx ends, and then waits for what it was doing.
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
	var open sync.WaitGroup
	defer open.Wait()
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
		open.Go(func() {
			defer func() {
				c.Close()
				s.mutex.Lock()
				delete(s.conns, c)
				s.mutex.Unlock()
			}()
			_ = s.converse(c)
		})
	}
}

func (s *Sink) converse(c net.Conn) error {
	v := &conversation{sink: s, raw: c}
	if s.TLS != nil && s.Implicit {
		encrypted := tls.Server(c, s.TLS)
		v.encrypted = true
		v.use(encrypted)
	} else {
		v.use(c)
	}
	err := v.run()
	v.leave()
	return err
}

// use talks over c from now on, and forgets what was read from another before. Replies
// are held back while the client's next command is here already, as PIPELINING allows.
func (c *conversation) use(conn net.Conn) {
	c.leave()
	var w io.Writer = conn
	if c.sink.Delay > 0 {
		c.late = newLate(conn, c.sink.Delay)
		w = c.late
	}
	c.w = bufio.NewWriter(w)
	c.r = bufio.NewReaderSize(flushing{conn, c.w}, 64<<10)
}

// leave lets the client have what was said so far.
func (c *conversation) leave() {
	if c.w != nil {
		_ = c.w.Flush() // the client may be gone
	}
	if c.late != nil {
		c.late.end()
	}
}

// A flushing reader flushes a writer before it may have to wait.
type flushing struct {
	net.Conn
	w *bufio.Writer
}

func (f flushing) Read(p []byte) (int, error) {
	if err := f.w.Flush(); err != nil {
		return 0, err
	}
	return f.Conn.Read(p)
}
