package digest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (st *stage) givesMany(n int, now time.Time) {
	st.Helper()
	var all []Article
	for i := range n {
		all = append(all, story(i+1))
	}
	if added := st.gives(st.source, now, all...); added != n {
		st.Fatalf("%d of %d articles are new", added, n)
	}
}

// reasonOf returns why a story is in or out, "" when the issue does not have it.
func reasonOf(i Issue, title string) string {
	for _, s := range i.Stories {
		if s.Title == title {
			return s.Reason.String()
		}
	}
	return ""
}

func TestWhatIsOverTheLimitRollsOn(t *testing.T) {
	st := newStage(t, Rules{Max: 12})
	st.givesMany(30, morning)
	sent := map[string]int{}
	for day, want := range []int{12, 12, 6} {
		issue := st.publish(st.edition, morning.AddDate(0, 0, day))
		if issue.State != IssueFrozen || issue.Number != day+1 {
			t.Fatalf("day %d: issue %d is %s", day, issue.Number, issue.State)
		}
		in := titles(issue)
		if len(in) != want {
			t.Errorf("issue %d has %d stories, want %d", issue.Number, len(in), want)
		}
		for _, title := range in {
			sent[title]++
		}
	}
	for i := range 30 {
		if title := story(i + 1).Title; sent[title] != 1 {
			t.Errorf("%s was sent %d times", title, sent[title])
		}
	}
	if last := st.publish(st.edition, morning.AddDate(0, 0, 3)); last.State != IssueSkipped || last.Reason == "" || last.Number != 0 {
		t.Errorf("the fourth day: %+v", last)
	}
}

func TestWhatWasSentIsShownForThreeDaysAndNotSentAgain(t *testing.T) {
	st := newStage(t, Rules{Max: 1})
	st.gives(st.source, morning, story(1))
	st.publish(st.edition, morning)
	for day := 1; day <= 4; day++ {
		now := morning.AddDate(0, 0, day)
		fresh := story(100 + day)
		fresh.Published = now
		st.gives(st.source, now, fresh)
		want := "already sent in issue 1"
		if day > 2 { // it was published a minute before the first issue
			want = ""
		}
		issue := st.publish(st.edition, now)
		if got := reasonOf(issue, "Story number 1"); got != want {
			t.Errorf("day %d: %q, want %q", day, got, want)
		}
		if d := cmp.Diff([]string{fresh.Title}, titles(issue)); d != "" {
			t.Errorf("day %d: %s", day, d)
		}
	}
}

func TestTooOldGetsItsReasonOnce(t *testing.T) {
	st := newStage(t, Rules{MaxAge: 48 * time.Hour})
	old := story(1)
	old.Published = morning.AddDate(0, 0, -3)
	st.gives(st.source, morning, old, story(2))
	if got := reasonOf(st.publish(st.edition, morning), old.Title); got != "older than 2 days" {
		t.Errorf("first: %q", got)
	}
	st.gives(st.source, morning, story(3))
	if got := reasonOf(st.publish(st.edition, morning.AddDate(0, 0, 1)), old.Title); got != "" {
		t.Errorf("again: %q", got)
	}
}

func TestEachEditionDecidesForItself(t *testing.T) {
	st := newStage(t, Rules{Max: 1})
	weekly := st.addEdition("weekly", Rules{})
	st.givesMany(3, morning)
	first := st.publish(st.edition, morning)
	if d := cmp.Diff([]string{"Story number 1"}, titles(first)); d != "" {
		t.Error(d)
	}
	second := st.publish(weekly, morning)
	if len(titles(second)) != 3 || second.Number != 1 || second.Edition != "weekly" {
		t.Errorf("%+v", second)
	}
	if second.ID == first.ID {
		t.Error("two editions share an issue")
	}
}

func TestAskedTwiceThereIsOneIssue(t *testing.T) {
	st := newStage(t, Rules{Max: 2})
	st.givesMany(4, morning)
	cands := st.candidates(st.edition, morning)
	first, created, err := st.CreateIssue(t.Context(), st.edition, morning, Select(st.edition, cands, morning), morning)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	// The second has other candidates, a later clock, and asks for a skip.
	for _, sel := range []Selection{Select(st.edition, st.candidates(st.edition, morning), morning), {Skip: "nothing"}} {
		again, created, err := st.CreateIssue(t.Context(), st.edition, morning, sel, morning.Add(time.Hour))
		if err != nil || created {
			t.Fatal(created, err)
		}
		if d := cmp.Diff(first, again); d != "" {
			t.Errorf("it changed: %s", d)
		}
	}
	if n := st.count(`SELECT count(*) FROM issue`); n != 1 {
		t.Errorf("%d issues", n)
	}
}

func TestPickedStoryThatWentElsewhereIsTaken(t *testing.T) {
	st := newStage(t, Rules{})
	st.givesMany(2, morning)
	stale := Select(st.edition, st.candidates(st.edition, morning), morning)
	st.publish(st.edition, morning)
	_, created, err := st.CreateIssue(t.Context(), st.edition, morning.Add(time.Hour), stale, morning)
	if !errors.Is(err, ErrTaken) || created {
		t.Errorf("created %v, error %v", created, err)
	}
	if n := st.count(`SELECT count(*) FROM issue`); n != 1 {
		t.Errorf("%d issues: the refused one stayed", n)
	}
}

// Several processes freeze at once, some for one slot and some for others: each slot has
// one issue, each story is in one, the numbers have no gap.
func TestConcurrentFreezesShareTheStories(t *testing.T) {
	st := newStage(t, Rules{Max: 3})
	st.givesMany(9, morning)
	var wg sync.WaitGroup
	taken := make(chan error, 100)
	for worker := range 6 {
		store := st.connect()
		slot := morning.Add(time.Duration(worker/2) * time.Hour) // two for each of three slots
		wg.Go(func() {
			for range 20 {
				cands, err := store.Candidates(t.Context(), st.edition, morning)
				if err != nil {
					t.Error(err)
					return
				}
				_, _, err = store.CreateIssue(t.Context(), st.edition, slot, Select(st.edition, cands, morning), morning)
				if errors.Is(err, ErrTaken) {
					taken <- err
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
			t.Error("its stories were taken twenty times")
		})
	}
	wg.Wait()
	t.Logf("%d selections were taken and made anew", len(taken))
	all := map[string]int{}
	for number := 1; number <= 3; number++ {
		issue, err := st.Issue(t.Context(), "daily", number)
		if err != nil {
			t.Fatal(err)
		}
		for _, title := range titles(issue) {
			all[title]++
		}
	}
	if n := st.count(`SELECT count(*) FROM issue`); n != 3 || len(all) != 9 {
		t.Errorf("%d issues with %d different stories, want 3 with 9", n, len(all))
	}
	for title, n := range all {
		if n != 1 {
			t.Errorf("%s is in %d issues", title, n)
		}
	}
}

func TestSkippedIssueIsARowWithItsReason(t *testing.T) {
	st := newStage(t, Rules{Min: 3})
	st.givesMany(2, morning)
	st.publish(st.edition, morning)
	runs, err := st.Runs(t.Context(), 10)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v %v", runs, err)
	}
	want := Issue{ID: runs[0].ID, Edition: "daily", Slot: morning, Created: morning, State: IssueSkipped, Reason: "too few stories: 2 of 3 stories in en"}
	if d := cmp.Diff(want, runs[0]); d != "" {
		t.Error(d)
	}
	if open, err := st.Unposted(t.Context()); len(open) != 0 || err != nil {
		t.Errorf("a skipped issue waits to be posted: %v %v", open, err)
	}
	// The two are not lost, and the next issue is the first.
	st.gives(st.source, morning, story(3))
	next := st.publish(st.edition, morning.AddDate(0, 0, 1))
	if next.Number != 1 || len(titles(next)) != 3 {
		t.Errorf("%+v", next)
	}
	if posted, err := st.Issues(t.Context(), "daily", 0, 10); len(posted) != 1 || err != nil {
		t.Errorf("the archive has %v %v", posted, err)
	}
}

func TestFrozenStoryDoesNotChange(t *testing.T) {
	st := newStage(t, Rules{})
	st.gives(st.source, morning, story(1), story(2))
	before := st.publish(st.edition, morning)
	changed := story(1)
	changed.Title, changed.Summary, changed.URL = "Another headline", "Other words.", "https://paper.example/other"
	changed.Topics, changed.Image.Alt, changed.Words = nil, "", 0
	st.gives(st.source, morning.Add(time.Hour), changed)
	if err := st.RemoveSource(t.Context(), feedURL); err != nil {
		t.Fatal(err)
	}
	after, err := st.Issue(t.Context(), "daily", 1)
	if err != nil {
		t.Fatal(err)
	}
	before.State = IssuePosted
	if d := cmp.Diff(before, after); d != "" {
		t.Error(d)
	}
	want := story(1)
	i := slices.IndexFunc(after.Stories, func(s Story) bool { return s.GUID == want.GUID })
	want.ID, want.SourceID, want.FirstSeen = after.Stories[i].ID, st.source.ID, morning
	if d := cmp.Diff(want, after.Stories[i].Article); d != "" {
		t.Errorf("the article of the issue: %s", d)
	}
}

func TestIssuesAreFoundByNumber(t *testing.T) {
	st := newStage(t, Rules{Max: 1})
	st.addEdition("weekly", Rules{})
	st.givesMany(5, morning)
	for day := range 5 {
		st.publish(st.edition, morning.AddDate(0, 0, day))
	}
	issue, err := st.Issue(t.Context(), "daily", 3)
	if err != nil || issue.Number != 3 || !issue.Slot.Equal(morning.AddDate(0, 0, 2)) || len(issue.Stories) == 0 {
		t.Errorf("%+v %v", issue, err)
	}
	for _, c := range []struct {
		slug   string
		number int
	}{{"daily", 6}, {"daily", 0}, {"daily", -1}, {"weekly", 1}, {"none", 1}} {
		if _, err := st.Issue(t.Context(), c.slug, c.number); !errors.Is(err, ErrNotFound) {
			t.Errorf("issue %d of %s: %v", c.number, c.slug, err)
		}
	}
	for _, c := range []struct {
		before, n int
		want      string
	}{{0, 2, "[5 4]"}, {4, 2, "[3 2]"}, {2, 10, "[1]"}, {1, 10, "[]"}} {
		page, err := st.Issues(t.Context(), "daily", c.before, c.n)
		if err != nil {
			t.Fatal(err)
		}
		numbers := []int{}
		for _, i := range page {
			numbers = append(numbers, i.Number)
			if len(i.Stories) > 0 {
				t.Error("a list has stories")
			}
		}
		if got := fmt.Sprint(numbers); got != c.want {
			t.Errorf("%d before %d: %s, want %s", c.n, c.before, got, c.want)
		}
	}
}

func TestUnpostedAreTheFrozenOnes(t *testing.T) {
	st := newStage(t, Rules{Max: 1})
	st.givesMany(2, morning)
	st.publish(st.edition, morning)
	now := morning.AddDate(0, 0, 1)
	frozen, _, err := st.CreateIssue(t.Context(), st.edition, now, Select(st.edition, st.candidates(st.edition, now), now), now)
	if err != nil {
		t.Fatal(err)
	}
	open, err := st.Unposted(t.Context())
	if err != nil || len(open) != 1 || open[0].ID != frozen.ID {
		t.Fatalf("%+v %v", open, err)
	}
	if posted, err := st.Issues(t.Context(), "daily", 0, 9); len(posted) != 1 || err != nil {
		t.Errorf("an issue nobody got is in the archive: %v %v", posted, err)
	}
	for range 2 {
		if err := st.Post(t.Context(), frozen.ID); err != nil {
			t.Fatal(err)
		}
	}
	if open, err := st.Unposted(t.Context()); len(open) != 0 || err != nil {
		t.Errorf("%+v %v", open, err)
	}
}

func TestLastSlot(t *testing.T) {
	added := morning.AddDate(0, 0, -10)
	st := newStage(t, Rules{Min: 2})
	last := func(want time.Time) {
		t.Helper()
		got, err := st.LastSlot(t.Context(), st.edition)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
	last(added)
	st.givesMany(2, morning)
	st.publish(st.edition, morning)
	last(morning)
	st.publish(st.edition, morning.AddDate(0, 0, 1)) // skipped
	last(morning.AddDate(0, 0, 1))
	st.publish(st.addEdition("weekly", Rules{}), morning.AddDate(0, 0, 9))
	last(morning.AddDate(0, 0, 1))
}

func TestAnEditionThatIsResumedOrMovedMakesUpForNothing(t *testing.T) {
	st := newStage(t, Rules{})
	put := func(now time.Time, change func(*Edition)) {
		t.Helper()
		change(&st.edition)
		var err error
		if st.edition, err = st.PutEdition(t.Context(), st.edition, now); err != nil {
			t.Fatal(err)
		}
	}
	due := func(now time.Time) bool {
		t.Helper()
		last, err := st.LastSlot(t.Context(), st.edition)
		if err != nil {
			t.Fatal(err)
		}
		_, ok := st.edition.Schedule.Due(last, now)
		return ok
	}
	if !due(morning) {
		t.Fatal("not due after ten days")
	}
	put(morning, func(e *Edition) { e.Name = "Renamed" })
	if !due(morning) {
		t.Error("a new name made it forget what it missed")
	}
	put(morning, func(e *Edition) { e.Paused = true })
	afternoon := morning.AddDate(0, 0, 3).Add(8 * time.Hour)
	put(afternoon, func(e *Edition) { e.Paused = false })
	if due(afternoon) {
		t.Error("it goes out the moment it is resumed")
	}
	if !due(afternoon.Add(17 * time.Hour)) {
		t.Error("not due the next morning")
	}
	next := afternoon.AddDate(0, 0, 1)
	put(next, func(e *Edition) { e.Schedule.Cron = "0 9 * * *" })
	if due(next) {
		t.Error("it goes out the moment it is moved from seven to nine")
	}
	if !due(next.AddDate(0, 0, 1)) {
		t.Error("not due the day after it was moved")
	}
}
