package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
)

const (
	maxFollow     = 20               // pages of new articles in one fetch
	followLongest = 45 * time.Second // after which the rest waits for the next one
	maxChildren   = 5                // sitemaps of an index
)

// Article reads an article's own page, politely.
func (f *Fetcher) Article(ctx context.Context, address string, src digest.Source, now time.Time) (digest.Article, error) {
	client, done := f.client()
	defer done()
	return f.article(ctx, client, address, src, now)
}

func (f *Fetcher) article(ctx context.Context, client *http.Client, address string, src digest.Source, now time.Time) (digest.Article, error) {
	ans, err := f.page(ctx, client, address, "", "", now)
	if err != nil {
		return digest.Article{}, orCanceled(ctx, err)
	}
	a, err := ParseArticle(ans.body, ans.contentType, ans.url.String(), src, now)
	if asked := canonical(address, nil); err == nil && asked != a.URL {
		a.Aliases = append(a.Aliases, asked) // else a redirect would make it new every time
	}
	return a, err
}

// readList reads a page or a sitemap, and the pages of the articles that are new.
func (f *Fetcher) readList(ctx context.Context, client *http.Client, src digest.Source, now time.Time) (reading, error) {
	ans, err := f.page(ctx, client, src.URL, src.ETag, src.LastModified, now)
	if err != nil || ans.notModified {
		return reading{notModified: err == nil}, err
	}
	r := reading{etag: ans.etag, lastModified: ans.lastModified}
	if src.Kind == digest.SourcePage {
		r.found, err = parsePage(ans.body, ans.contentType, ans.url, src, now)
	} else {
		r.found, err = f.readSitemap(ctx, client, ans, src, now)
	}
	if err != nil {
		return reading{}, err
	}
	r.found.Hub, r.found.Topic = linkHeaders(ans.links).or(r.found.links).addresses(ans.url)
	r.found.Cut = r.found.Cut || ans.cut
	r.hash = hashOfList(r.found.Articles) // a page's other bytes change at every visit
	err = f.follow(ctx, client, &r, src, now)
	return r, err
}

func hashOfList(all []digest.Article) string {
	var lines [][]byte
	for _, a := range all {
		lines = append(lines, []byte(a.URL), []byte(a.Title))
	}
	return hashOf(lines...)
}

// follow reads the pages of the articles that are not known yet, as many as one fetch may.
// When a source is read for the first time, the others are taken as the list tells them;
// later they are left for the next fetch.
func (f *Fetcher) follow(ctx context.Context, client *http.Client, r *reading, src digest.Source, now time.Time) error {
	known, err := f.known(ctx, r.found.Articles)
	if err != nil {
		return err
	}
	most := f.Follow
	if most == 0 {
		most = maxFollow
	}
	began := time.Now()
	var kept []digest.Article
	left, followed, busy := 0, 0, false
	for _, listed := range r.found.Articles {
		switch {
		case known[listed.URL] || most < 0:
			kept = append(kept, named(listed))
			continue
		case followed >= most || time.Since(began) > followLongest || busy:
			if src.FetchedAt.IsZero() {
				kept = append(kept, named(listed))
			} else {
				left++
			}
			continue
		}
		followed++
		told, err := f.article(ctx, client, listed.URL, src, now)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch fateOf(err) {
		case fateTold:
			kept = append(kept, merge(told, listed))
		case fateListed:
			if listed.Title != "" || src.FetchedAt.IsZero() {
				kept = append(kept, named(listed))
			}
		case fateLater:
			left++
			busy = isBusy(err)
			r.again = askAgain(err, now)
		}
	}
	r.found.Articles = tellApart(kept)
	if left > 0 {
		r.etag, r.lastModified = "", "" // else the next answer would be "not modified"
	}
	return nil
}

func (f *Fetcher) known(ctx context.Context, all []digest.Article) (map[string]bool, error) {
	if f.Known == nil {
		return nil, nil
	}
	var urls []string
	for _, a := range all {
		urls = append(urls, a.URL)
	}
	known, err := f.Known(ctx, urls)
	if err != nil {
		return nil, fmt.Errorf("look up the articles that are known: %w", err)
	}
	return known, nil
}

// named returns the article with a title: a sitemap may give none. The end of its address
// is the best there is for one that is only remembered.
func named(a digest.Article) digest.Article {
	if a.Title == "" {
		u, err := url.Parse(a.URL)
		if err == nil {
			slug := strings.TrimSuffix(path.Base(u.Path), path.Ext(u.Path))
			a.Title = title(escaped(strings.NewReplacer("-", " ", "_", " ").Replace(slug)))
		}
		a.Title = cmp.Or(a.Title, a.URL)
	}
	return a
}

// A fate is what becomes of a listed article after its page was asked for.
type fate int

const (
	fateTold   fate = iota // as its page tells it
	fateListed             // as the list tells it: its page is closed to us or tells nothing
	fateGone               // left out: there is no such page
	fateLater              // its page may be had at the next fetch
)

func fateOf(err error) fate {
	status, isStatus := errors.AsType[*statusFailure](err)
	_, isPrivate := errors.AsType[*privateAddress](err)
	switch {
	case err == nil:
		return fateTold
	case isPrivate, isStatus && (status.code == http.StatusNotFound || status.code == http.StatusGone):
		return fateGone
	case isStatus && status.code >= 500, isBusy(err), isUnreachable(err), errors.Is(err, errClosed):
		return fateLater
	}
	return fateListed
}

// isBusy reports whether a site asks for fewer requests.
func isBusy(err error) bool {
	status, is := errors.AsType[*statusFailure](err)
	return is && (status.code == http.StatusTooManyRequests || status.code == http.StatusServiceUnavailable)
}

// merge returns the article as its page tells it, completed by what its list says.
func merge(told, listed digest.Article) digest.Article {
	if told.Summary == "" {
		told.Summary = listed.Summary
	}
	if told.Image.URL == "" {
		told.Image = listed.Image
	}
	if len(told.Topics) == 0 {
		told.Topics = listed.Topics
	}
	if told.Section == "" {
		told.Section = listed.Section
	}
	if !told.DateFrom.Proven() && listed.DateFrom.Proven() {
		told.Published, told.DateFrom = listed.Published, listed.DateFrom
	}
	if told.Language == "" || strings.HasPrefix(listed.Language, told.Language+"-") {
		told.Language = listed.Language
	}
	return told
}
