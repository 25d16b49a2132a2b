package api

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// A growth is how the readers of an edition became more or fewer on a day.
type growth struct {
	Edition string `json:"edition"`
	Day     string `json:"day"` // of UTC
	Joined  int64  `json:"joined"`
	Brought int64  `json:"brought"`
	Left    int64  `json:"left"`
	Dropped int64  `json:"dropped"`
	Readers int64  `json:"readers"` // in the evening
}

// showGrowth says how readers came and went. Days on which nothing happened are left out.
func (a *API) showGrowth(c *call) (answer, error) {
	days, err := c.number("days", 90, 1, mostDays)
	if err != nil {
		return answer{}, err
	}
	since := c.now.UTC().Truncate(day).AddDate(0, 0, 1-int(days))
	found, now, err := a.Readers.Growth(c.Context(), since)
	if err != nil {
		return answer{}, err
	}
	view := struct {
		Since string           `json:"since"`
		Now   map[string]int64 `json:"now"` // readers by edition, paused ones too
		Items []growth         `json:"items"`
	}{since.Format(time.DateOnly), now, []growth{}}
	evening := map[string]int64{}
	for _, g := range slices.Backward(found) {
		if _, begun := evening[g.Edition]; !begun {
			evening[g.Edition] = now[g.Edition]
		}
		view.Items = append(view.Items, growth{g.Edition, g.Day.Format(time.DateOnly), g.Joined, g.Brought, g.Left, g.Dropped, evening[g.Edition]})
		evening[g.Edition] -= g.Net()
	}
	slices.SortStableFunc(view.Items, func(a, b growth) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Edition, b.Edition)) })
	return answer{body: view}, nil
}

// A tally is what became of the copies of an issue.
type tally struct {
	Issue    int64                  `json:"issue"`
	Edition  string                 `json:"edition"`
	Number   int                    `json:"number"`
	Slot     time.Time              `json:"slot"`
	State    string                 `json:"state"` // of the sending
	Prepared int64                  `json:"prepared"`
	Arrived  int64                  `json:"arrived"`
	Failed   int64                  `json:"failed"` // refused, bounced or complained
	InDoubt  int64                  `json:"in_doubt"`
	Open     int64                  `json:"open"`
	NotSent  int64                  `json:"not_sent"` // suppressed or cancelled
	Counts   map[outbox.State]int64 `json:"counts"`
}

func viewTally(i digest.Issue, r outbox.Run) tally {
	return tally{
		Issue: i.ID, Edition: i.Edition, Number: i.Number, Slot: utc(i.Slot), State: r.State, Prepared: r.Prepared, Arrived: r.Counts[outbox.Sent],
		Failed: r.Failed(), InDoubt: r.Counts[outbox.InDoubt], Open: r.Open(), NotSent: r.NotSent(), Counts: viewRun(r).Counts,
	}
}

// listTallies says what became of the issues that went out, the newest first. Those that
// were skipped are left out, so that a page may have fewer than the limit.
func (a *API) listTallies(c *call) (answer, error) {
	runs, limit, what, err := a.runs(c, "statistics")
	if err != nil {
		return answer{}, err
	}
	l := listOf(runs, limit, what, func(i digest.Issue) int64 { return i.ID }, same)
	view := list[tally]{Items: []tally{}, Next: l.Next}
	for _, i := range l.Items {
		r, err := a.Queue.Run(c.Context(), i.ID)
		if errors.Is(err, outbox.ErrNoRun) {
			continue
		}
		if err != nil {
			return answer{}, err
		}
		view.Items = append(view.Items, viewTally(i, r))
	}
	return answer{body: view}, nil
}

// runs are a page of issues, skipped ones too, of all editions or of one.
func (a *API) runs(c *call, what string) (all []digest.Issue, limit int, of string, err error) {
	slug := c.URL.Query().Get("edition")
	if slug != "" {
		if _, err := a.Digest.Edition(c.Context(), slug); errors.Is(err, digest.ErrNotFound) {
			return nil, 0, "", wrongParam.because("There is no edition %.40q.", slug).in("edition")
		} else if err != nil {
			return nil, 0, "", err
		}
	}
	of = what + " " + slug
	before, limit, err := c.page(of)
	if err != nil {
		return nil, 0, "", err
	}
	all, err = a.Digest.RunsBefore(c.Context(), slug, before, limit+1)
	return all, limit, of, err
}
