package feed

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/mmcdole/gofeed"

	"github.com/pressrun/pressrun/digest"
)

const (
	minSummary = 40  // characters; what is shorter is a motto
	minWords   = 100 // of a page's text; what is shorter is not all of it
)

// ParseArticle makes an article of its own page, which was found at address. It takes each
// thing from where the page says it for machines (JSON-LD, then meta elements), and only
// then from what readers see. The date is never that of the visit: where none is proven, the
// article is dated now, and its DateFrom says so. src gives the section and the language to
// assume. Its errors are sentences.
func ParseArticle(body []byte, contentType, address string, src digest.Source, now time.Time) (digest.Article, error) {
	at, err := webAddress(address)
	if err != nil {
		return digest.Article{}, err
	}
	p, err := readPage(body, contentType, at)
	if err != nil {
		return digest.Article{}, err
	}
	now = now.UTC().Truncate(time.Second)
	base := *p.base
	r := articleReader{page: p, graph: p.readGraph(), editor: editor{
		source: src.ID, section: digest.OneLine(src.Section), language: cmp.Or(language(src.Language), p.language()),
		base: &base, summary: newSummarizer(), now: now,
	}}
	r.heading = title(escaped(textOf(r.headingOf())))
	r.thing = r.graph.article(p, r.heading)
	a := r.read()
	if a.Title == "" || a.URL == "" {
		return digest.Article{}, fmt.Errorf("%s has no headline that could be found; open it in a browser to see whether it is an article", at.Redacted())
	}
	return a, nil
}

// An articleReader takes an article out of its page.
type articleReader struct {
	*page
	*graph
	editor
	heading string // that readers see
	thing   thing  // the article in the page's JSON-LD, nil if it has none
}

func (r *articleReader) read() digest.Article {
	paragraphs := r.paragraphs()
	a := digest.Article{SourceID: r.source, Title: r.title(), FirstSeen: r.now}
	a.URL, a.Aliases = r.addresses()
	a.Summary = r.summaryOf(paragraphs)
	text := digest.PlainText(a.Summary)
	if sameText(text, a.Title) {
		a.Summary = ""
	}
	a.Topics = topics(r.topics())
	a.Section = cmp.Or(shorten(plain(escaped(cmp.Or(r.text(r.thing["articleSection"]), r.first("article:section")))), maxTopic), r.section)
	if a.Section == "" && len(a.Topics) > 0 {
		a.Section = a.Topics[0]
	}
	a.Published, a.DateFrom = dateOf(r.dates(), r.now)
	a.Language = r.languageOf(&gofeed.Item{}, r.ownLanguage(), a.Title+" "+text)
	a.Author = author(&gofeed.Item{Authors: r.people()}, a.Language)
	a.Image = r.picture()
	for _, para := range paragraphs {
		a.Words += len(strings.Fields(para))
	}
	if a.Words < minWords {
		a.Words = 0
	}
	return a
}

// headingOf returns the heading of the page's article.
func (r *articleReader) headingOf() *goquery.Selection {
	for _, selector := range []string{"article h1", "main h1", "[itemprop=headline]", "h1"} {
		found := r.doc.Find(selector).FilterFunction(func(_ int, s *goquery.Selection) bool {
			text := textOf(s)
			return s.Closest("nav, aside, footer").Length() == 0 && text != "" && !sameText(text, r.siteName())
		})
		if found.Length() > 0 {
			return found.First()
		}
	}
	return r.doc.Find("h1").Slice(0, 0)
}

// title returns the headline, without the site's name behind it. A headline that was cut
// for machines gives way to that for readers.
func (r *articleReader) title() string {
	for _, raw := range []string{
		r.text(r.thing["headline"]), r.withoutSite(r.first("og:title", "twitter:title")), r.heading,
		r.withoutSite(textOf(r.doc.Find("head title").First())),
	} {
		t := title(escaped(raw))
		if cut := strings.TrimRight(strings.TrimSuffix(t, "..."), "… "); cut != t && strings.HasPrefix(r.heading, cut) {
			t = r.heading
		}
		if t != "" && !sameText(t, r.siteName()) {
			return t
		}
	}
	return ""
}

// addresses returns the page's own address and those it was reached by. What the page
// calls its address is believed within its site, and unless all its pages call themselves
// the front page.
func (r *articleReader) addresses() (own string, aliases []string) {
	asked := canonical(r.at.String(), nil)
	own = asked
	for _, raw := range []string{r.doc.Find("link[rel=canonical]").First().AttrOr("href", ""), r.first("og:url")} {
		u := resolve(raw, r.page.base)
		if raw == "" || u == nil || !sameSite(u, r.at) || isFront(u) && !isFront(r.at) {
			continue
		}
		if c := canonical(u.String(), nil); c != "" {
			own = c
			break
		}
	}
	if own != asked {
		aliases = append(aliases, asked)
	}
	return own, aliases
}

// isFront reports whether an address is that of a site's front page.
func isFront(u *url.URL) bool { return (u.Path == "" || u.Path == "/") && u.RawQuery == "" }

// summaryOf returns the page's description, else its first paragraph. A description too
// short to be one is the site's motto.
func (r *articleReader) summaryOf(paragraphs []string) string {
	described := []string{r.text(r.thing["description"]), r.first("og:description"), r.first("description", "twitter:description", "dc.description", "dcterms.description")}
	short := ""
	for _, d := range described {
		s := r.summary.summarize(escaped(d))
		if len([]rune(digest.PlainText(s))) >= minSummary {
			return s
		}
		short = cmp.Or(short, s)
	}
	for _, para := range paragraphs {
		if len([]rune(para)) >= minSummary {
			return r.summary.summarize(escaped(para))
		}
	}
	return short
}

// dates returns what may be the date of publication, the surest first.
func (r *articleReader) dates() []dated {
	all := []dated{
		{r.text(r.thing["datePublished"]), digest.DateJSONLD},
		{r.text(r.thing["dateCreated"]), digest.DateJSONLD},
	}
	for _, name := range []string{
		"article:published_time", "og:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
		"article.published", "citation_publication_date", "dc.date.issued", "dcterms.issued", "dcterms.created",
		"dc.date", "pubdate", "publishdate", "publish-date", "publication_date", "date",
	} {
		all = append(all, dated{r.first(name), digest.DateMeta})
	}
	for _, t := range r.times() {
		all = append(all, dated{t, digest.DateTime})
	}
	return all
}

// times returns the <time> elements that can tell when the article was published: in its
// own block, not in the masthead, a comment or a list of other stories.
func (r *articleReader) times() (all []string) {
	h := r.headingOf()
	block := h.Closest("article, [itemtype*=Article]")
	if block.Length() == 0 {
		block = h.Closest("main, [role=main]")
	}
	for _, selector := range []string{"time[itemprop=datePublished]", "time[pubdate]", "time[datetime]"} {
		block.Find(selector).EachWithBreak(func(i int, t *goquery.Selection) bool {
			inside := t.Closest(furniture + ", li, [class*=comment], [class*=related], article")
			isOwn := inside.Length() == 0 || slices.Contains(block.Nodes, inside.Get(0))
			if isOwn && t.AttrOr("itemprop", "") != "dateModified" {
				all = append(all, t.AttrOr("datetime", ""))
			}
			return i < 20
		})
	}
	return all
}

func (r *articleReader) topics() []string {
	all := append(texts(r.thing["articleSection"]), r.meta["article:section"]...)
	keywords := append(texts(r.thing["keywords"]), r.meta["article:tag"]...)
	for _, k := range append(keywords, r.meta["news_keywords"]...) {
		all = append(all, strings.FieldsFunc(k, func(c rune) bool { return c == ',' || c == '،' || c == ';' })...)
	}
	for i := range all {
		all[i] = escaped(all[i])
	}
	return all
}

func (r *articleReader) ownLanguage() string {
	if l := r.text(r.thing["inLanguage"]); l != "" {
		return l
	}
	return r.page.language()
}

// people returns who wrote the article. An address of a profile is no name.
func (r *articleReader) people() (all []*gofeed.Person) {
	names := r.names(r.thing["author"])
	if len(names) == 0 {
		for _, n := range []string{"author", "article:author", "parsely-author", "dc.creator", "citation_author"} {
			if names = r.meta[n]; len(names) > 0 {
				break
			}
		}
	}
	if len(names) == 0 {
		names = r.doc.Find("article [rel=author], main [rel=author], article [itemprop=author], main [itemprop=author]").Map(func(_ int, s *goquery.Selection) string {
			return textOf(s)
		})
	}
	for _, n := range names[:min(len(names), 2*maxNames)] {
		if !strings.Contains(n, "://") && !sameText(n, r.siteName()) {
			all = append(all, &gofeed.Person{Name: escaped(n)})
		}
	}
	return all
}

// picture returns the page's picture: that of its JSON-LD, of OpenGraph, or the first in
// its block.
func (r *articleReader) picture() digest.Image {
	var all []digest.Image
	for _, e := range list(r.thing["image"]) {
		n := r.node(e)
		at := r.text(e)
		if n != nil {
			at = cmp.Or(r.text(n["url"]), r.text(n["contentUrl"]))
		}
		all = append(all, image(at, escaped(r.text(n["caption"])), number(n["width"]), number(n["height"]), r.page.base))
	}
	og := image(r.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"), escaped(r.first("og:image:alt", "twitter:image:alt")),
		r.first("og:image:width"), r.first("og:image:height"), r.page.base)
	best := largest(all)
	if best.URL == "" {
		best = og
	}
	if best.URL == og.URL {
		best.Alt = cmp.Or(best.Alt, og.Alt)
	}
	if best.URL != "" {
		return best
	}
	return pictureIn(r.headingOf().Closest("article, main").Find("img").Not("aside img, nav img, footer img"), r.page.base)
}

// number returns a JSON number, or a text that is one, as a text.
func number(v any) string {
	switch v := v.(type) {
	case float64:
		return fmt.Sprintf("%.0f", v)
	case string:
		return v
	}
	return ""
}
