package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/outbox"
)

const (
	askedOfAHost = 2 // pages at once
	pagePatience = 5 * time.Second
	maxPage      = 2 << 20 // bytes that are read to find a headline
	// pickedAnew is how often an issue is picked again because stories of it are gone.
	pickedAnew = 3
	// inTrouble is from how many stories on a site whose pages are all gone is in trouble
	// itself: it would be wrong to drop them for good.
	inTrouble = 4
	// recheckAfter is how old the last answer of a page is before it is asked again.
	recheckAfter = 2 * time.Minute
)

// A recheck asks the pages of stories whether they are still there. It remembers what they
// said, so that when an issue is picked again, only what is new in it is asked for.
type recheck struct {
	publisher *Publisher
	edition   digest.Edition
	now       time.Time
	on        bool
	client    *http.Client
	close     func()
	sources   map[int64]digest.Source // those that are pages or sitemaps, by ID
	until     time.Time               // no page is asked after

	mu   sync.Mutex
	said map[string]answer // by the story's URL
}

// An answer is what a page says. The zero value is a page that is there, or may be.
type answer struct {
	gone  string // "404 Not Found"; "" while it is there
	title string // "" where it was not looked for
}

func (p *Publisher) newRecheck(e digest.Edition, now time.Time) *recheck {
	r := &recheck{publisher: p, edition: e, now: now, close: func() {}, said: map[string]answer{}}
	if r.on = p.Recheck > 0 && !e.Rules.Unchecked; r.on {
		r.client, r.close = p.Fetcher.Client()
	}
	return r
}

// pick applies the rules to the candidates whose pages are there: where one that was
// picked is gone, another takes its place.
func (r *recheck) pick(ctx context.Context, candidates []digest.Candidate, plan digest.Plan) (digest.Selection, error) {
	for round := 0; ; round++ {
		left, gone := r.divide(candidates)
		sel := digest.SelectPlanned(r.edition, left, plan, r.now)
		more := false
		if r.on && round < pickedAnew {
			var err error
			if more, err = r.ask(ctx, sel.In()); err != nil {
				return digest.Selection{}, err
			}
		}
		if more {
			continue
		}
		for i, st := range sel.In() {
			if title := r.said[st.URL].title; title != "" && !st.Edited {
				sel.Stories[i].Title = title
			}
		}
		for _, st := range gone {
			r.publisher.Log.Warn("a story is gone", "edition", r.edition.Slug, "story", st.URL, "said", st.Reason.Detail)
		}
		sel.Stories = append(sel.Stories, gone...)
		return sel, nil
	}
}

// divide parts the candidates that are known to be gone from the others.
func (r *recheck) divide(candidates []digest.Candidate) (left []digest.Candidate, gone []digest.Story) {
	for _, c := range candidates {
		if said := r.gone(c.URL); said != "" {
			gone = append(gone, digest.Story{Article: c.Article, Reason: digest.Reason{Code: digest.ReasonGone, Detail: said}})
			continue
		}
		left = append(left, c)
	}
	return left, gone
}

// gone returns what a page said that is not there any more, "" for any other. When all
// pages of a site are gone, the site is in trouble, and they are not.
func (r *recheck) gone(address string) string {
	said := r.said[address].gone
	if said == "" {
		return ""
	}
	asked := 0
	for other, a := range r.said {
		if hostOf(other) != hostOf(address) {
			continue
		}
		if asked++; a.gone == "" {
			return said
		}
	}
	if asked >= inTrouble {
		return ""
	}
	return said
}

// ask asks for the pages of stories that were not asked for yet, and of what stands below
// them. It reports whether any of the stories has to leave. What does not answer in time
// is taken to be there.
func (r *recheck) ask(ctx context.Context, stories []digest.Story) (any bool, err error) {
	if err := r.readSources(ctx); err != nil {
		return false, err
	}
	if r.until.IsZero() {
		r.until = time.Now().Add(r.publisher.Recheck)
	}
	limited, cancel := context.WithDeadline(ctx, r.until)
	defer cancel()
	pages := map[string][]digest.Article{} // by host
	for _, st := range stories {
		around := []digest.Article{st.Article}
		for _, also := range st.Also {
			around = append(around, digest.Article{URL: also.URL})
		}
		for _, a := range around {
			if _, is := r.said[a.URL]; !is {
				r.said[a.URL] = answer{}
				pages[hostOf(a.URL)] = append(pages[hostOf(a.URL)], a)
			}
		}
	}
	var workers sync.WaitGroup
	for _, ofHost := range pages {
		queue := make(chan digest.Article, len(ofHost))
		for _, a := range ofHost {
			queue <- a
		}
		close(queue)
		for range min(askedOfAHost, len(ofHost)) {
			workers.Go(func() {
				for a := range queue {
					r.askPage(limited, a)
				}
			})
		}
	}
	workers.Wait()
	for host, ofHost := range pages {
		if a := ofHost[0].URL; r.said[a].gone != "" && r.gone(a) == "" {
			r.publisher.Log.Warn("every page of a site is gone; its stories stay, the site itself may be in trouble", "edition", r.edition.Slug, "site", host, "said", r.said[a].gone)
		}
	}
	for _, st := range stories {
		any = any || r.gone(st.URL) != "" || slices.ContainsFunc(st.Also, func(a digest.Also) bool { return r.gone(a.URL) != "" })
	}
	return any, ctx.Err()
}

func (r *recheck) readSources(ctx context.Context) error {
	if r.sources != nil {
		return nil
	}
	r.sources = map[int64]digest.Source{}
	all, err := r.publisher.Store.Sources(ctx)
	for _, src := range all {
		if src.Kind.ListsOnly() {
			r.sources[src.ID] = src
		}
	}
	return err
}

// askPage asks one page. Of a source that is a page itself, the headline is looked at: a
// feed tells when a headline changes, a list may not.
func (r *recheck) askPage(ctx context.Context, a digest.Article) {
	ctx, cancel := context.WithTimeout(ctx, pagePatience)
	defer cancel()
	src, listed := r.sources[a.SourceID]
	said, sure := answer{}, false
	if !listed {
		said, sure = r.request(ctx, http.MethodHead, a, nil)
	}
	if !sure {
		said, _ = r.request(ctx, http.MethodGet, a, &src)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said[a.URL] = said
}

// request asks for a page and reports whether the answer can be relied on: servers that do
// not know HEAD say so, or that the page is not there.
func (r *recheck) request(ctx context.Context, method string, a digest.Article, src *digest.Source) (said answer, sure bool) {
	res, err := r.publisher.Fetcher.Ask(ctx, r.client, method, a.URL, "text/html, */*;q=0.5")
	if err != nil {
		return answer{}, true
	}
	defer res.Body.Close()
	said.gone = goneBy(res, a.URL)
	if method == http.MethodHead {
		return said, said.gone == "" && res.StatusCode != http.StatusMethodNotAllowed && res.StatusCode != http.StatusNotImplemented
	}
	if said.gone == "" && res.StatusCode == http.StatusOK && src.ID != 0 {
		said.title = r.headline(res, a, *src)
	}
	return said, true
}

// headline returns the headline of an article's own page, "" when it is not that page.
func (r *recheck) headline(res *http.Response, a digest.Article, src digest.Source) string {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return ""
	}
	read, err := feed.ParseArticle(body, res.Header.Get("Content-Type"), res.Request.URL.String(), src, r.now)
	if err != nil || read.URL != a.URL && !slices.Contains(read.Aliases, a.URL) {
		return ""
	}
	return read.Title
}

// goneBy returns how an answer says that a page is not there any more, "" if it does not:
// by its status, or by leading to the site's front page.
func goneBy(res *http.Response, asked string) string {
	switch res.StatusCode {
	case http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode))
	}
	from, err := url.Parse(asked)
	if err == nil && res.StatusCode < 300 && isFront(res.Request.URL) && !isFront(from) && siteOf(from) == siteOf(res.Request.URL) {
		return "it leads to the front page"
	}
	return ""
}

func isFront(u *url.URL) bool { return strings.Trim(u.Path, "/") == "" && u.RawQuery == "" }

func siteOf(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") }

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// recheckFrozen asks the pages of a frozen issue once more before its first delivery, if
// some time has passed since they were asked. What is gone leaves the issue.
func (p *Publisher) recheckFrozen(ctx context.Context, e digest.Edition, issue digest.Issue, now time.Time) (digest.Issue, error) {
	r := p.newRecheck(e, now)
	defer r.close()
	if !r.on || issue.State != digest.IssueFrozen || now.Sub(issue.Created) < recheckAfter {
		return issue, nil
	}
	if _, err := p.Queue.Run(ctx, issue.ID); !errors.Is(err, outbox.ErrNoRun) {
		return issue, err // readers may have it already
	}
	in := digest.Selection{Stories: issue.Stories}.In()
	if _, err := r.ask(ctx, in); err != nil {
		return issue, err
	}
	m := digest.Mending{Gone: map[int64]string{}, Titles: map[int64]string{}}
	for _, st := range in {
		if said := r.gone(st.URL); said != "" {
			m.Gone[st.ID] = said
			p.Log.Warn("a story is gone", "edition", e.Slug, "issue", issue.Number, "story", st.URL, "said", said)
		} else if title := r.said[st.URL].title; title != "" && title != st.Title {
			m.Titles[st.ID] = title
		}
	}
	if len(m.Gone)+len(m.Titles) == 0 {
		return issue, nil
	}
	return p.Store.Mend(ctx, e, issue.ID, m)
}
