package relay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// An Address is where and how a relay is reached, as its URL says:
//
//	smtp://user:password@host:587    STARTTLS required; none to a loopback address
//	smtps://user:password@host:465   TLS from the first byte (RFC 8314, preferred)
//	dir:PATH                         writes .eml files into a folder
//
// "?tls=starttls" or "?tls=none" after an smtp URL overrides its default.
type Address struct {
	Scheme         string // smtp, smtps or dir
	Host           string
	Port           int
	User, Password string
	Dir            string
	StartTLS       bool
}

// Parse reads a relay's URL. Cleartext to another machine needs the explicit word of the
// caller. Errors do not show the password.
func Parse(raw string, cleartext bool) (Address, error) {
	if path, ok := strings.CutPrefix(raw, "dir:"); ok {
		if path == "" {
			return Address{}, errors.New("the relay dir: needs a folder, such as dir:outbox")
		}
		return Address{Scheme: "dir", Dir: path}, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return Address{}, errors.New("a relay is written as smtp://user:password@host:587, smtps://user:password@host:465 or dir:PATH; escape signs such as @ or / in the password (%40, %2F)")
	}
	a := Address{Scheme: u.Scheme, Host: u.Hostname(), User: u.User.Username()}
	a.Password, _ = u.User.Password()
	if a.Host == "" {
		return Address{}, errors.New("the relay's URL has no host; write smtp://host:587")
	}
	a.Port = map[string]int{"smtp": 587, "smtps": 465}[u.Scheme]
	if p := u.Port(); p != "" {
		if a.Port, err = strconv.Atoi(p); err != nil || a.Port < 1 || a.Port > 65535 {
			return Address{}, fmt.Errorf("the relay's port %q is not a number from 1 to 65535", p)
		}
	}
	return a, a.chooseTLS(u.Query().Get("tls"), cleartext)
}

func (a *Address) chooseTLS(want string, cleartext bool) error {
	switch {
	case a.Scheme == "smtps" && want != "":
		return errors.New("an smtps relay always uses TLS; leave tls= out of its URL")
	case a.Scheme == "smtps":
	case want == "starttls":
		a.StartTLS = true
	case want == "none" && !cleartext && !a.loopback():
		return fmt.Errorf("the relay %s would get mail and password in clear text; use TLS, or set cleartext = true if that is meant", a.Host)
	case want == "none":
	case want == "":
		a.StartTLS = !a.loopback() && !cleartext
	default:
		return fmt.Errorf("tls=%s in the relay's URL is not known; write tls=starttls or tls=none", want)
	}
	return nil
}

func (a Address) loopback() bool {
	ip, err := netip.ParseAddr(a.Host)
	return a.Host == "localhost" || err == nil && ip.IsLoopback()
}

// String returns the address without user and password.
func (a Address) String() string {
	if a.Scheme == "dir" {
		return "dir:" + a.Dir
	}
	return a.Scheme + "://" + net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
}
