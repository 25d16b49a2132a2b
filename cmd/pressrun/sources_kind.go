package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

// kindOptions say how a source is to be read that is no feed.
type kindOptions struct {
	kind      string
	selectors digest.Selectors
}

// selectorFlag is one selector with its flag.
type selectorFlag struct {
	name, usage string
	value       *string
}

func selectorFlags(s *digest.Selectors) []selectorFlag {
	return []selectorFlag{
		{"item", "CSS `SELECTOR` of each story's block on a page", &s.Item},
		{"link", "of the link in the block; without it the block is the link", &s.Link},
		{"title", "of the headline in the block, if it is not the link's text", &s.Title},
		{"summary", "of the summary in the block", &s.Summary},
		{"image", "of the picture in the block", &s.Image},
		{"time", "of the date in the block", &s.Time},
	}
}

func (o *kindOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.kind, "kind", "", "`KIND` of source: feed, page, sitemap or folder (default: a folder is one, all else has feeds)")
	for _, f := range selectorFlags(&o.selectors) {
		cmd.Flags().StringVar(f.value, f.name, "", f.usage)
	}
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions([]string{"feed", "page", "sitemap", "folder"}, cobra.ShellCompDirectiveNoFileComp))
}

func (o *kindOptions) check(urls []string) error {
	switch o.kind {
	case "":
		if o.selectors != (digest.Selectors{}) {
			o.kind = string(digest.SourcePage)
		}
	case "feed", "page", "sitemap", "folder":
	default:
		return usagef("%q is no kind of source; it is feed, page, sitemap or folder", o.kind)
	}
	if o.selectors == (digest.Selectors{}) {
		return nil
	}
	if o.kind != string(digest.SourcePage) {
		return usagef("selectors such as --item are for --kind page")
	}
	if len(urls) != 1 {
		return usagef("selectors are for one page; add each page by itself")
	}
	if err := feed.CheckSelectors(o.selectors); err != nil {
		return &usageError{err}
	}
	return nil
}

// sourceAt returns the source that an address stands for, and false if its feeds are to be
// looked for.
func (o *kindOptions) sourceAt(address string) (digest.Source, bool, error) {
	src := digest.Source{URL: strings.TrimSpace(address), Kind: digest.SourceKind(o.kind), Selectors: o.selectors}
	switch {
	case o.kind == "feed":
		return src, false, nil
	case o.kind == "" && (feed.IsFolder(address) || strings.HasPrefix(address, "file://")):
		src.Kind = digest.SourceFolder
	case o.kind == "":
		return src, false, nil
	}
	var err error
	switch {
	case src.Kind == digest.SourceFolder && !strings.HasPrefix(address, "file://"):
		src.URL, err = feed.FolderURL(address)
	case src.Kind != digest.SourceFolder && !strings.Contains(src.URL, "://"):
		src.URL = "https://" + src.URL
	}
	return src, true, err
}

// divide tells the addresses at which feeds are to be looked for from the sources that are
// named as they are.
func (o *kindOptions) divide(addresses []string) (feeds []string, named []digest.Source, err error) {
	for _, a := range addresses {
		src, is, err := o.sourceAt(a)
		switch {
		case err != nil:
			return nil, nil, err
		case is:
			named = append(named, src)
		default:
			feeds = append(feeds, a)
		}
	}
	return feeds, named, nil
}

// readNamed reads new sources that are no feeds. A page without selectors gets the likeliest.
func readNamed(ctx context.Context, fetcher *feed.Fetcher, sources []digest.Source, opt readOptions, have []digest.Source, now time.Time) ([]finding, []reading, error) {
	fetcher.Follow = -1 // what is there already is remembered, not mailed
	if opt.sendPublished {
		fetcher.Follow = issueSize
	}
	var found []finding
	var readings []reading
	for _, src := range sources {
		f := finding{Found: feed.Found{URL: src.URL, Kind: src.Kind.String()}}
		if slices.ContainsFunc(have, func(s digest.Source) bool { return sameAddress(s.URL) == sameAddress(src.URL) && s.Kind == src.Kind }) {
			f.leave = "is a source already"
			found = append(found, f)
			continue
		}
		src.Section, src.Language = digest.OneLine(opt.section), opt.language
		if src.Kind == digest.SourcePage && src.Selectors == (digest.Selectors{}) {
			proposals, err := fetcher.Propose(ctx, src.URL, now)
			if err != nil {
				return nil, nil, err
			}
			if len(proposals) == 0 {
				return nil, nil, noListError(src.URL)
			}
			src.Selectors = proposals[0].Selectors
		}
		src, articles, err := fetcher.Fetch(ctx, src, now)
		if err != nil {
			return nil, nil, err
		}
		f.Title, f.Language, f.Items = src.Title, src.Language, len(articles)
		for _, a := range articles {
			if a.DateFrom.Proven() && a.Published.After(f.Newest) {
				f.Newest = a.Published
			}
		}
		found = append(found, f)
		readings = append(readings, reading{src, articles})
	}
	return found, readings, nil
}

func noListError(url string) error {
	return fmt.Errorf("no list of stories could be found on %s; give the page that lists them, or selectors: --item '.story' --link 'a'", url)
}

// selectorArguments returns the flags that give these selectors, for a command line.
func selectorArguments(s digest.Selectors) string {
	var all []string
	for _, f := range selectorFlags(&s) {
		if *f.value != "" {
			all = append(all, fmt.Sprintf("--%s '%s'", f.name, strings.ReplaceAll(*f.value, "'", `'\''`)))
		}
	}
	return strings.Join(all, " ")
}
