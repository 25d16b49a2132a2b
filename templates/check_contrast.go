package templates

import (
	"fmt"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// contrastFaults names the words in a letter that stand out too little from their ground,
// by day and by night: 4.5 to 1 (H7, H8). The styles are those that were inlined, and over
// them the rules of its dark mode.
func contrastFaults(doc *html.Node) (faults []string) {
	night := nightRules(doc)
	for _, scheme := range []struct {
		name  string
		rules map[*html.Node]map[string]string
	}{{"light", nil}, {"dark", night}} {
		walkColours(doc, "#000000", "#ffffff", scheme.rules, func(n *html.Node, ink, ground string) {
			a, okInk := parseColour(ink)
			b, okGround := parseColour(ground)
			if !okInk || !okGround {
				return // a name or a shade, which is not ours to judge
			}
			if c := contrast(a, b); c < 4.5 {
				faults = append(faults, fmt.Sprintf("in %s colours %s on %s is %.1f to 1, of %s; 4.5 at least", scheme.name, ink, ground, c, named(n)))
			}
		})
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// walkColours calls visit for every element with words of its own, with the colours it
// shows them in.
func walkColours(n *html.Node, ink, ground string, over map[*html.Node]map[string]string, visit func(n *html.Node, ink, ground string)) {
	if n.Type == html.ElementNode {
		if slices.Contains([]string{"head", "style", "script", "title"}, n.Data) {
			return
		}
		style := declared(attrOf(n, "style"))
		if style["display"] == "none" {
			return
		}
		if c := over[n]["color"]; c != "" {
			style["color"] = c
		}
		if c := over[n]["background-color"]; c != "" {
			style["background-color"] = c
		}
		if style["color"] != "" {
			ink = style["color"]
		}
		if style["background-color"] != "" {
			ground = style["background-color"]
		}
	}
	words := false
	for child := range n.ChildNodes() {
		words = words || child.Type == html.TextNode && strings.Trim(child.Data, " \n\t\u00a0") != ""
		walkColours(child, ink, ground, over, visit)
	}
	if words && n.Type == html.ElementNode {
		visit(n, ink, ground)
	}
}

// declared reads a style attribute.
func declared(style string) map[string]string {
	all := map[string]string{}
	for _, part := range splitCSS(style, ';') {
		if prop, value, found := strings.Cut(part, ":"); found {
			all[strings.TrimSpace(prop)] = strings.ToLower(strings.TrimSpace(value))
		}
	}
	return all
}

// nightRules are the declarations of a letter's dark mode by the elements they are for.
// They are all !important, so the stronger selector wins, and of equals the later.
func nightRules(doc *html.Node) map[*html.Node]map[string]string {
	page := goquery.NewDocumentFromNode(doc)
	over, strength := map[*html.Node]map[string]string{}, map[*html.Node]map[string]int{}
	page.Find("style").Each(func(_ int, s *goquery.Selection) {
		rules, _ := parseCSS(s.Text(), 1)
		for _, r := range rules {
			if !strings.Contains(r.within, "prefers-color-scheme") || !strings.Contains(r.within, "dark") {
				continue
			}
			for _, selector := range r.selectors {
				strong := weight(selector)
				page.Find(selector).Each(func(_ int, s *goquery.Selection) {
					n := s.Nodes[0]
					if over[n] == nil {
						over[n], strength[n] = map[string]string{}, map[string]int{}
					}
					for _, d := range r.decls {
						if strong >= strength[n][d.prop] {
							over[n][d.prop], strength[n][d.prop] = d.value, strong
						}
					}
				})
			}
		}
	})
	return over
}

// weight is a plain selector's specificity (Selectors Level 3, section 9), identifiers in
// millions, classes in thousands, elements in ones.
func weight(selector string) (w int) {
	for _, part := range strings.Fields(selector) {
		w += 1_000_000*strings.Count(part, "#") + 1_000*(strings.Count(part, ".")+strings.Count(part, "[")+strings.Count(part, ":"))
		if part[0] != '.' && part[0] != '#' && part[0] != '[' && part[0] != ':' {
			w++
		}
	}
	return w
}
