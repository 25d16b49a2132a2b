package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const testSecret = "0123456789abcdef0123456789abcdef"

// exactly compares prefixes by value: go-cmp cannot look into them.
var exactly = cmp.Options{cmpopts.EquateComparable(netip.Prefix{})}

// write puts a settings file and its secret into a new folder and returns the file's name.
func write(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pressrun.toml")
	for name, text := range map[string]string{file: text, filepath.Join(filepath.Dir(file), "pressrun.secret"): testSecret + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func load(t *testing.T, text string, environ ...string) *Config {
	t.Helper()
	c, err := Load(write(t, text), append([]string{}, environ...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFileSetsEverything(t *testing.T) {
	c := load(t, `
[paper]
name = "المرفأ"
url = "https://مثال.example/"
address = """
1 Quay Street
Harbour 1000"""
accent = "#8A1c2b"

[sender]
from = "The Harbour Post, Daily <News@bücher.example>"
reply_to = "editors@paper.example"
ehlo = "[192.0.2.7]"

[[relay]]
url = "smtp://user:p%40ss@mail.example:587"
connections = 4
rate = "100/minute"

[[relay]]
url = "dir:out"

[site]
listen = ":9000"
trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]

[fetch]
every = "1h30m"

[database]
path = "/var/lib/pressrun/pressrun.db"
`)
	dir := filepath.Dir(c.File)
	want := &Config{
		File: c.File, Secret: testSecret, SecretFile: filepath.Join(dir, "pressrun.secret"),
		Paper: Paper{Name: "المرفأ", URL: "https://xn--mgbh0fb.example", Accent: "#8A1c2b",
			Address: "1 Quay Street\nHarbour 1000"},
		Sender: Sender{From: mail.Address{Name: "The Harbour Post, Daily", Address: "News@xn--bcher-kva.example"},
			ReplyTo: mail.Address{Address: "editors@paper.example"}, Domain: "xn--bcher-kva.example", EHLO: "[192.0.2.7]"},
		Relays: []Relay{
			{URL: "smtp://user:p%40ss@mail.example:587", Connections: 4, Window: 1, Priority: 1, Rate: Rates{{100, time.Minute}}},
			{URL: RelayURL("dir:" + filepath.Join(dir, "out")), Connections: 2, Window: 1, Priority: 1},
		},
		Site: Site{Signups: 60, Listen: ":9000", URL: "http://127.0.0.1:9000",
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}},
		OIDC:     OIDC{Role: "viewer", Passwords: true},
		Fetch:    Fetch{Every: 90 * time.Minute, Contact: "https://xn--mgbh0fb.example"},
		Database: Database{Path: "/var/lib/pressrun/pressrun.db"},
	}
	if diff := cmp.Diff(want, c, exactly); diff != "" {
		t.Error(diff)
	}
}

func TestEnvironmentGoesOverTheFile(t *testing.T) {
	file := write(t, `
[sender]
from = "old@paper.example"
[[relay]]
url = "smtp://user:old@mail.example"
connections = 3
window = 4
[[relay]]
url = "dir:second"
`)
	password := filepath.Join(filepath.Dir(file), "relay-url")
	if err := os.WriteFile(password, []byte("smtps://user:new@mail.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, []string{
		"HOME=/root", "PRESSRUN_SENDER_FROM=New <new@paper.example>", "PRESSRUN_RELAY_URL_FILE=" + password,
		"PRESSRUN_RELAY_RATE=5/second", "PRESSRUN_FETCH_ALLOW=10.1.0.0/16,10.2.0.1", "PRESSRUN_FETCH_EVERY=",
		"PRESSRUN_SECRET=" + strings.Repeat("s", 40),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Relay{
		{URL: "smtps://user:new@mail.example", Connections: 3, Window: 4, Priority: 1, Rate: Rates{{5, time.Second}}},
		{URL: RelayURL("dir:" + filepath.Join(filepath.Dir(file), "second")), Connections: 2, Window: 1, Priority: 1},
	}
	if diff := cmp.Diff(want, c.Relays); diff != "" {
		t.Error(diff)
	}
	if c.Sender.From.Address != "new@paper.example" || string(c.Secret) != strings.Repeat("s", 40) {
		t.Errorf("from %v, secret of %d characters", c.Sender.From, len(c.Secret))
	}
	if len(c.Fetch.Allow) != 2 || c.Fetch.Every != 5*time.Minute {
		t.Errorf("fetch: %+v", c.Fetch)
	}
}

func TestEnvironmentAloneIsEnough(t *testing.T) {
	file := write(t, "")
	os.Remove(filepath.Join(filepath.Dir(file), "pressrun.secret"))
	c, err := Load("", []string{
		"PRESSRUN_CONFIG=" + file, "PRESSRUN_SECRET=" + testSecret, "PRESSRUN_RELAY_URL=dir:out", "PRESSRUN_PAPER_NAME=Post",
		"PRESSRUN_PAPER_ADDRESS=1 Quay Street\nHarbour", "PRESSRUN_SENDER_FROM=news@paper.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ReadyToSend(); err != nil {
		t.Error(err)
	}
}

func TestProcessEnvironmentIsReadWhenNoneIsGiven(t *testing.T) {
	t.Setenv("PRESSRUN_PAPER_NAME", "From the process")
	c, err := Load(write(t, ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Paper.Name != "From the process" {
		t.Errorf("paper.name is %q", c.Paper.Name)
	}
}

// A bad setting gives exactly this sentence; FILE stands for the file and DIR for its folder.
func TestBadSettings(t *testing.T) {
	for _, c := range []struct {
		name, file string
		environ    []string
		want       []string
	}{
		{"no TOML", "[paper]\nname = x", nil, []string{`FILE:2: is no TOML: expected value but found "x" instead`}},
		{"twice", "[paper]\nname = \"a\"\nname = \"b\"", nil, []string{`FILE:3: is no TOML: Key 'paper.name' has already been defined.`}},
		{"unknown key", "[paper]\nnmae = \"x\"", nil, []string{`FILE:2: paper.nmae is no setting; did you mean paper.name?`}},
		{"key of another section", "[paper]\n\nreply_to = \"x\"", nil, []string{`FILE:3: paper.reply_to is no setting; did you mean sender.reply_to?`}},
		{"unknown section", "[papper]\nname = \"x\"", nil, []string{`FILE:1: papper is no setting; did you mean paper?`}},
		{"nothing like it", "frequency = 3", nil, []string{"FILE:1: frequency is no setting; take it out, or see the file that `pressrun init` writes for all there are"}},
		{"dotted key", "paper.nmae = \"x\"", nil, []string{`FILE:1: paper.nmae is no setting; did you mean paper.name?`}},
		{"inline table", "\nfetch = { evry = \"5m\" }", nil, []string{`FILE:2: fetch.evry is no setting; did you mean fetch.every?`}},
		{"behind a long text", "[paper]\naddress = '''\nname = 1\n[sender]'''\nname = 1", nil, []string{`FILE:5: paper.name must be text in quotes`}},
		{"one bracket", "[relay]\nurl = \"dir:x\"", nil, []string{`FILE:1: relay may be there several times; write [[relay]], with two brackets, on a line of its own and its settings below`}},
		{"no section", "paper = 'x'", nil, []string{`FILE:1: paper is a section; write [paper] on a line of its own and its settings below`}},
		{"number for text", "[paper]\nname = 7", nil, []string{`FILE:2: paper.name must be text in quotes`}},
		{"text for number", "[[relay]]\nurl = \"dir:x\"\n[[relay]]\nurl = \"dir:y\"\nconnections = \"2\"", nil, []string{`FILE:5: relay.connections must be a whole number, without quotes`}},
		{"text for yes or no", "[[relay]]\nurl = \"smtp://h\"\ncleartext = \"yes\"", nil, []string{`FILE:3: relay.cleartext must be true or false, without quotes`}},
		{"text for list", "[fetch]\nallow = \"10.0.0.0/8\"", nil, []string{`FILE:2: fetch.allow must be a list of addresses in brackets, such as ["10.0.0.0/8", "192.168.1.7"]`}},
		{"no network", "[fetch]\nallow = [\"intranet\"]", nil, []string{`FILE:2: fetch.allow "intranet" is no network address; write one such as "10.0.0.0/8" or "192.168.1.7"`}},
		{"bits beyond", "[fetch]\nallow = [\"10.0.0.1/8\"]", nil, []string{`FILE:2: fetch.allow "10.0.0.1/8" has bits beyond its mask; did you mean "10.0.0.0/8" or "10.0.0.1"?`}},
		{"no duration", "[fetch]\nevery = \"5 minutes\"", nil, []string{`FILE:2: fetch.every "5 minutes" is no length of time; write one such as "5m" or "1h30m"`}},
		{"too often", "[fetch]\nevery = \"10s\"", nil, []string{`FILE:2: fetch.every is "10s"; write at least "1m", so that sources are not burdened`}},
		{"contact", "[fetch]\ncontact = \"ask us (please)\"", nil, []string{`FILE:2: fetch.contact is "ask us (please)"; write a web or mail address in plain letters without spaces`}},
		{"colour", "[paper]\naccent = \"red\"", nil, []string{`FILE:2: paper.accent is "red"; write a colour as # and six digits, such as "#8a1c2b"`}},
		{"line break", "[paper]\nname = \"a\\nBcc: x@y.example\"", nil, []string{`FILE:2: paper.name has a line break; write it on one line`}},
		{"control character", "[paper]\nname = \"a\\u202eb\"", nil, []string{`FILE:2: paper.name has a control character (U+202E); take it out`}},
		{"web address", "[paper]\nurl = \"paper.example\"", nil, []string{`FILE:2: paper.url is "paper.example"; write a web address with http or https, such as "https://paper.example"`}},
		{"script as logo", "[paper]\nlogo = \"javascript:alert(1)\"", nil, []string{`FILE:2: paper.logo is "javascript:alert(1)"; write a web address with http or https, such as "https://paper.example"`}},
		{"mail address", "[paper]\nemail = \"editors\"", nil, []string{`FILE:2: paper.email "editors" is no mail address; write one such as "news@paper.example"`}},
		{"long postal address", "[paper]\naddress = \"1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\"", nil, []string{`FILE:2: paper.address has 9 lines; write at most 8`}},
		{"from without address", "[sender]\nfrom = \"The Post\"", nil, []string{`FILE:2: sender.from "The Post" is no mail address; write one such as "news@paper.example"`}},
		{"from at no domain", "[sender]\nfrom = \"a@b\"", nil, []string{`FILE:2: sender.from "b" is no domain name; write one such as "paper.example"`}},
		{"from at an address", "[sender]\nfrom = \"a@[127.0.0.1]\"", nil, []string{`FILE:2: sender.from "[127.0.0.1]" is no domain name; write one such as "paper.example"`}},
		{"from with an emoji", "[sender]\nfrom = \"Post 🗞 <a@b.example>\"", nil, []string{`FILE:2: sender.from "Post 🗞" has an emoji, which large providers refuse in From; take it out`}},
		{"from with letters few servers take", "[sender]\nfrom = \"أخبار@b.example\"", nil, []string{`FILE:2: sender.from "أخبار@b.example" has letters before the @ that many mail servers refuse; use a to z, digits, dot and hyphen`}},
		{"two in from", "[sender]\nfrom = \"a@b.example, c@d.example\"", nil, []string{`FILE:2: sender.from "a@b.example, c@d.example" is no mail address; write one such as "news@paper.example"`}},
		{"domain", "[sender]\nbounce_domain = \"bounce\"", nil, []string{`FILE:2: sender.bounce_domain "bounce" is no domain name; write one such as "paper.example"`}},
		{"feedback id", "[sender]\nfeedback_id = \"post\"", nil, []string{`FILE:2: sender.feedback_id is "post"; write 5 to 15 letters a to z and digits, such as "harbourpost"`}},
		{"ehlo", "[sender]\nehlo = \"localhost\"", nil, []string{`FILE:2: sender.ehlo "localhost" is no domain name; write one such as "paper.example"`}},
		{"ehlo address", "[sender]\nehlo = \"[2001:db8::1]\"", nil, []string{`FILE:2: sender.ehlo is "[2001:db8::1]"; write a full host name such as "mail.paper.example", or an address such as "[192.0.2.1]" or "[IPv6:2001:db8::1]"`}},
		{"listen", "[site]\nlisten = \"8080\"", nil, []string{`FILE:2: site.listen is "8080"; write an address and a port, such as "127.0.0.1:8080", or ":8080" for every address`}},
		{"site in the clear", "[site]\nurl = \"http://news.paper.example\"", nil, []string{`FILE:2: site.url is "http://news.paper.example"; it must begin with https, because mail programs unsubscribe readers through it (RFC 8058)`}},
		{"site in a folder", "[site]\nurl = \"https://paper.example/news\"", nil, []string{`FILE:2: site.url is "https://paper.example/news"; write only the scheme and the host, such as "https://news.paper.example"`}},
		{"templates", "[templates]\ndir = \"none\"", nil, []string{`FILE:2: templates.dir names DIR/none, which is no folder; create it, or take the setting out`}},
		{"relay without url", "[[relay]]\nconnections = 1", nil, []string{`FILE:1: relay.url is missing; write one such as "smtp://user:password@mail.example:587" or "dir:outgoing"`}},
		{"relay scheme", "[[relay]]\nurl = \"mail.example:587\"", nil, []string{`FILE:2: relay.url must begin with smtp://, smtps:// or dir:`}},
		{"relay host", "[[relay]]\nurl = \"smtp://user:pw@:587\"", nil, []string{`FILE:2: relay.url has no host name; write one such as "smtp://user:password@mail.example:587"`}},
		{"relay port", "[[relay]]\nurl = \"smtp://mail.example:99999\"", nil, []string{`FILE:2: relay.url has a port that is no number from 1 to 65535; 587 is usual for smtp, 465 for smtps`}},
		{"relay host name", "[[relay]]\nurl = \"smtp://mail,example\"", nil, []string{`FILE:2: relay.url has a host name with characters that no host name has`}},
		{"slash in password", "[[relay]]\nurl = \"smtp://user:pw/hunter2@mail.example\"", nil, []string{`FILE:2: relay.url is no URL; write one such as "smtp://user:password@mail.example:587", with special characters of the password as %XX (@ is %40, / is %2F)`}},
		{"hash in password", "[[relay]]\nurl = \"smtp://user#hunter2@mail.example\"", nil, []string{`FILE:2: relay.url has something behind the host and port; if it belongs to the password, write special characters as %XX (@ is %40, / is %2F)`}},
		{"user alone", "[[relay]]\nurl = \"smtp://user@mail.example\"", nil, []string{`FILE:2: relay.url has a user without a password, or a password without a user; write both, or neither`}},
		{"relay folder", "[[relay]]\nurl = \"dir:\"", nil, []string{`FILE:2: relay.url has no folder after dir:; name one, such as "dir:outgoing"`}},
		{"rates", "[[relay]]\nurl = \"dir:x\"\nrate = \"5/hour, 6/hour\"", nil, []string{`FILE:3: relay.rate has two numbers for each hour; write the one that holds`}},
		{"warm-up", "[[relay]]\nurl = \"dir:x\"\nwarmup = \"500 from Monday\"\npriority = 0", nil, []string{
			`FILE:3: relay.warmup "500 from Monday" is no warm-up; write the mails of the first day and its date, such as "500/day from 2026-11-23"`,
			`FILE:4: relay.priority is 0; write a number from 1, which goes first, to 9`}},
		{"domain", "[[domain]]\nname = \"gmail.com\"\n[[domain]]\nname = \"gmail\"\n[[domain]]\nname = \"x.example\"\nrate = \"5/hour\"", nil, []string{
			`FILE:2: domain.name has no limit below it; write connections or rate, or take the section out`,
			`FILE:4: domain.name is "gmail"; write one or more domains that readers have their mail at, such as "gmail.com, googlemail.com"`,
			`FILE:7: domain.rate is "5/hour"; for a domain write a number for a second or a minute`}},
		{"rate", "[[relay]]\nurl = \"dir:x\"\nrate = \"100/week\"", nil, []string{`FILE:3: relay.rate "100/week" is no rate; write a number and a unit such as "100/minute", with second, minute, hour or day`}},
		{"connections", "[[relay]]\nurl = \"dir:x\"\nconnections = 0", nil, []string{`FILE:3: relay.connections is 0; write a number from 1 to 50`}},
		{"window", "[[relay]]\nurl = \"dir:x\"\nwindow = 21", nil, []string{`FILE:3: relay.window is 21; write a number from 1 to 20`}},
		{"cleartext password", "[[relay]]\nurl = \"smtp://u:hunter2@mail.example\"\ncleartext = true", nil, []string{`FILE:3: relay.cleartext would send the relay's password unencrypted over the network; take it out, or use a relay without a password`}},
		{"cleartext over TLS", "[[relay]]\nurl = \"smtps://mail.example\"\ncleartext = true", nil, []string{`FILE:3: relay.cleartext is only for relays that begin with smtp://; take it out`}},
		{"secret gone", "secret_file = \"lost\"", nil, []string{"FILE:1: secret_file names DIR/lost, which is not there; bring it back from a backup, or make a new one with `pressrun init`"}},
		{"secret too short", "", []string{"PRESSRUN_SECRET=hunter2"}, []string{"PRESSRUN_SECRET: the secret has fewer than 32 characters; make a long random one, such as `openssl rand -hex 32` prints"}},
		{"unknown variable", "", []string{"PRESSRUN_SENDER_FORM=x"}, []string{`PRESSRUN_SENDER_FORM is no setting; did you mean PRESSRUN_SENDER_FROM?`}},
		{"bad variable", "[fetch]\nevery = \"9m\"", []string{"PRESSRUN_FETCH_EVERY=soon"}, []string{`PRESSRUN_FETCH_EVERY: fetch.every "soon" is no length of time; write one such as "5m" or "1h30m"`}},
		{"secret given twice", "", []string{"PRESSRUN_SECRET=" + testSecret, "PRESSRUN_SECRET_FILE=x"}, []string{`PRESSRUN_SECRET_FILE: secret_file is set while PRESSRUN_SECRET is set too; unset one of them`}},
		{"relay given twice", "[[relay]]\nurl = \"dir:x\"", []string{"PRESSRUN_RELAY_URL=dir:x", "PRESSRUN_RELAY_URL_FILE=x"}, []string{`PRESSRUN_RELAY_URL and PRESSRUN_RELAY_URL_FILE are both set; unset one of them`}},
		{"secret file gone", "[[relay]]\nurl = \"dir:x\"", []string{"PRESSRUN_RELAY_URL_FILE=gone"}, []string{`PRESSRUN_RELAY_URL_FILE cannot be read: open DIR/gone: no such file or directory`}},
		{"all at once, from top to bottom", "[paper]\nnmae = \"x\"\naccent = \"red\"\n[fetch]\nevery = 5\n[sender]\nfrom = \"x\"", []string{"PRESSRUN_X=1", "PRESSRUN_RELAY_CONNECTIONS=1"}, []string{
			`FILE:2: paper.nmae is no setting; did you mean paper.name?`,
			`FILE:3: paper.accent is "red"; write a colour as # and six digits, such as "#8a1c2b"`,
			`FILE:5: fetch.every must be text in quotes`,
			`FILE:7: sender.from "x" is no mail address; write one such as "news@paper.example"`,
			"PRESSRUN_X is no setting; take it out, or see the file that `pressrun init` writes for all there are",
			`FILE: relay.url is missing; write one such as "smtp://user:password@mail.example:587" or "dir:outgoing"`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write(t, c.file)
			_, err := Load(file, append([]string{}, c.environ...))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			for i, want := range c.want {
				c.want[i] = strings.NewReplacer("FILE:", file+":", "DIR/", filepath.Dir(file)+"/").Replace(want)
				if strings.HasPrefix(want, "PRESSRUN_") {
					c.want[i] = strings.ReplaceAll(want, "DIR/", filepath.Dir(file)+"/")
				}
			}
			if diff := cmp.Diff(c.want, e.Problems); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the password is in the error")
			}
			if n := len(e.Problems); n > 1 && !strings.HasPrefix(err.Error(), fmt.Sprintf("%d problems in the settings:\n  ", n)) {
				t.Errorf("%d problems begin with %q", n, err)
			}
		})
	}
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	_, err := Load("/nowhere/pressrun.toml", []string{})
	want := "there is no file /nowhere/pressrun.toml; make one with `pressrun init URL`, or name yours with --config"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestReadyToSendNamesAllThatIsMissing(t *testing.T) {
	c := load(t, "[[relay]]\nurl = \"smtp://mail.example\"")
	e, ok := errors.AsType[*Error](c.ReadyToSend())
	if !ok || len(e.Problems) != 4 {
		t.Fatalf("got %v", c.ReadyToSend())
	}
	for i, path := range []string{"paper.name", "paper.address", "sender.from", "site.url"} {
		if !strings.HasPrefix(e.Problems[i], c.File+": "+path+" is ") {
			t.Errorf("problem %d is %q, want one of %s", i, e.Problems[i], path)
		}
	}
	c.Relays = nil
	if err := c.ReadyToSend(); err == nil || !strings.Contains(err.Error(), "relay.url is missing") {
		t.Errorf("without a relay: %v", err)
	}
}

// Whatever the file says, Load returns settings or sentences, never the password; and
// settings written out and read again are the same.
func FuzzLoad(f *testing.F) {
	f.Add("[paper]\nname = \"x\"\n[[relay]]\nurl = \"dir:x\"\nrate = \"5/day\"", "New <a@b.example>")
	f.Add("[[relay]]\nurl = \"dir:x\"\nrate = \"9/second, 5/day\"\nwarmup = \"5/day from 2026-11-23\"\n[[domain]]\nname = \"a.example, b.example\"\nconnections = 3", "New <a@b.example>")
	f.Add("relay = [{url = \"smtp://h\"}, {url = 1}]\npaper = 3", "")
	f.Add("[paper]\naddress = \"\"\"\na\"\"\"\"\nname = '''x'''#", "\"a, b\" <c@d.example>")
	f.Add(string(Sample(Default())), "x")
	dir := f.TempDir()
	file := filepath.Join(dir, "pressrun.toml")
	if err := CreateSecret(filepath.Join(dir, "pressrun.secret")); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, from string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(file, []string{"PRESSRUN_RELAY_URL=smtps://user:hunter2@mail.example", "PRESSRUN_SENDER_FROM=" + from})
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || slices.Contains(e.Problems, "") || strings.Contains(err.Error(), "hunter2") && !strings.Contains(text+from, "hunter2") {
				t.Fatalf("error %q", err)
			}
			return
		}
		if err := os.WriteFile(file, Sample(c), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Load(file, []string{"PRESSRUN_SECRET=" + string(c.Secret)})
		if err != nil {
			t.Fatalf("%v in\n%s", err, Sample(c))
		}
		if diff := cmp.Diff(c, again, exactly); diff != "" {
			t.Fatal(diff)
		}
	})
}
