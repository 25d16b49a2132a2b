package templates

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	texttemplate "text/template"
	"time"
)

// The desk is the program's own face and the same everywhere: an operator's folder changes
// nothing in it but the paper's colour.
//
//go:embed desk
var deskFiles embed.FS

// A Desk writes the editors' pages. It is safe for concurrent use.
type Desk struct {
	paper     Paper
	languages []PageLanguage
	tongues   map[string]*tongue
	style     []byte
	styleSum  string
}

// A tongue is the pages in one language, with what they say in it.
type tongue struct {
	lexicon
	dates       *Words
	interpreter *interpreter // nil where the lower rooms' own language is spoken
	pages       pageSet
}

// A DeskPage is one page of the desk: what its frame shows, and in View what is its own.
type DeskPage struct {
	Language string // one of Desk.Languages
	Root     string // is put before the desk's paths: "" or the path of the site's base URL
	Path     string // of the page itself, without Root
	Nav      []DeskLink
	Editor   string // their name, "" for the pages before the login
	Role     string // theirs: "owner", "editor" or "viewer"
	CSRF     string // stands in each form
	Scripts  string // path of the folder of scripts
	Now      time.Time
	// Done is the name of a sentence that says what was just changed, "" for none.
	Done string
	// Wrong is a sentence that says what is wrong with a form, in the page's language or that
	// of the lower rooms; "" for none.
	Wrong string
	// View is the struct that the page's name asks for.
	View any
}

// A DeskLink leads to a part of the desk.
type DeskLink struct {
	Path, Word, Key string // Key opens it after a "g"
	Current         bool
}

// Desk parses the desk's templates and words, for the editors of a paper. A page is a file
// in desk/ and is called as the file is.
func (s *Set) Desk(p Paper) (*Desk, error) {
	lexicons, err := readDeskWords(deskFiles)
	if err != nil {
		return nil, err
	}
	d := &Desk{paper: p, tongues: map[string]*tongue{}}
	for _, lex := range lexicons {
		t := &tongue{lexicon: lex, dates: s.words.of(lex.tag), interpreter: s.said[lex.tag]}
		if t.pages, err = parseDesk(deskFiles, t); err != nil {
			return nil, err
		}
		d.tongues[lex.tag] = t
		d.languages = append(d.languages, PageLanguage{lex.tag, lex.words["language"]})
	}
	if d.style, err = readDeskStyle(deskFiles, p.Accent); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(d.style)
	d.styleSum = hex.EncodeToString(sum[:8])
	return d, nil
}

// Languages the desk can be shown in, English first.
func (d *Desk) Languages() []PageLanguage { return d.languages }

// Style returns the one stylesheet and a name for its content.
func (d *Desk) Style() (css []byte, sum string) { return d.style, d.styleSum }

// Has reports whether the desk has a sentence of that name.
func (d *Desk) Has(word string) bool {
	_, ok := d.tongues[d.languages[0].Tag].words[word]
	return ok
}

// Say returns a sentence of the desk with pairs of names and values filled in; the name
// itself when there is none.
func (d *Desk) Say(lang, word string, pairs ...string) string {
	t, ok := d.tongues[lang]
	if !ok {
		t = d.tongues[d.languages[0].Tag]
	}
	text, err := t.plain(word, pairs...)
	if err != nil {
		return word
	}
	return text
}

// Page writes a page. Nothing is written when it fails.
func (d *Desk) Page(w io.Writer, name string, page DeskPage) error {
	return d.write(w, name, "layout.html", page)
}

// Part writes one named template of a page alone, such as the part that changes while
// somebody looks on.
func (d *Desk) Part(w io.Writer, name, part string, page DeskPage) error {
	return d.write(w, name, part, page)
}

func (d *Desk) write(w io.Writer, name, part string, page DeskPage) error {
	t, ok := d.tongues[page.Language]
	if !ok {
		return fmt.Errorf("desk page %s: there are no words in language %q", name, page.Language)
	}
	set, ok := t.pages[name]
	if !ok {
		return fmt.Errorf("there is no desk page %q", name)
	}
	var buf bytes.Buffer
	frame := deskFrame{
		DeskPage: page, Paper: d.paper, Dir: Direction(page.Language), Languages: d.languages, tongue: t,
		Style: page.Root + "/desk/static/" + d.styleSum + "/style.css",
	}
	if err := set.ExecuteTemplate(&buf, part, frame); err != nil {
		return fmt.Errorf("desk page %s: %w", name, err)
	}
	_, err := buf.WriteTo(w)
	return err
}

func parseDesk(files fs.FS, t *tongue) (pageSet, error) {
	funcs := template.FuncMap{
		"say": t.say, "plain": t.plain, "count": t.counted, "word": t.word,
		"said": t.said, "told": t.told, "day": t.dates.day, "number": grouped, "bytes": kilobytes, "list": list,
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(files, "desk/layout.html")
	if err != nil {
		return nil, fmt.Errorf("the template desk/layout.html cannot be used: %w", err)
	}
	names, err := fs.Glob(files, "desk/*.html")
	if err != nil {
		return nil, err
	}
	set := pageSet{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" {
			continue
		}
		page, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if set[name], err = page.ParseFS(files, file); err != nil {
			return nil, fmt.Errorf("the template %s cannot be used: %w", file, err)
		}
	}
	return set, nil
}

// readDeskStyle puts style.css and then the sheets of single pages together, with the
// paper's colours filled in.
func readDeskStyle(files fs.FS, accent string) ([]byte, error) {
	names, err := fs.Glob(files, "desk/*.css")
	if err != nil {
		return nil, err
	}
	light, dark := sitePalettes(accent)
	var base, more bytes.Buffer
	for _, name := range names {
		t, err := texttemplate.ParseFS(files, name)
		if err != nil {
			return nil, fmt.Errorf("the stylesheet %s cannot be used: %w", name, err)
		}
		to := &more
		if name == "desk/style.css" {
			to = &base
		}
		if err := t.Execute(to, struct{ Light, Dark palette }{light, dark}); err != nil {
			return nil, fmt.Errorf("the stylesheet %s cannot be used: %w", name, err)
		}
	}
	return append(base.Bytes(), more.Bytes()...), nil
}
