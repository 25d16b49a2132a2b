package templates

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func aNotice(kind NoticeKind, language string) Notice {
	return Notice{
		Paper: Paper{Name: "The Harbour Post", URL: "https://post.example/"}, Kind: kind, Language: language, Edition: "Daily",
		Due: time.Date(2027, 3, 20, 7, 0, 0, 0, time.UTC), Silence: "hold", Four: true, Reasons: []string{"too few stories: 2 of 3 stories in en"},
		Approve: "https://news.post.example/desk/approve/a", Hold: "https://news.post.example/desk/approve/a", Open: "https://news.post.example/desk/issue/daily",
	}
}

func TestNoticeStandsAboveTheDraft(t *testing.T) {
	n := aNotice(NoticeDraft, "en")
	n.Draft = Email{HTML: []byte(`<html><body class="page"><p>the letter</p></body></html>`), Text: []byte("the letter\n")}
	got, err := load(t).Notice(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]byte{got.HTML, got.Text} {
		ask, letter := bytes.Index(part, []byte("https://news.post.example/desk/approve/a")), bytes.Index(part, []byte("the letter"))
		if ask < 0 || letter < ask {
			t.Errorf("the question at %d, the letter at %d: %s", ask, letter, part)
		}
	}
	if !bytes.HasPrefix(got.HTML, []byte(`<html><body class="page">`)) || bytes.Count(got.HTML, []byte("<body")) != 1 {
		t.Errorf("no page any more: %s", got.HTML)
	}
	if want := "Daily: approve the issue of 2027-03-20 07:00 UTC?"; got.Subject != want {
		t.Errorf("subject %q, want %q", got.Subject, want)
	}
}

func TestNoticeOfEachKindInEachLanguage(t *testing.T) {
	for _, lang := range []string{"en", "ar"} {
		for kind, links := range map[NoticeKind]int{NoticeDraft: 3, NoticeWithdrawn: 3, NoticeSkipped: 1} {
			got, err := load(t).Notice(aNotice(kind, lang))
			if err != nil {
				t.Fatal(err)
			}
			if rtl := strings.Contains(string(got.Text), "\u20662027-03-20 07:00 UTC\u2069"); rtl != (lang == "ar") && kind != NoticeSkipped {
				t.Errorf("%s in %s: its date is not set apart, or is for no reason: %s", kind, lang, got.Text)
			}
			if n := bytes.Count(got.HTML, []byte("<a ")); n != links || got.Language != lang {
				t.Errorf("%s in %s: %d links, set in %s", kind, lang, n, got.Language)
			}
			if !strings.HasPrefix(string(got.HTML), "<!DOCTYPE html>") || !bytes.Contains(got.Text, []byte(map[string]string{"en": "too few stories", "ar": "القصص أقل من اللازم"}[lang])) {
				t.Errorf("%s in %s: %s", kind, lang, got.Text)
			}
		}
	}
}
