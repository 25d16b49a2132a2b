package templates

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"
)

func desk(t *testing.T) *Desk {
	t.Helper()
	set, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := set.Desk(Paper{Name: "The Evening Wire", Accent: "#0a5c8a"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// spoken finds the words that templates and code name.
var spoken = regexp.MustCompile(`\b(say|plain|count)\s+"([a-z0-9.-]+)"`)

func TestDeskSaysEverythingInBothLanguages(t *testing.T) {
	d := desk(t)
	english, arabic := d.tongues["en"], d.tongues["ar"]
	plural := regexp.MustCompile(`\.(zero|one|two|few|many|other)$`)
	for name, sentence := range english.words {
		if plural.MatchString(name) {
			name = plural.ReplaceAllString(name, ".other")
		}
		if strings.TrimSpace(arabic.words[name]) == "" || strings.TrimSpace(sentence) == "" {
			t.Errorf("%q is not said in Arabic, or says nothing", name)
		}
	}
	for name := range arabic.words {
		base := plural.ReplaceAllString(name, "")
		if english.words[name] == "" && english.words[base+".other"] == "" {
			t.Errorf("%q is said in Arabic only", name)
		}
	}
	values := regexp.MustCompile(`\{[a-z]+\}`)
	for name, sentence := range english.words {
		if plural.MatchString(name) {
			continue // one and two may do without their number
		}
		for _, v := range values.FindAllString(sentence, -1) {
			if !strings.Contains(arabic.words[name], v) {
				t.Errorf("%q lacks %s in Arabic", name, v)
			}
		}
	}
	files, err := fs.Glob(deskFiles, "desk/*.html")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		source, err := fs.ReadFile(deskFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range spoken.FindAllStringSubmatch(string(source), -1) {
			found++
			name := m[2]
			if m[1] == "count" {
				name += ".other"
			}
			if english.words[name] == "" {
				t.Errorf("%s says %q, which the words lack", file, name)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d sentences were found in the templates", found)
	}
}

func TestDistancesInWords(t *testing.T) {
	d := desk(t)
	for _, c := range []struct {
		off    time.Duration
		en, ar string
	}{
		{0, "now", "الآن"},
		{44 * time.Second, "now", "الآن"},
		{-3 * time.Second, "just now", "قبل لحظات"},
		{-50 * time.Second, "1 minute ago", "قبل دقيقة واحدة"},
		{2 * time.Minute, "in 2 minutes", "خلال دقيقتين"},
		{-5 * time.Minute, "5 minutes ago", "قبل 5 دقائق"},
		{89 * time.Minute, "in 89 minutes", "خلال 89 دقيقة"},
		{3 * time.Hour, "in 3 hours", "خلال 3 ساعات"},
		{20 * time.Hour, "in 20 hours", "خلال 20 ساعة"},
		{-47 * time.Hour, "47 hours ago", "قبل 47 ساعة"},
		{49 * time.Hour, "in 2 days", "خلال يومين"},
		{-100 * 24 * time.Hour, "100 days ago", "قبل 100 يوم"},
	} {
		if got := d.tongues["en"].ago(c.off); got != c.en {
			t.Errorf("%v is %q, not %q", c.off, got, c.en)
		}
		if got := d.tongues["ar"].ago(c.off); got != c.ar {
			t.Errorf("%v is %q, not %q", c.off, got, c.ar)
		}
	}
}

func TestMomentsNameTheYearWhenItIsAnother(t *testing.T) {
	d, at := desk(t), time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)
	if got := d.tongues["en"].clock(at, at); got != "Tuesday 24 November, 07:00" {
		t.Errorf("this year: %q", got)
	}
	if got := d.tongues["en"].clock(at, at.AddDate(1, 0, 0)); got != "Tuesday 24 November 2026, 07:00" {
		t.Errorf("a year later: %q", got)
	}
}

func TestDeskPagesUseNoStyleOrScriptThatThePolicyForbids(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)\sstyle\s*=|<style|\son[a-z]+\s*=|<script(>|[^>]*>[^<])|javascript:`)
	files, err := fs.Glob(deskFiles, "desk/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := fs.ReadFile(deskFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		if m := forbidden.Find(source); m != nil {
			t.Errorf("%s has %q", file, m)
		}
	}
}

// formStart finds the forms that change something.
var formStart = regexp.MustCompile(`<form[^>]*method="post"[^>]*>`)

func TestEveryFormOfTheDeskCarriesItsToken(t *testing.T) {
	files, err := fs.Glob(deskFiles, "desk/*.html")
	if err != nil {
		t.Fatal(err)
	}
	forms := 0
	for _, file := range files {
		source, err := fs.ReadFile(deskFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range formStart.FindAllIndex(source, -1) {
			forms++
			form, _, _ := strings.Cut(string(source[at[1]:]), "</form>")
			if !strings.Contains(form, ".Hidden}}") {
				t.Errorf("%s has a form without its token: %s", file, source[at[0]:at[1]])
			}
		}
	}
	if forms < 8 {
		t.Errorf("only %d forms were found", forms)
	}
}
