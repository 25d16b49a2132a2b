package desk

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// A house is a desk on a real server and a real database, with an edition in two languages,
// a source with stories, and an editor of each role.
type house struct {
	*httptest.Server
	desk    *Desk
	db      *db.DB
	staff   *staff.Store
	digest  *digest.Store
	queue   *outbox.Queue
	readers *subscribers.Store
	log     *ledger
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

var wire = templates.Paper{
	Name: "The Evening Wire", URL: "https://wire.example/", Accent: "#0a5c8a", Address: "1 Harbour Road", Email: "desk@wire.example",
}

const secret = "0123456789abcdef0123456789abcdef"

// then is when the edition and its stories were there first.
var then = time.Now().UTC().Truncate(time.Second).Add(-6 * time.Hour)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open opens a house of editors and an edition. What there is to set is set before its
// server starts.
func open(t *testing.T, ready ...func(*house)) *house {
	t.Helper()
	h := bare(t, ready...)
	for _, e := range []struct {
		name string
		role staff.Role
	}{{"Mona Haddad", staff.Owner}, {"Tom Reyes", staff.Writer}, {"ليلى منصور", staff.Viewer}} {
		h.hire(t, e.name, e.role)
	}
	ctx := t.Context()
	_, err := h.digest.PutEdition(ctx, digest.Edition{
		Slug: "daily", Name: "Evening Briefing", Languages: []string{"en", "ar"}, Doubt: digest.DoubtHold,
		Schedule: digest.Schedule{Cron: "0 18 * * *", Zone: "Africa/Cairo"}, Rules: digest.Rules{Max: 12},
	}, then)
	ok(t, err)
	source, err := h.digest.PutSource(ctx, digest.Source{URL: "https://wire.example/feed", Title: "The Evening Wire", FetchedAt: time.Now()})
	ok(t, err)
	var stories []digest.Article
	for n, s := range []struct{ title, lang string }{
		{"Harbour pilots end their strike after nine days", "en"}, {"The ferry that came back empty", "en"},
		{"Rain at last, and nowhere for it to go", "en"}, {"مرشدو الميناء ينهون إضرابهم بعد تسعة أيام", "ar"},
	} {
		stories = append(stories, digest.Article{
			GUID: fmt.Sprint(n), URL: fmt.Sprintf("https://wire.example/%d", n), Title: s.title, Summary: "All berths are open and working.",
			Section: "City", Language: s.lang, Published: then.Add(time.Duration(n) * time.Minute), DateFrom: digest.DateFeed,
		})
	}
	_, err = h.digest.PutArticles(ctx, source, stories, false, then)
	ok(t, err)
	return h
}

// bare opens a house in which there is nothing and nobody yet.
func bare(t *testing.T, ready ...func(*house)) *house {
	t.Helper()
	ctx := t.Context()
	d, err := db.Open(ctx, filepath.Join(t.TempDir(), "pressrun.db"))
	ok(t, err)
	t.Cleanup(func() { d.Close() })
	ok(t, d.Migrate(ctx, db.SchemaOfLeases(), digest.Schema(), subscribers.Schema(), outbox.Schema(), staff.Schema(), click.Schema()))
	keys, err := subscribers.NewKeys([]byte(secret))
	ok(t, err)
	h := &house{
		db: d, staff: staff.NewStore(d, []byte(secret)), digest: digest.NewStore(d), queue: outbox.NewQueue(d),
		readers: subscribers.NewStore(d, keys), log: &ledger{},
	}
	h.Server = httptest.NewUnstartedServer(nil)
	base := "http://" + h.Listener.Addr().String()
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	set, err := templates.Load(nil)
	ok(t, err)
	sitePages, err := set.Pages(wire, base)
	ok(t, err)
	pages, err := set.Desk(wire)
	ok(t, err)
	h.desk = &Desk{
		Frame: &web.Frame{Pages: sitePages, Log: log, Base: base}, Pages: pages, Paper: wire.Name, Staff: h.staff, Digest: h.digest,
		Queue: h.queue, Readers: h.readers, Clicks: click.NewStore(d), DB: d,
		Publisher: &publish.Publisher{
			Store: h.digest, Queue: h.queue, Log: log,
			Composer: &compose.Composer{Templates: set, Paper: wire, BaseURL: base, TokenLen: subscribers.TokenLen, Domain: "wire.example"},
		},
	}
	for _, f := range ready {
		f(h)
	}
	h.Config.Handler = h.desk.Handler()
	h.Start()
	t.Cleanup(h.Close)
	return h
}

// password is everybody's.
const password = "nine berths are open"

// hire adds an editor with a password; their address is their role's.
func (h *house) hire(t *testing.T, name string, role staff.Role) {
	t.Helper()
	token, err := h.staff.Invite(t.Context(), name, string(role)+"@wire.example", role, time.Now())
	ok(t, err)
	_, err = h.staff.Accept(t.Context(), token, password, time.Now())
	ok(t, err)
}

// A client is a browser without a screen. It follows no redirect.
type client struct {
	*http.Client
	house *house
	csrf  string
}

// nobody is a client that is not logged in.
func (h *house) nobody(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	ok(t, err)
	return &client{house: h, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// as is a client that is logged in as the editor of a role.
func (h *house) as(t *testing.T, role staff.Role) *client {
	t.Helper()
	c := h.nobody(t)
	c.get(t, "/desk/login")
	if status, _ := c.post(t, "/desk/login", "email", string(role)+"@wire.example", "password", password); status != http.StatusSeeOther {
		t.Fatalf("the login of the %s answers %d", role, status)
	}
	c.get(t, "/desk")
	return c
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// get returns a page, and remembers the token that its forms have.
func (c *client) get(t *testing.T, path string) (status int, page string) {
	t.Helper()
	res, err := c.Get(c.house.URL + path)
	ok(t, err)
	page = read(t, res)
	if m := csrfField.FindStringSubmatch(page); m != nil {
		c.csrf = m[1]
	}
	return res.StatusCode, page
}

// post sends a form as a page of ours does, with pairs of names and values. What it answers
// with is a page, or the place it leads to.
func (c *client) post(t *testing.T, path string, pairs ...string) (status int, page string) {
	t.Helper()
	res := c.send(t, path, c.house.URL, append([]string{"csrf", c.csrf}, pairs...)...)
	page = read(t, res)
	if to := res.Header.Get("Location"); to != "" {
		page = to
	}
	return res.StatusCode, page
}

// send posts a form from an origin, "" for one that says nothing of it.
func (c *client) send(t *testing.T, path, origin string, pairs ...string) *http.Response {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.house.URL+path, strings.NewReader(form.Encode()))
	ok(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	res, err := c.Do(req)
	ok(t, err)
	return res
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ok(t, err)
	return string(b)
}

var isolation = regexp.MustCompile(`</?bdi[^>]*>`)

// has fails unless the page has each of the texts, wherever its values are set apart.
func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	page = isolation.ReplaceAllString(page, "")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}
