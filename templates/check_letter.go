package templates

import (
	"bytes"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// samples sets the sample in every theme and looks at what a reader would get.
func (c *checker) samples(set *Set) {
	for _, theme := range set.Themes() {
		for _, language := range []string{"en", "ar"} {
			l := Sample(language)
			l.Theme, l.Hijri = theme.Name, true
			e, err := set.Email(l)
			if err != nil {
				c.failure(err)
				return
			}
			doc, err := html.Parse(bytes.NewReader(e.HTML))
			if err != nil {
				c.failure(err)
				return
			}
			s := &sampleCheck{checker: c, theme: theme.Name, letter: l, email: e, doc: doc}
			s.footer(set)
			s.head()
			s.parts()
			s.script(doc, typeface{})
			for _, fault := range contrastFaults(doc) {
				s.add("look.css", "H7", "%s", fault)
			}
		}
	}
}

// A sampleCheck looks at one sample.
type sampleCheck struct {
	*checker
	theme  string
	letter Letter
	email  Email
	doc    *html.Node
}

// partOrder is in what order the other parts are suspected, when the one that should be
// at fault is not the operator's.
var partOrder = []string{
	"footer.html", "masthead.html", "lead.html", "story.html", "letter.html", "blocks.html",
	"letter.txt", "story.txt", "blocks.txt", "look.css", "theme.json", "dark.css", "style.html",
}

// add blames the theme's part of that name, where the operator's folder has it, or else
// the likeliest that it has.
func (s *sampleCheck) add(part, rule, what string, values ...any) {
	for _, name := range slices.Concat([]string{part}, partOrder) {
		for _, file := range []string{"email/" + s.theme + "/" + name, "email/" + name} {
			if _, err := fs.Stat(s.files, file); err == nil {
				s.checker.add(file, 0, rule, what, values...)
				return
			}
		}
	}
	s.checker.add("email", 0, rule, what, values...)
}

// footer: who writes, why, and how to leave, in both parts (H11).
func (s *sampleCheck) footer(set *Set) {
	said := map[string]string{"footer.html": oneLine(textOf(s.doc)), "letter.txt": oneLine(string(s.email.Text))}
	links := map[string][]string{"footer.html": linksOf(s.doc), "letter.txt": strings.Fields(string(s.email.Text))}
	words := set.words.of(s.letter.Language)
	for _, part := range []string{"footer.html", "letter.txt"} {
		if !slices.Contains(links[part], s.letter.Links.Unsubscribe) {
			s.add(part, "H11", "the link to unsubscribe, {{.Links.Unsubscribe}}, is missing")
		}
		for line := range strings.Lines(s.letter.Paper.Address) {
			if !strings.Contains(said[part], strings.TrimSpace(line)) {
				s.add(part, "H11", "the postal address, {{.AddressLines}}, is missing")
				break
			}
		}
		if !strings.Contains(said[part], s.letter.Paper.Name) {
			s.add(part, "H11", "the paper's name, {{.Paper.Name}}, is missing")
		}
		if why := fill(words.Why, "edition", s.letter.Edition, "paper", s.letter.Paper.Name); !strings.Contains(said[part], oneLine(why)) {
			s.add(part, "H11", "why the reader gets the letter, {{.Why}}, is missing")
		}
	}
}

// head: what stands before the first words, and the headings.
func (s *sampleCheck) head() {
	var page, outermost, body *html.Node
	count := map[string]int{}
	for n := range s.doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		switch {
		case n.Data == "html":
			page = n
		case n.Data == "body":
			body = n
		case n.Data == "table" && outermost == nil:
			outermost = n
		case n.Data == "title" && textOf(n) != s.letter.Subject:
			s.add("letter.html", "H7", "the title is not the subject, {{.Subject}}")
		case n.Data == "img" && attrOf(n, "alt") == "" && n.Parent.Data == "a":
			s.add("letter.html", "H5", "a picture that is a link has no alt text")
		}
	}
	direction := Direction(s.letter.Language)
	if attrOf(page, "dir") != direction || attrOf(page, "lang") != s.letter.Language {
		s.add("letter.html", "H6", "<html> needs lang=\"{{.Lang}}\" and dir=\"{{.Dir}}\"")
	}
	if outermost == nil || attrOf(outermost, "dir") != direction || attrOf(outermost, "lang") != s.letter.Language {
		s.add("letter.html", "H6", "the outermost table needs lang=\"{{.Lang}}\" and dir=\"{{.Dir}}\" too, because Gmail replaces <html>")
	}
	if count["title"] == 0 {
		s.add("letter.html", "H7", "the <title>, {{.Subject}}, is missing")
	}
	if count["h1"] != 1 {
		s.add("masthead.html", "H7", "there are %d <h1>; a letter has one, its name", count["h1"])
	}
	stories := 1
	for _, section := range s.letter.Sections {
		stories += len(section.Stories)
	}
	if count["h2"] < stories {
		s.add("story.html", "H7", "only %d of %d stories have an <h2>, by which readers who listen go from one to the next", count["h2"], stories)
	}
	first := body.FirstChild
	for first != nil && first.Type != html.ElementNode {
		first = first.NextSibling
	}
	if first == nil || !strings.Contains(attrOf(first, "style"), "display:none") {
		s.add("letter.html", "H4", "the first element is not the hidden {{.Preheader}}, so that inboxes show the masthead behind the subject")
	}
}

// parts: the same links in both, in the same order, and lines that fit.
func (s *sampleCheck) parts() {
	var inHTML, inText []string
	for _, link := range linksOf(s.doc) {
		inHTML = append(inHTML, strings.TrimPrefix(link, "mailto:"))
	}
	for line := range strings.Lines(string(s.email.Text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "https://") || line == s.letter.Paper.Email {
			inText = append(inText, line)
		} else if displayWidth(line) > columns {
			s.add("letter.txt", "H9", "the line “%s” is longer than %d columns; say {{wrap …}}", short(line), columns)
		}
	}
	if lacks := without(inHTML, inText); len(lacks) > 0 {
		s.add("letter.txt", "H9", "the text part lacks links of the HTML, %d in the sample; the first is %s", len(lacks), lacks[0])
	}
	if lacks := without(inText, inHTML); len(lacks) > 0 {
		s.add("letter.html", "H9", "the HTML part lacks links of the text, %d in the sample; the first is %s", len(lacks), lacks[0])
	}
}

// without returns those of links that others lack.
func without(links, others []string) []string {
	return slices.DeleteFunc(slices.Clone(links), func(link string) bool { return slices.Contains(others, link) })
}

var (
	sizeOf = regexp.MustCompile(`(?:font-size:|font:[^;]*?)(\d+)px`)
	lineIn = regexp.MustCompile(`(?:line-height:|font:[^;]*?px/)(\d+)px`)
)

// script looks at how Arabic is set, which has no italics and no spaced letters, and needs
// higher lines (H6).
func (s *sampleCheck) script(n *html.Node, from typeface) {
	if n.Type == html.ElementNode {
		if slices.Contains([]string{"head", "style", "title"}, n.Data) {
			return
		}
		from = from.over(attrOf(n, "style"))
	}
	if isArabic(n) {
		if from.spaced || from.slanted {
			s.add("look.css", "H6", "%s has spaced or slanted letters in Arabic too; begin the rule with .l", named(n))
		}
		if from.size > 0 && from.line > 0 && from.line*10 < from.size*16 {
			s.add("look.css", "H6", "%s sets Arabic of %d px on lines of %d px; 1.6 times the size at least", named(n), from.size, from.line)
		}
	}
	for child := range n.ChildNodes() {
		s.script(child, from)
	}
}

// A typeface is how an element's letters are set, its own styles over those around it.
type typeface struct {
	size, line      int // in pixels, 0 where nothing says it
	spaced, slanted bool
}

func (t typeface) over(style string) typeface {
	if n := lastNumber(sizeOf, style); n > 0 {
		t.size = n
	}
	if n := lastNumber(lineIn, style); n > 0 {
		t.line = n
	}
	said := declared(style)
	if spacing := said["letter-spacing"]; spacing != "" {
		t.spaced = spacing != "0" && spacing != "normal"
	}
	if slant := said["font-style"]; slant != "" {
		t.slanted = slant != "normal"
	}
	return t
}

// isArabic reports whether an element shows Arabic letters of its own.
func isArabic(n *html.Node) bool {
	for child := range n.ChildNodes() {
		if child.Type == html.TextNode && strings.ContainsFunc(child.Data, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
			return true
		}
	}
	return false
}

// named is how an operator finds an element.
func named(n *html.Node) string {
	if class := attrOf(n, "class"); class != "" {
		return "<" + n.Data + " class=\"" + class + "\">"
	}
	if n.Parent != nil && n.Parent.Type == html.ElementNode && n.Data != "td" {
		return "<" + n.Data + "> in " + named(n.Parent)
	}
	return "<" + n.Data + ">"
}

func attrOf(n *html.Node, key string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "style" {
			out.WriteString(d.Data)
			if !utf8.ValidString(d.Data) {
				return ""
			}
		}
	}
	return out.String()
}

func linksOf(n *html.Node) (links []string) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "a" {
			links = append(links, attrOf(d, "href"))
		}
	}
	return links
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func lastNumber(pattern *regexp.Regexp, style string) (n int) {
	for _, m := range pattern.FindAllStringSubmatch(style, -1) {
		n, _ = strconv.Atoi(m[1])
	}
	return n
}
