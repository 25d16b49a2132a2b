package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeWithKey is write with a key file, dkim.pem, beside the settings.
func writeWithKey(t *testing.T, text string) string {
	t.Helper()
	file := write(t, text)
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "dkim.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestKeysForSigning(t *testing.T) {
	file := writeWithKey(t, `
[sender]
from = "news@mail.bücher.co.uk"
[[dkim]]
selector = "S2026"
key_file = "dkim.pem"
[[dkim]]
selector = "e.2026"
key_file = "`+os.Args[0]+`"
domain = "bücher.co.uk"
`)
	c, err := Load(file, []string{})
	if err != nil {
		t.Fatal(err)
	}
	want := []DKIM{
		{Selector: "s2026", KeyFile: filepath.Join(filepath.Dir(file), "dkim.pem"), Domain: "mail.xn--bcher-kva.co.uk"},
		{Selector: "e.2026", KeyFile: os.Args[0], Domain: "xn--bcher-kva.co.uk"},
	}
	if diff := cmp.Diff(want, c.DKIM); diff != "" {
		t.Error(diff)
	}
	again := load(t, string(Sample(c)))
	if diff := cmp.Diff(want, again.DKIM); diff != "" {
		t.Errorf("written out and read again: %s", diff)
	}
}

func TestKeyForSigningFromTheEnvironment(t *testing.T) {
	c, err := Load(writeWithKey(t, ""), []string{
		"PRESSRUN_DKIM_SELECTOR=s2026", "PRESSRUN_DKIM_KEY_FILE=dkim.pem", "PRESSRUN_SENDER_FROM=news@paper.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.DKIM) != 1 || c.DKIM[0].Selector != "s2026" || c.DKIM[0].Domain != "paper.example" || len(c.Relays) != 0 {
		t.Errorf("keys %+v, relays %v", c.DKIM, c.Relays)
	}
}

func TestNoKeyByDefaultBecauseTheRelaySigns(t *testing.T) {
	if c := load(t, ""); len(c.DKIM) != 0 {
		t.Errorf("keys %+v", c.DKIM)
	}
}

// A bad key gives exactly this sentence; DIR stands for the folder of the settings.
func TestBadKeysForSigning(t *testing.T) {
	const good = "selector = \"s\"\nkey_file = \"dkim.pem\"\n"
	for _, c := range []struct{ name, file, want string }{
		{"one bracket", "[dkim]\n" + good, `FILE:1: dkim may be there several times; write [[dkim]], with two brackets, on a line of its own and its settings below`},
		{"unknown setting", "[[dkim]]\n" + good + "keyfile = \"x\"", `FILE:4: dkim.keyfile is no setting; did you mean dkim.key_file?`},
		{"unknown in the second", "[[dkim]]\n" + good + "[[dkim]]\n" + good + "key = \"x\"", `FILE:7: dkim.key is no setting; take it out, or see the file that ` + "`pressrun init`" + ` writes for all there are`},
		{"no selector", "[[dkim]]\nkey_file = \"dkim.pem\"", `FILE:1: dkim.selector is missing; write the name the public key has in the DNS, such as "s2026"`},
		{"selector", "[[dkim]]\nselector = \"s_1\"\nkey_file = \"dkim.pem\"", `FILE:2: dkim.selector is "s_1"; write letters a to z, digits and hyphens, such as "s2026"`},
		{"no file name", "[[dkim]]\nselector = \"s\"", `FILE:1: dkim.key_file is missing; write the name of the file with the private key, such as "dkim.pem"`},
		{"file gone", "[[dkim]]\nselector = \"s\"\nkey_file = \"lost.pem\"", "FILE:3: dkim.key_file names DIR/lost.pem, which is no file; make one with `openssl genrsa -out DIR/lost.pem 2048`, or take the section out"},
		{"domain", "[[dkim]]\n" + good + "domain = \"x\"", `FILE:4: dkim.domain "x" is no domain name; write one such as "paper.example"`},
		{"other organisation", "[[dkim]]\n" + good + "domain = \"relay.example\"\n[sender]\nfrom = \"a@news.paper.example\"",
			`FILE:4: dkim.domain is "relay.example", whose signature counts for nothing in mail from news.paper.example; write "news.paper.example", or another domain of the same organisation`},
		{"neighbour under a public suffix", "[[dkim]]\n" + good + "domain = \"other.co.uk\"\n[sender]\nfrom = \"a@paper.co.uk\"",
			`FILE:4: dkim.domain is "other.co.uk", whose signature counts for nothing in mail from paper.co.uk; write "paper.co.uk", or another domain of the same organisation`},
		{"public suffix", "[[dkim]]\n" + good + "domain = \"co.uk\"\n[sender]\nfrom = \"a@paper.co.uk\"",
			`FILE:4: dkim.domain is "co.uk", whose signature counts for nothing in mail from paper.co.uk; write "paper.co.uk", or another domain of the same organisation`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := writeWithKey(t, c.file)
			_, err := Load(file, []string{})
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error is %v", err)
			}
			want := strings.NewReplacer("FILE:", file+":", "DIR/", filepath.Dir(file)+"/").Replace(c.want)
			if diff := cmp.Diff([]string{want}, e.Problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}
