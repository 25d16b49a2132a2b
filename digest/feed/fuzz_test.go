package feed

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pressrun/pressrun/digest"
)

// checkArticle holds an article to what every article promises, whatever the feed.
func checkArticle(t *testing.T, a digest.Article) {
	t.Helper()
	s := newSummarizer()
	for name, line := range map[string]string{"title": a.Title, "author": a.Author, "section": a.Section, "alt": a.Image.Alt, "GUID": a.GUID} {
		if bad := strings.IndexFunc(line, isForbidden); bad >= 0 || !utf8.ValidString(line) {
			t.Errorf("%s %q has a forbidden character at %d", name, line, bad)
		}
		if line != strings.TrimSpace(line) {
			t.Errorf("%s %q begins or ends with white space", name, line)
		}
	}
	if a.Title == "" || utf8.RuneCountInString(a.Title) > maxTitle {
		t.Errorf("title %q is empty or too long", a.Title)
	}
	checkURL(t, a.URL)
	if strings.Contains(a.URL, "#") {
		t.Errorf("URL %q has a fragment", a.URL)
	}
	if a.Image.URL != "" {
		checkURL(t, a.Image.URL)
	}
	if again := s.summarize(a.Summary); again != a.Summary {
		t.Errorf("summary is not settled:\n%q\n%q", a.Summary, again)
	}
	// The policy alone, which knows nothing of shape, finds nothing to remove. It
	// writes quotation marks as entities, we do not.
	quotes := strings.NewReplacer("&#34;", `"`, "&#39;", `'`)
	if strict := quotes.Replace(s.policy.Sanitize(a.Summary)); strict != a.Summary {
		t.Errorf("summary is not clean:\n%q\n%q", a.Summary, strict)
	}
	text := digest.PlainText(strings.NewReplacer("<q>", "", "</q>", "").Replace(a.Summary))
	if n := utf8.RuneCountInString(text); n > maxSummary {
		t.Errorf("summary has %d characters", n)
	}
	if bad := strings.IndexFunc(a.Summary, isForbidden); bad >= 0 {
		t.Errorf("summary %q has a forbidden character at %d", a.Summary, bad)
	}
	if a.Published.After(now()) || a.Published.Year() < 1990 || !a.FirstSeen.Equal(now()) {
		t.Errorf("published %v, first seen %v, read %v", a.Published, a.FirstSeen, now())
	}
	if !a.DateFrom.Proven() && !a.Published.Equal(now()) {
		t.Errorf("published %v although the date is from %q", a.Published, a.DateFrom)
	}
	if len(a.Topics) > maxTopics || a.Words < 0 || a.Seen {
		t.Errorf("%d topics, %d words, seen %v", len(a.Topics), a.Words, a.Seen)
	}
}

func isForbidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

func checkURL(t *testing.T, raw string) {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(raw, " \"<>\r\n\t") {
		t.Errorf("URL %q: %v", raw, err)
	}
	for _, r := range raw {
		if r > 0x7E {
			t.Errorf("URL %q is not ASCII", raw)
		}
	}
}

// FuzzParse: no feed makes Parse panic or hang, and every article keeps its promises.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.xml", "testdata/*.json", "../../../shared/feeds/*.*ml", "../../../shared/feeds/*.json"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			if body, err := os.ReadFile(name); err == nil && len(body) < 30_000 {
				f.Add(body, "application/xml")
			}
		}
	}
	for _, doc := range hostile() {
		f.Add([]byte(doc), "text/xml; charset=utf-8")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		src := digest.Source{ID: 1, URL: "https://paper.example/feed", Section: "News"}
		found, err := Parse(body, contentType, src, now())
		if err != nil && (len(found.Articles) > 0 || strings.TrimSpace(err.Error()) == "") {
			t.Errorf("%d articles and the error %q", len(found.Articles), err)
		}
		if len(found.Articles) > maxArticles {
			t.Errorf("%d articles", len(found.Articles))
		}
		for _, a := range found.Articles {
			checkArticle(t, a)
		}
	})
}

// FuzzSummarize: a summary is clean and settled, whatever HTML it was made of.
func FuzzSummarize(f *testing.F) {
	for _, doc := range hostile() {
		f.Add(doc)
	}
	f.Add("<p>One</p><p>two &amp;amp; <em>three</em></p><p>Read more</p>")
	f.Add("&lt;p&gt;x&lt;/p&gt; &amp;amp;lt;b&amp;gt; <q>a<q>b</q></q> [&#8230;]")
	f.Fuzz(func(t *testing.T, markup string) {
		checkArticle(t, digest.Article{
			Title: "x", URL: "https://paper.example/", Published: now(), FirstSeen: now(), DateFrom: digest.DateFeed,
			Summary: newSummarizer().summarize(markup),
		})
	})
}

// FuzzParseArticle: no page makes ParseArticle, ParsePage or Propose panic or hang, and every
// article keeps its promises.
func FuzzParseArticle(f *testing.F) {
	for _, markup := range hostileText() {
		f.Add([]byte(articlePage(markup)))
	}
	f.Add([]byte(frontPage([]string{"Harbour opens a new quay", "Rain closes two schools", "Museum shows old maps"})))
	f.Add([]byte(`<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","author":{"@id":"#a"}},{"@id":"#a","name":1}]}</script>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		src := digest.Source{ID: 1, URL: "https://paper.example/", Section: "News", Selectors: digest.Selectors{Item: "article, li", Link: "a", Summary: "p", Image: "img", Time: "time"}}
		if a, err := ParseArticle(body, "text/html", "https://paper.example/rain", src, now()); err == nil {
			checkArticle(t, a)
		}
		found, _ := ParsePage(body, "text/html", src, now())
		for _, a := range found.Articles {
			checkArticle(t, a)
		}
		proposals, _ := Propose(body, "text/html", src.URL, now())
		for _, p := range proposals {
			if err := CheckSelectors(p.Selectors); err != nil && p.Kind == digest.SourcePage {
				t.Errorf("proposed %+v: %v", p.Selectors, err)
			}
			for _, a := range p.Articles {
				checkArticle(t, a)
			}
		}
	})
}

// FuzzParseSitemap: the same for sitemaps, whose entries may lack a title.
func FuzzParseSitemap(f *testing.F) {
	f.Add([]byte(newsSitemap))
	for _, markup := range hostileText() {
		f.Add([]byte("<urlset><url><loc>https://paper.example/a</loc><news:news><news:title>" + escaped(markup) + "</news:title></news:news></url></urlset>"))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		found, children, err := ParseSitemap(body, "", digest.Source{URL: "https://paper.example/sitemap.xml"}, now())
		if err != nil && len(found.Articles)+len(children) > 0 {
			t.Errorf("%d articles and the error %q", len(found.Articles), err)
		}
		for _, c := range children {
			checkURL(t, c)
		}
		for _, a := range found.Articles {
			checkArticle(t, named(a))
		}
	})
}

// FuzzRobots: any robots.txt can be read and asked, and never closes itself.
func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /*a*b*c$\nAllow: /%41"), "/xaybzc")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		r := parseRobots(body)
		if !r.allows("/robots.txt") {
			t.Error("robots.txt may not be read")
		}
		if r.allows(path) != r.allows(escapePath(path)) {
			t.Errorf("%q is another path when it is escaped", path)
		}
	})
}
