package publish_test

import (
	"context"
	"database/sql"
	"fmt"
	"html"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// A paper is a web server with feeds that the test writes.
type paper struct {
	*httptest.Server
	mu    sync.Mutex
	feeds map[string]string // by path; a path that is not there is 404
	asked map[string]int
}

func newPaper(t *testing.T) *paper {
	t.Helper()
	p := &paper{feeds: map[string]string{}, asked: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked[r.URL.Path]++
		body, ok := p.feeds[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, len(body)))
		if r.Header.Get("If-None-Match") == w.Header().Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(p.Close)
	return p
}

// prints puts a feed on the server: one item for each headline, the first the newest.
func (p *paper) prints(path, language string, newest time.Time, headlines ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, `<rss version="2.0"><channel><title>Paper</title><link>%s/</link><language>%s</language>`, p.URL, language)
	for i, h := range headlines {
		fmt.Fprintf(&b, `<item><title>%s</title><link>/story/%s</link><guid isPermaLink="false">%s</guid><pubDate>%s</pubDate><description>About %s.</description></item>`,
			h, url.PathEscape(h), h, newest.Add(-time.Duration(i)*time.Minute).UTC().Format(time.RFC1123Z), h)
	}
	b.WriteString(`</channel></rss>`)
	p.serves(path, b.String())
}

func (p *paper) serves(path, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.feeds[path] = body
}

func (p *paper) burns(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.feeds, path)
}

// A press is a publisher with all rooms below it real, on a database file.
type press struct {
	*testing.T
	*publish.Publisher
	db      *db.DB
	path    string
	readers *subscribers.Store
	keys    *subscribers.Keys
	log     *strings.Builder
}

func newPress(t *testing.T) *press {
	t.Helper()
	return openPress(t, filepath.Join(t.TempDir(), "pressrun.db"))
}

// openPress starts on a database as a process does.
func openPress(t *testing.T, path string) *press {
	t.Helper()
	p := &press{T: t, path: path, log: &strings.Builder{}}
	var err error
	if p.db, err = db.Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.db.Close() })
	if err := p.db.Migrate(t.Context(), db.SchemaOfLeases(), subscribers.Schema(), digest.Schema(), outbox.Schema()); err != nil {
		t.Fatal(err)
	}
	if p.keys, err = subscribers.NewKeys([]byte("0123456789abcdef0123456789abcdef")); err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.readers = subscribers.NewStore(p.db, p.keys)
	p.Publisher = &publish.Publisher{
		Store:   digest.NewStore(p.db),
		Fetcher: &feed.Fetcher{UserAgent: "Pressrun/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		Queue:   outbox.NewQueue(p.db), Log: slog.New(slog.NewTextHandler(p.log, nil)),
		Composer: &compose.Composer{
			Templates: set, Paper: templates.Paper{Name: "The Paper", URL: "https://paper.example/", Address: "1 Ferry Lane"},
			From: mail.Address{Name: "The Paper", Address: "news@paper.example"}, Domain: "paper.example",
			BaseURL: "https://news.paper.example", TokenLen: subscribers.TokenLen,
		},
	}
	return p
}

// source adds a source that has given nothing yet.
func (p *press) source(url string) {
	p.Helper()
	if _, err := p.Store.PutSource(p.Context(), digest.Source{URL: url}); err != nil {
		p.Fatal(err)
	}
}

// edition adds the edition "daily", due at seven in Riyadh.
func (p *press) edition(added time.Time, change func(*digest.Edition)) digest.Edition {
	p.Helper()
	e := digest.Edition{
		Slug: "daily", Name: "Daily", Languages: []string{"en"}, Doubt: digest.DoubtResend,
		Schedule: digest.Schedule{Cron: "0 7 * * *", Zone: "Asia/Riyadh"},
	}
	if change != nil {
		change(&e)
	}
	e, err := p.Store.PutEdition(p.Context(), e, added)
	if err != nil {
		p.Fatal(err)
	}
	return e
}

// subscribe adds readers of an edition, one for each language given.
func (p *press) subscribe(slug string, languages ...string) {
	p.Helper()
	added, err := p.readers.AddMany(p.Context(), p.people(languages), slug, "sample readers", time.Now(), nil)
	if err != nil || int(added) != len(languages) {
		p.Fatalf("%d of %d added: %v", added, len(languages), err)
	}
}

func (p *press) people(languages []string) iter.Seq[subscribers.NewSubscriber] {
	return func(yield func(subscribers.NewSubscriber) bool) {
		for i, language := range languages {
			address, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@readers.example", i+1))
			if err != nil {
				p.Error(err)
			}
			if !yield(subscribers.NewSubscriber{Address: address, Language: language}) {
				return
			}
		}
	}
}

func (p *press) collect(now time.Time) []publish.Collection {
	p.Helper()
	collections, err := p.Collect(p.Context(), now)
	if err != nil {
		p.Fatal(err)
	}
	return collections
}

func (p *press) publish(slug string, slot, now time.Time) digest.Issue {
	p.Helper()
	issue, err := p.Publish(p.Context(), slug, slot, now, nil)
	if err != nil {
		p.Fatal(err)
	}
	return issue
}

func (p *press) exec(query string) {
	p.Helper()
	if err := p.db.Update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(query); return err }); err != nil {
		p.Fatal(err)
	}
}

func (p *press) count(query string, args ...any) (n int64) {
	p.Helper()
	if err := p.db.View(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
		p.Fatal(err)
	}
	return n
}

// runs returns what became of every slot, the oldest first: "07:00 posted".
func (p *press) runs() (all []string) {
	p.Helper()
	issues, err := p.Store.Runs(p.Context(), 1000)
	if err != nil {
		p.Fatal(err)
	}
	for _, i := range issues {
		all = append([]string{i.Slot.UTC().Format("2006-01-02 15:04 ") + string(i.State)}, all...)
	}
	return all
}

// titles of the stories that are in.
func titles(issue digest.Issue) (all []string) {
	for _, s := range issue.Stories {
		if s.In {
			all = append(all, s.Title)
		}
	}
	return all
}

// holds checks the ledger of an issue and returns how it stands.
func (p *press) holds(issue digest.Issue) outbox.Run {
	p.Helper()
	if _, faults, err := p.Queue.Verify(p.Context(), issue.ID); err != nil || len(faults) > 0 {
		p.Fatalf("the ledger does not hold: %v %v", faults, err)
	}
	r, err := p.Queue.Run(p.Context(), issue.ID)
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// A postbox keeps what a mail server took, by recipient.
type postbox struct {
	mu    sync.Mutex
	mails map[string][]string
}

func (b *postbox) take(_, to string, data []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails[to] = append(b.mails[to], string(data))
}

// deliver sends what is due over SMTP, and returns what arrived. The sender goes by the clock,
// and the tests' mornings are of a fixed day: their news is taken for fresh.
func (p *press) deliver() map[string][]string {
	p.Helper()
	p.exec(`UPDATE run SET useful_until = max(useful_until, unixepoch() + 3600)`)
	box := &postbox{mails: map[string][]string{}}
	server := &sink.Sink{OnMessage: box.take}
	addr, err := server.Listen(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	a, err := relay.Parse("smtp://"+addr, false)
	if err != nil {
		p.Fatal(err)
	}
	sealer, err := message.NewSealer([]byte("0123456789abcdef"))
	if err != nil {
		p.Fatal(err)
	}
	drained := make(chan struct{})
	close(drained)
	quiet := slog.New(slog.DiscardHandler)
	s := &outbox.Sender{
		Queue: p.Queue, Sealer: sealer, Ahead: 2, Drain: drained, Log: quiet,
		Relay: &relay.Pool{Address: a, Connections: 2, Hello: "test.example", Log: quiet},
		Values: func(subscription, subscriber int64) []string {
			return []string{p.keys.Token(subscribers.Unsubscribe, subscription), p.keys.Token(subscribers.Preferences, subscriber)}
		},
	}
	if err := s.Run(p.Context()); err != nil {
		p.Fatal(err)
	}
	return box.mails
}

// printsUndated puts a feed on the server whose items have a headline and a link, as a
// list of headlines has them.
func (p *paper) printsUndated(path string, headlines []string) {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel><title>Front page</title><language>en</language>`)
	for i, h := range headlines {
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s/article/%d</link></item>", html.EscapeString(h), p.URL, len(headlines)-i)
	}
	b.WriteString(`</channel></rss>`)
	p.serves(path, b.String())
}
