package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"time"
)

const barName = "bar"

// A Bar is what an issue in the browser has more than in the mail: a slim line above
// it, and what others show when the page is shared.
type Bar struct {
	Language    string // of the bar's words
	Root        string
	Title       string // the subject
	Description string
	Image       Image // URL "" for none
	Canonical   string
	Published   time.Time
	Edition     string
	EditionPath string
	Languages   []BarLanguage // the issue's, when there are several
	NoIndex     bool          // keeps the issue from search engines
	Feed        string        // path of the edition's feed on the site
	JoinPath    string        // of the form to subscribe to it, on the site; "" for none
}

// A BarLanguage leads to the issue in another language.
type BarLanguage struct {
	Tag, Name, Path, URL string
	Current              bool
}

// A bar is what the templates are executed with.
type bar struct {
	Bar
	Paper       Paper
	Dir         string
	Locale      string // of the issue, which need not be that of the bar
	Light, Dark palette
}

// Locale of the language, as previews name it: en_US.
func (l BarLanguage) Locale() string { return locale(l.Tag) }

// Bar returns the additions to an issue's head and to the start of its body. A
// language that the site has no words in gets English ones.
func (p *Pages) Bar(b Bar) (head, top template.HTML, err error) {
	own := locale(b.Language)
	if _, ok := p.sets[b.Language]; !ok {
		b.Language = p.languages[0].Tag
	}
	t := p.sets[b.Language][barName]
	light, dark := sitePalettes(p.paper.Accent)
	data := bar{Bar: b, Paper: p.paper, Dir: Direction(b.Language), Locale: own, Light: light, Dark: dark}
	var out [2]bytes.Buffer
	for i, name := range []string{"head", "top"} {
		if err := t.ExecuteTemplate(&out[i], name, data); err != nil {
			return "", "", fmt.Errorf("bar above an issue: %w", err)
		}
	}
	return template.HTML(out[0].String()), template.HTML(out[1].String()), nil
}
