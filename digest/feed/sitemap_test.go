package feed

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	z.Close()
	return b.Bytes()
}

func TestNewsSitemap(t *testing.T) {
	src := digest.Source{ID: 7, URL: "https://paper.example/news.xml", Section: "Front"}
	want := []digest.Article{
		{SourceID: 7, URL: "https://paper.example/new", Title: "مطر في المدينة", Section: "Front", Language: "ar", Listed: true,
			Published: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), DateFrom: digest.DateSitemap, FirstSeen: now()},
		// Changed a minute ago: that is no date of publication.
		{SourceID: 7, URL: "https://paper.example/plain-page", Section: "Front", Listed: true, Published: now(), DateFrom: digest.DateMissing, FirstSeen: now()},
		{SourceID: 7, URL: "https://paper.example/old", Title: "Fish & chips", Section: "Front", Topics: []string{"Food", "Sea"}, Language: "en", Listed: true,
			Image: digest.Image{URL: "https://paper.example/a.jpg"}, Published: time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC), DateFrom: digest.DateSitemap, FirstSeen: now()},
	}
	for name, body := range map[string][]byte{"plain": []byte(newsSitemap), "a gzip file": zipped(newsSitemap)} {
		found, children, err := ParseSitemap(body, "", src, now())
		if err != nil || children != nil {
			t.Fatalf("%s: %v %v", name, err, children)
		}
		if d := cmp.Diff(want, found.Articles); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if found, _, err := ParseSitemap([]byte(newsSitemap[:strings.Index(newsSitemap, "<loc>https://paper.example/plain")]), "", src, now()); err != nil || !found.Cut || len(found.Articles) != 2 {
		t.Errorf("cut: %v, %d articles", err, len(found.Articles))
	}
}

func TestIndexOfSitemaps(t *testing.T) {
	_, children, err := ParseSitemap([]byte(`<sitemapindex><sitemap><loc>/2025.xml</loc><lastmod>2025-12-31</lastmod></sitemap>
		<sitemap><loc>file:///etc/passwd</loc></sitemap><sitemap><loc> https://paper.example/2026.xml </loc><lastmod>2026-11-22T10:00:00+00:00</lastmod></sitemap></sitemapindex>`),
		"text/xml", digest.Source{URL: "https://paper.example/index.xml"}, now())
	if d := cmp.Diff([]string{"https://paper.example/2026.xml", "https://paper.example/2025.xml"}, children); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestHostileSitemaps(t *testing.T) {
	bomb := zipped("<urlset>" + strings.Repeat(" ", 20<<20))
	for name, c := range map[string]struct{ body, want string }{
		"billion laughs":   {`<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>`, "declares entities of its own"},
		"an external file": {`<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset/>`, "declares entities of its own"},
		"a gzip bomb":      {string(bomb), "larger than 5 MB"},
		"half a gzip":      {string(bomb[:20]), "is no sitemap"},
		"too large":        {strings.Repeat(" ", maxBytes+1), "larger than 5 MB"},
		"nested":           {"<urlset>" + strings.Repeat("<url>", 10_000), "beyond what a feed needs"},
		"endless elements": {"<urlset><url>" + strings.Repeat("<a/>", maxElements+1), "beyond what a feed needs"},
		"a feed":           {paper, "is no sitemap"},
		"a web page":       {"<html><body>", "is no sitemap"},
		"words":            {"Back soon.", "is no sitemap"},
		"nothing":          {"", "is no sitemap"},
		"cut at once":      {"<urlset><url><loc>", "is no sitemap"},
		"many attributes":  {"<urlset" + strings.Repeat(` a="b"`, 200) + ">", "beyond what a feed needs"},
		"closed too often": {"</urlset></urlset>", "is no sitemap"},
	} {
		if found, children, err := ParseSitemap([]byte(c.body), "", digest.Source{URL: "https://paper.example/s.xml"}, now()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q (%d articles, %d sitemaps)", name, err, c.want, len(found.Articles), len(children))
		}
	}
	var many strings.Builder
	many.WriteString("<urlset>")
	for i := range maxEntries + 10 {
		fmt.Fprintf(&many, "<url><loc>/%d</loc></url>", i)
	}
	if found, _, err := ParseSitemap([]byte(many.String()), "", digest.Source{URL: "https://paper.example/s.xml"}, now()); err != nil || len(found.Articles) != maxArticles {
		t.Errorf("many: %v, %d articles", err, len(found.Articles))
	}
	for _, markup := range hostileText() {
		found, _, err := ParseSitemap([]byte("<urlset><url><loc>https://paper.example/a</loc><news:news><news:title>"+escaped(markup)+"</news:title><news:keywords>"+escaped(markup)+"</news:keywords></news:news></url></urlset>"),
			"", digest.Source{URL: "https://paper.example/s.xml"}, now())
		if err != nil || len(found.Articles) != 1 {
			t.Errorf("%.40q: %v", markup, err)
			continue
		}
		checkArticle(t, found.Articles[0])
		if strings.Contains(found.Articles[0].Title, "<script") {
			t.Errorf("%q", found.Articles[0].Title)
		}
	}
}

// TestSitemapIsFetched: of an index the sitemaps that changed last are read, and the pages
// of their articles followed.
func TestSitemapIsFetched(t *testing.T) {
	var asked []string
	at := ""
	at = serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		switch r.URL.Path {
		case "/index.xml":
			for i := range 9 {
				fmt.Fprintf(w, "%s<sitemap><loc>%s/s%d.xml</loc><lastmod>2026-11-0%d</lastmod></sitemap>", map[bool]string{true: "<sitemapindex>"}[i == 0], at, i, i+1)
			}
			io.WriteString(w, "</sitemapindex>")
		case "/s8.xml":
			w.Write(zipped("<urlset><url><loc>" + at + "/rain</loc></url></urlset>"))
		case "/s7.xml":
			http.Error(w, "no", 500)
		case "/rain":
			io.WriteString(w, articlePage("Rain closes two schools"))
		case "/s6.xml", "/s5.xml", "/s4.xml":
			io.WriteString(w, "<urlset/>")
		default:
			http.NotFound(w, r)
		}
	})
	src, articles, err := quick().Fetch(t.Context(), digest.Source{ID: 1, URL: at + "/index.xml", Kind: digest.SourceSitemap}, now())
	if err != nil || len(articles) != 1 || articles[0].Title != "Rain closes two schools" || articles[0].Listed || !strings.Contains(src.Error, "one of its sitemaps could not be read") {
		t.Errorf("%v; %+v; %q", err, articles, src.Error)
	}
	if d := cmp.Diff([]string{"/robots.txt", "/index.xml", "/s8.xml", "/s7.xml", "/s6.xml", "/s5.xml", "/s4.xml", "/rain"}, asked); d != "" {
		t.Error(d)
	}
}
