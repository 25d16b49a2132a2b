package site

import (
	"net/http"

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

// robots keeps crawlers from readers' links, should one ever be published.
func (s *Site) robots(w http.ResponseWriter, r *http.Request) error {
	root := s.Frame.Root()
	web.Keep(w, r, "text/plain; charset=utf-8", []byte("User-agent: *\nDisallow: "+root+"/u/\nDisallow: "+root+"/p/\n"), keepFixed)
	return nil
}

// noIcon spares browsers, which ask by themselves, a page about what is missing.
func (s *Site) noIcon(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
