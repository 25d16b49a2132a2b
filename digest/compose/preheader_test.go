package compose_test

import (
	"strings"
	"testing"

	"github.com/pressrun/pressrun/digest"
)

func TestPreheaderCanBeReadInTheLetterToo(t *testing.T) { // H4
	c := newComposer(t)
	change := func(a digest.Article, title, summary string) digest.Article {
		a.Title, a.Summary = title, summary
		return a
	}
	for _, test := range []struct {
		name     string
		language string
		articles []digest.Article
		want     string // how it begins
		short    bool   // the letter has no 40 characters to show
	}{
		{"the lead's summary", "en", many(3, english), "Seven councils signed in the small hours of night 1.", false},
		{"a long summary, cut", "en", []digest.Article{change(english(1), "Lead", strings.Repeat("many words ", 30))}, "many words many words", false},
		{"a short summary and the next headlines", "en", []digest.Article{change(english(1), "Lead", "It rained."), english(2)}, "It rained · Headline 2", false},
		{"no summary", "en", []digest.Article{change(english(1), "Lead", ""), english(2), english(3)}, "Headline 2", false},
		{"a lonely headline", "en", []digest.Article{change(english(1), "Lead", "")}, "Lead", true},
		{"Arabic", "ar", many(3, arabic), "وقّعت سبعة مجالس", false},
		{"trimmed", "en", many(50, huge), "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := document(t, deliver(t, composed(t, c, edition(test.language), test.articles...)[0]).html)
			hidden := doc.Find("body").Children().First()
			if style := hidden.AttrOr("style", ""); style != "display:none;max-height:0;overflow:hidden;mso-hide:all" {
				t.Fatalf("the first element is not the preheader: %q", style)
			}
			text := hidden.Text()
			hidden.Remove()
			if n := len([]rune(text)); n > 130 || n < 40 && !test.short {
				t.Errorf("%d characters: %q", n, text)
			}
			if !strings.HasPrefix(text, test.want) {
				t.Errorf("%q does not begin with %q", text, test.want)
			}
			visible := strings.Join(strings.Fields(doc.Find("body").Text()), " ")
			for _, piece := range strings.Split(text, " · ") {
				if piece = strings.TrimRight(piece, "…"); !strings.Contains(visible, piece) {
					t.Errorf("%q is nowhere to be seen", piece)
				}
			}
			if n := doc.Find(`[style*="display:none"]`).Length(); n > 0 {
				t.Errorf("%d other hidden elements", n)
			}
		})
	}
}
