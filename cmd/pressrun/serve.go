package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/cmd/pressrun/site"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func serveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Send by the clock, and serve the readers' pages",
		Long: `Run for good: read the sources every few minutes, publish each edition when it is due,
send, try again what was deferred, and serve the pages behind the links in the mails.

A run that was missed while the program was off is caught up with once. Ctrl-C or
SIGTERM lets what is under way finish. Of several processes on one database, one
publishes and one sends at a time; the others take over when it ends.`,
		Example: "  pressrun serve\n  pressrun serve -c /etc/pressrun/pressrun.toml",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(a.configFile, nil)
			if err != nil {
				return err
			}
			if err := cfg.ReadyToSend(); err != nil {
				return err
			}
			p, err := openProgram(cmd.Context(), cfg, a.logger(slog.LevelInfo))
			if err != nil {
				return err
			}
			defer p.close()
			return p.serve(cmd.Context())
		},
	}
}

func (p *program) serve(ctx context.Context) error {
	sender, err := p.sender()
	if err != nil {
		return err
	}
	p.watch(sender)
	readers, err := p.site()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.cfg.Site.Listen)
	if err != nil {
		return fmt.Errorf("serve the readers' pages: %w; choose another address in site.listen", err)
	}
	p.log.Info("serving", "listen", listener.Addr().String(), "url", p.cfg.Site.URL, "version", version())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return readers.Run(ctx, listener) })
	if err := p.db.CheckInstance(ctx); errors.Is(err, db.ErrCopied) {
		p.log.Error("the pages are served, and nothing is sent: " + err.Error())
		return g.Wait()
	} else if err != nil {
		return err
	}
	scheduler := &publish.Scheduler{Publisher: p.publisher, Acquire: p.db.Acquire, Every: p.cfg.Fetch.Every}
	if scheduler.Office, err = p.office(); err != nil {
		return err
	}
	g.Go(func() error { return scheduler.Run(ctx) })
	g.Go(func() error { return p.postman().Run(ctx) })
	g.Go(func() error { return p.tidy(ctx) })
	g.Go(func() error { return p.hooks().Run(ctx) })
	g.Go(func() error { return p.counter.Run(ctx) })
	g.Go(func() error { return p.ear().Run(ctx) })
	g.Go(func() error { return keepSending(ctx, sender.Run) })
	return g.Wait()
}

// keepSending starts a sender anew when it lost its lease to another process, which may
// end some day.
func keepSending(ctx context.Context, run func(context.Context) error) error {
	for ctx.Err() == nil {
		if err := run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// site returns the server of the readers' pages and the editors'.
func (p *program) site() (*web.Server, error) {
	pages, err := p.templates.Pages(paperOf(p.cfg), p.publisher.Composer.BaseURL)
	if err != nil {
		return nil, err
	}
	s := &site.Site{
		Frame:  &web.Frame{Pages: pages, Log: p.log, Base: p.publisher.Composer.BaseURL},
		Digest: p.digest, Pictures: p.pictures, Clicks: p.counter, Readers: p.readers, Keys: p.keys, Queue: p.queue,
		Signups: site.Signups{
			Privacy: p.cfg.Site.Privacy, Imprint: p.cfg.Site.Imprint, Origins: p.cfg.Site.Origins(), Limits: site.Limits{Surge: p.cfg.Site.Signups},
		},
	}
	editors, err := p.desk(s.Frame)
	if err != nil {
		return nil, err
	}
	return &web.Server{Handler: p.withAPI(s.Frame, editors, twoDoors(s.Frame.Root(), editors.Handler(), s.Handler())), Log: p.log, Proxies: p.cfg.Site.TrustedProxies}, nil
}
