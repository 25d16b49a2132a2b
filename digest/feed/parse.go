package feed

import (
	"bytes"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"

	"github.com/pressrun/pressrun/digest"
)

// The kinds of feed.
const (
	KindRSS  = "RSS"
	KindRDF  = "RSS (RDF)"
	KindAtom = "Atom"
	KindJSON = "JSON Feed"
)

// maxArticles is how many articles of one feed are taken, the newest.
const maxArticles = 500

// A Feed is what one answer of a source holds.
type Feed struct {
	Kind     string
	Title    string
	HomeURL  string
	Language string // BCP 47, as declared; "" if it is not
	// Hub tells of news of the feed at once, which it knows as Topic (WebSub); "" if the
	// feed names none.
	Hub, Topic string
	Articles   []digest.Article

	Dropped int    // items without a title or without a web address
	Cut     bool   // the feed ended before its end; Articles is what could be saved
	Warning string // what is wrong with the feed, as a sentence; "" if nothing is

	links offer // what the feed says of its hub
}

// Parse makes articles of a feed's bytes. It does no input or output: src gives the
// feed's address, the section and the language to assume, now the date for articles
// whose own is missing or lies ahead. Its errors are sentences.
func Parse(body []byte, contentType string, src digest.Source, now time.Time) (Feed, error) {
	at, err := url.Parse(src.URL)
	if err != nil {
		at = &url.URL{}
	}
	return parse(body, contentType, at, src, now)
}

// parse is Parse for a body that came from at, which differs from the source's own
// address after a redirect.
func parse(body []byte, contentType string, at *url.URL, src digest.Source, now time.Time) (Feed, error) {
	if len(body) > maxBytes {
		return Feed{}, tooLargeError(at.Redacted())
	}
	doc := bytes.TrimSpace(decode(body, contentType))
	if len(doc) == 0 {
		return Feed{}, emptyError(at.Redacted())
	}
	raw, found, languages, err := read(doc, at.Redacted())
	if err != nil {
		return Feed{}, err
	}
	found.Title = title(raw.Title)
	found.HomeURL = absolute(raw.Link, at)
	found.Language = language(raw.Language)
	found.Hub, found.Topic = found.links.addresses(at)

	e := editor{
		section:  digest.OneLine(src.Section),
		language: language(src.Language),
		base:     at,
		summary:  newSummarizer(),
		now:      now.UTC().Truncate(time.Second),
		source:   src.ID,
	}
	if e.language == "" {
		e.language = found.Language
	}
	if home, err := url.Parse(found.HomeURL); err == nil && home.Host != "" && found.Kind != KindAtom {
		e.base = home
	}
	for i, item := range raw.Items {
		own := ""
		if i < len(languages) {
			own = languages[i]
		}
		if a, ok := e.article(item, own); ok {
			found.Articles = append(found.Articles, a)
		} else {
			found.Dropped++
		}
	}
	found.Articles = tellApart(newest(found.Articles))
	if len(found.Articles) == 0 && found.Dropped > 0 && found.Warning == "" {
		found.Warning = droppedWarning(found.Dropped)
	}
	return found, nil
}

// read parses doc, which is UTF-8, into gofeed's terms. The languages are those that
// the items carry themselves, in their order.
func read(doc []byte, url string) (*gofeed.Feed, Feed, []string, error) {
	if doc[0] == '{' {
		raw, languages, cut, err := readJSON(doc, url)
		if err != nil {
			return nil, Feed{}, nil, err
		}
		found := Feed{Kind: KindJSON, Cut: cut, links: offerInJSON(doc)}
		if cut {
			found.Warning = cutWarning(len(raw.Items))
		}
		return raw, found, languages, nil
	}
	if !bytes.ContainsRune(doc[:min(len(doc), 4096)], '<') {
		return nil, Feed{}, nil, notFeedError(url)
	}
	o, err := outlineXML(doc, url)
	if err != nil {
		return nil, Feed{}, nil, err
	}
	raw, err := readXML(o)
	if err != nil {
		return nil, Feed{}, nil, brokenError(url, err)
	}
	found := Feed{Kind: o.kind, Cut: o.cut, links: o.links}
	switch {
	case o.cut:
		found.Warning = cutWarning(len(raw.Items))
	case o.broken > 0:
		found.Warning = brokenWarning(o.broken, len(raw.Items))
	}
	if len(o.languages) != len(raw.Items) {
		o.languages = nil // they cannot be told apart
	}
	return raw, found, o.languages, nil
}

func readXML(o outline) (*gofeed.Feed, error) {
	if o.kind == KindAtom {
		f, err := new(atom.Parser).Parse(bytes.NewReader(o.body))
		if err != nil {
			return nil, err
		}
		return new(gofeed.DefaultAtomTranslator).Translate(f)
	}
	f, err := new(rss.Parser).Parse(bytes.NewReader(o.body))
	if err != nil {
		return nil, err
	}
	// Pictures are looked for later, with more care.
	t := gofeed.DefaultRSSTranslator{DisableContentImageScan: true}
	return t.Translate(f)
}

func readJSON(doc []byte, url string) (raw *gofeed.Feed, languages []string, cut bool, err error) {
	doc, cut, err = outlineJSON(doc, url)
	if err != nil {
		return nil, nil, false, err
	}
	f, err := new(json.Parser).Parse(bytes.NewReader(doc))
	if err != nil {
		return nil, nil, false, brokenError(url, err)
	}
	if f.Items == nil && !strings.Contains(f.Version, "jsonfeed.org") {
		return nil, nil, false, notFeedError(url)
	}
	// gofeed's translator trips over null; and what the format calls plain text
	// must not be read as HTML.
	isNil := func(a *json.Author) bool { return a == nil }
	f.Authors = slices.DeleteFunc(f.Authors, isNil)
	f.Items = slices.DeleteFunc(f.Items, func(i *json.Item) bool { return i == nil })
	for _, i := range f.Items {
		languages = append(languages, i.Language)
		i.Authors = slices.DeleteFunc(i.Authors, isNil)
		i.Title = html.EscapeString(i.Title)
		i.Summary = html.EscapeString(i.Summary)
		i.ContentText = strings.ReplaceAll(html.EscapeString(i.ContentText), "\n", "<br>")
	}
	raw, err = new(gofeed.DefaultJSONTranslator).Translate(f)
	return raw, languages, cut, err
}

// newest returns the maxArticles newest articles, in the feed's order.
func newest(all []digest.Article) []digest.Article {
	if len(all) <= maxArticles {
		return all
	}
	dates := make([]time.Time, len(all))
	for i, a := range all {
		dates[i] = a.Published
	}
	slices.SortFunc(dates, func(a, b time.Time) int { return b.Compare(a) })
	oldest := dates[maxArticles-1]
	kept := all[:0]
	spare := maxArticles // places for those of the oldest date
	for _, d := range dates {
		if d.After(oldest) {
			spare--
		}
	}
	for _, a := range all {
		switch {
		case a.Published.After(oldest):
			kept = append(kept, a)
		case a.Published.Equal(oldest) && spare > 0:
			kept = append(kept, a)
			spare--
		}
	}
	return kept
}

// tellApart leaves out repetitions of an item, and marks what cannot serve as an
// article's identity: an address that several articles share, a GUID given twice.
func tellApart(all []digest.Article) []digest.Article {
	type item struct{ guid, url, title string }
	seen := map[item]bool{}
	byURL := map[string]int{}
	byGUID := map[string]map[string]bool{}
	kept := all[:0]
	for _, a := range all {
		key := item{a.GUID, a.URL, a.Title}
		if a.GUID != "" {
			key.title = "" // the same one, edited
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		byURL[a.URL]++
		if byGUID[a.GUID] == nil {
			byGUID[a.GUID] = map[string]bool{}
		}
		byGUID[a.GUID][a.URL] = true
		kept = append(kept, a)
	}
	for i := range kept {
		a := &kept[i]
		a.SharedURL = byURL[a.URL] > 1
		if len(byGUID[a.GUID]) > 1 {
			a.GUID = ""
		}
	}
	return kept
}
