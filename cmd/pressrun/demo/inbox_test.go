package demo

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/emersion/go-smtp"
)

// openInbox runs an inbox and returns it with its address.
func openInbox(t testing.TB, keep int) (*Inbox, string) {
	t.Helper()
	in, err := NewInbox(t.TempDir(), keep)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- in.Run(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return in, l.Addr().String()
}

// dial connects a sender.
func dial(t testing.TB, address string) *smtp.Client {
	t.Helper()
	c, err := smtp.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(c *smtp.Client, to, raw string) error {
	return c.SendMail("b-kq2m9x4c1a81@bounce.example.org", []string{to}, strings.NewReader(raw))
}

func reader(n int) string { return fmt.Sprintf("reader%06d@readers.example", n) }

func TestInboxCountsEveryMailAndFindsTwins(t *testing.T) {
	in, address := openInbox(t, 10)
	start := time.Now()
	const mails, senders = 2000, 4
	var senderDone sync.WaitGroup
	for s := range senders {
		c := dial(t, address)
		senderDone.Go(func() {
			for n := s; n < mails; n += senders {
				lang := []string{"en", "en", "ar"}[n%3]
				if err := send(c, reader(n), goodMail(n, lang)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	senderDone.Wait()
	if in.Count() != mails || in.Duplicates() != 0 {
		t.Fatalf("%d mails with %d duplicates, want %d and none", in.Count(), in.Duplicates(), mails)
	}
	if at := in.FirstAt(); at.Before(start) || at.After(time.Now()) {
		t.Errorf("the first mail came at %v", at)
	}
	c := dial(t, address)
	for _, to := range []string{reader(7), "Reader000007@Readers.Example", "mona@elsewhere.example", "mona@elsewhere.example"} {
		if err := send(c, to, goodMail(7, "en")); err != nil {
			t.Fatal(err)
		}
	}
	if in.Count() != mails+4 || in.Duplicates() != 3 {
		t.Errorf("%d mails with %d duplicates, want %d and 3", in.Count(), in.Duplicates(), mails+4)
	}
	files, _ := filepath.Glob(filepath.Join(in.dir, "mail-*.eml"))
	if len(files) != 20 {
		t.Errorf("%d files are kept, want 10 in each of two languages", len(files))
	}
}

func TestKeptMailIsTheMailAsSent(t *testing.T) {
	in, address := openInbox(t, 3)
	big := strings.Replace(goodMail(1, "en"), "Ferry crews", strings.Repeat("=\r\n.A line that begins with a dot", 9000), 1)
	if err := send(dial(t, address), reader(1), big); err != nil {
		t.Fatal(err)
	}
	_, letters := in.state()
	got, err := os.ReadFile(letters[0].File)
	if err != nil || string(got) != big {
		t.Errorf("kept %d bytes of %d, %v", len(got), len(big), err)
	}
	if l := letters[0]; l.Size != len(big) || l.Subject != "The floating bridge is open" || l.Language != "en" || l.Envelope.Recipients[0] != reader(1) {
		t.Errorf("%+v", l)
	}
}

func TestInboxOffersWhatAMailServerShould(t *testing.T) {
	_, address := openInbox(t, 1)
	c := dial(t, address)
	for _, name := range []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE"} {
		if ok, _ := c.Extension(name); !ok {
			t.Errorf("%s is not offered", name)
		}
	}
	if err := send(c, reader(1), "Subject: big\r\n\r\n"+strings.Repeat("0123456789\r\n", inboxLimit/12+1)); err == nil {
		t.Error("a mail over the SIZE was taken")
	}
}

func TestBrokenOffMailIsNotCounted(t *testing.T) {
	in, address := openInbox(t, 1)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "EHLO a.example\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: half\r\n", reader(1))
	buffer := make([]byte, 4096)
	for all := ""; !strings.Contains(all, "354"); {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		all += string(buffer[:n])
	}
	conn.Close()
	if err := send(dial(t, address), reader(2), goodMail(2, "en")); err != nil {
		t.Fatal(err)
	}
	if in.Count() != 1 {
		t.Errorf("%d mails, want the whole one only", in.Count())
	}
	if files, _ := filepath.Glob(filepath.Join(in.dir, "*.eml")); len(files) > 1 {
		t.Errorf("the half one left a file: %v", files)
	}
}

func TestInboxStopsAlthoughASenderStaysConnected(t *testing.T) {
	in, err := NewInbox(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- in.Run(ctx, l) }()
	c := dial(t, l.Addr().String())
	if err := send(c, reader(1), goodMail(1, "en")); err != nil {
		t.Fatal(err)
	}
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(partingGrace + 5*time.Second):
		t.Fatal("Run did not return")
	}
}

func TestCensusTellsAddressesApart(t *testing.T) {
	c := newCensus()
	for _, address := range []string{
		"reader000001@readers.example", "reader1000000@readers.example", "reader9999999@readers.example",
		"reader0000001@readers.example", "reader1@readers.example", "reader000001@readers.test", "xreader000001@readers.example",
		"قارئ@readers.example",
	} {
		if c.add(address) {
			t.Errorf("%s was taken for another", address)
		}
		if !c.add(strings.ToUpper(address)) {
			t.Errorf("%s was not known again", address)
		}
	}
	if len(c.others) != 5 {
		t.Errorf("%d addresses are kept as hashes, want 5", len(c.others))
	}
}

func TestInboxPagesShowMailsSafely(t *testing.T) {
	in, address := openInbox(t, 30)
	c := dial(t, address)
	for n := range 40 {
		today := strings.Replace(goodMail(n, []string{"en", "ar"}[n%2]), sent.Format(time.RFC1123Z), time.Now().Format(time.RFC1123Z), 1)
		if err := send(c, reader(n), today); err != nil {
			t.Fatal(err)
		}
	}
	hostile := strings.NewReplacer("The floating bridge is open", "<script>alert(1)</script>", "Ferry crews</a>", "<script>alert(2)</script></a>").Replace(goodMail(41, "en"))
	if err := send(c, reader(41), hostile); err != nil {
		t.Fatal(err)
	}
	in.SetLinks(Link{"The paper", "http://127.0.0.1:9001/"})
	server := httptest.NewServer(in.Handler())
	defer server.Close()
	for _, page := range []struct{ path, want, never string }{
		{"/", "<strong>41</strong> mails received", "<script"},
		{"/", `href="http://127.0.0.1:9001/"`, "<script"},
		{"/?page=2", "Page 2 of 2", "<script"},
		{"/?lang=ar&q=reader000003", "reader000003@readers.example", "reader000001"},
		{"/?q=no+such+reader", "No mail here matches", "reader000001"},
		{"/mail/1", `sandbox="allow-popups`, "allow-scripts"},
		{"/mail/1?view=phone", `<div class="phone"><iframe src="/mail/1/html"`, "<script"},
		{"/mail/1?view=dark", `src="/mail/1/html?scheme=dark"`, "<script"},
		{"/mail/1?view=text", `<a href="http://127.0.0.1:9001/story/ferry-crews-strike"`, "=E2"},
		{"/mail/1?view=source", "<b>List-Unsubscribe:</b>", "<script"},
		{"/mail/1?view=checks", `id="F23" class="good"`, `class="bad"`},
		{"/mail/1?view=checks", "not signed: the relay signs", `class="bad"`},
		{"/mail/1", `href="http://127.0.0.1:9002/u/kq2m9x4c1a81fzt000000pw7"`, "<script"},
		{"/mail/41?view=source", "&lt;script&gt;", "<script"},
		{"/mail/1/html", "(max-width: 0px)", "prefers-color-scheme"},
		{"/mail/1/html?scheme=dark", "(min-width: 0px)", "prefers-color-scheme"},
		{"/mail/1/raw", "Precedence: bulk\r\n", "<b>"},
	} {
		body, header := get(t, server.URL+page.path)
		if !bytes.Contains(body, []byte(page.want)) || bytes.Contains(body, []byte(page.never)) {
			t.Errorf("%s lacks %q or has %q:\n%.2000s", page.path, page.want, page.never, body)
		}
		if policy := header.Get("Content-Security-Policy"); !strings.HasSuffix(page.path, "raw") && (!strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src")) {
			t.Errorf("%s has the policy %q", page.path, policy)
		}
	}
	if _, header := get(t, server.URL+"/mail/41/html"); !strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox allow-popups") || strings.Contains(header.Get("Content-Security-Policy"), "allow-scripts") {
		t.Errorf("a mail is shown under %q", header.Get("Content-Security-Policy"))
	}
	for _, path := range []string{"/mail/99", "/mail/x", "/mail/1?view=other"} {
		if res, err := http.Get(server.URL + path); err != nil || res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %v, %v", path, res.Status, err)
		}
	}
}

func TestSchemeIsForcedInBothWays(t *testing.T) {
	const page = `<head><meta name="color-scheme" content="light dark"><style>:root{color-scheme:light dark;}@media screen and (prefers-color-scheme: dark){a{color:red}}@media (prefers-color-scheme:light){b{color:blue}}</style></head>`
	const dark = `<head><base target="_blank"><meta name="color-scheme" content="dark"><style>:root{color-scheme: dark;}@media screen and (min-width: 0px){a{color:red}}@media (max-width: 0px){b{color:blue}}</style></head>`
	const light = `<head><base target="_blank"><meta name="color-scheme" content="light"><style>:root{color-scheme: light;}@media screen and (max-width: 0px){a{color:red}}@media (min-width: 0px){b{color:blue}}</style></head>`
	if got := inScheme(page, true); got != dark {
		t.Errorf("dark:\n%s", got)
	}
	if got := inScheme(page, false); got != light {
		t.Errorf("light:\n%s", got)
	}
}

// FuzzDataReader: what was sent with its dots doubled arrives as it was, in whatever pieces.
func FuzzDataReader(f *testing.F) {
	for _, seed := range []string{"", ".", "..\r\n.", "a\r\n.\rb\n.\n", "\r", "\r\r\n.\r\r\n", "\r\n\r\n..\r\n"} {
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		mail := string(data) + "\r\n"
		stuffed := strings.ReplaceAll("\r\n"+mail, "\r\n.", "\r\n..")[2:]
		in := bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(stuffed+".\r\nQUIT\r\n")), 16)
		if size%2 == 0 {
			in = bufio.NewReaderSize(strings.NewReader(stuffed+".\r\nQUIT\r\n"), 16)
		}
		g := &guest{in: in}
		var got []byte
		r, buffer := &dataReader{guest: g}, make([]byte, int(size)+1)
		for {
			n, err := r.Read(buffer)
			got = append(got, buffer[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		rest, err := io.ReadAll(io.MultiReader(bytes.NewReader(g.rest), in))
		if string(got) != mail || string(rest) != ".\r\nQUIT\r\n" || err != nil {
			t.Errorf("%q arrived as %q, then %q, %v", mail, got, rest, err)
		}
	})
}

// BenchmarkInbox is the inbox's own speed: mails of 60 kB over two pipelining connections.
func BenchmarkInbox(b *testing.B) {
	in, address := openInbox(b, 1)
	mail := strings.Replace(goodMail(1, "en"), "Ferry crews", strings.Repeat("0123456789 0123456789 0123456789 0123456789 0123456789=\r\n", 1050), 1)
	b.SetBytes(int64(len(mail)))
	var all sync.WaitGroup
	for s := range 2 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		all.Go(func() {
			go func() {
				fmt.Fprint(conn, "EHLO a.example\r\n")
				for n := s; n < b.N; n += 2 {
					fmt.Fprintf(conn, "MAIL FROM:<a@a.example>\r\nRCPT TO:<%s>\r\nDATA\r\n%s.\r\n", reader(n), mail)
				}
				fmt.Fprint(conn, "QUIT\r\n")
			}()
			buffer := make([]byte, 64<<10)
			for {
				if _, err := conn.Read(buffer); err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	if in.Count() != b.N || in.Duplicates() != 0 {
		b.Errorf("%d mails with %d duplicates, want %d", in.Count(), in.Duplicates(), b.N)
	}
}
