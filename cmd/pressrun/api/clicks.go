package api

import (
	"time"

	"github.com/pressrun/pressrun/digest/click"
)

// clicks are how often the stories of an issue were opened.
type clicks struct {
	Issue   int64          `json:"issue"`
	Fewest  int64          `json:"fewest"` // numbers of people below it are not told
	Visits  clickCount     `json:"visits"`
	Stories []storyClicks  `json:"stories"` // the most wanted first
	Ages    []clicksByTime `json:"ages"`    // none where few people opened anything
}

type clickCount struct {
	People   *int64 `json:"people"` // null: some, and fewer than Fewest
	Unsure   *int64 `json:"unsure"` // likewise
	Machines int64  `json:"machines"`
}

type storyClicks struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Place int    `json:"place"` // 0 for one that was pulled
	clickCount
}

// clicksByTime is how many stories people opened in a stretch of time after their letter had
// left.
type clicksByTime struct {
	Within string `json:"within,omitempty"` // "15m0s", the end of the stretch; "" for all later
	People int64  `json:"people"`
}

func countOf(c click.Clicks) clickCount {
	return clickCount{People: c.People.Told(), Unsure: c.Unsure.Told(), Machines: c.Machines}
}

// showClicks tells what was opened of an issue.
func (a *API) showClicks(c *call) (answer, error) {
	issue, err := a.issue(c)
	if err != nil {
		return answer{}, err
	}
	r, err := a.Clicks.Report(c.Context(), issue.ID)
	if err != nil {
		return answer{}, err
	}
	view := clicks{Issue: issue.ID, Fewest: click.Fewest, Visits: countOf(r.Visits), Stories: []storyClicks{}, Ages: []clicksByTime{}}
	for _, told := range r.Stories {
		s := issue.Story(told.Story)
		view.Stories = append(view.Stories, storyClicks{ID: told.Story, Title: s.Title, Place: s.Place, clickCount: countOf(told)})
	}
	for i, n := range r.Ages {
		within := ""
		if i < len(click.Scale) {
			within = click.Scale[i].Round(time.Minute).String()
		}
		view.Ages = append(view.Ages, clicksByTime{within, n})
	}
	return answer{body: view}, nil
}
