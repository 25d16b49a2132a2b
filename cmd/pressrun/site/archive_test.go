package site

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/pressrun/pressrun/digest"
)

func TestFrontPageListsEditionsAndIssues(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/", "/issues"} {
		a := h.get(t, h.URL+path)
		for _, want := range []string{
			"The Evening Wire", "Evening Briefing", "The Weekend Letter", "The first issue is still to come.",
			"Rain at last, and nowhere for it to go", `href="/issues/daily/3"`, "The ferry that came back empty",
			`<link rel="canonical" href="` + h.URL + `/issues">`,
		} {
			if !strings.Contains(a.text, want) {
				t.Errorf("%s lacks %s:\n%s", path, want, a.text)
			}
		}
	}
	if a := h.get(t, h.URL+"/", "Accept-Language", "ar"); !strings.Contains(a.text, "مطر أخيرًا، ولا مكان يذهب إليه") {
		t.Errorf("a visitor of Arabic sees\n%s", a.text)
	}
}

func TestArchiveGoesBackToTheFirstIssue(t *testing.T) {
	h := open(t)
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	const more = 40
	for n := range more {
		issue, _, err := h.digest.CreateIssue(t.Context(), daily, then.Add(time.Duration(n+4)*24*time.Hour), digest.Selection{}, then)
		ok(t, err)
		ok(t, h.digest.PutVariants(t.Context(), []digest.Variant{{IssueID: issue.ID, Language: "en", Subject: fmt.Sprint("Subject ", n), HTML: []byte("<p>"), Text: []byte("-")}}))
		ok(t, h.digest.Post(t.Context(), issue.ID))
	}
	seen := map[string]bool{}
	address := "/issues/daily?lang=ar"
	for pages := 0; address != "" && pages < 5; pages++ {
		a := h.get(t, h.URL+address)
		doc, err := html.Parse(strings.NewReader(a.text))
		ok(t, err)
		address = ""
		for n := range doc.Descendants() {
			if n.Data != "a" {
				continue
			}
			at := map[string]string{}
			for _, x := range n.Attr {
				at[x.Key] = x.Val
			}
			if strings.HasPrefix(at["href"], "/issues/daily/") && at["type"] == "" {
				seen[at["href"]] = true
			}
			if at["rel"] == "next" {
				address = at["href"]
			}
		}
	}
	if len(seen) != more+3 || !seen["/issues/daily/1?lang=ar"] {
		t.Errorf("%d issues were found: %v", len(seen), seen)
	}
}

// W17: the web version has nothing in it that belongs to a reader.
func TestIssueInTheBrowserHasNoToken(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/issues/daily/1", "/issues/daily/2/en", "/issues/daily/3/ar"} {
		a := h.get(t, h.URL+path)
		if a.StatusCode != 200 {
			t.Fatalf("%s: %d", path, a.StatusCode)
		}
		for _, bad := range []string{"__", "/u/", "/p/", "<script"} {
			if strings.Contains(a.text, bad) {
				t.Errorf("%s has %s in it:\n%s", path, bad, a.text)
			}
		}
		if strings.Count(a.text, `href="/help"`) != 2 {
			t.Errorf("%s: the links to leave and to change do not both lead to help", path)
		}
	}
}

func TestIssueInTheBrowserIsTheMailUnderABar(t *testing.T) {
	h := open(t)
	a := h.get(t, h.URL+"/issues/daily/3/en")
	doc, err := html.Parse(strings.NewReader(a.text))
	ok(t, err)
	meta, links := map[string]string{}, map[string]string{}
	var title, first string
	for n := range doc.Descendants() {
		at := map[string]string{}
		for _, x := range n.Attr {
			at[x.Key] = x.Val
		}
		switch {
		case n.Data == "meta":
			meta[at["property"]+at["name"]] = at["content"]
		case n.Data == "link":
			links[at["rel"]+at["hreflang"]] = at["href"]
		case n.Data == "title" && n.FirstChild != nil:
			title = n.FirstChild.Data
		case n.Parent != nil && n.Parent.Data == "body" && n.Type == html.ElementNode && first == "":
			first = n.Data
		}
	}
	const headline = "Rain at last, and nowhere for it to go"
	for name, want := range map[string]string{
		"og:title": headline, "og:type": "article", "og:site_name": "The Evening Wire", "og:url": h.URL + "/issues/daily/3/en",
		"og:description": "The port authority says “all berths” are open & working.",
		"og:image":       "https://cdn.wire.example/p.jpg", "og:image:alt": "Ships at anchor", "og:image:width": "1200",
		"twitter:card": "summary_large_image",
	} {
		if meta[name] != want {
			t.Errorf("%s is %q, want %q", name, meta[name], want)
		}
	}
	if links["canonical"] != h.URL+"/issues/daily/3/en" || links["alternatear"] != h.URL+"/issues/daily/3/ar" {
		t.Errorf("links are %v", links)
	}
	if title != headline || first != "nav" {
		t.Errorf("title %q, the body starts with <%s>", title, first)
	}
	for _, want := range []string{"All issues", `href="/issues/daily/3/ar"`, "The port authority says all berths are open.", "Mona Haddad"} {
		if !strings.Contains(a.text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if got := a.Header.Get("Content-Security-Policy"); !strings.Contains(got, "style-src 'unsafe-inline'; img-src https: http:;") || strings.Contains(got, "script-src") {
		t.Errorf("the policy is %q", got)
	}
	if a.Header.Get("X-Robots-Tag") != "" || a.Header.Get("Cache-Control") != "public, max-age=600" {
		t.Errorf("headers %v", a.Header)
	}
	again := h.get(t, h.URL+"/issues/daily/3/en", "If-None-Match", a.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d", again.StatusCode)
	}
}

func TestIssueComesInTheVisitorsLanguage(t *testing.T) {
	h := open(t)
	for _, c := range []struct{ path, accept, want string }{
		{"/issues/daily/1", "", "en"},
		{"/issues/daily/1", "ar-EG,en;q=0.4", "ar"},
		{"/issues/daily/1", "fi", "en"},
		{"/issues/daily/1?lang=ar", "en", "ar"},
		{"/issues/daily/1/en", "ar", "en"},
	} {
		a := h.get(t, h.URL+c.path, "Accept-Language", c.accept)
		if got := a.Header.Get("Content-Language"); got != c.want {
			t.Errorf("%s for %q: %q, want %q", c.path, c.accept, got, c.want)
		}
		if vary := a.Header.Get("Vary"); (vary == "Accept-Language") == strings.HasSuffix(c.path, "/en") {
			t.Errorf("%s: Vary is %q", c.path, vary)
		}
	}
}

func TestWhatIsNotOutIsNotThere(t *testing.T) {
	h := open(t)
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	frozen, _, err := h.digest.CreateIssue(t.Context(), daily, time.Now(), digest.Selection{}, time.Now())
	ok(t, err)
	ok(t, h.digest.PutVariants(t.Context(), []digest.Variant{{IssueID: frozen.ID, Language: "en", Subject: "Embargoed", HTML: []byte("<body>Embargoed"), Text: []byte("-")}}))
	for _, path := range []string{
		fmt.Sprint("/issues/daily/", frozen.Number), "/issues/daily/99", "/issues/daily/0", "/issues/daily/-1", "/issues/daily/01",
		"/issues/daily/+1", "/issues/daily/x", "/issues/nothing", "/issues/nothing/1", "/issues/daily/1/fr", "/issues/weekend/1",
		"/issues/daily?before=x", "/issues/daily/99999999999999999999",
	} {
		a := h.get(t, h.URL+path)
		if a.StatusCode != 404 || strings.Contains(a.text, "Embargoed") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d\n%s", path, a.StatusCode, a.text)
		}
	}
}

func TestWebVersionKeepsTheMailToTheByte(t *testing.T) {
	cases := []struct{ mail, want string }{
		{
			`<HTML><Head><title>T</title></HEAD><BODY bgcolor="#fff" data-x="a>b"><!--[if mso]><p>x</p><![endif]--><p>a&nbsp;<b>b</p>`,
			`<HTML><Head><title>T</title>[head]</HEAD><BODY bgcolor="#fff" data-x="a>b">[top]<!--[if mso]><p>x</p><![endif]--><p>a&nbsp;<b>b</p>`,
		},
		{
			`<body><a href="https://old.example/u/__UNSUBSCRIBE__" style="x">Leave</a> <a title='t' href = 'https://old.example/p/__PREFERENCES__?a=1&amp;b'>Change</a> <a href="https://a.example">Story</a>`,
			`<body>[top]<a href="/a&amp;b/help" style="x">Leave</a> <a title='t' href="/a&amp;b/help">Change</a> <a href="https://a.example">Story</a>`,
		},
		{`<body><p>__UNSUBSCRIBE__ __init__</p>`, `<body>[top]<p>  __init__</p>`},
		{`<title></head><body></title></head>`, `<title></head><body></title>[head]</head>`},
		{`<p>no head, cut off <a hr`, `<p>no head, cut off <a hr`},
	}
	for _, c := range cases {
		if got := string(webVersion([]byte(c.mail), "/a&b/help", "[head]", "[top]")); got != c.want {
			t.Errorf("%s\nbecame %s\nnot    %s", c.mail, got, c.want)
		}
	}
}

func FuzzWebVersionHasNoPlaceholder(f *testing.F) {
	f.Add(`<head></head><body><a href="https://a.example/u/__UNSUBSCRIBE__">x</a>`)
	f.Add(`<a href='__PREFERENCES__'__UNSUBSCRIBE____PREFERENCES__>`)
	f.Add(`__UNSUB__PREFERENCES__SCRIBE__`)
	f.Fuzz(func(t *testing.T, mail string) {
		got := string(webVersion([]byte(mail), "/help", "", ""))
		if readersValue.MatchString(got) {
			t.Errorf("%q became %q", mail, got)
		}
		if !readersValue.MatchString(mail) && got != mail {
			t.Errorf("%q has no link of a reader and became %q", mail, got)
		}
	})
}

func TestDescriptionsAreCutAtAWord(t *testing.T) {
	for text, want := range map[string]string{"": "", "one two": "one two", "one two three": "one two…", "onetwothreefour": "onetwothre…", "مطر أخيرًا ولا مكان": "مطر أخيرًا…"} {
		if got := shortened(text, 10); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestHelpHealthAndRobotsAnswer(t *testing.T) {
	h := open(t)
	for path, want := range map[string]string{
		"/help": "mailto:desk@wire.example", "/healthz": "ok\n", "/robots.txt": "Disallow: /u/\nDisallow: /p/\n",
	} {
		if a := h.get(t, h.URL+path); a.StatusCode != 200 || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d\n%s", path, a.StatusCode, a.text)
		}
	}
	if a := h.get(t, h.URL+"/favicon.ico"); a.StatusCode != http.StatusNoContent {
		t.Errorf("/favicon.ico: %d", a.StatusCode)
	}
	h.db.Close()
	if a := h.get(t, h.URL+"/healthz"); a.StatusCode != 500 || strings.Contains(a.text, "<") || strings.Contains(a.text, "sql") {
		t.Errorf("without a database: %d %s", a.StatusCode, a.text)
	}
}
