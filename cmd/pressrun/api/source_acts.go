package api

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// A newSource is what a call says of a source.
type newSource struct {
	URL       string           `json:"url"`
	Kind      string           `json:"kind"`
	Language  string           `json:"language"`
	Section   string           `json:"section"`
	Selectors digest.Selectors `json:"selectors"`
}

// webAddress refuses what no page of the web has for an address.
func webAddress(s, field string) error {
	if u, err := url.Parse(strings.TrimSpace(s)); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return wrongField.because("It is an address that begins with https:// or http://.").in(field)
	}
	return nil
}

// source is the one that v describes.
func (v newSource) source() (src digest.Source, err error) {
	src = digest.Source{URL: strings.TrimSpace(v.URL), Section: digest.OneLine(v.Section), Selectors: v.Selectors}
	if err := webAddress(src.URL, "url"); err != nil {
		return src, err
	}
	switch v.Kind {
	case "", "feed":
	case string(digest.SourcePage), string(digest.SourceSitemap):
		src.Kind = digest.SourceKind(v.Kind)
	default:
		return src, wrongField.because("It is feed, page or sitemap.").in("kind")
	}
	if src.Kind == digest.SourcePage && src.Selectors.Item == "" {
		return src, wrongField.because("A page needs the selector of its stories; `pressrun sources test` proposes some.").in("selectors.item")
	}
	src.Language, err = tagIn("language", v.Language)
	return src, err
}

// sourceIn is the one in the path.
func (a *API) sourceIn(c *call) (src digest.Source, err error) {
	id, err := c.id("id")
	if err != nil {
		return src, err
	}
	all, err := a.Digest.Sources(c.Context())
	if err != nil {
		return src, err
	}
	i := slices.IndexFunc(all, func(s digest.Source) bool { return s.ID == id })
	if i < 0 {
		return src, digest.ErrNotFound
	}
	return all[i], nil
}

func (a *API) showSource(c *call) (answer, error) {
	s, err := a.sourceIn(c)
	return answer{body: viewSource(s)}, err
}

// fetchSource reads one source now. That it fails is in the answer.
func (a *API) fetchSource(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	s, err := a.sourceIn(c)
	if err != nil {
		return answer{}, err
	}
	if s.Kind == digest.SourceHanded {
		return answer{}, conflict.because("Nobody asks this source: its articles are handed over.")
	}
	c.slow(time.Minute)
	got, err := a.Publisher.CollectOne(c.Context(), s.ID, c.now)
	if err != nil {
		return answer{}, err
	}
	return answer{body: viewFetched(got), act: "fetch", what: s.URL}, nil
}

// A proposal is a source as it would be read, with its latest articles.
type proposal struct {
	URL      string            `json:"url"`
	Title    string            `json:"title,omitempty"`
	Language string            `json:"language,omitempty"`
	Warning  string            `json:"warning,omitempty"`
	Known    bool              `json:"known"` // it is a source already
	Found    int               `json:"found"`
	Articles []proposedArticle `json:"articles"` // the first of them
}

type proposedArticle struct {
	URL       string    `json:"url"`
	Title     string    `json:"title"`
	Summary   string    `json:"summary,omitempty"`
	Section   string    `json:"section,omitempty"`
	Language  string    `json:"language,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Picture   string    `json:"picture,omitempty"`
}

const (
	// triedArticles is how many articles of a source a test shows.
	triedArticles = 8
	// triedFeeds is how many feeds of a page a test reads.
	triedFeeds = 8
)

// trySource says what would be taken from an address: of a page that is no feed, from the
// feeds it names. Nothing is saved.
func (a *API) trySource(c *call) (answer, error) {
	var v newSource
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	src, err := v.source()
	if err != nil {
		return answer{}, err
	}
	have, err := a.Digest.Sources(c.Context())
	if err != nil {
		return answer{}, err
	}
	c.slow(2 * time.Minute)
	addresses := []string{src.URL}
	if src.Kind == digest.SourceFeed {
		found, err := a.Publisher.Fetcher.Discover(c.Context(), src.URL, c.now)
		if err != nil {
			return answer{}, wrongField.because("It cannot be read: %v.", err).in("url")
		}
		addresses = nil
		for _, f := range found[:min(triedFeeds, len(found))] {
			addresses = append(addresses, f.URL)
		}
	}
	l := list[proposal]{Items: []proposal{}}
	for _, src.URL = range addresses {
		read, articles, err := a.Publisher.Fetcher.Fetch(c.Context(), src, c.now)
		if err != nil {
			return answer{}, wrongField.because("It cannot be read: %v.", err).in("url")
		}
		p := viewProposal(read, articles)
		p.URL, p.Known = src.URL, digest.HasSource(have, src.URL)
		l.Items = append(l.Items, p)
	}
	return answer{body: l}, nil
}

func viewProposal(read digest.Source, articles []digest.Article) proposal {
	p := proposal{Title: read.Title, Language: read.Language, Warning: read.Error, Found: len(articles), Articles: []proposedArticle{}}
	for _, a := range articles[:min(triedArticles, len(articles))] {
		p.Articles = append(p.Articles, proposedArticle{a.URL, a.Title, a.Summary, a.Section, a.Language, utc(a.Published), a.Image.URL})
	}
	return p
}
