package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// An editor is a browser that is logged in at the desk.
type editorClient struct {
	*testing.T
	http.Client
	base, token string
	seen        strings.Builder // every page
}

// editor lets an owner in at the desk of a house that serves.
func (h *house) editor(link string) *editorClient {
	h.Helper()
	jar, err := cookiejar.New(nil)
	ok(h.T, err)
	c := &editorClient{T: h.T, Client: http.Client{Jar: jar}, base: "http://" + h.address()}
	path := link[strings.Index(link, "/desk/invite/"):]
	c.page(path)
	c.press(path, "password", "nine berths are open", "repeat", "nine berths are open")
	return c
}

var formToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (c *editorClient) page(path string) string {
	c.Helper()
	res, err := c.Get(c.base + path)
	ok(c.T, err)
	return c.read(res)
}

func (c *editorClient) press(path string, pairs ...string) string {
	c.Helper()
	form := url.Values{"csrf": {c.token}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(c.Context(), http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	ok(c.T, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", c.base)
	res, err := c.Do(req)
	ok(c.T, err)
	return c.read(res)
}

func (c *editorClient) read(res *http.Response) string {
	c.Helper()
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	ok(c.T, err)
	text := string(data)
	if m := formToken.FindStringSubmatch(text); m != nil {
		c.token = m[1]
	}
	c.seen.WriteString(text)
	return text
}

// Of three relays one has the wrong password, which its server sends back, one does not
// listen, and one is well. The pages say how each stands, whoever sends, and none of them
// says a password; nor do the log, the list of changes, and the command line.
func TestRelaysPageOfTheProgramTellsNoSecrets(t *testing.T) {
	t.Parallel()
	const password, userName = "s3cr3t-of-the-relay", "account-key-8841"
	h := openHouse(t, t.TempDir(), 12)
	locked, err := openMailbox(func(s *sink.Sink) {
		s.Login = userName + "\x00another"
		s.Fault = func(step, _ string) (f sink.Fault) {
			if step == "auth" {
				f.Reply = "535 5.7.8 " + password + " is not the password of " + userName
			}
			return f
		}
	})
	ok(t, err)
	t.Cleanup(locked.down)
	var env []string
	for _, v := range h.env {
		if !strings.HasPrefix(v, "PRESSRUN_RELAY_URL=") {
			env = append(env, v)
		}
	}
	h.env = env
	settings := filepath.Join(h.dir, "pressrun.toml")
	data, err := os.ReadFile(settings)
	ok(t, err)
	more := fmt.Sprintf("\n[[relay]]\nurl = \"smtp://%s:%s@%s\"\n\n[[relay]]\nurl = \"smtp://127.0.0.1:1\"\n\n[[relay]]\nurl = \"smtp://%s\"\nrate = \"500/hour\"\nwarmup = \"100/day from 2026-11-29\"\n",
		userName, password, locked.address, h.relay.address)
	ok(t, os.WriteFile(settings, append(data, more...), 0o600))

	link, _ := h.run(0, "editors", "add", "Mona Haddad", "mona@paper.example")
	h.run(0, "send", "daily", "--yes")
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	c := h.editor(strings.TrimSpace(link))
	page := c.page("/desk/relays")
	contains(t, page, "smtp://"+locked.address, "smtp://127.0.0.1:1", "with a password", "12 of 500 in the last hour", "12 of [0-9,]+ in the last day", "as the warm-up has it today")
	for n, want := range map[int]string{1: "It does not take the login.", 2: "Nothing listens on that port.", 3: "It answers, and takes mail from us."} {
		path := fmt.Sprintf("/desk/relays/%d", n)
		contains(t, c.press(path, "do", "test"), want)
		if n < 3 {
			contains(t, c.press(path, "do", "mail"), want)
		}
	}
	contains(t, c.press("/desk/relays/3", "do", "mail"), "It took the mail.")
	if got := h.relay.to("mona@paper.example"); len(got) != 1 || !strings.Contains(string(got[0].data), "Subject: Test of a relay: smtp://"+h.relay.address) {
		t.Errorf("the test brought %d mails", len(got))
	}
	contains(t, c.page("/desk/run/1"), "example.org", "smtp://"+h.relay.address)
	c.page("/desk/relays/records")
	c.page("/desk/audit")
	status, _ := h.run(0, "status", "1")
	contains(t, status, `(?m)^example.org +12 +0 +0 +0`, `(?m)^smtp://`+h.relay.address+` +12 +0 +0 +0`)
	token, _ := h.run(0, "tokens", "add", "monitor", "--scope", "write")
	program := func(method, path string, want ...string) string {
		t.Helper()
		r, err := http.NewRequest(method, "http://"+h.address()+"/api/v1/"+path, nil)
		ok(t, err)
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		res, err := http.DefaultClient.Do(r)
		ok(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		ok(t, err)
		contains(t, string(text), want...)
		return string(text)
	}
	told := program("GET", "relays", `"n":1,"name":"smtp://`+locked.address+`"`, `"login":"password"`, `"used":12,"most":500,"per":"hour"`, `"mode":"up"`) +
		program("POST", "relays/1/test", `"outcome":"login"`, `"failed":"auth"`) + program("POST", "relays/3/test", `"outcome":"good"`) +
		program("GET", "themes", `"items":\[{"name":"broadsheet"`, `"editions":\["daily"\]`)
	all := told + c.seen.String() + status + serve.stdout.String() + serve.stderr.String()
	for _, secret := range []string{password, "c2VjcmV0", userName + ":"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is told somewhere", secret)
		}
	}
	if strings.Contains(c.seen.String(), ">"+userName) || strings.Count(c.seen.String(), userName) > strings.Count(c.seen.String(), "is not the password of "+userName) {
		t.Error("the user's name is shown by us")
	}
}

// What the page gives to copy is a section that the program takes.
func TestTheSectionForAnotherRelayCanBeCopied(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pressrun.toml")
	for _, section := range []string{anotherRelay, strings.ReplaceAll(anotherRelay, "\n#", "\n")} {
		text := "[[relay]]\nurl = \"smtp://127.0.0.1:25\"\n\n" + section
		ok(t, os.WriteFile(file, []byte(text), 0o600))
		ok(t, os.WriteFile(filepath.Join(dir, "pressrun.secret"), []byte(strings.Repeat("0123456789abcdef", 4)), 0o600))
		cfg, err := config.Load(file, []string{})
		ok(t, err)
		if len(cfg.Relays) != 2 || cfg.Relays[1].Priority != 2 || cfg.Relays[1].Connections != 2 {
			t.Errorf("%+v", cfg.Relays)
		}
	}
}

// Whatever is wrong with a relay, the test of it says which it is.
func TestATestOfARelaySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	at := func(step, reply string) func(*sink.Sink) {
		return func(s *sink.Sink) {
			s.Fault = func(at, _ string) (f sink.Fault) {
				if at == step {
					f.Reply = reply
				}
				return f
			}
		}
	}
	well := func(*sink.Sink) {}
	for name, c := range map[string]struct {
		behave    func(*sink.Sink) // nil: nobody listens
		url       string           // what stands before and behind the address, "%s"
		token     string
		mail      bool
		want, why string
		failed    string
	}{
		"well":           {behave: well, want: "good"},
		"a mail":         {behave: well, mail: true, want: "mailed"},
		"nobody":         {want: "refused", failed: "connect"},
		"a mail, nobody": {mail: true, want: "refused", failed: "connect"},
		"greeting":       {behave: at("connect", "554 5.3.2 not today"), want: "connect", why: "not today", failed: "connect"},
		"no encryption":  {behave: well, url: "smtp://%s?tls=starttls", want: "tls", failed: "tls"},
		"not encrypted":  {behave: well, url: "smtps://%s", want: "tls", failed: "tls"},
		"password":       {behave: func(s *sink.Sink) { s.Login = "paper\x00right" }, url: "smtp://paper:wrong@%s", want: "login", failed: "auth"},
		"no login":       {behave: func(s *sink.Sink) { s.Login = "paper\x00right" }, want: "leave", failed: "mail"},
		"no token":       {behave: func(s *sink.Sink) { s.Token = func(string) bool { return true } }, url: "smtp://paper@%s", token: "exit 3", want: "token", failed: "auth"},
		"wrong token":    {behave: func(s *sink.Sink) { s.Token = func(string) bool { return false } }, url: "smtp://paper@%s", token: "echo abc", want: "login", failed: "auth"},
		"sender":         {behave: at("mail", "550 5.7.1 sender address rejected: not owned by user"), want: "sender", why: "not owned", failed: "mail"},
		"too much":       {behave: at("mail", "451 4.7.0 daily sending limit exceeded"), want: "quota", failed: "mail"},
		"not now":        {behave: at("mail", "451 4.3.0 not now"), want: "mail", failed: "mail"},
		"no such reader": {behave: at("rcpt", "550 5.1.1 no such user"), mail: true, want: "mail", failed: "mail"},
		"spam":           {behave: at("dot", "554 5.7.1 this is spam"), mail: true, want: "mail", failed: "sent"},
		"no reply": {mail: true, want: "doubt", failed: "sent", behave: func(s *sink.Sink) {
			s.Fault = func(at, _ string) sink.Fault { return sink.Fault{Drop: at == "dot"} }
		}},
		"folder":       {url: "dir:" + t.TempDir(), want: "good"},
		"into folder":  {url: "dir:" + t.TempDir(), mail: true, want: "mailed"},
		"not a folder": {url: "dir:/dev/null/mail", want: "folder", failed: "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			address := "127.0.0.1:1"
			if c.behave != nil {
				m, err := openMailbox(c.behave)
				ok(t, err)
				t.Cleanup(m.down)
				address = m.address
			}
			cfg := config.Default()
			cfg.Sender.From.Address = "news@paper.example"
			r := config.NewRelay(config.RelayURL(strings.ReplaceAll(cmp.Or(c.url, "smtp://%s"), "%s", address)))
			r.Token = c.token
			cfg.Relays = []config.Relay{r}
			sealer, err := message.NewSealer([]byte(strings.Repeat("0123456789abcdef", 2)))
			ok(t, err)
			signer, err := signerOf(cfg)
			ok(t, err)
			p := &program{cfg: cfg, sealer: sealer, signer: signer, log: slog.New(slog.DiscardHandler)}
			var mail *desk.TestMail
			if c.mail {
				mail = &desk.TestMail{To: "mona@paper.example", Language: "en", Subject: "Test", Text: "Test\n"}
			}
			got := p.tryRelay(t.Context(), 0, mail)
			if got.Outcome != c.want || got.Failed != c.failed || !strings.Contains(got.Said, c.why) || (got.Failed != "" && !slices.Contains(got.Steps, got.Failed)) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// What no server on this machine can be made to do.
func TestFaultsOfTheNetworkAreTold(t *testing.T) {
	for _, c := range []struct {
		stage relay.Stage
		err   error
		want  string
	}{
		{relay.StageConnect, &net.DNSError{Name: "mail.example", IsNotFound: true}, "host"},
		{relay.StageConnect, &net.DNSError{Name: "mail.example", IsTimeout: true}, "silent"},
		{relay.StageConnect, os.ErrDeadlineExceeded, "silent"},
		{relay.StageConnect, context.DeadlineExceeded, "silent"},
		{relay.StageConnect, io.EOF, "connect"},
		{relay.StageTLS, fmt.Errorf("not to be trusted: %w", &tls.CertificateVerificationError{Err: io.EOF}), "certificate"},
		{relay.StageTLS, io.EOF, "tls"},
	} {
		got, _ := whatFailed(&relay.Error{Stage: c.stage, Class: relay.Unavailable, Err: c.err})
		if got != c.want {
			t.Errorf("%s: %v is told as %s, not %s", c.stage, c.err, got, c.want)
		}
	}
	if got, step := whatFailed(context.DeadlineExceeded); got != "silent" || step != "connect" {
		t.Errorf("when the time is over: %s at %s", got, step)
	}
}
