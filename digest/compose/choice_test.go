package compose_test

import (
	"mime"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
)

func headlines(t *testing.T, m *message.Message) (titles []string) {
	t.Helper()
	document(t, deliver(t, compose.Letter{Message: m}).html).Find("h2").Each(func(_ int, h *goquery.Selection) { titles = append(titles, h.Text()) })
	return titles
}

// three are issues of three days, the newest first, of four stories each.
func three(t *testing.T, e digest.Edition) (issues []digest.Issue) {
	for day := range 3 {
		var articles []digest.Article
		for n := range 4 {
			a := english(10*(3-day) + n)
			a.Section = []string{"World", "Sport"}[n%2]
			articles = append(articles, a)
		}
		i := issue(t, e, articles...)
		i.Number, i.Slot = 12-day, i.Slot.Add(time.Duration(-day)*24*time.Hour)
		issues = append(issues, i)
	}
	return issues
}

func TestSeveralIssuesInOneLetterBestFirst(t *testing.T) {
	c, e := newComposer(t), edition("en")
	e.Rules.Max = 5
	issues := three(t, e)
	m, err := c.ComposeFor(e, issues, compose.Choice{Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	got := headlines(t, m)
	if len(got) != 12 {
		t.Fatalf("%d of 12 stories: %q", len(got), got)
	}
	for i, want := range issues {
		if lead := want.Stories[0].Title; got[i] != lead {
			t.Errorf("place %d has %q, want the lead of issue %d, %q", i+1, got[i], want.Number, lead)
		}
	}
	d := deliver(t, compose.Letter{Message: m})
	if want := "Saturday, 21 November 2026 to Monday, 23 November 2026"; !strings.Contains(d.text, want) || !strings.Contains(d.html, want) {
		t.Errorf("it does not say what days it is of: %s", d.text[:300])
	}
	excerpts := 0
	for _, i := range issues {
		for _, s := range i.Stories {
			if strings.Contains(strings.Join(strings.Fields(d.text), " "), digest.PlainText(s.Summary)) {
				excerpts++
			}
		}
	}
	if excerpts != 5 {
		t.Errorf("%d stories have an excerpt, not the best 5", excerpts)
	}
}

func TestTopicsAndFormat(t *testing.T) {
	c, e := newComposer(t), edition("en")
	m, err := c.ComposeFor(e, three(t, e)[:1], compose.Choice{Language: "en", Topics: []string{"sport"}, Text: true})
	if err != nil {
		t.Fatal(err)
	}
	d := deliver(t, compose.Letter{Message: m})
	if d.html != "" || !strings.HasPrefix(d.header.Get("Content-Type"), "text/plain") {
		t.Errorf("there is HTML in it: %q", d.header.Get("Content-Type"))
	}
	if n := strings.Count(d.text, "• "); n != 2 {
		t.Errorf("%d stories, not the two on sport:\n%s", n, d.text)
	}
	if m, err := c.ComposeFor(e, three(t, e), compose.Choice{Language: "en", Topics: []string{"Weather"}}); err != nil || m != nil {
		t.Errorf("no story is on the weather, and there is a letter: %v", err)
	}
}

func TestWelcome(t *testing.T) {
	c, e := newComposer(t), edition("en", "ar")
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, language, subject, greeting string
		issue                             digest.Issue
		stories                           int
	}{
		{"with the latest issue", "en", "Welcome to Morning Letter", "From now on you receive", issue(t, e, english(1), english(2)), 2},
		{"before any issue", "en", "Welcome to Morning Letter", "From now on you receive", digest.Issue{}, 0},
		{"in Arabic", "ar", "أهلًا بك في Morning Letter", "ستصلك من الآن نشرة", issue(t, e, english(1), arabic(2)), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, brings, err := c.Welcome(e, test.issue, compose.Choice{Language: test.language}, now)
			if err != nil {
				t.Fatal(err)
			}
			d := deliver(t, compose.Letter{Message: m})
			if got := headlines(t, m); len(got) != test.stories || brings != (test.stories > 0) {
				t.Errorf("%d stories, brings %v", len(got), brings)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(d.header.Get("Subject"))
			if err != nil || subject != test.subject || !strings.Contains(d.html, test.greeting) || !strings.Contains(d.text, test.greeting) {
				t.Errorf("subject %q, error %v\n%s", subject, err, d.text)
			}
			if !strings.Contains(d.html, base+"/u/"+unsubscribe) || d.header.Get("List-Unsubscribe-Post") == "" {
				t.Error("nobody can leave by it")
			}
			if strings.Contains(d.html, "/issues/daily/0") {
				t.Error("it links to an issue that is not there")
			}
		})
	}
}

func TestEditorsPlanIsInTheLetter(t *testing.T) {
	c, e := newComposer(t), edition("en")
	i := issue(t, e, english(1), english(2))
	i.Plan = digest.Plan{Subject: "Our own words __UNSUBSCRIBE__", Preheader: "Look inside", Note: "Dear readers,\n\nthe press is <new>."}
	for n := range i.Stories {
		i.Stories[n].Image = digest.Image{}
	}
	i.Stories[1].Also = []digest.Also{{Title: "The same, elsewhere", URL: "https://paper.example/also"}}
	letters, err := c.Compose(e, i)
	if err != nil {
		t.Fatal(err)
	}
	d := deliver(t, letters[0])
	if got := d.header.Get("Subject"); !strings.HasPrefix(got, "Our own words") || strings.Contains(got, "__") {
		t.Errorf("subject %q", got)
	}
	doc := document(t, d.html)
	if got := doc.Find(".note p").Map(func(_ int, s *goquery.Selection) string { return s.Text() }); cmp.Diff([]string{"Dear readers,", "the press is <new>."}, got) != "" {
		t.Errorf("note %q", got)
	}
	if !strings.Contains(d.html, "Look inside") || !strings.Contains(d.text, "the press is <new>.") {
		t.Error("the preheader or the note is missing")
	}
	inText, inHTML := d.links(t)
	if diff := cmp.Diff(inText, inHTML); diff != "" || !strings.Contains(strings.Join(inText, " "), "/also") {
		t.Errorf("links (-text +HTML)\n%s", diff)
	}
}
