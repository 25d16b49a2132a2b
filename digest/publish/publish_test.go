package publish_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

var (
	evening = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	seven   = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC) // in Riyadh
)

func TestCollectReadsOnPastASourceThatFails(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/a", "en", evening, "Rain", "Sun")
	web.prints("/c", "en", evening, "Wind")
	for _, path := range []string{"/a", "/b", "/c"} {
		p.source(web.URL + path)
	}
	for round, want := range []struct{ found, fresh, failures []int }{
		{[]int{2, 0, 1}, []int{2, 0, 1}, []int{0, 1, 0}},
		{[]int{0, 0, 0}, []int{0, 0, 0}, []int{0, 2, 0}}, // not modified
		{[]int{0, 1, 0}, []int{0, 1, 0}, []int{0, 0, 0}}, // mended
	} {
		if round == 2 {
			web.prints("/b", "en", evening, "Snow")
		}
		got := p.collect(seven)
		sources, err := p.Store.Sources(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range got {
			if c.Found != want.found[i] || c.New != want.fresh[i] || sources[i].Failures != want.failures[i] || (c.Err != nil) != (want.failures[i] > 0) {
				t.Errorf("round %d, source %d: %d found, %d new, %d failures, error %v", round, i, c.Found, c.New, sources[i].Failures, c.Err)
			}
			if c.Err != nil && (sources[i].Error != c.Err.Error() || !strings.Contains(sources[i].Error, "404")) {
				t.Errorf("the failure is saved as %q, returned as %q", sources[i].Error, c.Err)
			}
		}
	}
}

func TestIssueReachesEveryReaderInTheirLanguage(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain at last", "The ferry came back")
	web.prints("/ar", "ar", evening, "مطر أخيرا", "عادت العبارة")
	p.source(web.URL + "/en")
	p.source(web.URL + "/ar")
	p.edition(evening, func(e *digest.Edition) { e.Languages = []string{"ar", "en-GB"} })
	p.subscribe("daily", "en", "en-US", "ar", "ar-SA", "fr", "")
	p.collect(seven)
	issue := p.publish("daily", seven, seven)
	if issue.State != digest.IssuePosted || issue.Number != 1 || len(titles(issue)) != 4 {
		t.Fatalf("%+v", issue)
	}
	p.exec(`UPDATE run SET useful_until = 99999999999`) // the test's morning is long ago, or to come
	mails := p.deliver()
	if r := p.holds(issue); r.Counts[outbox.Sent] != 6 || r.Prepared != 6 {
		t.Errorf("%+v", r)
	}
	tokens := map[string]bool{}
	for i, want := range []string{"en-GB", "en-GB", "ar", "ar", "ar", "ar"} {
		to := fmt.Sprintf("reader%d@readers.example", i+1)
		if len(mails[to]) != 1 {
			t.Errorf("%s has %d mails", to, len(mails[to]))
			continue
		}
		m, err := mail.ReadMessage(strings.NewReader(mails[to][0]))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Header.Get("Content-Language"); got != want {
			t.Errorf("%s got %s, want %s", to, got, want)
		}
		tokens[m.Header.Get("List-Unsubscribe")] = true
	}
	if len(tokens) != 6 {
		t.Errorf("%d different links to leave for 6 readers", len(tokens))
	}
	variants, err := p.Store.Variants(t.Context(), issue.ID)
	if err != nil || len(variants) != 2 || variants[0].Subject != "مطر أخيرا" || variants[1].Subject != "Rain at last" {
		t.Errorf("%d variants: %v", len(variants), err)
	}
	for _, v := range variants {
		if !bytes.Contains(v.HTML, []byte("__UNSUBSCRIBE__")) {
			t.Errorf("%s: a reader's link is in the archive", v.Language)
		}
	}
}

func TestReadersWithoutStoriesInTheirLanguageAreAccountedFor(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain at last")
	p.source(web.URL + "/en")
	p.edition(evening, func(e *digest.Edition) { e.Languages = []string{"en", "ar"} })
	p.subscribe("daily", "en", "ar", "fr")
	p.collect(seven)
	r := p.holds(p.publish("daily", seven, seven))
	if r.Prepared != 3 || r.Counts[outbox.Queued] != 2 || r.Counts[outbox.Cancelled] != 1 {
		t.Errorf("%+v", r.Counts)
	}
}

func TestPublishedFromManySidesAtOnceIsOneIssue(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain", "Sun", "Wind")
	p.source(web.URL + "/en")
	p.edition(evening, func(e *digest.Edition) { e.Rules.Max = 2 })
	p.subscribe("daily", slices.Repeat([]string{"en"}, 40)...)
	p.collect(seven)
	other := openPress(t, p.path)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[int64]int{}
	for _, from := range []*press{p, p, other, other} {
		wg.Go(func() {
			issue, err := from.Publish(t.Context(), "daily", seven, seven, nil)
			if err != nil || issue.State != digest.IssuePosted {
				t.Errorf("%s %v", issue.State, err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[issue.ID]++
		})
	}
	wg.Wait()
	if len(ids) != 1 || p.count(`SELECT count(*) FROM issue`) != 1 {
		t.Fatalf("issues %v", ids)
	}
	issue, err := p.Store.Issue(t.Context(), "daily", 1)
	if err != nil || len(titles(issue)) != 2 {
		t.Fatalf("%v %v", titles(issue), err)
	}
	if r := p.holds(issue); r.Prepared != 40 {
		t.Errorf("%d deliveries for 40 readers", r.Prepared)
	}
}

// An editor saw number 1 and sends it, at the moment at which the clock makes it: of the two
// slots, a second apart, one gets an issue.
func TestAnIssueThatSomebodySawIsMadeUnderItsNumberOnly(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain", "Sun", "Wind")
	p.source(web.URL + "/en")
	p.edition(evening, func(e *digest.Edition) { e.Rules.Max = 1 })
	p.subscribe("daily", "en")
	p.collect(seven)
	clock := p.publish("daily", seven, seven)
	click, err := p.PublishNumber(t.Context(), "daily", clock.Number, seven.Add(time.Second), seven.Add(time.Second), nil)
	if err != nil || click.ID != clock.ID || p.count(`SELECT count(*) FROM issue`) != 1 {
		t.Fatalf("number %d again is issue %d: %v", clock.Number, click.ID, err)
	}
	if r := p.holds(clock); r.Prepared != 1 {
		t.Errorf("%d deliveries", r.Prepared)
	}
	// Neither does the store, whoever asks it.
	e, err := p.Store.Edition(t.Context(), "daily")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Store.CreateIssue(t.Context(), e, seven.Add(time.Second), digest.Selection{Number: clock.Number}, seven); !errors.Is(err, digest.ErrNumber) {
		t.Errorf("number %d is made twice: %v", clock.Number, err)
	}
	next, err := p.PublishNumber(t.Context(), "daily", clock.Number+1, seven.Add(time.Second), seven.Add(time.Second), nil)
	if err != nil || next.Number != clock.Number+1 {
		t.Errorf("the next is number %d: %v", next.Number, err)
	}
	if far, err := p.PublishNumber(t.Context(), "daily", 7, seven.Add(time.Minute), seven.Add(time.Minute), nil); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("a number that is not the next: issue %d, %v", far.ID, err)
	}
}

// Issues for several slots that are made at once share the stories: each has its own.
func TestIssuesMadeAtOnceDoNotTakeEachOthersStories(t *testing.T) {
	web, first := newPaper(t), newPress(t)
	var all []string
	for n := range 20 {
		all = append(all, fmt.Sprintf("Headline %d", n+1))
	}
	web.prints("/en", "en", evening, all...)
	first.source(web.URL + "/en")
	first.edition(evening, func(e *digest.Edition) { e.Rules.Max = 4 })
	first.collect(seven)
	var wg sync.WaitGroup
	for n := range 5 {
		from := openPress(t, first.path)
		wg.Go(func() {
			if _, err := from.Publish(t.Context(), "daily", seven.Add(time.Duration(n)*time.Hour), seven, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var got []string
	for number := 1; number <= 5; number++ {
		issue, err := first.Store.Issue(t.Context(), "daily", number)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, titles(issue)...)
	}
	slices.Sort(got)
	slices.Sort(all)
	if d := cmp.Diff(all, got); d != "" {
		t.Error(d)
	}
}

// Where the mail is too big for all stories, it links to the rest: they are on the site.
func TestWebVersionHasTheStoriesThatTheMailLeavesOut(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	var all []string
	for n := range 150 {
		all = append(all, fmt.Sprintf("%s%d", strings.Repeat("A headline of many words ", 9), n))
	}
	web.prints("/en", "en", evening, all...)
	p.source(web.URL + "/en")
	p.edition(evening, nil)
	p.subscribe("daily", "en")
	p.collect(seven)
	draft, err := p.Draft(t.Context(), "daily", seven, false)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(draft.Letters[0].HTML, []byte("<h2")); n >= 150 || !bytes.Contains(draft.Letters[0].HTML, []byte("more stories on the web")) {
		t.Fatalf("the mail has %d of 150 stories", n)
	}
	issue := p.publish("daily", seven, seven)
	if l := p.letter(issue); len(l.headlines) != 150 {
		t.Errorf("the web version has %d of 150 stories", len(l.headlines))
	}
	if mails := p.deliver()["reader1@readers.example"]; len(mails) != 1 || len(mails[0]) > 250_000 {
		t.Errorf("%d mails", len(mails))
	}
	if !strings.Contains(p.log.String(), "letter trimmed") {
		t.Error("nobody is told that the letter was trimmed")
	}
}

func TestTooFewStoriesAreSkippedOnceAndKept(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain", "Sun")
	p.source(web.URL + "/en")
	p.edition(evening, func(e *digest.Edition) { e.Rules.Min = 3 })
	p.subscribe("daily", "en")
	p.collect(seven)
	for range 2 {
		issue := p.publish("daily", seven, seven)
		if issue.State != digest.IssueSkipped || issue.Reason != "too few stories: 2 of 3 stories in en" {
			t.Errorf("%+v", issue)
		}
		if _, err := p.Queue.Run(t.Context(), issue.ID); err != outbox.ErrNoRun {
			t.Errorf("a skipped issue is in the outbox: %v", err)
		}
	}
	web.prints("/en", "en", evening.Add(time.Hour), "Wind", "Rain", "Sun")
	p.collect(seven.AddDate(0, 0, 1))
	issue := p.publish("daily", seven.AddDate(0, 0, 1), seven.AddDate(0, 0, 1))
	if d := cmp.Diff([]string{"Wind", "Rain", "Sun"}, titles(issue)); d != "" || issue.Number != 1 {
		t.Errorf("issue %d: %s", issue.Number, d)
	}
}

func TestDraftIsWhatWillBePublishedAndSavesNothing(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain", "Sun", "Wind")
	p.source(web.URL + "/en")
	p.edition(evening, func(e *digest.Edition) { e.Rules.Max = 2 })
	p.subscribe("daily", "en")
	p.collect(seven)
	draft, err := p.Draft(t.Context(), "daily", seven, false)
	if err != nil {
		t.Fatal(err)
	}
	test, err := p.Draft(t.Context(), "daily", seven, true)
	if err != nil || !bytes.Contains(test.Letters[0].HTML, []byte("This is a test.")) {
		t.Errorf("the test has no banner: %v", err)
	}
	if n := p.count(`SELECT (SELECT count(*) FROM issue) + (SELECT count(*) FROM story) + (SELECT count(*) FROM variant) + (SELECT count(*) FROM run)`); n != 0 {
		t.Errorf("the draft left %d rows", n)
	}
	issue := p.publish("daily", seven, seven)
	variants, err := p.Store.Variants(t.Context(), issue.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := draft.Letters[0].Variant
	want.IssueID = issue.ID
	if d := cmp.Diff(want, variants[0]); d != "" {
		t.Errorf("the issue is not the draft: %s", d)
	}
	next, err := p.Draft(t.Context(), "daily", seven.AddDate(0, 0, 1), false)
	if err != nil || next.Issue.Number != 2 || !slices.Equal(titles(next.Issue), []string{"Wind"}) {
		t.Errorf("%+v %v", next.Issue, err)
	}
	last, err := p.Draft(t.Context(), "none", seven, false)
	if err == nil {
		t.Errorf("a draft of no edition: %+v", last)
	}
}
