package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
)

func editionsCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "editions", Short: "Newsletters, their rules and when they go out",
		Example: `  pressrun editions add weekly --name "The Week" --cron "0 8 * * 5" --max-age 7d
  pressrun editions set daily --max 8 --not-topics Sport
  pressrun editions next daily
  pressrun editions once daily "2026-12-24 18:30" --instead
  pressrun editions skip daily 2026-12-25
  pressrun editions replay daily --max 6 --share Sport=2`,
	}, editionsListCommand(a), editionsAddCommand(a), editionsSetCommand(a), editionsShowCommand(a), editionsNextCommand(a), editionsReplayCommand(a),
		editionsOnceCommand(a), editionsSkipCommand(a), editionsUndoCommand(a))
}

// edition returns the edition with this slug. When there is none, the error names those
// there are.
func (p *program) edition(ctx context.Context, slug string) (digest.Edition, error) {
	e, err := p.digest.Edition(ctx, slug)
	if !errors.Is(err, digest.ErrNotFound) {
		return e, err
	}
	editions, err := p.digest.Editions(ctx)
	if err != nil {
		return e, err
	}
	if len(editions) == 0 {
		return e, fmt.Errorf("there is no edition %q, nor any other; add it with `pressrun editions add %s`", slug, slug)
	}
	return e, fmt.Errorf("there is no edition %q; there is %s", slug, strings.Join(slugs(editions), ", "))
}

// knownTheme refuses a theme that there is none of.
func (p *program) knownTheme(name string) error {
	var names []string
	for _, t := range p.templates.Themes() {
		if t.Name == name || name == "" {
			return nil
		}
		names = append(names, t.Name)
	}
	return usagef("there is no theme %q; there is %s", name, strings.Join(names, ", "))
}

func slugs(editions []digest.Edition) []string {
	var all []string
	for _, e := range editions {
		all = append(all, e.Slug)
	}
	return all
}

// completeEditions offers the editions to the shell, for the first argument.
func (a *app) completeEditions(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeEditionFlag(cmd, args, word)
}

// completeEditionFlag offers the editions to the shell.
func (a *app) completeEditionFlag(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	p, err := a.open(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer p.close()
	editions, err := p.digest.Editions(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var offers []string
	for _, e := range editions {
		offers = append(offers, cobra.CompletionWithDesc(e.Slug, e.Name))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

func editionsListCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "list", Short: "List the editions", Args: atMost(0),
		Example: "  pressrun editions list\n  pressrun editions list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, now := cmd.Context(), time.Now()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			editions, err := p.digest.Editions(ctx)
			if err != nil {
				return err
			}
			views := []editionView{}
			for _, e := range editions {
				readers, err := p.readers.Count(ctx, e.Slug)
				if err != nil {
					return err
				}
				views = append(views, viewEdition(e, readers, now, 1))
			}
			if len(views) == 0 && !l.json {
				fmt.Fprintln(cmd.OutOrStdout(), "There are no editions yet; add one with `pressrun editions add daily`.")
				return nil
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) {
				row(w, "EDITION", "NAME", "LANGUAGES", "SCHEDULE", "ZONE", "NEXT", "READERS")
				for _, v := range views {
					row(w, v.Slug, clip(v.Name, 40), strings.Join(v.Languages, ", "), dash(v.Cron), v.Zone, v.nextInWords(), number(v.Readers))
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

func editionsAddCommand(a *app) *cobra.Command {
	var f editionFlags
	cmd := &cobra.Command{
		Use: "add SLUG", Short: "Add an edition",
		Long: `Add an edition. SLUG is its short name in addresses and in List-Id, such as daily, and
never changes.

What no flag says is as in a morning digest: every day at 07:00 in this machine's zone,
at most 12 stories and at least 3, none older than 3 days, the newest one with a picture
first, in the languages of the sources.`,
		Example: `  pressrun editions add daily --name "Good Morning" --zone Asia/Riyadh
  pressrun editions add weekly --name "The Week" --cron "0 8 * * 5" --max-age 7d --max 20
  pressrun editions add culture --topics Culture,Books --sections Books,Film --lead section`,
		Args: exactly("SLUG"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, slug, now := cmd.Context(), args[0], time.Now()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			if _, err := p.digest.Edition(ctx, slug); !errors.Is(err, digest.ErrNotFound) {
				if err != nil {
					return err
				}
				return fmt.Errorf("there is an edition %s already; change it with `pressrun editions set %s`", slug, slug)
			}
			sources, err := p.digest.Sources(ctx)
			if err != nil {
				return err
			}
			e := newEdition(slug, languagesOfSources(sources), machineZone())
			if err := f.apply(cmd, &e, sources); err != nil {
				return err
			}
			if err := p.knownTheme(e.Rules.Look.Theme); err != nil {
				return err
			}
			if e, err = p.digest.PutEdition(ctx, e, now); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Added the edition %s.\n\n", e.Slug)
			return showEdition(cmd.OutOrStdout(), &listing{}, e, 0, now)
		},
	}
	f.register(cmd)
	return cmd
}

// newEdition returns an edition with the rules of a morning digest.
func newEdition(slug string, languages []string, zone string) digest.Edition {
	return digest.Edition{
		Slug: slug, Name: nameOf(slug, languages[0]), Languages: languages,
		Rules:    digest.Rules{Max: issueSize, Min: 3, MaxAge: 72 * time.Hour, Lead: digest.LeadPicture},
		Schedule: digest.Schedule{Cron: "0 7 * * *", Zone: zone},
		Doubt:    digest.DoubtResend,
	}
}

// nameOf returns what readers call an edition of this slug, until the operator says more.
func nameOf(slug, language string) string {
	if slug == "daily" && (language == "ar" || strings.HasPrefix(language, "ar-")) {
		return "النشرة اليومية"
	}
	words := strings.Split(slug, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

func languagesOfSources(sources []digest.Source) []string {
	var readings []reading
	for _, s := range sources {
		readings = append(readings, reading{source: s})
	}
	return languagesOf(readings)
}

func editionsSetCommand(a *app) *cobra.Command {
	var f editionFlags
	cmd := &cobra.Command{
		Use: "set SLUG", Short: "Change an edition",
		Long: `Change an edition. Only what a flag says changes, from the next issue on; an empty list,
as in --topics "", takes the rule away, and so does 0.`,
		Example: `  pressrun editions set daily --max 8 --max-age 36h
  pressrun editions set daily --cron "0 7 * * 0-4" --zone Asia/Riyadh
  pressrun editions set daily --not-topics Sport,Weather
  pressrun editions set daily --pause`,
		Args: exactly("SLUG"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, now := cmd.Context(), time.Now()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			before, err := p.edition(ctx, args[0])
			if err != nil {
				return err
			}
			if !f.any(cmd) {
				return usagef("say what to change, for example `pressrun editions set %s --max 8`", args[0])
			}
			sources, err := p.digest.Sources(ctx)
			if err != nil {
				return err
			}
			after := before
			if err := f.apply(cmd, &after, sources); err != nil {
				return err
			}
			if err := p.knownTheme(after.Rules.Look.Theme); err != nil {
				return err
			}
			changes := difference(before, after)
			if len(changes) == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is like that already; nothing changes.\n", args[0])
				return nil
			}
			if after, err = p.digest.PutEdition(ctx, after, now); err != nil {
				return err
			}
			return (&listing{}).print(cmd.OutOrStdout(), nil, func(w io.Writer) {
				for _, c := range changes {
					row(w, c.name, c.before, "→", c.after)
				}
			})
		},
	}
	f.register(cmd)
	return cmd
}

// A change is a setting of an edition before and after.
type change struct{ name, before, after string }

func difference(before, after digest.Edition) (changes []change) {
	was, is := facts(before), facts(after)
	for i := range was {
		if was[i] != is[i] {
			changes = append(changes, change{was[i].name, was[i].value, is[i].value})
		}
	}
	return changes
}

func editionsShowCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "show SLUG", Short: "Tell an edition's rules in words, and its next five runs",
		Example: "  pressrun editions show daily\n  pressrun editions show daily --json",
		Args:    exactly("SLUG"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.edition(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			readers, err := p.readers.Count(cmd.Context(), e.Slug)
			if err != nil {
				return err
			}
			return showEdition(cmd.OutOrStdout(), &l, e, readers, time.Now())
		},
	}
	l.flag(cmd)
	return cmd
}

func showEdition(out io.Writer, l *listing, e digest.Edition, readers int64, now time.Time) error {
	v := viewEdition(e, readers, now, 5)
	if l.json {
		return l.print(out, v, nil)
	}
	fmt.Fprintf(out, "%s (%s), %s\n\n", e.Name, e.Slug, plural(readers, "reader", "readers"))
	for _, s := range rulesInWords(e) {
		fmt.Fprintf(out, "  %s\n", s)
	}
	fmt.Fprintf(out, "\n%s\n", scheduleInWords(e))
	if len(v.Next) > 0 {
		if err := l.print(out, nil, func(w io.Writer) { runTable(w, e, v.Next) }); err != nil {
			return err
		}
	}
	if pending := e.Schedule.Pending(now); len(pending) > 0 {
		fmt.Fprintf(out, "\nSet for single runs:\n")
		for _, o := range pending {
			fmt.Fprintf(out, "  %s (%s)\n", o.Words(e.Schedule), o.Editor)
		}
	}
	return nil
}

// joined writes values in a row, "-" for none.
func joined(values []string) string { return dash(strings.Join(values, ", ")) }
