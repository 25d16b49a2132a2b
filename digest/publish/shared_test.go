package publish_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// shared returns a folder of real material that is kept outside of the project.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("there is no %s: %v", dir, err)
	}
	return dir
}

// A letter is a variant of an issue as its readers get it.
type letter struct {
	subject, text string
	html          []byte
	doc           *goquery.Document
	headlines     []string
}

func (p *press) letter(issue digest.Issue) letter {
	p.Helper()
	variants, err := p.Store.Variants(p.Context(), issue.ID)
	if err != nil || len(variants) != 1 {
		p.Fatalf("%d variants: %v", len(variants), err)
	}
	l := letter{subject: variants[0].Subject, text: string(variants[0].Text), html: variants[0].HTML}
	if l.doc, err = goquery.NewDocumentFromReader(strings.NewReader(string(l.html))); err != nil {
		p.Fatal(err)
	}
	l.doc.Find("h2").Each(func(_ int, h *goquery.Selection) { l.headlines = append(l.headlines, h.Text()) })
	return l
}

// unwrapped is a text as one line.
func unwrapped(s string) string { return strings.Join(strings.Fields(s), " ") }

var (
	leftover = regexp.MustCompile(`&[a-zA-Z]+;|&#\d+;|</?(?:p|a|b|br|i|em|div|img|span)\b[^>]*>`)
	tracking = regexp.MustCompile(`[?&](?:utm_\w+|fbclid)=`)
)

func TestRealFeedsGiveCorrectIssues(t *testing.T) {
	dir := shared(t, "feeds")
	web := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(web.Close)
	for file, want := range map[string]struct {
		stories  int
		language string // of its stories, "" when the feed does not say and they are too short to tell
		lead     string
	}{
		"AmazonWebServicesBlog.xml":    {10, "en-US", "AWS Job: Architect & Designer Position in Turkey"},
		"DuplicateContentAtomFeed.xml": {10, "", "Down time"},
		"HuffPostCanada.xml":           {2, "en", "Winnipeg High School Orders Custom Hijabs For Muslim Athletes"},
		"TechCrunch.xml":               {20, "en", "Angie’s List Sets Price Range IPO At $11 To $13 Per Share; Valued At Over $600M"},
		"json_feed.json":               {20, "en-US", "James Dempsey and the Breakpoints Benefit App Camp for Girls"},
		"youtube_atom.xml":             {15, "", "The Google app: Questions Title"},
	} {
		t.Run(file, func(t *testing.T) {
			p := newPress(t)
			p.source(web.URL + "/" + file)
			p.edition(evening, nil)
			p.subscribe("daily", "en")
			if c := p.collect(seven)[0]; c.Err != nil || c.Source.Error != "" || c.New != want.stories {
				t.Fatalf("%d new: %v %q", c.New, c.Err, c.Source.Error)
			}
			issue := p.publish("daily", seven, seven)
			below := map[string]bool{} // named below another on the same event
			for _, s := range issue.Stories {
				for _, also := range s.Also {
					below[also.Title] = true
				}
			}
			if in := len(titles(issue)); in+len(below) != want.stories || len(issue.Stories) != want.stories {
				t.Errorf("%d stories are in and %d below them, of %d; want %d", in, len(below), len(issue.Stories), want.stories)
			}
			l := p.letter(issue)
			for _, s := range issue.Stories {
				if s.Title == "" || leftover.MatchString(s.Title) || s.Language != want.language || s.DateFrom != digest.DateFeed {
					t.Errorf("title %q, language %q, date %q", s.Title, s.Language, s.DateFrom)
				}
				if u, err := url.Parse(s.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || tracking.MatchString(s.URL) {
					t.Errorf("link %q", s.URL)
				}
				if s.In == below[s.Title] || below[s.Title] != (s.Reason.Code == digest.ReasonEvent) {
					t.Errorf("“%s” is in: %v, below another: %v, %s", s.Title, s.In, below[s.Title], s.Reason)
				}
				if below[s.Title] {
					if l.doc.Find(fmt.Sprintf("a[href=%q]", s.URL)).Text() != s.Title || !strings.Contains(unwrapped(l.text), unwrapped(s.Title)) || !strings.Contains(l.text, s.URL+"\n") {
						t.Errorf("“%s” is not named in both parts", s.Title)
					}
					continue
				}
				if !slices.Contains(l.headlines, s.Title) || !strings.Contains(unwrapped(l.text), "• "+unwrapped(s.Title)) || !strings.Contains(l.text, s.URL+"\n") {
					t.Errorf("“%s” is not in both parts", s.Title)
				}
			}
			if l.subject != want.lead || l.headlines[0] != want.lead || len(l.headlines) != want.stories-len(below) {
				t.Errorf("subject %q, leads with %q of %d", l.subject, l.headlines[0], len(l.headlines))
			}
			l.sound(t)
			if mails := p.deliver(); len(mails["reader1@readers.example"]) != 1 {
				t.Errorf("%d mails", len(mails))
			}
			if r := p.holds(issue); r.Counts[outbox.Refused] > 0 {
				t.Error("refused")
			}
			// What was read once is known.
			p.exec(`UPDATE source SET etag = '', last_modified = ''`)
			if c := p.collect(seven.Add(time.Hour))[0]; c.Found != want.stories || c.New != 0 {
				t.Errorf("read again: %d found, %d new", c.Found, c.New)
			}
			if next := p.publish("daily", seven.AddDate(0, 0, 1), seven.AddDate(0, 0, 1)); next.State != digest.IssueSkipped {
				t.Errorf("the next issue: %v", titles(next))
			}
		})
	}
}

// sound checks what holds for any letter.
func (l letter) sound(t *testing.T) {
	t.Helper()
	if len(l.html) > 90_000 {
		t.Errorf("%d bytes of HTML (H2)", len(l.html))
	}
	if !utf8.ValidString(l.text) || leftover.MatchString(l.text) {
		t.Errorf("the text has markup in it: %q", leftover.FindString(l.text))
	}
	for line := range strings.Lines(l.text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 76 && !strings.Contains(line, "://") {
			t.Errorf("a line of %d characters: %q (H9)", n, line)
		}
	}
	if n := l.doc.Find("script, iframe, form, object, embed, link, svg, video, base").Length(); n > 0 {
		t.Errorf("%d elements that no mail may have (H3)", n)
	}
	l.doc.Find("a, img").Each(func(_ int, s *goquery.Selection) {
		address := s.AttrOr("href", s.AttrOr("src", ""))
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			t.Errorf("the address %q", address)
		}
	})
	if !strings.Contains(l.text, "/u/__UNSUBSCRIBE__\n") || l.doc.Find(`a[href$="/u/__UNSUBSCRIBE__"]`).Length() == 0 {
		t.Error("there is no way to leave")
	}
}

// headlines of the page this project was created from: what stands after its audio player.
func headlines(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared(t, "seeds"), "*.txt"))
	if err != nil || len(files) == 0 {
		t.Skip("there is no page of a newspaper to read headlines from")
	}
	page, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(page), "\nClose\n")
	if !found {
		t.Fatal("the page has no line Close")
	}
	for line := range strings.Lines(list) {
		if line = strings.Trim(line, " ×\n"); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// The page has neither dates nor sections: what stands higher is newer. Its 50 headlines
// make five issues of at most 12, in the page's order, and none is lost.
func TestHeadlinesOfAFrontPageSetAsAnEditionOf12(t *testing.T) {
	all := headlines(t)
	if len(all) != 50 {
		t.Fatalf("%d headlines", len(all))
	}
	web, p := newPaper(t), newPress(t)
	web.printsUndated("/front", all)
	p.source(web.URL + "/front")
	p.edition(evening, func(e *digest.Edition) { e.Rules.Max = 12; e.Rules.Min = 1 })
	p.subscribe("daily", "en")
	p.collect(seven)
	for day := range 5 {
		now := seven.AddDate(0, 0, day)
		p.collect(now)
		issue := p.publish("daily", now, now)
		want := all[12*day : min(12*day+12, len(all))]
		if d := cmp.Diff(want, titles(issue)); d != "" {
			t.Errorf("issue %d: %s", issue.Number, d)
		}
		carried := 0
		for _, s := range issue.Stories {
			if s.Reason.Code == digest.ReasonLimit {
				carried++
			}
			if s.DateFrom != digest.DateMissing {
				t.Errorf("“%s” is dated by %q", s.Title, s.DateFrom)
			}
		}
		if rest := len(all) - 12*day - len(want); carried != rest {
			t.Errorf("issue %d: %d are carried to the next, want %d", issue.Number, carried, rest)
		}
		l := p.letter(issue)
		l.sound(t)
		if d := cmp.Diff(want, l.headlines); d != "" {
			t.Errorf("issue %d as it is set: %s", issue.Number, d)
		}
		for _, h := range want {
			if !strings.Contains(unwrapped(l.text), "• "+h+" http") {
				t.Errorf("“%s” is not in the text", h)
			}
		}
	}
	last := seven.AddDate(0, 0, 5)
	if issue := p.publish("daily", last, last); issue.State != digest.IssueSkipped {
		t.Errorf("a sixth issue: %v", titles(issue))
	}
}

// The longest headline is a paragraph of 238 characters. As the lead it stands in full,
// and the subject is cut at a word.
func TestAHeadlineAsLongAsAParagraphLeads(t *testing.T) {
	all := headlines(t)
	slices.SortFunc(all, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
	longest := all[0]
	if n := utf8.RuneCountInString(longest); n != 238 {
		t.Fatalf("the longest has %d characters", n)
	}
	web, p := newPaper(t), newPress(t)
	web.printsUndated("/front", all[:12])
	p.source(web.URL + "/front")
	p.edition(evening, nil)
	p.collect(seven)
	l := p.letter(p.publish("daily", seven, seven))
	l.sound(t)
	if l.headlines[0] != longest {
		t.Errorf("leads with %q", l.headlines[0])
	}
	short, cut := strings.CutSuffix(l.subject, "…")
	if !cut || utf8.RuneCountInString(l.subject) > 150 || !strings.HasPrefix(longest, short+" ") {
		t.Errorf("subject %q", l.subject)
	}
}
