package api

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// An issue as programs see it.
type issue struct {
	ID      int64             `json:"id"`
	Edition string            `json:"edition"`
	Number  int               `json:"number"` // 0 for a skipped one
	Slot    time.Time         `json:"slot"`
	Created time.Time         `json:"created"`
	State   digest.IssueState `json:"state"`
	Reason  string            `json:"reason,omitempty"`
	Letters []subject         `json:"letters,omitempty"`
	Stories []story           `json:"stories,omitempty"`
	Sending *progress         `json:"sending,omitempty"` // what became of its deliveries
}

type subject struct {
	Language string `json:"language"`
	Subject  string `json:"subject"`
}

// progress is how far an issue has been sent.
type progress struct {
	Issue    int64                  `json:"issue"`
	State    string                 `json:"state"`
	Reason   string                 `json:"reason,omitempty"`
	Complete bool                   `json:"complete"` // every recipient has a delivery
	Prepared int64                  `json:"prepared"`
	Open     int64                  `json:"open"` // not settled yet
	Counts   map[outbox.State]int64 `json:"counts"`
	Posted   time.Time              `json:"posted,omitzero"`
	Finished time.Time              `json:"finished,omitzero"`
	NextTry  time.Time              `json:"next_try,omitzero"` // of what is deferred
	Domains  []outbox.Part          `json:"domains,omitempty"` // the largest first
	Relays   []outbox.Part          `json:"relays,omitempty"`
}

func viewIssue(i digest.Issue) issue {
	return issue{
		ID: i.ID, Edition: i.Edition, Number: i.Number, Slot: utc(i.Slot), Created: utc(i.Created), State: i.State, Reason: i.Reason,
	}
}

func viewRun(r outbox.Run) *progress {
	p := &progress{
		Issue: r.IssueID, State: r.State, Reason: r.Reason, Complete: r.Complete, Prepared: r.Prepared, Open: r.Open(),
		Counts: map[outbox.State]int64{}, Posted: utc(r.Posted), Finished: utc(r.Finished), NextTry: utc(r.NextDue),
	}
	for _, s := range outbox.States {
		p.Counts[s] = r.Counts[s]
	}
	return p
}

// views are issues with how they are sent and what their letters are called.
func (a *API) views(c *call, all []digest.Issue) ([]issue, error) {
	var ids []int64
	for _, i := range all {
		ids = append(ids, i.ID)
	}
	letters, err := a.Digest.Subjects(c.Context(), ids)
	if err != nil {
		return nil, err
	}
	views := []issue{}
	for _, i := range all {
		v := viewIssue(i)
		for _, l := range letters[i.ID] {
			v.Letters = append(v.Letters, subject{l.Language, l.Subject})
		}
		r, err := a.Queue.Run(c.Context(), i.ID)
		if err == nil {
			v.Sending = viewRun(r)
		} else if !errors.Is(err, outbox.ErrNoRun) {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

// listIssues lists what an edition sent, the newest first.
func (a *API) listIssues(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	what := "issues of " + e.Slug
	before, limit, err := c.page(what)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Digest.Issues(c.Context(), e.Slug, int(before), limit+1)
	if err != nil {
		return answer{}, err
	}
	views, err := a.views(c, all)
	return answer{body: listOf(views, limit, what, func(i issue) int64 { return int64(i.Number) }, same)}, err
}

func same[T any](v T) T { return v }

// listRuns lists the latest issues of all editions, skipped ones too.
func (a *API) listRuns(c *call) (answer, error) {
	all, limit, what, err := a.runs(c, "runs")
	if err != nil {
		return answer{}, err
	}
	views, err := a.views(c, all)
	return answer{body: listOf(views, limit, what, func(i issue) int64 { return i.ID }, same)}, err
}

// issue returns the one in the path.
func (a *API) issue(c *call) (digest.Issue, error) {
	id, err := c.id("id")
	if err != nil {
		return digest.Issue{}, err
	}
	return a.Digest.IssueByID(c.Context(), id)
}

func (a *API) showIssue(c *call) (answer, error) {
	i, err := a.issue(c)
	if err != nil {
		return answer{}, err
	}
	views, err := a.views(c, []digest.Issue{i})
	if err != nil {
		return answer{}, err
	}
	v := views[0]
	v.Stories = viewStories(i.Stories)
	return answer{body: v}, nil
}

// showLetter shows an issue as the readers of a language got it. What differs from reader to
// reader is a placeholder in it.
func (a *API) showLetter(c *call) (answer, error) {
	i, err := a.issue(c)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Digest.Variants(c.Context(), i.ID)
	if err != nil {
		return answer{}, err
	}
	at := slices.IndexFunc(all, func(v digest.Variant) bool { return v.Language == c.PathValue("language") })
	if at < 0 {
		return answer{}, digest.ErrNotFound
	}
	return showAsLetter(all[at])
}

// publishNow makes the next issue and hands it to the outbox. The slot is kept with the
// call's key before anything is done: repeated, the call makes no second issue.
func (a *API) publishNow(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	ctx := c.Context()
	e, err := a.Digest.Edition(ctx, c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	c.slow(5 * time.Minute)
	if c.first == 0 {
		slot, err := a.slotNow(c, e)
		if err != nil {
			return answer{}, err
		}
		if err := c.decide(slot.Unix()); err != nil {
			return answer{}, err
		}
	}
	made, err := a.Publisher.Publish(ctx, e.Slug, time.Unix(c.first, 0).UTC(), c.now, nil)
	if err != nil {
		return answer{}, err
	}
	views, err := a.views(c, []digest.Issue{made})
	if err != nil {
		return answer{}, err
	}
	done := answer{status: 201, body: views[0], act: "send", what: e.Slug, location: a.Frame.Root() + Root + "issues/" + strconv.FormatInt(made.ID, 10)}
	done.detail = "issue " + strconv.FormatInt(made.ID, 10)
	if made.State == digest.IssueSkipped {
		done.status, done.act, done.detail = 200, "skip", made.Reason
	}
	return done, nil
}

// slotNow returns the moment that an issue made now is due, or says what comes before it.
func (a *API) slotNow(c *call, e digest.Edition) (slot time.Time, err error) {
	ctx := c.Context()
	if err := a.Publisher.Resume(ctx, e.Slug, c.now); err != nil {
		return slot, err
	}
	runs, err := a.Queue.Unfinished(ctx)
	if err != nil {
		return slot, err
	}
	i := slices.IndexFunc(runs, func(r outbox.Run) bool {
		begun := r.State != "running" || r.Counts[outbox.Queued]+r.Counts[outbox.Sending] > 0
		return r.Edition == e.Slug && begun
	})
	if i >= 0 {
		return slot, conflict.because("Issue %d of %s is %s with %d mails to go; let it end, resume or cancel it first.", runs[i].IssueID, e.Slug, runs[i].State, runs[i].Open())
	}
	if slot, err = a.Digest.SlotByHand(ctx, e, c.now); err != nil {
		return slot, err
	}
	if err := refused(a.Digest.PublishableByProgram(ctx, e, slot, c.now)); err != nil {
		return slot, err
	}
	readers, err := a.Readers.Count(ctx, e.Slug)
	if err != nil {
		return slot, err
	}
	if readers == 0 {
		return slot, conflict.because("The edition has no readers yet.")
	}
	return slot, nil
}
