package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProviderFromFileAndEnvironment(t *testing.T) {
	file := write(t, `
[oidc]
issuer = "https://login.paper.example/"
client_id = "desk"
domains = "Paper.example, bücher.example"
passwords = false
`)
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "client"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, []string{"PRESSRUN_OIDC_CLIENT_SECRET_FILE=client", "PRESSRUN_OIDC_ROLE=editor"})
	if err != nil {
		t.Fatal(err)
	}
	want := OIDC{ // the slash at the end is the issuer's own
		Issuer: "https://login.paper.example/", ClientID: "desk", ClientSecret: "s3cret", Name: "login.paper.example",
		Domains: "paper.example, xn--bcher-kva.example", Role: "editor",
	}
	if d := cmp.Diff(want, c.OIDC); d != "" {
		t.Error(d)
	}
	if got := c.OIDC.EmailDomains(); !slices.Equal(got, []string{"paper.example", "xn--bcher-kva.example"}) {
		t.Errorf("the domains are %q", got)
	}
}

func TestBadProviders(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"no issuer", `client_id = "desk"`, "oidc.issuer is missing"},
		{"passwords off without a provider", `passwords = false`, "nobody could log in"},
		{"no client", `issuer = "https://login.paper.example"`, "oidc.client_id is missing"},
		{"in the clear", "issuer = \"http://login.paper.example\"\nclient_id = \"x\"", "must begin with https"},
		{"a query", "issuer = \"https://login.paper.example?x\"\nclient_id = \"x\"", "without a question mark"},
		{"a password in it", "issuer = \"https://u:hunter2@login.paper.example\"\nclient_id = \"x\"", "write a web address"},
		{"an owner", "issuer = \"https://login.paper.example\"\nclient_id = \"x\"\nrole = \"owner\"", "an owner is made by another owner"},
		{"no domain", "issuer = \"https://login.paper.example\"\nclient_id = \"x\"\ndomains = \"@paper\"", "is no domain name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(write(t, "[oidc]\n"+c.file), []string{})
			e, ok := errors.AsType[*Error](err)
			if !ok || len(e.Problems) != 1 || !strings.Contains(e.Problems[0], c.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestProviderOnThisMachineMayDoWithoutHTTPS(t *testing.T) {
	c := load(t, "[oidc]\nissuer = \"http://127.0.0.1:8180/realms/staff\"\nclient_id = \"desk\"")
	if c.OIDC.Name != "127.0.0.1" || !c.OIDC.Passwords {
		t.Errorf("the provider is %+v", c.OIDC)
	}
}
