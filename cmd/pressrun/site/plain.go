package site

import (
	"net/http"
	"strings"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/templates"
)

// showHelp says how to leave, who sends and how to reach them.
func (s *Site) showHelp(w http.ResponseWriter, r *http.Request) error {
	return s.Frame.PublicPage(w, r, "help", templates.Page{Path: "/help", Canonical: s.Frame.Base + "/help"}, keepFixed)
}

// health tells a supervisor whether the site can read its database.
func (s *Site) health(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Digest.Editions(r.Context()); err != nil {
		return web.Plain(err)
	}
	web.Line(w, http.StatusOK, "ok")
	return nil
}

// robots keeps crawlers from readers' links, should one ever be published, and shows them
// what is for everybody.
func (s *Site) robots(w http.ResponseWriter, r *http.Request) error {
	text := "User-agent: *\n"
	for _, path := range []string{"/u/", "/p/", "/c/", "/a/", "/api/"} {
		text += "Disallow: " + s.Frame.Root() + path + "\n"
	}
	text += "\nSitemap: " + s.Frame.Base + "/sitemap.xml\n"
	web.Keep(w, r, "text/plain; charset=utf-8", []byte(text), keepFixed)
	return nil
}

// sentence is one of the site's in a language, with pairs of names and values filled in.
func (s *Site) sentence(lang, name string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	text := s.Frame.Pages.Sentence(lang, name)
	if text == "" {
		text = s.Frame.Pages.Sentence("en", name)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// noIcon spares browsers, which ask by themselves, a page about what is missing.
func (s *Site) noIcon(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
