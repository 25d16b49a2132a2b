package desk

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

func (d *Desk) themesRoutes() []route {
	return []route{
		{pattern: "GET /desk/themes", least: staff.Viewer, serve: d.showThemes},
		{pattern: "GET /desk/themes/{theme}/sample", least: staff.Viewer, serve: d.showSample},
		{pattern: "POST /desk/themes/{theme}", least: staff.Writer, serve: d.useTheme},
	}
}

// themeChoices are the ways to look at samples; the first of each is the usual one.
var themeChoices = []struct {
	name   string
	values []string
}{
	{"language", []string{"en", "ar"}}, {"look", []string{"light", "dark"}}, {"screen", []string{"desktop", "phone"}},
}

// showThemes shows every theme with a sample, and which editions use it.
func (d *Desk) showThemes(w http.ResponseWriter, r *http.Request) error {
	editions, err := d.Digest.Editions(r.Context())
	if err != nil {
		return err
	}
	chosen := url.Values{}
	for _, c := range themeChoices {
		chosen.Set(c.name, c.values[0])
		if v := r.FormValue(c.name); slices.Contains(c.values, v) {
			chosen.Set(c.name, v)
		}
	}
	view := templates.DeskThemes{Language: chosen.Get("language"), Look: chosen.Get("look"), Screen: chosen.Get("screen"), Choices: sampleLinks(chosen)}
	problems := map[string][]string{}
	set := d.Publisher.Composer.Templates
	for _, p := range set.Problems() {
		problems[p.ThemeOf()] = append(problems[p.ThemeOf()], p.String())
	}
	for _, t := range set.Themes() {
		card := templates.DeskThemeCard{
			Name: t.Name, About: t.About, Ours: t.Ours, Own: t.Own, Problems: problems[t.Name],
			Sample: "/desk/themes/" + url.PathEscape(t.Name) + "/sample?" + url.Values{"language": {view.Language}, "view": {view.Look}}.Encode(),
		}
		delete(problems, t.Name)
		for _, e := range editions {
			themed := templates.DeskThemed{Slug: e.Slug, Name: e.Name, Language: e.Languages[0], Next: "/desk/preview/" + e.Slug + "?theme=" + url.QueryEscape(t.Name)}
			if themeOf(e) == t.Name {
				card.Editions = append(card.Editions, themed)
			} else {
				card.Others = append(card.Others, themed)
			}
		}
		view.Themes = append(view.Themes, card)
	}
	for _, p := range set.Problems() {
		if _, left := problems[p.ThemeOf()]; left {
			view.Problems = append(view.Problems, p.String())
		}
	}
	return d.render(w, r, "themes", view)
}

// sampleLinks are links that change one of the ways to look and keep the others.
func sampleLinks(chosen url.Values) (all []templates.DeskThemeChoice) {
	for _, c := range themeChoices {
		group := templates.DeskThemeChoice{Name: c.name}
		for _, v := range c.values {
			to := url.Values{c.name: {v}}
			for name := range chosen {
				if name != c.name {
					to.Set(name, chosen.Get(name))
				}
			}
			group.Links = append(group.Links, templates.DeskThemeLink{Word: v, Path: "/desk/themes?" + to.Encode(), Current: chosen.Get(c.name) == v})
		}
		all = append(all, group)
	}
	return all
}

// themeOf is the theme that an edition's letters are set in.
func themeOf(e digest.Edition) string {
	if e.Rules.Look.Theme == "" {
		return templates.Broadsheet
	}
	return e.Rules.Look.Theme
}

// hasTheme reports whether there is a theme of that name.
func (d *Desk) hasTheme(name string) bool {
	return slices.ContainsFunc(d.Publisher.Composer.Templates.Themes(), func(t templates.Theme) bool { return t.Name == name })
}

// showSample answers with the sample letter in a theme, in the paper's colour.
func (d *Desk) showSample(w http.ResponseWriter, r *http.Request) error {
	theme := r.PathValue("theme")
	if !d.hasTheme(theme) {
		return errNoPage
	}
	language := "en"
	if r.FormValue("language") == "ar" {
		language = "ar"
	}
	composer := d.Publisher.Composer
	letter := templates.Sample(language)
	letter.Theme = theme
	if composer.Paper.Accent != "" {
		letter.Paper.Accent = composer.Paper.Accent
	}
	email, err := composer.Templates.Email(letter)
	if err != nil {
		return err
	}
	return writeLetter(w, composer.Templates.WithSamplePictures(email.HTML), r.FormValue("view"))
}

// writeLetter answers with a letter alone, in the way it is to be looked at.
func writeLetter(w http.ResponseWriter, html []byte, view string) error {
	setPreviewHeaders(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch view {
	case "dark":
		html = inDark(html)
	case "light":
		html = inLight(html)
	case "clipped":
		html = clipped(html)
	}
	_, err := w.Write(bytes.Replace(html, []byte("<head>"), []byte(`<head><base target="_blank">`), 1))
	return err
}

// useTheme has an edition set in a theme from its next issue on.
func (d *Desk) useTheme(w http.ResponseWriter, r *http.Request) error {
	theme := r.PathValue("theme")
	if !d.hasTheme(theme) {
		return errNoPage
	}
	e, err := d.Digest.Edition(r.Context(), r.PostFormValue("edition"))
	if err != nil {
		return err
	}
	if was := themeOf(e); was != theme {
		e.Rules.Look.Theme = theme
		if theme == templates.Broadsheet {
			e.Rules.Look.Theme = "" // the usual one
		}
		if _, err := d.Digest.PutEdition(r.Context(), e, time.Now()); err != nil {
			return err
		}
		if err := d.note(r, "theme", e.Slug, was+" → "+theme); err != nil {
			return err
		}
	}
	return d.back(w, r, "/desk/themes", "theme")
}
