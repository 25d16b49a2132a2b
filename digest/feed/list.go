package feed

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"github.com/mmcdole/gofeed"

	"github.com/pressrun/pressrun/digest"
)

// The kinds of lists that are no feeds.
const (
	KindPage    = "page"
	KindSitemap = "sitemap"
)

// ParsePage makes articles of a list or front page, by the selectors of src. Each has what
// the list tells of it: a headline and a link, perhaps a summary, a picture and the date of
// a <time>. Its errors are sentences.
func ParsePage(body []byte, contentType string, src digest.Source, now time.Time) (Feed, error) {
	at, err := webAddress(src.URL)
	if err != nil {
		return Feed{}, err
	}
	return parsePage(body, contentType, at, src, now)
}

// parsePage is ParsePage for a page that came from at.
func parsePage(body []byte, contentType string, at *url.URL, src digest.Source, now time.Time) (Feed, error) {
	if err := CheckSelectors(src.Selectors); err != nil {
		return Feed{}, err
	}
	p, err := readPage(body, contentType, at)
	if err != nil {
		return Feed{}, err
	}
	found := p.list(src.Selectors, src, now)
	found.links = p.offer()
	found.Hub, found.Topic = found.links.addresses(at)
	if len(found.Articles) == 0 {
		return Feed{}, fmt.Errorf("nothing on %s is found by %q any more; run `pressrun sources test %s` to see what could be", at.Redacted(), src.Selectors.Item, at.Redacted())
	}
	return found, nil
}

// CheckSelectors returns an error, a sentence, if a selector cannot be read.
func CheckSelectors(s digest.Selectors) error {
	if s.Item == "" {
		return fmt.Errorf("a page needs a selector for its stories; `pressrun sources test` with its address proposes some")
	}
	for _, one := range []string{s.Item, s.Link, s.Title, s.Summary, s.Image, s.Time} {
		if one == "" {
			continue
		}
		if _, err := cascadia.ParseGroup(one); err != nil || len(one) > 500 {
			return fmt.Errorf("%q is no CSS selector (%v); write one such as article, .story or h2 a", one, err)
		}
	}
	return nil
}

// list takes the stories of a page.
func (p *page) list(sel digest.Selectors, src digest.Source, now time.Time) Feed {
	found := Feed{Kind: KindPage, HomeURL: absolute(p.at.String(), nil), Language: p.language()}
	found.Title = cmp.Or(p.siteName(), title(escaped(textOf(p.doc.Find("head title").First()))))
	base := *p.base
	e := editor{
		source: src.ID, section: digest.OneLine(src.Section), language: cmp.Or(language(src.Language), found.Language),
		base: &base, summary: newSummarizer(), now: now.UTC().Truncate(time.Second),
	}
	self := canonical(p.at.String(), nil)
	seen := map[string]bool{self: true, "": true}
	p.doc.Find(sel.Item).EachWithBreak(func(i int, item *goquery.Selection) bool {
		a, ok := e.listed(item, sel)
		switch {
		case !ok:
			found.Dropped++
		case !seen[a.URL]:
			seen[a.URL] = true
			found.Articles = append(found.Articles, a)
		}
		return len(found.Articles) < maxArticles && i < maxItems
	})
	return found
}

// listed makes an article of its block in a list; false without a link or a headline.
func (e editor) listed(item *goquery.Selection, sel digest.Selectors) (digest.Article, bool) {
	link := linkIn(item, sel.Link)
	a := digest.Article{
		SourceID: e.source, URL: canonical(link.AttrOr("href", ""), e.base), Section: e.section, Listed: true, FirstSeen: e.now,
	}
	heading := link
	if sel.Title != "" {
		heading = item.Find(sel.Title).First()
	}
	a.Title = title(escaped(cmp.Or(textOf(heading), textOf(link), link.AttrOr("title", link.AttrOr("aria-label", "")))))
	if a.URL == "" || a.Title == "" || strings.HasPrefix(link.AttrOr("href", ""), "#") {
		return a, false
	}
	var dates []dated
	if sel.Summary != "" {
		a.Summary = e.summary.summarize(escaped(textOf(item.Find(sel.Summary).First())))
	}
	if sel.Image != "" {
		a.Image = pictureIn(item.Find(sel.Image), e.base)
	}
	if sel.Time != "" {
		t := item.Find(sel.Time).First()
		dates = append(dates, dated{t.AttrOr("datetime", textOf(t)), digest.DateTime})
	}
	text := digest.PlainText(a.Summary)
	if sameText(text, a.Title) {
		a.Summary = ""
	}
	a.Published, a.DateFrom = dateOf(dates, e.now)
	a.Language = e.languageOf(&gofeed.Item{}, "", a.Title+" "+text)
	return a, true
}

// linkIn returns the link that a selector finds in a block: the element, one within it or
// one around it.
func linkIn(item *goquery.Selection, selector string) *goquery.Selection {
	s := item
	if selector != "" {
		s = item.Find(selector).First()
	}
	for _, link := range []*goquery.Selection{s.Filter("a[href]"), s.Find("a[href]").First(), s.Closest("a[href]")} {
		if link.Length() > 0 {
			return link
		}
	}
	return s.Slice(0, 0)
}
