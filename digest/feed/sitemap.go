package feed

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/pressrun/pressrun/digest"
)

// maxEntries is how many entries of a sitemap are read, as many as the protocol allows.
const maxEntries = 50_000

// A sitemapEntry is a url or a sitemap element.
type sitemapEntry struct {
	loc, lastmod                    string
	title, date, language, keywords string // of Google's news extension
	image                           string
}

// ParseSitemap makes articles of a news sitemap. One without the news extension gives
// addresses only: its articles have no title before their pages are read. An index gives
// the addresses of its sitemaps instead, the one changed last first. Errors are sentences.
func ParseSitemap(body []byte, contentType string, src digest.Source, now time.Time) (found Feed, children []string, err error) {
	at, err := webAddress(src.URL)
	if err != nil {
		return Feed{}, nil, err
	}
	return parseSitemap(body, contentType, at, src, now)
}

func parseSitemap(body []byte, contentType string, at *url.URL, src digest.Source, now time.Time) (found Feed, children []string, err error) {
	if bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		if body, err = unzipped(body, at.Redacted()); err != nil {
			return Feed{}, nil, err
		}
	}
	if len(body) > maxBytes {
		return Feed{}, nil, tooLargeError(at.Redacted())
	}
	entries, isIndex, cut, err := scanSitemap(decode(body, contentType), at.Redacted())
	if err != nil {
		return Feed{}, nil, err
	}
	slices.SortStableFunc(entries, func(a, b sitemapEntry) int { return newer(a).Compare(newer(b)) * -1 })
	if isIndex {
		for _, e := range entries {
			if u := absolute(e.loc, at); u != "" && !slices.Contains(children, u) && len(children) < maxEntries {
				children = append(children, u)
			}
		}
		return Feed{Kind: KindSitemap}, children, nil
	}
	found = Feed{Kind: KindSitemap, HomeURL: absolute("/", at), Cut: cut}
	e := editor{
		source: src.ID, section: digest.OneLine(src.Section), language: language(src.Language), base: at,
		summary: newSummarizer(), now: now.UTC().Truncate(time.Second),
	}
	seen := map[string]bool{"": true}
	for _, entry := range entries {
		a := e.mapped(entry)
		if seen[a.URL] {
			continue
		}
		seen[a.URL] = true
		if found.Articles = append(found.Articles, a); len(found.Articles) == maxArticles {
			break
		}
	}
	if cut {
		found.Warning = cutWarning(len(found.Articles))
	}
	return found, nil, nil
}

// newer is the date by which the entries of a sitemap are sorted.
func newer(e sitemapEntry) time.Time {
	if t, ok := parseDate(e.date); ok {
		return t
	}
	t, _ := parseDate(e.lastmod)
	return t
}

// mapped makes an article of an entry. lastmod is no date of publication: a changed footer
// moves it.
func (e editor) mapped(entry sitemapEntry) digest.Article {
	a := digest.Article{
		SourceID: e.source, URL: canonical(entry.loc, e.base), Title: title(escaped(entry.title)),
		Section: e.section, Listed: true, FirstSeen: e.now,
	}
	keywords := strings.FieldsFunc(entry.keywords, func(c rune) bool { return c == ',' || c == '،' })
	for i := range keywords {
		keywords[i] = escaped(keywords[i])
	}
	a.Topics = topics(keywords)
	a.Image = image(entry.image, "", "", "", e.base)
	a.Published, a.DateFrom = dateOf([]dated{{entry.date, digest.DateSitemap}}, e.now)
	a.Language = e.languageOf(&gofeed.Item{}, entry.language, a.Title)
	return a
}

// scanSitemap reads the entries, bounded as feeds are (W14).
func scanSitemap(doc []byte, at string) (entries []sitemapEntry, isIndex, cut bool, err error) {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	dec.Strict = false
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // UTF-8 by now
	var path []string
	var entry sitemapEntry
	var text strings.Builder
	elements := 0
	for {
		token, err := dec.RawToken()
		if err != nil {
			switch {
			case len(path) == 0 && elements > 0:
				return entries, isIndex, false, nil
			case len(entries) > 0:
				return entries, isIndex, true, nil
			}
			return nil, false, false, notSitemapError(at)
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, false, false, dtdError(at)
		case xml.StartElement:
			if elements++; elements > maxElements || len(path) > maxDepth || len(t.Attr) > maxAttributes {
				return nil, false, false, hostileError(at)
			}
			if len(path) == 0 {
				switch t.Name.Local {
				case "urlset":
				case "sitemapindex":
					isIndex = true
				default:
					return nil, false, false, notSitemapError(at)
				}
			}
			path = append(path, t.Name.Local)
			text.Reset()
		case xml.CharData:
			if text.Len() < maxLine {
				text.Write(t[:min(len(t), maxLine)])
			}
		case xml.EndElement:
			if len(path) == 0 {
				continue
			}
			switch {
			case len(path) == 2:
				entries = append(entries, entry)
				if entry = (sitemapEntry{}); len(entries) >= maxEntries {
					return entries, isIndex, false, nil
				}
			case len(path) > 2:
				entry.set(strings.Join(path[2:], "/"), strings.TrimSpace(text.String()))
			}
			path = path[:len(path)-1]
			text.Reset()
		}
	}
}

// set takes in a value by its path below the entry.
func (e *sitemapEntry) set(path, value string) {
	switch path {
	case "loc":
		e.loc = value
	case "lastmod":
		e.lastmod = value
	case "news/title":
		e.title = value
	case "news/publication_date":
		e.date = value
	case "news/publication/language":
		e.language = value
	case "news/keywords":
		e.keywords = value
	case "image/loc":
		e.image = cmp.Or(e.image, value)
	}
}

// unzipped returns the content of a sitemap that is kept as a gzip file.
func unzipped(body []byte, at string) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, notSitemapError(at)
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxBytes+1))
	if len(plain) > maxBytes {
		return nil, tooLargeError(at)
	}
	if err != nil && len(plain) == 0 {
		return nil, notSitemapError(at)
	}
	return plain, nil
}

func notSitemapError(at string) error {
	return &notFeed{sentence: fmt.Sprintf("%s is no sitemap; its root should be <urlset> or <sitemapindex>; look for “Sitemap:” in the site's robots.txt", at)}
}

// readSitemap returns the articles of an answer: of a sitemap, or of those that an index
// names, the ones changed last.
func (f *Fetcher) readSitemap(ctx context.Context, client *http.Client, ans answer, src digest.Source, now time.Time) (Feed, error) {
	found, children, err := parseSitemap(ans.body, ans.contentType, ans.url, src, now)
	if err != nil || len(children) == 0 {
		return found, err
	}
	var last error
	read := 0
	for _, child := range children[:min(len(children), maxChildren)] {
		ans, err := f.page(ctx, client, child, "", "", now)
		if err == nil {
			var part Feed
			if part, _, err = parseSitemap(ans.body, ans.contentType, ans.url, src, now); err == nil {
				found.Articles = append(found.Articles, part.Articles...)
				found.HomeURL = cmp.Or(found.HomeURL, part.HomeURL)
				read++
			}
		}
		if ctx.Err() != nil {
			return Feed{}, ctx.Err()
		}
		last = cmp.Or(last, err)
	}
	if read == 0 {
		return Feed{}, last
	}
	if last != nil {
		found.Warning = "one of its sitemaps could not be read: " + last.Error()
	}
	found.Articles = newest(tellApart(found.Articles))
	return found, nil
}
