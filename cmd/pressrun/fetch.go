package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/publish"
)

func fetchCommand(a *app) *cobra.Command {
	var list listing
	var name string
	var opt readOptions
	cmd := &cobra.Command{
		Use: "fetch [-]", Short: "Read all sources now, or articles from standard input",
		Long: `Read all sources now and keep their articles. serve does this by itself every few
minutes, and send does it before it picks. A source that failed is asked, too, unless its
site has said when it may be asked again.

With - articles are read from standard input instead: JSON documents, one after the
other, each an article, a list of articles or a JSON Feed. An article has the form of a
JSON Feed item and needs "url" and "title":

  {"id": "17", "url": "https://paper.example/rain", "title": "Rain", "summary": "It rains.",
   "date_published": "2026-11-23T06:00:00Z", "authors": [{"name": "Mona Haddad"}],
   "tags": ["City"], "image": "https://paper.example/rain.jpg", "language": "en"}

They belong to the source that --as names, which is made when it is first used, and may
go into the next issue.`,
		Example: `  pressrun fetch
  pressrun fetch --json
  pressrun fetch - <stories.json
  newsroom-export | pressrun fetch --json - --as newsroom --section City`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && args[0] != "-" {
				return usagef("fetch takes no sources; with - it reads articles from standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opt.check(); err != nil {
				return err
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if len(args) == 0 {
				return p.fetch(cmd, list)
			}
			return p.takeIn(cmd, list, name, opt, time.Now())
		},
	}
	list.flag(cmd)
	cmd.Flags().StringVar(&name, "as", "stdin", "`NAME` of the source of what is read from standard input")
	cmd.Flags().StringVar(&opt.section, "section", "", "`NAME` of the section for articles from standard input that name none")
	cmd.Flags().StringVar(&opt.language, "language", "", "language `TAG` of the articles from standard input, if they say none")
	return cmd
}

// takeIn keeps the articles that are handed over on standard input.
func (p *program) takeIn(cmd *cobra.Command, list listing, name string, opt readOptions, now time.Time) error {
	ctx := cmd.Context()
	if name = digest.OneLine(name); name == "" {
		return usagef("--as needs the name of the source")
	}
	src := digest.Source{URL: "handed:" + name, Kind: digest.SourceHanded, Title: name}
	sources, err := p.digest.Sources(ctx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(sources, func(s digest.Source) bool { return s.URL == src.URL }); i >= 0 {
		src = sources[i]
	}
	src.Section, src.Language = cmp.Or(digest.OneLine(opt.section), src.Section), cmp.Or(opt.language, src.Language)
	found, err := feed.ParseJSON(cmd.InOrStdin(), src, now)
	if err != nil {
		return fmt.Errorf("standard input: %w; nothing was kept", err)
	}
	src = src.Succeed(found.Warning)
	src.FetchedAt, src.ChangedAt = now, now
	added, err := p.digest.PutArticles(ctx, src, found.Articles, false, now)
	if err != nil {
		return err
	}
	return printFetched(cmd.OutOrStdout(), list, []fetched{{Source: src.URL, Found: len(found.Articles), New: added, Error: src.Error}})
}

// A fetched is what one source gave, for JSON.
type fetched struct {
	Source    string `json:"source"`
	Found     int    `json:"found"`
	New       int    `json:"new"`
	Unchanged bool   `json:"unchanged,omitempty"` // since it was last read
	Error     string `json:"error,omitempty"`
}

func (p *program) fetch(cmd *cobra.Command, list listing) error {
	p.fetcher.BackOff = false // somebody wants to know now
	collections, err := p.publisher.Collect(cmd.Context(), time.Now())
	if err != nil {
		return err
	}
	if len(collections) == 0 {
		return errors.New("there are no sources; add one with `pressrun sources add URL`")
	}
	var all []fetched
	failed := 0
	for _, c := range collections {
		f := fetched{Source: c.Source.URL, Found: c.Found, New: c.New, Unchanged: unchanged(c), Error: c.Source.Error}
		if c.Err != nil {
			failed++
		}
		all = append(all, f)
	}
	err = printFetched(cmd.OutOrStdout(), list, all)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %s could not be read; what the others gave is kept", failed, plural(len(all), "source", "sources"))
	}
	return err
}

func printFetched(out io.Writer, list listing, all []fetched) error {
	return list.print(out, all, func(w io.Writer) {
		row(w, "SOURCE", "ARTICLES", "NEW", "")
		for _, f := range all {
			found := number(f.Found)
			if f.Unchanged {
				found = "unchanged"
			}
			row(w, f.Source, found, number(f.New), f.Error)
		}
	})
}

// unchanged reports whether a source said that nothing has changed since it was last read
// (304), and so gave no articles at all.
func unchanged(c publish.Collection) bool {
	return c.Err == nil && c.Found == 0 && c.Source.Error == "" && !c.Source.ChangedAt.Equal(c.Source.FetchedAt)
}
