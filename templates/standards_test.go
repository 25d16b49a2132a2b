package templates

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// letters are what every rule for HTML mail is held against.
func letters() map[string]Letter {
	return map[string]Letter{
		"en": englishLetter(), "ar": arabicLetter(), "mixed": mixedLetter(), "hostile": hostileLetter(),
		"long": longLetter(englishLetter(), 25),
	}
}

// eachLetter sets every letter in every theme.
func eachLetter(t *testing.T, check func(t *testing.T, l Letter, e Email)) {
	s := load(t)
	for _, theme := range s.Themes() {
		for name, l := range letters() {
			t.Run(theme.Name+"/"+name, func(t *testing.T) {
				l.Theme = theme.Name
				e, err := s.Email(l)
				if err != nil {
					t.Fatal(err)
				}
				check(t, l, e)
			})
		}
	}
}

// allowed elements and their attributes: what a letter may consist of (H3).
var allowed = map[string]string{
	"html": "lang dir", "head": "", "meta": "charset name content", "title": "", "style": "", "body": "class style",
	"table": "class style role lang dir width align cellpadding cellspacing border", "tbody": "", "tr": "",
	"td":  "class style align valign width colspan lang dir",
	"div": "style", "h1": "style", "h2": "style", "p": "class style", "span": "dir style",
	"a": "href style", "img": "src width height alt style",
	"b": "", "strong": "", "i": "style", "em": "style", "q": "", "cite": "", "sub": "", "sup": "", "code": "", "br": "",
}

func TestAllowList(t *testing.T) {
	eachLetter(t, func(t *testing.T, l Letter, e Email) {
		for n := range parse(t, e.HTML).Descendants() {
			switch n.Type {
			case html.CommentNode:
				if !strings.HasPrefix(n.Data, "[if mso]><") || !strings.HasSuffix(n.Data, "><![endif]") {
					t.Errorf("comment %q", n.Data)
				}
			case html.ElementNode:
				attributes, ok := allowed[n.Data]
				if !ok {
					t.Errorf("element <%s> (H3)", n.Data)
				}
				for _, a := range n.Attr {
					if !slices.Contains(strings.Fields(attributes), a.Key) {
						t.Errorf("attribute <%s %s=%q> (H3)", n.Data, a.Key, a.Val)
					}
				}
			}
		}
	})
}

var absolute = regexp.MustCompile(`^(https://[a-z]|mailto:[^@]+@|__[A-Z]+__$)`)

// TestStructure: H5, H7, H10.
func TestStructure(t *testing.T) {
	eachLetter(t, func(t *testing.T, l Letter, e Email) {
		count := map[string]int{}
		for n := range parse(t, e.HTML).Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			count[n.Data]++
			switch n.Data {
			case "table":
				if attr(n, "role") != "presentation" {
					t.Error("a layout table without role=presentation (H7)")
				}
			case "a":
				if !absolute.MatchString(attr(n, "href")) {
					t.Errorf("link %q is not absolute (H10)", attr(n, "href"))
				}
				if strings.TrimSpace(content(n)) == "" && n.FirstChild.Data != "img" {
					t.Errorf("link %q has no text (H7)", attr(n, "href"))
				}
			case "img":
				if attr(n, "alt") == "" || attr(n, "width") == "" || !strings.HasPrefix(attr(n, "src"), "https://") {
					t.Errorf("picture %v lacks alt, width or an absolute address (H5)", n.Attr)
				}
				if style := attr(n, "style"); !strings.Contains(style, "height:auto") || !strings.Contains(style, "max-width:100%") {
					t.Errorf("picture is styled %q (H5)", style)
				}
			case "title":
				if content(n) != l.Subject {
					t.Errorf("title %q, subject %q (H7)", content(n), l.Subject)
				}
			}
		}
		stories := 1
		for _, s := range l.Sections {
			stories += len(s.Stories)
		}
		if count["h1"] != 1 || count["h2"] != stories || count["h3"] != 0 {
			t.Errorf("%d h1, %d h2 and %d h3 for %d stories (H7)", count["h1"], count["h2"], count["h3"], stories)
		}
		if count["style"] != 2 {
			t.Errorf("%d style elements, want the two that cannot be inlined", count["style"])
		}
		if !bytes.Contains(e.HTML, []byte("<!--[if mso]><table ")) || !bytes.Contains(e.HTML, []byte("<!--[if mso]></td></tr></table><![endif]-->")) {
			t.Error("the ghost table for Word is missing or mangled (H1)")
		}
		if !utf8.Valid(e.HTML) || !utf8.Valid(e.Text) {
			t.Error("a part is not UTF-8")
		}
		for _, trace := range []string{"pr-el-id", "data-premailer", "ZgotmplZ"} {
			if bytes.Contains(e.HTML, []byte(trace)) {
				t.Errorf("%s is left in the letter", trace)
			}
		}
	})
}

func TestPreheader(t *testing.T) {
	eachLetter(t, func(t *testing.T, l Letter, e Email) {
		for n := range parse(t, e.HTML).Descendants() {
			if n.Type == html.ElementNode && n.Data == "body" {
				first := n.FirstChild
				for first.Type != html.ElementNode {
					first = first.NextSibling
				}
				if n := utf8.RuneCountInString(content(first)); first.Data != "div" || n < 40 || n > 130 || !strings.Contains(attr(first, "style"), "display:none") {
					t.Errorf("the first element is <%s> with %d letters (H4)", first.Data, n)
				}
			}
		}
	})
}

// TestArabic: H6.
func TestArabic(t *testing.T) {
	for _, theme := range load(t).Themes() {
		t.Run(theme.Name, func(t *testing.T) {
			l := arabicLetter()
			l.Theme, l.Hijri, l.Digits = theme.Name, true, DigitsArab
			checkArabic(t, set(t, l))
		})
	}
}

func checkArabic(t *testing.T, e Email) {
	body := e.HTML[bytes.Index(e.HTML, []byte("<body")):]
	for _, want := range []string{`<html lang="ar" dir="rtl">`} {
		if !bytes.Contains(e.HTML, []byte(want)) {
			t.Errorf("no %s", want)
		}
	}
	if !regexp.MustCompile(`^<body[^>]*>\s*<div[^>]*>[^<]*</div>\s*<table[^>]* lang="ar" dir="rtl"`).Match(body) {
		t.Error("the outermost table has no lang and dir of its own")
	}
	for _, never := range []string{"letter-spacing", "italic", "Georgia", "margin-inline", "padding-inline", "text-align:start", "uppercase"} {
		if bytes.Contains(body, []byte(never)) {
			t.Errorf("an Arabic letter has %s", never)
		}
	}
	for n := range parse(t, e.HTML).Descendants() {
		style := attr(n, "style")
		size, height := last(style, `(?:font-size:|font:(?:bold )?)(\d+)px`), last(style, `(?:line-height:|font:[^;]*px/)(\d+)px`)
		if size > 0 && height*10 < size*16 {
			t.Errorf("<%s class=%q> has %d px letters on %d px lines, want 1.6 at least", n.Data, attr(n, "class"), size, height)
		}
		if n.Data == "td" && strings.HasPrefix(attr(n, "class"), "r ") && attr(n, "align") == "right" && !strings.Contains(style, "text-align:right") {
			t.Errorf("<td class=%q align=right> is styled %q", attr(n, "class"), style)
		}
	}
	if !bytes.Contains(body, []byte(`<span dir="ltr">C++</span>`)) {
		t.Error("a Latin run has no direction of its own")
	}
}

// TestPartsAgree: both parts have the same links in the same order (F9), and text
// lines keep to 76 columns unless they are one address (H9).
func TestPartsAgree(t *testing.T) {
	eachLetter(t, func(t *testing.T, l Letter, e Email) {
		var inHTML, inText []string
		for n := range parse(t, e.HTML).Descendants() {
			if n.Type == html.ElementNode && n.Data == "a" {
				inHTML = append(inHTML, strings.TrimPrefix(attr(n, "href"), "mailto:"))
			}
		}
		for line := range strings.Lines(string(e.Text)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "https://") || strings.HasPrefix(line, "__") || line == l.Paper.Email {
				inText = append(inText, line)
			} else if displayWidth(line) > columns {
				t.Errorf("line of %d columns: %q (H9)", displayWidth(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("line ends in blanks: %q", line)
			}
		}
		if diff := cmp.Diff(slices.Compact(inHTML), slices.Compact(inText)); diff != "" {
			t.Errorf("links (-html +text):\n%s", diff)
		}
		for line := range strings.Lines(l.Paper.Address) {
			line = strings.TrimSpace(line)
			if !strings.Contains(string(e.Text), line) || !strings.Contains(plainWords(string(e.HTML)), line) {
				t.Errorf("the postal address lacks %q (H11)", line)
			}
		}
	})
}

// TestStyleSheet keeps what go-premailer breaks out of the rules it inlines.
func TestStyleSheet(t *testing.T) {
	s := load(t)
	for _, theme := range s.Themes() {
		l := mixedLetter()
		l.Theme = theme.Name
		page, _, err := s.execute(l)
		if err != nil {
			t.Fatal(err)
		}
		_, sheet, _ := strings.Cut(string(page), "<style>\n")
		sheet, _, ok := strings.Cut(sheet, "</style>")
		if !ok || len(sheet) < 1000 {
			t.Fatal("the plain <style> was not found")
		}
		for _, fault := range []string{"*", ":is(", ":not(", "[", "--", "var(", "@", "!important", "'", `"`, ":hover", ":link", ">", "inline-start", "inline-end"} {
			if strings.Contains(sheet, fault) {
				t.Errorf("%s: the rules to inline have %q", theme.Name, fault)
			}
		}
		if _, faults := parseCSS(sheet, 1); len(faults) > 0 {
			t.Errorf("%s: %v", theme.Name, faults)
		}
	}
}

// TestLettersContrast computes it for all words of every letter, in both palettes, for
// papers of any colour (H7, H8).
func TestLettersContrast(t *testing.T) {
	s := load(t)
	for _, theme := range s.Themes() {
		for name, l := range map[string]Letter{"en": englishLetter(), "ar": arabicLetter(), "mixed": mixedLetter()} {
			l.Theme, l.Note, l.Welcome, l.Hijri = theme.Name, "Note", true, true
			for _, accent := range []string{"", "#ffcc00", "#000000", "#fefefe", "#0000ff"} {
				l.Paper.Accent = accent
				e, err := s.Email(l)
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range contrastFaults(parse(t, e.HTML)) {
					t.Errorf("%s, %s, accent %q: %s", theme.Name, name, accent, fault)
				}
			}
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func content(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return out.String()
}

// last is the number in the last match of pattern, 0 for none.
func last(style, pattern string) (n int) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(style, -1) {
		n = 0
		for _, digit := range m[1] {
			n = n*10 + int(digit-'0')
		}
	}
	return n
}
