package sink

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"
)

var errDropped = errors.New("dropped on purpose")

// A conversation is one connection.
type conversation struct {
	sink      *Sink
	raw       net.Conn
	encrypted bool
	r         *bufio.Reader
	w         *bufio.Writer
	late      *late
	from, to  string
	mail      bool
	login     bool
	data      bytes.Buffer
	chunks    bool // data has the beginning of a mail that comes by BDAT
	spoilt    bool // a chunk was refused
}

func (c *conversation) run() error {
	if err := c.reply("connect", "220 sink ESMTP"); err != nil {
		return err
	}
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if err := c.command(line); err != nil {
			return err
		}
	}
}

func (c *conversation) line() (string, error) {
	if c.sink.Idle > 0 {
		_ = c.raw.SetReadDeadline(time.Now().Add(c.sink.Idle))
	}
	part, err := c.r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.w.WriteString("421 4.4.2 you say nothing\r\n")
		}
		return "", err
	}
	line := strings.TrimRight(string(part), "\r\n")
	if c.sink.OnCommand != nil {
		c.sink.OnCommand(line, c.encrypted)
	}
	return line, nil
}

func (c *conversation) command(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		c.mail, c.to = false, ""
		return c.reply("ehlo", c.greeting())
	case "STARTTLS":
		return c.startTLS()
	case "AUTH":
		return c.auth(rest)
	case "MAIL":
		if c.mail {
			return c.reply("", "503 5.5.1 nested MAIL")
		}
		if c.sink.guarded() && !c.login {
			return c.reply("", "530 5.7.0 log in first")
		}
		return c.accept("mail", c.to, "250 2.1.0 ok", func() { c.from, c.to, c.mail = path(rest), "", true })
	case "RCPT":
		if !c.mail {
			return c.reply("", "503 5.5.1 MAIL first")
		}
		to := path(rest)
		return c.accept("rcpt", to, "250 2.1.5 ok", func() { c.to = to })
	case "DATA":
		return c.body()
	case "BDAT":
		if c.sink.Chunking {
			return c.chunk(rest)
		}
	case "RSET":
		return c.accept("rset", c.to, "250 2.0.0 ok", c.forget)
	case "NOOP":
		return c.reply("", "250 2.0.0 ok")
	case "QUIT":
		_ = c.reply("", "221 2.0.0 bye")
		return io.EOF
	}
	return c.reply("", "500 5.5.2 not known")
}

// greeting is the reply to EHLO.
func (c *conversation) greeting() string {
	lines := []string{"sink"}
	if c.sink.TLS != nil && !c.encrypted {
		lines = append(lines, "STARTTLS")
	}
	if c.sink.guarded() {
		lines = append(lines, "AUTH "+strings.Join(c.sink.mechanisms(), " "))
	}
	if c.sink.Extensions == nil {
		lines = append(lines, "PIPELINING", "SIZE 10485760", "8BITMIME")
	}
	if c.sink.Chunking {
		lines = append(lines, "CHUNKING")
	}
	lines = append(lines, slices.DeleteFunc(slices.Clone(c.sink.Extensions), func(e string) bool { return e == "" })...)
	last := len(lines) - 1
	for i := range lines[:last] {
		lines[i] = "250-" + lines[i]
	}
	lines[last] = "250 " + lines[last]
	return strings.Join(lines, "\r\n")
}

// startTLS encrypts. What the client sent in clear text after its command is forgotten.
func (c *conversation) startTLS() error {
	if c.sink.TLS == nil || c.encrypted {
		return c.reply("", "502 5.5.1 not offered")
	}
	answer := "220 2.0.0 go ahead"
	if c.sink.Injected != "" {
		answer += "\r\n" + c.sink.Injected
	}
	said, err := c.answer(c.fault("starttls", ""), answer)
	if err != nil || !strings.HasPrefix(said, "220") {
		return err
	}
	if err := c.w.Flush(); err != nil {
		return err
	}
	encrypted := tls.Server(c.raw, c.sink.TLS)
	if err := encrypted.Handshake(); err != nil {
		return err
	}
	c.encrypted, c.login = true, false
	c.use(encrypted)
	return nil
}

// accept answers a step, and does it unless a fault refuses it.
func (c *conversation) accept(step, recipient, ok string, do func()) error {
	said, err := c.answer(c.fault(step, recipient), ok)
	if err == nil && strings.HasPrefix(said, "2") {
		do()
	}
	return err
}

func (c *conversation) reply(step, text string) error {
	_, err := c.answer(c.fault(step, c.to), text)
	return err
}

func (c *conversation) fault(step, recipient string) Fault {
	if c.sink.Fault == nil || step == "" {
		return Fault{}
	}
	return c.sink.Fault(step, recipient)
}

// answer sends a reply, or what the fault wants instead.
func (c *conversation) answer(f Fault, text string) (said string, err error) {
	if c.sink.Deaf {
		_, _ = c.r.Discard(c.r.Buffered())
	}
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
	if !f.Mute {
		c.w.WriteString(text + "\r\n")
	}
	if f.Twice {
		c.w.WriteString(text + "\r\n")
	}
	if strings.HasPrefix(text, "421") {
		c.w.Flush()
		return text, errDropped
	}
	return text, nil
}

// body reads a message up to its final dot.
func (c *conversation) body() error {
	if c.to == "" && !(c.sink.LaxData && c.mail) {
		return c.reply("data", "503 5.5.1 RCPT first")
	}
	said, err := c.answer(c.fault("data", c.to), "354 go ahead")
	if err != nil || !strings.HasPrefix(said, "354") {
		return err
	}
	if err := c.breakOff(1000); err != nil {
		return err
	}
	c.data.Reset()
	if err := c.content(c.sink.OnMessage != nil); err != nil {
		return err
	}
	if c.to == "" {
		c.forget()
		return c.reply("", "554 5.5.1 no valid recipients")
	}
	return c.take()
}

// breakOff ends the connection after some octets of a mail, if a fault wants that.
func (c *conversation) breakOff(after int) error {
	f := c.fault("body", c.to)
	if !f.Drop && f.Reply == "" {
		return nil
	}
	_, _ = c.r.Discard(after)
	if f.Reply != "" {
		c.w.WriteString(f.Reply + "\r\n")
	}
	c.w.Flush()
	return errDropped
}

// take takes the mail that is here, unless a fault refuses it.
func (c *conversation) take() error {
	from, to := c.from, c.to
	c.forget()
	f := c.fault("dot", to)
	if f.Reply == "" || strings.HasPrefix(f.Reply, "2") { // taken also where only the reply is lost
		if c.sink.OnMessage != nil {
			c.sink.OnMessage(from, to, c.data.Bytes())
		}
		c.sink.accepted.Add(1)
	}
	_, err := c.answer(f, "250 2.0.0 taken")
	return err
}

// forget ends the transaction.
func (c *conversation) forget() { c.mail, c.to, c.chunks, c.spoilt = false, "", false, false }

// content reads the lines up to the final dot, and keeps them if somebody wants them.
func (c *conversation) content(keep bool) error {
	for start := true; ; {
		part, err := c.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if start && bytes.Equal(part, []byte(".\r\n")) {
			return nil
		}
		if start && part[0] == '.' {
			part = part[1:]
		}
		start = err == nil
		if keep {
			c.data.Write(part)
		}
	}
}

// path returns the address of "FROM:<a@b> SIZE=1".
func path(rest string) string {
	_, rest, _ = strings.Cut(rest, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}
