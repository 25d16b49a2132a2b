package desk

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// triedArticles is how many articles of a feed a test shows.
const triedArticles = 8

func (d *Desk) sourcesRoutes() []route {
	return []route{
		{pattern: "GET /desk/sources", least: staff.Viewer, serve: d.showSources, nav: "nav.sources", key: "s"},
		{pattern: "POST /desk/sources", least: staff.Writer, serve: d.takeSource},
		{pattern: "POST /desk/sources/remove", least: staff.Writer, serve: d.removeSource},
	}
}

// showSources lists the sources and how asking them went.
func (d *Desk) showSources(w http.ResponseWriter, r *http.Request) error {
	view, _, err := d.sourcesView(r)
	if err != nil {
		return err
	}
	return d.render(w, r, "sources", view)
}

func (d *Desk) sourcesView(r *http.Request) (view templates.DeskSources, have []digest.Source, err error) {
	if have, err = d.Digest.Sources(r.Context()); err != nil {
		return view, nil, err
	}
	for _, s := range have {
		view.Sources = append(view.Sources, templates.DeskSource{
			URL: s.URL, Name: nameOf(s), Kind: s.Kind.String(), Section: s.Section, Language: s.Language, Asked: d.inZone(s.FetchedAt),
			Changed: d.inZone(s.ChangedAt), Failures: s.Failures, Error: s.Error, Next: d.inZone(s.NextAt),
		})
	}
	return view, have, nil
}

var (
	errNoFetcher = errors.New("sources cannot be asked from here; run `pressrun sources add` on the server")
	errNoAddress = errors.New("write the address of a feed, or of a page of the site, such as https://paper.example")
	errASource   = errors.New("this is a source already")
)

// takeSource shows what an address gives, or adds it.
func (d *Desk) takeSource(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), time.Now()
	view, have, err := d.sourcesView(r)
	if err != nil {
		return err
	}
	view.URL, view.Section = strings.TrimSpace(r.PostFormValue("url")), digest.OneLine(r.PostFormValue("section"))
	view.Language = strings.TrimSpace(r.PostFormValue("language"))
	wrong := func(why error) error { return d.again(w, r, "sources", why, view) }
	lang, err := canonical(view.Language)
	switch {
	case err != nil:
		return wrong(err)
	case view.URL == "" || strings.HasPrefix(view.URL, "file:"):
		return wrong(errNoAddress)
	case d.Publisher.Fetcher == nil:
		return wrong(errNoFetcher)
	}
	takeTime(w)
	src := digest.Source{URL: view.URL, Section: view.Section, Language: lang}
	if r.PostFormValue("do") != "add" {
		if view.Found, err = d.try(r, src, have, now); err != nil {
			return wrong(err)
		}
		return d.render(w, r, "sources", view)
	}
	if digest.HasSource(have, view.URL) {
		return wrong(errASource)
	}
	read, articles, err := d.Publisher.Fetcher.Fetch(ctx, src, now)
	if err != nil {
		return wrong(err)
	}
	// What stood there before is remembered and never mailed.
	if _, err := d.Digest.PutArticles(ctx, read, articles, true, now); err != nil {
		return err
	}
	if err := d.note(r, "source", read.URL, ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/sources", "source")
}

// try reads the feeds at an address as sources, and saves nothing.
func (d *Desk) try(r *http.Request, src digest.Source, have []digest.Source, now time.Time) (feeds []templates.DeskFeed, err error) {
	found, err := d.Publisher.Fetcher.Discover(r.Context(), src.URL, now)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		src.URL = f.URL
		read, articles, err := d.Publisher.Fetcher.Fetch(r.Context(), src, now)
		if err != nil {
			return nil, err
		}
		feed := templates.DeskFeed{
			URL: f.URL, Title: read.Title, Language: read.Language, Warning: read.Error, N: len(articles), Known: digest.HasSource(have, f.URL),
		}
		for _, a := range articles[:min(triedArticles, len(articles))] {
			feed.Articles = append(feed.Articles, templates.DeskFeedArticle{
				Title: a.Title, Language: a.Language, Section: a.Section, Published: d.inZone(a.Published), Picture: a.Image.URL != "",
			})
		}
		feeds = append(feeds, feed)
	}
	return feeds, nil
}

// canonical writes a language as it is compared: ar-SA for ar_sa.
func canonical(tag string) (string, error) {
	if tag == "" {
		return "", nil
	}
	t, err := language.Parse(tag)
	if err != nil {
		return "", fmt.Errorf("%q is not a language; write a tag such as en, ar or pt-BR", tag)
	}
	return t.String(), nil
}

// removeSource stops taking articles from a source.
func (d *Desk) removeSource(w http.ResponseWriter, r *http.Request) error {
	url := r.PostFormValue("url")
	if err := d.Digest.RemoveSource(r.Context(), url); err != nil {
		return err
	}
	if err := d.note(r, "source-gone", url, ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/sources", "source-gone")
}
