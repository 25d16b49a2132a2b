// Package feed reads the sources of a digest: feeds (RSS, Atom, JSON Feed), pages that list
// stories, news sitemaps and folders of JSON files. It fetches safely and politely, and
// makes clean articles of what it finds.
package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
)

const (
	maxBytes = 5 << 20 // of a body, after decompression
	patience = 15 * time.Second
	forFeeds = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
	forPages = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5"
)

// A Fetcher reads sources: feeds, pages and sitemaps over HTTP, and folders. It may be used
// by several goroutines at once; it remembers hosts, so that one serves for all sources.
type Fetcher struct {
	// UserAgent says who asks and where to complain: "Pressrun/0.1 (+https://paper.example/)".
	UserAgent string
	// Allow lists the private networks that may be read; public addresses always may.
	Allow []netip.Prefix
	// Known returns those of the addresses that an article is known by, so that only the
	// pages of new ones are read. Without it all are new.
	Known func(ctx context.Context, urls []string) (map[string]bool, error)
	// Follow is how many new articles of a list have their pages read in one fetch: 0 for
	// 20, less than 0 for none.
	Follow int
	// BackOff leaves a source that failed alone until its NextAt. Without it only a site
	// that named that time itself is left alone.
	BackOff bool

	timeout time.Duration // 0: patience
	pause   time.Duration // between pages of a host; 0: a second
	hosts   hosts
}

// Fetch reads a source and returns it with what was learned of it, and its articles.
// Nothing new (304) gives no articles and no error. On an error the returned source counts
// the failure, says when it is asked again and holds the error's sentence. A feed that is
// damaged in part gives the articles that could be saved, no error, and a source whose
// Error says so. When ctx ends, or the source's time has not come yet, it comes back
// unchanged with an error.
func (f *Fetcher) Fetch(ctx context.Context, src digest.Source, now time.Time) (digest.Source, []digest.Article, error) {
	if now.Before(src.NextAt) && (f.BackOff || src.ToldNext) {
		return src, nil, &waitError{fmt.Sprintf("%s; it is asked again at %s", cmp.Or(src.Error, src.URL+" asked to be left alone"), src.NextAt.UTC().Format("15:04 MST on 2 January"))}
	}
	r, err := f.read(ctx, src, now)
	if ctx.Err() != nil {
		return src, nil, ctx.Err()
	}
	src.FetchedAt = now
	switch {
	case err != nil:
		return src.Fail(err.Error(), askAgain(err, now), now), nil, err
	case r.notModified:
		return src.Succeed(""), nil, nil
	}
	return r.learn(src, now), r.found.Articles, nil
}

// A reading is what a source gave at one fetch.
type reading struct {
	found              Feed
	etag, lastModified string
	hash               string // of what can change
	notModified        bool
	again              time.Time // the site asks to be left alone until then
}

func (f *Fetcher) read(ctx context.Context, src digest.Source, now time.Time) (reading, error) {
	switch src.Kind {
	case digest.SourceFolder:
		return readFolder(src, now)
	case digest.SourceHanded:
		return reading{notModified: true}, nil
	}
	client, done := f.client()
	defer done()
	if src.Kind.ListsOnly() {
		return f.readList(ctx, client, src, now)
	}
	return f.readFeed(ctx, client, src, now)
}

func (f *Fetcher) readFeed(ctx context.Context, client *http.Client, src digest.Source, now time.Time) (reading, error) {
	ans, err := f.get(ctx, client, src.URL, forFeeds, src.ETag, src.LastModified)
	if err != nil || ans.notModified {
		return reading{notModified: err == nil}, err
	}
	found, err := parse(ans.body, ans.contentType, ans.url, src, now)
	if err != nil {
		return reading{}, err
	}
	found.Hub, found.Topic = linkHeaders(ans.links).or(found.links).addresses(ans.url)
	if ans.cut {
		found.Cut = true
		found.Warning = cmp.Or(found.Warning, cutWarning(len(found.Articles)))
	}
	return reading{found: found, etag: ans.etag, lastModified: ans.lastModified, hash: hashOf(ans.body)}, nil
}

// hashOf tells whether bytes are the same as last time.
func hashOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d\n", len(p))
		h.Write(p)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// learn returns src with what a good answer says about it.
func (r reading) learn(src digest.Source, now time.Time) digest.Source {
	src = src.Succeed(r.found.Warning)
	if r.hash != src.BodyHash {
		src.ChangedAt = now
	}
	src.ETag, src.LastModified, src.BodyHash = r.etag, r.lastModified, r.hash
	if r.found.Cut {
		src.ETag, src.LastModified = "", "" // ask for the whole next time
	}
	if r.again.After(now) {
		src.NextAt, src.ToldNext = r.again, true
	}
	if r.found.Title != "" {
		src.Title = r.found.Title
	}
	if r.found.HomeURL != "" {
		src.HomeURL = r.found.HomeURL
	}
	if src.Language == "" {
		src.Language = r.found.Language
	}
	if r.found.Hub != "" || !r.found.Cut {
		src.Hub, src.Topic = r.found.Hub, r.found.Topic
	}
	return src
}

// An answer is what a server sent.
type answer struct {
	url                *url.URL // after redirects
	body               []byte
	contentType        string
	etag, lastModified string
	links              []string // the Link headers
	notModified        bool
	cut                bool // the connection ended before the body did
}

func webAddress(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not a web address; it must begin with https:// or http://", address)
	}
	return u, nil
}

// get asks for an address. Its errors are sentences.
func (f *Fetcher) get(ctx context.Context, client *http.Client, address, accept, etag, lastModified string) (answer, error) {
	u, err := webAddress(address)
	if err != nil {
		return answer{}, err
	}
	wait := f.timeout
	if wait == 0 {
		wait = patience
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, fmt.Errorf("%q is not a web address (%w)", address, err)
	}
	req.Header.Set("User-Agent", f.UserAgent)
	req.Header.Set("Accept", accept)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	if lastModified != "" {
		req.Header.Set("If-Modified-Since", lastModified)
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, unreachable(u, err)
	}
	defer res.Body.Close()

	ans := answer{
		url:          res.Request.URL,
		contentType:  res.Header.Get("Content-Type"),
		etag:         res.Header.Get("ETag"),
		lastModified: res.Header.Get("Last-Modified"),
		links:        res.Header.Values("Link"),
	}
	if res.StatusCode == http.StatusNotModified && (etag != "" || lastModified != "") {
		ans.notModified = true
		return ans, nil
	}
	if err := statusError(res); err != nil {
		return answer{}, err
	}
	return ans, ans.read(res, u)
}

// read takes in the body, up to maxBytes.
func (ans *answer) read(res *http.Response, asked *url.URL) error {
	if res.ContentLength > maxBytes {
		return tooLargeError(asked.Redacted())
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBytes+1))
	switch {
	case len(body) > maxBytes:
		return tooLargeError(asked.Redacted())
	case errors.Is(err, io.ErrUnexpectedEOF) && len(body) > 0:
		ans.cut = true
	case err != nil:
		return unreachable(asked, err)
	}
	ans.body = body
	return nil
}
