package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/mail"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/api"
	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/picture"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// An app is what the command line itself says.
type app struct {
	configFile string
	verbose    bool
}

// logger writes to standard error: everything with --verbose, else only what somebody has
// to know.
func (a *app) logger(level slog.Level) *slog.Logger {
	if a.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// open reads the settings and opens all rooms.
func (a *app) open(ctx context.Context) (*program, error) {
	cfg, err := config.Load(a.configFile, nil)
	if err != nil {
		return nil, err
	}
	return openProgram(ctx, cfg, a.logger(slog.LevelWarn))
}

// A program is all rooms, wired. The commands work with it.
type program struct {
	cfg       *config.Config
	db        *db.DB
	digest    *digest.Store
	readers   *subscribers.Store
	staff     *staff.Store
	keys      *subscribers.Keys
	sealer    *message.Sealer
	signer    *message.Signer
	templates *templates.Set
	fetcher   *feed.Fetcher
	queue     *outbox.Queue
	publisher *publish.Publisher
	pictures  *picture.Store
	clicks    *click.Store
	counter   *click.Counter // of links that are followed
	log       *slog.Logger
	group     atomic.Pointer[relay.Group] // of the sender that runs, nil while none does
}

func openProgram(ctx context.Context, cfg *config.Config, log *slog.Logger) (*program, error) {
	p := &program{cfg: cfg, log: log}
	var err error
	if p.keys, err = subscribers.NewKeys([]byte(cfg.Secret)); err != nil {
		return nil, err
	}
	if p.sealer, err = message.NewSealer([]byte(cfg.Secret)); err != nil {
		return nil, err
	}
	if p.signer, err = signerOf(cfg); err != nil {
		return nil, err
	}
	var override fs.FS
	if cfg.Templates.Dir != "" {
		override = os.DirFS(cfg.Templates.Dir)
	}
	if p.templates, err = templates.Load(override); err != nil {
		return nil, err
	}
	warnOfStrays(override, log)
	if p.db, err = openDatabase(ctx, cfg.Database.Path); err != nil {
		return nil, err
	}
	p.digest = digest.NewStore(p.db)
	p.readers = subscribers.NewStore(p.db, p.keys)
	p.staff = staff.NewStore(p.db, []byte(cfg.Secret))
	p.queue = outbox.NewQueue(p.db)
	p.fetcher = &feed.Fetcher{UserAgent: userAgent(cfg), Allow: cfg.Fetch.Allow, Known: p.digest.KnownURLs, BackOff: true}
	p.pictures = picture.NewStore(p.db)
	p.clicks = click.NewStore(p.db)
	p.counter = click.NewCounter(p.clicks, log)
	copier := &picture.Copier{Store: p.pictures, Fetcher: p.fetcher, Base: strings.TrimSuffix(cfg.Site.URL, "/"), Log: log}
	from, domain := senderOf(cfg)
	p.publisher = &publish.Publisher{
		Store: p.digest, Fetcher: p.fetcher, Queue: p.queue, Log: log, Before: p.wake,
		Recheck: 15 * time.Second, Pictures: copier.Replace,
		Composer: &compose.Composer{
			Templates: p.templates, Paper: paperOf(cfg), From: from, ReplyTo: cfg.Sender.ReplyTo,
			Domain: domain, BaseURL: strings.TrimSuffix(cfg.Site.URL, "/"), TokenLen: subscribers.TokenLen,
			BounceDomain: cfg.Sender.BounceDomain, FeedbackID: cfg.Sender.FeedbackID,
		},
	}
	return p, nil
}

// warnOfStrays names the files in the operator's folder of templates that change nothing.
func warnOfStrays(override fs.FS, log *slog.Logger) {
	if override == nil {
		return
	}
	strays, err := templates.Strays(override)
	if err != nil {
		log.Warn("the folder in templates.dir cannot be read through", "error", err)
	}
	for _, s := range strays {
		if s.Nearest == "" {
			log.Warn("a file in templates.dir has the name of no template, so nothing reads it", "file", s.File)
			continue
		}
		log.Warn("a file in templates.dir has the name of no template, so nothing reads it", "file", s.File, "did_you_mean", s.Nearest)
	}
}

// openDatabase opens the file and brings every room's tables up to date.
func openDatabase(ctx context.Context, path string) (*db.DB, error) {
	d, err := db.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, db.SchemaOfLeases(), subscribers.Schema(), digest.Schema(), outbox.Schema(), picture.Schema(), click.Schema(), staff.Schema(), db.Schema{Name: "api", Files: api.Tables()}); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (p *program) close() {
	if err := p.db.Close(); err != nil {
		p.log.Error("the database did not close cleanly", "error", err)
	}
}

// signerOf returns what signs mail here; it does nothing where the relay signs.
func signerOf(cfg *config.Config) (*message.Signer, error) {
	var keys []message.Key
	for _, k := range cfg.DKIM {
		keys = append(keys, message.Key{Domain: k.Domain, Selector: k.Selector, File: k.KeyFile})
	}
	return message.NewSigner(keys)
}

func paperOf(cfg *config.Config) templates.Paper {
	return templates.Paper{
		Name: cfg.Paper.Name, Motto: cfg.Paper.Motto, URL: cfg.Paper.URL, LogoURL: cfg.Paper.Logo,
		Accent: cfg.Paper.Accent, Address: cfg.Paper.Address, Email: cfg.Paper.Email,
	}
}

// senderOf returns whom mails come from, and the domain in their Message-ID. Where nothing
// is set yet, a stand-in lets a preview be made; ReadyToSend keeps it from being mailed.
func senderOf(cfg *config.Config) (from mail.Address, domain string) {
	from = cfg.Sender.From
	if from.Address == "" {
		from = mail.Address{Name: cfg.Paper.Name, Address: "news@paper.example"}
		u, err := url.Parse(cfg.Paper.URL)
		if err == nil {
			if own, err := subscribers.ParseAddress("news@" + u.Hostname()); err == nil {
				from.Address = own.String()
			}
		}
	}
	_, domain, _ = strings.Cut(from.Address, "@")
	return from, cmp.Or(cfg.Sender.Domain, domain)
}

func userAgent(cfg *config.Config) string {
	if cfg.Fetch.Contact == "" {
		return "Pressrun/" + version()
	}
	return fmt.Sprintf("Pressrun/%s (+%s)", version(), cfg.Fetch.Contact)
}

// values are what a reader's mail has in the place of compose's placeholders.
func (p *program) values(subscription, subscriber int64) []string {
	return []string{p.keys.Token(subscribers.Unsubscribe, subscription), p.keys.Token(subscribers.Preferences, subscriber)}
}

// suppressDead keeps an address that does not exist from being written to again.
func (p *program) suppressDead(address, said string) {
	a, err := subscribers.ParseAddressUTF8(address)
	if err == nil {
		err = p.readers.Suppress(context.Background(), a, subscribers.ReasonBounce, said, time.Now())
	}
	if err != nil {
		p.log.Error("an address that does not exist could not be suppressed", "error", err)
	}
}

// zone returns the zone of an edition; a wrong one was refused when it was saved.
func zone(e digest.Edition) *time.Location {
	z, err := e.Schedule.Location()
	if err != nil {
		return time.UTC
	}
	return z
}
