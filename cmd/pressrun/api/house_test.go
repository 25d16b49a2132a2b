package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

const secret = "0123456789abcdef0123456789abcdef"

// A house is the interface on a real server, with all rooms below it real, on a database
// file. It has the editions daily and weekly, a source with three articles, three readers of
// each edition, issue 1 of daily on its way, and webhook 1.
type house struct {
	*testing.T
	*httptest.Server
	api    *API
	db     *db.DB
	paper  *paper
	log    *ledger
	tokens map[staff.Scope]string
	set    *templates.Set
	pages  *templates.Pages
	mail   mailbox
	held   time.Time // the slot of an issue of weekly, once furnishMore was there
}

// A ledger is a log that may be read while it is written.
type ledger struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *ledger) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// A paper is a web server with a feed, and with a program that webhooks tell.
type paper struct {
	*httptest.Server
	mu     sync.Mutex
	told   []*http.Request
	bodies []string
	answer int // to webhooks
}

func openPaper(t *testing.T) *paper {
	p := &paper{answer: http.StatusNoContent}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hook" {
			body, _ := io.ReadAll(r.Body)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.told, p.bodies = append(p.told, r), append(p.bodies, string(body))
			w.WriteHeader(p.answer)
			return
		}
		if r.URL.Path == "/story" {
			serveStory(w, r)
			return
		}
		fmt.Fprint(w, `<rss version="2.0"><channel><title>Paper</title><language>en</language>`)
		for n, title := range []string{"The ferry came back", "Harbour pilots end their strike", "Museum opens after ten years"} {
			fmt.Fprintf(w, `<item><title>%s</title><link>http://%s%s/%d</link><pubDate>%s</pubDate><description>About it.</description></item>`,
				title, r.Host, r.URL.Path, n, time.Now().Add(-time.Duration(n+1)*time.Hour).UTC().Format(time.RFC1123Z))
		}
		fmt.Fprint(w, `</channel></rss>`)
	}))
	t.Cleanup(p.Close)
	return p
}

// heard returns what webhooks told so far, and forgets it.
func (p *paper) heard() (told []*http.Request, bodies []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told, bodies = p.told, p.bodies
	p.told, p.bodies = nil, nil
	return told, bodies
}

func (p *paper) answers(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = status
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openHouse(t *testing.T, change ...func(*API)) *house {
	t.Helper()
	h := &house{T: t, paper: openPaper(t), tokens: map[staff.Scope]string{}}
	h.open(filepath.Join(t.TempDir(), "pressrun.db"))
	own := db.Schema{Name: "api", Files: Tables()}
	ok(t, h.db.Migrate(t.Context(), db.SchemaOfLeases(), subscribers.Schema(), digest.Schema(), outbox.Schema(), staff.Schema(), click.Schema(), own))
	h.serve(change...)
	h.furnish()
	return h
}

// like returns a house that has what another had when it was closed, and the same paper.
func (h *house) like(t *testing.T) *house {
	t.Helper()
	is, err := os.ReadFile(h.db.Path())
	ok(t, err)
	path := filepath.Join(t.TempDir(), "pressrun.db")
	ok(t, os.WriteFile(path, is, 0o600))
	other := &house{T: t, paper: h.paper, tokens: h.tokens, set: h.set, pages: h.pages, held: h.held}
	other.open(path)
	other.serve()
	return other
}

func (h *house) open(path string) {
	h.Helper()
	var err error
	h.db, err = db.Open(h.Context(), path)
	ok(h.T, err)
	h.Cleanup(func() { h.db.Close() })
}

func (h *house) serve(change ...func(*API)) {
	t := h.T
	t.Helper()
	h.log = &ledger{}
	keys, err := subscribers.NewKeys([]byte(secret))
	ok(t, err)
	h.Server = httptest.NewUnstartedServer(nil)
	base := "http://" + h.Listener.Addr().String()
	names := templates.Paper{Name: "The Paper", URL: "https://paper.example/", Address: "1 Ferry Lane"}
	if h.set == nil {
		h.set, err = templates.Load(nil)
		ok(t, err)
		h.pages, err = h.set.Pages(names, base)
		ok(t, err)
	}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	database := Database{Update: h.db.Update, View: h.db.View, Acquire: h.db.Acquire, Holder: h.db.Holder}
	store, queue := digest.NewStore(h.db), outbox.NewQueue(h.db)
	fetcher := &feed.Fetcher{UserAgent: "Pressrun/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	h.api = &API{
		Frame: &web.Frame{Pages: h.pages, Log: log, Base: base}, Staff: staff.NewStore(h.db, []byte(secret)), Digest: store,
		Queue: queue, Readers: subscribers.NewStore(h.db, keys), Clicks: click.NewStore(h.db), Database: database,
		Publisher: &publish.Publisher{
			Store: store, Fetcher: fetcher, Queue: queue, Log: log,
			Composer: &compose.Composer{
				Templates: h.set, Paper: names, From: mail.Address{Name: "The Paper", Address: "news@paper.example"},
				Domain: "paper.example", BaseURL: base, TokenLen: subscribers.TokenLen,
			},
		},
		Hooks: &Hooks{Database: database, Digest: store, Queue: queue, Secret: []byte(secret), Client: fetcher.Client, Log: log, Every: time.Millisecond},
		Parse: func(r io.Reader, src digest.Source, now time.Time) ([]digest.Article, string, error) {
			found, err := feed.ParseJSON(r, src, now)
			return found.Articles, found.Warning, err
		},
		Why: func(_ context.Context, a subscribers.Address, i digest.Issue) (Outcome, error) {
			return Outcome{State: "queued", Reason: fmt.Sprintf("%s gets issue %d", a, i.ID)}, nil
		},
		Test:    h.mail.take,
		Outside: outsideOfHouse,
		Check: func(_ context.Context, slug string, outside bool) (all []Check, err error) {
			if _, err = store.Edition(context.Background(), slug); err == nil {
				all = []Check{{State: "good", Code: "footer", Text: "The link to unsubscribe and the postal address are there."}}
			}
			if outside && err == nil {
				all = append(all, Check{"bad", "nospf", "SPF: paper.example does not say who may send for it.", "Add a TXT record.", ""})
			}
			return all, err
		},
		Pace: Pace{PerSecond: 10_000, AtOnce: 10_000},
	}
	for _, c := range change {
		c(h.api)
	}
	h.Config.Handler = h.api.Handler()
	h.Start()
	t.Cleanup(h.Close)
}

func (h *house) furnish() {
	h.Helper()
	ctx, now := h.Context(), time.Now()
	for _, slug := range []string{"daily", "weekly"} {
		_, err := h.api.Digest.PutEdition(ctx, digest.Edition{
			Slug: slug, Name: "The " + slug, Languages: []string{"en"}, Doubt: digest.DoubtResend,
			Rules:    digest.Rules{Max: 10, MaxAge: 72 * time.Hour, Look: digest.Look{Campaign: true}},
			Schedule: digest.Schedule{Cron: "0 7 * * *", Zone: "Europe/Berlin", Holidays: []digest.Holiday{{Date: "12-25", Name: "Christmas"}}},
		}, now.Add(-24*time.Hour))
		ok(h.T, err)
		for n := range 3 {
			address, err := subscribers.ParseAddress(fmt.Sprintf("%s%d@readers.example", slug, n+1))
			ok(h.T, err)
			_, err = h.api.Readers.Add(ctx, subscribers.NewSubscriber{Address: address, Language: "en"}, slug, "sample", now)
			ok(h.T, err)
		}
	}
	_, err := h.api.Digest.PutSource(ctx, digest.Source{URL: h.paper.URL + "/feed"})
	ok(h.T, err)
	_, err = h.api.Publisher.Collect(ctx, now)
	ok(h.T, err)
	issue, err := h.api.Publisher.Publish(ctx, "daily", now.Truncate(time.Second), now, nil)
	ok(h.T, err)
	if issue.ID != 1 || issue.State != digest.IssuePosted {
		h.Fatalf("the first issue is %d, %s: %s", issue.ID, issue.State, issue.Reason)
	}
	weekly, err := h.api.Digest.Edition(ctx, "weekly")
	ok(h.T, err)
	_, err = h.api.Digest.PutPlan(ctx, weekly.ID, digest.Plan{Note: "From the harbour."})
	ok(h.T, err)
	daily, err := h.api.Digest.Edition(ctx, "daily")
	ok(h.T, err)
	_, _, err = h.api.Digest.PutOneOff(ctx, daily, digest.OneOff{At: now.Add(200 * 24 * time.Hour), Editor: "Mona"}, now)
	ok(h.T, err)
	_, err = h.api.Hooks.Add(ctx, h.paper.URL+"/hook", nil, now)
	ok(h.T, err)
	for _, scope := range staff.Scopes {
		h.tokens[scope], err = h.api.Staff.MintToken(ctx, "a program that may "+string(scope), []staff.Scope{scope}, time.Time{}, now)
		ok(h.T, err)
	}
}

func (h *house) exec(query string, args ...any) {
	h.Helper()
	ok(h.T, h.db.Update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(query, args...); return err }))
}

func (h *house) count(query string, args ...any) (n int64) {
	h.Helper()
	ok(h.T, h.db.View(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }))
	return n
}

// A reply is what the server answered.
type reply struct {
	*http.Response
	text string
}

// ask calls the server with a token that may do anything, unless a header says otherwise.
func (h *house) ask(method, path, body string, header ...string) reply {
	h.Helper()
	r, err := http.NewRequest(method, h.URL+"/api/v1/"+path, strings.NewReader(body))
	ok(h.T, err)
	r.Header.Set("Authorization", "Bearer "+h.tokens[staff.Send])
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	res, err := h.Client().Do(r)
	ok(h.T, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ok(h.T, err)
	return reply{res, string(text)}
}

// is checks the status and returns the JSON.
func (a reply) is(t *testing.T, status int) map[string]any {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s answers %d: %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.text)
	}
	v := map[string]any{}
	if a.text != "" {
		ok(t, json.Unmarshal([]byte(a.text), &v))
	}
	return v
}

// fails checks that the answer is a problem of a kind, about a field.
func (a reply) fails(t *testing.T, k kind, field string) {
	t.Helper()
	var p problem
	err := json.Unmarshal([]byte(a.text), &p)
	if err != nil || a.StatusCode != k.status || p.Status != k.status || p.Type != "urn:pressrun:"+k.urn || p.Field != field ||
		a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s answers %d %s, want %s about %q: %s", a.Request.Method, a.Request.URL.RequestURI(), a.StatusCode, a.Header.Get("Content-Type"), k.urn, field, a.text)
	}
}
