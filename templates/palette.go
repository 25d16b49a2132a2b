package templates

import (
	"html/template"
	"math"
	"strconv"
)

// A palette is one set of colours, light or dark. No colour is pure white or black,
// because mail programs that invert colours treat those worst (H8).
type palette struct {
	Page, Sheet template.CSS // grounds: around the letter and under it
	Ink, Mute   template.CSS // text, and text that may stand back
	Rule, Line  template.CSS // hairlines; underlines of headlines
	Accent      template.CSS // the paper's colour, safe for text on Sheet and Page
	Mark        template.CSS // the paper's colour for bars, which carry no text
}

const ourAccent = "#9b1c1f"

// The grounds and inks of Broadsheet and of the site: newsprint by day and by night.
var (
	lightGrounds = palette{
		Page: "#f1ede4", Sheet: "#fffdf8", Ink: "#1c1a17", Mute: "#5f5a52",
		Rule: "#ddd6c9", Line: "#8f8676",
	}
	darkGrounds = palette{
		Page: "#121110", Sheet: "#1c1b19", Ink: "#ece7dd", Mute: "#b3ab9c",
		Rule: "#3d3a35", Line: "#877f72",
	}
)

// palettes returns the light and the dark colours for a paper on our own grounds. An
// accent that is no "#rrggbb" gives ours.
func palettes(accent string) (light, dark palette) {
	return accented(lightGrounds, darkGrounds, accent)
}

// accented adds a paper's colour to a look's.
func accented(light, dark palette, accent string) (palette, palette) {
	brand, ok := parseColour(accent)
	if !ok {
		brand, _ = parseColour(ourAccent)
	}
	light.Mark = brand.css()
	light.Accent = onBoth(brand, light, colour{0, 0, 0})
	dark.Accent = onBoth(brand, dark, colour{1, 1, 1})
	dark.Mark = dark.Accent
	return light, dark
}

// onBoth makes c readable on the sheet and on the page around it.
func onBoth(c colour, p palette, far colour) template.CSS {
	onSheet, _ := parseColour(string(readable(c, p.Sheet, far)))
	return readable(onSheet, p.Page, far)
}

// readable mixes c with the far end of the scale until it may carry small text on
// ground: 4.5 to 1 (H7, WCAG 1.4.3).
func readable(c colour, ground template.CSS, far colour) template.CSS {
	under, _ := parseColour(string(ground))
	mixed := c
	for share := 0.05; contrast(mixed.rounded(), under) < 4.5 && share <= 1; share += 0.05 {
		for i := range mixed {
			mixed[i] = c[i]*(1-share) + far[i]*share
		}
	}
	return mixed.css()
}

// A colour is red, green and blue in sRGB, each 0 to 1.
type colour [3]float64

func parseColour(s string) (c colour, ok bool) {
	if len(s) != 7 || s[0] != '#' {
		return c, false
	}
	for i := range c {
		n, err := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return c, false
		}
		c[i] = float64(n) / 255
	}
	return c, true
}

func (c colour) css() template.CSS {
	const hex = "0123456789abcdef"
	out := []byte{'#'}
	for _, v := range c {
		n := int(math.Round(v * 255))
		out = append(out, hex[n>>4], hex[n&15])
	}
	return template.CSS(out)
}

// rounded is the colour as a screen gets it.
func (c colour) rounded() colour {
	r, _ := parseColour(string(c.css()))
	return r
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
