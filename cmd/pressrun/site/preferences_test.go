package site

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/subscribers"
)

func TestReaderLeavesAndReturnsOnThePreferencesPage(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily", "weekend")
	link := h.preferencesURL(reader)
	page := h.get(t, link).text
	for _, want := range []string{"Evening Briefing", "The Weekend Letter", `name="leave" value="daily"`, `name="all"`, `value="ar"`, "العربية"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	for i, step := range []struct{ field, value, shows, states string }{
		{"leave", "daily", `name="return" value="daily"`, "daily:unsubscribed weekend:confirmed"},
		{"leave", "daily", `name="return" value="daily"`, "daily:unsubscribed weekend:confirmed"},
		{"return", "daily", `name="leave" value="daily"`, "daily:confirmed weekend:confirmed"},
		{"all", "1", `name="return" value="weekend"`, "daily:unsubscribed weekend:unsubscribed"},
		{"return", "weekend", `name="leave" value="weekend"`, "daily:unsubscribed weekend:confirmed"},
	} {
		a := h.press(t, link, step.field, step.value)
		if a.StatusCode != 200 || !strings.Contains(a.text, step.shows) || !strings.Contains(a.text, "Saved.") {
			t.Fatalf("step %d: %d\n%s", i, a.StatusCode, a.text)
		}
		if got := h.states(t, reader); got != step.states {
			t.Fatalf("step %d: now %s, want %s", i, got, step.states)
		}
	}
}

func TestReaderChoosesALanguage(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	link := h.preferencesURL(reader)
	a := h.press(t, link+"?lang=en", "language", "ar")
	if !strings.Contains(a.text, `<html lang="ar" dir="rtl">`) || !strings.Contains(a.text, `value="ar" checked`) {
		t.Errorf("%d\n%s", a.StatusCode, a.text)
	}
	now, err := h.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	if now.Language != "ar" {
		t.Errorf("the language is %q", now.Language)
	}
}

func TestPreferencesShowTheLanguageThatAReaderGets(t *testing.T) {
	h := open(t)
	for tag, want := range map[string]string{"ar-SA": `value="ar" checked`, "en": `value="en" checked`} {
		reader := h.join(t, "mona."+tag+"@example.org", tag, "daily")
		if a := h.get(t, h.preferencesURL(reader)); !strings.Contains(a.text, want) {
			t.Errorf("a reader of %s sees\n%s", tag, a.text)
		}
	}
	reader := h.join(t, "tom@example.org", "", "daily")
	if a := h.get(t, h.preferencesURL(reader)); regexp.MustCompile(`name="language"[^>]* checked`).MatchString(a.text) {
		t.Errorf("a reader who chose none sees\n%s", a.text)
	}
}

func TestPreferencesTakeOnlyWhatThePageOffers(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "en", "daily")
	other := h.join(t, "tom@example.org", "en", "weekend")
	before := h.dump(t)
	for _, try := range [][2]string{
		{"leave", "weekend"}, {"return", "weekend"}, {"leave", ""}, {"leave", "1"}, {"language", "fr"}, {"language", ""},
		{"language", "en\r\nX: y"}, {"nonsense", "1"}, {"choices", "weekend"}, {"choices", "daily"},
		{"resume", "weekend"}, {"pause", "8"}, {"pause", ""}, {"zone", "Mars/Olympus"}, {"zone", "Local"}, {"zone", "../etc/passwd"},
		{"format", "pdf"}, {"join", "nothing"}, {"erase", "1"}, {"List-Unsubscribe", "One-Click"},
	} {
		if a := h.press(t, h.preferencesURL(reader), try[0], try[1]); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: answered %d", try, a.StatusCode)
		}
	}
	if after := h.dump(t); after != before {
		t.Errorf("changed to\n%s", after)
	}
	if got := h.states(t, other); got != "weekend:confirmed" {
		t.Errorf("another reader is now %s", got)
	}
}

func TestBarredReaderIsToldWhyReturningDoesNotWork(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	address, err := subscribers.ParseAddress("mona@example.org")
	ok(t, err)
	ok(t, h.readers.Suppress(t.Context(), address, subscribers.ReasonComplaint, "", then))
	link := h.preferencesURL(reader)
	if a := h.get(t, link); !strings.Contains(a.text, "You do not get this") {
		t.Errorf("the page is\n%s", a.text)
	}
	a := h.press(t, link, "return", "daily")
	if a.StatusCode != http.StatusConflict || !strings.Contains(a.text, "We cannot send to you at present") {
		t.Errorf("%d\n%s", a.StatusCode, a.text)
	}
	if got := h.states(t, reader); got != "daily:unsubscribed" {
		t.Error(got)
	}
}
