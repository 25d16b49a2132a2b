package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestListScripts runs the program against sites without feeds. Each script has one of its
// own at $SITE, on loopback.
func TestListScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "lists"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			site := httptest.NewServer(siteWithoutFeeds())
			env.Defer(site.Close)
			env.Setenv("SITE", site.URL)
			env.Setenv("TZ", "Asia/Riyadh")
			return nil
		},
	})
}

// siteWithoutFeeds has a front page with three stories, and a sitemap that robots.txt names.
// The page of each story says when it was published; one of them is not to be read. Its
// /wire.rss is a feed that no page names, to begin with.
func siteWithoutFeeds() http.Handler {
	mux := http.NewServeMux()
	headlines := []string{"Harbour opens a new quay", "Council votes on trams", "Rain until the weekend"}
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "User-agent: *\nDisallow: /news/2\nSitemap: http://%s/news.xml\n", r.Host)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<html lang="en"><title>The Harbour Post</title><header><time datetime="2026-11-22">today</time></header><ul class="stories">`)
		for i, h := range headlines {
			fmt.Fprintf(w, `<li><h3><a href="/news/%d">%s</a></h3></li>`, i, h)
		}
	})
	mux.HandleFunc("GET /news.xml", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">`)
		for i, h := range headlines {
			fmt.Fprintf(w, `<url><loc>http://%s/map/%d</loc><news:news><news:publication_date>2026-01-0%dT10:00:00Z</news:publication_date><news:title>%s</news:title></news:news></url>`, r.Host, i, i+1, h)
		}
		fmt.Fprint(w, `</urlset>`)
	})
	mux.HandleFunc("GET /wire.rss", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>The Wire</title><link>http://%s/wire</link><language>en</language></channel></rss>`, r.Host)
	})
	for _, path := range []string{"/news/{n}", "/map/{n}"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `<h1>Story %s, told in full</h1><p>What happened in the city, told in a sentence that is long enough.</p>`, r.PathValue("n"))
			if path == "/news/{n}" {
				fmt.Fprint(w, `<meta property="article:published_time" content="2026-01-05T10:00:00Z">`)
			}
		})
	}
	return mux
}
