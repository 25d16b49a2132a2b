package site

import (
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// showEmbed shows what a paper copies into its own pages.
func (s *Site) showEmbed(w http.ResponseWriter, r *http.Request) error {
	offer, err := s.offer(r)
	if err != nil {
		return err
	}
	lang := s.Frame.Language(r, "")
	view := templates.EmbedPage{Form: s.plainForm(lang, offer), Component: s.component(lang, offer), Script: s.script("copy.js")}
	return s.Frame.FormPage(w, r, http.StatusOK, "embed", templates.Page{Path: "/subscribe/embed", Private: true, View: view})
}

// plainForm is a form that needs nothing from us but where it is sent.
func (s *Site) plainForm(lang string, offer []digest.Edition) string {
	say := func(word string, pairs ...string) string {
		return html.EscapeString(strings.NewReplacer(pairs...).Replace(s.Frame.Pages.Sentence(lang, word)))
	}
	var b strings.Builder
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line(`<form method="post" action="`, html.EscapeString(s.Frame.Base), `/subscribe?lang=`, lang, `" accept-charset="utf-8" lang="`, lang, `" dir="`, templates.Direction(lang), `">`)
	line(`  <p><label>`, say("signup.email"), `<br>`)
	line(`    <input type="email" name="email" required maxlength="254" autocomplete="email" dir="ltr"></label></p>`)
	switch {
	case len(offer) == 1:
		line(`  <input type="hidden" name="edition" value="`, offer[0].Slug, `">`)
	case len(offer) > 1:
		line(`  <fieldset>`)
		line(`    <legend>`, say("signup.editions"), `</legend>`)
		for _, e := range offer {
			line(`    <label><input type="checkbox" name="edition" value="`, e.Slug, `"> `, html.EscapeString(e.Name), `</label>`)
		}
		line(`  </fieldset>`)
	}
	line(`  <input type="hidden" name="language" value="`, lang, `">`)
	line(`  <button>`, say("signup.button"), `</button>`)
	line(`  <p><small>`, say("signup.consent", "{paper}", s.Frame.Pages.Paper().Name), s.link(s.Signups.Privacy, say("signup.privacy")), s.link(s.Signups.Imprint, say("signup.imprint")), `</small></p>`)
	b.WriteString(`</form>`)
	return b.String()
}

func (s *Site) link(to, text string) string {
	if to == "" {
		return ""
	}
	return ` <a href="` + html.EscapeString(to) + `">` + text + `</a>`
}

func (s *Site) component(lang string, offer []digest.Edition) string {
	var slugs []string
	for _, e := range offer {
		slugs = append(slugs, e.Slug)
	}
	consent := strings.ReplaceAll(s.Frame.Pages.Sentence(lang, "signup.consent"), "{paper}", s.Frame.Pages.Paper().Name)
	attribute := func(name, value string) string { return ` ` + name + `="` + html.EscapeString(value) + `"` }
	return `<script type="module"` + attribute("src", s.Frame.Base+"/subscribe/embed.js") + "></script>\n<pressrun-subscribe" +
		attribute("lang", lang) + attribute("dir", templates.Direction(lang)) + attribute("language", lang) + attribute("edition", strings.Join(slugs, " ")) +
		attribute("label", s.Frame.Pages.Sentence(lang, "signup.email")) + attribute("button", s.Frame.Pages.Sentence(lang, "signup.button")) +
		attribute("consent", consent) + `></pressrun-subscribe>`
}

// showComponent answers with the web component, to any page that wants it.
func (s *Site) showComponent(w http.ResponseWriter, r *http.Request) error {
	data, err := scriptFiles.ReadFile("scripts/embed.js")
	if err != nil {
		return err
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	web.Keep(w, r, "text/javascript; charset=utf-8", data, keepFixed)
	return nil
}

// showToken gives the token of a form to a form elsewhere. It is no secret, and says
// nothing but the time.
func (s *Site) showToken(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	web.Line(w, http.StatusOK, s.formToken(time.Now()))
	return nil
}
