package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/cmd/pressrun/demo"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

type demoFlags struct {
	dir         string
	listen      string
	subscribers int64
	once        bool
}

func demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use: "demo", Short: "See it all at work: a sample paper, its readers, and an inbox",
		Long: `Start a sample newspaper, subscribe sample readers, and send them today's issue over
real SMTP into an inbox that you can open in the browser: each mail as on a desktop,
a phone, in the dark, as text and as source. Nothing leaves this machine, nothing is
installed, and the folder it works in is removed at the end unless you name one.`,
		Example: `  pressrun demo
  pressrun demo --subscribers 100000
  pressrun demo --once --dir /tmp/pressrun-demo`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, f) },
	}
	cmd.Flags().StringVar(&f.dir, "dir", "", "empty `FOLDER` to work in and keep (default a temporary one)")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8025", "address of the inbox's page; another port is taken when it is in use")
	cmd.Flags().Int64Var(&f.subscribers, "subscribers", 1000, "number of sample readers, up to a million")
	cmd.Flags().BoolVar(&f.once, "once", false, "end after the summary: 0 when every delivery is accounted for, else 1")
	return cmd
}

// demoEdition is the one edition of the sample paper.
const demoEdition = "morning"

// demoConnections is how many SMTP connections the demo sends over.
const demoConnections = 8

// A demonstration is the parts of a running demo.
type demonstration struct {
	*program
	start    time.Time
	paper    *demo.Paper
	inbox    *demo.Inbox
	inboxURL string
	siteURL  string
	paperURL string
}

func runDemo(cmd *cobra.Command, f demoFlags) error {
	start := time.Now()
	if f.subscribers < 1 || f.subscribers > 1_000_000 {
		return usagef("--subscribers is %d; choose from 1 to 1000000", f.subscribers)
	}
	dir, remove, err := demoDir(f.dir)
	if err != nil {
		return err
	}
	defer remove()
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	d, servers, err := startDemo(ctx, dir, f.listen, start)
	if err != nil {
		return err
	}
	failed := d.run(cmd, f)
	if failed == nil && !f.once && ctx.Err() == nil {
		failed = d.open(ctx, cmd.OutOrStdout())
	}
	cancel()
	err = servers.Wait()
	d.close()
	return errors.Join(failed, err)
}

// open says where to look, and keeps sending: who signs up gets their mail into the inbox,
// and an editor can send another issue.
func (d *demonstration) open(ctx context.Context, out io.Writer) error {
	desk, err := d.staff.Invite(ctx, "You", "you@paper.example", staff.Owner, time.Now())
	if err != nil {
		return err
	}
	sender, err := d.sender()
	if err != nil {
		return err
	}
	d.watch(sender)
	fmt.Fprintf(out, "\nOpen the inbox:    %s\n", d.inboxURL)
	fmt.Fprintf(out, "Sign up yourself:  %s/subscribe\n", d.siteURL)
	fmt.Fprintf(out, "The editors' desk: %s/desk/invite/%s\n", d.siteURL, desk)
	fmt.Fprintln(out, "Ctrl-C ends the demo.")
	d.inbox.KeepMore(200)
	scheduler := &publish.Scheduler{Publisher: d.publisher, Acquire: d.db.Acquire, Every: d.cfg.Fetch.Every}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return keepSending(ctx, sender.Run) })
	g.Go(func() error { return scheduler.Run(ctx) })
	g.Go(func() error { return d.postman().Run(ctx) })
	g.Go(func() error { return d.counter.Run(ctx) })
	return g.Wait()
}

// demoDir returns the folder to work in, and how to leave it.
func demoDir(dir string) (path string, remove func(), err error) {
	if dir == "" {
		path, err = os.MkdirTemp("", "pressrun-demo-")
		return path, func() { os.RemoveAll(path) }, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "pressrun.db")); err == nil {
		return "", nil, fmt.Errorf("%s holds a database already; choose an empty folder", dir)
	}
	return dir, func() {}, nil
}

// startDemo opens the program on an empty database and starts the paper, the inbox and
// the readers' site.
func startDemo(ctx context.Context, dir, listen string, start time.Time) (*demonstration, *errgroup.Group, error) {
	var listeners []net.Listener
	for _, addr := range []string{listen, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil && addr == listen {
			l, err = net.Listen("tcp", "127.0.0.1:0")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("listen on the loopback: %w", err)
		}
		listeners = append(listeners, l)
	}
	inboxWeb, paperWeb, siteWeb, smtp := listeners[0], listeners[1], listeners[2], listeners[3]
	d := &demonstration{start: start, inboxURL: urlOf(inboxWeb), siteURL: urlOf(siteWeb), paperURL: urlOf(paperWeb)}
	d.paper = demo.NewPaper(d.paperURL, start)
	var err error
	if d.inbox, err = demo.NewInbox(filepath.Join(dir, "inbox"), 200); err != nil {
		return nil, nil, err
	}
	cfg := demoConfig(dir, d, smtp.Addr().String())
	if d.program, err = openProgram(ctx, cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		return nil, nil, err
	}
	readers, err := d.site()
	if err != nil {
		return nil, nil, err
	}
	d.inbox.SetLinks(
		demo.Link{Label: "The sample paper", URL: d.paperURL + "/"},
		demo.Link{Label: "This issue in the browser", URL: d.siteURL + "/issues/" + demoEdition + "/1"},
		demo.Link{Label: "The readers' site", URL: d.siteURL + "/"},
	)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.inbox.Run(gctx, smtp) })
	g.Go(func() error { return serveQuietly(gctx, d.inbox.Handler(), inboxWeb) })
	g.Go(func() error { return serveQuietly(gctx, d.paper, paperWeb) })
	g.Go(func() error { return readers.Run(gctx, siteWeb) })
	return d, g, nil
}

func urlOf(l net.Listener) string { return "http://" + l.Addr().String() }

func serveQuietly(ctx context.Context, h http.Handler, l net.Listener) error {
	return (&web.Server{Handler: h, Log: slog.New(slog.DiscardHandler)}).Run(ctx, l)
}

// demoConfig is what an operator would have written into pressrun.toml.
func demoConfig(dir string, d *demonstration, smtp string) *config.Config {
	cfg := config.Default()
	cfg.Secret = config.Secret(rand.Text())
	cfg.Database.Path = filepath.Join(dir, "pressrun.db")
	cfg.Paper = config.Paper{
		Name: demo.Name, Motto: demo.Motto, URL: d.paperURL + "/", Accent: demo.Accent,
		Address: demo.Address, Email: "editors@paper.example",
	}
	cfg.Sender.From = mail.Address{Name: demo.Name, Address: "news@paper.example"}
	cfg.Sender.ReplyTo = mail.Address{Address: "editors@paper.example"}
	cfg.Sender.Domain, cfg.Sender.BounceDomain, cfg.Sender.FeedbackID = "paper.example", "bounce.paper.example", "samplepaper"
	cfg.Sender.EHLO = "localhost"
	cfg.Site.URL = d.siteURL
	cfg.Fetch.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	r := config.NewRelay(config.RelayURL("smtp://" + smtp))
	r.Connections = demoConnections
	cfg.Relays = []config.Relay{r}
	return cfg
}

// run does what a paper does every morning, and says what happened.
func (d *demonstration) run(cmd *cobra.Command, f demoFlags) error {
	ctx := cmd.Context()
	out := cmd.OutOrStdout()
	edition := digest.Edition{
		Slug: demoEdition, Name: "Morning Letter", Languages: []string{"en", "ar"}, Doubt: digest.DoubtResend,
		Schedule: digest.Schedule{Cron: "0 7 * * *", Zone: "Asia/Riyadh"},
		Rules: digest.Rules{
			Look: digest.Look{Pictures: "source"}, // the sample paper's are made to measure
			Max:  12, Min: 3, MaxAge: 72 * time.Hour, Lead: digest.LeadPicture, NotTopics: []string{"Sponsored"},
			Sections: []string{"World", "City", "Business", "Science", "Culture", "Sport", "العالم", "المدينة", "الاقتصاد", "العلوم", "الثقافة", "الرياضة"},
		},
	}
	if _, err := d.digest.PutEdition(ctx, edition, d.start); err != nil {
		return err
	}
	for _, lang := range []string{"en", "ar"} {
		if _, err := d.digest.PutSource(ctx, digest.Source{URL: d.paper.FeedURL(lang)}); err != nil {
			return err
		}
	}
	subscribed := newBar(cmd.ErrOrStderr(), f.subscribers, "subscribing")
	_, err := d.readers.AddMany(ctx, sampleReaders(f.subscribers), demoEdition, "sample readers of the demo", d.start,
		func(done int64) { subscribed.add(done - subscribed.done) })
	subscribed.finish()
	if err != nil {
		return err
	}
	if _, err := d.publisher.Collect(ctx, time.Now()); err != nil {
		return err
	}
	sender, err := d.sender()
	if err != nil {
		return err
	}
	sent := newBar(cmd.ErrOrStderr(), f.subscribers, "sending")
	sender.OnOutcome = func(outbox.State) { sent.add(1) }
	begun := time.Now()
	id, err := d.drain(ctx, sender, func(ctx context.Context, progress func(int)) (int64, error) {
		issue, err := d.publisher.Publish(ctx, demoEdition, time.Now().Truncate(time.Second), time.Now(), progress)
		if err == nil && issue.State == digest.IssueSkipped {
			err = errors.New(issue.Reason)
		}
		return issue.ID, err
	})
	took := time.Since(begun)
	sent.finish()
	if err != nil {
		return err
	}
	return d.summary(context.WithoutCancel(ctx), out, id, took, f)
}

// sampleReaders makes up readers; every third reads Arabic.
func sampleReaders(n int64) iter.Seq[subscribers.NewSubscriber] {
	english := []string{"Alice Moreau", "Ben O’Hara", "Chidi Obi", "Dana Levin-Ross", "", "Emil Åkerström", "Farah Nasser", "“Gus” Whitfield"}
	arabic := []string{"ليلى حداد", "عمر القاضي", "", "نورة الشمري", "يوسف منصور"}
	return func(yield func(subscribers.NewSubscriber) bool) {
		for i := int64(1); i <= n; i++ {
			address, err := subscribers.ParseAddress(fmt.Sprintf("reader%06d@readers.example", i))
			if err != nil {
				return // cannot be: the address is of our own making
			}
			r := subscribers.NewSubscriber{Address: address, Name: english[i%int64(len(english))], Language: "en"}
			if i%3 == 0 {
				r.Name, r.Language = arabic[i%int64(len(arabic))], "ar"
			}
			if !yield(r) {
				return
			}
		}
	}
}

// summary prints what happened and checks that every delivery is accounted for.
func (d *demonstration) summary(ctx context.Context, out io.Writer, id int64, took time.Duration, f demoFlags) error {
	issue, err := d.digest.IssueByID(ctx, id)
	if err != nil {
		return err
	}
	r, err := d.queue.Run(ctx, id)
	if err != nil {
		return err
	}
	variants, err := d.digest.Variants(ctx, id)
	if err != nil {
		return err
	}
	_, faults, err := d.queue.Verify(ctx, id)
	if err != nil {
		return err
	}
	var list listing
	err = list.print(out, nil, func(w io.Writer) {
		fmt.Fprintf(w, "\n%s, %s, issue %d\n\n", d.cfg.Paper.Name, "Morning Letter", issue.Number)
		summarizeStories(w, issue)
		for _, v := range variants {
			row(w, "variant "+v.Language, fmt.Sprintf("“%s”", clip(v.Subject, 60)))
			row(w, "", fmt.Sprintf("%s bytes of HTML, %s of text", number(len(v.HTML)), number(len(v.Text))))
		}
		for _, s := range outbox.States {
			if n := r.Counts[s]; n > 0 {
				row(w, "deliveries "+string(s), number(n))
			}
		}
		row(w, "prepared", number(r.Prepared))
		row(w, "in the inbox", fmt.Sprintf("%s, %s twice", plural(d.inbox.Count(), "mail", "mails"), number(d.inbox.Duplicates())))
		row(w, "first mail", fmt.Sprintf("%.1f s after the start", d.inbox.FirstAt().Sub(d.start).Seconds()))
		row(w, "rate", fmt.Sprintf("%s mails a second over %d connections", number(int64(float64(r.Counts[outbox.Sent])/took.Seconds())), demoConnections))
		if peak := peakMemory(); peak > 0 {
			row(w, "peak memory", fmt.Sprintf("%d MB", peak>>20))
		}
	})
	if err != nil {
		return err
	}
	return d.account(r, faults, f)
}

// account fails unless every reader has exactly one mail, in the ledger and in the inbox.
func (d *demonstration) account(r outbox.Run, faults []outbox.Fault, f demoFlags) error {
	switch {
	case len(faults) > 0:
		return fmt.Errorf("the ledger does not add up: %s", faults[0].Text)
	case r.State == "stopped":
		return fmt.Errorf("sending stopped: %s", r.Reason)
	case r.Prepared != f.subscribers || r.Open() > 0:
		return fmt.Errorf("%s of %s deliveries are settled", number(r.Prepared-r.Open()), number(f.subscribers))
	case int64(d.inbox.Count()) != r.Counts[outbox.Sent] || d.inbox.Duplicates() > 0:
		return fmt.Errorf("the ledger says %s were sent, the inbox has %s and %s of them twice", number(r.Counts[outbox.Sent]), number(d.inbox.Count()), number(d.inbox.Duplicates()))
	}
	return nil
}

// summarizeStories counts the stories by reason.
func summarizeStories(w io.Writer, issue digest.Issue) {
	row(w, "articles", number(len(issue.Stories)))
	for _, c := range countReasons(issue.Stories) {
		row(w, "  "+c.reason, number(c.stories))
	}
}
