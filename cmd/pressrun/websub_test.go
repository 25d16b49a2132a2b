package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers/db"
)

// A hub is a paper's web server with a feed at /feed and the hub that tells of its news at
// /hub (WebSub), which calls back as the standard says.
type hub struct {
	*httptest.Server
	test *testing.T
	mute bool // it takes requests and does not call back

	mutex     sync.Mutex
	headlines []string
	status    int          // of its answers to requests; 0: 202
	requests  []url.Values // that it took
	reads     int          // of the feed
	callback  string       // of who subscribed
	secret    string
}

func openHub(t *testing.T) *hub {
	h := &hub{test: t}
	h.prints("Rain at last")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /feed", h.serveFeed)
	mux.HandleFunc("POST /hub", h.take)
	h.Server = httptest.NewUnstartedServer(mux)
	h.Start()
	t.Cleanup(h.Close)
	return h
}

func (h *hub) prints(headline string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.headlines = append(h.headlines, headline)
}

// document is the feed as it is now.
func (h *hub) document() []byte {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>The Wire</title><link>%s/</link>
		<atom:link rel="hub" href="%[1]s/hub"/><atom:link rel="self" href="%[1]s/feed?canonical=1"/>`, h.URL)
	for i, headline := range h.headlines {
		fmt.Fprintf(&b, `<item><title>%s</title><link>%s/%d</link></item>`, headline, h.URL, i)
	}
	b.WriteString(`</channel></rss>`)
	return b.Bytes()
}

func (h *hub) serveFeed(w http.ResponseWriter, _ *http.Request) {
	h.mutex.Lock()
	h.reads++
	h.mutex.Unlock()
	w.Write(h.document())
}

// take answers a request and then calls back (§5.1 to §5.3).
func (h *hub) take(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.requests = append(h.requests, r.PostForm)
	if h.status != 0 {
		w.WriteHeader(h.status)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	if !h.mute {
		go h.verify(r.PostForm)
	}
}

// verify asks the one who called whether it was they, and begins or ends what they want.
func (h *hub) verify(form url.Values) {
	q := url.Values{"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": {"are you " + form.Get("hub.topic") + "?"}, "hub.lease_seconds": {"600"}}
	res, err := http.Get(form.Get("hub.callback") + "?" + q.Encode())
	if err != nil {
		h.test.Error(err)
		return
	}
	defer res.Body.Close()
	said, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || string(said) != q.Get("hub.challenge") {
		h.test.Errorf("asked back, the subscriber answers %d %s", res.StatusCode, said)
		return
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.callback, h.secret = form.Get("hub.callback"), form.Get("hub.secret")
	if form.Get("hub.mode") == "unsubscribe" {
		h.callback = ""
	}
}

func (h *hub) subscriber() (callback, secret string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.callback, h.secret
}

func (h *hub) readings() int {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.reads
}

// modes are what was asked of the hub.
func (h *hub) modes() (all []string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, r := range h.requests {
		all = append(all, r.Get("hub.mode"))
	}
	return all
}

func (h *hub) answers(status int) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.status = status
}

// tells sends the feed to the subscriber, signed with a secret (§7), and returns what it is
// answered.
func (h *hub) tells(secret string) int {
	h.test.Helper()
	callback, _ := h.subscriber()
	news := h.document()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(news)
	r, err := http.NewRequest("POST", callback, bytes.NewReader(news))
	ok(h.test, err)
	r.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(r)
	ok(h.test, err)
	body(h.test, res)
	return res.StatusCode
}

// A story is known within seconds of its hub's call, and nobody else's call does anything.
func TestHubTellsOfAStoryAndItIsReadInSeconds(t *testing.T) {
	t.Parallel()
	h, hub := openHouse(t, t.TempDir(), 0), openHub(t)
	h.with("PRESSRUN_FETCH_EVERY", "1h") // so that the clock finds nothing
	h.run(0, "sources", "add", hub.URL+"/feed")
	added := hub.readings()
	known := func(headline string) bool {
		return len(h.sql(`SELECT title FROM article WHERE title = ?1`, headline)) == 1
	}
	serve := h.start("serve")
	eventually(t, func() bool { callback, _ := hub.subscriber(); return callback != "" })
	eventually(t, func() bool { return hub.readings() == added+1 }) // when serve began; the next time is in an hour
	callback, secret := hub.subscriber()

	hub.prints("A bridge opens")
	for _, wrong := range []string{"", "a guess", callback} {
		if status := hub.tells(wrong); status != http.StatusForbidden {
			t.Errorf("with a wrong secret the hub is answered %d", status)
		}
	}
	time.Sleep(1500 * time.Millisecond)
	if hub.readings() != added+1 || known("A bridge opens") {
		t.Error("a wrong signature has the source read")
	}

	began := time.Now()
	if status := hub.tells(secret); status != http.StatusAccepted || time.Since(began) > time.Second {
		t.Errorf("the hub is answered %d after %v", status, time.Since(began))
	}
	eventually(t, func() bool { return known("A bridge opens") })
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("it is known after %v", took)
	}
	serve.says(`a hub told of news, and the source was read.*new=1`)

	// A replay does no harm: it is read once more, and not at once.
	for range 20 {
		hub.tells(secret)
	}
	time.Sleep(1500 * time.Millisecond)
	if n := hub.readings() - added; n != 2 {
		t.Errorf("replayed at once it is read %d times", n)
	}
	if n := h.sql(`SELECT count(*) FROM article WHERE title = 'A bridge opens'`)[0]; n != "1" {
		t.Errorf("there are %s articles of it", n)
	}

	h.run(0, "sources", "remove", hub.URL+"/feed")
	eventually(t, func() bool { callback, _ := hub.subscriber(); return callback == "" })
	if d := cmp.Diff([]string{"subscribe", "unsubscribe"}, hub.modes()); d != "" {
		t.Error(d)
	}
	if n := h.sql(`SELECT count(*) FROM websub`)[0]; n != "0" {
		t.Errorf("%s subscriptions are left", n)
	}
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
	for _, hidden := range []string{secret, callback[strings.LastIndexByte(callback, '/')+1:], "level=ERROR"} {
		if strings.Contains(serve.stderr.String(), hidden) {
			t.Errorf("%q stands in the log\n%s", hidden, &serve.stderr)
		}
	}
}

// The clock of these tests begins at midnight UTC of 1 January 2000; the hub stands outside
// of them, and the test answers for the site.
func TestLeaseIsRenewedBeforeItEndsAndAHubThatFailsIsLeftInPeace(t *testing.T) {
	hub := openHub(t)
	hub.mute = true
	synctest.Test(t, func(t *testing.T) {
		s := newListener(t, hub)
		defer s.stop()
		const lease = 10 * time.Minute
		start := time.Now()
		at := func(minutes float64) {
			time.Sleep(time.Until(start.Add(time.Duration(minutes * float64(time.Minute)))))
		}
		requests := func(want int) {
			t.Helper()
			if got := len(hub.modes()); got != want {
				t.Fatalf("after %v there are %d requests, want %d\n%s", time.Since(start), got, want, s.log)
			}
		}
		at(0.1)
		requests(1)
		s.confirms(lease)
		at(7)
		requests(1)
		at(8)
		requests(2) // with a quarter of the lease left
		s.confirms(lease)
		until := s.subscription().Lease
		if !until.After(start.Add(17 * time.Minute)) {
			t.Errorf("renewed it ends %v", until)
		}

		// The hub goes down: it is asked after five, ten and twenty minutes.
		hub.answers(http.StatusServiceUnavailable)
		at(15)
		requests(2)
		at(16) // at 15:30 or so
		requests(3)
		at(20)
		requests(3)
		if got := s.subscription(); got.State != digest.HubWanted && got.Lease.Before(time.Now()) {
			t.Errorf("it is %+v", got)
		}
		at(21.5)
		requests(4)
		at(30)
		requests(4)
		at(32)
		requests(5)
		if got := s.subscription(); got.State != digest.HubWanted || got.Failures != 3 || !strings.Contains(got.Error, "503") {
			t.Errorf("down it is %+v", got)
		}
		// Up again, it takes the request and forgets to call back; in the end it does.
		hub.answers(0)
		at(53)
		requests(6)
		at(60)
		if got := s.subscription(); got.Failures != 3 || got.Asked.IsZero() {
			t.Errorf("waiting for the hub's call it is %+v", got)
		}
		at(62)
		if got := s.subscription(); got.Failures != 4 || !strings.Contains(got.Error, "did not call back") {
			t.Errorf("without the hub's call it is %+v", got)
		}
		s.confirms(lease)
		if got := s.subscription(); got.State != digest.HubActive || got.Failures != 0 {
			t.Errorf("called back late it is %+v", got)
		}
		requests(6)
	})
}

// The same news again and again has the source read every ten seconds at most.
func TestNewsIsFollowedEveryTenSecondsAtMost(t *testing.T) {
	hub := openHub(t)
	hub.mute = true
	synctest.Test(t, func(t *testing.T) {
		s := newListener(t, hub)
		defer s.stop()
		time.Sleep(100 * time.Millisecond)
		s.confirms(time.Hour)
		before := hub.readings()
		for range 60 {
			ok(t, s.store.HubAnnounces(t.Context(), s.subscription(), time.Now()))
			time.Sleep(time.Second)
		}
		if n := hub.readings() - before; n < 5 || n > 6 {
			t.Errorf("in a minute it is read %d times", n)
		}
	})
}

// A site that only this machine can reach asks no hub elsewhere.
func TestOnlyHubsThatReachTheSiteAreAsked(t *testing.T) {
	for _, c := range []struct {
		base, hub string
		want      bool
	}{
		{"https://news.paper.example", "https://hub.example/", true},
		{"https://news.paper.example/letters", "http://hub.example/", true},
		{"https://news.paper.example", "http://127.0.0.1/", true}, // the fetcher decides
		{"http://news.paper.example", "https://hub.example/", false},
		{"http://127.0.0.1:8080", "https://hub.example/", false},
		{"http://127.0.0.1:8080", "http://127.0.0.2:99/hub", true},
		{"http://localhost:8080", "http://[::1]:99/hub", true},
		{"https://localhost", "https://hub.example/", false},
		{"http://127.0.0.1.example", "http://127.0.0.1", false},
	} {
		if got := (&ear{base: c.base}).reaches(c.hub); got != c.want {
			t.Errorf("%s for %s: %v", c.hub, c.base, got)
		}
	}
}

// A listener is an ear at work on a database with one source, that of a hub.
type listener struct {
	*testing.T
	store *digest.Store
	log   *output
	stop  func()
}

func newListener(t *testing.T, hub *hub) *listener {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "pressrun.db"))
	ok(t, err)
	ok(t, d.Migrate(t.Context(), digest.Schema()))
	s := &listener{T: t, store: digest.NewStore(d), log: &output{}}
	fetcher := &feed.Fetcher{UserAgent: "Pressrun/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	src, articles, err := fetcher.Fetch(t.Context(), digest.Source{URL: hub.URL + "/feed"}, time.Now())
	ok(t, err)
	_, err = s.store.PutArticles(t.Context(), src, articles, false, time.Now())
	ok(t, err)
	log := slog.New(slog.NewTextHandler(s.log, nil))
	e := &ear{
		publisher: &publish.Publisher{Store: s.store, Fetcher: fetcher, Log: log}, base: "http://127.0.0.1:8080", log: log,
		acquire: func(ctx context.Context, _ string) (context.Context, func(), error) { return ctx, func() {}, nil },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		d.Close()
	}
	return s
}

func (s *listener) subscription() digest.HubSubscription {
	s.Helper()
	all, err := s.store.DueHubs(s.Context(), time.Now().AddDate(1, 0, 0))
	ok(s.T, err)
	if len(all) != 1 {
		s.Fatalf("there are %d subscriptions", len(all))
	}
	return all[0]
}

func (s *listener) confirms(lease time.Duration) {
	s.Helper()
	ok(s.T, s.store.HubConfirms(s.Context(), s.subscription(), lease, time.Now()))
}
