package digest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var morning = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func candidate(id int64, hours int, title, section, language string) Candidate {
	return Candidate{SourceURL: "https://paper.example/feed", Article: Article{
		ID: id, Title: title, Section: section, Language: language,
		Published: morning.Add(-time.Duration(hours) * time.Hour),
	}}
}

func TestSelectGivesEveryCandidateAReason(t *testing.T) {
	e := Edition{Languages: []string{"en"}, Rules: Rules{
		Max: 3, MaxAge: 72 * time.Hour, NotTopics: []string{"Sponsored"}, Sections: []string{"World", "City"},
		Sources: []string{"https://paper.example/feed"},
	}}
	sent := candidate(6, 5, "Had it", "World", "en")
	sent.SentIn = 12
	elsewhere := candidate(9, 1, "Elsewhere", "World", "en")
	elsewhere.SourceURL = "https://other.example/feed"
	sel := Select(e, []Candidate{
		candidate(1, 1, "Newest", "Sport", "en"),
		candidate(2, 2, "City one", "City", "en"),
		candidate(3, 3, "World one", "World", "en-GB"),
		candidate(4, 4, "Too much", "World", "en"),
		candidate(5, 80, "Long ago", "World", "en"),
		sent,
		candidate(7, 1, "Buy now", "Sponsored", "en"),
		candidate(8, 9, "“World” — one!", "World", "en"),
		elsewhere,
		candidate(10, 1, "بالعربية", "العالم", "ar"),
	}, morning)

	got := map[int64]string{}
	var order []int64
	for _, s := range sel.Stories {
		got[s.ID] = s.Reason.String()
		if s.In {
			order = append(order, s.ID)
		}
	}
	want := map[int64]string{
		1: "in: lead", 2: "in", 3: "in",
		4: "over the limit of 3, carried to the next issue", 5: "older than 3 days",
		6: "already sent in issue 12", 7: "topic left out: Sponsored",
		8: "duplicate of “World one”", 9: "source not taken by this edition",
		10: "language not set by this edition: ar",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int64{1, 3, 2}, order); d != "" {
		t.Errorf("lead, then sections as the rules order them: %s", d)
	}
	if sel.Skip != "" || len(sel.In()) != 3 {
		t.Errorf("skip %q, %d in", sel.Skip, len(sel.In()))
	}
}

func TestEachLanguageIsPickedApart(t *testing.T) {
	e := Edition{Languages: []string{"en", "ar"}, Rules: Rules{Max: 2, Min: 2}}
	cands := []Candidate{
		candidate(1, 1, "a", "", "en"), candidate(2, 2, "b", "", ""), candidate(3, 3, "c", "", "en"),
		candidate(4, 1, "أ", "", "ar-SA"), candidate(5, 2, "ب", "", "ar"),
	}
	sel := Select(e, cands, morning)
	leads := 0
	for _, s := range sel.In() {
		if s.Lead {
			leads++
		}
	}
	if len(sel.In()) != 4 || leads != 2 {
		t.Errorf("%d in with %d leads", len(sel.In()), leads)
	}

	sel = Select(e, cands[:4], morning)
	if i := slices.IndexFunc(sel.Stories, func(s Story) bool { return s.ID == 4 }); sel.Stories[i].Reason.Code != ReasonFew {
		t.Errorf("the one Arabic story: %v", sel.Stories[i].Reason)
	}
	e.Rules.Mixed = true
	if sel := Select(e, cands, morning); len(sel.In()) != 2 || sel.In()[0].ID != 4 || sel.In()[1].ID != 1 {
		t.Errorf("mixed: %+v", sel.In())
	}
}

func TestFewerThanTheMinimumIsSkippedWithTheNumbers(t *testing.T) {
	e := Edition{Languages: []string{"en"}, Rules: Rules{Min: 3}}
	sel := Select(e, []Candidate{candidate(1, 1, "a", "", "en"), candidate(2, 1, "b", "", "en")}, morning)
	if sel.Skip != "too few stories: 2 of 3 stories in en" || len(sel.In()) != 0 {
		t.Errorf("%q", sel.Skip)
	}
	if sel := Select(e, nil, morning); sel.Skip == "" {
		t.Error("an issue without stories is not skipped")
	}
}

func TestLead(t *testing.T) {
	cands := []Candidate{candidate(1, 1, "a", "City", ""), candidate(2, 2, "b", "World", ""), candidate(3, 3, "c", "City", "")}
	cands[2].Image.URL = "https://paper.example/a.jpg"
	for rule, want := range map[LeadRule]int64{LeadNewest: 1, LeadSection: 2, LeadPicture: 3} {
		sel := Select(Edition{Rules: Rules{Lead: rule, Sections: []string{"World"}}}, cands, morning)
		if sel.Stories[0].ID != want || !sel.Stories[0].Lead {
			t.Errorf("%q leads with %d, want %d", rule, sel.Stories[0].ID, want)
		}
	}
}

func TestAStoryWhoseDateIsNotProvenDoesNotLead(t *testing.T) {
	cands := []Candidate{candidate(1, 0, "a", "", ""), candidate(2, 1, "b", "", ""), candidate(3, 2, "c", "", "")}
	cands[0].DateFrom, cands[1].DateFrom, cands[2].DateFrom = DateFuture, DateMissing, DateFeed
	if sel := Select(Edition{}, cands, morning); sel.Stories[0].ID != 3 {
		t.Errorf("%d leads", sel.Stories[0].ID)
	}
	if sel := Select(Edition{}, cands[:2], morning); len(sel.In()) != 2 {
		t.Errorf("%d stories in", len(sel.In()))
	}
}

// No candidate is lost, none is in twice, and limits hold, whatever comes.
func TestSelectAccountsForEveryCandidate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Edition{
			Languages: rapid.SampledFrom([][]string{nil, {"en"}, {"ar", "en"}}).Draw(t, "languages"),
			Rules: Rules{
				Max: rapid.SampledFrom([]int{0, 3, 5}).Draw(t, "max"), Min: rapid.IntRange(0, 3).Draw(t, "min"),
				MaxAge: time.Duration(rapid.IntRange(0, 3).Draw(t, "days")) * 24 * time.Hour,
				Mixed:  rapid.Bool().Draw(t, "mixed"), Sections: []string{"B"},
			},
		}
		var cands []Candidate
		for i := range rapid.IntRange(0, 20).Draw(t, "n") {
			c := candidate(int64(i+1), rapid.IntRange(0, 90).Draw(t, "age"), fmt.Sprint("t", rapid.IntRange(0, 15).Draw(t, "title")),
				rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "section"), rapid.SampledFrom([]string{"", "en", "ar", "fr"}).Draw(t, "language"))
			c.SentIn = rapid.SampledFrom([]int{0, 0, 0, 4}).Draw(t, "sent")
			cands = append(cands, c)
		}
		sel := Select(e, cands, morning)
		seen := map[int64]bool{}
		in := map[string]int{}
		for i, s := range sel.Stories {
			if seen[s.ID] {
				t.Fatalf("%d twice", s.ID)
			}
			seen[s.ID] = true
			if s.Reason.Code == "" {
				t.Fatalf("%d without a reason", s.ID)
			}
			if s.In {
				in[e.VariantLanguage(s.Language)]++
				if s.Place != i+1 {
					t.Fatalf("place %d at %d", s.Place, i)
				}
			}
		}
		if len(seen) != len(cands) {
			t.Fatalf("%s of %d candidates", strconv.Itoa(len(seen)), len(cands))
		}
		for language, n := range in {
			if e.Rules.Max > 0 && n > e.Rules.Max || n < e.Rules.Min {
				t.Fatalf("%d stories in %q", n, language)
			}
		}
		if (len(in) == 0) != (sel.Skip != "") {
			t.Fatalf("%d languages, skip %q", len(in), sel.Skip)
		}
	})
}
