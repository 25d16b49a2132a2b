package templates

import (
	"bytes"
	"html/template"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// hostileLetter says everything that could break out of its place.
func hostileLetter() Letter {
	const attack = `"><script>alert(1)</script></title></style></td></table><!--[if mso]><b>&amp;{{.}}' onerror="x`
	l := englishLetter()
	bad := Story{
		Title: attack, URL: `https://evil.example/?a="><script>&b='`, Author: attack, Section: attack, Language: `x"><script>`, Minutes: 1,
		Summary: `One <em pr-el-id="7" style="position:fixed" onclick="x()">two <b>three</em> four<p>five</p><!--[if mso]>six<![endif]--><a href="javascript:x">seven</a><script>eight</script><svg><style>nine</style></svg><img src=x onerror=x><table><tr><td>ten</style></body></html>eleven <`,
		Text:    "One two __UNSUBSCRIBE__ " + strings.Repeat("w", 200),
		Image:   Image{URL: `https://evil.example/a.jpg" onerror="x`, Alt: attack, Width: 800, Height: 600},
	}
	l.Subject, l.Edition = attack, attack
	l.Paper.Name, l.Paper.Motto, l.Paper.Accent = attack, attack, `red}</style><script>`
	l.Lead = &bad
	second := bad
	second.Title = "C"
	second.Summary = template.HTML(`<em pr-el-id="0">` + strings.Repeat("<b>", 500))
	l.Sections = []Section{{Name: attack, Stories: []Story{second, bad}}}
	return l
}

// TestHostileStory: what the allow-list and structure tests see of hostileLetter is
// its marks; this sees that its words are all there, as words.
func TestHostileStory(t *testing.T) {
	e := set(t, hostileLetter())
	said := content(body(t, e.HTML))
	for _, want := range []string{`"><script>alert(1)</script></title>`, "three four five seven", "ten", "eleven <"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said", want)
		}
	}
	for _, never := range []string{"eight", "nine", "six"} {
		if strings.Contains(said, never) {
			t.Errorf("%q is said, but was no text", never)
		}
	}
	if i := strings.LastIndex(said, "Unsubscribe"); i < 0 || i < strings.LastIndex(said, "eleven") {
		t.Error("the footer is not at the end")
	}
}

func TestUnsafeLinks(t *testing.T) {
	for _, address := range []string{"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", " javascript:x"} {
		l := englishLetter()
		l.Lead.URL, l.Paper.URL, l.Lead.Image.URL = address, address, address
		e := set(t, l)
		if bytes.Contains(e.HTML, []byte(address)) || bytes.Contains(e.HTML, []byte(`href=""`)) {
			t.Errorf("%q reached the letter, or left an empty link", address)
		}
		if !bytes.Contains(e.HTML, []byte(l.Lead.Title)) {
			t.Errorf("%q: the story without a link lost its headline", address)
		}
	}
}

func FuzzSummary(f *testing.F) {
	f.Add(string(hostileLetter().Lead.Summary))
	f.Add("<b><i></b></i>&lt;script&gt;<br/><p>")
	f.Fuzz(func(t *testing.T, summary string) {
		clean := cleanSummary("ltr", template.HTML(summary))
		depth := 0
		z := html.NewTokenizer(strings.NewReader(string(clean)))
		for z.Next() != html.ErrorToken {
			token := z.Token()
			for _, a := range token.Attr {
				if token.Data != "span" || a.Key != "dir" {
					t.Errorf("attribute %s in %q", a.Key, clean)
				}
			}
			if token.Type == html.CommentToken || token.Type == html.StartTagToken && allowed[token.Data] == "" && !strings.Contains(" b strong i em q cite sub sup code br ", " "+token.Data+" ") {
				t.Errorf("%s in %q", token.Data, clean)
			}
			switch {
			case token.Data == "br":
			case token.Type == html.StartTagToken:
				depth++
			case token.Type == html.EndTagToken:
				depth--
			}
		}
		if depth != 0 {
			t.Errorf("unbalanced: %q", clean)
		}
	})
}

func body(t *testing.T, page []byte) *html.Node {
	for n := range parse(t, page).Descendants() {
		if n.Type == html.ElementNode && n.Data == "body" {
			return n
		}
	}
	t.Fatal("no body")
	return nil
}
