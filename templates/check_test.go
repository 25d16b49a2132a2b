package templates

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestOursAreInOrder: our own parts stand up to what is asked of operators'.
func TestOursAreInOrder(t *testing.T) {
	for _, override := range []fs.FS{ours, fstest.MapFS{}} {
		for _, p := range Check(override) {
			t.Error(p)
		}
	}
}

// TestFaultsInFiles: each is named with its file and line, and nothing else is.
func TestFaultsInFiles(t *testing.T) {
	const own = "email/night/look.css"
	for _, c := range []struct{ name, file, source, want string }{
		{"universal selector", own, "\n* {margin:0}", "look.css:2: the selector “*” is kept as !important"},
		{"universal in part", own, ".l *{margin:0}", "look.css:1: the selector “.l *”"},
		{"is", own, "/* a\n b */ :is(a,b){margin:0}", "look.css:2: the selector “:is(a,b)” is lost"},
		{"not, among others", own, "h1,\n.a:not(.b,.c),h2{margin:0}", "look.css:1: the selector “.a:not(.b,.c)”"},
		{"hover", own, "a:hover{color:#111111}", "look.css:1: the selector “a:hover”"},
		{"child", own, "div>p{margin:0}", "look.css:1: the selector “div>p” is given the wrong weight"},
		{"attribute", own, `[x="a,b"]{margin:0}`, "look.css:1: the selector"},
		{"variable", own, "h1{\n--ink:#111111}", "look.css:2: variables such as"},
		{"variable's use", own, "h1{color:\nvar(--ink)}", "look.css:1: variables such as"},
		{"important", own, "h1{color:#111111 ! important}", "look.css:1: !important on color"},
		{"fallbacks", own, "h1{color:#111111;\ncolor:rgb(1,1,1)}", "look.css:2: color is said twice"},
		{"quotes", own, "h1{font:40px/64px 'Old Face'}", "look.css:1: write font families without quotes"},
		{"import", own, "@import url(https://x.example/a.css);", "look.css:1: @import loads from elsewhere, which most mail programs refuse; name fonts that readers have (H3)"},
		{"media", own, "h1{margin:0}\n\n@media print{h1{margin:1px}}", "look.css:3: @media cannot be inlined"},
		{"supports", own, "@supports (display:grid){h1{margin:0}}", "look.css:1: @supports cannot be inlined"},
		{"unclosed rule", own, "h1{margin:0;\nh2{margin:0}", "look.css:1: the rule “h1” has no }"},
		{"unclosed at the end", own, "h1{margin:0}\nh2{margin:0", "look.css:2: the rule “h2” has no }"},
		{"one too many", own, "h1{margin:0}}", "look.css:1: there is a } too many"},
		{"unclosed comment", own, "h1{margin:0}\n/* h2", "look.css:2: the comment has no end"},
		{"logical margin", own, "h1{margin-inline-start:1px}", "look.css:1: margin-inline-start:1px is a logical property, which Gmail and Outlook do not know; write left or right, by {{.Start}} and {{.End}} (H6)"},
		{"logical alignment", "email/phone.css", ".a{text-align:start!important}", "phone.css:1: text-align:start is a logical"},
		{"flex", own, "h1{display:inline-flex}", "look.css:1: display:inline-flex is not known to Outlook; lay out with tables (H1)"},
		{"font face", "email/phone.css", "@font-face{font-family:X;src:url(x)}", "phone.css:1: @font-face loads from elsewhere"},
		{"low contrast", "email/night/theme.json", `{"light":{"mute":"#a0a0a0"}}`, "in light colours #a0a0a0 on"},
		{"low contrast at night", "email/night/theme.json", `{"dark":{"ink":"#444444"}}`, "in dark colours #444444 on"},
		{"script", "email/lead.html", "<tr><td>\n<script>x</script></td></tr>", "email/lead.html:2: <script> does not belong in a mail: mail programs remove it or distrust the whole (H3)"},
		{"form", "email/night/lead.html", "<tr><td><form action=\"https://x.example\"></form></td></tr>", "email/night/lead.html:1: <form>"},
		{"external style", "email/style.html", "<link rel=stylesheet href=https://x.example/a.css>", "email/style.html:1: <link>"},
		{"handler", "email/lead.html", `<tr><td onclick="x()">{{template "words" .}}</td></tr>`, "email/lead.html:1: onclick=… is script"},
		{"javascript", "email/lead.html", `<tr><td><a href="javascript:x">x</a>{{template "words" .}}</td></tr>`, "is an address that mail programs remove (H3)"},
		{"relative", "email/lead.html", `<tr><td><a href="/news">news</a>{{template "words" .}}</td></tr>`, `href="/news" leads nowhere from a mail`},
		{"no alt", "email/lead.html", "<tr><td>{{if .Last}}<img src=\"https://p.example/1.png\"\nwidth=\"10\">{{end}}{{template \"words\" .}}</td></tr>", "email/lead.html:1: the picture has no alt text"},
		{"no width", "email/lead.html", `<tr><td>{{if .Last}}<img src="https://p.example/1.png" alt="">{{end}}{{template "words" .}}</td></tr>`, "email/lead.html:1: the picture has no width"},
		{"table", "email/lead.html", "<tr><td>{{with .Last}}\n\n<table><tr><td></td></tr></table>{{end}}{{template \"words\" .}}</td></tr>", "email/lead.html:3: a table for layout needs role"},
		{"fixed side", "email/lead.html", `<tr><td align="left">{{template "words" .}}</td></tr>`, "align=\"left\" is wrong in one"},
		{"style attribute", "email/lead.html", `<tr><td style="padding-inline:2px">{{template "words" .}}</td></tr>`, "padding-inline:2px is a logical property"},
		{"comment for Word", "email/lead.html", `<!--[if mso]><b><![endif]--><tr><td>{{template "words" .}}</td></tr>`, "email/lead.html:1: a conditional comment is lost here"},
		{"inliner's own mark", "email/lead.html", `<tr><td>{{if .Last}}<b pr-el-id="1"></b>{{end}}{{template "words" .}}</td></tr>`, "upsets the inliner"},
		{"no unsubscribe", "email/footer.html", `<tr><td>{{.Paper.Name}} {{.Why}} {{range .AddressLines}}{{.}} {{end}}</td></tr>`, "email/footer.html: the link to unsubscribe, {{.Links.Unsubscribe}}, is missing (H11)"},
		{"no address, in one theme", "email/plain/footer.html", `<tr><td>{{.Paper.Name}} {{.Why}}<a {{href .Links.Unsubscribe}}>x</a></td></tr>`, "email/plain/footer.html: the postal address, {{.AddressLines}}, is missing (H11)"},
		{"no footer in the text", "email/letter.txt", `{{range .Sections}}x{{end}}`, "email/letter.txt: the link to unsubscribe"},
		{"a link less in the text", "email/story.txt", `{{.Title}}`, "email/story.txt: the text part lacks links of the HTML, 7 in the sample; the first is https://courier.example/2026"},
		{"long lines", "email/story.txt", "{{.Title}} {{.Text}}\n{{.Link}}\n{{range .Also}}{{.URL}}\n{{end}}", "is longer than 76 columns; say {{wrap …}} (H9)"},
		{"no lang", "email/letter.html", `<html><head><title>{{.Subject}}</title></head><body></body></html>`, "email/letter.html:1: <html> needs lang"},
		{"no headings", "email/night/story.html", `<tr><td><a {{href .Link}}>{{.Title}}</a>{{template "also" .}}</td></tr>`, "have an <h2>"},
		{"spaced Arabic", own, "h2 a{letter-spacing:1px}", "has spaced or slanted letters in Arabic too"},
		{"low lines for Arabic", own, ".r h2{font-size:20px;line-height:24px}", "sets Arabic of 20 px on lines of 24 px"},
		{"does not parse", "email/lead.html", "\n{{if}}", "email/lead.html:2: missing value for if"},
		{"does not execute", "email/lead.html", "\n\n{{.Nothing}}", "email/lead.html:3: "},
		{"words", "email/words/de.json", "{\n\"bye\":1}", "email/words/de.json:2: "},
		{"look", "email/night/theme.json", "{\n\n\"colour\":1}", "email/night/theme.json:3: "},
		{"stray", "email/fotter.html", "x", "email/fotter.html: nothing reads a file of this name; is it meant to be email/footer.html?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{c.file: {Data: []byte(c.source)}}
			found := Check(files)
			if !slices.ContainsFunc(found, func(p Problem) bool { return strings.Contains(p.String(), c.want) }) {
				t.Errorf("%q is not among\n%v", c.want, found)
			}
			for _, p := range found {
				if p.File != c.file {
					t.Errorf("%s has no part in it: %s", p.File, p)
				}
				if strings.Contains(p.What, "\n") || strings.HasSuffix(p.What, ".") {
					t.Errorf("%q is no single sentence", p.What)
				}
			}
		})
	}
}

// TestFaultsComeTogether: one file's mistake does not hide another's.
func TestFaultsComeTogether(t *testing.T) {
	found := Check(fstest.MapFS{
		"email/lead.html":       {Data: []byte("{{if}}")},
		"email/story.txt":       {Data: []byte("{{end}}")},
		"email/words/de.json":   {Data: []byte("{}")},
		"email/night/look.css":  {Data: []byte("* {margin:0}\na:hover{margin:0}")},
		"email/night/story.htm": {Data: []byte("x")},
	})
	var files []string
	for _, p := range found {
		files = append(files, p.File)
	}
	if want := []string{"email/lead.html", "email/night/look.css", "email/night/look.css", "email/night/story.htm", "email/story.txt", "email/words/de.json"}; !slices.Equal(files, want) {
		t.Errorf("found %v", found)
	}
}

func TestWithoutActions(t *testing.T) {
	for source, want := range map[string]string{
		`<a {{href .Link}}>{{.Title}}</a>`:                              `<a href="x">x</a>`,
		"{{if .A}}\n<b>{{else}}</b>{{end}}":                             "\n<b></b>",
		"{{mso `<table width=\"600\">}}`}}<p>":                          "<p>",
		"{{/* a }} b\n*/}}x":                                            " b\n*/}}x", // as text/template would refuse
		"{{- .A -}}{{template \"x\" .}}{{runs .Dir .Title}}{{range .}}": "xx",
		`{{print "}}" .A}}.`:                                            "x.",
		"{{.Open":                                                       "x",
	} {
		if got := withoutActions(source); got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}

func FuzzCSS(f *testing.F) {
	f.Add("h1,.a:is(b,c){margin:0;font:'x'}/* x */@media x{p{a:b!important}}")
	f.Add("@import x;}{\"")
	f.Fuzz(func(t *testing.T, css string) {
		rules, faults := parseCSS(css, 1)
		lines := 1 + strings.Count(css, "\n")
		for _, r := range rules {
			if r.line < 1 || r.line > lines {
				t.Errorf("a rule in line %d of %d", r.line, lines)
			}
		}
		for _, f := range faults {
			if f.line < 1 || f.line > lines {
				t.Errorf("a fault in line %d of %d", f.line, lines)
			}
		}
	})
}
