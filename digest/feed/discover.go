package feed

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/pressrun/pressrun/digest"
)

// maxTries is how many addresses one discovery asks for, beside the page itself.
const maxTries = 8

// A Found is a feed that was fetched and could be read.
type Found struct {
	URL      string
	Kind     string
	Title    string
	Language string
	Items    int
	Newest   time.Time // zero if no item has a date
}

// Discover finds the feeds of a site. pageURL is a page of it, or a feed; without a
// scheme it is taken for https. First come the feeds that the page declares, then
// links that look like feeds; if none of them is one, the usual addresses are tried.
// Each feed returned was read. Its error is a sentence, also when nothing is found.
func (f *Fetcher) Discover(ctx context.Context, pageURL string, now time.Time) ([]Found, error) {
	client, done := f.client()
	defer done()
	if pageURL = strings.TrimSpace(pageURL); !strings.Contains(pageURL, "://") {
		pageURL = "https://" + pageURL
	}
	ans, err := f.get(ctx, client, pageURL, forFeeds, "", "")
	if err != nil {
		return nil, orCanceled(ctx, err)
	}
	found, err := parseFound(ans, pageURL, now)
	if err == nil {
		return []Found{found}, nil
	}
	if !errors.Is(err, errWebPage) {
		return nil, err
	}
	s := search{f: f, client: client, now: now, tried: map[string]bool{}}
	declared, linked := feedLinks(decode(ans.body, ans.contentType), ans.url)
	s.try(ctx, declared)
	s.try(ctx, linked)
	if len(s.found) == 0 {
		s.try(ctx, usualPlaces(ans.url))
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(s.found) == 0 {
		return nil, noFeedError(ans.url.Redacted())
	}
	return s.found, nil
}

func orCanceled(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// A search asks for addresses until it has asked for maxTries.
type search struct {
	f      *Fetcher
	client *http.Client
	now    time.Time
	tried  map[string]bool
	found  []Found
}

func (s *search) try(ctx context.Context, addresses []string) {
	for _, a := range addresses {
		if len(s.tried) >= maxTries || ctx.Err() != nil {
			return
		}
		if s.tried[a] {
			continue
		}
		s.tried[a] = true
		ans, err := s.f.get(ctx, s.client, a, forFeeds, "", "")
		if err != nil {
			continue
		}
		found, err := parseFound(ans, a, s.now)
		isSame := func(o Found) bool { // under another address
			o.URL = found.URL
			return o == found
		}
		if err == nil && !slices.ContainsFunc(s.found, isSame) {
			s.found = append(s.found, found)
		}
	}
}

func parseFound(ans answer, address string, now time.Time) (Found, error) {
	feed, err := parse(ans.body, ans.contentType, ans.url, digest.Source{URL: address}, now)
	if err != nil {
		return Found{}, err
	}
	found := Found{URL: address, Kind: feed.Kind, Title: feed.Title, Language: feed.Language, Items: len(feed.Articles)}
	for _, a := range feed.Articles {
		if a.DateFrom == digest.DateFeed && a.Published.After(found.Newest) {
			found.Newest = a.Published
		}
	}
	return found, nil
}

// feedLinks returns the feeds that a page declares in link elements, and where its
// links lead that look like feeds.
func feedLinks(page []byte, at *url.URL) (declared, linked []string) {
	base := at
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return declared, linked
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if !more {
				continue
			}
			switch string(name) {
			case "base":
				if b, err := at.Parse(attributes(z)["href"]); err == nil {
					base = b
				}
			case "link":
				a := attributes(z)
				rel := strings.Fields(strings.ToLower(a["rel"]))
				if slices.Contains(rel, "alternate") && isFeedType(a["type"]) {
					declared = appendURL(declared, a["href"], base)
				}
			case "a":
				if href := attributes(z)["href"]; looksLikeFeed(href) {
					linked = appendURL(linked, href, base)
				}
			}
		}
	}
}

func appendURL(all []string, raw string, base *url.URL) []string {
	if a := absolute(raw, base); a != "" && !slices.Contains(all, a) && !strings.Contains(a, "/comments/feed") {
		all = append(all, a)
	}
	return all
}

func isFeedType(t string) bool {
	t, _, _ = strings.Cut(strings.ToLower(t), ";")
	switch strings.TrimSpace(t) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
		"application/json", "application/xml", "text/xml":
		return true
	}
	return false
}

func looksLikeFeed(href string) bool {
	u, err := url.Parse(strings.ToLower(strings.TrimSpace(href)))
	if err != nil {
		return false
	}
	switch last := path.Base(u.Path); {
	case last == "feed", last == "rss", last == "atom", last == "feeds", last == "feed.json":
		return true
	case strings.HasPrefix(last, "sitemap"):
		return false
	case path.Ext(last) == ".xml", path.Ext(last) == ".rss", path.Ext(last) == ".atom", path.Ext(last) == ".rdf":
		return true
	}
	return u.Query().Has("feed")
}

// usualPlaces are where feeds are when no page says so.
func usualPlaces(at *url.URL) []string {
	var all []string
	for _, p := range []string{"/feed", "/rss.xml", "/atom.xml", "/feed.json", "/index.xml", "/feed.xml", "/rss"} {
		all = appendURL(all, p, at)
	}
	return all
}
