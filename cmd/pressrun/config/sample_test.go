package config

import (
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSampleIsTheDefaults(t *testing.T) {
	if diff := cmp.Diff(load(t, ""), load(t, string(Sample(Default()))), ignoringFolder()); diff != "" {
		t.Error(diff)
	}
	uncommented := regexp.MustCompile(`(?m)^#([a-z_]+ = [^#]*)$`).ReplaceAllString(string(Sample(Default())), "$1")
	if strings.Contains(uncommented, "\n#listen") || !strings.Contains(uncommented, "\nlisten") {
		t.Fatal("the defaults were not uncommented")
	}
	uncommented = strings.ReplaceAll(uncommented, "#[[relay]]", "[[relay]]\nurl = \"dir:out\"")
	c := load(t, uncommented)
	if diff := cmp.Diff(NewRelay(c.Relays[0].URL), c.Relays[0]); diff != "" {
		t.Error(diff)
	}
	c.Relays = nil
	if diff := cmp.Diff(load(t, ""), c, ignoringFolder()); diff != "" {
		t.Errorf("a default shown in the sample is not the default:\n%s", diff)
	}
}

// ignoringFolder compares without the temporary folder that each file is in.
func ignoringFolder() cmp.Options {
	return append(exactly, cmp.Transformer("withoutFolder", func(path string) string {
		if filepath.IsAbs(path) {
			return filepath.Base(path)
		}
		return path
	}))
}

func TestSampleExamplesAreValid(t *testing.T) {
	sample := string(Sample(Default()))
	all := regexp.MustCompile(`(?m)^#(\[\[[a-z]+\]\]|[a-z_]+ = .*)$`).ReplaceAllString(sample, "$1")
	file := write(t, all)
	if err := os.Mkdir(filepath.Join(filepath.Dir(file), "templates"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "dkim.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file, []string{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ReadyToSend(); err != nil {
		t.Error(err)
	}
	for _, f := range fieldsOf(c) {
		if f.isDefault() && f.tag.Get("default") == "" {
			t.Errorf("%s has neither a default nor an example", f.path)
		}
	}
}

func TestSampleDocumentsEverySetting(t *testing.T) {
	sample := string(Sample(Default()))
	for _, s := range sectionsOf(withOneOfEach(Config{})) {
		if name := spoken(s.name); name != "" && !strings.Contains(sample, "["+name+"]") {
			t.Errorf("[%s] is not in the sample", name)
		}
		if s.name != "" && s.doc == "" {
			t.Errorf("[%s] has no doc tag", s.name)
		}
		for _, f := range s.fields {
			if f.tag.Get("doc") == "" || !strings.HasSuffix(f.tag.Get("doc"), ".") {
				t.Errorf("%s has no doc tag that is a sentence", f.path)
			}
			if !regexp.MustCompile(`(?m)^#` + f.key() + ` = `).MatchString(sample) {
				t.Errorf("%s is not in the sample", f.path)
			}
		}
	}
	for line := range strings.SplitSeq(sample, "\n") {
		if strings.HasPrefix(line, "# ") && len(line) > 88 {
			t.Errorf("line of %d characters: %s", len(line), line)
		}
	}
}

func TestSampleKeepsWhatIsSet(t *testing.T) {
	c := Default()
	c.Paper = Paper{Name: "The “Harbour” \\ Post", URL: "https://paper.example", Address: "1 Quay\nHarbour"}
	c.Sender.From = mail.Address{Name: "Post, daily", Address: "news@paper.example"}
	c.Relays = []Relay{NewRelay("smtp://user:pw@mail.example"), NewRelay("dir:/out")}
	got := load(t, string(Sample(c)))
	if diff := cmp.Diff(c.Paper, got.Paper); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(c.Relays, got.Relays); diff != "" {
		t.Error(diff)
	}
	if got.Sender.From != c.Sender.From {
		t.Errorf("from is %v", got.Sender.From)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := Default()
	c.Secret, c.OIDC.ClientSecret = "hunter2-and-more", "hunter2-elsewhere"
	c.Relays = []Relay{NewRelay("smtp://user:hunter2@mail.example:587"), NewRelay("smtp://%zz:hunter2@h")}
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&b, verb+"\n", c)
		fmt.Fprintf(&b, verb+"\n", *c)
		fmt.Fprintf(&b, verb+"\n", c.Relays[0].URL)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "config", c, "relay", c.Relays[0].URL, "secret", c.Secret)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "config", *c, "relay", c.Relays[0].URL, "secret", c.Secret)
	if i := strings.Index(b.String(), "hunter2"); i >= 0 {
		t.Errorf("printed: %s", b.String()[max(0, i-200):i+20])
	}
	if strings.Contains(b.String(), fmt.Sprintf("%x", "hunter2")) {
		t.Error("printed in hexadecimal")
	}
	if !strings.Contains(b.String(), "smtp://user:xxxxx@mail.example:587") {
		t.Error("the rest of the relay's URL is hidden too")
	}
}

func TestCreateSecretKeepsAnOldOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pressrun.secret")
	if err := CreateSecret(file); err != nil {
		t.Fatal(err)
	}
	first, _ := os.ReadFile(file)
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 || len(first) < minSecret {
		t.Errorf("mode %v, %d bytes", info.Mode(), len(first))
	}
	if err := CreateSecret(file); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(file); string(second) != string(first) {
		t.Error("an existing secret was replaced")
	}
}
