package site

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/message"
)

// counted switches counting on, and returns the issue, its English story, and what counts
// all that was followed until then.
func (h *house) counted(t *testing.T) (issue digest.Issue, story digest.Story, report func() click.Report) {
	t.Helper()
	ctx := t.Context()
	ok(t, h.db.Migrate(ctx, click.Schema()))
	store := click.NewStore(h.db)
	e, err := h.digest.Edition(ctx, "daily")
	ok(t, err)
	e.Rules.Clicks = true
	_, err = h.digest.PutEdition(ctx, e, then)
	ok(t, err)
	if issue, err = h.digest.Issue(ctx, "daily", 1); err != nil {
		t.Fatal(err)
	}
	for _, s := range issue.Stories {
		if s.In && s.Language == "en" {
			story = s
		}
	}
	counter := click.NewCounter(store, slog.New(slog.DiscardHandler))
	h.site.Clicks = counter
	return issue, story, func() click.Report {
		over, cancel := context.WithCancel(ctx)
		cancel()
		ok(t, counter.Run(over))
		r, err := store.Report(ctx, issue.ID)
		ok(t, err)
		return r
	}
}

// An hour ago a copy left that has this stamp.
func stampOfCopy() string { return message.StampOf(time.Now().Add(-time.Hour)) }

const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"

func TestCountedLinkLeadsToItsStory(t *testing.T) {
	h := open(t)
	issue, story, report := h.counted(t)
	link := fmt.Sprintf("%s/to/%d/%d/%s", h.URL, issue.ID, story.ID, stampOfCopy())
	for n := range click.Fewest {
		a := h.get(t, link, "User-Agent", safari+fmt.Sprint(n))
		if a.StatusCode != http.StatusFound || a.Header.Get("Location") != story.URL || a.Header.Get("Cache-Control") != "no-store" || len(a.Cookies()) > 0 {
			t.Fatalf("%d to %q, %v", a.StatusCode, a.Header.Get("Location"), a.Header)
		}
	}
	for _, header := range [][]string{
		{"Sec-GPC", "1"}, {"DNT", "1"}, {"Sec-Purpose", "prefetch;prerender"}, {"Purpose", "prefetch"}, {"X-Moz", "prefetch"},
	} {
		if a := h.get(t, link, append(header, "User-Agent", safari+header[0])...); a.Header.Get("Location") != story.URL {
			t.Errorf("%v leads to %q", header, a.Header.Get("Location"))
		}
	}
	if a := h.ask(t, "HEAD", link, "", "", "User-Agent", safari+"head"); a.Header.Get("Location") != story.URL {
		t.Errorf("HEAD leads to %q", a.Header.Get("Location"))
	}
	r := report()
	if len(r.Stories) != 1 || r.Stories[0].People.N != click.Fewest || r.Stories[0].Unsure.N+r.Stories[0].Machines != 0 || r.Visits.People.N != click.Fewest {
		t.Errorf("counted: %+v", r)
	}
	if strings.Contains(h.log.String(), "/to/"+fmt.Sprint(issue.ID)) {
		t.Error("the log has the path of a link")
	}
}

// Who follows the link that no person sees is no person, and is shown the issue.
func TestCanaryIsFollowedByMachinesOnly(t *testing.T) {
	h := open(t)
	issue, story, report := h.counted(t)
	to := fmt.Sprintf("%s/to/%d/", h.URL, issue.ID)
	if a := h.get(t, to+"0/"+stampOfCopy(), "User-Agent", safari); a.Header.Get("Location") != h.URL+"/issues/daily/1" {
		t.Errorf("the canary leads to %q", a.Header.Get("Location"))
	}
	h.get(t, fmt.Sprintf("%s%d/%s", to, story.ID, stampOfCopy()), "User-Agent", safari)
	if r := report(); len(r.Stories) != 1 || r.Stories[0].Machines != 1 || r.Stories[0].People != (click.Number{}) {
		t.Errorf("%+v", r.Stories)
	}
}

// A link leads nowhere but to what an issue links to; one whose story was pulled says so.
func TestCountedLinkLeadsNowhereElse(t *testing.T) {
	h := open(t)
	issue, story, report := h.counted(t)
	to := fmt.Sprintf("%s/to/%d/", h.URL, issue.ID)
	for _, path := range []string{"999/" + stampOfCopy(), "x/" + stampOfCopy(), "-1/" + stampOfCopy(), "0x10/" + stampOfCopy()} {
		if a := h.get(t, to+path); a.StatusCode != http.StatusNotFound || a.Header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	if a := h.get(t, h.URL+"/to/999/0/"+stampOfCopy()); a.StatusCode != http.StatusNotFound {
		t.Errorf("the canary of no issue: %d", a.StatusCode)
	}
	// A stamp that is none leads on all the same, and does not count.
	if a := h.get(t, fmt.Sprintf("%s%d/__STAMP__", to, story.ID), "User-Agent", safari); a.Header.Get("Location") != story.URL {
		t.Errorf("without a stamp: %d", a.StatusCode)
	}
	_, err := h.digest.Pull(t.Context(), issue.ID, story.ID, "the court withdrew it")
	ok(t, err)
	a := h.get(t, fmt.Sprintf("%s%d/%s", to, story.ID, stampOfCopy()), "User-Agent", safari, "Accept-Language", "ar")
	if a.StatusCode != http.StatusGone || !strings.Contains(a.text, "سُحب هذا الخبر") {
		t.Errorf("a pulled story: %d\n%s", a.StatusCode, a.text)
	}
	if r := report(); len(r.Stories) != 0 {
		t.Errorf("counted: %+v", r.Stories)
	}
}

func TestNothingIsCountedOfAnEditionThatDoesNot(t *testing.T) {
	h := open(t)
	issue, story, report := h.counted(t)
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	e.Rules.Clicks = false
	_, err = h.digest.PutEdition(t.Context(), e, then)
	ok(t, err)
	if a := h.get(t, fmt.Sprintf("%s/to/%d/%d/%s", h.URL, issue.ID, story.ID, stampOfCopy()), "User-Agent", safari); a.Header.Get("Location") != story.URL {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	if r := report(); len(r.Stories) != 0 {
		t.Errorf("counted: %+v", r.Stories)
	}
}

func TestReaderIsLeftOutOfCounting(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@readers.example", "en", "daily")
	page := h.preferencesURL(reader)
	if a := h.get(t, page); strings.Contains(a.text, "id=\"counting\"") {
		t.Error("the page offers it where nothing is counted")
	}
	h.counted(t)
	if a := h.get(t, page); !strings.Contains(a.text, "Do not count mine") {
		t.Errorf("the page does not offer it:\n%s", a.text)
	}
	for value, want := range map[string]bool{"no": true, "yes": false} {
		if a := h.press(t, page, "count", value); a.StatusCode != http.StatusOK || !strings.Contains(a.text, "Saved") {
			t.Errorf("%s: %d\n%s", value, a.StatusCode, a.text)
		}
		if now, err := h.readers.Get(t.Context(), reader.ID); err != nil || now.Uncounted != want {
			t.Errorf("%s: uncounted is %v, %v", value, now.Uncounted, err)
		}
	}
	if a := h.press(t, page, "count", "maybe"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong answer: %d", a.StatusCode)
	}
}

// A stranger who makes up visitors fills no disk.
func TestFloodOfOneNetworkIsNotCounted(t *testing.T) {
	h := open(t)
	issue, story, report := h.counted(t)
	for n := range mostFollowed + 50 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetPathValue("stamp", stampOfCopy())
		r.Header.Set("User-Agent", safari+fmt.Sprint(n)+strings.Repeat("x", 1000))
		h.site.count(r, issue.ID, story.ID)
	}
	if r := report(); len(r.Stories) != 1 || r.Stories[0].People.N > mostFollowed || r.Stories[0].People.N == 0 {
		t.Errorf("%+v", r.Stories)
	}
}
