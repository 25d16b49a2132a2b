package feed

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/pressrun/pressrun/digest"
)

const (
	minHeadline   = 15  // characters; what is shorter is a menu
	minBlocks     = 3   // that look alike make a list
	maxBlocks     = 300 // beyond it they are no stories
	maxLinks      = 2000
	maxCandidates = 60 // selectors that are tried
	maxProposals  = 3
)

// A Proposal is a way to read what is at an address, with the articles it gives now.
type Proposal struct {
	Kind      digest.SourceKind // a page or a sitemap
	Selectors digest.Selectors  // of a page
	Articles  []digest.Article
}

// Propose finds the blocks of a page that look like stories, and selectors for them; the
// likeliest come first. It returns none for a page without a list of stories. For a sitemap
// it proposes to read it as one; the articles of an index are not among it.
func Propose(body []byte, contentType, address string, now time.Time) ([]Proposal, error) {
	at, err := webAddress(address)
	if err != nil {
		return nil, err
	}
	found, children, err := parseSitemap(body, contentType, at, digest.Source{URL: address}, now)
	if err == nil && len(found.Articles)+len(children) > 0 {
		for i := range found.Articles {
			found.Articles[i] = named(found.Articles[i])
		}
		return []Proposal{{Kind: digest.SourceSitemap, Articles: found.Articles}}, nil
	}
	p, err := readPage(body, contentType, at)
	if err != nil {
		return nil, err
	}
	return p.propose(digest.Source{URL: address, Kind: digest.SourcePage}, now), nil
}

// Propose reads an address politely and proposes how to read it as a source.
func (f *Fetcher) Propose(ctx context.Context, address string, now time.Time) ([]Proposal, error) {
	client, done := f.client()
	defer done()
	ans, err := f.page(ctx, client, address, "", "", now)
	if err != nil {
		return nil, orCanceled(ctx, err)
	}
	return Propose(ans.body, ans.contentType, ans.url.String(), now)
}

func (p *page) propose(src digest.Source, now time.Time) (proposals []Proposal) {
	headlines := p.headlines()
	type scored struct {
		selector string
		items    []*html.Node
		score    float64
	}
	var best []scored
	for _, selector := range p.candidates(headlines) {
		items := p.doc.Find(selector).Nodes
		if score := p.score(items, headlines); score > 0 {
			best = append(best, scored{selector, items, score})
		}
	}
	slices.SortStableFunc(best, func(a, b scored) int {
		// One that names what it finds stays right when the page gets another list.
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(strings.Count(b.selector, "."), strings.Count(a.selector, ".")),
			cmp.Compare(len(a.selector), len(b.selector)))
	})
	taken := map[string]bool{}
	for _, b := range best {
		sel := p.within(b.selector, b.items, headlines)
		found := p.list(sel, src, now)
		fresh := 0
		for _, a := range found.Articles {
			if !taken[a.URL] {
				fresh++
			}
		}
		if len(found.Articles) < minBlocks || fresh*2 < len(found.Articles) {
			continue // another way to find the same
		}
		for _, a := range found.Articles {
			taken[a.URL] = true
		}
		if proposals = append(proposals, Proposal{digest.SourcePage, sel, found.Articles}); len(proposals) == maxProposals {
			break
		}
	}
	return proposals
}

// surroundings are where links are menus, not stories.
const surroundings = "nav, nav *, footer, footer *, form, form *, [role=navigation], [role=navigation] *"

// headlines returns the links that read like headlines, with their addresses.
func (p *page) headlines() map[*html.Node]string {
	all := map[*html.Node]string{}
	self := canonical(p.at.String(), nil)
	p.doc.Find("a[href]").Not(surroundings).EachWithBreak(func(i int, a *goquery.Selection) bool {
		at := canonical(a.AttrOr("href", ""), p.base)
		if at != "" && at != self && !strings.HasPrefix(a.AttrOr("href", ""), "#") && isHeadline(textOf(a)) {
			all[a.Get(0)] = at
		}
		return len(all) < maxLinks
	})
	return all
}

func isHeadline(text string) bool { return utf8.RuneCountInString(text) >= minHeadline }

// candidates returns selectors of the blocks around headlines, those of most blocks first.
func (p *page) candidates(headlines map[*html.Node]string) []string {
	blocks := map[string]map[*html.Node]bool{}
	for link := range headlines {
		for n, up := link, 0; n != nil && n.Type == html.ElementNode && n.Data != "body" && up < 7; n, up = n.Parent, up+1 {
			for _, s := range selectorsOf(n) {
				if blocks[s] == nil {
					blocks[s] = map[*html.Node]bool{}
				}
				blocks[s][n] = true
			}
		}
	}
	all := slices.Collect(maps.Keys(blocks))
	all = slices.DeleteFunc(all, func(s string) bool { return len(blocks[s]) < minBlocks })
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(blocks[b]), len(blocks[a])), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return all[:min(len(all), maxCandidates)]
}

// selectorsOf returns ways to name an element and those like it.
func selectorsOf(n *html.Node) (all []string) {
	for _, class := range stableClasses(n) {
		all = append(all, n.Data+"."+class)
	}
	if n.Data == "article" {
		all = append(all, "article")
	}
	if up := n.Parent; up != nil && up.Type == html.ElementNode {
		for _, class := range stableClasses(up) {
			all = append(all, up.Data+"."+class+" > "+n.Data)
		}
		if id := attr(up, "id"); stableName.MatchString(id) {
			all = append(all, "#"+id+" > "+n.Data)
		}
		if up.Data == "ul" || up.Data == "ol" || up.Data == "main" || up.Data == "section" {
			all = append(all, up.Data+" > "+n.Data)
		}
	}
	return all
}

// stableName matches names that people gave; programs number theirs.
var stableName = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]*[0-9]?[A-Za-z_-]{0,30}$`)

func stableClasses(n *html.Node) (all []string) {
	for _, class := range strings.Fields(attr(n, "class")) {
		if len(class) <= 40 && stableName.MatchString(class) {
			all = append(all, class)
		}
	}
	return all[:min(len(all), 4)]
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// score says how much blocks look like stories: each one headline, the more the better,
// and with what else a story has.
func (p *page) score(items []*html.Node, headlines map[*html.Node]string) float64 {
	if len(items) < minBlocks || len(items) > maxBlocks {
		return 0
	}
	score, rich := 0.0, 0.0
	urls := map[string]bool{}
	for _, item := range items {
		inside := map[string]bool{}
		for n := range item.Descendants() {
			if u := headlines[n]; u != "" {
				inside[u] = true
			}
		}
		if u := headlines[item]; u != "" {
			inside[u] = true
		}
		switch len(inside) {
		case 0:
			score -= 0.5
		case 1:
			for u := range inside {
				if urls[u] {
					score -= 0.5 // the same story again
				} else {
					score++
				}
				urls[u] = true
			}
			s := goquery.NewDocumentFromNode(item)
			for _, what := range []string{"h1, h2, h3, h4", "time", "img", "p"} {
				if s.Find(what).Length() > 0 {
					rich += 0.2
				}
			}
		default:
			score -= float64(len(inside)) // a block around several stories
		}
	}
	if score < minBlocks {
		return 0
	}
	return score + rich
}

// within finds selectors for the parts of the blocks that item finds.
func (p *page) within(item string, nodes []*html.Node, headlines map[*html.Node]string) digest.Selectors {
	sel := digest.Selectors{Item: item}
	blocks := make([]*goquery.Selection, len(nodes))
	for i, n := range nodes {
		blocks[i] = goquery.NewDocumentFromNode(n).Selection
	}
	share := func(is func(block *goquery.Selection) bool) float64 {
		n := 0
		for _, b := range blocks {
			if is(b) {
				n++
			}
		}
		return float64(n) / float64(len(blocks))
	}
	headings := []string{"h1", "h2", "h3", "h4", "h5"}
	if share(func(b *goquery.Selection) bool { return goquery.NodeName(b) == "a" }) < 1 {
		ways := []string{}
		for _, h := range headings {
			ways = append(ways, h+" a[href]", "a[href]:has("+h+")")
		}
		for _, class := range commonClasses(headlines) {
			ways = append(ways, "a."+class)
		}
		sel.Link = "a[href]"
		for _, way := range ways {
			if share(func(b *goquery.Selection) bool { return isHeadline(textOf(b.Find(way).First())) }) >= 0.8 {
				sel.Link = way
				break
			}
		}
	}
	for _, h := range headings {
		// A heading within the link leaves out what else the link holds.
		if share(func(b *goquery.Selection) bool {
			link := linkIn(b, sel.Link)
			return isHeadline(textOf(b.Find(h).First())) && (link.Find(h).Length() > 0 || !isHeadline(textOf(link)))
		}) >= 0.8 {
			sel.Title = h
			break
		}
	}
	if share(func(b *goquery.Selection) bool { return b.Find("time[datetime]").Length() > 0 }) >= 0.3 {
		sel.Time = "time[datetime]"
	}
	if share(func(b *goquery.Selection) bool { return pictureIn(b.Find("img"), p.base).URL != "" }) >= 0.3 {
		sel.Image = "img"
	}
	for _, way := range []string{"[class*=summary]", "[class*=excerpt]", "[class*=standfirst]", "[class*=teaser]", "[class*=description]", "p"} {
		if share(func(b *goquery.Selection) bool {
			text := textOf(b.Find(way).First())
			return utf8.RuneCountInString(text) >= minSummary && !sameText(text, textOf(linkIn(b, sel.Link)))
		}) >= 0.3 {
			sel.Summary = way
			break
		}
	}
	return sel
}

// commonClasses returns the classes of headline links, the commonest first.
func commonClasses(headlines map[*html.Node]string) []string {
	counts := map[string]int{}
	for n := range headlines {
		for _, class := range stableClasses(n) {
			counts[class]++
		}
	}
	all := slices.Collect(maps.Keys(counts))
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return all[:min(len(all), 5)]
}
