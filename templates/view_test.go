package templates

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPictureFits(t *testing.T) {
	for _, c := range []struct{ width, height, want int }{
		{1200, 800, 128}, {0, 0, 128}, {100, 80, 100}, {800, 1600, 80}, {60, 60, 60},
		{1, 1, 0}, {600, 20, 0}, // a tracker, a ruler
	} {
		got := newPicture(Image{URL: "https://p.example/1.jpg", Width: c.width, Height: c.height}, "Title", 128)
		if got.Width != c.want {
			t.Errorf("%d × %d is shown %d wide, want %d", c.width, c.height, got.Width, c.want)
		}
		if c.want > 0 && got.Alt != "Title" {
			t.Errorf("a linked picture without words: %+v", got)
		}
	}
}

func TestPreview(t *testing.T) {
	long := strings.Repeat("وقالت المصادر إن ", 20)
	for _, c := range []struct {
		name string
		l    Letter
		want string
	}{
		{"the desk's own", Letter{Preheader: " One\n two ", Lead: &Story{Text: "x"}}, "One two"},
		{"the lead's words", Letter{Lead: &Story{Title: "T", Text: "Words"}}, "Words"},
		{"the lead's title", Letter{Lead: &Story{Title: "T"}}, "T"},
		{"nothing", Letter{}, ""},
	} {
		if got := preview(c.l); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	got := preview(Letter{Preheader: long})
	cut, whole := strings.CutSuffix(got, "…")
	if n := utf8.RuneCountInString(got); n > maxPreview || n < 100 || !whole || !strings.HasPrefix(long, cut+" ") {
		t.Errorf("%d letters: %q", n, got)
	}
}
