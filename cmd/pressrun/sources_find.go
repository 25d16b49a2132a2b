package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

// A finding is a feed that was found, and why it is left out if it is.
type finding struct {
	feed.Found
	leave string
}

// findFeeds looks for feeds at each of the addresses. It leaves out feeds that are among
// the sources already, twins, and empty ones beside others.
func findFeeds(ctx context.Context, fetcher *feed.Fetcher, urls []string, have []digest.Source, now time.Time) ([]finding, error) {
	taken := map[string]bool{}
	for _, s := range have {
		taken[sameAddress(s.URL)] = true
	}
	var all []finding
	for _, u := range urls {
		found, err := fetcher.Discover(ctx, u, now)
		if err != nil {
			return nil, err
		}
		hasItems := slices.ContainsFunc(found, func(f feed.Found) bool { return f.Items > 0 })
		for _, f := range found {
			n := finding{Found: f}
			twin := slices.IndexFunc(all, func(o finding) bool { return isTwin(o.Found, f) })
			switch {
			case taken[sameAddress(f.URL)]:
				n.leave = "is a source already"
			case twin >= 0:
				n.leave = "the same in another format"
			case f.Items == 0 && hasItems:
				n.leave = "empty; add it by its own address if you want it"
			}
			taken[sameAddress(f.URL)] = true
			all = append(all, n)
		}
	}
	return all, nil
}

// isTwin reports whether two feeds are one in two formats.
func isTwin(a, b feed.Found) bool {
	return a.Kind != b.Kind && a.Title == b.Title && a.Items == b.Items && a.Newest.Equal(b.Newest)
}

// sameAddress returns what two ways to write one address share.
func sameAddress(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return strings.ToLower(u.Host) + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.RawQuery
}

func printFindings(out io.Writer, found []finding) error {
	return (&listing{}).print(out, nil, func(w io.Writer) {
		row(w, "SOURCE", "KIND", "ITEMS", "NEWEST", "LANGUAGE", "TITLE", "")
		for _, f := range found {
			note := f.leave
			if note != "" {
				note = "left out: " + note
			}
			row(w, f.URL, f.Kind, number(f.Items), minute(f.Newest), dash(f.Language), clip(f.Title, 40), note)
		}
	})
}

// readOptions say how new sources are taken in.
type readOptions struct {
	section       string
	language      string
	sendPublished bool
}

func (o *readOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.section, "section", "", "`NAME` of the section for articles that name none")
	cmd.Flags().StringVar(&o.language, "language", "", "language `TAG` of the articles, if the feed says none or a wrong one")
	cmd.Flags().BoolVar(&o.sendPublished, "send-published", false, sendPublishedUsage)
}

const sendPublishedUsage = "let the next issue take the newest articles that are published already"

func (o *readOptions) check() error {
	if o.language == "" {
		return nil
	}
	tag, err := language.Parse(o.language)
	if err != nil {
		return usagef("%q is not a language; write a tag such as en, ar or pt-BR", o.language)
	}
	o.language = tag.String()
	return nil
}

// A reading is a new source with what it gave when it was first read.
type reading struct {
	source   digest.Source
	articles []digest.Article
}

// readFeeds reads the feeds that are not left out.
func readFeeds(ctx context.Context, fetcher *feed.Fetcher, found []finding, opt readOptions, now time.Time) ([]reading, error) {
	var readings []reading
	for _, f := range found {
		if f.leave != "" {
			continue
		}
		src := digest.Source{URL: f.URL, Section: digest.OneLine(opt.section), Language: opt.language}
		src, articles, err := fetcher.Fetch(ctx, src, now)
		if err != nil {
			return nil, err
		}
		readings = append(readings, reading{src, articles})
	}
	return readings, nil
}

// issueSize is how many stories an issue has at most, unless its edition says otherwise;
// and how many articles of a new source may still be mailed when the operator asks for it.
const issueSize = 12

// keep saves new sources. What they have published is marked as seen, except the newest
// articles if sendPublished is set; fresh is how many of these there are.
func keep(ctx context.Context, store *digest.Store, readings []reading, sendPublished bool, now time.Time) (fresh int, err error) {
	for _, r := range readings {
		old, fresher := slices.Clone(r.articles), []digest.Article(nil)
		if sendPublished {
			// A date that is not proven is that of today, and would come before all others.
			slices.SortStableFunc(old, func(a, b digest.Article) int {
				return cmp.Or(boolCompare(a.Listed, b.Listed), b.Published.Compare(a.Published))
			})
			n := min(issueSize, len(old))
			fresher, old = old[:n], old[n:]
		}
		// The old ones first: were the program stopped in between, none of them is mailed.
		if _, err := store.PutArticles(ctx, r.source, old, true, now); err != nil {
			return fresh, fmt.Errorf("save %s: %w", r.source.URL, err)
		}
		added, err := store.PutArticles(ctx, r.source, fresher, false, now)
		if err != nil {
			return fresh, fmt.Errorf("save %s: %w", r.source.URL, err)
		}
		fresh += added
	}
	return fresh, nil
}

// boolCompare sorts false before true.
func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// fateOfPublished says what becomes of the articles that were there already.
func fateOfPublished(readings []reading, fresh int) string {
	all := 0
	for _, r := range readings {
		all += len(r.articles)
	}
	published := plural(all, "article", "articles") + " published already"
	switch {
	case all == 0:
		return "There is nothing in them yet."
	case fresh == 0:
		return fmt.Sprintf("The %s %s remembered and will not be mailed.", published, isOrAre(all))
	case fresh == all:
		return fmt.Sprintf("The %s can go into the next issue, as far as its rules allow.", published)
	}
	return fmt.Sprintf("Of the %s the newest %s can go into the next issue, as far as its rules allow; the others will not be mailed.", published, number(fresh))
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// languagesOf returns the languages of new sources, "en" if none is known: what the feed
// declares, or what most of its articles are in.
func languagesOf(readings []reading) []string {
	var tags []string
	for _, r := range readings {
		tag := languageOf(r)
		base := func(s string) string { s, _, _ = strings.Cut(s, "-"); return s }
		if tag != "" && !slices.ContainsFunc(tags, func(t string) bool { return base(t) == base(tag) }) {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 0 {
		return []string{"en"}
	}
	return tags
}

// languageOf returns the language of a new source, "" if nothing says.
func languageOf(r reading) string {
	return cmp.Or(mostOf(r.articles), r.source.Language)
}

// mostOf returns the language most of the articles are in. The language a feed declares
// is often that its publishing system came with, and package feed corrects it for each
// article.
func mostOf(articles []digest.Article) string {
	counts := map[string]int{}
	best := ""
	for _, a := range articles {
		if a.Language == "" {
			continue
		}
		counts[a.Language]++
		if cmp.Or(cmp.Compare(counts[a.Language], counts[best]), strings.Compare(best, a.Language)) > 0 {
			best = a.Language
		}
	}
	return best
}
