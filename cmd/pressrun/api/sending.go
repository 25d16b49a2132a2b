package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// sending returns how the issue in the path is sent.
func (a *API) sending(c *call) (outbox.Run, error) {
	i, err := a.issue(c)
	if err != nil {
		return outbox.Run{}, err
	}
	return a.Queue.Run(c.Context(), i.ID)
}

func (a *API) showProgress(c *call) (answer, error) {
	r, err := a.sending(c)
	if err != nil {
		return answer{}, err
	}
	parts, err := a.Queue.Parts(c.Context(), r.IssueID, c.now)
	view := viewRun(r)
	view.Domains, view.Relays = outbox.PartsIn(time.UTC, parts.Domains), outbox.PartsIn(time.UTC, parts.Relays)
	return answer{body: view}, err
}

// A delivery is one reader's copy.
type delivery struct {
	Subscriber int64        `json:"subscriber"`
	State      outbox.State `json:"state"`
	Attempts   int          `json:"attempts"`
	Reason     string       `json:"reason,omitempty"`
	Reply      string       `json:"reply,omitempty"` // the server's, at the last attempt
	Tried      time.Time    `json:"tried,omitzero"`
	NextTry    time.Time    `json:"next_try,omitzero"`
}

func viewDelivery(d outbox.Delivery) delivery {
	return delivery{d.Subscriber, d.State, d.Attempts, d.Reason, d.Said, utc(d.Tried), utc(d.Next)}
}

func (a *API) listDeliveries(c *call) (answer, error) {
	r, err := a.sending(c)
	if err != nil {
		return answer{}, err
	}
	state := outbox.State(c.URL.Query().Get("state"))
	if !slices.Contains(outbox.States, state) {
		return answer{}, wrongParam.because("It is one of %q.", outbox.States).in("state")
	}
	what := fmt.Sprintf("deliveries of %d that are %s", r.IssueID, state)
	after, limit, err := c.page(what)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Queue.Deliveries(c.Context(), r.IssueID, state, after, limit+1)
	return answer{body: listOf(all, limit, what, func(d outbox.Delivery) int64 { return d.Subscriber }, viewDelivery)}, err
}

// A fault is something in the ledger that does not add up.
type fault struct {
	Delivery int64  `json:"delivery,omitempty"`
	Text     string `json:"text"`
}

func (a *API) verifyIssue(c *call) (answer, error) {
	r, err := a.sending(c)
	if err != nil {
		return answer{}, err
	}
	c.slow(5 * time.Minute)
	checked, faults, err := a.Queue.Verify(c.Context(), r.IssueID)
	view := struct {
		Checked int64   `json:"checked"`
		Faults  []fault `json:"faults"`
	}{checked, []fault{}}
	for _, f := range faults {
		view.Faults = append(view.Faults, fault{f.Delivery, f.Text})
	}
	return answer{body: view}, err
}

// steer does something to the sending of an issue, and answers how it stands then.
func (a *API) steer(c *call, act string, do func(ctx context.Context, id int64) (detail string, err error)) (answer, error) {
	r, err := a.sending(c)
	if err != nil {
		return answer{}, err
	}
	detail, err := do(c.Context(), r.IssueID)
	if err != nil {
		return answer{}, err
	}
	if r, err = a.Queue.Run(c.Context(), r.IssueID); err != nil {
		return answer{}, err
	}
	return answer{body: viewRun(r), act: act, what: "issue " + strconv.FormatInt(r.IssueID, 10), detail: detail}, nil
}

// pauseIssue lets an issue wait. Twice is the same as once; one that is over stays over.
func (a *API) pauseIssue(c *call) (answer, error) {
	var v struct {
		Reason string `json:"reason"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	why := digest.OneLine(v.Reason)
	if why == "" {
		why = "paused by " + digest.ProgramNamed(c.token.Name)
	}
	return a.steer(c, "pause", func(ctx context.Context, id int64) (string, error) {
		return why, a.open(ctx, id, func() error { return a.Queue.Pause(ctx, id, why) })
	})
}

func (a *API) resumeIssue(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	return a.steer(c, "resume", func(ctx context.Context, id int64) (string, error) {
		return "", a.open(ctx, id, func() error { return a.Queue.Resume(ctx, id) })
	})
}

// open does what only an issue that is not over yet can have done to it.
func (a *API) open(ctx context.Context, id int64, do func() error) error {
	r, err := a.Queue.Run(ctx, id)
	if err != nil {
		return err
	}
	if r.State == "finished" || r.State == "cancelled" {
		return conflict.because("The issue is %s.", r.State)
	}
	return do()
}

func (a *API) resendIssue(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	return a.steer(c, "resend", func(ctx context.Context, id int64) (string, error) {
		n, err := a.Queue.Resend(ctx, id, c.now)
		return strconv.FormatInt(n, 10) + " in doubt", err
	})
}

func (a *API) cancelIssue(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	return a.steer(c, "cancel", func(ctx context.Context, id int64) (string, error) {
		n, err := a.Queue.Cancel(ctx, id, c.now)
		return strconv.FormatInt(n, 10) + " not sent", err
	})
}

// pullStory takes a story out of an issue, also in mid-send.
func (a *API) pullStory(c *call) (answer, error) {
	var v struct {
		Why string `json:"why"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	i, err := a.issue(c)
	if err != nil {
		return answer{}, err
	}
	id, err := c.id("story")
	if err != nil {
		return answer{}, err
	}
	why := digest.OneLine(v.Why)
	if why == "" {
		return answer{}, wrongField.because("Say why: it is kept with the story.").in("why")
	}
	c.slow(5 * time.Minute)
	_, readers, err := a.Publisher.Pull(c.Context(), i.ID, id, why, c.now)
	if errors.Is(err, digest.ErrLastStory) {
		return answer{}, conflict.because("%v.", err)
	}
	if err != nil {
		return answer{}, err
	}
	view := struct {
		Issue   int64 `json:"issue"`
		Story   int64 `json:"story"`
		Readers int64 `json:"readers"` // still to come, who get the issue without it
	}{i.ID, id, readers}
	return answer{body: view, act: "pull", what: "issue " + strconv.FormatInt(i.ID, 10), detail: "story " + strconv.FormatInt(id, 10) + ": " + why}, nil
}
