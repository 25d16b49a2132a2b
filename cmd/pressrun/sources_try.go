package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

func sourcesTestCommand(a *app) *cobra.Command {
	var l listing
	var limit int
	var kind kindOptions
	cmd := &cobra.Command{
		Use: "test URL", Short: "Read a feed, a page's feeds, or a page, and show what would be taken",
		Long: `Read a feed, or the feeds of a page, and show the articles that would be taken: their
date and where it comes from, whether there is a picture, and the number of words where
the full text is there. Nothing is saved; it works before init, too.

A page without feeds is looked through for blocks that look like stories. The selectors
that find them are proposed, with what each gives and the command that adds it. With
--kind, or with selectors of your own, a page, sitemap or folder is read as it would be
as a source; of its stories the first three are followed to their own pages.`,
		Example: `  pressrun sources test https://paper.example
  pressrun sources test https://paper.example/rss --json
  pressrun sources test https://paper.example/latest --kind page
  pressrun sources test https://paper.example/latest --item article --link 'h2 a'
  pressrun sources test https://paper.example/news-sitemap.xml --kind sitemap`,
		Args: exactly("the address of a feed, a page or a sitemap, or a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := kind.check(args); err != nil {
				return err
			}
			fetcher, err := a.fetcher()
			if err != nil {
				return err
			}
			tests, err := testAddress(cmd, fetcher, args[0], kind, time.Now())
			if err != nil {
				return err
			}
			if l.json {
				return l.print(cmd.OutOrStdout(), tests, nil)
			}
			for _, t := range tests {
				if err := t.show(cmd.OutOrStdout(), limit); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "show at most this `NUMBER` of articles of a source")
	kind.flags(cmd)
	l.flag(cmd)
	return cmd
}

// fetcher returns one with the settings' rules, or the default ones where nothing has been
// set up yet.
func (a *app) fetcher() (*feed.Fetcher, error) {
	cfg, err := config.Load(a.configFile, nil)
	if err != nil {
		_, statErr := os.Stat("pressrun.toml")
		if _, wrong := errors.AsType[*config.Error](err); wrong || a.configFile != "" || !errors.Is(statErr, fs.ErrNotExist) {
			return nil, err
		}
		cfg = config.Default()
	}
	return &feed.Fetcher{UserAgent: userAgent(cfg), Allow: cfg.Fetch.Allow}, nil
}

// A sourceTest is what a feed would give.
type sourceTest struct {
	URL      string        `json:"url"`
	Kind     string        `json:"kind"`
	Title    string        `json:"title"`
	Language string        `json:"language"`
	Warning  string        `json:"warning"`
	LeftOut  string        `json:"left_out"` // why sources add would not take the feed
	Articles []articleView `json:"articles"`

	Proposed  bool             `json:"proposed,omitempty"` // nobody said that it is to be read so
	Named     bool             `json:"named,omitempty"`    // by robots.txt, and not read yet
	Selectors digest.Selectors `json:"selectors,omitzero"`
}

// An articleView is an article as JSON.
type articleView struct {
	Title     string    `json:"title"`
	URL       string    `json:"url"`
	Published time.Time `json:"published"`
	DateFrom  string    `json:"date_from"`
	Language  string    `json:"language"`
	Section   string    `json:"section"`
	Author    string    `json:"author"`
	Picture   string    `json:"picture"`
	Words     int       `json:"words"` // 0: not known
}

// testFollow is how many stories of a list have their pages read for a test.
const testFollow = 3

// testAddress reads what is at an address as it would be as a source. Where nothing says
// how, ways to read it are proposed.
func testAddress(cmd *cobra.Command, fetcher *feed.Fetcher, address string, kind kindOptions, now time.Time) ([]sourceTest, error) {
	src, named, err := kind.sourceAt(address)
	if err != nil {
		return nil, err
	}
	fetcher.Follow = testFollow
	if named && (src.Kind != digest.SourcePage || src.Selectors != (digest.Selectors{})) {
		return testSource(cmd, fetcher, src, now)
	}
	noList := noListError(address)
	if !named {
		tests, err := testFeeds(cmd, fetcher, address, now)
		if err == nil || !feed.IsNoFeed(err) || kind.kind != "" {
			return tests, err
		}
		noList = err
	}
	if !strings.Contains(src.URL, "://") {
		src.URL = "https://" + src.URL
	}
	proposals, err := fetcher.Propose(cmd.Context(), src.URL, now)
	if err != nil || named && len(proposals) == 0 {
		return nil, noList
	}
	var tests []sourceTest
	sitemaps, err := fetcher.Sitemaps(cmd.Context(), src.URL, now)
	if len(proposals) == 0 && (err != nil || len(sitemaps) == 0) {
		return nil, noList
	}
	for _, at := range sitemaps {
		if at != src.URL {
			tests = append(tests, sourceTest{URL: at, Kind: digest.SourceSitemap.String(), Proposed: true, Named: true, Articles: []articleView{}})
		}
	}
	for _, p := range proposals {
		tests = append(tests, sourceTest{URL: src.URL, Kind: p.Kind.String(), Proposed: true, Selectors: p.Selectors, Articles: viewArticles(p.Articles)})
	}
	return tests, nil
}

func testSource(cmd *cobra.Command, fetcher *feed.Fetcher, src digest.Source, now time.Time) ([]sourceTest, error) {
	read, articles, err := fetcher.Fetch(cmd.Context(), src, now)
	if err != nil {
		return nil, err
	}
	return []sourceTest{{
		URL: src.URL, Kind: src.Kind.String(), Title: read.Title, Language: read.Language, Warning: read.Error,
		Selectors: src.Selectors, Articles: viewArticles(articles),
	}}, nil
}

func viewArticles(articles []digest.Article) []articleView {
	views := []articleView{}
	for _, a := range articles {
		views = append(views, articleView{
			Title: a.Title, URL: a.URL, Published: a.Published, DateFrom: string(a.DateFrom), Language: a.Language,
			Section: a.Section, Author: a.Author, Picture: a.Image.URL, Words: a.Words,
		})
	}
	return views
}

func testFeeds(cmd *cobra.Command, fetcher *feed.Fetcher, url string, now time.Time) ([]sourceTest, error) {
	found, err := findFeeds(cmd.Context(), fetcher, []string{url}, nil, now)
	if err != nil {
		return nil, err
	}
	var tests []sourceTest
	for _, f := range found {
		read, err := testSource(cmd, fetcher, digest.Source{URL: f.URL}, now)
		if err != nil {
			return nil, err
		}
		t := read[0]
		t.Kind, t.Title, t.Language, t.LeftOut = f.Kind, f.Title, f.Language, f.leave
		tests = append(tests, t)
	}
	return tests, nil
}

func (t sourceTest) show(out io.Writer, limit int) error {
	if t.Named {
		fmt.Fprintf(out, "%s\na sitemap that robots.txt names; to see what it gives: pressrun sources test %s --kind sitemap\n\n", t.URL, t.URL)
		return nil
	}
	if t.Proposed {
		fmt.Fprintf(out, "%s\nno feed, but it can be read as a %s %s: %s\n", t.URL, t.Kind, selectorArguments(t.Selectors), plural(len(t.Articles), "article", "articles"))
	} else {
		fmt.Fprintf(out, "%s\n%s “%s”, language %s, %s\n", t.URL, t.Kind, t.Title, dash(t.Language), plural(len(t.Articles), "article", "articles"))
	}
	if t.Warning != "" {
		fmt.Fprintf(out, "Warning: %s\n", t.Warning)
	}
	if t.LeftOut != "" {
		fmt.Fprintf(out, "`pressrun sources add` leaves this one out: %s.\n\n", t.LeftOut)
		return nil
	}
	shown := t.Articles[:min(max(limit, 0), len(t.Articles))]
	err := (&listing{}).print(out, nil, func(w io.Writer) {
		if len(shown) == 0 {
			return
		}
		row(w, "DATE", "DATE FROM", "PICTURE", "WORDS", "LANGUAGE", "SECTION", "TITLE")
		for _, a := range shown {
			words := "-"
			if a.Words > 0 {
				words = number(a.Words)
			}
			row(w, minute(a.Published), a.DateFrom, yesOrNo(a.Picture != ""), words, dash(a.Language), dash(clip(a.Section, 20)), clip(a.Title, 70))
		}
	})
	if more := len(t.Articles) - len(shown); more > 0 {
		fmt.Fprintf(out, "… and %s more\n", number(more))
	}
	if t.Kind == string(digest.SourcePage) || t.Proposed {
		fmt.Fprintf(out, "\nTo add it: pressrun sources add %s --kind %s %s\n", t.URL, t.Kind, selectorArguments(t.Selectors))
	}
	fmt.Fprintln(out)
	return err
}
