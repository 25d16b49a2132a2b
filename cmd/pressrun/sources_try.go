package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

func sourcesTestCommand(a *app) *cobra.Command {
	var l listing
	var limit int
	cmd := &cobra.Command{
		Use: "test URL", Short: "Read a feed, or a page's feeds, and show what would be taken",
		Long: `Read a feed, or the feeds of a page, and show the articles that would be taken: their
date and where it comes from, whether there is a picture, and the number of words where
the feed has the full text. Nothing is saved; it works before init, too.`,
		Example: "  pressrun sources test https://paper.example\n  pressrun sources test https://paper.example/rss --json",
		Args:    exactly("the address of a feed or a page"),
		RunE: func(cmd *cobra.Command, args []string) error {
			fetcher, err := a.fetcher()
			if err != nil {
				return err
			}
			tests, err := testSources(cmd, fetcher, args[0], time.Now())
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
	cmd.Flags().IntVar(&limit, "limit", 20, "show at most this `NUMBER` of articles of a feed")
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

func testSources(cmd *cobra.Command, fetcher *feed.Fetcher, url string, now time.Time) ([]sourceTest, error) {
	found, err := findFeeds(cmd.Context(), fetcher, []string{url}, nil, now)
	if err != nil {
		return nil, err
	}
	var tests []sourceTest
	for _, f := range found {
		t := sourceTest{URL: f.URL, Kind: f.Kind, Title: f.Title, Language: f.Language, LeftOut: f.leave, Articles: []articleView{}}
		src, articles, err := fetcher.Fetch(cmd.Context(), digest.Source{URL: f.URL}, now)
		if err != nil {
			return nil, err
		}
		t.Warning = src.Error
		for _, a := range articles {
			t.Articles = append(t.Articles, articleView{
				Title: a.Title, URL: a.URL, Published: a.Published, DateFrom: string(a.DateFrom), Language: a.Language,
				Section: a.Section, Author: a.Author, Picture: a.Image.URL, Words: a.Words,
			})
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func (t sourceTest) show(out io.Writer, limit int) error {
	fmt.Fprintf(out, "%s\n%s “%s”, language %s, %s\n", t.URL, t.Kind, t.Title, dash(t.Language), plural(len(t.Articles), "article", "articles"))
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
	fmt.Fprintln(out)
	return err
}
