package site

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// noLimits are for tests of something else.
var noLimits = Limits{Address: -1, Network: -1, NetworkHour: -1, Domain: -1, Surge: -1}

// A lobby is a house whose server is the one that runs for readers, which believes this
// machine about where a request comes from. Its post goes into a folder.
type lobby struct {
	*house
	site     *Site
	queue    *outbox.Queue
	postman  *Postman
	post     string // the folder
	welcomed []subscribers.LetterDue
}

// openLobby also offers topics in the daily edition.
func openLobby(t *testing.T, signups Signups) *lobby {
	t.Helper()
	h := open(t)
	ok(t, h.db.Migrate(t.Context(), db.SchemaOfLeases(), outbox.Schema()))
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	daily.Rules.Offer = []string{"City", "Culture", "Sea & Sports"}
	_, err = h.digest.PutEdition(t.Context(), daily, then)
	ok(t, err)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	h.URL = "http://" + listener.Addr().String()
	set, err := templates.Load(nil)
	ok(t, err)
	pages, err := set.Pages(wire, h.URL)
	ok(t, err)
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	l := &lobby{house: h, queue: outbox.NewQueue(h.db), post: t.TempDir()}
	l.site = &Site{Frame: &web.Frame{Pages: pages, Base: h.URL, Log: log}, Digest: h.digest, Readers: h.readers, Keys: h.keys, Signups: signups}
	l.postman = &Postman{
		Readers: h.readers, Digest: h.digest, Queue: l.queue, Log: log,
		Composer: &compose.Composer{
			Templates: set, Paper: wire, From: mail.Address{Name: wire.Name, Address: "news@wire.example"}, Domain: "wire.example",
			BaseURL: h.URL, TokenLen: subscribers.TokenLen,
		},
		Welcome: func(_ context.Context, d subscribers.LetterDue) error { l.welcomed = append(l.welcomed, d); return nil },
	}
	server := &web.Server{Handler: l.site.Handler(), Log: log, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, listener) }()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		end()
		ok(t, <-ended)
	})
	return l
}

// aged is a token of a form that has been there for so long.
func (l *lobby) aged(age time.Duration) string {
	return l.site.seal(stamp{made: time.Now().Add(-age).Truncate(time.Second), tag: 7}, formFor)
}

// filled is a form as a person fills it in.
func (l *lobby) filled(email string, more ...string) url.Values {
	form := url.Values{"token": {l.aged(time.Minute)}, "email": {email}, "edition": {"daily"}, "language": {"en"}, "frequency": {"each"}, "weekday": {"6"}, "work": {""}, "subject": {""}}
	for i := 0; i < len(more); i += 2 {
		form[more[i]] = []string{more[i+1]}
		if more[i+1] == "" {
			form.Del(more[i])
		}
	}
	return form
}

func (l *lobby) send(t *testing.T, form url.Values, header ...string) answer {
	t.Helper()
	return l.ask(t, "POST", l.URL+"/subscribe", formEncoded, form.Encode(), header...)
}

// accepted fails the test where a sign-up was not taken in.
func accepted(t *testing.T, a answer) {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "/subscribe/sent") {
		t.Fatalf("the sign-up was answered %d, %q\n%s", a.StatusCode, a.Header.Get("Location"), a.text)
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// carried are the hidden fields of a page.
func carried(a answer) url.Values {
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(a.text, -1) {
		form.Add(m[1], strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#39;", "'", "&#34;", `"`).Replace(m[2]))
	}
	return form
}

// solve does a browser's work.
func solve(token, email string) string {
	var found []string
	for piece := range workPieces {
		for n := 0; ; n++ {
			sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%d", token, email, piece, n))
			if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) >= workBits {
				found = append(found, fmt.Sprint(n))
				break
			}
		}
	}
	return strings.Join(found, ".")
}

// mails takes the letters that are due to the outbox, sends them, and returns them all.
func (l *lobby) mails(t *testing.T) (mails []string) {
	t.Helper()
	ok(t, l.postman.Go(t.Context()))
	sealer, err := message.NewSealer([]byte("a secret of some length"))
	ok(t, err)
	drained := make(chan struct{})
	close(drained)
	sender := &outbox.Sender{
		Queue: l.queue, Relay: relay.Dir{Path: l.post}, Ahead: 1, Sealer: sealer, Drain: drained, Log: slog.New(slog.DiscardHandler),
		LetterValues: func(kind string, ref, _, subscriber int64, expires time.Time) []string {
			return NoteValues(l.keys, kind, ref, subscriber, expires)
		},
	}
	ok(t, sender.Run(t.Context()))
	names, err := filepath.Glob(filepath.Join(l.post, "*.eml"))
	ok(t, err)
	slices.Sort(names)
	for _, name := range names {
		data, err := os.ReadFile(name)
		ok(t, err)
		mails = append(mails, strings.ReplaceAll(string(data), "\r\n", "\n"))
	}
	return mails
}

// link is the address in a mail that begins with the site's path.
func (l *lobby) link(t *testing.T, mail, path string) string {
	t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(l.URL+path) + `[A-Za-z0-9_-]{40}`).FindString(mail)
	if found == "" {
		t.Fatalf("there is no link to %s in\n%s", path, mail)
	}
	return found
}

func address(t *testing.T, email string) subscribers.Address {
	t.Helper()
	a, err := subscribers.ParseAddress(email)
	ok(t, err)
	return a
}

// offered are the editions there are.
func (l *lobby) offered(t *testing.T) []digest.Edition {
	t.Helper()
	editions, err := l.digest.Editions(t.Context())
	ok(t, err)
	return editions
}

// dumpTable is everything in a table, a row on a line.
func (h *house) dumpTable(t *testing.T, table string) string {
	t.Helper()
	var all strings.Builder
	ok(t, h.db.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT * FROM ` + table + ` ORDER BY 1`)
		if err != nil {
			return err
		}
		defer rows.Close()
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
			fmt.Fprintln(&all)
		}
		return rows.Err()
	}))
	return all.String()
}

// decodedText is the text part of a mail, with its headers.
func decodedText(t *testing.T, data string) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	ok(t, err)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	ok(t, err)
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	ok(t, err)
	var body io.Reader = quotedprintable.NewReader(part)
	if part.Header.Get("Content-Transfer-Encoding") == "base64" {
		body = base64.NewDecoder(base64.StdEncoding, part)
	}
	text, err := io.ReadAll(body)
	ok(t, err)
	return string(text)
}
