package relay

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// login authenticates with the first mechanism that both sides know. It never does so in
// clear text to another machine, whatever the settings allow for mail (A12).
func (p *Pool) login(client *smtp.Client, w *wire, token string) *Error {
	if p.Address.User == "" {
		return nil
	}
	if _, encrypted := client.TLSConnectionState(); !encrypted && !isLoopback(w.RemoteAddr()) {
		return &Error{Stage: StageAuth, Class: Configuration, Err: errors.New(
			"the relay is another machine and would get the password in clear text; use TLS, or a relay that needs no password")}
	}
	auth, err := p.mechanism(client, token)
	if err != nil {
		return &Error{Stage: StageAuth, Class: Configuration, Err: err}
	}
	w.allow(p.Timeouts.Hello)
	if err := exchange(client, auth, p.Address.Host); err != nil {
		return p.discreet(serverError(StageAuth, err), token)
	}
	return nil
}

// exchange speaks AUTH (RFC 4954 §4) up to the last word of the server. The "*" that gives
// up is for a challenge that has no answer, never for a refusal, which ends it anyway.
func exchange(client *smtp.Client, auth smtp.Auth, host string) error {
	_, encrypted := client.TLSConnectionState()
	_, offered := client.Extension("AUTH")
	name, answer, err := auth.Start(&smtp.ServerInfo{Name: host, TLS: encrypted, Auth: strings.Fields(offered)})
	if err != nil {
		return err
	}
	line := strings.TrimSpace("AUTH " + name + " " + base64.StdEncoding.EncodeToString(answer))
	for {
		code, said, err := tell(client, line)
		if err != nil {
			return err
		}
		if code == 235 {
			return nil
		}
		if code != 334 {
			return &textproto.Error{Code: code, Msg: said}
		}
		challenge, err := base64.StdEncoding.DecodeString(said)
		if err == nil {
			answer, err = auth.Next(challenge, true)
		}
		if err != nil {
			_, _, _ = tell(client, "*") // what it thinks of that changes nothing
			return err
		}
		line = base64.StdEncoding.EncodeToString(answer)
	}
}

// tell sends a line and reads the reply.
func tell(client *smtp.Client, line string) (code int, said string, err error) {
	if err := client.Text.PrintfLine("%s", line); err != nil {
		return 0, "", err
	}
	return client.Text.ReadResponse(0)
}

func (p *Pool) mechanism(client *smtp.Client, token string) (smtp.Auth, error) {
	_, offered := client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	user, host := p.Address.User, p.Address.Host
	switch {
	case p.Token != nil && slices.Contains(mechanisms, "XOAUTH2"):
		return smtp.XOAuth2Auth(user, token), nil
	case p.Token != nil:
		return nil, errors.New("the relay offers no login by token (XOAUTH2); give a password in its URL in place of the token command")
	case slices.Contains(mechanisms, "PLAIN"):
		return smtp.PlainAuth("", user, p.Address.Password, host, true), nil
	case slices.Contains(mechanisms, "LOGIN"):
		return smtp.LoginAuth(user, p.Address.Password, host, true), nil
	}
	return nil, errors.New("the relay offers no login by password (PLAIN or LOGIN); take user and password out of its URL, or use the port that it is offered on")
}

// token returns the token that was got last, or a fresh one if that is the refused one.
func (p *Pool) token(ctx context.Context, refused string) (string, error) {
	p.tokens.Lock()
	defer p.tokens.Unlock()
	if p.held != "" && p.held != refused {
		return p.held, nil
	}
	p.held = ""
	token, err := p.Token(ctx)
	if err != nil {
		return "", fmt.Errorf("get a token for the relay: %w", err)
	}
	token = strings.TrimSpace(token)
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("the token command gave no token; it shall print the token alone")
	}
	p.held = token
	return token, nil
}

// discreet takes out of an error whatever of our secrets a server has sent back in its
// reply, in clear or as it got them.
func (p *Pool) discreet(e *Error, token string) *Error {
	var plain, encoded []string
	encode := func(s string) { encoded = append(encoded, base64.StdEncoding.EncodeToString([]byte(s))) }
	if password := p.Address.Password; password != "" {
		plain = append(plain, password)
		encode(password)
		encode("\x00" + p.Address.User + "\x00" + password)
	}
	if token != "" {
		plain = append(plain, token)
		encode("user=" + p.Address.User + "\x01auth=Bearer " + token + "\x01\x01")
	}
	e.Reply.Text = blot(e.Reply.Text, plain, encoded)
	if e.Err != nil {
		if clean := blot(e.Err.Error(), plain, encoded); clean != e.Err.Error() {
			e.Err = errors.New(clean)
		}
	}
	return e
}

// blot replaces secrets in a text, and words that hold a part of an encoded one.
func blot(text string, plain, encoded []string) string {
	const mark = "***"
	for _, s := range append(plain, encoded...) {
		text = strings.ReplaceAll(text, s, mark)
	}
	const telling = 8 // letters of base64 in a row are no accident
	words := strings.Split(text, " ")
	for i, w := range words {
		for _, s := range encoded {
			for at := 0; at+telling <= len(s); at++ {
				if strings.Contains(w, s[at:at+telling]) {
					words[i] = mark
				}
			}
		}
	}
	return strings.Join(words, " ")
}
