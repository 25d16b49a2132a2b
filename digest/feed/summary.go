package feed

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/pressrun/pressrun/digest"
)

const (
	maxSummary = 600       // characters of text
	maxMarkup  = 100 << 10 // bytes of a description looked at
)

// A summarizer makes summaries of feed HTML. What it returns is inline HTML of the
// elements em, strong, b, i, q, cite, sub, sup and bdi, without attributes, each
// closed (W15). Summarizing a summary returns it as it is.
type summarizer struct{ policy *bluemonday.Policy }

func newSummarizer() summarizer {
	p := bluemonday.NewPolicy()
	p.AllowElements("em", "strong", "b", "i", "q", "cite", "sub", "sup", "bdi")
	// These are kept for the shape they give the text, and left out afterwards.
	p.AllowElements("p", "div", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre",
		"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "td", "th",
		"section", "article", "header", "footer", "aside", "figure", "figcaption", "details", "summary")
	p.SkipElementsContent("audio", "button", "canvas", "form", "head", "iframe", "math", "noscript",
		"object", "select", "svg", "template", "textarea", "title", "video")
	return summarizer{p}
}

// of returns the summary of an item: its description, else the beginning of its text.
func (s summarizer) of(description, content string) string {
	if sum := s.summarize(description); sum != "" {
		return sum
	}
	return s.summarize(content)
}

// summarize cleans until nothing more comes off: markup that was encoded twice shows
// only after it was decoded once.
func (s summarizer) summarize(markup string) string {
	markup = clip(markup, maxMarkup)
	for range 5 {
		clean := s.once(markup)
		if clean == markup {
			return clean
		}
		markup = clean
	}
	return "" // what does not settle is no text
}

// encodedTag finds HTML that was escaped as a whole.
var encodedTag = regexp.MustCompile(`&lt;/?(?:a|b|br|div|em|i|img|li|p|span|strong|ul)(?:\s[^<>]*?)?/?&gt;`)

// doubled finds entities that were encoded twice.
var doubled = regexp.MustCompile(`&amp;(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

func (s summarizer) once(markup string) string {
	if !strings.Contains(markup, "<") && encodedTag.MatchString(markup) {
		markup = html.UnescapeString(markup)
	}
	markup = doubled.ReplaceAllStringFunc(markup, func(m string) string { return "&" + m[len("&amp;"):] })
	var t inlineText
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(s.policy.Sanitize(markup)), body)
	if err != nil { // nested too deeply
		t = inlineText{{text: digest.PlainText(markup)}}
	}
	for _, n := range nodes {
		t.add(n, nil)
	}
	t = t.collapse()
	t = t.withoutTail()
	return t.shorten(maxSummary).html()
}

// An inlineText is a line of text in runs of equal markup.
type inlineText []run

type run struct {
	text string
	tags []string // outermost first, each at most once
}

const (
	lineBreak  = "\n"   // white space like any other
	blockBreak = "\x1e" // between two blocks of text
)

// add appends the text of a node and of what it contains.
func (t *inlineText) add(n *html.Node, tags []string) {
	if n.Type == html.TextNode {
		t.addText(n.Data, tags)
	}
	if n.Type != html.ElementNode || n.DataAtom == atom.Figcaption { // a caption without its picture
		return
	}
	gap := ""
	switch n.DataAtom {
	case atom.Em, atom.Strong, atom.B, atom.I, atom.Q, atom.Cite, atom.Sub, atom.Sup, atom.Bdi:
		if !slices.Contains(tags, n.Data) {
			tags = append(slices.Clip(tags), n.Data)
		}
	case atom.Br, atom.Td, atom.Th:
		gap = lineBreak
	default:
		gap = blockBreak
	}
	*t = append(*t, run{text: gap})
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		t.add(c, tags)
	}
	*t = append(*t, run{text: gap})
}

func (t *inlineText) addText(text string, tags []string) {
	if strings.TrimLeftFunc(text, unicode.IsSpace) != text {
		*t = append(*t, run{text: lineBreak})
	}
	*t = append(*t, run{digest.OneLine(text), tags})
	if strings.TrimRightFunc(text, unicode.IsSpace) != text {
		*t = append(*t, run{text: lineBreak})
	}
}

// collapse makes one line of t: breaks become one space, or a dot in the middle where
// a block ends without punctuation and would run into the next.
func (t inlineText) collapse() inlineText {
	var out inlineText
	gap := ""
	for _, r := range t {
		switch r.text {
		case "":
		case blockBreak:
			gap = blockBreak
		case lineBreak:
			gap = cmp.Or(gap, lineBreak)
		default:
			if n := len(out); n > 0 && gap != "" {
				last := out[n-1]
				out = append(out, run{between(last.text, r.text, gap), common(last.tags, r.tags)})
			}
			out = append(out, r)
			gap = ""
		}
	}
	return out
}

// between returns what stands for a gap between two texts.
func between(before, after, gap string) string {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	if gap == blockBreak && isWord(last) && isWord(first) {
		return " · "
	}
	return " "
}

func common(a, b []string) []string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[:i]
}

func (t inlineText) String() string {
	var b strings.Builder
	for _, r := range t {
		b.WriteString(r.text)
	}
	return b.String()
}

// first returns the first n bytes of t, without white space at their end.
func (t inlineText) first(n int) inlineText {
	var out inlineText
	for _, r := range t {
		r.text = r.text[:min(n, len(r.text))]
		n -= len(r.text)
		out = append(out, r)
	}
	for len(out) > 0 {
		r := &out[len(out)-1]
		if r.text = strings.TrimRight(r.text, " ·"); r.text != "" {
			break
		}
		out = out[:len(out)-1]
	}
	return out
}

// shorten cuts t to n characters as the function shorten does a line.
func (t inlineText) shorten(n int) inlineText {
	runes := []rune(t.String())
	if len(runes) <= n {
		return t
	}
	t = t.first(len(trimGap(string(runes[:cutPoint(runes, n-1)]))))
	if len(t) > 0 {
		t[len(t)-1].text += "…"
	}
	return t
}

// html writes t. It can write no tag but those of add, and no attribute.
func (t inlineText) html() string {
	var b strings.Builder
	var open []string
	goTo := func(tags []string) {
		keep := len(common(open, tags))
		for i := len(open) - 1; i >= keep; i-- {
			b.WriteString("</" + open[i] + ">")
		}
		for _, tag := range tags[keep:] {
			b.WriteString("<" + tag + ">")
		}
		open = tags
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, r := range t {
		goTo(r.tags)
		escape.WriteString(&b, r.text)
	}
	goTo(nil)
	return b.String()
}
