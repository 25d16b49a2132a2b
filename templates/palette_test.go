package templates

import (
	"html/template"
	"math"
	"testing"
)

// TestContrast holds every pair of text and ground to 4.5 to 1, light and dark, for any
// accent (H7, H8). It is arithmetic, so it holds for Arabic, which browsers' checkers
// leave out.
func TestContrast(t *testing.T) {
	for _, accent := range []string{"", "red", "#9b1c1f", "#0b6b50", "#ffcc00", "#000000", "#ffffff", "#808080", "#00ffff", "#0000ff", "#777777"} {
		light, dark := palettes(accent)
		for name, p := range map[string]palette{"light": light, "dark": dark} {
			for pair, colours := range map[string][2]template.CSS{
				"ink on sheet": {p.Ink, p.Sheet}, "mute on sheet": {p.Mute, p.Sheet}, "accent on sheet": {p.Accent, p.Sheet},
				"ink on page": {p.Ink, p.Page}, "mute on page": {p.Mute, p.Page}, "test banner": {"#3a2c00", "#ffe9a8"},
			} {
				if c := ratio(t, colours[0], colours[1]); c < 4.5 {
					t.Errorf("%s, accent %q: %s is %.2f to 1", name, accent, pair, c)
				}
			}
			if c := ratio(t, p.Line, p.Sheet); c < 3 {
				t.Errorf("%s: underlines are %.2f to 1, want 3 (WCAG 1.4.11)", name, c)
			}
		}
	}
}

func ratio(t *testing.T, a, b template.CSS) float64 {
	left, okLeft := parseColour(string(a))
	right, okRight := parseColour(string(b))
	if !okLeft || !okRight {
		t.Fatalf("%q or %q is no colour", a, b)
	}
	return contrast(left, right)
}

func TestContrastOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b template.CSS
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}, {"#bbbbbb", "#ffffff", 1.92}} {
		if got := ratio(t, c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestAccentStays(t *testing.T) {
	if light, _ := palettes("#0B6B50"); light.Accent != "#0b6b50" || light.Mark != "#0b6b50" {
		t.Errorf("a readable accent was changed: %+v", light)
	}
	for _, bad := range []string{"red", "#fff", "#12345g", "#9b1c1f;x", "#+1+1+1"} {
		if light, _ := palettes(bad); light.Mark != ourAccent {
			t.Errorf("accent %q gave %s", bad, light.Mark)
		}
	}
}
