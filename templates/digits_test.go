package templates

import (
	"strings"
	"testing"
)

func containsLine(text, line string) bool { return strings.Contains("\n"+text, "\n"+line) }

func TestDigits(t *testing.T) {
	for _, c := range []struct{ tag, digits, want string }{
		{"ar", DigitsArab, "٤٠٧"}, {"ar-EG", DigitsArab, "٤٠٧"}, {"fa", DigitsArab, "۴۰۷"}, {"ur-PK", DigitsArab, "۴۰۷"},
		{"ar", DigitsLatin, "407"}, {"ar", "", "407"}, {"en", DigitsArab, "407"}, {"he", DigitsArab, "407"}, {"ar-Latn", DigitsArab, "407"},
	} {
		w := load(t).words.of("en")
		tagged := *w
		if err := tagged.tag.UnmarshalText([]byte(c.tag)); err != nil {
			t.Fatal(err)
		}
		if got := tagged.in(c.digits).number(407); got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.tag, c.digits, got, c.want)
		}
	}
}

// TestAllNumbersFollow: the letter's own numbers are in its digits, and no other: a
// story's words, a telephone number and an address stay what they are.
func TestAllNumbersFollow(t *testing.T) {
	s := load(t)
	for _, theme := range s.Themes() {
		l := arabicLetter()
		l.Theme, l.Digits, l.Hijri = theme.Name, DigitsArab, true
		l.Sections[0].Stories[0].Language, l.Sections[0].Stories[0].Title = "en", "In 3 towns"
		e, err := s.Email(l)
		if err != nil {
			t.Fatal(err)
		}
		said := oneLine(textOf(parse(t, e.HTML)))
		for part, text := range map[string]string{"HTML": said, "text": oneLine(string(e.Text))} {
			for _, want := range []string{"العدد ١٢٨", "٢٣ نوفمبر ٢٠٢٦", "١٣ جمادى الآخرة ١٤٤٨", "قراءة ٥ دقائق", "قراءة ١١ دقيقة", "٣ أخبار أخرى", "2 min read", "In 3 towns", "بمشاركة 40 دولة", "14 طريق الملك فهد"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: %q is missing", theme.Name, part, want)
				}
			}
		}
	}
}
