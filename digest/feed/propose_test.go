package feed

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

func headlines() []string {
	return []string{"Harbour opens a new quay", "Rain closes two schools", "Museum shows old maps again", "Bridge to be painted in spring", "Letters: what readers say"}
}

// TestProposedSelectors: a page of each usual make, and what is found on it.
func TestProposedSelectors(t *testing.T) {
	list := func(before, each, after string) string {
		var b strings.Builder
		b.WriteString(`<html lang="en"><body><nav><ul><li><a href="/a">A menu entry that is long</a></li><li><a href="/b">Another entry that is long</a></li><li><a href="/c">A third entry of the menu</a></li></ul></nav>` + before)
		for i, h := range headlines() {
			b.WriteString(strings.NewReplacer("{n}", fmt.Sprint(i), "{h}", html.EscapeString(h)).Replace(each))
		}
		return b.String() + after + `<footer><a href="/x">About this paper of ours</a></footer></body></html>`
	}
	for _, c := range []struct {
		name, page string
		want       digest.Selectors
	}{
		{"articles", frontPage(headlines()), digest.Selectors{Item: "article.teaser", Link: "h2 a[href]", Summary: "[class*=standfirst]", Image: "img", Time: "time[datetime]"}},
		{"a plain list", list(`<ul class="latest">`, `<li><a href="/{n}">{h}</a></li>`, "</ul>"), digest.Selectors{Item: "ul.latest > li", Link: "a[href]"}},
		{"cards that are links", list(`<div id="grid">`, `<a class="card" href="/{n}"><h3>{h}</h3><p>A sentence about it that is long enough for one.</p></a>`, "</div>"),
			digest.Selectors{Item: "a.card", Title: "h3", Summary: "p"}},
		{"a picture that is a link, and a headline that is one", list("", `<div class="row"><a href="/{n}"><img src="/{n}.jpg" alt="x"></a><div class="text"><h4><a href="/{n}">{h}</a></h4><span>2 hours ago</span></div></div>`, ""),
			digest.Selectors{Item: "div.row", Link: "h4 a[href]", Image: "img"}},
		{"names that a program gave", list(`<section>`, `<div class="css-1x2y3z99"><h2><a href="/{n}">{h}</a></h2></div>`, "</section>"), digest.Selectors{Item: "section > div", Link: "h2 a[href]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Propose([]byte(c.page), "text/html", "https://paper.example/", now())
			if err != nil || len(got) == 0 {
				t.Fatalf("%v, %d proposals", err, len(got))
			}
			if d := cmp.Diff(c.want, got[0].Selectors); d != "" {
				t.Error(d)
			}
			var titles []string
			for _, a := range got[0].Articles {
				checkArticle(t, a)
				titles = append(titles, a.Title)
			}
			if d := cmp.Diff(headlines(), titles); d != "" {
				t.Error(d)
			}
		})
	}
	for name, page := range map[string]string{
		"an article":   "<h1>Rain</h1><p>It rains.</p><a href='/x'>Read the other one, too</a>",
		"a menu alone": list("", "", ""),
		"nothing":      "",
	} {
		if got, err := Propose([]byte(page), "text/html", "https://paper.example/", now()); err != nil || len(got) > 0 {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestPageReadBySelectors(t *testing.T) {
	src := digest.Source{ID: 7, URL: "https://paper.example/", Section: "Front", Kind: digest.SourcePage,
		Selectors: digest.Selectors{Item: "article", Link: "h2 a", Summary: ".standfirst", Image: "img", Time: "time"}}
	found, err := ParsePage([]byte(frontPage(headlines())), "text/html", src, now())
	if err != nil || len(found.Articles) != 5 || found.Title != "The Harbour Post" || found.Language != "en" {
		t.Fatalf("%v %+v", err, found)
	}
	want := digest.Article{
		SourceID: 7, URL: "https://paper.example/news/1", Title: "Rain closes two schools", Summary: "What happened with number 1, in a sentence that is long enough.",
		Section: "Front", Language: "en", Image: digest.Image{URL: "https://paper.example/pictures/1.jpg", Alt: "A view of it", Width: 640, Height: 360},
		Published: now().AddDate(0, 0, -2).Add(3 * 3600e9), DateFrom: digest.DateTime, FirstSeen: now(), Listed: true,
	}
	if d := cmp.Diff(want, found.Articles[1]); d != "" {
		t.Error(d)
	}
	src.Selectors.Item = ".gone"
	if _, err := ParsePage([]byte(frontPage(headlines())), "text/html", src, now()); err == nil || !strings.Contains(err.Error(), `found by ".gone" any more; run `) {
		t.Error(err)
	}
	for _, bad := range []string{"", "a[", "a:nonsense(", "::before", strings.Repeat("a ", 300)} {
		if err := CheckSelectors(digest.Selectors{Item: bad}); err == nil {
			t.Errorf("%.20q is a selector", bad)
		}
	}
}

// seedPage makes a web page of the seed page's text, which is kept outside of the project:
// the masthead with the date of the visit, the article, and the list of headlines.
func seedPage(t *testing.T) (page string, latest []string) {
	t.Helper()
	name := filepath.Join("..", "..", "..", "shared", "seeds", "000_d17f63c6f13c8c2d.txt")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Skipf("the seed page is not here: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var b strings.Builder
	b.WriteString("<!doctype html><html><head><title>Saudi Press</title></head><body><header>")
	for i, line := range lines {
		line = html.EscapeString(strings.TrimSpace(line))
		switch {
		case i == 4: // after the motto and the date
			b.WriteString("</header><div class=article>")
		case strings.HasPrefix(line, "Newsletter"):
			b.WriteString("</div><div class=box><h3>Newsletter</h3></div>")
		case strings.HasPrefix(line, "Related"):
			b.WriteString("<div class=box><h3>Related Articles</h3></div>")
		case line == "Close":
			b.WriteString("<p>Close</p><div class=latest>")
		case line == "":
		case strings.Contains(b.String(), "class=latest") && line != "×":
			latest = append(latest, html.UnescapeString(line))
			fmt.Fprintf(&b, `<div class="line"><a href="/news/%d">%s</a></div>`, len(latest), line)
		case strings.HasPrefix(line, "Can Kazakhstan"):
			b.WriteString("<h1>" + line + "</h1>")
		default:
			b.WriteString("<p>" + line + "</p>")
		}
	}
	return b.String() + "</div></body></html>", latest
}

// TestSeedPageAsAnArticle: the date in the masthead is that of the visit, the title stands
// twice, and the player leaves its labels.
func TestSeedPageAsAnArticle(t *testing.T) {
	page, _ := seedPage(t)
	a, err := ParseArticle([]byte(page), "text/html", "https://press.example/kazakhstan", digest.Source{}, now())
	if err != nil {
		t.Fatal(err)
	}
	checkArticle(t, a)
	if a.DateFrom != digest.DateMissing || !a.Published.Equal(now()) {
		t.Errorf("published %s, from %q", a.Published, a.DateFrom)
	}
	if a.Title != "Can Kazakhstan be America's New Partner in Central Asia?" || !strings.HasPrefix(a.Summary, "American policymakers need to be cautious") {
		t.Errorf("title %q, summary %.60q", a.Title, a.Summary)
	}
	if a.Words != 951 || strings.Contains(a.Summary, "0:00") {
		t.Errorf("%d words", a.Words)
	}
}

// TestSeedPageAsAList: 50 headlines without date, summary or section, one of them a whole
// paragraph. None is lost, cut or dated.
func TestSeedPageAsAList(t *testing.T) {
	page, latest := seedPage(t)
	got, err := Propose([]byte(page), "text/html", "https://press.example/kazakhstan", now())
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %d proposals", err, len(got))
	}
	var titles []string
	longest := 0
	for _, a := range got[0].Articles {
		checkArticle(t, a)
		titles = append(titles, a.Title)
		longest = max(longest, utf8.RuneCountInString(a.Title))
		if a.DateFrom != digest.DateMissing {
			t.Errorf("%q is dated by %q", a.Title, a.DateFrom)
		}
	}
	if d := cmp.Diff(latest, titles); d != "" || len(latest) != 50 || longest != 238 {
		t.Errorf("%d headlines, the longest %d characters: %s", len(latest), longest, d)
	}
}
