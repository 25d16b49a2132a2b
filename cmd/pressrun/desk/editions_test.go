package desk

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

// full is an edition with a value in every field.
func full() digest.Edition {
	return digest.Edition{
		Slug: "full", Name: "الموجز", Languages: []string{"ar", "en-GB"}, Doubt: digest.DoubtResend, Paused: true,
		Schedule: digest.Schedule{
			Cron: "30 6 * * 1,4", Zone: "Asia/Riyadh", Useful: "3h", Late: digest.LateNext,
			Holidays: []digest.Holiday{{Date: "2027-03-20", Name: "Eid al-Fitr"}, {Date: "12-25"}},
		},
		Approval: digest.Approval{Minutes: 45, Editors: []string{"a@wire.example", "b@wire.example"}, Silence: digest.SilenceHeadlines, Four: true},
		Rules: digest.Rules{
			Sources: []string{"https://wire.example/feed"}, Topics: []string{"City", "الرياضة"}, NotTopics: []string{"Horoscope"}, Max: 9, Min: 2,
			MaxAge: 90 * time.Minute, Authors: []string{"Mona Haddad"}, NotAuthors: []string{"Agency"}, Words: []string{"harbour pilots"},
			NotWords: []string{"sponsored"}, Quotas: map[string]int{"Sport": 3, "City": 2}, Updates: true, Apart: true, Lead: digest.LeadSection,
			Sections: []string{"City", "Sport"}, Mixed: true, Private: true, Unchecked: true, Offer: []string{"City", "Sport"},
			Look: digest.Look{Theme: "magazine", Hijri: true, HijriShift: -1, Digits: "arab", Campaign: true, Pictures: digest.PicturesSource},
		},
	}
}

// sent is the form of an edition as a browser sends it.
func sent(f form, do string) (pairs []string) {
	for name, value := range f.values {
		pairs = append(pairs, name, strings.ReplaceAll(value, "\n", "\r\n"))
	}
	for name, on := range f.ticks {
		if on {
			pairs = append(pairs, name, "1")
		}
	}
	for u := range f.sources {
		pairs = append(pairs, "source", u)
	}
	return append(pairs, "do", do)
}

func TestFormOfAnEditionLosesNothing(t *testing.T) {
	for _, e := range []digest.Edition{full(), {Slug: "bare", Name: "Bare", Languages: []string{"en"}, Doubt: digest.DoubtHold}} {
		values := url.Values{}
		pairs := sent(fields(e), "save")
		for i := 0; i < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		got, err := fieldsOf(values).apply(digest.Edition{Slug: e.Slug, Paused: e.Paused})
		ok(t, err)
		if d := cmp.Diff(e, got); d != "" {
			t.Error(d)
		}
		if d := difference(fields(e), fields(got)); d != "" {
			t.Errorf("the log would say that %s changed", d)
		}
	}
}

func TestFormRefusesWhatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct{ field, value, want string }{
		"times":   {"when", "when it rains", "cannot be read"},
		"cron":    {"when", "0 25 * * *", "is not a cron line"},
		"holiday": {"holidays", "next week", "cannot be read"},
		"share":   {"quotas", "Sport", "the share"},
		"age":     {"age", "-1", "is no age"},
		"most":    {"max", "many", "is no number"},
	} {
		f := fields(full())
		f.values[c.field] = c.value
		if _, err := f.apply(full()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want one with %q", name, err, c.want)
		}
	}
}

func TestEditionIsTriedBeforeItIsSaved(t *testing.T) {
	h := open(t)
	h.past(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/editions/daily")
	has(t, page, "every day at 18:00", "Africa/Cairo", "UTC", "The next five runs", "The Evening Wire")
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	f := fields(e)
	f.values["when"], f.values["max"], f.values["not_words"] = "every weekday at 07:30", "1", "ferry"
	before := h.state(t)
	status, page := c.post(t, "/desk/editions/daily", sent(f, "try")...)
	if status != http.StatusOK || h.state(t) != before {
		t.Errorf("a try answers %d, or saves something", status)
	}
	has(t, page, "Nothing is saved yet", ", 07:30", "The ferry that came back empty", "it would have been")
	f.values["when"] = "when it rains"
	if status, page := c.post(t, "/desk/editions/daily", sent(f, "save")...); status != http.StatusUnprocessableEntity || !strings.Contains(page, "when it rains") {
		t.Errorf("what cannot be read answers %d", status)
	}
	f.values["when"] = "every weekday at 07:30"
	if status, to := c.post(t, "/desk/editions/daily", sent(f, "save")...); status != 303 {
		t.Errorf("saving answers %d %s", status, to)
	}
	e, err = h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	if e.Rules.Max != 1 || e.Schedule.Cron == "0 18 * * *" || e.Rules.NotWords[0] != "ferry" {
		t.Errorf("saved is %+v", e)
	}
	if status, _ := c.post(t, "/desk/editions/daily/pause", "do", "pause"); status != 303 {
		t.Errorf("pausing answers %d", status)
	}
	_, page = c.get(t, "/desk/editions")
	has(t, page, "paused")
	_, log := h.as(t, staff.Owner).get(t, "/desk/audit")
	has(t, log, "changed the edition", "max, not_words, when", "paused")
}

func TestNewEditionTakesNoOthersPlace(t *testing.T) {
	h := open(t)
	c := h.as(t, staff.Writer)
	c.get(t, "/desk/editions/new")
	f := fields(full())
	f.values["slug"] = "daily"
	if status, page := c.post(t, "/desk/editions/new", sent(f, "save")...); status != http.StatusUnprocessableEntity || !strings.Contains(page, "There is an edition daily already") {
		t.Errorf("another's short name answers %d", status)
	}
	f.values["slug"] = "full"
	if status, to := c.post(t, "/desk/editions/new", sent(f, "save")...); status != 303 || !strings.HasPrefix(to, "/desk/editions/full") {
		t.Errorf("a new one answers %d %s", status, to)
	}
}

func TestSourceIsTriedAddedAndRemoved(t *testing.T) {
	h := open(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/feed" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Write([]byte(`<rss version="2.0"><channel><title>Port Gazette</title><link>http://` + r.Host + `/</link><description>x</description>
			<item><title>Ferries run again</title><link>http://` + r.Host + `/1</link><guid>1</guid></item></channel></rss>`))
	}))
	defer site.Close()
	h.desk.Publisher.Fetcher = &feed.Fetcher{UserAgent: "Pressrun/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/sources")
	has(t, page, "The Evening Wire", "answers")
	before := h.state(t)
	status, page := c.post(t, "/desk/sources", "url", site.URL+"/feed", "do", "test", "section", "Port")
	if status != 200 || h.state(t) != before {
		t.Errorf("a test answers %d, or saves something", status)
	}
	has(t, page, "Port Gazette", "Ferries run again", "1 article", "Add it")
	if status, page := c.post(t, "/desk/sources", "url", site.URL+"/nothing", "do", "add"); status != http.StatusUnprocessableEntity {
		t.Errorf("what is not there answers %d\n%s", status, page)
	}
	if status, to := c.post(t, "/desk/sources", "url", site.URL+"/feed", "do", "add", "section", "Port"); status != 303 {
		t.Errorf("adding answers %d %s", status, to)
	}
	if status, _ := c.post(t, "/desk/sources", "url", site.URL+"/feed", "do", "add"); status != http.StatusUnprocessableEntity {
		t.Errorf("adding twice answers %d", status)
	}
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	cands, err := h.digest.Candidates(t.Context(), daily, time.Now())
	ok(t, err)
	for _, a := range cands {
		if a.Title == "Ferries run again" {
			t.Error("what stood there before would be mailed")
		}
	}
	if status, _ := c.post(t, "/desk/sources/remove", "url", site.URL+"/feed"); status != 303 {
		t.Errorf("removing answers %d", status)
	}
	if _, page := c.get(t, "/desk/sources"); strings.Contains(page, "Port Gazette") {
		t.Error("it is still there")
	}
}

// TestRoomsFitPhones looks at the pages of history, readers, editions and sources.
func TestRoomsFitPhones(t *testing.T) {
	h := open(t)
	issue, readers := h.past(t)
	h.trouble(t)
	ctx := browse(t)
	h.comeIn(t, ctx, staff.Owner)
	pages := map[string]string{
		"history": "/desk/history", "past": "/desk/history/" + formatID(issue.ID), "figures": "/desk/history/figures",
		"readers": "/desk/readers", "found": "/desk/readers?q=nobody%40example.org", "reader": "/desk/readers/" + formatID(readers[1].ID),
		"erase": "/desk/readers/" + formatID(readers[1].ID) + "/erase", "imports": "/desk/imports", "editions": "/desk/editions",
		"edition": "/desk/editions/daily", "sources": "/desk/sources",
	}
	for _, lang := range []string{"en", "ar"} {
		setCookie(t, ctx, h.URL, languageCookie, lang)
		for name, path := range pages {
			h.look(t, ctx, name, lang, path)
		}
	}
}
