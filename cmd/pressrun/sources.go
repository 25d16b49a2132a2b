package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
)

func sourcesCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "sources", Short: "Where articles are taken from: feeds, pages, sitemaps, folders",
		Example: `  pressrun sources test https://paper.example
  pressrun sources add https://paper.example/latest --kind page
  pressrun sources add https://paper.example/culture/rss --section Culture
  pressrun sources list`,
	}, sourcesListCommand(a), sourcesAddCommand(a), sourcesRemoveCommand(a), sourcesTestCommand(a))
}

// commandGroup makes group a command that has only commands below it.
func commandGroup(group *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	group.AddCommand(commands...)
	group.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var names []string
		for _, c := range commands {
			names = append(names, c.Name())
		}
		return usagef("there is no command %q; after %s comes one of %s", args[0], cmd.CommandPath(), strings.Join(names, ", "))
	}
	group.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return group
}

// A sourceView is a source as JSON.
type sourceView struct {
	URL       string           `json:"url"`
	Kind      string           `json:"kind"`
	Title     string           `json:"title"`
	HomeURL   string           `json:"home_url"`
	Language  string           `json:"language"`
	Section   string           `json:"section"`
	Selectors digest.Selectors `json:"selectors,omitzero"`
	LastRead  *time.Time       `json:"last_read"`
	LastNew   *time.Time       `json:"last_new"`
	Failures  int              `json:"failures"`
	Error     string           `json:"error"`
	NextRead  *time.Time       `json:"next_read"` // when one that failed is asked again
}

func viewSource(s digest.Source) sourceView {
	return sourceView{
		URL: s.URL, Kind: s.Kind.String(), Title: s.Title, HomeURL: s.HomeURL, Language: s.Language, Section: s.Section,
		Selectors: s.Selectors, LastRead: known(s.FetchedAt), LastNew: known(s.ChangedAt), Failures: s.Failures, Error: s.Error,
		NextRead: known(s.NextAt),
	}
}

// known returns nil, null in JSON, for the zero time.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// minute writes a time for a table, in the zone of this machine.
func minute(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04 MST")
}

func sourcesListCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "list", Short: "List the sources and how reading them went", Args: atMost(0),
		Example: "  pressrun sources list\n  pressrun sources list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			sources, err := p.digest.Sources(cmd.Context())
			if err != nil {
				return err
			}
			views := []sourceView{}
			for _, s := range sources {
				views = append(views, viewSource(s))
			}
			if len(sources) == 0 && !l.json {
				fmt.Fprintln(cmd.OutOrStdout(), "There are no sources yet; add one with `pressrun sources add URL`.")
				return nil
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) { sourceTable(w, sources) })
		},
	}
	l.flag(cmd)
	return cmd
}

func sourceTable(w io.Writer, sources []digest.Source) {
	row(w, "SOURCE", "KIND", "TITLE", "LANGUAGE", "SECTION", "LAST READ", "LAST NEW", "STATE")
	for _, s := range sources {
		state := "well"
		switch {
		case s.Failures > 0:
			state = fmt.Sprintf("failed %s: %s", times(s.Failures), s.Error)
		case s.Error != "":
			state = s.Error
		case s.FetchedAt.IsZero():
			state = "not read yet"
		}
		if !s.NextAt.IsZero() {
			state += "; asked again at " + minute(s.NextAt)
		}
		row(w, s.URL, s.Kind, clip(s.Title, 40), dash(s.Language), dash(s.Section), minute(s.FetchedAt), minute(s.ChangedAt), state)
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return number(n) + " times in a row"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func sourcesAddCommand(a *app) *cobra.Command {
	var opt readOptions
	var kind kindOptions
	cmd := &cobra.Command{
		Use: "add URL…", Short: "Add feeds, the feeds of a page, or a page, sitemap or folder itself",
		Long: `Add sources. URL is a feed, or a page of the site whose feeds are then looked for.

Where a site has no feed, --kind page reads a page that lists its stories, and
--kind sitemap its news sitemap; the pages of new stories are then read, at most 20 each
time and one a second, where robots.txt allows it. ` + "`sources test`" + ` proposes the selectors
of a page; without any, the likeliest are taken. A folder holds JSON files, each with an
article such as {"url": "https://…", "title": "…", "date_published": "…"} or a JSON Feed.

What is published already is remembered and never mailed, so that readers do not get
old news; --send-published keeps the newest of it for the next issue. Either all of
the feeds are added or, when one of them cannot be read, none.`,
		Example: `  pressrun sources add https://paper.example
  pressrun sources add https://paper.example/culture/rss --section Culture
  pressrun sources add https://paper.example/ar/feed --language ar --send-published
  pressrun sources add https://paper.example/latest --kind page --item article --link 'h2 a'
  pressrun sources add https://paper.example/news-sitemap.xml --kind sitemap
  pressrun sources add ./stories`,
		Args: someURLs,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if err := errors.Join(opt.check(), kind.check(args)); err != nil {
				return err
			}
			return addSources(cmd, p, args, opt, kind, time.Now())
		},
	}
	opt.flags(cmd)
	kind.flags(cmd)
	return cmd
}

// someURLs checks that there is an argument.
func someURLs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("%s needs the address of a feed or of a page, such as https://paper.example", cmd.CommandPath())
	}
	return nil
}

func addSources(cmd *cobra.Command, p *program, addresses []string, opt readOptions, kind kindOptions, now time.Time) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	have, err := p.digest.Sources(ctx)
	if err != nil {
		return err
	}
	urls, named, err := kind.divide(addresses)
	if err != nil {
		return err
	}
	found, err := findFeeds(ctx, p.fetcher, urls, have, now)
	if err != nil {
		return err
	}
	others, readings, err := readNamed(ctx, p.fetcher, named, opt, have, now)
	if err != nil {
		return err
	}
	if err := printFindings(out, append(found, others...)); err != nil {
		return err
	}
	feeds, err := readFeeds(ctx, p.fetcher, found, opt, now)
	if err != nil {
		return err
	}
	readings = append(readings, feeds...)
	if len(readings) == 0 {
		return errors.New("nothing was added: none of these feeds is new; see `pressrun sources list`")
	}
	fresh, err := keep(ctx, p.digest, readings, opt.sendPublished, now)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAdded %s. %s\n", plural(len(readings), "source", "sources"), fateOfPublished(readings, fresh))
	return warnOfRules(cmd, p, readings)
}

// warnOfLanguages says which languages of new sources no edition is set in, so that their
// stories go into none.
func warnOfLanguages(out io.Writer, editions []digest.Edition, readings []reading) {
	if len(editions) == 0 {
		return
	}
	e := editions[0]
	for _, r := range readings {
		tag := languageOf(r)
		if e.VariantLanguage(tag) != "" || slices.ContainsFunc(editions, func(e digest.Edition) bool { return e.VariantLanguage(tag) != "" }) {
			continue
		}
		e.Languages = append(slices.Clone(e.Languages), tag)
		fmt.Fprintf(out, "No edition is set in %s, so no issue takes its stories: `pressrun editions set %s --language %s` sets %s in it too.\n",
			tag, e.Slug, strings.Join(e.Languages, ","), e.Slug)
	}
}

// warnOfRules says which editions will not take the new sources.
func warnOfRules(cmd *cobra.Command, p *program, readings []reading) error {
	editions, err := p.digest.Editions(cmd.Context())
	if err != nil {
		return err
	}
	warnOfLanguages(cmd.OutOrStdout(), editions, readings)
	for _, e := range editions {
		for _, r := range readings {
			if len(e.Rules.Sources) > 0 && !slices.Contains(e.Rules.Sources, r.source.URL) {
				fmt.Fprintf(cmd.OutOrStdout(), "The edition %s takes only the sources it names; see `pressrun editions set %s --sources`.\n", e.Slug, e.Slug)
				break
			}
		}
	}
	return nil
}

func sourcesRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove URL", Short: "Stop taking articles from a source",
		Long: `Stop taking articles from a source. The articles it gave are kept, so that earlier
issues can be shown and the source can come back, but no issue takes them any more.`,
		Example: "  pressrun sources remove https://paper.example/culture/rss",
		Args:    exactly("the address of a source"), ValidArgsFunction: a.completeSource,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			err = p.digest.RemoveSource(ctx, args[0])
			if errors.Is(err, digest.ErrNotFound) {
				return fmt.Errorf("%s is no source; `pressrun sources list` shows those there are", args[0])
			} else if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Removed %s; what it gave is kept but goes into no further issue.\n", args[0])
			editions, err := p.digest.Editions(ctx)
			for _, e := range editions {
				if slices.Contains(e.Rules.Sources, args[0]) {
					fmt.Fprintf(cmd.OutOrStdout(), "The edition %s still names it; change that with `pressrun editions set %s --sources`.\n", e.Slug, e.Slug)
				}
			}
			return err
		},
	}
}

// completeSource offers the sources' addresses to the shell.
func (a *app) completeSource(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	p, err := a.open(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer p.close()
	sources, err := p.digest.Sources(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var urls []string
	for _, s := range sources {
		urls = append(urls, cobra.CompletionWithDesc(s.URL, s.Title))
	}
	return urls, cobra.ShellCompDirectiveNoFileComp
}
