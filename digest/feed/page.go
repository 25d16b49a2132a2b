package feed

import (
	"bytes"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/publicsuffix"

	"github.com/pressrun/pressrun/digest"
)

// A page is a web page that was read.
type page struct {
	doc  *goquery.Document
	at   *url.URL // where it is
	base *url.URL // what its links are relative to
	meta map[string][]string
}

// htmlEncoding finds the encoding that a page's meta element names.
var htmlEncoding = regexp.MustCompile(`(?i)<meta[^>]{1,200}charset\s*=\s*["']?\s*([A-Za-z0-9._:-]+)`)

// readPage parses a page. Its errors are sentences.
func readPage(body []byte, contentType string, at *url.URL) (*page, error) {
	if len(body) > maxBytes {
		return nil, tooLargeError(at.Redacted())
	}
	kind, params, _ := mime.ParseMediaType(contentType)
	if kind != "" && !strings.HasPrefix(kind, "text/") && !strings.HasSuffix(kind, "xml") {
		return nil, fmt.Errorf("%s is no web page but %s; check the address in a browser", at.Redacted(), kind)
	}
	if m := htmlEncoding.FindSubmatch(body[:min(len(body), 2048)]); m != nil && params["charset"] == "" {
		contentType = "text/html; charset=" + string(m[1])
	}
	markup := decode(body, contentType)
	if isCostly(markup) {
		return nil, hostileError(at.Redacted())
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(markup))
	if err != nil { // nested too deeply
		return nil, hostileError(at.Redacted())
	}
	p := &page{doc: doc, at: at, base: at, meta: map[string][]string{}}
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if b := resolve(href, at); b != nil {
			p.base = b
		}
	}
	doc.Find("meta[content]").EachWithBreak(func(i int, m *goquery.Selection) bool {
		content := strings.TrimSpace(m.AttrOr("content", ""))
		for _, name := range []string{"property", "name", "itemprop"} {
			if key := strings.ToLower(strings.TrimSpace(m.AttrOr(name, ""))); key != "" && content != "" {
				p.meta[key] = append(p.meta[key], clip(content, maxLine))
			}
		}
		return i < 500
	})
	return p, nil
}

// maxTree bounds the nodes of a page's tree.
const maxTree = 600_000

// isCostly reports whether a page is made to exhaust its reader. A formatting element that
// is left open is opened again in every paragraph after it (HTML §13.2.4.3), so that some
// kilobytes can become gigabytes; the parser knows no bound for it.
func isCostly(markup []byte) bool {
	z := html.NewTokenizer(bytes.NewReader(markup))
	open := map[atom.Atom]int{}
	formatting, cost := 0, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return false
		}
		if cost += 1 + formatting; cost > maxTree {
			return true
		}
		if kind != html.StartTagToken && kind != html.EndTagToken {
			continue
		}
		name, _ := z.TagName()
		switch tag := atom.Lookup(name); tag {
		case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small,
			atom.Strike, atom.Strong, atom.Tt, atom.U:
			if kind == html.StartTagToken {
				open[tag]++
				formatting++
			} else if open[tag] > 0 {
				open[tag]--
				formatting--
			}
		}
	}
}

// first returns the first content of the meta elements, by their names in order.
func (p *page) first(names ...string) string {
	for _, n := range names {
		if len(p.meta[n]) > 0 {
			return p.meta[n][0]
		}
	}
	return ""
}

// siteName is what the site calls itself, "" if it does not say.
func (p *page) siteName() string { return title(escaped(p.first("og:site_name", "application-name"))) }

// language is what the page declares for all of it.
func (p *page) language() string {
	tag := p.doc.Find("html").First().AttrOr("lang", "")
	if tag == "" {
		tag = strings.ReplaceAll(p.first("og:locale", "language", "content-language"), "_", "-")
	}
	return language(tag)
}

// withoutSite removes the site's name from the end of a title: "Rain | The Paper".
func (p *page) withoutSite(title string) string {
	site := p.siteName()
	for _, sep := range []string{" | ", " - ", " – ", " — ", " :: ", " » ", " • "} {
		i := strings.LastIndex(title, sep)
		if i <= 0 {
			continue
		}
		end := title[i+len(sep):]
		if site != "" && sameText(end, site) || site == "" && sep == " | " || isHostName(end, p.at.Hostname()) {
			return strings.TrimSpace(title[:i])
		}
	}
	return title
}

// isHostName reports whether a name is that of the server, as in "Rain - Paper.example".
func isHostName(name, host string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	return len(name) > 3 && strings.HasPrefix(strings.TrimPrefix(host, "www."), name)
}

// escaped makes markup of a text that is none.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// sameSite reports whether two hosts belong to one site: www.paper.example and
// amp.paper.example.
func sameSite(a, b *url.URL) bool {
	if a.Hostname() == b.Hostname() {
		return true
	}
	of := func(u *url.URL) string {
		site, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
		if err != nil {
			return u.Host
		}
		return site
	}
	return of(a) == of(b)
}

// pictureIn returns the picture that a selection holds, with the text in its place.
func pictureIn(s *goquery.Selection, base *url.URL) (found digest.Image) {
	s.EachWithBreak(func(i int, img *goquery.Selection) bool {
		if goquery.NodeName(img) != "img" {
			img = img.Find("img").First()
		}
		for _, attr := range []string{"src", "data-src", "data-lazy-src", "data-original"} {
			at := img.AttrOr(attr, "")
			if strings.HasPrefix(at, "data:") {
				continue // a placeholder until a script has run
			}
			if found = image(at, escaped(img.AttrOr("alt", "")), img.AttrOr("width", ""), img.AttrOr("height", ""), base); found.URL != "" {
				return false
			}
		}
		at := widest(img.AttrOr("srcset", img.AttrOr("data-srcset", "")))
		found = image(at, escaped(img.AttrOr("alt", "")), "", "", base)
		return found.URL == "" && i < 20
	})
	return found
}

// widest returns the address in a srcset that is for the widest picture.
func widest(srcset string) (at string) {
	most := -1.0
	for i, candidate := range strings.Split(clip(srcset, maxLine), ", ") {
		parts := strings.Fields(strings.Trim(candidate, " ,"))
		if len(parts) == 0 || i > 50 {
			continue
		}
		width := 0.0
		if len(parts) > 1 {
			width, _ = strconv.ParseFloat(strings.TrimRight(parts[1], "wx"), 64)
		}
		if width > most {
			most, at = width, parts[0]
		}
	}
	return at
}

// furniture are the parts of a page that stand around its stories.
const furniture = "nav, aside, footer, form, script, style, template, noscript, button, audio, video, figure, iframe, [role=navigation], [role=complementary], [role=contentinfo], [hidden], [aria-hidden=true]"

const maxParagraphs = 5000 // of a page looked at

// paragraphs returns the text of a page's article: the paragraphs of the block that has
// the most text outside of links. It has no title, caption or furniture.
func (p *page) paragraphs() []string {
	scores := map[*html.Node]int{}
	var blocks []*html.Node // in the page's order, of equal ones the first wins
	p.doc.Find("p").EachWithBreak(func(i int, para *goquery.Selection) bool {
		n := len(textOf(para)) - 2*len(textOf(para.Find("a")))
		if n < 40 || para.Closest(furniture).Length() > 0 {
			return i < maxParagraphs
		}
		block := para.Get(0).Parent
		for share := 1; share <= 2 && block != nil; share, block = share+1, block.Parent {
			if scores[block] == 0 {
				blocks = append(blocks, block)
			}
			scores[block] += n / share
		}
		return i < maxParagraphs
	})
	if len(blocks) == 0 {
		return nil
	}
	best := slices.MaxFunc(blocks, func(a, b *html.Node) int { return scores[a] - scores[b] })
	var all []string
	goquery.NewDocumentFromNode(best).Find("p").EachWithBreak(func(i int, para *goquery.Selection) bool {
		if text := textOf(para); text != "" && para.Closest(furniture).Length() == 0 {
			all = append(all, text)
		}
		return i < maxParagraphs
	})
	return all
}

// textOf returns a selection's text on one line.
func textOf(s *goquery.Selection) string { return digest.OneLine(clip(s.Text(), maxMarkup)) }
