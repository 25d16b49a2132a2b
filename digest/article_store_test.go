package digest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestArticleIsKnownAgain has pairs of what a source gave yesterday and gives today.
func TestArticleIsKnownAgain(t *testing.T) {
	change := func(f func(*Article)) Article { a := story(1); f(&a); return a }
	at := func(url string) Article {
		return change(func(a *Article) { a.GUID, a.Summary, a.URL = "", "", url })
	}
	shared := func(n int, guid string) Article {
		a := story(n)
		a.GUID, a.URL, a.SharedURL = guid, "https://paper.example/", true
		return a
	}
	for _, c := range []struct {
		name         string
		first, again Article
		same         bool
	}{
		{"unchanged", story(1), story(1), true},
		{"another GUID", story(1), change(func(a *Article) { a.GUID = "2" }), true},
		{"no GUID any more", story(1), change(func(a *Article) { a.GUID = "" }), true},
		{"another URL", story(1), change(func(a *Article) { a.URL = "https://paper.example/moved/1" }), true},
		{"http became https", change(func(a *Article) { a.GUID, a.URL, a.Summary = "", "http://paper.example/news/1", "" }), change(func(a *Article) { a.GUID = "" }), true},
		{"www. and a slash", story(1), change(func(a *Article) { a.GUID, a.URL, a.Summary = "", "https://www.PAPER.example/news/1/", "" }), true},
		{"parameters in another order", change(func(a *Article) { a.GUID, a.Summary, a.URL = "", "", "https://paper.example/a?x=1&y=2" }),
			change(func(a *Article) { a.GUID, a.Summary, a.URL = "", "", "https://paper.example/a?y=2&x=1" }), true},
		{"its AMP page", at("https://paper.example/news/1"), at("https://amp.paper.example/news/1"), true},
		{"its AMP page, after a slash", at("https://paper.example/news/1/"), at("https://paper.example/news/1/amp/?amp=1"), true},
		{"its AMP page, by a parameter", at("https://paper.example/news/1?id=2"), at("https://paper.example/news/1?amp=1&id=2"), true},
		{"its AMP page, by its file", at("https://paper.example/a.html"), at("https://paper.example/a.amp.html"), true},
		{"its AMP page came first", at("https://paper.example/amp/news/1"), at("http://www.paper.example/news/1"), true},
		{"a cache's copy", at("https://paper.example/news/1"), at("https://www.google.com/amp/s/paper.example/news/1/amp"), true},
		{"another cache's copy", at("https://paper.example/news/1"), at("https://paper-example.cdn.ampproject.org/c/s/paper.example/news/1"), true},
		{"its page for telephones", at("http://m.paper.example/news/1"), at("https://www.paper.example/news/1"), true},
		{"a site whose name is short", at("https://m.example/news/1"), at("https://example/news/1"), false},
		{"a list's link", at("https://paper.example/news/1"), change(func(a *Article) {
			a.GUID, a.Summary, a.URL, a.Aliases = "", "", "https://paper.example/2026/rain", []string{"https://paper.example/news/1"}
		}), true},
		{"same words elsewhere", story(1), change(func(a *Article) {
			a.GUID, a.URL = "x", "https://amp.paper.example/1"
			a.Title, a.Summary = "STORY number 1!", "What happened in story 1 — told in enough words to know it by"
		}), true},
		{"a new headline", story(1), change(func(a *Article) { a.Title = "Story number one, corrected" }), true},
		{"a later date", story(1), change(func(a *Article) { a.Published = morning.Add(time.Hour) }), true},
		{"the same headline alone", change(func(a *Article) { a.Title, a.Summary = "Letters to the editor", "" }),
			func() Article { a := story(2); a.Title, a.Summary = "Letters to the editor", ""; return a }(), false},
		{"the same date alone", story(1), func() Article { a := story(2); a.Published = story(1).Published; return a }(), false},
		{"another page, told apart by its parameter", change(func(a *Article) { a.GUID, a.URL = "", "https://paper.example/?p=1" }),
			func() Article { a := story(2); a.GUID, a.URL = "", "https://paper.example/?p=2"; return a }(), false},
		{"one link for all, told apart by GUID", shared(1, "1"), shared(2, "2"), false},
		{"one link for all, same GUID", shared(1, "1"), shared(1, "1"), true},
		{"one link for all and no GUID", shared(1, ""), shared(1, ""), true},
		{"one link for all and no GUID, edited", shared(1, ""), func() Article { a := shared(1, ""); a.Summary = ""; return a }(), true},
		{"one link for all and no GUID, another", shared(1, ""), shared(2, ""), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStage(t, Rules{})
			if n := st.gives(st.source, morning, c.first); n != 1 {
				t.Fatalf("%d new at first", n)
			}
			added := st.gives(st.source, morning.Add(time.Hour), c.again)
			if same := added == 0; same != c.same {
				t.Errorf("known again: %v, want %v", same, c.same)
			}
			if rows := st.count(`SELECT count(*) FROM article`); rows != 1+added {
				t.Errorf("%d articles after %d new", rows, added)
			}
			if n := st.gives(st.source, morning.Add(2*time.Hour), c.first, c.again); n != 0 {
				t.Errorf("%d new when both come again", n)
			}
		})
	}
}

func TestNamesOfAnArticleAddUp(t *testing.T) {
	st := newStage(t, Rules{})
	byGUID, byURL := story(1), story(1)
	byGUID.URL, byGUID.Summary = "https://paper.example/moved", ""
	byURL.GUID, byURL.URL, byURL.Summary = "another", "https://paper.example/moved", ""
	last := byURL
	last.URL = "https://paper.example/moved-again"
	if n := st.gives(st.source, morning, story(1)); n != 1 {
		t.Fatal(n)
	}
	for i, a := range []Article{byGUID, byURL, last} {
		if n := st.gives(st.source, morning, a); n != 0 {
			t.Errorf("step %d: not known by the name it got the step before", i+1)
		}
	}
}

func TestKnownArticleIsBroughtUpToDate(t *testing.T) {
	st := newStage(t, Rules{})
	st.gives(st.source, morning, story(1))
	want := story(1)
	want.URL, want.Title, want.Summary = "https://paper.example/moved", "Corrected", "Another summary."
	want.Author, want.Section, want.Topics, want.Language, want.Words = "Tom Reyes", "World", []string{"World", "Sea"}, "en-GB", 900
	want.Image = Image{URL: "https://paper.example/b.png", Alt: "The sea", Width: 640, Height: 480}
	st.gives(st.source, morning.Add(time.Hour), want)
	got := st.candidates(st.edition, morning)
	want.SourceID, want.FirstSeen, want.Updated = st.source.ID, morning, morning.Add(time.Hour)
	if d := cmp.Diff([]Candidate{{Article: want, SourceURL: feedURL}}, got, cmpopts.IgnoreFields(Article{}, "ID")); d != "" {
		t.Error(d)
	}

	only := want // each change is noticed by itself
	for _, change := range []func(*Article){
		func(a *Article) { a.Topics = []string{"Sponsored"} }, func(a *Article) { a.Language = "ar" },
		func(a *Article) { a.Words = 1 }, func(a *Article) { a.Image.Alt = "" }, func(a *Article) { a.Image.Width = 1 },
	} {
		change(&only)
		st.gives(st.source, morning.Add(2*time.Hour), only)
		if d := cmp.Diff(only, st.candidates(st.edition, morning)[0].Article, cmpopts.IgnoreFields(Article{}, "ID")); d != "" {
			t.Error(d)
		}
	}
}

func TestDateIsTakenOverOnlyWhereThereWasNone(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, then DateFrom
		moves       bool
	}{
		{"missing, then given", DateMissing, DateFeed, true},
		{"future, then given", DateFuture, DateFeed, true},
		{"given, then another", DateFeed, DateFeed, false},
		{"missing, then found on the page", DateMissing, DateJSONLD, true},
		{"post-dated, then out", DateFuture, DateTime, true},
		{"of a page, then of a feed", DateMeta, DateFeed, false},
		{"of a sitemap, then missing", DateSitemap, DateMissing, false},
		{"given, then missing", DateFeed, DateMissing, false},
		{"missing, then future", DateMissing, DateFuture, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStage(t, Rules{})
			a := story(1)
			a.Published, a.DateFrom = morning, c.first
			st.gives(st.source, morning, a)
			a.Published, a.DateFrom = morning.Add(-5*time.Hour), c.then
			st.gives(st.source, morning.Add(time.Hour), a)
			got := st.candidates(st.edition, morning)[0]
			want, from := morning, c.first
			if c.moves {
				want, from = a.Published, c.then
			}
			if !got.Published.Equal(want) || got.DateFrom != from {
				t.Errorf("%s %q, want %s %q", got.Published, got.DateFrom, want, from)
			}
		})
	}
}

func TestWhatStoodThereBeforeIsNeverACandidate(t *testing.T) {
	st := newStage(t, Rules{})
	src := Source{URL: "https://paper.example/old"}
	if added, err := st.PutArticles(t.Context(), src, []Article{story(1), story(2)}, true, morning); added != 2 || err != nil {
		t.Fatal(added, err)
	}
	moved := story(1)
	moved.GUID, moved.Title = "new", "Story number 1, updated"
	st.gives(st.source, morning.Add(time.Hour), moved, story(2), story(3))
	if got := st.candidates(st.edition, morning.Add(time.Hour)); len(got) != 1 || got[0].Title != "Story number 3" {
		t.Errorf("candidates: %v", got)
	}
}

func TestStoryOfTwoSourcesIsOne(t *testing.T) {
	st := newStage(t, Rules{Sources: []string{"https://paper.example/sport"}})
	sport := st.addSource("https://paper.example/sport")
	inMain, inSport := story(1), story(1)
	inSport.GUID, inSport.Section, inSport.Title = "sport-1", "Sport", "Told for those who like sport"
	if n := st.gives(st.source, morning, inMain, story(2)); n != 2 {
		t.Fatal(n)
	}
	for range 2 { // whichever is read last, the article says what its first source says
		if n := st.gives(sport, morning, inSport); n != 0 {
			t.Errorf("%d new in the second source", n)
		}
		got := st.candidates(st.edition, morning)
		if len(got) != 2 {
			t.Fatalf("%d candidates", len(got))
		}
		i := slices.IndexFunc(got, func(c Candidate) bool { return c.URL == inMain.URL })
		if got[i].Title != inMain.Title || got[i].Section != "City" || got[i].SourceURL != feedURL || len(got[i].Also) != 1 {
			t.Errorf("%+v", got[i])
		}
		st.gives(st.source, morning, inMain)
	}
	issue := st.publish(st.edition, morning)
	if d := cmp.Diff([]string{inMain.Title}, titles(issue)); d != "" {
		t.Errorf("an edition of the sport pages takes what the main feed had first: %s", d)
	}
}

func TestRemovedSourceGivesNothingUntilItReturns(t *testing.T) {
	st := newStage(t, Rules{})
	st.source.ETag = "v1"
	st.gives(st.source, morning, story(1), story(2))
	if err := st.RemoveSource(t.Context(), feedURL); err != nil {
		t.Fatal(err)
	}
	if got := st.candidates(st.edition, morning); len(got) != 0 {
		t.Errorf("%d candidates of a removed source", len(got))
	}
	if sources, err := st.Sources(t.Context()); len(sources) != 0 || err != nil {
		t.Errorf("%v %v", sources, err)
	}
	if err := st.RemoveSource(t.Context(), feedURL); err == nil {
		t.Error("removed twice")
	}
	back, err := st.PutSource(t.Context(), Source{URL: feedURL})
	if err != nil || back.ID != st.source.ID || back.ETag != "" {
		t.Fatalf("%+v %v", back, err)
	}
	if n := st.gives(back, morning, story(1), story(3)); n != 1 {
		t.Errorf("%d new after the return, want 1", n)
	}
	if got := st.candidates(st.edition, morning); len(got) != 3 {
		t.Errorf("%d candidates after the return", len(got))
	}
}

func TestSourceRemovedWhileItIsFetchedStaysRemoved(t *testing.T) {
	st := newStage(t, Rules{})
	fetched := st.source // on its way
	if err := st.RemoveSource(t.Context(), feedURL); err != nil {
		t.Fatal(err)
	}
	if n := st.gives(fetched, morning, story(1)); n != 0 {
		t.Errorf("%d articles saved", n)
	}
	if sources, err := st.Sources(t.Context()); len(sources) != 0 || err != nil {
		t.Errorf("it is back: %v %v", sources, err)
	}
}

func TestFetchKeepsWhatTheOperatorSetMeanwhile(t *testing.T) {
	st := newStage(t, Rules{})
	fetched := st.source
	fetched.Title, fetched.Language, fetched.ETag = "The Paper", "en", "v1"
	edited := st.source
	edited.Section, edited.Language = "Culture", "ar"
	if _, err := st.PutSource(t.Context(), edited); err != nil {
		t.Fatal(err)
	}
	st.gives(fetched, morning)
	sources, err := st.Sources(t.Context())
	want := edited
	want.Title, want.ETag = "The Paper", "v1"
	if d := cmp.Diff([]Source{want}, sources); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestArticleOfARemovedSourceIsTakenOverByTheOther(t *testing.T) {
	st := newStage(t, Rules{})
	other := st.addSource("https://paper.example/city")
	again := story(1)
	again.Section = "Riverside"
	st.gives(st.source, morning, story(1))
	st.gives(other, morning, again)
	if err := st.RemoveSource(t.Context(), feedURL); err != nil {
		t.Fatal(err)
	}
	st.gives(other, morning, again)
	got := st.candidates(st.edition, morning)
	if len(got) != 1 || got[0].SourceURL != other.URL || got[0].Section != "Riverside" {
		t.Errorf("%+v", got)
	}
}

func TestFailedSaveLeavesNothing(t *testing.T) {
	st := newStage(t, Rules{})
	st.source.ETag = "v2"
	bad := story(2)
	bad.Title = "Bad"
	st.exec(`CREATE TRIGGER full BEFORE INSERT ON article WHEN new.title = 'Bad' BEGIN SELECT RAISE(ABORT, 'no room'); END`)
	_, err := st.PutArticles(t.Context(), st.source, []Article{bad, story(1)}, false, morning)
	if err == nil || !strings.Contains(err.Error(), "“Bad”") {
		t.Errorf("error %v does not name the article", err)
	}
	if n := st.count(`SELECT count(*) FROM article`) + st.count(`SELECT count(*) FROM article_key`); n != 0 {
		t.Errorf("%d rows stayed", n)
	}
	// Else the next fetch would be told "not modified", and the articles lost.
	if n := st.count(`SELECT count(*) FROM source WHERE etag = 'v2'`); n != 0 {
		t.Error("the source counts as read")
	}
}

// TestUpdatedArticleKeepsItsHistory: other words make it updated and keep what it said;
// the date of publication does not move.
func TestUpdatedArticleKeepsItsHistory(t *testing.T) {
	st := newStage(t, Rules{})
	at := func(h int) time.Time { return morning.Add(time.Duration(h) * time.Hour) }
	is := func(title, summary string) Article {
		a := story(1)
		a.Title, a.Summary = title, summary
		return a
	}
	st.gives(st.source, at(0), is("Rain expected", "Clouds."))
	st.gives(st.source, at(1), is("Rain expected", "Clouds."))
	st.gives(st.source, at(2), is("RAIN EXPECTED!", "<em>Clouds</em> ")) // the same words
	st.gives(st.source, at(3), is("Rain falls", "Clouds."))
	other := st.addSource("https://paper.example/city")
	st.gives(other, at(4), is("It pours", "In the city."))
	st.gives(st.source, at(5), is("Rain falls", "It pours."))
	a := st.candidates(st.edition, at(5))[0].Article
	if !a.Updated.Equal(at(5)) || !a.Published.Equal(story(1).Published) || a.Summary != "It pours." {
		t.Errorf("updated %s, published %s, summary %q", a.Updated, a.Published, a.Summary)
	}
	got, err := st.Versions(t.Context(), a.ID)
	want := []Version{{at(3), "Rain falls", "Clouds."}, {at(0), "RAIN EXPECTED!", "<em>Clouds</em> "}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	for n := range 3 * maxVersions {
		st.gives(st.source, at(6+n), is("Headline "+strings.Repeat("x", n), ""))
	}
	if got, err := st.Versions(t.Context(), a.ID); len(got) != maxVersions || got[0].Title != "Headline "+strings.Repeat("x", 3*maxVersions-2) || err != nil {
		t.Errorf("%d versions kept, %v", len(got), err)
	}
}

// TestListTellsNothingOfWhatIsKnown: a front page has a headline and a link, and must not
// wipe out what the feed said.
func TestListTellsNothingOfWhatIsKnown(t *testing.T) {
	st := newStage(t, Rules{Sources: []string{"https://paper.example/"}})
	front := st.addSource("https://paper.example/")
	st.gives(st.source, morning, story(1))
	listed := Article{URL: story(1).URL, Title: "Shorter", Published: morning, DateFrom: DateMissing, Listed: true}
	if n := st.gives(front, morning, listed); n != 0 {
		t.Errorf("%d new", n)
	}
	got := st.candidates(st.edition, morning)
	if len(got) != 1 || got[0].Title != story(1).Title || got[0].Words != 420 || len(got[0].Also) != 1 {
		t.Errorf("%+v", got)
	}
	if issue := st.publish(st.edition, morning); len(titles(issue)) != 1 {
		t.Error("an edition of the front page does not take what the front page has")
	}
}

func TestKnownURLs(t *testing.T) {
	st := newStage(t, Rules{})
	a := story(1)
	a.Aliases = []string{"https://paper.example/?p=1"}
	st.gives(st.source, morning, a)
	got, err := st.KnownURLs(t.Context(), []string{"http://www.paper.example/news/1/", "https://paper.example/?p=1", "https://paper.example/?p=2", "https://m.paper.example/news/1", "nonsense"})
	want := map[string]bool{"http://www.paper.example/news/1/": true, "https://paper.example/?p=1": true, "https://m.paper.example/news/1": true}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}
