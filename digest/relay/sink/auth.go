package sink

import (
	"encoding/base64"
	"strings"
)

// guarded reports whether nobody may send without a login.
func (s *Sink) guarded() bool { return s.Login != "" || s.Token != nil }

func (s *Sink) mechanisms() []string {
	switch {
	case s.Mechanisms != nil:
		return s.Mechanisms
	case s.Token != nil && s.Login != "":
		return []string{"PLAIN", "LOGIN", "XOAUTH2"}
	case s.Token != nil:
		return []string{"XOAUTH2"}
	}
	return []string{"PLAIN", "LOGIN"}
}

// auth logs in by PLAIN (RFC 4616), LOGIN or XOAUTH2.
func (c *conversation) auth(rest string) error {
	mechanism, initial, _ := strings.Cut(rest, " ")
	var right bool
	var err error
	switch mechanism = strings.ToUpper(mechanism); {
	case c.login:
		return c.reply("", "503 5.5.1 you are logged in")
	case mechanism == "PLAIN" && c.sink.Login != "":
		right = decode(initial) == "\x00"+c.sink.Login
	case mechanism == "LOGIN" && c.sink.Login != "":
		right, err = c.authLogin()
	case mechanism == "XOAUTH2" && c.sink.Token != nil:
		right, err = c.authToken(initial)
	default:
		return c.reply("auth", "504 5.5.4 not known")
	}
	if err != nil {
		return err
	}
	if !right {
		return c.reply("auth", "535 5.7.8 user or password is wrong")
	}
	return c.accept("auth", "", "235 2.7.0 welcome", func() { c.login = true })
}

func (c *conversation) authLogin() (right bool, err error) {
	var said [2]string
	for i, ask := range []string{"Username:", "Password:"} {
		if err := c.reply("", "334 "+base64.StdEncoding.EncodeToString([]byte(ask))); err != nil {
			return false, err
		}
		line, err := c.line()
		if err != nil {
			return false, err
		}
		said[i] = decode(line)
	}
	return said[0]+"\x00"+said[1] == c.sink.Login, nil
}

// authToken answers a wrong token as Google and Microsoft do: with a challenge that holds
// the reason, and the refusal after the client's empty line.
func (c *conversation) authToken(initial string) (right bool, err error) {
	user, rest, _ := strings.Cut(strings.TrimPrefix(decode(initial), "user="), "\x01")
	token := strings.TrimSuffix(strings.TrimPrefix(rest, "auth=Bearer "), "\x01\x01")
	if c.sink.Token(user + "\x00" + token) {
		return true, nil
	}
	if err := c.reply("", "334 "+base64.StdEncoding.EncodeToString([]byte(`{"status":"401"}`))); err != nil {
		return false, err
	}
	_, err = c.line()
	return false, err
}

func decode(s string) string {
	plain, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(plain)
}
