package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/templates"
)

// A house is a frame with routes that go wrong in every way, on a real server.
type house struct {
	*httptest.Server
	log *ledger
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

func newFrame(t *testing.T, base string, log io.Writer) *Frame {
	t.Helper()
	set, err := templates.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := set.Pages(templates.Paper{Name: "The Wire", LogoURL: "https://wire.example/l.png"}, base)
	if err != nil {
		t.Fatal(err)
	}
	return &Frame{Pages: pages, Base: base, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

func open(t *testing.T, base string) house {
	t.Helper()
	log := &ledger{}
	f := newFrame(t, base, log)
	mux := http.NewServeMux()
	for pattern, h := range map[string]Handler{
		"GET /fine/{token}":  func(w http.ResponseWriter, r *http.Request) error { return f.Page(w, r, "help", templates.Page{}) },
		"GET /broken/{x}":    func(w http.ResponseWriter, r *http.Request) error { return errors.New("disk on fire") },
		"GET /panics":        func(w http.ResponseWriter, r *http.Request) error { panic("out of ink") },
		"GET /link/{token}":  func(w http.ResponseWriter, r *http.Request) error { return ErrLink },
		"GET /line":          func(w http.ResponseWriter, r *http.Request) error { return Plain(ErrLink) },
		"POST /form/{token}": func(w http.ResponseWriter, r *http.Request) error { _, err := io.ReadAll(r.Body); return err },
		"GET /late": func(w http.ResponseWriter, r *http.Request) error {
			io.WriteString(w, "half")
			return errors.New("lost the rest")
		},
	} {
		mux.Handle(pattern, f.Handle(Private, h))
	}
	mux.Handle("GET /public", f.Handle(Public, func(w http.ResponseWriter, r *http.Request) error {
		return f.PublicPage(w, r, "help", templates.Page{}, time.Minute)
	}))
	mux.Handle("GET /letter", f.Handle(Letter, func(w http.ResponseWriter, r *http.Request) error { return nil }))
	mux.Handle("GET /static/{sum}/style.css", f.Handle(Public, f.Style))
	s := httptest.NewServer(f.Routes(mux))
	t.Cleanup(s.Close)
	return house{s, log}
}

func (h house) ask(t *testing.T, method, path string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, h.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html,*/*")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := h.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestFailuresAreASentenceAndANumberToVisitors(t *testing.T) {
	h := open(t, "https://letters.example.org")
	cases := []struct {
		method, path, accept string
		body                 io.Reader
		status               int
		want                 string
	}{
		{"GET", "/broken/1", "text/html", nil, 500, "Something went wrong on our side"},
		{"GET", "/panics", "text/html", nil, 500, "Something went wrong on our side"},
		{"GET", "/panics", "*/*", nil, 500, "It is not your fault"},
		{"GET", "/link/1", "text/html", nil, 404, "This link does not work"},
		{"GET", "/nowhere", "text/html", nil, 404, "There is no such page"},
		{"DELETE", "/fine/1", "text/html", nil, 405, "That does not work here"},
		{"OPTIONS", "/fine/1", "text/html", nil, 405, "That does not work here"},
		{"POST", "/form/1", "text/html", strings.NewReader(strings.Repeat("x", maxBody+1)), 413, "That was too much at once"},
	}
	number := regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}`)
	for _, c := range cases {
		t.Run(c.method+c.path+c.accept, func(t *testing.T) {
			res, text := h.ask(t, c.method, c.path, c.body, "Accept", c.accept)
			if res.StatusCode != c.status || !strings.Contains(text, c.want) {
				t.Errorf("got %d:\n%s", res.StatusCode, text)
			}
			if strings.Contains(text, "fire") || strings.Contains(text, "of ink") {
				t.Errorf("the error itself is shown:\n%s", text)
			}
			shown := number.FindString(text)
			if shown == "" || strings.Count(h.log.String(), "request="+shown+" ") != 1 {
				t.Errorf("the number %q stands not once in the log", shown)
			}
			html := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html")
			if html != (c.accept == "text/html") {
				t.Errorf("answered %s to one who accepts %s", res.Header.Get("Content-Type"), c.accept)
			}
		})
	}
}

func TestMethodsThatAreThereAreNamed(t *testing.T) {
	h := open(t, "https://letters.example.org")
	res, _ := h.ask(t, "OPTIONS", "/form/1", nil)
	if got := res.Header.Get("Allow"); got != "POST" {
		t.Errorf("Allow is %q", got)
	}
}

func TestPlainAnswersAreALineWhateverIsAccepted(t *testing.T) {
	h := open(t, "https://letters.example.org")
	res, text := h.ask(t, "GET", "/line", nil, "Accept", "text/html")
	if res.StatusCode != 404 || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" || strings.Contains(text, "<") {
		t.Errorf("got %d %s: %s", res.StatusCode, res.Header.Get("Content-Type"), text)
	}
}

func TestLogHasOneLineForARequestAndNoSecret(t *testing.T) {
	h := open(t, "https://letters.example.org")
	const secret = "q8Zx-SECRET_q8Zx"
	for _, path := range []string{"/fine/" + secret, "/broken/" + secret, "/link/" + secret, "/nowhere/" + secret, "/fine/x?token=" + secret} {
		h.ask(t, "GET", path, nil, "User-Agent", secret, "Cookie", secret, "X-Forwarded-For", "203.0.113.9")
	}
	h.ask(t, "POST", "/form/"+secret, strings.NewReader(secret))
	h.ask(t, "GET", "/late", nil)
	log := h.log.String()
	if n := strings.Count(log, "\n"); n != 7 {
		t.Errorf("%d lines for 7 requests:\n%s", n, log)
	}
	for _, bad := range []string{"SECRET", "203.0.113.9", "127.0.0.1"} {
		if strings.Contains(log, bad) {
			t.Errorf("the log has %s in it:\n%s", bad, log)
		}
	}
	for _, want := range []string{`route="GET /fine/{token}" status=200`, `level=ERROR`, "disk on fire", "lost the rest", "route=none status=404"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

func TestHeadersGuardEachKindOfPage(t *testing.T) {
	const strict = "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	cases := []struct{ path, policy, cache, robots string }{
		{"/fine/1", "default-src 'none'; style-src 'self'; img-src 'self'" + strict, "no-store", "noindex, nofollow"},
		{"/broken/1", "default-src 'none'; style-src 'self'; img-src 'self'" + strict, "no-store", "noindex, nofollow"},
		{"/nowhere", "default-src 'none'; style-src 'self'; img-src 'self'" + strict, "no-store", "noindex, nofollow"},
		{"/public", "default-src 'none'; style-src 'self'; img-src 'self' https://wire.example" + strict, "public, max-age=60", ""},
		{"/letter", "default-src 'none'; style-src 'unsafe-inline'; img-src https: http:" + strict, "", ""},
	}
	h := open(t, "https://letters.example.org")
	for _, c := range cases {
		res, _ := h.ask(t, "GET", c.path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": c.policy, "Cache-Control": c.cache, "X-Robots-Tag": c.robots,
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Strict-Transport-Security": "max-age=31536000", "Set-Cookie": "",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.path, name, got, want)
			}
		}
		if res.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: there is no Permissions-Policy", c.path)
		}
	}
	res, _ := open(t, "http://127.0.0.1:8080").ask(t, "GET", "/fine/1", nil)
	if got := res.Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("a site without TLS promises %q", got)
	}
}

func TestPublicPagesAreAskedForAgainCheaply(t *testing.T) {
	h := open(t, "https://letters.example.org")
	first, _ := h.ask(t, "GET", "/public", nil)
	again, text := h.ask(t, "GET", "/public", nil, "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || text != "" {
		t.Errorf("got %d with %d bytes", again.StatusCode, len(text))
	}
	other, _ := h.ask(t, "GET", "/public", nil, "If-None-Match", first.Header.Get("ETag"), "Accept-Language", "ar")
	if other.StatusCode != 200 || other.Header.Get("Vary") != "Accept-Language" {
		t.Errorf("another language got %d, Vary %q", other.StatusCode, other.Header.Get("Vary"))
	}
}

func TestStylesheetIsKeptUnderTheNameOfItsContent(t *testing.T) {
	h := open(t, "https://letters.example.org")
	_, page := h.ask(t, "GET", "/fine/1", nil)
	address := regexp.MustCompile(`/static/[0-9a-f]+/style\.css`).FindString(page)
	res, css := h.ask(t, "GET", address, nil)
	if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || !strings.Contains(css, "--sheet:") {
		t.Errorf("%s: %d, %s", address, res.StatusCode, res.Header.Get("Cache-Control"))
	}
	if res, _ = h.ask(t, "GET", "/static/0123/style.css", nil); res.Header.Get("Cache-Control") != "public, max-age=60" {
		t.Errorf("under an old name it is kept by %q", res.Header.Get("Cache-Control"))
	}
}

func TestLanguageIsTheChosenOneThenTheReadersThenTheBrowsers(t *testing.T) {
	f := newFrame(t, "https://letters.example.org", io.Discard)
	cases := []struct{ query, reader, browser, want string }{
		{"", "", "", "en"},
		{"", "", "ar-SA,en;q=0.5", "ar"},
		{"", "", "de,ar;q=0.3", "ar"},
		{"", "ar", "en", "ar"},
		{"", "pt-BR", "ar", "ar"},
		{"?lang=en", "ar", "ar", "en"},
		{"?lang=xx", "", "ar", "ar"},
		{"?lang=%00", "", "", "en"},
		{"", "", strings.Repeat("ar,", 5000), "en"},
	}
	for _, c := range cases {
		r := httptest.NewRequest("GET", "/help"+c.query, nil)
		r.Header.Set("Accept-Language", c.browser)
		if got := f.Language(r, c.reader); got != c.want {
			t.Errorf("%q, reader %q, browser %.20q: %s, want %s", c.query, c.reader, c.browser, got, c.want)
		}
	}
}

func TestSiteBelowAPathAnswersWithAndWithoutIt(t *testing.T) {
	h := open(t, "https://wire.example/letters")
	for _, path := range []string{"/letters/fine/1", "/fine/1"} {
		res, page := h.ask(t, "GET", path, nil)
		if res.StatusCode != 200 || !strings.Contains(page, `href="/letters/help"`) || !strings.Contains(page, `href="/letters/static/`) {
			t.Errorf("%s: %d\n%s", path, res.StatusCode, page)
		}
	}
}

func TestVisitorsAddressIsTakenFromTrustedProxiesOnly(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	cases := []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "198.51.100.7:4000", nil, "198.51.100.7"},
		{"a stranger's claim", "198.51.100.7:4000", []string{"203.0.113.9"}, "198.51.100.7"},
		{"one proxy", "10.0.0.1:4000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.0.0.1:4000", []string{"203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{"two headers", "10.0.0.1:4000", []string{"192.0.2.1", "203.0.113.9"}, "203.0.113.9"},
		{"a claim before the proxy's word", "10.0.0.1:4000", []string{"192.0.2.66, 203.0.113.9"}, "203.0.113.9"},
		{"rubbish", "10.0.0.1:4000", []string{"unknown"}, "10.0.0.1"},
		{"rubbish before the proxy's word", "10.0.0.1:4000", []string{"<script>, 203.0.113.9"}, "203.0.113.9"},
		{"with a port", "[::1]:4000", []string{"203.0.113.9:5123"}, "203.0.113.9"},
		{"IPv6 in brackets", "[::1]:4000", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:4000", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"only proxies", "10.0.0.1:4000", []string{"10.0.0.3"}, "10.0.0.3"},
		{"no address at all", "@", []string{"203.0.113.9"}, "invalid IP"},
	}
	for _, c := range cases {
		if got := visitor(c.remote, c.forwarded, proxies).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestServerLetsAnswersFinishWhenItEnds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	s := &Server{Log: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		io.WriteString(w, Address(r).String())
	})}
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx, ln) }()

	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		res, err := http.Get("http://" + ln.Addr().String())
		if err != nil {
			answers <- answer{err: err}
			return
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		answers <- answer{string(text), err}
	}()
	<-entered
	end()
	select {
	case err := <-ran:
		t.Fatal("the server ended before its answer:", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(leave)
	if a := <-answers; a.err != nil || a.text != "127.0.0.1" {
		t.Errorf("got %+v", a)
	}
	if err := <-ran; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestServerSaysWhyItCannotServe(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	s := &Server{Log: slog.New(slog.DiscardHandler), Handler: http.NotFoundHandler()}
	if err := s.Run(t.Context(), ln); err == nil || !strings.Contains(err.Error(), ln.Addr().String()) {
		t.Errorf("got %v", err)
	}
}
