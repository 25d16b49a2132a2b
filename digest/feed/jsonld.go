package feed

import (
	"encoding/json"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Bounds of a page's JSON-LD (W14).
const (
	maxScripts = 20
	maxScript  = 512 << 10 // bytes
	maxNodes   = 2000
	maxNesting = 20
)

// A thing is a node of JSON-LD: schema.org's properties by their names.
type thing map[string]any

// A graph holds the things that a page says it is about.
type graph struct {
	articles []thing
	byID     map[string]thing
	nodes    int
}

// readGraph reads a page's JSON-LD as far as it can be read. A list of other articles
// ("ItemList") is not what the page is about.
func (p *page) readGraph() *graph {
	g := &graph{byID: map[string]thing{}}
	p.doc.Find(`script[type="application/ld+json"]`).EachWithBreak(func(i int, s *goquery.Selection) bool {
		text := strings.TrimSpace(s.Text())
		text = strings.TrimSuffix(strings.TrimPrefix(text, "<!--"), "-->")
		if len(text) > maxScript {
			return i < maxScripts
		}
		// A line end within a string is a common fault; between tokens it is white space.
		text = strings.Map(func(r rune) rune {
			if r < 0x20 {
				return ' '
			}
			return r
		}, text)
		var v any
		if !isDeep(text) && json.Unmarshal([]byte(text), &v) == nil {
			g.walk(v, 0)
		}
		return i < maxScripts
	})
	return g
}

// isDeep reports whether JSON is nested beyond what JSON-LD needs.
func isDeep(text string) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return false
}

func (g *graph) walk(v any, depth int) {
	if g.nodes++; g.nodes > maxNodes || depth > maxNesting {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			g.walk(e, depth+1)
		}
	case map[string]any:
		if id, ok := v["@id"].(string); ok && len(v) > 1 {
			g.byID[id] = v
		}
		if isArticleType(v["@type"]) {
			g.articles = append(g.articles, v)
		}
		for _, key := range []string{"@graph", "mainEntity"} {
			g.walk(v[key], depth+1)
		}
	}
}

// isArticleType knows schema.org's Article and the types below it.
func isArticleType(v any) bool {
	for _, name := range texts(v) {
		name = name[strings.LastIndexAny(name, "/:")+1:]
		if strings.HasSuffix(name, "Article") || strings.HasSuffix(name, "BlogPosting") || name == "Report" {
			return true
		}
	}
	return false
}

// article returns the thing that is the page's own article: the one that has its address
// or its headline, or is the only one.
func (g *graph) article(p *page, heading string) thing {
	own := canonical(p.at.String(), nil)
	if c := canonical(p.doc.Find("link[rel=canonical]").First().AttrOr("href", ""), p.base); c != "" {
		own = c
	}
	for _, a := range g.articles {
		for _, key := range []string{"mainEntityOfPage", "url", "@id"} {
			for _, at := range g.addresses(a[key]) {
				if canonical(at, p.base) == own {
					return a
				}
			}
		}
	}
	for _, a := range g.articles {
		if heading != "" && sameText(title(escaped(g.text(a["headline"]))), heading) {
			return a
		}
	}
	if len(g.articles) == 1 {
		return g.articles[0]
	}
	return nil
}

// addresses returns what v links to: a text, or a node with an address.
func (g *graph) addresses(v any) []string {
	all := texts(v)
	if m, ok := v.(map[string]any); ok {
		all = append(all, texts(m["@id"])...)
		all = append(all, texts(m["url"])...)
	}
	return all
}

// node returns v as a thing, looked up if it is only referred to.
func (g *graph) node(v any) thing {
	m, _ := v.(map[string]any)
	if id, ok := m["@id"].(string); ok && len(m) == 1 {
		return g.byID[id]
	}
	return m
}

// text returns the first text of v.
func (g *graph) text(v any) string {
	if t := texts(v); len(t) > 0 {
		return t[0]
	}
	return ""
}

// names returns the names of v: texts, or things with a name.
func (g *graph) names(v any) (all []string) {
	for _, e := range list(v) {
		if s, ok := e.(string); ok {
			all = append(all, s)
		} else if n := g.text(g.node(e)["name"]); n != "" {
			all = append(all, n)
		}
	}
	return all
}

// list returns v's elements, or v as the only one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v[:min(len(v), 100)]
	}
	return []any{v}
}

// texts returns the texts in v.
func texts(v any) (all []string) {
	for _, e := range list(v) {
		if s, ok := e.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
