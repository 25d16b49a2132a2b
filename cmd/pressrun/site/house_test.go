package site

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// A house is a site on a real server and a real database, with two editions, three
// issues of one of them, and readers.
type house struct {
	*httptest.Server
	db      *db.DB
	digest  *digest.Store
	readers *subscribers.Store
	keys    *subscribers.Keys
	site    *Site
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
	Name: "The Evening Wire", Motto: "What the day was", URL: "https://wire.example/",
	Accent: "#0a5c8a", Address: "The Evening Wire\n1 Harbour Road\nPort Said", Email: "desk@wire.example",
}

// then is when the tests' readers joined and the issues were due: before what the tests
// do themselves.
var then = time.Now().UTC().Truncate(time.Second).Add(-72 * time.Hour)

func open(t *testing.T) *house {
	t.Helper()
	ctx := t.Context()
	d, err := db.Open(ctx, filepath.Join(t.TempDir(), "pressrun.db"))
	ok(t, err)
	t.Cleanup(func() { d.Close() })
	ok(t, d.Migrate(ctx, digest.Schema(), subscribers.Schema()))
	keys, err := subscribers.NewKeys([]byte("0123456789abcdef0123456789abcdef"))
	ok(t, err)
	h := &house{db: d, digest: digest.NewStore(d), readers: subscribers.NewStore(d, keys), keys: keys, log: &ledger{}}

	h.Server = httptest.NewUnstartedServer(nil)
	base := "http://" + h.Listener.Addr().String()
	set, err := templates.Load(nil)
	ok(t, err)
	pages, err := set.Pages(wire, base)
	ok(t, err)
	frame := &web.Frame{Pages: pages, Base: base, Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	h.site = &Site{Frame: frame, Digest: h.digest, Readers: h.readers, Keys: keys}
	h.Config.Handler = h.site.Handler()
	h.Start()
	t.Cleanup(h.Close)
	h.publish(t, set)
	return h
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// publish adds the editions and posts three issues of the daily one, each in English
// and Arabic.
func (h *house) publish(t *testing.T, set *templates.Set) {
	t.Helper()
	ctx := t.Context()
	daily, err := h.digest.PutEdition(ctx, digest.Edition{
		Slug: "daily", Name: "Evening Briefing", Languages: []string{"en", "ar"}, Doubt: digest.DoubtHold,
		Schedule: digest.Schedule{Zone: "Africa/Cairo"},
	}, then)
	ok(t, err)
	_, err = h.digest.PutEdition(ctx, digest.Edition{
		Slug: "weekend", Name: "The Weekend Letter", Languages: []string{"en"}, Doubt: digest.DoubtHold,
	}, then)
	ok(t, err)
	source, err := h.digest.PutSource(ctx, digest.Source{URL: "https://wire.example/feed"})
	ok(t, err)
	for n, headline := range [][2]string{
		{"Harbour pilots end their strike after nine days", "مرشدو الميناء ينهون إضرابهم بعد تسعة أيام"},
		{"The ferry that came back empty", "العبّارة التي عادت فارغة"},
		{"Rain at last, and nowhere for it to go", "مطر أخيرًا، ولا مكان يذهب إليه"},
	} {
		slot := then.Add(time.Duration(n) * 24 * time.Hour)
		var stories []digest.Story
		for i, lang := range daily.Languages {
			a := digest.Article{
				GUID: fmt.Sprint(lang, n), URL: fmt.Sprintf("https://wire.example/%s/%d", lang, n), Title: headline[i],
				Summary: "The <b>port</b> authority says “all berths” are open & working.", Section: "City", Language: lang,
				Image:     digest.Image{URL: "https://cdn.wire.example/p.jpg", Alt: "Ships at anchor", Width: 1200, Height: 800},
				Published: slot, DateFrom: digest.DateFeed,
			}
			_, err := h.digest.PutArticles(ctx, source, []digest.Article{a}, false, slot)
			ok(t, err)
			found, err := h.digest.Candidates(ctx, daily, slot)
			ok(t, err)
			for _, c := range found {
				if c.GUID == a.GUID {
					stories = append(stories, digest.Story{Article: c.Article, In: true, Lead: true, Place: i + 1, Reason: digest.Reason{Code: digest.ReasonLead}})
				}
			}
		}
		issue, _, err := h.digest.CreateIssue(ctx, daily, slot, digest.Selection{Stories: stories}, slot)
		ok(t, err)
		ok(t, h.digest.PutVariants(ctx, variants(t, set, h.URL, daily, issue, headline)))
		ok(t, h.digest.Post(ctx, issue.ID))
	}
}

// variants sets an issue with the templates that mails are set with.
func variants(t *testing.T, set *templates.Set, base string, e digest.Edition, issue digest.Issue, headline [2]string) (all []digest.Variant) {
	for i, lang := range e.Languages {
		web := fmt.Sprintf("%s/issues/%s/%d", base, e.Slug, issue.Number)
		mail, err := set.Email(templates.Letter{
			Paper: wire, Edition: e.Name, Number: issue.Number, Date: issue.Slot, Language: lang,
			Subject: headline[i], Preheader: headline[i],
			Lead: &templates.Story{
				Title: headline[i], URL: "https://wire.example/1", Summary: "The port authority says all berths are open.",
				Text: "The port authority says all berths are open.", Language: lang, Author: "Mona Haddad", Minutes: 3,
			},
			Links: templates.Links{
				Web: web, Archive: base + "/issues", Help: base + "/help",
				Preferences: base + "/p/__PREFERENCES__", Unsubscribe: base + "/u/__UNSUBSCRIBE__",
			},
		})
		ok(t, err)
		all = append(all, digest.Variant{IssueID: issue.ID, Language: lang, Subject: headline[i], HTML: mail.HTML, Text: mail.Text})
	}
	return all
}

// join adds a reader of some editions.
func (h *house) join(t *testing.T, email, language string, editions ...string) subscribers.Reader {
	t.Helper()
	address, err := subscribers.ParseAddress(email)
	ok(t, err)
	var reader subscribers.Reader
	for _, slug := range editions {
		reader, err = h.readers.Add(t.Context(), subscribers.NewSubscriber{Address: address, Language: language}, slug, "asked for it at the test desk", then)
		ok(t, err)
	}
	return reader
}

// leaveURL is the link in the foot of a mail.
func (h *house) leaveURL(t *testing.T, reader subscribers.Reader, edition string) string {
	t.Helper()
	for _, n := range reader.Subscriptions {
		if n.Edition == edition {
			return h.URL + "/u/" + h.keys.Token(subscribers.Unsubscribe, n.ID)
		}
	}
	t.Fatalf("the reader has no subscription of %s", edition)
	return ""
}

func (h *house) preferencesURL(reader subscribers.Reader) string {
	return h.URL + "/p/" + h.keys.Token(subscribers.Preferences, reader.ID)
}

// states are a reader's subscriptions as "daily:confirmed weekend:unsubscribed".
func (h *house) states(t *testing.T, reader subscribers.Reader) string {
	t.Helper()
	now, err := h.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	var all []string
	for _, n := range now.Subscriptions {
		all = append(all, n.Edition+":"+string(n.State))
	}
	return strings.Join(all, " ")
}

// dump is everything the database holds about readers, to see whether anything changed.
func (h *house) dump(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := h.db.View(t.Context(), func(tx *sql.Tx) error {
		for _, table := range []string{"subscriber", "subscription", "consent", "suppression", "signup", "address_change", "due_letter", "choice_change", "letter_count"} {
			rows, err := tx.Query(`SELECT * FROM ` + table + ` ORDER BY 1`)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				if err := rows.Scan(row...); err != nil {
					return err
				}
				for _, v := range row {
					fmt.Fprintf(&all, "%v|", *v.(*any))
				}
				fmt.Fprintln(&all, table)
			}
			if err := rows.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	ok(t, err)
	return all.String()
}

// An answer is a response read to its end.
type answer struct {
	*http.Response
	text string
}

// ask sends a request as a browser would, without following redirects.
func (h *house) ask(t *testing.T, method, address, contentType, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	ok(t, err)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	ok(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ok(t, err)
	return answer{res, string(text)}
}

func (h *house) get(t *testing.T, address string, header ...string) answer {
	t.Helper()
	return h.ask(t, "GET", address, "", "", header...)
}

const formEncoded = "application/x-www-form-urlencoded"

// press posts a button's form and follows where it leads.
func (h *house) press(t *testing.T, address string, field, value string) answer {
	t.Helper()
	a := h.ask(t, "POST", address, formEncoded, url.Values{field: {value}}.Encode(),
		"Origin", "null", "Sec-Fetch-Site", "same-origin")
	if a.StatusCode != http.StatusSeeOther {
		return a
	}
	next, err := a.Location()
	ok(t, err)
	return h.get(t, next.String())
}

// oneClickMultipart is the body that RFC 8058 section 3.2 asks mail programs for.
func oneClickMultipart(t *testing.T) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	ok(t, w.WriteField("List-Unsubscribe", "One-Click"))
	ok(t, w.Close())
	return w.FormDataContentType(), b.String()
}
