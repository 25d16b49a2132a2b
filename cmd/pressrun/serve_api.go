package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/api"
	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
)

// withAPI lets programs in below /api/v1/, and everybody else at the rest.
func (p *program) withAPI(frame *web.Frame, editors *desk.Desk, rest http.Handler) http.Handler {
	programs := (&api.API{
		Frame: frame, Staff: p.staff, Digest: p.digest, Publisher: p.publisher, Queue: p.queue, Readers: p.readers, Clicks: p.clicks,
		Database: p.rowsOfAPI(), Hooks: p.hooks(), Parse: parseHanded, Why: p.whyForAPI, Test: p.testForAPI, Check: checkForAPI(editors),
		Outside: api.Outside{Relays: p.relaysForAPI, TryRelay: p.tryRelayForAPI, Themes: p.themesForAPI},
	}).Handler()
	root := frame.Root()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; strings.HasPrefix(path, api.Root) || strings.HasPrefix(path, root+api.Root) {
			programs.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

func (p *program) rowsOfAPI() api.Database {
	return api.Database{Update: p.db.Update, View: p.db.View, Acquire: p.db.Acquire, Holder: p.db.Holder}
}

// hooks tell other programs what happened.
func (p *program) hooks() *api.Hooks {
	return &api.Hooks{
		Database: p.rowsOfAPI(), Digest: p.digest, Queue: p.queue, Secret: []byte(p.cfg.Secret), Client: p.fetcher.Client, Log: p.log,
	}
}

// parseHanded reads articles as `pressrun fetch -` does.
func parseHanded(r io.Reader, src digest.Source, now time.Time) ([]digest.Article, string, error) {
	found, err := feed.ParseJSON(r, src, now)
	return found.Articles, found.Warning, err
}

// testForAPI sends the letters of a draft, marked as a test, to one address.
func (p *program) testForAPI(ctx context.Context, d publish.Draft, to subscribers.Address) error {
	for _, l := range d.Letters {
		if err := p.testMail(ctx, l, to.String()); err != nil {
			return err
		}
	}
	return nil
}

// checkForAPI checks as the desk does.
func checkForAPI(editors *desk.Desk) func(ctx context.Context, slug string, outside bool) ([]api.Check, error) {
	return func(ctx context.Context, slug string, outside bool) (all []api.Check, err error) {
		found, err := editors.Check(ctx, slug, outside)
		for _, c := range found {
			all = append(all, api.Check(c))
		}
		return all, err
	}
}

// whyForAPI tells what `pressrun subscribers why` does.
func (p *program) whyForAPI(ctx context.Context, a subscribers.Address, i digest.Issue) (api.Outcome, error) {
	d, err := p.dossier(ctx, a, mostCopies)
	if err != nil {
		return api.Outcome{}, err
	}
	v, err := p.why(ctx, &d, i)
	return api.Outcome{State: v.State, Reason: v.why}, err
}

// relaysForAPI says what the desk's page of relays does.
func (p *program) relaysForAPI(ctx context.Context, now time.Time) (all api.Relays, err error) {
	setup, err := p.setup(ctx, now)
	if err != nil {
		return all, err
	}
	standings := p.standings(now)
	for i, r := range setup.Relays {
		v := api.Relay{
			N: i + 1, Name: r.Name, Host: r.Host, Port: r.Port, Folder: r.Folder, TLS: r.TLS, Login: r.Login,
			Connections: r.Connections, Window: r.Window, Priority: r.Priority, Rate: r.Rate, Warmup: r.Warmup, Uses: []api.Use{},
		}
		for _, u := range r.Uses {
			use := api.Use{Used: u.Used, Most: u.Most, Per: u.Period(), Warms: u.Warms}
			if u.Next.After(now) {
				use.Next = toSecond(u.Next)
			}
			v.Uses = append(v.Uses, use)
		}
		if i < len(standings) {
			s := standings[i]
			v.Stands = &api.Standing{Mode: s.Mode, Why: s.Why, From: toSecond(s.From), Till: toSecond(s.Till)}
		}
		all.Items = append(all.Items, v)
	}
	for _, l := range setup.Limits {
		all.Limits = append(all.Limits, api.DomainLimit{Domains: l.Names, Connections: l.Connections, Rate: l.Rate})
	}
	return all, nil
}

// toSecond is how programs are told times.
func toSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// tryRelayForAPI asks a relay as the desk does.
func (p *program) tryRelayForAPI(ctx context.Context, i int) api.Trial {
	t := p.tryRelay(ctx, i, nil)
	return api.Trial{Outcome: t.Outcome, Said: t.Said, Steps: t.Steps, Failed: t.Failed}
}

// themesForAPI are the themes that the desk shows.
func (p *program) themesForAPI() (all []api.Theme) {
	problems := map[string][]string{}
	for _, found := range p.templates.Problems() {
		problems[found.ThemeOf()] = append(problems[found.ThemeOf()], found.String())
	}
	for _, t := range p.templates.Themes() {
		all = append(all, api.Theme{Name: t.Name, About: t.About, Ours: t.Ours, Own: t.Own, Problems: problems[t.Name]})
	}
	return all
}
