package config

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// A RelayURL names a relay, with its password. It prints without the password however
// it is printed; convert it with string to use it.
type RelayURL string

// String returns the URL with the password hidden.
func (u RelayURL) String() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return hidden
	}
	return parsed.Redacted()
}

func (u RelayURL) GoString() string             { return strconv.Quote(u.String()) }
func (u RelayURL) LogValue() slog.Value         { return slog.StringValue(u.String()) }
func (u RelayURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// Dir returns the folder of a dir: relay.
func (u RelayURL) Dir() (string, bool) { return strings.CutPrefix(string(u), "dir:") }

// parseRelayURL checks what can be seen without asking the relay. Its errors never
// quote the URL, because of the password in it.
func parseRelayURL(text string) (RelayURL, error) {
	if dir, ok := RelayURL(text).Dir(); ok {
		if dir == "" || strings.ContainsRune(dir, 0) {
			return "", errors.New(`has no folder after dir:; name one, such as "dir:outgoing"`)
		}
		return RelayURL(text), nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New(`is no URL; write one such as "smtp://user:password@mail.example:587", with special characters of the password as %XX (@ is %40, / is %2F)`)
	}
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return "", errors.New("must begin with smtp://, smtps:// or dir:")
	case u.Hostname() == "":
		return "", errors.New(`has no host name; write one such as "smtp://user:password@mail.example:587"`)
	case u.Scheme == "smtps" && choosesTLS(u):
		return "", errors.New("begins with smtps://, which always uses TLS; leave out what begins with the question mark")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" && !choosesTLS(u) || u.Fragment != "":
		return "", errors.New("has something behind the host and port; if it belongs to the password, write special characters as %XX (@ is %40, / is %2F)")
	case u.Port() != "" && !isPort(u.Port()):
		return "", errors.New("has a port that is no number from 1 to 65535; 587 is usual for smtp, 465 for smtps")
	}
	if u.User != nil {
		if password, _ := u.User.Password(); u.User.Username() == "" || password == "" {
			return "", errors.New("has a user without a password, or a password without a user; write both, or neither")
		}
	}
	if _, err := parseDomain(u.Hostname()); err != nil && !isIP(u.Hostname()) && strings.ContainsFunc(u.Hostname(), notInHostName) {
		return "", errors.New("has a host name with characters that no host name has")
	}
	return RelayURL(text), nil
}

// choosesTLS reports whether u says if its connections begin with STARTTLS.
func choosesTLS(u *url.URL) bool { return u.RawQuery == "tls=starttls" || u.RawQuery == "tls=none" }

// loopback reports whether mail for the relay stays on this machine.
func (u RelayURL) loopback() bool {
	if _, ok := u.Dir(); ok {
		return true
	}
	parsed, err := url.Parse(string(u))
	return err == nil && isLoopback(parsed.Hostname())
}

func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func isIP(host string) bool { return net.ParseIP(host) != nil }

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n < 65536
}

// notInHostName lets through single names such as "mailhub" and "smtp_relay", which
// private networks use.
func notInHostName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
}
