package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

// parsePaper parses a page of paper.example at /rain.
func parsePaper(t *testing.T, page string) digest.Article {
	t.Helper()
	a, err := ParseArticle([]byte(page), "text/html; charset=utf-8", "https://paper.example/rain", digest.Source{ID: 7, Section: "Front"}, now())
	if err != nil {
		t.Fatal(err)
	}
	checkArticle(t, a)
	return a
}

func TestArticleOfItsPage(t *testing.T) {
	got := parsePaper(t, `<!doctype html><html lang="en-GB"><head><title>Rain closes two schools | The Paper</title>
<link rel="canonical" href="https://www.paper.example/2026/rain?utm_source=x">
<meta property="og:site_name" content="The Paper"><meta property="og:image:alt" content="A flooded yard">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
 {"@type":"WebPage","@id":"https://www.paper.example/2026/rain","datePublished":"2026-11-23T06:59:30Z"},
 {"@type":["NewsArticle"],"headline":"Rain closes two schools &amp; a bridge","mainEntityOfPage":{"@id":"https://www.paper.example/2026/rain"},
  "description":"Two schools stay shut until Friday after the river rose above its banks.",
  "datePublished":"2026-11-22T18:30:00+03:00","dateModified":"2026-11-23T06:00:00Z","articleSection":"City","keywords":["Rivers","Schools, City"],
  "author":[{"@id":"#mona"},{"@type":"Person","name":"Tom Reyes"}],"inLanguage":"en-GB",
  "image":[{"@type":"ImageObject","url":"/small.jpg","width":320,"height":200},{"@type":"ImageObject","url":"/large.jpg","width":1280,"height":800,"caption":"The yard"}]},
 {"@type":"Person","@id":"#mona","name":"Mona Haddad"},
 {"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","headline":"Another","datePublished":"2020-01-01"}]}]}</script></head>
<body><header><time datetime="2026-11-23">Monday</time></header><article><h1>Rain closes two schools</h1><p>`+strings.Repeat("The river rose again and again. ", 40)+`</p></article></body></html>`)
	want := digest.Article{
		SourceID: 7, URL: "https://www.paper.example/2026/rain", Aliases: []string{"https://paper.example/rain"},
		Title: "Rain closes two schools & a bridge", Summary: "Two schools stay shut until Friday after the river rose above its banks.",
		Author: "Mona Haddad and Tom Reyes", Section: "City", Topics: []string{"City", "Rivers", "Schools"}, Language: "en-GB",
		Image: digest.Image{URL: "https://paper.example/large.jpg", Alt: "The yard", Width: 1280, Height: 800}, Words: 240,
		Published: time.Date(2026, 11, 22, 15, 30, 0, 0, time.UTC), DateFrom: digest.DateJSONLD, FirstSeen: now(),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestDateOfAnArticlesPage: a date of the visit is never the article's.
func TestDateOfAnArticlesPage(t *testing.T) {
	for _, c := range []struct {
		name, head, body string
		want             string
		from             digest.DateFrom
	}{
		{"JSON-LD before meta", `<script type="application/ld+json">{"@type":"Article","datePublished":"2026-11-20T08:00:00Z"}</script><meta property="article:published_time" content="2026-11-19T08:00:00Z">`, "", "2026-11-20T08:00:00Z", digest.DateJSONLD},
		{"meta before time", `<meta property="article:published_time" content="2026-11-19T08:00:00+0300">`, `<time datetime="2026-11-18">`, "2026-11-19T05:00:00Z", digest.DateMeta},
		{"another meta", `<meta name="DC.date.issued" content="2026-11-19">`, "", "2026-11-19T00:00:00Z", digest.DateMeta},
		{"itemprop", `<meta itemprop="datePublished" content="2026-11-19 10:30">`, "", "2026-11-19T10:30:00Z", digest.DateMeta},
		{"time in the article", "", `<time datetime="2026-11-18T10:00">Wednesday</time>`, "2026-11-18T10:00:00Z", digest.DateTime},
		{"JSON-LD with line ends in a text", "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"description\":\"a\nb\",\"datePublished\":\"2026-11-20\"}</script>", "", "2026-11-20T00:00:00Z", digest.DateJSONLD},
		{"broken JSON-LD", `<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-11-20"</script>`, "", "", digest.DateMissing},

		{"nothing at all", "", "", "", digest.DateMissing},
		{"the masthead in words", "", "<p>Friday, Aug 22, 2025</p>", "", digest.DateMissing},
		{"the masthead's time", "", `</article><header><time datetime="2026-11-22">x</time></header><article>`, "", digest.DateMissing},
		{"the menu's, within the article's block", "", `<aside><time datetime="2026-11-22">x</time></aside><nav><time datetime="2026-11-21">x</time></nav>`, "", digest.DateMissing},
		{"a comment's", "", `<div class="comments"><time datetime="2026-11-22T11:00:00Z">x</time></div>`, "", digest.DateMissing},
		{"a related story's", "", `<ul><li><time datetime="2026-11-22T11:00:00Z">x</time></li></ul><article><time datetime="2026-11-21">x</time></article>`, "", digest.DateMissing},
		{"when it was changed", "", `<time itemprop="dateModified" datetime="2026-11-22T11:00:00Z">x</time>`, "", digest.DateMissing},
		{"the moment of the visit", `<meta property="article:published_time" content="2026-11-23T06:59:58Z">`, "", "", digest.DateMissing},
		{"the moment of the visit, then a date", `<meta property="article:published_time" content="2026-11-23T06:59:58Z"><meta name="date" content="2026-11-20">`, "", "2026-11-20T00:00:00Z", digest.DateMeta},
		{"of the web page, not the article", `<script type="application/ld+json">{"@type":"WebPage","datePublished":"2026-11-20","dateModified":"2026-11-22"}</script>`, "", "", digest.DateMissing},
		{"of other articles", `<script type="application/ld+json">[{"@type":"Article","url":"/a","headline":"A","datePublished":"2026-11-20"},{"@type":"Article","url":"/b","headline":"B","datePublished":"2026-11-19"}]</script>`, "", "", digest.DateMissing},
		{"of the one of several that is this", `<script type="application/ld+json">[{"@type":"Article","url":"/a","datePublished":"2026-11-20"},{"@type":"Article","url":"/rain#x","datePublished":"2026-11-19"}]</script>`, "", "2026-11-19T00:00:00Z", digest.DateJSONLD},
		{"ahead", `<meta property="article:published_time" content="2026-11-25T08:00:00Z">`, "", "", digest.DateFuture},
		{"before the web", `<meta name="date" content="0001-01-01T00:00:00Z">`, "", "", digest.DateMissing},
		{"changed, never published", `<meta property="article:modified_time" content="2026-11-22T08:00:00Z">`, "", "", digest.DateMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := parsePaper(t, "<html><head>"+c.head+"</head><body><article><h1>Rain closes two schools</h1>"+c.body+"</article></body></html>")
			want := now()
			if c.want != "" {
				want, _ = time.Parse(time.RFC3339, c.want)
			}
			if a.DateFrom != c.from || !a.Published.Equal(want) {
				t.Errorf("%s from %q, want %s from %q", a.Published, a.DateFrom, want, c.from)
			}
		})
	}
}

func TestTitleOfAnArticlesPage(t *testing.T) {
	for _, c := range []struct{ name, head, body, want string }{
		{"heading", "<title>The Paper</title>", "<h1>Rain</h1>", "Rain"},
		{"twice", "", "<h1>Rain</h1><h1>Rain</h1>", "Rain"},
		{"OpenGraph's, with the site's name", `<meta property="og:site_name" content="The Paper"><meta property="og:title" content="Rain - again - The Paper">`, "<h1>x</h1>", "Rain - again"},
		{"a heading that is the site's name", `<meta property="og:site_name" content="The Paper"><title>Rain | The Paper</title>`, "<h1>The Paper</h1>", "Rain"},
		{"cut for machines", `<script type="application/ld+json">{"@type":"Article","headline":"Rain closes two …"}</script>`, "<h1>Rain closes two schools</h1>", "Rain closes two schools"},
		{"the domain's name", `<title>Rain falls - Paper.example</title>`, "", "Rain falls"},
		{"a dash that is the headline's", `<title>Rain - a story</title>`, "", "Rain - a story"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := parsePaper(t, "<head>"+c.head+"</head><body>"+c.body); a.Title != c.want {
				t.Errorf("%q, want %q", a.Title, c.want)
			}
		})
	}
	for _, page := range []string{"", "<p>Text without any headline", `<meta property="og:site_name" content="P"><title>P</title>`} {
		if _, err := ParseArticle([]byte(page), "text/html", "https://paper.example/", digest.Source{}, now()); err == nil || !strings.Contains(err.Error(), "has no headline") {
			t.Errorf("%q: %v", page, err)
		}
	}
}

func TestAddressOfAnArticlesPage(t *testing.T) {
	for _, c := range []struct{ name, head, want string }{
		{"its own", "", "https://paper.example/rain"},
		{"of the full page", `<link rel="canonical" href="https://www.paper.example/2026/rain">`, "https://www.paper.example/2026/rain"},
		{"relative", `<link rel="canonical" href="/2026/rain#top">`, "https://paper.example/2026/rain"},
		{"of OpenGraph", `<meta property="og:url" content="https://paper.example/2026/rain">`, "https://paper.example/2026/rain"},
		{"of another site", `<link rel="canonical" href="https://wire.example.org/rain">`, "https://paper.example/rain"},
		{"of the front page, as all", `<link rel="canonical" href="https://paper.example/">`, "https://paper.example/rain"},
		{"none", `<link rel="canonical" href="javascript:alert(1)">`, "https://paper.example/rain"},
	} {
		if a := parsePaper(t, "<head>"+c.head+"</head><h1>Rain</h1>"); a.URL != c.want || (a.URL != "https://paper.example/rain") != (len(a.Aliases) == 1) {
			t.Errorf("%s: %q, also %q", c.name, a.URL, a.Aliases)
		}
	}
}

// TestSummaryAndWordsOfAnArticlesPage: players, captions, boxes and mottoes are no text.
func TestSummaryAndWordsOfAnArticlesPage(t *testing.T) {
	text := "<p>The river rose in the night and two schools stay shut until Friday.</p>" + strings.Repeat("<p>It had rained for three days, and nobody had seen the like of it before now.</p>", 20)
	a := parsePaper(t, `<meta name="description" content="News and the world"><body><h1>Rain</h1><div class="player"><p>0:00 0:00 Close</p></div>
<figure><p>A caption that is long enough to be taken for a paragraph of the text, and is none.</p></figure>
<div>`+text+`</div><aside><p>Subscribe to our newsletter and get the latest news every day at no cost to you.</p></aside>
<ul><li><p><a href="/x">Another story with a headline as long as a paragraph, which is a link</a></p></li></ul>`)
	if a.Summary != "The river rose in the night and two schools stay shut until Friday." || a.Words != 13+20*16 {
		t.Errorf("summary %q, %d words", a.Summary, a.Words)
	}
	if a := parsePaper(t, "<h1>Rain</h1><p>It rained in the city for a whole day, as it was expected to.</p>"); a.Words != 0 {
		t.Errorf("an excerpt has %d words", a.Words)
	}
}

func TestCharsetOfAPage(t *testing.T) {
	page := []byte("<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1256\"></head><h1>\xE3\xD8\xD1 \xDD\xED \xC7\xE1\xE3\xCF\xED\xE4\xC9</h1>")
	a, err := ParseArticle(page, "text/html", "https://paper.example/a", digest.Source{}, now())
	if err != nil || a.Title != "مطر في المدينة" || a.Language != "ar" {
		t.Errorf("%v %q %q", err, a.Title, a.Language)
	}
}

// numbered repeats a pattern with its number in it.
func numbered(pattern string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, pattern, i)
	}
	return b.String()
}

func TestHostilePages(t *testing.T) {
	for _, markup := range hostileText() {
		a, err := ParseArticle([]byte(articlePage(markup)), "text/html", "https://paper.example/rain", digest.Source{Section: "x"}, now())
		if err != nil {
			t.Errorf("%.40q: %v", markup, err)
			continue
		}
		checkArticle(t, a)
		all := strings.ToLower(a.Title + a.Summary + a.Author + a.Image.URL)
		for _, bad := range []string{"<script", "<style", "<!--", "alert(1)</", "</style"} {
			if strings.Contains(all, bad) {
				t.Errorf("%.40q leaves %q in %q", markup, bad, all)
			}
		}
		if strings.Contains(a.URL+a.Image.URL, "javascript:alert") && !strings.HasPrefix(a.URL, "https://paper.example/") {
			t.Errorf("address %q, picture %q", a.URL, a.Image.URL)
		}
	}
	for name, c := range map[string]struct{ page, kind, want string }{
		"too large":                         {strings.Repeat(" ", maxBytes+1), "text/html", "larger than 5 MB"},
		"nested":                            {strings.Repeat("<div>", 100_000) + "<h1>Rain</h1>", "text/html", ""},
		"nested JSON":                       {`<h1>Rain</h1><script type="application/ld+json">` + strings.Repeat(`{"@graph":[`, 20_000) + "</script>", "text/html", "-"},
		"a picture":                         {"GIF89a", "image/gif", "no web page but image/gif"},
		"10 MB of a title":                  {"<h1>" + strings.Repeat("Rain ", 2<<20), "text/html", "larger than 5 MB"},
		"formatting opened again and again": {"<h1>Rain</h1><p>" + numbered("<b id=%d>", 400) + strings.Repeat("<p>x", 20_000), "text/html", "beyond what a feed needs"},
		"many headings":                     {strings.Repeat("<article><h1>x</h1><p>y</p>", 2_000), "text/html", ""},
		"many scripts":                      {"<h1>Rain</h1>" + strings.Repeat(`<script type="application/ld+json">{"@type":"Article"}</script>`, 5_000), "text/html", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := ParseArticle([]byte(c.page), c.kind, "https://paper.example/rain", digest.Source{}, now())
			if c.want == "-" && err != nil || len(c.want) > 1 && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
