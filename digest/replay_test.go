package digest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReplayTellsEachStoryOnceAndRollsOn(t *testing.T) {
	var cands []Candidate
	for i, title := range []string{"A", "B", "C", "D", "E"} { // the first three on the first day
		c := candidate(int64(i+1), 0, title, "", "en")
		c.FirstSeen = morning.Add(time.Duration(i/3*24)*time.Hour - time.Minute)
		c.Published = morning.Add(time.Duration(i/3*24)*time.Hour - time.Duration(i+1)*time.Minute)
		cands = append(cands, c)
	}
	slots := []time.Time{morning, morning.Add(24 * time.Hour), morning.Add(48 * time.Hour)}
	for _, c := range []struct {
		rules Rules
		want  []string
	}{
		{Rules{}, []string{"A B C", "D E", ""}},
		{Rules{Max: 2}, []string{"A B", "D E", "C"}},
		{Rules{Min: 3}, []string{"A B C", "", ""}},
		{Rules{NotWords: []string{"b"}}, []string{"A C", "D E", ""}},
	} {
		var got []string
		for _, sel := range Replay(Edition{Languages: []string{"en"}, Rules: c.rules}, cands, slots) {
			var in []string
			for _, s := range sel.In() {
				in = append(in, s.Title)
			}
			got = append(got, strings.Join(in, " "))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%+v: %s", c.rules, d)
		}
	}
}

func TestAStoryThatChangedGoesOutAgainWhereTheRulesSaySo(t *testing.T) {
	st := newStage(t, Rules{})
	at := func(h int) time.Time { return morning.Add(time.Duration(h) * time.Hour) }
	a := Article{GUID: "1", URL: "https://paper.example/1", Title: "Ferry late", Language: "en", Published: at(-1), DateFrom: DateFeed}
	st.gives(st.source, at(0), a)
	if issue := st.publish(st.edition, at(0)); issue.State != IssueFrozen || issue.Stories[0].Again {
		t.Fatalf("%+v", issue)
	}
	a.Title = "Ferry back in service"
	st.gives(st.source, at(5), a)
	if issue := st.publish(st.edition, at(6)); issue.State != IssueSkipped {
		t.Errorf("it went out again without a rule: %+v", issue.Stories)
	}
	st.edition.Rules.Updates = true
	issue := st.publish(st.edition, at(7))
	if issue.State != IssueFrozen || !issue.Stories[0].Again || issue.Stories[0].Title != "Ferry back in service" {
		t.Errorf("%+v", issue)
	}
	if issue := st.publish(st.edition, at(8)); issue.State != IssueSkipped {
		t.Errorf("the same words went out twice: %+v", issue.Stories)
	}
}
