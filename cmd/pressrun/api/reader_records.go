package api

import (
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// A sentCopy is a reader's copy of an issue, with all that was tried.
type sentCopy struct {
	Issue    int64        `json:"issue"`
	State    outbox.State `json:"state"`
	Reason   string       `json:"reason,omitempty"`
	NextTry  time.Time    `json:"next_try,omitzero"`
	Attempts []attempt    `json:"attempts"`
}

// An attempt is one try. Stage and class are of a failure.
type attempt struct {
	Number    int       `json:"number"`
	At        time.Time `json:"at"`
	Stage     string    `json:"stage,omitempty"`
	Class     string    `json:"class,omitempty"`
	Uncertain bool      `json:"uncertain,omitempty"`
	Reply     string    `json:"reply,omitempty"`
}

func viewCopy(t outbox.Tried) sentCopy {
	v := sentCopy{Issue: t.IssueID, State: t.State, Reason: t.Reason, NextTry: utc(t.Next), Attempts: []attempt{}}
	for _, a := range t.All {
		v.Attempts = append(v.Attempts, attempt{a.Number, utc(a.At), a.Stage, a.Class, a.Uncertain, a.Said})
	}
	return v
}

// listCopies lists what was sent to a reader, the newest first.
func (a *API) listCopies(c *call) (answer, error) {
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	what := fmt.Sprintf("deliveries to %d", r.ID)
	before, limit, err := c.page(what)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Queue.TriedFor(c.Context(), r.ID, before, limit+1)
	return answer{body: listOf(all, limit, what, func(t outbox.Tried) int64 { return t.IssueID }, viewCopy)}, err
}

// showEverything gives all that is kept about a reader, as they have a right to get it
// (GDPR 15, 20).
func (a *API) showEverything(c *call) (answer, error) {
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Readers.Everything(c.Context(), r.ID)
	if err != nil {
		return answer{}, err
	}
	tried, err := a.Queue.TriedFor(c.Context(), r.ID, 0, mostPage)
	copies := []sentCopy{}
	for _, t := range tried {
		copies = append(copies, viewCopy(t))
	}
	return answer{body: struct {
		subscribers.Everything
		Deliveries []sentCopy `json:"deliveries"` // the latest 500
	}{all, copies}}, err
}
