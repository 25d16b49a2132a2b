package templates

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// TestCascade is the table of the cascade (CSS 2.2, section 6.4) for what a theme may say:
// what an element with id="x" has in its style when all is inlined. Where the inliner is
// known to be wrong, Check refuses the stylesheet.
func TestCascade(t *testing.T) {
	const element = `<p id="x" class="a b">x</p>`
	for _, c := range []struct{ name, css, markup, want string }{
		{"an element", "p{margin:0}", element, "margin:0"},
		{"another element", "h1{margin:0}", element, ""},
		{"a list", "h1,p , h2{margin:0}", element, "margin:0"},
		{"a later rule of the same weight", "p{margin:0}p{margin:1px}", element, "margin:1px"},
		{"a class over an element, whatever the order", ".a{margin:1px}p{margin:0}", element, "margin:1px"},
		{"the later of two classes, whatever their order in the attribute", ".b{margin:2px}.a{margin:1px}", element, "margin:1px"},
		{"two classes over one", ".a.b{margin:2px}.a{margin:1px}", element, "margin:2px"},
		{"an element and a class over a class", "p.a{margin:2px}.b{margin:1px}", element, "margin:2px"},
		{"two elements over one", "td p{margin:2px}p{margin:1px}", "<td>" + element + "</td>", "margin:2px"},
		{"a class and two elements over a class and one", ".c td p{margin:2px}.a p,p.a{margin:1px}", "<tr class=c><td>" + element + "</td></tr>", "margin:2px"},
		{"a class over any number of elements", ".a{margin:1px}table tbody tr td p{margin:0}", "<td>" + element + "</td>", "margin:1px"},
		{"an ancestor further up", ".c p{margin:2px}", "<tr class=c><td>" + element + "</td></tr>", "margin:2px"},
		{"an ancestor that is none", "h1 p{margin:2px}", element, ""},
		{"a style attribute over any rule", ".a.b{margin:2px}", `<p id="x" class="a b" style="margin:3px">x</p>`, "margin:3px"},
		{"a style attribute beside a rule", ".a{padding:2px}", `<p id="x" class="a b" style="margin:3px">x</p>`, "padding:2px;margin:3px"},
		{"a shorthand after its part", "p{font-size:9px}.a{font:10px/12px Arial}", element, "font-size:9px;font:10px/12px Arial"},
		{"a part after its shorthand", "p{font:10px/12px Arial}.a{font-size:9px}", element, "font:10px/12px Arial;font-size:9px"},
		{"a weaker shorthand after a stronger part", ".a{font-size:9px}p{font:10px/12px Arial}", element, "font:10px/12px Arial;font-size:9px"},
		{"a part said weakly, its shorthand, and the part again", "p{font-size:8px}.a{font:10px/12px Arial}.a.b{font-size:9px}", element, "font:10px/12px Arial;font-size:9px"},
		{"a list in which two selectors match", "p,.a{margin:1px}.b{margin:2px}", element, "margin:2px"},
		{"several styles in one page", "p{margin:0}</style><style>p{margin:1px}", element, "margin:1px"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := inlinedStyle(t, c.css, c.markup)
			if got != c.want {
				t.Errorf("%s has style=%q, want %q", c.markup, got, c.want)
			}
			sheet, _, _ := strings.Cut(c.css, "</style>")
			if found := checkedCSS(sheet); len(found) > 0 {
				t.Errorf("what is inlined rightly is refused: %v", found)
			}
		})
	}
}

// TestInlinersFaultsAreRefused: where the inliner is wrong, Check says so. A case that it
// does right one day fails here, and may then be allowed.
func TestInlinersFaultsAreRefused(t *testing.T) {
	const element = `<div class="c"><p id="x" class="a b">x</p></div>`
	for _, c := range []struct{ name, css, right string }{
		{"!important over a style attribute", "p{margin:1px!important}</style><style>#x{padding:0}", "margin:1px!important;padding:0"},
		{"a list within a pseudo-class", ":is(p,h1){margin:1px}", "margin:1px"},
		{"not one of two", "p:not(.c,.d){margin:1px}", "margin:1px"},
		{"fallbacks", "p{color:#111111;color:oklch(1 1 1)}", "color:#111111;color:oklch(1 1 1)"},
		{"the universal selector", "*{margin:1px}", "margin:1px"},
		{"a missing brace", "p{margin:1px;\nh1{margin:2px}", "margin:1px"},
	} {
		if got := inlinedStyle(t, c.css, element); got == c.right {
			t.Errorf("%s: the inliner is right now: %q", c.name, got)
		}
		sheet, _, _ := strings.Cut(c.css, "</style>")
		if len(checkedCSS(sheet)) == 0 {
			t.Errorf("%s is not refused", c.name)
		}
	}
}

func checkedCSS(css string) []Problem {
	c := &checker{}
	c.style("look.css", css, 1, true)
	return c.found
}

// inlinedStyle is the style of the element with id="x".
func inlinedStyle(t testing.TB, css, markup string) string {
	t.Helper()
	out, err := inline([]byte("<html><head><style>" + css + "</style></head><body><table>" + markup + "</table></body></html>"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	style, _ := goquery.NewDocumentFromNode(doc).Find("#x").Attr("style")
	return style
}

// TestCascadeOfAnySheet compares the inliner with the cascade written out: of the rules that
// match, the heaviest, and of equals the last, property by property.
func TestCascadeOfAnySheet(t *testing.T) {
	simple := []string{"p", ".a", ".b", ".a.b", "p.a", "td", ".c", "#x", "h1", ".d"}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		r := rand.New(rand.NewPCG(seed, 1))
		var sheet strings.Builder
		won, strength := map[string]string{}, map[string]int{}
		for n := range rapid.IntRange(1, 12).Draw(t, "rules") {
			chain := []string{simple[r.IntN(len(simple))]}
			if r.IntN(2) == 0 {
				chain = []string{[]string{"td", ".c", "table", "tr.c", "h1"}[r.IntN(5)], chain[0]}
			}
			selector := strings.Join(chain, " ")
			prop := []string{"margin", "padding", "color"}[r.IntN(3)]
			value := []string{"0", "1px", "2px", "3px"}[r.IntN(4)]
			sheet.WriteString(selector + "{" + prop + ":" + value + "}\n")
			if !slices.Contains([]string{"p", ".a", ".b", ".a.b", "p.a", "#x"}, chain[len(chain)-1]) || chain[0] == "h1" {
				continue
			}
			if w := weight(selector); w >= strength[prop] {
				won[prop], strength[prop] = value, w
			}
			_ = n
		}
		doc, err := inline([]byte(`<html><head><style>` + sheet.String() + `</style></head><body><table><tr class="c"><td><p id="x" class="a b">x</p></td></tr></table></body></html>`))
		if err != nil {
			t.Fatal(err)
		}
		root, err := html.Parse(strings.NewReader(string(doc)))
		if err != nil {
			t.Fatal(err)
		}
		style, _ := goquery.NewDocumentFromNode(root).Find("#x").Attr("style")
		got := declared(style)
		delete(got, "")
		if len(got) != len(won) {
			t.Fatalf("%s\ngives %v, want %v", sheet.String(), got, won)
		}
		for prop, value := range won {
			if got[prop] != value {
				t.Fatalf("%s\ngives %v, want %v", sheet.String(), got, won)
			}
		}
	})
}
