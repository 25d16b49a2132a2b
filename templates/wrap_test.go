package templates

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	long := strings.Repeat("x", 60)
	address := "https://courier.example/" + strings.Repeat("a", 100)
	for _, c := range []struct{ name, in, want string }{
		{"blanks", " a \t b\n c ", "a b c"},
		{"break at a blank", long + " " + long, long + "\n" + long},
		{"exactly a line", long + " " + strings.Repeat("y", 15), long + " " + strings.Repeat("y", 15)},
		{"one too many", long + " " + strings.Repeat("y", 16), long + "\n" + strings.Repeat("y", 16)},
		{"an address stays whole", "see " + address + " there", "see\n" + address + "\nthere"},
		{"arabic counts letters, not bytes", strings.Repeat("سلام ", 15) + "ه", strings.Repeat("سلام ", 15) + "ه"},
		{"vowel marks take no room", strings.Repeat("سَلَامٌ ", 15) + "ه", strings.Repeat("سَلَامٌ ", 15) + "ه"},
		{"chinese letters take two columns", strings.Repeat("報", 50), strings.Repeat("報", 38) + "\n" + strings.Repeat("報", 12)},
		{"empty", "", ""},
	} {
		if got := wrap(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzWrap: no words are lost, and no line is too wide but one that is an address.
func FuzzWrap(f *testing.F) {
	f.Add("one two https://x.example/" + strings.Repeat("a", 90) + " " + strings.Repeat("報", 80) + "\u200e")
	f.Fuzz(func(t *testing.T, text string) {
		got := wrap(text)
		if squeeze(got) != squeeze(text) {
			t.Errorf("%q became %q", text, got)
		}
		for line := range strings.Lines(got) {
			if displayWidth(line) > columns+1 && !strings.Contains(line, "://") {
				t.Errorf("line of %d columns: %q", displayWidth(line), line)
			}
		}
	})
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func TestTidy(t *testing.T) {
	got := string(tidy([]byte("\n\n a \n\n\n\nb\t\nc\n\n")))
	if want := " a\n\nb\nc\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRuns(t *testing.T) {
	for _, c := range []struct{ dir, in, want string }{
		{"ltr", "a < b", "a &lt; b"},
		{"rtl", "لغة C++ الآن", `لغة <span dir="ltr">C++</span> الآن`},
		{"rtl", "شركة OpenAI.", `شركة <span dir="ltr">OpenAI</span>.`},
		{"rtl", "اتصل +966 11 200 0000 اليوم", `اتصل <span dir="ltr">+966 11 200 0000</span> اليوم`},
		{"rtl", "AT&T و Marks & Spencer", `<span dir="ltr">AT&amp;T</span> و <span dir="ltr">Marks &amp; Spencer</span>`},
		{"rtl", "عام 2026", "عام 2026"},
		{"ltr", "By فهد الحربي · 3 min", `By <span dir="rtl">فهد الحربي</span> · 3 min`},
	} {
		if got := string(runs(c.dir, c.in)); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}
