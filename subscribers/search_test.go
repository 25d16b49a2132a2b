package subscribers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSearchFindsEveryPartOnce(t *testing.T) {
	s := openStore(t)
	now := time.Now()
	var all []string
	for n := range 60 {
		for _, form := range []string{"anna%d@example.org", "joanna%d@paper.example", "B%d@ANNA.example"} {
			all = append(all, fmt.Sprintf(form, n))
		}
	}
	_, err := s.AddMany(t.Context(), func(yield func(NewSubscriber) bool) {
		for _, email := range all {
			a, err := ParseAddress(email)
			if err != nil {
				t.Fatal(err)
			}
			if !yield(NewSubscriber{Address: a}) {
				return
			}
		}
	}, "daily", "they wrote", now, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"anna", "ANNA", "joanna1", "@anna", "example.org", "7", "b", "nobody", "%", "_"} {
		for _, look := range []int{7, 50, 1000} {
			var want, got []string
			for _, email := range all {
				if a, _ := ParseAddress(email); strings.Contains(a.Key(), strings.ToLower(part)) {
					want = append(want, a.Key())
				}
			}
			q := Search{Part: part, Limit: 9, Look: look}
			for pages := 0; ; pages++ {
				f, err := s.Search(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if len(f.Readers) > q.Limit || pages > 200 {
					t.Fatalf("%q: page %d has %d readers", part, pages, len(f.Readers))
				}
				for _, r := range f.Readers {
					got = append(got, strings.ToLower(r.Email))
				}
				if q.After = f.Next; q.After == "" {
					break
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%q, looking at %d: %d found, want %d", part, look, len(got), len(want))
			}
		}
	}
}

func TestGrowthTellsWhoCameAndWent(t *testing.T) {
	s := openStore(t)
	now := time.Now()
	day := now.UTC().Truncate(24 * time.Hour)
	var last Reader
	for n := range 5 {
		r, err := s.Add(t.Context(), NewSubscriber{Address: address(t, fmt.Sprintf("reader%d@example.org", n))}, "daily", "they wrote", now)
		if err != nil {
			t.Fatal(err)
		}
		last = r
	}
	if _, err := s.Unsubscribe(t.Context(), last.Subscriptions[0].ID, MethodPage, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), last.ID-1, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(t.Context(), last.Subscriptions[0].ID-2, now.Add(time.Hour), now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resubscribe(t.Context(), last.Subscriptions[0].ID, MethodPage, now); err != nil {
		t.Fatal(err)
	}
	days, have, err := s.Growth(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	var sum Growth
	for _, g := range days { // two of them, should midnight have come in between
		sum.Joined, sum.Brought, sum.Left, sum.Dropped = sum.Joined+g.Joined, sum.Brought+g.Brought, sum.Left+g.Left, sum.Dropped+g.Dropped
	}
	if want := (Growth{Joined: 1, Brought: 5, Left: 1, Dropped: 1}); sum != want || have["daily"] != 4 {
		t.Errorf("%+v, want %+v; %d have it now", sum, want, have["daily"])
	}
	if days, have, err := s.Growth(t.Context(), day.AddDate(0, 0, 2)); err != nil || len(days) != 0 || have["daily"] != 4 {
		t.Errorf("of the day after tomorrow it says %v, and %v (%v)", days, have, err)
	}
	checkConsistent(t, s)
}
