package templates

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestOurThemes(t *testing.T) {
	var names []string
	for _, theme := range load(t).Themes() {
		names = append(names, theme.Name)
		if !theme.Ours || theme.About == "" {
			t.Errorf("%+v", theme)
		}
	}
	if diff := cmp.Diff([]string{"broadsheet", "briefing", "magazine", "plain"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestOwnTheme: a folder in email/ is a theme; what it lacks is Broadsheet's, and an
// operator's part in email/ is everybody's that has none of its own.
func TestOwnTheme(t *testing.T) {
	s, err := Load(fstest.MapFS{
		"email/evening/theme.json":   {Data: []byte(`{"about": "By lamplight.", "pictures": {"story": 0}, "light": {"ink": "#20303F"}}`)},
		"email/evening/lead.html":    {Data: []byte(`<tr><td class="{{.Voice}} lead">{{template "email/lamp.html" .}}{{template "words" .}}</td></tr>`)},
		"email/evening/lamp.html":    {Data: []byte(`<b>lit</b>`)},
		"email/footer.html":          {Data: []byte(`<tr><td>Everybody's foot</td></tr>`)},
		"email/briefing/footer.html": {Data: []byte(`<tr><td>The briefing's foot</td></tr>`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	themes := s.Themes()
	if diff := cmp.Diff(Theme{Name: "evening", About: "By lamplight.", Own: true}, themes[2]); diff != "" {
		t.Error(diff)
	}
	for theme, want := range map[string][]string{
		"evening":    {"<b>lit</b>", "color:#20303f", "Everybody&#39;s foot", "double #20303f"},
		"briefing":   {"The briefing&#39;s foot", ">1</td>"},
		"broadsheet": {"Everybody&#39;s foot", "<img ", "double #1c1a17"},
		"":           {"Everybody&#39;s foot", "<img ", "double #1c1a17"},
		"gone":       {"Everybody&#39;s foot", "<img ", "double #1c1a17"},
	} {
		l := englishLetter()
		l.Lead.Image.URL = ""
		l.Theme = theme
		e, err := s.Email(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(e.HTML), w) {
				t.Errorf("%q: no %s", theme, w)
			}
		}
		if theme == "evening" && strings.Contains(string(e.HTML), "<img") {
			t.Error("a theme without pictures has one")
		}
	}
}

// TestBadTheme: an error names the theme's file and line.
func TestBadTheme(t *testing.T) {
	for _, c := range []struct{ file, source, want string }{
		{"email/evening/story.html", "<tr>\n{{if}}", "email/evening/story.html has a mistake in line 2"},
		{"email/evening/footer.html", "\n\n{{.Nothing}}", "email/evening/footer.html has a mistake in line 3"},
		{"email/plain/story.txt", "\n{{.Nothing}}", "email/plain/story.txt has a mistake in line 2"},
		{"email/evening/theme.json", "{\n\"colour\": 1}", "line 2"},
		{"email/evening/theme.json", `{"light": {"ink": "blue"}}`, `ink is "blue", not a colour`},
	} {
		_, err := Load(fstest.MapFS{c.file: {Data: []byte(c.source)}})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: error %v, want %q", c.file, err, c.want)
		}
	}
}

// TestBriefingIsBrief: headlines, and of the summaries only the lead's, of which the
// preheader may be a part (H4).
func TestBriefingIsBrief(t *testing.T) {
	l := englishLetter()
	l.Theme = "briefing"
	e := set(t, l)
	for part, text := range map[string]string{"HTML": textOf(body(t, e.HTML)), "text": oneLine(string(e.Text))} {
		if !strings.Contains(text, "Seven councils signed") {
			t.Errorf("%s: the lead's summary is missing", part)
		}
		for _, never := range []string{"Night nurses", "two sleepers", "Ada Fenwick"} {
			if strings.Contains(text, never) {
				t.Errorf("%s has %q", part, never)
			}
		}
	}
	if !strings.Contains(string(e.Text), "\n3. The bakery that opens at three in the morning\n3 min read\nhttps://") {
		t.Errorf("the text part is\n%s", e.Text)
	}
}
