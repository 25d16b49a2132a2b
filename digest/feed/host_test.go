package feed

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

func TestHostIsAskedOneAtATimeWithAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hs hosts
		u := &url.URL{Scheme: "https", Host: "paper.example"}
		began := time.Now()
		var mutex sync.Mutex
		var starts []time.Duration
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				h := hs.at(u)
				if err := errors.Join(h.take(t.Context()), h.rest(t.Context())); err != nil {
					t.Error(err)
					return
				}
				mutex.Lock()
				starts = append(starts, time.Since(began))
				mutex.Unlock()
				time.Sleep(3 * time.Second) // the request takes so long
				h.free = time.Now().Add(pause)
				h.release()
			})
		}
		all.Wait()
		if d := cmp.Diff([]time.Duration{0, 4 * time.Second, 8 * time.Second, 12 * time.Second}, starts); d != "" {
			t.Error(d)
		}
		if err := hs.at(&url.URL{Scheme: "https", Host: "post.example"}).take(t.Context()); err != nil || time.Since(began) != 15*time.Second {
			t.Errorf("another host waits, too: %v, %s", err, time.Since(began))
		}
	})
}

func TestWaitingForAHostEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{turn: make(chan struct{}, 1), free: time.Now().Add(time.Hour)}
		if err := h.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.take(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("for the turn: %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.rest(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("for the end of the pause: %v", err)
		}
	})
}

// TestRobotsAreHonoured: what robots.txt says is kept to for a day, what it does not say
// (5xx) is read as a no, and that there is none (4xx) as a yes.
func TestRobotsAreHonoured(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		file   string
		want   string // of the error, "" for none
	}{
		{"allowed", 200, "User-agent: *\nDisallow: /other", ""},
		{"forbidden", 200, "User-agent: pressrun\nDisallow: /rain", "asks Pressrun not to read http://127.0.0.1"},
		{"empty", 200, "", ""},
		{"none", 404, "", ""},
		{"not for us", 403, "", ""},
		{"broken", 500, "", "cannot be read, so its pages are left alone"},
		{"busy", 429, "", "cannot be read, so its pages are left alone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			at := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.Path)
				if r.URL.Path == "/robots.txt" {
					w.WriteHeader(c.status)
					io.WriteString(w, c.file)
					return
				}
				io.WriteString(w, articlePage("Rain"))
			})
			f := quick()
			for _, later := range []time.Duration{0, 5 * time.Minute, 23 * time.Hour, 25 * time.Hour} {
				_, err := f.Article(t.Context(), at+"/rain", digest.Source{}, now().Add(later))
				if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("after %s: %v", later, err)
				}
			}
			want := []string{"/robots.txt", "/robots.txt"}
			switch {
			case c.want == "":
				want = []string{"/robots.txt", "/rain", "/rain", "/rain", "/robots.txt", "/rain"}
			case c.status >= 400:
				want = append(want, "/robots.txt") // asked for again soon
			}
			if d := cmp.Diff(want, asked); d != "" {
				t.Error(d)
			}
		})
	}
}

// quick is loopback without the pause between pages.
func quick() *Fetcher {
	f := loopback()
	f.pause = time.Nanosecond
	return f
}

func TestSiteThatIsBusyIsLeftAlone(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header string
		want   time.Duration
		told   bool
	}{
		{"in seconds", 429, "3600", time.Hour, true},
		{"as a date", 503, "Mon, 23 Nov 2026 09:00:00 GMT", 2 * time.Hour, true},
		{"not said", 503, "", 5 * time.Minute, false},
		{"nonsense", 429, "soon", 5 * time.Minute, false},
		{"for ever", 429, "99999999999", 24 * time.Hour, true},
		{"for a year", 429, "31536000", 24 * time.Hour, true},
		{"of another status", 500, "3600", 5 * time.Minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("Retry-After", c.header)
				w.WriteHeader(c.status)
			})
			f := loopback()
			src, _, err := f.Fetch(t.Context(), digest.Source{URL: at}, now())
			if err == nil || src.NextAt.Sub(now()) != c.want || src.ToldNext != c.told {
				t.Fatalf("%v; next in %s, told %v", err, src.NextAt.Sub(now()), src.ToldNext)
			}
			early := src.NextAt.Add(-time.Second)
			same, _, err := f.Fetch(t.Context(), src, early)
			if c.told && (asked != 1 || !IsWaiting(err) || !strings.Contains(err.Error(), "it is asked again at") || same != src) {
				t.Errorf("asked %d times although told: %v", asked, err)
			}
			if !c.told && asked != 2 {
				t.Errorf("asked %d times by hand", asked)
			}
			f.BackOff = true
			before := asked
			if _, _, err := f.Fetch(t.Context(), src, early); err == nil || asked != before {
				t.Errorf("asked too early: %v", err)
			}
			if _, _, err := f.Fetch(t.Context(), src, src.NextAt); err == nil || asked != before+1 {
				t.Errorf("not asked when its time has come: %v", err)
			}
		})
	}
}

// TestChangedAtDoesNotMoveForTheSameBytes: many servers send no ETag.
func TestChangedAtDoesNotMoveForTheSameBytes(t *testing.T) {
	body := paper
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	src, _, err := loopback().Fetch(t.Context(), digest.Source{URL: at}, now())
	if err != nil {
		t.Fatal(err)
	}
	later := now().Add(time.Hour)
	src, articles, err := loopback().Fetch(t.Context(), src, later)
	if err != nil || !src.ChangedAt.Equal(now()) || !src.FetchedAt.Equal(later) || len(articles) != 2 {
		t.Errorf("%v: changed %s, %d articles", err, src.ChangedAt, len(articles))
	}
	body = strings.Replace(body, "Rain", "Snow", 1)
	if src, _, err = loopback().Fetch(t.Context(), src, later); err != nil || !src.ChangedAt.Equal(later) {
		t.Errorf("%v: changed %s", err, src.ChangedAt)
	}
}
