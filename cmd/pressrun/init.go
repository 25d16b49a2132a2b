package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

// initOptions are the flags of init.
type initOptions struct {
	readOptions
	dir, name, zone string
	languages       []string
	allow           []string

	file    string // the settings to write
	allowed []netip.Prefix
}

func initCommand(a *app) *cobra.Command {
	var opt initOptions
	cmd := &cobra.Command{
		Use: "init URL…", Short: "Begin with a paper: find its feeds, write the settings",
		Long: `Begin with a paper. URL is its front page, or a feed. Its feeds become sources, and
there is one edition, “daily”, every day at 07:00.

It writes pressrun.toml, which explains every setting; pressrun.secret, which signs the
links in readers' mails; and the database pressrun.db. It never overwrites any of them,
and when something goes wrong it leaves nothing behind.

What the paper has published already is remembered and never mailed, so that readers do
not get old news; --send-published keeps the newest of it for a first issue.`,
		Example: `  pressrun init https://paper.example
  pressrun init https://paper.example/en/rss https://paper.example/ar/rss --name "The Harbour Post"
  pressrun init https://paper.example --dir /srv/pressrun --zone Asia/Riyadh --send-published
  pressrun init http://news.intra.example --allow 10.20.0.0/16`,
		Args: someURLs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := opt.prepare(a.configFile); err != nil {
				return err
			}
			return initialize(cmd, args, opt, a.logger(slog.LevelWarn), time.Now())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.dir, "dir", "", "`FOLDER` to write the files into (default the one you are in)")
	flags.StringVar(&opt.name, "name", "", "`NAME` of the paper (default what its feeds say)")
	flags.StringVar(&opt.zone, "zone", "", "IANA `ZONE` of the schedule, such as Asia/Riyadh (default this machine's)")
	flags.StringSliceVar(&opt.languages, "language", nil, "language `TAGS` of the edition, such as en,ar (default those of the feeds)")
	flags.StringSliceVar(&opt.allow, "allow", nil, "private `NETWORKS` that feeds may be on, such as 10.20.0.0/16")
	flags.BoolVar(&opt.sendPublished, "send-published", false, sendPublishedUsage)
	return cmd
}

// prepare checks the flags, and that nothing would be overwritten.
func (o *initOptions) prepare(configFile string) error {
	if o.dir != "" && configFile != "" {
		return usagef("say where to write with --dir or with --config, not with both")
	}
	o.file = cmp.Or(configFile, filepath.Join(o.dir, "pressrun.toml"))
	o.zone = cmp.Or(o.zone, machineZone())
	o.languages = canonicalTags(cleanList(o.languages))
	for _, text := range o.allow {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return usagef("--allow %q is no network; write an address or a range such as 10.20.0.0/16", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		o.allowed = append(o.allowed, prefix.Masked())
	}
	languages := o.languages
	if len(languages) == 0 {
		languages = []string{"en"} // until the feeds say
	}
	trial := newEdition("daily", languages, o.zone)
	if err := trial.Check(); err != nil {
		return &usageError{err}
	}
	return refuseExisting(o.file, "to add a feed run `pressrun sources add URL`; to begin anew move it away, or choose another folder with --dir")
}

// refuseExisting returns an error if there is a file of that name, with the advice in it.
func refuseExisting(path, advice string) error {
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%s is there already and is not overwritten; %s", path, advice)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot look for %s: %w", path, err)
	}
	return nil
}

func initialize(cmd *cobra.Command, urls []string, opt initOptions, log *slog.Logger, now time.Time) (err error) {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	cfg := config.Default()
	cfg.Fetch.Allow = opt.allowed
	fetcher := &feed.Fetcher{UserAgent: userAgent(cfg), Allow: opt.allowed}
	fmt.Fprintf(cmd.ErrOrStderr(), "Looking for feeds at %s …\n", strings.Join(urls, ", "))
	found, err := findFeeds(ctx, fetcher, urls, nil, now)
	if err != nil {
		return initAdvice(err)
	}
	if err := printFindings(out, found); err != nil {
		return err
	}
	readings, err := readFeeds(ctx, fetcher, found, opt.readOptions, now)
	if err != nil {
		return initAdvice(err)
	}
	cfg.Paper.Name = cmp.Or(digest.OneLine(opt.name), paperName(readings))
	cfg.Paper.URL = paperURL(readings)
	languages := opt.languages
	if len(languages) == 0 {
		languages = languagesOf(readings)
	}
	e := newEdition("daily", languages, opt.zone)

	var made created
	defer func() {
		if err != nil {
			made.remove()
		}
	}()
	p, err := made.program(ctx, opt.file, cfg, log)
	if err != nil {
		return err
	}
	fresh, err := keep(ctx, p.digest, readings, opt.sendPublished, now)
	if err == nil {
		e, err = p.digest.PutEdition(ctx, e, now)
	}
	if err = errors.Join(err, p.db.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nMade %s.\n%s\n", strings.Join(made.files, ", "), fateOfPublished(readings, fresh))
	warnOfLanguages(out, []digest.Edition{e}, readings)
	nextSteps(out, opt, e, fresh, now)
	return nil
}

// initAdvice tells how to allow a private address before there are settings to write it
// into.
func initAdvice(err error) error {
	if strings.Contains(err.Error(), "fetch.allow") {
		return fmt.Errorf("%w (with init: --allow)", err)
	}
	return err
}

// paperName returns what the feeds' titles have in common: "The Post - World" and
// "The Post - Sport" are of The Post.
func paperName(readings []reading) string {
	title := readings[0].source.Title
	if title == "" {
		if u, err := url.Parse(readings[0].source.URL); err == nil {
			return u.Hostname()
		}
	}
	parts := titleParts(title)
	for _, part := range parts {
		inAll := len(readings) > 1
		for _, r := range readings {
			inAll = inAll && slices.Contains(titleParts(r.source.Title), part)
		}
		if inAll {
			return part
		}
	}
	return title
}

// titleParts divides a feed's title as sites put them together.
func titleParts(title string) []string {
	divided := strings.NewReplacer(" - ", "\n", " – ", "\n", " — ", "\n", " | ", "\n", " » ", "\n", " > ", "\n", " :: ", "\n", ": ", "\n").Replace(title)
	parts := strings.Split(divided, "\n")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// paperURL returns the site's address: what a feed calls its home, else where a feed is.
func paperURL(readings []reading) string {
	for _, r := range readings {
		if u, err := url.Parse(r.source.HomeURL); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
		}
	}
	u, err := url.Parse(readings[0].source.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// created is what init made.
type created struct {
	files   []string
	beside  []string // files that SQLite keeps beside the database while it is open
	folders []string // the innermost first
}

// program writes the settings and the secret, creates the database and opens all rooms.
func (c *created) program(ctx context.Context, file string, cfg *config.Config, log *slog.Logger) (*program, error) {
	if err := c.folder(filepath.Dir(file)); err != nil {
		return nil, err
	}
	if err := c.write(file, config.Sample(cfg)); err != nil {
		return nil, err
	}
	secret := filepath.Join(filepath.Dir(file), cfg.SecretFile)
	_, err := os.Lstat(secret)
	if err := config.CreateSecret(secret); err != nil {
		return nil, err
	}
	if errors.Is(err, fs.ErrNotExist) { // one that was there stays: links already sent depend on it
		c.files = append(c.files, secret)
	}
	loaded, err := config.Load(file, nil)
	if err != nil {
		return nil, err
	}
	path := loaded.Database.Path
	if err := refuseExisting(path, "move it away, or choose another folder with --dir"); err != nil {
		return nil, err
	}
	if err := c.write(path, nil); err != nil { // before SQLite does, so that only its owner can read it
		return nil, err
	}
	c.beside = []string{path + "-wal", path + "-shm"}
	return openProgram(ctx, loaded, log)
}

// folder makes a folder and those above it.
func (c *created) folder(path string) error {
	for missing := path; ; missing = filepath.Dir(missing) {
		if _, err := os.Lstat(missing); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		c.folders = append(c.folders, missing)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder: %w", err)
	}
	return nil
}

// write makes a file that only its owner can read: settings have the relay's password, and
// the database has addresses.
func (c *created) write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("cannot make the file: %w", err)
	}
	c.files = append(c.files, path)
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// remove takes back what was made. A folder with something else in it stays.
func (c *created) remove() {
	for _, path := range slices.Concat(c.files, c.beside, c.folders) {
		_ = os.Remove(path)
	}
}

func nextSteps(out io.Writer, opt initOptions, e digest.Edition, fresh int, now time.Time) {
	fmt.Fprintf(out, "The edition “%s” (%s), set in %s, goes out every day at 07:00 in %s", e.Name, e.Slug, joined(e.Languages), zoneName(e))
	if runs := nextRuns(e, now, 1); len(runs) > 0 {
		fmt.Fprintf(out, "; first on %s", runs[0].At.Format("Monday 2 January"))
	}
	fmt.Fprintln(out, ", once `pressrun serve` runs and it has readers.")

	config, me, file := "", "you@paper.example", opt.file
	fmt.Fprintln(out, "\nNext:")
	step := func(command, why string) {
		fmt.Fprintf(out, "  %s\n      %s\n", command, why)
	}
	switch {
	case opt.dir != "":
		step("cd "+opt.dir, "all commands look for pressrun.toml where you are")
		file = filepath.Base(file)
	case opt.file != "pressrun.toml":
		config = " --config " + opt.file
	}
	step("edit "+file, "say whom the mail comes from (sender.from), your postal address (paper.address) and your mail server (relay)")
	run := func(command, why string) { step("pressrun"+config+" "+command, why) }
	if fresh == 0 {
		run("fetch", "read the feeds again; what is new since now can go into an issue")
	}
	run("preview daily -o issue.html", "see the issue that would go out now")
	run("send daily --test "+me, "send one test mail to yourself")
	run(`subscribers add `+me+` --edition daily --evidence "my own address"`, "be the first reader; `subscribers import` takes a file")
	run("serve", "send by the clock, and serve the readers' pages")
}
