package templates

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

var evening = Paper{
	Name: "The Evening <Wire>", URL: "https://wire.example", LogoURL: "https://cdn.wire.example/logo.png",
	Accent: "#0a5c8a", Address: "1 Harbour Road\nPort Said", Email: "desk@wire.example",
}

func pages(t *testing.T, p Paper, override fs.FS) *Pages {
	t.Helper()
	set, err := Load(override)
	if err != nil {
		t.Fatal(err)
	}
	out, err := set.Pages(p, "https://letters.wire.example")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (p *Pages) text(t *testing.T, name string, page Page) string {
	t.Helper()
	var b strings.Builder
	if err := p.Page(&b, name, page); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryPageIsWholeInEveryLanguage(t *testing.T) {
	p := pages(t, evening, nil)
	for _, lang := range p.Languages() {
		for i, try := range performances() {
			t.Run(fmt.Sprint(lang.Tag, "/", try.name, i), func(t *testing.T) {
				page := p.text(t, try.name, Page{Language: lang.Tag, Path: "/help", Private: true, View: try.view})
				checkPage(t, page, lang.Tag)
			})
		}
	}
}

// checkPage holds what every page of ours promises: one heading, a language, labels on
// what can be pressed, nothing that runs, nothing from elsewhere.
func checkPage(t *testing.T, page, lang string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	counts, ids, labelled := map[string]int{}, map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		if n.Data == "label" {
			labelled[attribute(n, "for")] = true
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		counts[n.Data]++
		if id := attribute(n, "id"); id != "" && ids[id] {
			t.Errorf("two elements have the id %q", id)
		} else {
			ids[id] = true
		}
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
		switch n.Data {
		case "script":
			if at["type"] != "module" || !strings.HasPrefix(at["src"], "/static/") || n.FirstChild != nil {
				t.Errorf("a script is not a module of ours: %v", at)
			}
		case "iframe", "style", "object", "embed":
			t.Errorf("there is a <%s>", n.Data)
		case "img":
			t.Errorf("a private page asks %s for a picture", at["src"])
		case "html":
			if at["lang"] != lang || at["dir"] != Direction(lang) {
				t.Errorf("html has lang %q and dir %q", at["lang"], at["dir"])
			}
		case "button", "a", "title", "h1":
			if at["aria-label"] == "" && strings.TrimSpace(innerText(n)) == "" {
				t.Errorf("a <%s> says nothing", n.Data)
			}
		case "input", "select", "textarea":
			named := labelled[at["id"]] && at["id"] != "" || at["aria-labelledby"] != "" || n.Parent.Data == "label"
			if !named && at["type"] != "hidden" {
				t.Errorf("<%s name=%q> has no label", n.Data, at["name"])
			}
		case "fieldset":
			if at["aria-labelledby"] == "" && !slices.ContainsFunc(slices.Collect(n.ChildNodes()), func(c *html.Node) bool { return c.Data == "legend" }) {
				t.Error("a fieldset has no legend")
			}
		case "form":
			if at["method"] != "post" {
				t.Errorf("a form has method %q", at["method"])
			}
		}
	}
	if counts["h1"] != 1 || counts["main"] != 1 {
		t.Errorf("there are %d h1 and %d main", counts["h1"], counts["main"])
	}
	if strings.ContainsAny(innerText(doc), "{}") {
		t.Errorf("a value was not filled in:\n%s", innerText(doc))
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func innerText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestNamesOnPagesAreTextWhateverTheyHold(t *testing.T) {
	p := pages(t, evening, nil)
	const name = `{paper}</title><script>alert(1)</script>"onfocus="x`
	for _, state := range []LeaveState{LeaveAsk, LeaveDone} {
		page := p.text(t, "leave", Page{Language: "en", Private: true, View: LeavePage{Edition: name, State: state}})
		checkPage(t, strings.ReplaceAll(page, "{paper}", ""), "en")
		if !strings.Contains(page, "{paper}") {
			t.Error("the name is not on the page as it was written")
		}
	}
}

func TestOnlyOurOwnLogoStandsOnPrivatePages(t *testing.T) {
	own := evening
	own.LogoURL = "https://letters.wire.example/logo.png"
	cases := []struct {
		paper   Paper
		private bool
		want    bool
	}{{evening, true, false}, {evening, false, true}, {own, true, true}, {Paper{Name: "P"}, false, false}}
	for _, c := range cases {
		page := pages(t, c.paper, nil).text(t, "help", Page{Language: "en", Private: c.private})
		if got := strings.Contains(page, "<img"); got != c.want {
			t.Errorf("logo %q on a page with private=%v: %v, want %v", c.paper.LogoURL, c.private, got, c.want)
		}
	}
}

func TestWordsAreCompleteInEveryLanguage(t *testing.T) {
	read := func(name string) (words map[string]string) {
		data, err := fs.ReadFile(ours, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		return words
	}
	values := func(s string) []string {
		found := regexp.MustCompile(`\{[a-z]+\}`).FindAllString(s, -1)
		slices.Sort(found)
		return found
	}
	english := read("site/words/en.json")
	names, err := fs.Glob(ours, "site/words/*.json")
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	for _, file := range names {
		words := read(file)
		for name, sentence := range english {
			if words[name] == "" {
				t.Errorf("%s lacks %q", file, name)
			} else if !slices.Equal(values(words[name]), values(sentence)) {
				t.Errorf("%s: %q has the values %v, English has %v", file, name, values(words[name]), values(sentence))
			}
		}
		for name := range words {
			if _, ok := english[name]; !ok {
				t.Errorf("%s has %q, which English has not", file, name)
			}
		}
	}
}

func TestOperatorAddsALanguageByAFile(t *testing.T) {
	p := pages(t, evening, fstest.MapFS{
		"site/words/fr.json": {Data: []byte(`{"language": "Français", "help": "Aide"}`)},
	})
	page := p.text(t, "help", Page{Language: "fr", Path: "/help"})
	for _, want := range []string{`<h1>Aide</h1>`, `lang="fr" dir="ltr"`, "How to reach us"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestOperatorsMistakesAreNamed(t *testing.T) {
	set := func(name, text string) string {
		s, err := Load(fstest.MapFS{name: {Data: []byte(text)}})
		if err != nil {
			return err.Error()
		}
		_, err = s.Pages(evening, "https://letters.wire.example")
		return fmt.Sprint(err)
	}
	cases := []struct{ name, text, want string }{
		{"site/words/fr.json", `{"help": `, "site/words/fr.json"},
		{"site/words/french!.json", `{}`, "not a language tag"},
		{"site/help.html", `{{define "main"}}{{`, "site/help.html"},
		{"site/help.html", `{{define "title"}}x{{end}}{{define "main"}}{{say "no.such"}}{{end}}`, `lack "no.such"`},
		{"site/style.css", `a { color: {{.Bright.Ink}} }`, "site/style.css"},
	}
	for _, c := range cases {
		if got := set(c.name, c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s with %q: %s; want it to name %s", c.name, c.text, got, c.want)
		}
	}
}

// Every pair of colours that the stylesheet sets as text on a ground, WCAG 1.4.3, and of
// the lines that show where to press and what has the focus, WCAG 1.4.11.
func TestPagesCanBeReadWithAnyAccent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accent := fmt.Sprintf("#%06x", rapid.IntRange(0, 0xffffff).Draw(t, "accent"))
		light, dark := sitePalettes(accent)
		for _, p := range []palette{light, dark} {
			for _, pair := range [][2]string{
				{string(p.Ink), string(p.Sheet)}, {string(p.Mute), string(p.Sheet)}, {string(p.Accent), string(p.Sheet)},
				{string(p.Ink), string(p.Page)}, {string(p.Mute), string(p.Page)}, {string(p.Accent), string(p.Page)},
				{string(p.Sheet), string(p.Accent)}, // on the big button
			} {
				text, _ := parseColour(pair[0])
				ground, _ := parseColour(pair[1])
				if ratio := contrast(text, ground); ratio < 4.5 {
					t.Fatalf("accent %s: %s on %s has a contrast of %.2f", accent, pair[0], pair[1], ratio)
				}
			}
			line, _ := parseColour(string(p.Line))
			sheet, _ := parseColour(string(p.Sheet))
			if ratio := contrast(line, sheet); ratio < 3 {
				t.Fatalf("the border %s of a choice on %s has a contrast of %.2f", p.Line, p.Sheet, ratio)
			}
		}
	})
}

func TestStylesheetHasNoColoursButThePalettes(t *testing.T) {
	data, err := fs.ReadFile(ours, "site/style.css")
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|:\s*(white|black|red|gr[ae]y)\b`).FindAllString(string(data), -1); found != nil {
		t.Errorf("colours whose contrast no test knows: %q", found)
	}
	css, sum := pages(t, evening, nil).Style()
	if !strings.Contains(string(css), "--mark: #0a5c8a") || strings.Contains(string(css), "{{") {
		t.Error("the paper's accent is not filled in")
	}
	hostile := evening
	hostile.Accent = "red}body{display:none"
	css, other := pages(t, hostile, nil).Style()
	if strings.Contains(string(css), "display:none") || !strings.Contains(string(css), ourAccent) {
		t.Error("an accent that is no colour got into the stylesheet")
	}
	if sum == other {
		t.Error("two stylesheets have one name")
	}
}
