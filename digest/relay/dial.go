package relay

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Timeouts are the longest waits of a session (RFC 5321 §4.5.3.2, mail-standards S1).
type Timeouts struct {
	Connect time.Duration // TCP and TLS handshakes
	Hello   time.Duration // greeting, EHLO, STARTTLS and AUTH together
	Command time.Duration // MAIL, RCPT and RSET replies
	Data    time.Duration // the reply to DATA
	Block   time.Duration // writing the message
	Dot     time.Duration // the reply to the final dot
	Quit    time.Duration
}

// DefaultTimeouts returns those of RFC 5321.
func DefaultTimeouts() Timeouts {
	return Timeouts{
		Connect: 30 * time.Second, Hello: 5 * time.Minute, Command: 5 * time.Minute, Data: 2 * time.Minute,
		Block: 3 * time.Minute, Dot: 10 * time.Minute, Quit: 5 * time.Second,
	}
}

// dial opens a session up to and with AUTH. go-mail does this part: dial, EHLO, STARTTLS,
// login. A wrong certificate or a missing STARTTLS ends it; nothing is ever sent in clear
// text instead.
func (p *Pool) dial(ctx context.Context) (*session, error) {
	var raw net.Conn
	config := &tls.Config{ServerName: p.Address.Host, MinVersion: tls.VersionTLS12, RootCAs: p.RootCAs}
	policy := gomail.NoTLS
	if p.Address.StartTLS {
		policy = gomail.TLSMandatory
	}
	client, err := gomail.NewClient(p.Address.Host, gomail.WithPort(p.Address.Port), gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(config), gomail.WithHELO(p.hello()), gomail.WithTimeout(p.Timeouts.Hello),
		gomail.WithoutSMTPUTF8(), // we say it ourselves, and only where an address needs it
		gomail.WithDialContextFunc(func(ctx context.Context, network, addr string) (c net.Conn, err error) {
			ctx, cancel := context.WithTimeout(ctx, p.Timeouts.Connect)
			defer cancel()
			dialer := &net.Dialer{}
			if p.Address.Scheme == "smtps" {
				c, err = (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, network, addr)
			} else {
				c, err = dialer.DialContext(ctx, network, addr)
			}
			if err == nil { // else c is an interface that holds a nil pointer
				raw = c
			}
			return c, err
		}))
	if err != nil {
		return nil, &Error{Stage: StageConnect, Class: Configuration, Err: err}
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, closeAfter(raw, dialError(err))
	}
	if err := p.login(conn); err != nil {
		return nil, closeAfter(raw, err)
	}
	s := &session{pool: p, client: conn, opened: time.Now(), reader: conn.Text.R}
	s.out.w = conn.Text
	s.writer = bufio.NewWriterSize(&s.out, 64<<10)
	s.pipelining, _ = conn.Extension("PIPELINING")
	s.utf8, _ = conn.Extension("SMTPUTF8")
	s.size, _ = conn.Extension("SIZE")
	return s, nil
}

// closeAfter closes what go-mail leaves open when it fails half way.
func closeAfter(raw net.Conn, err error) error {
	if raw != nil {
		raw.Close()
	}
	return err
}

// login authenticates with the first mechanism that both sides know. It never does so in
// clear text to another machine (A12).
func (p *Pool) login(conn *smtp.Client) error {
	if p.Address.User == "" {
		return nil
	}
	ok, offered := conn.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	has := func(name string) bool {
		for _, m := range mechanisms {
			if m == name {
				return true
			}
		}
		return false
	}
	var auth smtp.Auth
	switch {
	case ok && has("PLAIN"):
		auth = smtp.PlainAuth("", p.Address.User, p.Address.Password, p.Address.Host, p.Cleartext)
	case ok && has("LOGIN"):
		auth = smtp.LoginAuth(p.Address.User, p.Address.Password, p.Address.Host, p.Cleartext)
	default:
		return &Error{Stage: StageAuth, Class: Configuration, Err: errors.New(
			"the relay offers no login by password (PLAIN or LOGIN); take user and password out of its URL, or use the port that it is offered on")}
	}
	if err := conn.Auth(auth); err != nil {
		return serverError(StageAuth, err)
	}
	return nil
}

func dialError(err error) *Error {
	var unknown *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return &Error{Stage: StageTLS, Class: Configuration, Err: err}
	case strings.Contains(err.Error(), "STARTTLS mode set"):
		return &Error{Stage: StageTLS, Class: Configuration, Err: errors.New(
			"the relay offers no encryption (STARTTLS) where it is required; use its smtps port, or check that nobody strips it on the way")}
	}
	return serverError(StageConnect, err)
}

// serverError wraps an error of go-mail, with the server's reply where there was one.
func serverError(stage Stage, err error) *Error {
	var said *textproto.Error
	if !errors.As(err, &said) {
		return &Error{Stage: stage, Class: Unavailable, Err: err}
	}
	reply := Reply{Code: said.Code, Text: printable(said.Msg, maxReplyText)}
	if enhanced, rest, ok := cutEnhanced(reply.Text); ok {
		reply.Enhanced, reply.Text = enhanced, rest
	}
	return &Error{Stage: stage, Class: Classify(stage, reply), Reply: reply}
}
