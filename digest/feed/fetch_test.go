package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

const paper = `<rss version="2.0"><channel><title>Paper</title><link>/</link><language>en</language>
<item><title>Rain</title><link>/rain</link></item><item><title>Wind</title><link>/wind</link></item></channel></rss>`

func write(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

func TestFetchTellsWhatItLearned(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("User-Agent"); got != loopback().UserAgent {
			t.Errorf("User-Agent %q", got)
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 10:00:00 GMT")
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, paper)
	})
	src, as, err := loopback().Fetch(context.Background(), digest.Source{ID: 3, URL: at + "/feed", Failures: 4, Error: "x"}, now())
	want := digest.Source{ID: 3, URL: at + "/feed", Title: "Paper", HomeURL: at + "/", Language: "en",
		ETag: `"1"`, LastModified: "Sun, 22 Nov 2026 10:00:00 GMT", BodyHash: hashOf([]byte(paper)), FetchedAt: now(), ChangedAt: now()}
	if diff := cmp.Diff(want, src); diff != "" || err != nil {
		t.Errorf("error %v; source (-want +got)\n%s", err, diff)
	}
	if len(as) != 2 || as[0].URL != at+"/rain" || as[0].SourceID != 3 {
		t.Errorf("articles %+v", as)
	}
}

func TestFetchAsksOnlyForNews(t *testing.T) {
	var full atomic.Int32
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` && r.Header.Get("If-Modified-Since") == "yesterday" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full.Add(1)
		w.Header().Set("Last-Modified", "yesterday")
		io.WriteString(w, paper)
	})
	f := loopback()
	first, _, err := f.Fetch(context.Background(), digest.Source{URL: at}, now())
	if err != nil {
		t.Fatal(err)
	}
	first.Failures, first.Error = 2, "was down in between"
	second, as, err := f.Fetch(context.Background(), first, now().Add(time.Hour))
	want := first
	want.FetchedAt, want.Failures, want.Error = now().Add(time.Hour), 0, ""
	if diff := cmp.Diff(want, second); diff != "" || err != nil || as != nil || full.Load() != 1 {
		t.Errorf("error %v, %d articles, %d full answers; source (-want +got)\n%s", err, len(as), full.Load(), diff)
	}
}

func TestFetchKeepsTheOperatorsLanguage(t *testing.T) {
	src, as, err := loopback().Fetch(context.Background(), digest.Source{URL: serve(t, write(paper)), Language: "en-GB"}, now())
	if err != nil || src.Language != "en-GB" || as[0].Language != "en-GB" {
		t.Errorf("%v, source %q, article %q", err, src.Language, as[0].Language)
	}
}

// TestFetchOfACutFeed: what arrived is used, and the rest is asked for again.
func TestFetchOfACutFeed(t *testing.T) {
	half := paper[:strings.Index(paper, "<item><title>Wind")+10]
	for name, length := range map[string]int{"at the site": len(half), "on the way": len(paper)} {
		t.Run(name, func(t *testing.T) {
			at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("ETag", `"1"`)
				w.Header().Set("Content-Length", fmt.Sprint(length))
				io.WriteString(w, half)
			})
			src, as, err := loopback().Fetch(context.Background(), digest.Source{URL: at, ETag: `"0"`}, now())
			if err != nil || len(as) != 1 || as[0].Title != "Rain" || src.ETag != "" || src.Failures != 0 ||
				src.Error != "the feed was cut off before its end; 1 article saved, it will be read again" {
				t.Errorf("%v, %+v, source %+v", err, as, src)
			}
		})
	}
}

func TestFetchFailures(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write([]byte(paper[:len(paper)-len("</channel></rss>")]))
	for range 8 {
		z.Write(make([]byte, 1<<20))
	}
	z.Close()
	tests := []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"404", status(404), "does not exist (404); run `pressrun sources test http://127.0.0.1:"},
		{"410", status(410), "gone for good (410); remove the source"},
		{"401", status(401), "asks for a password (401); write it into the address"},
		{"403", status(403), "refuses Pressrun (403); ask the site"},
		{"429", status(429), "read less often (429)"},
		{"500", status(500), "trouble at the site itself (500); it will be tried again"},
		{"418", status(418), "answered 418 I'm a teapot instead of a feed"},
		{"304 not asked for", status(304), "answered 304 Not Modified instead of a feed"},
		{"204", status(204), "answered with nothing at all"},
		{"empty", write(""), "answered with nothing at all"},
		{"a web page", write("<!doctype html><title>Paper</title>"), "this is a web page, not a feed; run `pressrun sources test http://127.0.0.1:"},
		{"50 MB announced", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "52428800") }, "larger than 5 MB"},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		}, "larger than 5 MB"},
		{"not gzip at all", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, paper)
		}, "could not be read (gzip: invalid header)"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<rss><channel>")
			for {
				if _, err := io.WriteString(w, strings.Repeat("<item/>", 1000)); err != nil {
					return
				}
			}
		}, "larger than 5 MB"},
		{"too many redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", 302) }, "redirects more than 5 times; find in a browser"},
		{"redirect to a file", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "file:///etc/passwd", 302) }, "redirects to file:///etc/passwd, which is no web address"},
		{"hangs up", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "could not be read (EOF); it will be tried again"},
		{"too slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "took longer than 15 seconds"},
		{"too slow in the middle", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, paper[:60])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "took longer than 15 seconds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := loopback()
			if strings.HasPrefix(tt.name, "too slow") {
				f.timeout = 50 * time.Millisecond
			}
			before := digest.Source{URL: serve(t, tt.h) + "/", Title: "Paper", Failures: 1}
			src, as, err := f.Fetch(context.Background(), before, now())
			if err == nil || !strings.Contains(err.Error(), tt.want) || as != nil {
				t.Fatalf("%d articles, error %v; want %q", len(as), err, tt.want)
			}
			before.Failures, before.Error, before.FetchedAt, before.NextAt = 2, err.Error(), now(), now().Add(10*time.Minute)
			if diff := cmp.Diff(before, src); diff != "" {
				t.Errorf("source (-want +got)\n%s", diff)
			}
		})
	}
}

func TestFetchFollowsFiveRedirects(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.Path) < len("/xxxxx") {
			http.Redirect(w, r, r.URL.Path+"x", 301)
			return
		}
		io.WriteString(w, strings.ReplaceAll(paper, "<link>/</link>", ""))
	})
	src, as, err := loopback().Fetch(context.Background(), digest.Source{URL: at + "/"}, now())
	if err != nil || len(as) != 2 || src.URL != at+"/" || as[0].URL != at+"/rain" {
		t.Errorf("%v, %+v, source %+v", err, as, src)
	}
	long := serve(t, http.RedirectHandler(at+"/", 302).ServeHTTP)
	if _, _, err := loopback().Fetch(context.Background(), digest.Source{URL: long}, now()); err == nil || !strings.Contains(err.Error(), "redirects more than 5 times") {
		t.Errorf("six redirects: %v", err)
	}
}

func TestFetchRefusesOtherAddresses(t *testing.T) {
	for _, address := range []string{"", "paper.example/feed", "/etc/passwd", "file:///etc/passwd", "ftp://paper.example/", "https://", "http://a b/", "::"} {
		_, _, err := loopback().Fetch(context.Background(), digest.Source{URL: address}, now())
		if err == nil || !strings.Contains(err.Error(), "is not a web address") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestFetchRefusesPrivateNetworks (W13): by address, by name, in any notation, and
// after a redirect. Nothing is sent.
func TestFetchRefusesPrivateNetworks(t *testing.T) {
	var asked atomic.Int32
	inside := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := inside[strings.LastIndexByte(inside, ':'):]
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "192.168.1.1",
		"172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]", "224.0.0.1"} {
		_, _, err := (&Fetcher{}).Fetch(context.Background(), digest.Source{URL: "http://" + host + port}, now())
		if err == nil || !strings.Contains(err.Error(), "private address") || !strings.Contains(err.Error(), "to fetch.allow in pressrun.toml if it is yours") {
			t.Errorf("%s: %v", host, err)
		}
	}
	t.Run("redirect", func(t *testing.T) {
		// The first server is on the allow-list, the one it leads to is not.
		l, err := net.Listen("tcp", "127.0.0.2:0")
		if err != nil {
			t.Skipf("only one loopback address here: %v", err)
		}
		outside := &http.Server{Handler: http.RedirectHandler(inside, http.StatusFound)}
		go outside.Serve(l)
		defer outside.Close()
		f := &Fetcher{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
		_, _, err = f.Fetch(context.Background(), digest.Source{URL: "http://" + l.Addr().String()}, now())
		if want := `127.0.0.1 is a private address; add "127.0.0.1/32" to`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
	if n := asked.Load(); n != 0 {
		t.Errorf("the server inside was asked %d times", n)
	}
}

func TestFetchIgnoresProxies(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.9:1")
	t.Setenv("http_proxy", "http://127.0.0.9:1")
	if _, as, err := loopback().Fetch(context.Background(), digest.Source{URL: serve(t, write(paper))}, now()); err != nil || len(as) != 2 {
		t.Errorf("%v, %d articles", err, len(as))
	}
	client, done := loopback().client()
	defer done()
	if client.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy would dial for us") // the standard library never uses one for loopback
	}
}

func TestFetchOfAClosedPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, _, err = loopback().Fetch(context.Background(), digest.Source{URL: "http://" + l.Addr().String()}, now())
	if err == nil || err.Error() != "127.0.0.1 refuses connections; check the address and whether its web server runs" {
		t.Error(err)
	}
}

func TestFetchWhenCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	before := digest.Source{URL: at, Failures: 1, Error: "x"}
	src, _, err := loopback().Fetch(ctx, before, now())
	if !errors.Is(err, context.Canceled) || src != before {
		t.Errorf("%v, source %+v", err, src)
	}
}

// TestUnreachable covers what no server on loopback can show.
func TestUnreachable(t *testing.T) {
	u, _ := url.Parse("https://me:secret@paper.example/feed")
	wrap := func(err error) error { return &url.Error{Op: "Get", URL: u.String(), Err: err} }
	tests := []struct {
		err  error
		want string
	}{
		{wrap(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "paper.example", IsNotFound: true}}), "there is no server named paper.example; check the spelling of https://me:xxxxx@paper.example/feed"},
		{wrap(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "paper.example", IsTemporary: true}}), "the name paper.example could not be looked up; check this machine's DNS"},
		{wrap(errors.New("http: server gave HTTP response to HTTPS client")), "paper.example does not speak TLS"},
		{wrap(errors.New("odd")), "could not be read (odd)"},
	}
	for _, tt := range tests {
		got := unreachable(u, tt.err).Error()
		if !strings.Contains(got, tt.want) || strings.Contains(got, "secret") {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
