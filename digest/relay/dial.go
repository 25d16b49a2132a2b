package relay

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// Timeouts are the longest waits of a session (RFC 5321 §4.5.3.2, mail-standards S1).
type Timeouts struct {
	Connect time.Duration // the TCP handshake, and that of TLS on a port of its own
	Hello   time.Duration // greeting, EHLO, STARTTLS and AUTH together
	Command time.Duration // MAIL and RCPT replies
	Reset   time.Duration // RSET replies; 0 means 20 s
	Data    time.Duration // the reply to DATA
	Block   time.Duration // writing 64 kB of the message
	Dot     time.Duration // the reply to the final dot, or to the last BDAT
	Quit    time.Duration
	Drain   time.Duration // all that is under way when the program ends; 0 means 30 s
}

func (t Timeouts) reset() time.Duration { return cmp.Or(t.Reset, 20*time.Second) }

// DefaultTimeouts returns those of RFC 5321.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		Connect: 30 * time.Second, Hello: 5 * time.Minute, Command: 5 * time.Minute, Reset: 20 * time.Second,
		Data: 2 * time.Minute, Block: 3 * time.Minute, Dot: 10 * time.Minute, Quit: 5 * time.Second, Drain: 30 * time.Second,
	}
}

// maxHello is how much a server may send before the first mail.
const maxHello = 1 << 20

// dial opens a session up to and with AUTH. A relay that refuses a token gets a fresh one,
// once.
func (p *Pool) dial(ctx context.Context) (*session, *Error) {
	s, used, err := p.dialWith(ctx, "")
	if err != nil && used != "" && err.Stage == StageAuth && err.Reply.Code == 535 {
		s, _, err = p.dialWith(ctx, used)
	}
	return s, err
}

// dialWith opens a session. It returns the token it used, which is another than refused.
func (p *Pool) dialWith(ctx context.Context, refused string) (s *session, token string, failed *Error) {
	if p.Token != nil {
		var err error
		if token, err = p.token(ctx, refused); err != nil {
			return nil, "", &Error{Stage: StageAuth, Class: Unavailable, Err: err}
		}
	}
	dialer := &net.Dialer{Timeout: p.Timeouts.Connect}
	c, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(p.Address.Host, strconv.Itoa(p.Address.Port)))
	if err != nil {
		return nil, "", &Error{Stage: StageConnect, Class: Unavailable, Err: err}
	}
	w := &wire{Conn: c, room: maxHello}
	stop := context.AfterFunc(ctx, func() { w.shorten(0) }) // nothing is under way yet
	client, failed := p.greet(ctx, w)
	if failed == nil {
		failed = p.login(client, w, token)
	}
	if !stop() && failed == nil {
		failed = &Error{Stage: StageConnect, Class: Unavailable, Err: context.Cause(ctx)}
	}
	if failed != nil {
		w.Close()
		return nil, token, failed
	}
	w.trust()
	return p.newSession(ctx, client, w), token, nil
}

// newSession goes on where the connection is greeted, encrypted and logged in.
func (p *Pool) newSession(ctx context.Context, client *smtp.Client, w *wire) *session {
	s := &session{pool: p, wire: w, reader: client.Text.R, opened: time.Now()}
	s.out = counter{wire: w, w: client.Text.W, wait: p.Timeouts.Block}
	s.writer = bufio.NewWriterSize(&s.out, 64<<10)
	s.pipelining, _ = client.Extension("PIPELINING")
	s.pipelining = s.pipelining && p.halfAnswered.Load() < 2
	s.window = 1
	if chunking, _ := client.Extension("CHUNKING"); chunking && s.pipelining && !p.noChunks.Load() {
		s.window = p.Window
	}
	s.utf8, _ = client.Extension("SMTPUTF8")
	s.dsn, _ = client.Extension("DSN")
	var most string
	s.sized, most = client.Extension("SIZE")
	s.size, _ = strconv.ParseInt(most, 10, 64) // 0 is no limit, as RFC 1870 §4 has it
	s.unwatch = context.AfterFunc(ctx, func() { w.shorten(cmp.Or(p.Timeouts.Drain, 30*time.Second)) })
	return s
}

// greet says EHLO and encrypts, with go-mail. A wrong certificate or a missing STARTTLS
// ends it; nothing is ever sent in clear text instead (A10).
func (p *Pool) greet(ctx context.Context, w *wire) (*smtp.Client, *Error) {
	config := &tls.Config{ServerName: p.Address.Host, MinVersion: tls.VersionTLS12, RootCAs: p.RootCAs}
	implicit := p.Address.Scheme == "smtps"
	if !implicit && !p.Address.StartTLS && !p.Cleartext && !isLoopback(w.RemoteAddr()) {
		return nil, &Error{Stage: StageTLS, Class: Configuration, Err: fmt.Errorf(
			"the relay %s is another machine and would get mail in clear text; use TLS, or set cleartext = true if that is meant", p.Address.Host)}
	}
	var c net.Conn = w
	if implicit {
		w.allow(p.Timeouts.Connect)
		encrypted := tls.Client(w, config)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, p.tlsError(err)
		}
		c = encrypted
	}
	w.allow(p.Timeouts.Hello)
	client, err := smtp.NewClient(c, p.Address.Host)
	if err != nil {
		return nil, serverError(StageConnect, err)
	}
	if err := client.Hello(p.hello(w.LocalAddr())); err != nil {
		return nil, serverError(StageConnect, err)
	}
	if p.Address.StartTLS {
		return client, p.startTLS(client, config)
	}
	return client, nil
}

func (p *Pool) startTLS(client *smtp.Client, config *tls.Config) *Error {
	if ok, _ := client.Extension("STARTTLS"); !ok {
		return &Error{Stage: StageTLS, Class: Configuration, Err: errors.New(
			"the relay offers no encryption (STARTTLS) where it is required; use its smtps port, or check that nobody strips it on the way")}
	}
	clear := client.Text
	if err := client.StartTLS(config); err != nil {
		return p.tlsError(err)
	}
	// What somebody put behind the 220 in clear text was left there unread, and who does
	// that has a reason (CVE-2011-0411 the other way round).
	if clear.R.Buffered() > 0 {
		return &Error{Stage: StageTLS, Class: Configuration, Err: errors.New(
			"somebody spoke in clear text after the relay had agreed to encrypt; check the network between here and the relay")}
	}
	return nil
}

// tlsError tells a fault of the network, which passes, from one of certificates or
// versions, which needs a person.
func (p *Pool) tlsError(err error) *Error {
	var reply *textproto.Error
	var network *net.OpError
	var unverified *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.As(err, &reply):
		return serverError(StageTLS, err)
	case errors.As(err, &unverified):
		err = fmt.Errorf("the relay's certificate is not to be trusted for %s: %w", p.Address.Host, err)
	case errors.As(err, &notTLS):
		err = fmt.Errorf("the relay does not speak TLS on port %d: %w", p.Address.Port, err)
	case errors.As(err, &network) && (network.Op == "read" || network.Op == "write"),
		errors.Is(err, io.EOF), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Stage: StageTLS, Class: Unavailable, Err: err}
	}
	return &Error{Stage: StageTLS, Class: Configuration, Err: err}
}

// serverError wraps an error of go-mail, with the server's reply where there was one.
func serverError(stage Stage, err error) *Error {
	var said *textproto.Error
	if !errors.As(err, &said) {
		return &Error{Stage: stage, Class: Unavailable, Err: err}
	}
	text := strings.ReplaceAll(said.Msg, "\n", " ")
	reply := Reply{Code: said.Code}
	if enhanced, rest, ok := cutEnhanced(text); ok {
		reply.Enhanced, text = enhanced, rest
	}
	reply.Text = printable(text, maxReplyText)
	return &Error{Stage: stage, Class: Classify(stage, reply), Reply: reply}
}

// hello is our name in EHLO: the one configured, else the host's if it has a domain, else
// the address of this side of the connection (A13, RFC 5321 §4.1.3).
func (p *Pool) hello(local net.Addr) string {
	if p.Hello != "" {
		return p.Hello
	}
	if name, err := os.Hostname(); err == nil && strings.Contains(strings.Trim(name, "."), ".") && isHostName(name) {
		return name
	}
	return literal(local)
}

// literal writes an address as RFC 5321 §4.1.3 has it: [192.0.2.1] or [IPv6:2001:db8::1].
func literal(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return "[127.0.0.1]"
	}
	ip := at.Addr().Unmap().WithZone("")
	if ip.Is6() {
		return "[IPv6:" + ip.String() + "]"
	}
	return "[" + ip.String() + "]"
}

func isHostName(name string) bool {
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}

func isLoopback(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}
