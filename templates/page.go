package templates

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	texttemplate "text/template"

	"golang.org/x/text/language"
)

// A Page is one page of the readers' site: what its frame shows, and in View what is
// its own.
type Page struct {
	Language string // one of Pages.Languages
	// Root is put before the site's own paths: "" or the path of its base URL.
	Root string
	// Keep is "?lang=…" when the visitor chose a language by hand, so that links hold
	// on to it; else "".
	Keep string
	// Path of the page itself, without Root, for the switch of languages. A page that
	// answers a form at another path leaves it "" and has no switch.
	Path string
	// Private marks a page behind a token: it is not indexed and asks nothing of
	// anybody else's server.
	Private bool
	// NoIndex keeps a public page from search engines.
	NoIndex bool
	// Feed is the path of the page's feed on the site, "" for none.
	Feed string
	// Canonical is the absolute URL of a public page, "" for none.
	Canonical string
	// Description is for search engines and previews, "" for none.
	Description string
	// View is the struct that the page's name asks for: a FrontPage for "front".
	View any
}

// Pages writes the pages of the readers' site in one paper's dress. It is safe for
// concurrent use.
type Pages struct {
	paper     Paper
	ownLogo   bool
	lexicons  []lexicon
	languages []PageLanguage
	sets      map[string]pageSet
	style     []byte
	styleSum  string
}

// A PageLanguage is a language the site's words are there in.
type PageLanguage struct {
	Tag, Name string
}

// A pageSet is the templates of one language by page name.
type pageSet map[string]*template.Template

// pageNames are the files in site/ that stand in the layout.
var pageNames = []string{"front", "archive", "leave", "preferences", "help", "sorry", "subscribe", "sent", "finish", "confirm", "embed", "erase", "approve"}

// Pages parses the site's templates and words for a paper whose site is at base. It
// fails on a template or word file that cannot be used.
func (s *Set) Pages(p Paper, base string) (*Pages, error) {
	lexicons, err := readLexicons(s.files)
	if err != nil {
		return nil, err
	}
	out := &Pages{paper: p, lexicons: lexicons, sets: map[string]pageSet{}}
	out.ownLogo = strings.HasPrefix(p.LogoURL, strings.TrimSuffix(base, "/")+"/")
	for _, lex := range lexicons {
		if out.sets[lex.tag], err = parsePages(s.files, lex, s.words.of(lex.tag), s.said[lex.tag]); err != nil {
			return nil, err
		}
		out.languages = append(out.languages, PageLanguage{lex.tag, lex.words["language"]})
	}
	if out.style, err = readStyle(s.files, p.Accent); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(out.style)
	out.styleSum = hex.EncodeToString(sum[:8])
	return out, out.rehearse()
}

// Languages the pages can be written in, English first.
func (p *Pages) Languages() []PageLanguage { return p.languages }

// Paper whose pages these are.
func (p *Pages) Paper() Paper { return p.paper }

// Style returns the one stylesheet and a name for its content.
func (p *Pages) Style() (css []byte, sum string) { return p.style, p.styleSum }

// Page writes a page. Nothing is written when it fails.
func (p *Pages) Page(w io.Writer, name string, page Page) error {
	set, ok := p.sets[page.Language]
	if !ok {
		return fmt.Errorf("page %s: there are no words in language %q", name, page.Language)
	}
	t, ok := set[name]
	if !ok {
		return fmt.Errorf("there is no page %q", name)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, p.frame(page)); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	_, err := buf.WriteTo(w)
	return err
}

// locale is a language with the territory most of its readers live in (ogp.me).
func locale(tag string) string {
	t := language.Make(tag)
	base, _ := t.Base()
	region, _ := t.Region()
	return base.String() + "_" + region.String()
}

// A frame is what the layout is executed with.
type frame struct {
	Page
	Paper     Paper
	Dir       string
	Logo      bool
	Style     string
	Languages []PageLanguage
}

func (p *Pages) frame(page Page) frame {
	return frame{
		Page:      page,
		Paper:     p.paper,
		Dir:       Direction(page.Language),
		Logo:      p.paper.LogoURL != "" && (p.ownLogo || !page.Private),
		Style:     page.Root + "/static/" + p.styleSum + "/style.css",
		Languages: p.languages,
	}
}

// To is a path of the site as a link of this page.
func (f frame) To(path string) string {
	if path == "/" && f.Root != "" {
		path = ""
	}
	keep := f.Keep
	if strings.Contains(path, "?") {
		keep = strings.Replace(keep, "?", "&", 1)
	}
	return f.Root + path + keep
}

// Locale of the page, as previews name it: en_US.
func (f frame) Locale() string { return locale(f.Language) }

// Lines of the paper's postal address.
func (f frame) Lines() []string {
	return strings.FieldsFunc(f.Paper.Address, func(r rune) bool { return r == '\n' })
}

func parsePages(files fs.FS, lex lexicon, dates *Words, in *interpreter) (pageSet, error) {
	funcs := template.FuncMap{
		"say":   lex.say,
		"plain": lex.plain,
		"said":  in.html,
		"day":   dates.day,
		"clock": func(hour int) string { return fmt.Sprintf("%02d:00", hour) },
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(files, "site/layout.html")
	if err != nil {
		return nil, fmt.Errorf("the template site/layout.html cannot be used: %w", err)
	}
	set := pageSet{}
	for _, name := range pageNames {
		t, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if t, err = t.ParseFS(files, "site/"+name+".html"); err != nil {
			return nil, fmt.Errorf("the template site/%s.html cannot be used: %w", name, err)
		}
		set[name] = t
	}
	bar, err := template.New("bar.html").Funcs(funcs).ParseFS(files, "site/bar.html")
	if err != nil {
		return nil, fmt.Errorf("the template site/bar.html cannot be used: %w", err)
	}
	set[barName] = bar
	return set, nil
}

// readStyle fills the paper's colours into the stylesheet, the only place where it is
// a template.
func readStyle(files fs.FS, accent string) ([]byte, error) {
	t, err := texttemplate.ParseFS(files, "site/style.css")
	if err != nil {
		return nil, fmt.Errorf("the stylesheet site/style.css cannot be used: %w", err)
	}
	light, dark := sitePalettes(accent)
	var buf bytes.Buffer
	if err := t.Execute(&buf, struct{ Light, Dark palette }{light, dark}); err != nil {
		return nil, fmt.Errorf("the stylesheet site/style.css cannot be used: %w", err)
	}
	return buf.Bytes(), nil
}

// sitePalettes are the letter's colours with accents that carry text on either ground,
// and under the ground's colour on a button.
func sitePalettes(accent string) (light, dark palette) {
	light, dark = palettes(accent)
	brand, _ := parseColour(string(light.Mark))
	light.Accent = readable(brand, light.Page, colour{0, 0, 0})
	dark.Accent = readable(brand, dark.Sheet, colour{1, 1, 1})
	dark.Mark = dark.Accent
	return light, dark
}
