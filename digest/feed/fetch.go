// Package feed reads the sources of a digest: it fetches feeds safely, parses RSS,
// Atom and JSON Feed, and makes clean articles of what it finds.
package feed

import (
	"context"
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
	accepted = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)

// A Fetcher reads feeds over HTTP. It may be used by several goroutines at once.
type Fetcher struct {
	// UserAgent says who asks and where to complain: "Pressrun/0.1 (+https://paper.example/)".
	UserAgent string
	// Allow lists the private networks that may be read; public addresses always may.
	Allow []netip.Prefix

	timeout time.Duration // 0: patience
}

// Fetch reads a source's feed and returns the source with what was learned of it, and
// its articles. Nothing new (304) gives no articles and no error. On an error the
// returned source counts the failure and holds the error's sentence. A feed that is
// damaged in part gives the articles that could be saved, no error, and a source whose
// Error says so. When ctx ends, the source comes back unchanged.
func (f *Fetcher) Fetch(ctx context.Context, src digest.Source, now time.Time) (digest.Source, []digest.Article, error) {
	client, done := f.client()
	defer done()

	ans, err := f.get(ctx, client, src.URL, src.ETag, src.LastModified)
	if ctx.Err() != nil {
		return src, nil, ctx.Err()
	}
	src.FetchedAt = now
	var found Feed
	if err == nil && !ans.notModified {
		found, err = parse(ans.body, ans.contentType, ans.url, src, now)
	}
	switch {
	case err != nil:
		src.Failures++
		src.Error = err.Error()
		return src, nil, err
	case ans.notModified:
		src.Failures, src.Error = 0, ""
		return src, nil, nil
	}
	return learn(src, found, ans, now), found.Articles, nil
}

// learn returns src with what a good answer says about it.
func learn(src digest.Source, found Feed, ans answer, now time.Time) digest.Source {
	src.Failures, src.Error = 0, found.Warning
	if ans.cut && src.Error == "" {
		src.Error = cutWarning(len(found.Articles))
	}
	if ans.etag == "" || ans.etag != src.ETag {
		src.ChangedAt = now
	}
	src.ETag, src.LastModified = ans.etag, ans.lastModified
	if ans.cut || found.Cut {
		src.ETag, src.LastModified = "", "" // ask for the whole next time
	}
	if found.Title != "" {
		src.Title = found.Title
	}
	if found.HomeURL != "" {
		src.HomeURL = found.HomeURL
	}
	if src.Language == "" {
		src.Language = found.Language
	}
	return src
}

// An answer is what a server sent.
type answer struct {
	url                *url.URL // after redirects
	body               []byte
	contentType        string
	etag, lastModified string
	notModified        bool
	cut                bool // the connection ended before the body did
}

// get asks for an address. Its errors are sentences.
func (f *Fetcher) get(ctx context.Context, client *http.Client, address, etag, lastModified string) (answer, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return answer{}, fmt.Errorf("%q is not a web address; it must begin with https:// or http://", address)
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
	req.Header.Set("Accept", accepted)
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
	}
	if res.StatusCode == http.StatusNotModified && (etag != "" || lastModified != "") {
		ans.notModified = true
		return ans, nil
	}
	if err := statusError(res.StatusCode, ans.url); err != nil {
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
