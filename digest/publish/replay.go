package publish

import (
	"context"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// A Replayed issue is what an edition made of a day, and what it would have made of it.
type Replayed struct {
	ID      int64     `json:"-"`
	Slot    time.Time `json:"slot"`
	Number  int       `json:"number,omitempty"` // of the issue that went out, 0 for none
	Stories int       `json:"stories"`
	Would   int       `json:"would"`
	Added   []string  `json:"added"`   // headlines that would have been in
	Removed []string  `json:"removed"` // and those that would not
	Skipped string    `json:"skipped,omitempty"`
}

// Replay compares what went out since a moment with what e would have made of it. Nothing
// is saved.
func Replay(ctx context.Context, store *digest.Store, e digest.Edition, since time.Time) ([]Replayed, error) {
	runs, err := store.RunsSince(ctx, e.Slug, since)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	// What waited before the first of them may have been carried over into it.
	articles, err := store.ArticlesSince(ctx, since.AddDate(0, 0, -3))
	if err != nil {
		return nil, err
	}
	var slots []time.Time
	for _, r := range runs {
		slots = append(slots, r.Created)
	}
	var all []Replayed
	for i, sel := range digest.Replay(e, articles, slots) {
		issue, err := store.IssueByID(ctx, runs[i].ID)
		if err != nil {
			return nil, err
		}
		was, would := map[int64]string{}, map[int64]string{}
		for _, st := range issue.Stories {
			if st.In {
				was[st.ID] = st.Title
			}
		}
		for _, st := range sel.In() {
			would[st.ID] = st.Title
		}
		all = append(all, Replayed{
			ID: issue.ID, Slot: runs[i].Slot, Number: runs[i].Number, Stories: len(was), Would: len(would), Skipped: sel.Skip,
			Added: missing(would, was), Removed: missing(was, would),
		})
	}
	return all, nil
}

// missing returns the headlines of a that b has not, by name.
func missing(a, b map[int64]string) []string {
	titles := []string{}
	for id, title := range a {
		if _, is := b[id]; !is {
			titles = append(titles, title)
		}
	}
	slices.Sort(titles)
	return titles
}
