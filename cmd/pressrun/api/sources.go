package api

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
)

// A source as programs see it.
type source struct {
	ID        int64         `json:"id"`
	URL       string        `json:"url"`
	Kind      string        `json:"kind"`
	Title     string        `json:"title,omitempty"`
	HomeURL   string        `json:"home_url,omitempty"`
	Language  string        `json:"language,omitempty"`
	Section   string        `json:"section,omitempty"`
	Fetched   time.Time     `json:"fetched,omitzero"`
	Changed   time.Time     `json:"changed,omitzero"`
	Health    digest.Health `json:"health"`
	Failures  int           `json:"failures"`
	Error     string        `json:"error,omitempty"`
	NextFetch time.Time     `json:"next_fetch,omitzero"` // of one that failed
}

func viewSource(s digest.Source) source {
	return source{
		ID: s.ID, URL: s.URL, Kind: s.Kind.String(), Title: s.Title, HomeURL: s.HomeURL, Language: s.Language, Section: s.Section,
		Fetched: utc(s.FetchedAt), Changed: utc(s.ChangedAt), Health: s.Health(), Failures: s.Failures, Error: s.Error, NextFetch: utc(s.NextAt),
	}
}

func (a *API) listSources(c *call) (answer, error) {
	after, limit, err := c.page("sources")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Digest.Sources(c.Context())
	id := func(s digest.Source) int64 { return s.ID }
	return answer{body: listOf(later(all, after, id), limit, "sources", id, viewSource)}, err
}

// addSource reads a source and, if that goes well, adds it. What is published already is
// known from then on, and mailed only if the call says so.
func (a *API) addSource(c *call) (answer, error) {
	var v struct {
		newSource
		Published bool `json:"send_published"`
	}
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
	if digest.HasSource(have, src.URL) {
		return answer{}, conflict.because("It is a source already.").in("url")
	}
	c.slow(time.Minute)
	read, articles, err := a.Publisher.Fetcher.Fetch(c.Context(), src, c.now)
	if err != nil {
		return answer{}, wrongField.because("It cannot be read: %v.", err).in("url")
	}
	if _, err := a.Digest.PutArticles(c.Context(), read, articles, !v.Published, c.now); err != nil {
		return answer{}, err
	}
	all, err := a.Digest.Sources(c.Context())
	if err != nil {
		return answer{}, err
	}
	i := slices.IndexFunc(all, func(s digest.Source) bool { return s.URL == read.URL })
	if i < 0 {
		return answer{}, fmt.Errorf("the source %s was added and is not there", read.URL)
	}
	return answer{status: 201, body: viewSource(all[i]), location: a.Frame.Root() + Root + "sources", act: "source", what: read.URL}, nil
}

// tagIn reads the language that a field names, "" for none.
func tagIn(field, s string) (string, error) {
	if s == "" {
		return "", nil
	}
	tag, err := language.Parse(s)
	if err != nil {
		return "", wrongField.because("It is a tag such as en, ar or pt-BR.").in(field)
	}
	return tag.String(), nil
}

func (a *API) removeSource(c *call) (answer, error) {
	s, err := a.sourceIn(c)
	if err != nil {
		return answer{}, err
	}
	err = a.Digest.RemoveSource(c.Context(), s.URL)
	return answer{status: 204, act: "source-gone", what: s.URL}, err
}

// A fetched is what one source gave.
type fetched struct {
	Source int64  `json:"source"`
	URL    string `json:"url"`
	Found  int    `json:"found"`
	New    int    `json:"new"`
	Error  string `json:"error,omitempty"`
}

func viewFetched(got publish.Collection) fetched {
	f := fetched{Source: got.Source.ID, URL: got.Source.URL, Found: got.Found, New: got.New, Error: got.Source.Error}
	if got.Err != nil {
		f.Error = got.Err.Error()
	}
	return f
}

// fetchSources reads all sources now. One that fails does not keep the others back.
func (a *API) fetchSources(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	c.slow(5 * time.Minute)
	collected, err := a.Publisher.Collect(c.Context(), c.now)
	if err != nil {
		return answer{}, err
	}
	l := list[fetched]{Items: []fetched{}}
	fresh := 0
	for _, got := range collected {
		fresh += got.New
		l.Items = append(l.Items, viewFetched(got))
	}
	return answer{body: l, act: "fetch", what: "sources", detail: strconv.Itoa(fresh) + " new"}, nil
}

// takeArticles keeps articles that a program hands over: one, a list, or a JSON Feed. They
// belong to a source that is never asked.
func (a *API) takeArticles(c *call) (answer, error) {
	if err := c.isJSON(); err != nil {
		return answer{}, err
	}
	query := c.URL.Query()
	name := cmp.Or(digest.OneLine(query.Get("source")), digest.OneLine(c.token.Name))
	tag, err := tagIn("language", query.Get("language"))
	if err != nil {
		return answer{}, wrongParam.because("%s", problemOf(err).Detail).in("language")
	}
	src := digest.Source{URL: "handed:" + name, Kind: digest.SourceHanded, Title: name}
	all, err := a.Digest.Sources(c.Context())
	if err != nil {
		return answer{}, err
	}
	if i := slices.IndexFunc(all, func(s digest.Source) bool { return s.URL == src.URL }); i >= 0 {
		src = all[i]
	}
	src.Section, src.Language = cmp.Or(digest.OneLine(query.Get("section")), src.Section), cmp.Or(tag, src.Language)
	articles, warning, err := a.Parse(c.Body, src, c.now)
	if problemOf(err).Status == tooLarge.status {
		return answer{}, err
	}
	if err != nil {
		return answer{}, unreadable.because("%v; nothing was kept.", err)
	}
	src = src.Succeed(warning)
	src.FetchedAt, src.ChangedAt = c.now, c.now
	added, err := a.Digest.PutArticles(c.Context(), src, articles, false, c.now)
	if err != nil {
		return answer{}, err
	}
	view := struct {
		Source  string `json:"source"`
		Found   int    `json:"found"`
		New     int    `json:"new"`
		Warning string `json:"warning,omitempty"`
	}{src.URL, len(articles), added, warning}
	return answer{body: view, act: "hand-over", what: src.URL, detail: strconv.Itoa(added) + " new"}, nil
}
