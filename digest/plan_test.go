package digest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline says of every story where it is and why: "1 lead, 2 in; 3 hidden".
func outline(sel Selection) (in, out []string) {
	for _, s := range sel.Stories {
		text := s.Title + ": " + string(s.Reason.Code)
		if s.In {
			in = append(in, text)
		} else {
			out = append(out, text)
		}
	}
	return in, out
}

func TestAnEditorsWordGoesBeforeTheRules(t *testing.T) {
	e := Edition{Languages: []string{"en"}, Rules: Rules{Max: 3, NotTopics: []string{"Sponsored"}}}
	sent := candidate(7, 1, "G", "", "en")
	sent.SentIn = 3
	cands := []Candidate{
		candidate(1, 1, "A", "", "en"), candidate(2, 2, "B", "", "en"), candidate(3, 3, "C", "", "en"),
		candidate(4, 4, "D", "Sponsored", "en"), candidate(5, 5, "E", "", "en"), candidate(6, 6, "F", "", "en"), sent,
	}
	for _, c := range []struct {
		name    string
		plan    Plan
		in, out string
	}{
		{"the rules alone", Plan{}, "A: lead, B: in, C: in", "E: limit, F: limit, D: not topic, G: sent"},
		{"hidden", Plan{Hidden: []int64{1}}, "B: lead, C: in, E: in", "F: limit, A: hidden, D: not topic, G: sent"},
		{"pinned against a rule, and it takes a place", Plan{Pinned: []int64{4}}, "A: lead, B: in, D: pinned", "C: limit, E: limit, F: limit, G: sent"},
		{"lead", Plan{Lead: 6}, "F: lead, A: in, B: in", "C: limit, E: limit, D: not topic, G: sent"},
		{"order", Plan{Order: []int64{3, 1}}, "C: lead, A: in, B: in", "E: limit, F: limit, D: not topic, G: sent"},
		{"never twice", Plan{Pinned: []int64{7}, Lead: 7}, "A: lead, B: in, C: in", "E: limit, F: limit, D: not topic, G: sent"},
		{"what is not there", Plan{Pinned: []int64{99}, Lead: 98, Order: []int64{97}}, "A: lead, B: in, C: in", "E: limit, F: limit, D: not topic, G: sent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, out := outline(SelectPlanned(e, cands, c.plan, morning))
			if got := strings.Join(in, ", "); got != c.in {
				t.Errorf("in:  %s\nwant %s", got, c.in)
			}
			if d := cmp.Diff(sorted(strings.Split(c.out, ", ")), sorted(out)); d != "" {
				t.Errorf("out: %s", d)
			}
		})
	}
	sel := SelectPlanned(e, cands, Plan{Edits: map[int64]Edit{2: {Title: " New\nwords ", Summary: "a < b"}}}, morning)
	if s := sel.In()[1]; s.Title != "New words" || s.Summary != "a &lt; b" || !s.Edited || sel.In()[0].Edited {
		t.Errorf("%+v", s)
	}
}

func sorted(s []string) []string {
	out := append([]string(nil), s...)
	for i := range out {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

func TestSharesOfSections(t *testing.T) {
	e := Edition{Languages: []string{"en"}, Rules: Rules{Max: 4, Quotas: map[string]int{"sport": 1}}}
	cands := []Candidate{
		candidate(1, 1, "A", "Sport", "en"), candidate(2, 2, "B", "Sport", "en"), candidate(3, 3, "C", "World", "en"),
		candidate(4, 4, "D", "World", "en"), candidate(5, 5, "E", "World", "en"), candidate(6, 6, "F", "World", "en"),
	}
	in, out := outline(Select(e, cands, morning))
	if d := cmp.Diff([]string{"A: lead", "C: in", "D: in", "E: in"}, in); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"B: quota", "F: limit"}, sorted(out)); d != "" {
		t.Error(d)
	}
	if !(Reason{Code: ReasonQuota}).Carried() {
		t.Error("what is over its share is lost")
	}
}

func TestAuthorsAndWords(t *testing.T) {
	mona := candidate(1, 1, "The ferry is back", "", "en")
	mona.Author = "Mona Haddad and Tom Reyes"
	tom := candidate(2, 2, "A horoscope for ferries", "", "en")
	tom.Author, tom.Summary = "Tom Reyes", "<b>Stars</b> over the harbour"
	for _, c := range []struct {
		name  string
		rules Rules
		want  string
	}{
		{"authors", Rules{Authors: []string{"mona haddad"}}, "1 lead, 2 by no author this edition takes"},
		{"not an author", Rules{NotAuthors: []string{"Mona Haddad"}}, "1 author left out: Mona Haddad, 2 lead"},
		{"words", Rules{Words: []string{"Ferry"}}, "1 lead, 2 has none of the words this edition asks for"},
		{"words of the summary", Rules{Words: []string{"stars over"}}, "1 has none of the words this edition asks for, 2 lead"},
		{"not a word", Rules{NotWords: []string{"Horoscope"}}, "1 lead, 2 has the word that is left out: Horoscope"},
		{"whole words only", Rules{NotWords: []string{"horo", "erry"}}, "1 lead, 2 in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.rules.Apart = true
			got := map[int64]string{}
			for _, s := range Select(Edition{Languages: []string{"en"}, Rules: c.rules}, []Candidate{mona, tom}, morning).Stories {
				got[s.ID] = strings.TrimPrefix(s.Reason.String(), "in: ")
			}
			if text := "1 " + got[1] + ", 2 " + got[2]; text != c.want {
				t.Errorf("%s\nwant %s", text, c.want)
			}
		})
	}
}

func TestStoriesOfOneEventAreOne(t *testing.T) {
	a := candidate(1, 1, "Ferry Aurora sinks off Cape Verran, twelve rescued", "", "en")
	b := candidate(2, 2, "Twelve rescued after ferry Aurora sinks near Cape Verran", "", "en")
	c := candidate(3, 3, "Parliament passes the budget", "", "en")
	e := Edition{Languages: []string{"en"}}
	for _, test := range []struct {
		name     string
		apart    bool
		plan     Plan
		in, also string
	}{
		{"by themselves", false, Plan{}, "1 3", "1: 2"},
		{"kept apart by the rules", true, Plan{}, "1 2 3", ""},
		{"kept apart by an editor", false, Plan{Apart: []int64{2}}, "1 2 3", ""},
		{"pinned, so it stands for both", false, Plan{Pinned: []int64{2}}, "2 3", "2: 1"},
		{"joined by an editor", false, Plan{Joined: [][2]int64{{3, 1}}}, "3", "3: 1 2"},
		{"joined where none would be", true, Plan{Joined: [][2]int64{{1, 3}, {9, 1}, {2, 2}}}, "1 2", "1: 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e.Rules.Apart = test.apart
			var in, also []string
			sel := SelectPlanned(e, []Candidate{a, b, c}, test.plan, morning)
			for _, s := range sel.In() {
				in = append(in, string(rune('0'+s.ID)))
				if len(s.Also) > 0 {
					var ids []string
					for _, other := range s.Also {
						ids = append(ids, string(rune('0'+other.ID)))
					}
					also = append(also, string(rune('0'+s.ID))+": "+strings.Join(sorted(ids), " "))
				}
			}
			if got := strings.Join(sorted(in), " "); got != test.in || strings.Join(also, ", ") != test.also {
				t.Errorf("in %s, also %s", got, also)
			}
			if len(sel.Stories) != 3 {
				t.Errorf("%d of 3 have a reason", len(sel.Stories))
			}
		})
	}
}

func TestAPlanIsUsedUpByItsIssue(t *testing.T) {
	st := newStage(t, Rules{})
	st.givesMany(3, morning)
	p, err := st.PutPlan(t.Context(), st.edition.ID, Plan{Note: "Dear readers"})
	if err != nil || p.Version != 1 {
		t.Fatal(p, err)
	}
	if _, err := st.PutPlan(t.Context(), st.edition.ID, Plan{Note: "Another's"}); !errors.Is(err, ErrPlanChanged) {
		t.Errorf("who has not seen the last version overwrote it: %v", err)
	}
	cands, err := st.Candidates(t.Context(), st.edition, morning)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := st.CreateIssue(t.Context(), st.edition, morning, Select(st.edition, cands, morning), morning); !errors.Is(err, ErrTaken) {
		t.Errorf("an issue was made past the plan: %v", err)
	}
	issue, _, err := st.CreateIssue(t.Context(), st.edition, morning, SelectPlanned(st.edition, cands, p, morning), morning)
	if err != nil || issue.Plan.Note != "Dear readers" {
		t.Errorf("%+v %v", issue.Plan, err)
	}
	if p, err = st.Plan(t.Context(), st.edition.ID); err != nil || !p.IsZero() || p.Version != 2 {
		t.Errorf("%+v %v", p, err)
	}
}

// A story that is pinned is no longer out, and the plan it was pinned in stays as it was.
func TestAStoryIsFoundByItsAddressAndPinned(t *testing.T) {
	i := Issue{Stories: []Story{{Article: Article{ID: 3, URL: "https://a.example/3"}}, {Article: Article{ID: 4, URL: "https://a.example/4"}}}}
	before := Plan{Pinned: []int64{3}, Hidden: []int64{4, 5}}
	after := before.Pin(i.StoryAt([]string{"https://a.example/x", "https://a.example/4"}).ID).Pin(3)
	if d := cmp.Diff(Plan{Pinned: []int64{3, 4}, Hidden: []int64{5}}, after); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Plan{Pinned: []int64{3}, Hidden: []int64{4, 5}}, before); d != "" {
		t.Error(d)
	}
	if i.Story(4).URL != "https://a.example/4" || i.Story(9).ID != 0 || i.StoryAt(nil).ID != 0 {
		t.Error("stories are mixed up")
	}
}
