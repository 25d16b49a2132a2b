package templates

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
)

func TestMark(t *testing.T) {
	u := UTM{Source: "letter", Medium: "email", Campaign: "daily & more"}
	const all = "utm_source=letter&utm_medium=email&utm_campaign=daily+%26+more"
	for address, want := range map[string]string{
		"https://p.example/a":                       "https://p.example/a?" + all,
		"https://p.example/a?":                      "https://p.example/a?" + all,
		"https://p.example/a?b=%20c&d":              "https://p.example/a?b=%20c&d&" + all,
		"https://p.example/a?b&":                    "https://p.example/a?b&" + all,
		"https://p.example/a#part?x=1":              "https://p.example/a?" + all + "#part?x=1",
		"HTTP://p.example/a?b#":                     "HTTP://p.example/a?b&" + all + "#",
		"https://p.example/عنوان?q=خبر":             "https://p.example/عنوان?q=خبر&" + all,
		"https://p.example/a?utm_source=feed&x=1#t": "https://p.example/a?utm_source=feed&x=1&utm_medium=email&utm_campaign=daily+%26+more#t",
		"mailto:a@p.example":                        "mailto:a@p.example",
		"__PLACE__":                                 "__PLACE__",
		"":                                          "",
	} {
		if got := u.Mark(address); got != want {
			t.Errorf("%s:\n got %s\nwant %s", address, got, want)
		}
	}
	if got := (UTM{}).Mark("https://p.example/a?b#c"); got != "https://p.example/a?b#c" {
		t.Errorf("without parameters: %s", got)
	}
}

// FuzzMark: the address that was asked for is still asked for, with its fragment.
func FuzzMark(f *testing.F) {
	f.Add("https://p.example/a?b=c&d#e", "daily")
	f.Fuzz(func(t *testing.T, address, campaign string) {
		before, err := url.Parse(address)
		if err != nil || before.Scheme != "https" || before.Host == "" || campaign == "" || strings.Contains(before.RawQuery, "utm_") {
			t.Skip()
		}
		marked := UTM{Campaign: campaign}.Mark(address)
		after, err := url.Parse(marked)
		if err != nil {
			t.Fatalf("%q became %q: %v", address, marked, err)
		}
		if after.Host != before.Host || after.EscapedPath() != before.EscapedPath() || after.EscapedFragment() != before.EscapedFragment() || !strings.HasPrefix(after.RawQuery, before.RawQuery) {
			t.Errorf("%q became %q", address, marked)
		}
		last := after.RawQuery[strings.LastIndex(after.RawQuery, "utm_campaign="):]
		if got, err := url.ParseQuery(last); err != nil || got.Get("utm_campaign") != campaign {
			t.Errorf("%q says the campaign is %q", marked, got.Get("utm_campaign"))
		}
	})
}

// TestOnlyStoriesAreMarked, alike in both parts.
func TestOnlyStoriesAreMarked(t *testing.T) {
	s := load(t)
	for _, theme := range s.Themes() {
		l := englishLetter()
		l.Theme, l.UTM = theme.Name, UTM{Source: "letter", Campaign: "128"}
		e, err := s.Email(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range linksOf(parse(t, e.HTML)) {
			story := strings.Contains(link, "/2026/")
			if marked := strings.Contains(link, "utm_source=letter&utm_campaign=128"); marked != story {
				t.Errorf("%s: the link %s", theme.Name, link)
			}
			if !bytes.Contains(e.Text, []byte(strings.TrimPrefix(link, "mailto:")+"\n")) {
				t.Errorf("%s: the text lacks %s", theme.Name, link)
			}
		}
	}
}
