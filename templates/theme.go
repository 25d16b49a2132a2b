package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
)

// A Theme is a look of letters. The files in email/ are the parts of Broadsheet; a
// folder in email/ is a theme of its own, and holds only the parts in which it differs,
// by the same names. So email/briefing/story.html takes the place of email/story.html
// in Briefing.
type Theme struct {
	Name  string // of its folder; Letter.Theme and an edition's rules say it
	About string // what it is like, a sentence for editors
	Ours  bool   // comes with the program; an operator's folder may change parts of it
	Own   bool   // the operator's folder has parts of it
}

// Broadsheet is the theme of a letter that names none.
const Broadsheet = "broadsheet"

// Themes returns the themes there are, Broadsheet first.
func (s *Set) Themes() []Theme {
	themes := make([]Theme, len(s.themes))
	for i, t := range s.themes {
		_, err := fs.Stat(ours, "email/"+t.name)
		themes[i] = Theme{Name: t.name, About: t.look.about, Ours: t.name == Broadsheet || err == nil, Own: s.hasOwn(t.name)}
	}
	return themes
}

// hasOwn reports whether the operator's folder has a part of a theme.
func (s *Set) hasOwn(name string) bool {
	if s.own == nil {
		return false
	}
	dir := "email/" + name
	if name == Broadsheet {
		dir = "email"
	}
	entries, err := fs.ReadDir(s.own, dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() })
}

// ThemeOf returns the theme in whose parts a problem is, "" where it is in none.
func (p Problem) ThemeOf() string {
	rest, ok := strings.CutPrefix(p.File, "email/")
	dir, _, inner := strings.Cut(rest, "/")
	switch {
	case !ok || inner && dir == "words":
		return ""
	case inner:
		return dir
	}
	return Broadsheet
}

// theme returns the theme of that name. A letter must go out in the morning even when
// its theme's folder is gone: then it is a broadsheet.
func (s *Set) theme(name string) *theme {
	for _, t := range s.themes {
		if t.name == name {
			return t
		}
	}
	return s.themes[0]
}

// A theme is the parts of a letter, parsed.
type theme struct {
	name string
	html *template.Template
	text *texttemplate.Template
	look look
}

// A look is what a theme says in its theme.json.
type look struct {
	about       string
	lead, story int     // width of their pictures in pixels, 0 for none
	light, dark palette // without the paper's colour
}

// readThemes parses Broadsheet and every folder in email/.
func readThemes(files fs.FS) ([]*theme, error) {
	html, text, err := parseEmail(files)
	if err != nil {
		return nil, err
	}
	l, err := readLook(files, "email/theme.json", look{light: lightGrounds, dark: darkGrounds})
	if err != nil {
		return nil, err
	}
	all := []*theme{{name: Broadsheet, html: html, text: text, look: l}}
	entries, err := fs.ReadDir(files, "email")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !isThemeFolder(e) {
			continue
		}
		t, err := parseTheme(files, e.Name(), all[0])
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func isThemeFolder(e fs.DirEntry) bool {
	return e.IsDir() && e.Name() != "words" && e.Name() != Broadsheet && !strings.HasPrefix(e.Name(), ".")
}

// parseTheme puts the parts of a folder over those of base.
func parseTheme(files fs.FS, name string, base *theme) (t *theme, err error) {
	t = &theme{name: name}
	dir := "email/" + name
	if t.look, err = readLook(files, dir+"/theme.json", base.look); err != nil {
		return nil, err
	}
	if t.html, err = base.html.Clone(); err != nil {
		return nil, err
	}
	if t.text, err = base.text.Clone(); err != nil {
		return nil, err
	}
	err = parseParts(files, dir, func(file, source string) error {
		parsed, err := t.html.New(file).Parse(source)
		if err == nil {
			_, err = t.html.AddParseTree("email/"+path.Base(file), parsed.Tree.Copy())
		}
		return err
	}, func(file, source string) error {
		parsed, err := t.text.New(file).Parse(source)
		if err == nil {
			_, err = t.text.AddParseTree("email/"+path.Base(file), parsed.Tree.Copy())
		}
		return err
	})
	return t, err
}

// lookFile is theme.json. What it leaves out is as in Broadsheet.
type lookFile struct {
	About    *string `json:"about"`
	Pictures struct {
		Lead  *int `json:"lead"`
		Story *int `json:"story"`
	} `json:"pictures"` // widths in pixels, 0 for none
	Light colours `json:"light"`
	Dark  colours `json:"dark"`
}

// colours are those of a palette that are not the paper's, as "#rrggbb".
type colours struct {
	Page, Sheet, Ink, Mute, Rule, Line string
}

// readLook reads a theme.json over base; without the file it is base.
func readLook(files fs.FS, name string, base look) (look, error) {
	data, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		base.about = ""
		return base, nil
	}
	var f lookFile
	if err == nil {
		dec := json.NewDecoder(strings.NewReader(string(data)))
		dec.DisallowUnknownFields()
		err = dec.Decode(&f)
		if err != nil {
			err = fmt.Errorf("line %d: %w", 1+strings.Count(string(data[:min(int(dec.InputOffset()), len(data))]), "\n"), err)
		}
	}
	l := base
	if err == nil {
		err = errors.Join(f.Light.over(&l.light), f.Dark.over(&l.dark))
	}
	if err != nil {
		return l, fmt.Errorf("the look in %s cannot be used: %w; email/theme.json shows what it may say", name, err)
	}
	for _, width := range []struct {
		from *int
		to   *int
	}{{f.Pictures.Lead, &l.lead}, {f.Pictures.Story, &l.story}} {
		if width.from != nil {
			*width.to = min(max(*width.from, 0), sheetWidth)
		}
	}
	if l.about = ""; f.About != nil {
		l.about = *f.About
	}
	return l, nil
}

// over puts the colours that are said over those of p.
func (c colours) over(p *palette) error {
	for _, pair := range []struct {
		name, from string
		to         *template.CSS
	}{
		{"page", c.Page, &p.Page}, {"sheet", c.Sheet, &p.Sheet}, {"ink", c.Ink, &p.Ink},
		{"mute", c.Mute, &p.Mute}, {"rule", c.Rule, &p.Rule}, {"line", c.Line, &p.Line},
	} {
		if pair.from == "" {
			continue
		}
		parsed, ok := parseColour(pair.from)
		if !ok {
			return fmt.Errorf("%s is %q, not a colour such as #1c1a17", pair.name, pair.from)
		}
		*pair.to = parsed.css()
	}
	return nil
}

// partsOf are the endings of files that are parts of a letter.
var partsOf = []string{".html", ".css", ".txt"}

func isPart(name string) bool { return slices.Contains(partsOf, path.Ext(name)) }
