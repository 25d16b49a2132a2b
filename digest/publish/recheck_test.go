package publish_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// A website has a feed at /feed and a page for each story, until the test changes one. It
// counts what is asked of it.
type website struct {
	*httptest.Server
	mu      sync.Mutex
	pages   map[string]http.HandlerFunc
	asked   []string // "HEAD /1"
	now     int
	atOnce  int           // most requests for pages at a time
	thinks  time.Duration // before each answer
	stories []string
}

func newWebsite(t *testing.T, headlines ...string) *website {
	t.Helper()
	w := &website{pages: map[string]http.HandlerFunc{}, stories: headlines}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.CloseClientConnections)
	for i, h := range headlines {
		w.pages[fmt.Sprintf("/%d", i+1)] = article(h)
	}
	w.pages["/"], w.pages["/moved"] = article("The Paper"), article("Rain")
	w.pages["/feed"] = func(out http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(out, `<rss version="2.0"><channel><title>Paper</title><link>%s/</link><language>en</language>`, w.URL)
		for i, h := range headlines {
			fmt.Fprintf(out, `<item><title>%s</title><link>%s/%d</link><pubDate>%s</pubDate></item>`,
				h, w.URL, i+1, evening.Add(-time.Duration(i)*time.Minute).UTC().Format(time.RFC1123Z))
		}
		fmt.Fprint(out, `</channel></rss>`)
	}
	return w
}

func article(headline string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<html lang="en"><head><meta property="og:title" content="%[1]s"><meta property="article:published_time" content="%[2]s"></head>
			<body><article><h1>%[1]s</h1><p>It was said this morning that a great deal had been seen of it.</p></article></body></html>`, headline, evening.Format(time.RFC3339))
	}
}

func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func leadsTo(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, address, http.StatusFound) }
}

func (s *website) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	page := s.pages[r.URL.Path]
	s.now++
	s.atOnce = max(s.atOnce, s.now)
	thinks := s.thinks
	s.mu.Unlock()
	time.Sleep(thinks)
	if page == nil {
		page = http.NotFound
	}
	page(w, r)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
}

func (s *website) turns(path string, page http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = page
}

func (s *website) askedFor(method, path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if a == method+" "+path {
			n++
		}
	}
	return n
}

// newsroom is a press that rechecks, with the website's feed read.
func newsroom(t *testing.T, w *website, change func(*digest.Edition)) *press {
	t.Helper()
	p := newPress(t)
	p.Recheck = 5 * time.Second
	p.source(w.URL + "/feed")
	p.edition(evening, func(e *digest.Edition) {
		e.Rules.Apart = true
		if change != nil {
			change(e)
		}
	})
	p.subscribe("daily", "en")
	p.collect(seven)
	return p
}

func reasonOf(issue digest.Issue, title string) string {
	for _, s := range issue.Stories {
		if s.Title == title {
			return s.Reason.String()
		}
	}
	return "not there"
}

func TestAPageThatIsGoneLeavesTheIssueAndAnotherTakesItsPlace(t *testing.T) {
	for _, c := range []struct {
		name string
		page http.HandlerFunc
		want string // in its reason, "" when it stays
	}{
		{"404", answers(404), "its page is gone: 404 Not Found"},
		{"410", answers(410), "its page is gone: 410 Gone"},
		{"451", answers(451), "451"},
		{"leads to the front page", leadsTo("/"), "front page"},
		{"leads to a page that is gone", leadsTo("/none"), "404"},
		{"leads to another page", leadsTo("/moved"), ""},
		{"moved within the site, with a question", leadsTo("/?welcome=1"), ""},
		{"500", answers(500), ""},
		{"503", answers(503), ""},
		{"403", answers(403), ""},
		{"429", answers(429), ""},
		{"not to be indexed", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Robots-Tag", "noindex") }, ""},
		{"knows no HEAD", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
		}, ""},
		{"knows no HEAD and is gone", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[string]int{http.MethodHead: 501, http.MethodGet: 410}[r.Method])
		}, "410"},
		{"denies itself to HEAD alone", func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusNotFound)
			}
		}, ""},
		{"breaks off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ""},
		{"leads nowhere", leadsTo("http://10.0.0.1/"), ""},
		{"leads round and round", leadsTo("/1"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWebsite(t, "Rain", "Sun", "Wind", "Snow")
			p := newsroom(t, w, func(e *digest.Edition) { e.Rules.Max = 2 })
			w.turns("/1", c.page)
			issue := p.publish("daily", seven, seven)
			want := []string{"Rain", "Sun"}
			if c.want != "" {
				want = []string{"Sun", "Wind"}
				if got := reasonOf(issue, "Rain"); !strings.Contains(got, c.want) {
					t.Errorf("Rain: %s", got)
				}
			}
			if d := cmp.Diff(want, titles(issue)); d != "" {
				t.Error(d)
			}
			if n := w.askedFor("HEAD", "/4") + w.askedFor("GET", "/4"); n > 0 {
				t.Error("a story that is not picked was asked for")
			}
			if n := w.askedFor("HEAD", "/2"); n != 1 {
				t.Errorf("a page was asked for %d times", n)
			}
			next := p.publish("daily", seven.AddDate(0, 0, 1), seven.AddDate(0, 0, 1))
			if c.want != "" && slices.Contains(titles(next), "Rain") {
				t.Error("what is gone is carried to the next issue")
			}
		})
	}
}

func TestWithoutTheRuleNoPageIsAsked(t *testing.T) {
	w := newWebsite(t, "Rain", "Sun")
	p := newsroom(t, w, func(e *digest.Edition) { e.Rules.Unchecked = true })
	w.turns("/1", answers(404))
	if got := titles(p.publish("daily", seven, seven)); len(got) != 2 || w.askedFor("HEAD", "/1") > 0 {
		t.Errorf("%v", got)
	}
}

// What takes the place of a story that is gone may be gone itself.
func TestAnIssueIsPickedAnewUntilItsStoriesAreThere(t *testing.T) {
	w := newWebsite(t, "One", "Two", "Three", "Four", "Five", "Six")
	p := newsroom(t, w, func(e *digest.Edition) { e.Rules.Max = 2; e.Rules.Min = 2 })
	for _, path := range []string{"/1", "/3"} {
		w.turns(path, answers(410))
	}
	issue := p.publish("daily", seven, seven)
	if d := cmp.Diff([]string{"Two", "Four"}, titles(issue)); d != "" {
		t.Error(d)
	}
	if l := p.letter(issue); l.subject != "Two" {
		t.Errorf("leads with %q", l.subject)
	}
}

func TestWhenAWholeSiteIsGoneItsStoriesStay(t *testing.T) {
	w := newWebsite(t, "One", "Two", "Three", "Four")
	p := newsroom(t, w, nil)
	for n := range 4 {
		w.turns(fmt.Sprintf("/%d", n+1), answers(404))
	}
	if got := titles(p.publish("daily", seven, seven)); len(got) != 4 {
		t.Errorf("%v", got)
	}
	if !strings.Contains(p.log.String(), "the site itself may be in trouble") {
		t.Error("nobody is told")
	}
}

// A site that does not answer holds up an issue for the patience alone, and two of its
// pages are asked at a time.
func TestASlowSiteIsAskedGentlyAndNotWaitedForForLong(t *testing.T) {
	var all []string
	for n := range 12 {
		all = append(all, fmt.Sprintf("Headline %d", n+1))
	}
	w := newWebsite(t, all...)
	p := newsroom(t, w, nil)
	p.Recheck = 400 * time.Millisecond
	w.thinks = 100 * time.Millisecond
	w.turns("/12", answers(404)) // nobody gets to it
	began := time.Now()
	issue := p.publish("daily", seven, seven)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	if len(titles(issue)) != 12 || w.atOnce != 2 {
		t.Errorf("%d stories, %d pages at once", len(titles(issue)), w.atOnce)
	}
	if n := len(w.asked); n > 12 {
		t.Errorf("%d requests", n)
	}
}

func TestAskedAgainForAnIssueThatIsThereNoPageIsAsked(t *testing.T) {
	w := newWebsite(t, "Rain", "Sun")
	p := newsroom(t, w, nil)
	first := p.publish("daily", seven, seven)
	w.turns("/1", answers(404))
	before := len(w.asked)
	if again := p.publish("daily", seven, seven.Add(time.Hour)); len(w.asked) != before || !slices.Equal(titles(again), titles(first)) {
		t.Errorf("%v, %d requests more", titles(again), len(w.asked)-before)
	}
}

// Between the freeze and the first delivery some time may pass. What is gone by then leaves
// the issue, also from what was composed of it; what readers may have stays as it is.
func TestBeforeTheFirstDeliveryPagesAreAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name, when string
		gone       []string
		later      time.Duration
		want       []string
		state      digest.IssueState
	}{
		{"the lead is gone", "BEFORE INSERT ON run", []string{"/1"}, time.Hour, []string{"Sun", "Wind"}, digest.IssuePosted},
		{"one in the middle, not composed yet", "BEFORE INSERT ON variant", []string{"/2"}, time.Hour, []string{"Rain", "Wind"}, digest.IssuePosted},
		{"nothing", "BEFORE INSERT ON run", nil, time.Hour, []string{"Rain", "Sun", "Wind"}, digest.IssuePosted},
		{"all", "BEFORE INSERT ON run", []string{"/1", "/2", "/3"}, time.Hour, nil, digest.IssueSkipped},
		{"asked a moment ago", "BEFORE INSERT ON run", []string{"/1"}, time.Minute, []string{"Rain", "Sun", "Wind"}, digest.IssuePosted},
		{"readers have it", "BEFORE UPDATE OF state ON issue", []string{"/1"}, time.Hour, []string{"Rain", "Sun", "Wind"}, digest.IssuePosted},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWebsite(t, "Rain", "Sun", "Wind")
			p := newsroom(t, w, nil)
			p.exec(`CREATE TRIGGER full ` + c.when + ` BEGIN SELECT RAISE(ABORT, 'no room'); END`)
			if _, err := p.Publish(t.Context(), "daily", seven, seven, nil); err == nil {
				t.Fatal("published")
			}
			p.exec(`DROP TRIGGER full`)
			for _, path := range c.gone {
				w.turns(path, answers(410))
			}
			if err := p.Resume(t.Context(), "", seven.Add(c.later)); err != nil {
				t.Fatal(err)
			}
			issue, err := p.Store.IssueAt(t.Context(), digest.Edition{ID: 1}, seven)
			if err != nil || issue.State != c.state {
				t.Fatalf("%s %q %v", issue.State, issue.Reason, err)
			}
			if d := cmp.Diff(c.want, titles(issue)); d != "" {
				t.Error(d)
			}
			if c.state == digest.IssueSkipped {
				if _, err := p.Queue.Run(t.Context(), issue.ID); !errors.Is(err, outbox.ErrNoRun) {
					t.Errorf("it is in the outbox: %v", err)
				}
				return
			}
			l := p.letter(issue)
			if d := cmp.Diff(c.want, l.headlines); d != "" || l.subject != c.want[0] || !issue.Stories[0].Lead {
				t.Errorf("%q: %s", l.subject, d)
			}
			for i, s := range issue.Stories[:len(c.want)] {
				if s.Place != i+1 {
					t.Errorf("%s is at place %d", s.Title, s.Place)
				}
			}
			if len(issue.Stories) != 3 {
				t.Errorf("%d stories are accounted for", len(issue.Stories))
			}
			p.exec(`UPDATE run SET useful_until = 99999999999`)
			if mails := p.deliver()["reader1@readers.example"]; len(mails) != 1 || strings.Contains(mails[0], "Rain") != slices.Contains(c.want, "Rain") {
				t.Errorf("%d mails", len(mails))
			}
		})
	}
}

// In an issue of two languages each keeps a lead of its own.
func TestTheNextOfItsLanguageLeadsWhenALeadIsGone(t *testing.T) {
	w := newWebsite(t, "Rain", "Sun")
	ar := newWebsite(t, "مطر", "شمس")
	p := newsroom(t, w, func(e *digest.Edition) { e.Languages = []string{"en", "ar"} })
	p.source(ar.URL + "/feed")
	p.exec(`UPDATE source SET language = 'ar' WHERE id = 2`)
	p.collect(seven)
	p.exec(`CREATE TRIGGER full BEFORE INSERT ON run BEGIN SELECT RAISE(ABORT, 'no room'); END`)
	if _, err := p.Publish(t.Context(), "daily", seven, seven, nil); err == nil {
		t.Fatal("published")
	}
	p.exec(`DROP TRIGGER full`)
	ar.turns("/1", answers(410))
	issue := p.publish("daily", seven, seven.Add(time.Hour))
	var leads []string
	for _, s := range issue.Stories {
		if s.Lead {
			leads = append(leads, s.Title)
		}
	}
	if d := cmp.Diff([]string{"Rain", "شمس"}, leads); d != "" {
		t.Error(d)
	}
}

// A list does not tell that a headline has changed; the story's page does.
func TestAHeadlineThatChangedOnItsPageIsTaken(t *testing.T) {
	w := newWebsite(t, "A storm is on its way to the coast", "The ferry came back empty again", "Rain at last for the valley")
	w.turns("/front", func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "text/html")
		fmt.Fprint(out, `<html lang="en"><body><main>`)
		for i, h := range w.stories {
			fmt.Fprintf(out, `<div class="story"><h2><a href="/%d">%s</a></h2></div>`, i+1, h)
		}
		fmt.Fprint(out, `</main></body></html>`)
	})
	p := newPress(t)
	p.Recheck = 5 * time.Second
	if _, err := p.Store.PutSource(t.Context(), digest.Source{URL: w.URL + "/front", Kind: digest.SourcePage, Selectors: digest.Selectors{Item: ".story", Link: "a", Title: "h2"}}); err != nil {
		t.Fatal(err)
	}
	p.Fetcher.Follow = -1 // the list alone: their pages are read at the recheck
	p.edition(evening, func(e *digest.Edition) { e.Rules.Apart = true })
	if c := p.collect(seven)[0]; c.New != 3 {
		t.Fatalf("%+v", c)
	}
	w.turns("/1", article("The storm has turned away from the coast"))
	w.turns("/2", leadsTo("/3"))                               // not its page
	w.turns("/3", func(http.ResponseWriter, *http.Request) {}) // says nothing
	issue := p.publish("daily", seven, seven)
	got := titles(issue)
	slices.Sort(got)
	if d := cmp.Diff([]string{"Rain at last for the valley", "The ferry came back empty again", "The storm has turned away from the coast"}, got); d != "" {
		t.Error(d)
	}
}
