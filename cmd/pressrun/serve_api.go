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
