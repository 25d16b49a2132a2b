package relay_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// certificate makes one for a name and a time, signed by itself.
func certificate(t *testing.T, name string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// commands keeps what a server was told.
type commands struct {
	mutex sync.Mutex
	clear []string
	all   []string
}

func (c *commands) note(line string, encrypted bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.all = append(c.all, line)
	if !encrypted {
		c.clear = append(c.clear, line)
	}
}

func (c *commands) clearText() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return strings.Join(c.clear, "\n")
}

func (c *commands) text() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return strings.Join(c.all, "\n")
}

// A relay that is not who it should be gets nothing: no password, no mail (A10).
func TestEncryption(t *testing.T) {
	soon, past := time.Now().Add(24*time.Hour), time.Now().Add(-time.Hour)
	right, roots := certificate(t, "localhost", soon)
	elsewhere, elsewhereRoots := certificate(t, "mail.example", soon)
	expired, expiredRoots := certificate(t, "localhost", past)
	_, strangers := certificate(t, "localhost", soon)
	for _, c := range []struct {
		name     string
		tls      *tls.Config
		roots    *x509.CertPool
		injected string
		want     string
		says     string
	}{
		{"a good certificate", &tls.Config{Certificates: []tls.Certificate{right}}, roots, "", "sent", ""},
		{"signed by nobody we know", &tls.Config{Certificates: []tls.Certificate{right}}, strangers, "", "configuration tls", "certificate is not to be trusted for localhost"},
		{"for another name", &tls.Config{Certificates: []tls.Certificate{elsewhere}}, elsewhereRoots, "", "configuration tls", "mail.example"},
		{"expired", &tls.Config{Certificates: []tls.Certificate{expired}}, expiredRoots, "", "configuration tls", "expired"},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{right}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, roots, "", "configuration tls", "version"},
		{"STARTTLS stripped", nil, roots, "", "configuration tls", "no encryption (STARTTLS)"},
		{"clear text behind the answer", &tls.Config{Certificates: []tls.Certificate{right}}, roots, "250-sink\r\n250 AUTH PLAIN\r\n", "configuration tls", "clear text"},
	} {
		for _, implicit := range []bool{false, true} {
			if implicit && (c.tls == nil || c.injected != "") {
				continue
			}
			t.Run(fmt.Sprintf("%s, implicit %v", c.name, implicit), func(t *testing.T) {
				var told commands
				s := &sink.Sink{TLS: c.tls, Implicit: implicit, Injected: c.injected, Login: "paper\x00secret word", OnCommand: told.note}
				p := pool(t, s)
				p.Connections, p.RootCAs, p.Address.Host = 1, c.roots, "localhost"
				p.Address.StartTLS = !implicit
				if implicit {
					p.Address.Scheme = "smtps"
				}
				d := newDesk(envelopes(t, 1))
				if out := run(t, p, d); out[c.want] != 1 {
					t.Fatalf("outcomes %v: %v", out, d.results)
				}
				if c.want == "sent" {
					if !strings.Contains(told.text(), "AUTH PLAIN") {
						t.Errorf("no login: %q", told.text())
					}
				} else {
					if err := d.results[1][0]; !strings.Contains(err.Error(), c.says) {
						t.Errorf("%q does not speak of %q", err, c.says)
					}
					if s.Accepted() != 0 || strings.Contains(told.text(), "AUTH") || strings.Contains(told.text(), "MAIL") {
						t.Errorf("it was told %q", told.text())
					}
				}
				for _, secret := range []string{"AUTH", "MAIL"} {
					if strings.Contains(told.clearText(), secret) {
						t.Errorf("in clear text: %q", told.clearText())
					}
				}
			})
		}
	}
}

// A port that speaks no TLS, and a relay that cannot do it today.
func TestNoHandshake(t *testing.T) {
	_, roots := certificate(t, "localhost", time.Now().Add(time.Hour))
	p := pool(t, &sink.Sink{})
	p.Connections, p.RootCAs, p.Address.Scheme = 1, roots, "smtps"
	d := newDesk(envelopes(t, 1))
	if out := run(t, p, d); out["configuration tls"] != 1 || !strings.Contains(d.results[1][0].Error(), "does not speak TLS") {
		t.Errorf("outcomes %v: %v", out, d.results[1])
	}

	cert, roots := certificate(t, "localhost", time.Now().Add(time.Hour))
	times := 0
	s := &sink.Sink{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Fault: func(step, _ string) (f sink.Fault) {
		if step == "starttls" {
			switch times++; times {
			case 1:
				f.Reply = "454 4.7.0 TLS not available due to local problem"
			case 2:
				f.Drop = true
			}
		}
		return f
	}}
	p = pool(t, s)
	p.Connections, p.RootCAs, p.Address.Host, p.Address.StartTLS = 1, roots, "localhost", true
	d = newDesk(envelopes(t, 1))
	if out := run(t, p, d); out["sent"] != 1 || len(d.results[1]) != 3 {
		t.Errorf("outcomes %v: %v", out, d.results[1])
	}
}

// Off the loopback a password waits for TLS, whatever is set.
func TestNoPasswordInClearTextToAnotherMachine(t *testing.T) {
	host := ""
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			host = n.IP.String()
		}
	}
	if host == "" {
		t.Skip("this machine has only the loopback")
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("cannot listen on %s: %v", host, err)
	}
	var told commands
	s := &sink.Sink{Login: "paper\x00secret word", OnCommand: told.note}
	go s.Serve(t.Context(), l)
	send := func(cleartext bool, user string) (*relay.Error, *desk) {
		a, err := relay.Parse("smtp://"+l.Addr().String(), true)
		if err != nil {
			t.Fatal(err)
		}
		a.User, a.Password = user, "secret word"
		d := newDesk(envelopes(t, 1))
		p := &relay.Pool{Address: a, Connections: 1, Cleartext: cleartext, Pause: time.Millisecond, Log: slog.New(slog.DiscardHandler)}
		run(t, p, d)
		return d.results[1][0], d
	}
	if err, _ := send(false, ""); err == nil || err.Stage != relay.StageTLS || err.Class != relay.Configuration {
		t.Errorf("without leave: %v", err)
	}
	if err, _ := send(true, "paper"); err == nil || err.Stage != relay.StageAuth || err.Class != relay.Configuration {
		t.Errorf("with a password: %v", err)
	}
	if strings.Contains(told.text(), "AUTH") || s.Accepted() != 0 {
		t.Errorf("it was told %q", told.text())
	}
	s.Login = ""
	if err, _ := send(true, ""); err != nil {
		t.Errorf("with leave and no password: %v", err)
	}
}

func TestLogins(t *testing.T) {
	for _, c := range []struct {
		name       string
		mechanisms []string
		password   string
		want, verb string
	}{
		{"PLAIN", nil, "pass word", "sent", "AUTH PLAIN "},
		{"LOGIN", []string{"CRAM-MD5", "LOGIN"}, "pass word", "sent", "AUTH LOGIN"},
		{"small letters", []string{"plain"}, "pass word", "sent", "AUTH PLAIN "},
		{"wrong for PLAIN", nil, "wrong word", "configuration auth", "AUTH PLAIN "},
		{"wrong for LOGIN", []string{"LOGIN"}, "wrong word", "configuration auth", "AUTH LOGIN"},
		{"nothing in common", []string{"GSSAPI", "CRAM-MD5"}, "pass word", "configuration auth", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var told commands
			s := &sink.Sink{Login: "paper\x00pass word", Mechanisms: c.mechanisms, OnCommand: told.note}
			p := pool(t, s)
			p.Connections, p.Address.Password = 1, c.password
			if out := run(t, p, newDesk(envelopes(t, 1))); out[c.want] != 1 {
				t.Errorf("outcomes %v", out)
			}
			if !strings.Contains(told.text(), c.verb) || c.verb == "" && strings.Contains(told.text(), "AUTH") {
				t.Errorf("it was told %q", told.text())
			}
		})
	}
}

// 454 says that the login may work later; the mail waits.
func TestALoginThatCannotBeCheckedNow(t *testing.T) {
	times := 0
	var told commands
	s := &sink.Sink{Login: "paper\x00pass word", OnCommand: told.note, Fault: func(step, _ string) (f sink.Fault) {
		if step == "auth" {
			if times++; times == 1 {
				f.Reply = "454 4.7.0 Cannot authenticate due to a temporary system problem"
			}
		}
		return f
	}}
	p := pool(t, s)
	p.Connections = 1
	d := newDesk(envelopes(t, 1))
	out := run(t, p, d)
	if first := d.results[1][0]; out["sent"] != 1 || first == nil || first.Class != relay.Unavailable || first.Stage != relay.StageAuth || first.Reply.Code != 454 {
		t.Errorf("outcomes %v, first %v", out, first)
	}
	if strings.Contains(told.text(), "*") { // the refusal has ended the exchange
		t.Errorf("it was told %q", told.text())
	}
}

func TestTokens(t *testing.T) {
	valid := "token-1"
	calls := 0
	s := &sink.Sink{Token: func(login string) bool { return login == "news@paper.example\x00"+valid }}
	newPool := func() *relay.Pool {
		p := pool(t, s)
		p.Connections, p.Messages, p.Address.User = 1, 2, "news@paper.example"
		p.Token = func(context.Context) (string, error) {
			calls++
			return fmt.Sprintf("token-%d\n", calls), nil
		}
		return p
	}
	p := newPool()
	if out := run(t, p, newDesk(envelopes(t, 6))); out["sent"] != 6 || calls != 1 {
		t.Fatalf("three connections: outcomes %v, %d tokens", out, calls)
	}
	valid = "token-2" // the first has expired
	d := newDesk(envelopes(t, 1))
	if out := run(t, p, d); out["sent"] != 1 || calls != 2 || len(d.results[1]) != 1 {
		t.Fatalf("an expired token: outcomes %v, %d tokens", out, calls)
	}
	valid = "none"
	if out := run(t, p, newDesk(envelopes(t, 1))); out["configuration auth"] != 1 || calls != 3 {
		t.Fatalf("no token is right: outcomes %v, %d tokens", out, calls)
	}

	p = newPool()
	p.Token = func(context.Context) (string, error) { return "", errors.New("the command ended with 1") }
	d = newDesk(envelopes(t, 1))
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	_ = p.Run(ctx, d.open)
	if first := d.results[1][0]; first.Class != relay.Unavailable || !strings.Contains(first.Error(), "ended with 1") {
		t.Errorf("a command that fails: %v", first)
	}
}

// Servers that send back what they were told give nothing away to logs and pages.
func TestSecretsAreNotInErrors(t *testing.T) {
	const password, token = "hunter2 is long", "ya29.a0AfH6SNotReal"
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	ofPassword := []string{password, encode(password), encode("\x00paper\x00" + password), encode("\x00paper\x00" + password)[8:24]}
	ofToken := []string{token, encode("user=paper\x01auth=Bearer " + token + "\x01\x01")}
	for _, said := range []string{"535 5.7.8 %s is wrong", "501 5.5.2 cannot decode AUTH %s", "%s", "334 %s", "535-%s\r\n535 no", "454 %.20s"} {
		for byToken, secrets := range map[bool][]string{false: ofPassword, true: slices.Concat(ofPassword, ofToken)} {
			for _, secret := range secrets {
				var log bytes.Buffer
				s := &sink.Sink{Login: "paper\x00other"}
				s.Fault = func(step, _ string) (f sink.Fault) {
					if step == "auth" {
						f.Reply = fmt.Sprintf(said, secret)
					}
					return f
				}
				p := pool(t, s)
				p.Log = slog.New(slog.NewTextHandler(&log, nil))
				p.Connections, p.Address.User, p.Address.Password = 1, "paper", password
				if byToken {
					s.Token = func(string) bool { return false }
					p.Token = func(context.Context) (string, error) { return token, nil }
				}
				ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
				d := newDesk(envelopes(t, 1))
				d.once = true
				_ = p.Run(ctx, d.open)
				stop()
				text := fmt.Sprint(d.results[1][0].Error(), " ", log.String(), " ", p.Address)
				for _, s := range append(secrets, "hunter2") {
					if strings.Contains(text, s) {
						t.Errorf("%q with %q gives %q away: %s", said, secret, s, text)
					}
				}
			}
		}
	}
}
