package templates

import (
	"strings"
	"testing"
)

func TestLean(t *testing.T) {
	for _, c := range []struct{ dir, text, want string }{
		{"rtl", "• OpenAI تعلن", "\u200f• OpenAI تعلن"},
		{"rtl", "• تعلن OpenAI", "• تعلن OpenAI"},
		{"rtl", "40 دولة", "40 دولة"},
		{"rtl", "OpenAI", "OpenAI"}, // nothing to put in order
		{"rtl", "تعلن\nC++ لغة\n", "تعلن\n\u200fC++ لغة\n"},
		{"ltr", "• فهد wins", "\u200e• فهد wins"},
		{"ltr", "Fahd فهد", "Fahd فهد"},
		{"ltr", "", ""},
	} {
		if got := lean(c.dir, c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.dir, got, c.want)
		}
	}
}

// TestArabicHeadlineBeginsInLatin: in both parts it is still set from right to left.
func TestArabicHeadlineBeginsInLatin(t *testing.T) {
	for _, theme := range load(t).Themes() {
		l := englishLetter()
		l.Theme = theme.Name
		story := &l.Sections[0].Stories[0]
		story.Title, story.Language = "OpenAI تعلن نموذج GPT-5 للترجمة", "ar"
		e := set(t, l)
		if !strings.Contains(string(e.Text), " OpenAI تعلن") || !strings.Contains(string(e.Text), "\u200f") {
			t.Errorf("%s: the text part is\n%s", theme.Name, e.Text)
		}
		if !strings.Contains(string(e.HTML), `<span dir="ltr">OpenAI</span> تعلن نموذج <span dir="ltr">GPT-5</span>`) {
			t.Errorf("%s: the HTML part has no runs", theme.Name)
		}
	}
}
