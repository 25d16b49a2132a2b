package feed

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

// A site has a front page that lists its stories.
type site struct {
	*testing.T
	stories int
	asked   []string
	answers map[string]http.HandlerFunc // in the place of a story's page
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.URL.Path)
	switch {
	case s.answers[r.URL.Path] != nil:
		s.answers[r.URL.Path](w, r)
	case r.URL.Path == "/robots.txt":
		io.WriteString(w, "User-agent: *\nDisallow: /news/3$\n")
	case r.URL.Path == "/":
		w.Header().Set("ETag", `"front"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, "<html lang=en><!-- %d --><body>", len(s.asked)) // its bytes are always others
		for i := range s.stories {
			fmt.Fprintf(w, `<article><h2><a href="/news/%d?utm_source=front">Headline of story %d</a></h2></article>`, i+1, i+1)
		}
	default:
		fmt.Fprintf(w, `<meta property="article:published_time" content="2026-11-22T10:00:00Z"><h1>Story %s as its page tells it</h1>
			<p>What happened with this story, in a sentence that is long enough for a summary.</p>`, r.URL.Path)
	}
}

func (s *site) source(at string) digest.Source {
	return digest.Source{URL: at + "/", Kind: digest.SourcePage, Selectors: digest.Selectors{Item: "article", Link: "a"}}
}

// TestStoriesOfAPageAreFollowed: new ones to their pages, at most 20 at a time; those that
// are known are only listed; the rest waits. At the first reading nothing waits.
func TestStoriesOfAPageAreFollowed(t *testing.T) {
	s := &site{T: t, stories: 30}
	at := serve(t, s.ServeHTTP)
	known := map[string]bool{}
	f := quick()
	f.Known = func(_ context.Context, urls []string) (map[string]bool, error) { return known, nil }
	count := func(articles []digest.Article) (listed, told int) {
		for _, a := range articles {
			checkArticle(t, a)
			known[a.URL] = true
			if a.Listed {
				listed++
			} else {
				told++
				if a.DateFrom != digest.DateMeta || a.Summary == "" || !strings.HasSuffix(a.Title, "as its page tells it") {
					t.Errorf("%+v", a)
				}
			}
		}
		return listed, told
	}
	src, articles, err := f.Fetch(t.Context(), s.source(at), now())
	if err != nil {
		t.Fatal(err)
	}
	// Story 3 is not to be read by robots.txt, and taken as it is listed.
	if listed, told := count(articles); listed != 11 || told != 19 || src.ETag != `"front"` {
		t.Errorf("first: %d listed, %d told, ETag %q", listed, told, src.ETag)
	}
	if n := len(s.asked); n != 2+19 {
		t.Errorf("asked %d times", n)
	}

	s.stories, s.asked, src.ETag = 55, nil, ""
	src, articles, err = f.Fetch(t.Context(), src, now())
	if listed, told := count(articles); listed != 30 || told != 20 || err != nil || src.ETag != "" {
		t.Errorf("then: %d listed, %d told, ETag %q, %v", listed, told, src.ETag, err)
	}
	src, articles, err = f.Fetch(t.Context(), src, now())
	if listed, told := count(articles); listed != 50 || told != 5 || err != nil || src.ETag == "" {
		t.Errorf("at last: %d listed, %d told, ETag %q, %v", listed, told, src.ETag, err)
	}
	changed := src.ChangedAt
	later := now().Add(3600e9)
	src.ETag = ""
	if src, _, err = f.Fetch(t.Context(), src, later); err != nil || !src.ChangedAt.Equal(changed) {
		t.Errorf("the same stories in other bytes: %v, changed %s", err, src.ChangedAt)
	}
}

// TestWhatBecomesOfAStory whose page does not answer as it should.
func TestWhatBecomesOfAStory(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(code)
		}
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   []string // titles
		again  bool
	}{
		{"gone", status(410), []string{"/news/2"}, false},
		{"not there", status(404), []string{"/news/2"}, false},
		{"closed to us", status(403), []string{"Headline of story 1", "/news/2"}, false},
		{"broken", status(500), []string{"/news/2"}, false},
		{"busy", status(429), nil, true},
		{"busy for all", status(503), nil, true},
		{"busy, and does not say how long", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, nil, false},
		{"no article", write("<p>"), []string{"Headline of story 1", "/news/2"}, false},
		{"a redirect to another of its addresses", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/2026/rain", 301) }, []string{"/2026/rain", "/news/2"}, false},
		{"a bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(zipped(strings.Repeat(" ", 8<<20)))
		}, []string{"Headline of story 1", "/news/2"}, false},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"/news/2"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &site{T: t, stories: 2, answers: map[string]http.HandlerFunc{"/news/1": c.answer}}
			at := serve(t, s.ServeHTTP)
			src := s.source(at)
			src.FetchedAt = now().Add(-3600e9) // not the first time
			src, articles, err := quick().Fetch(t.Context(), src, now())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range articles {
				title := strings.TrimSuffix(strings.TrimPrefix(a.Title, "Story "), " as its page tells it")
				got = append(got, title)
				if title == "/2026/rain" && cmp.Diff([]string{at + "/news/1"}, a.Aliases) != "" {
					t.Errorf("also known as %q", a.Aliases)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if c.again != (src.ToldNext && src.NextAt.Equal(now().Add(600e9))) {
				t.Errorf("next at %s, told %v", src.NextAt, src.ToldNext)
			}
		})
	}
}

// TestFetchOfListsRefusesPrivateNetworks (W13): neither the page nor what it links to.
func TestFetchOfListsRefusesPrivateNetworks(t *testing.T) {
	s := &site{T: t, stories: 2}
	at := serve(t, s.ServeHTTP)
	if _, _, err := new(Fetcher).Fetch(t.Context(), s.source(at), now()); err == nil || !strings.Contains(err.Error(), "private address") || len(s.asked) > 0 {
		t.Errorf("%v; asked %q", err, s.asked)
	}
	s.answers = map[string]http.HandlerFunc{"/": write(`<article><a href="http://169.254.169.254/latest/meta-data/">The cloud's own secrets</a></article>`)}
	src := s.source(at)
	_, articles, err := quick().Fetch(t.Context(), src, now())
	if err != nil || len(articles) != 0 {
		t.Errorf("%v; %+v", err, articles)
	}
	if _, err := quick().Article(t.Context(), "file:///etc/passwd", src, now()); err == nil {
		t.Error("a file is read")
	}
}

// TestListThatIsCanceled comes back unchanged.
func TestListThatIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &site{T: t, stories: 2, answers: map[string]http.HandlerFunc{"/news/1": func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }}}
	before := s.source(serve(t, s.ServeHTTP))
	if src, articles, err := quick().Fetch(ctx, before, now()); err == nil || src != before || articles != nil {
		t.Errorf("%v %+v", err, src)
	}
}
