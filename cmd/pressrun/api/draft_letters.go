package api

import (
	"errors"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
)

// nextDraft is the issue of an edition's next run, or of now where it has none, with its
// letters.
func (a *API) nextDraft(c *call, test bool) (publish.Draft, error) {
	ctx := c.Context()
	e, err := a.Digest.Edition(ctx, c.PathValue("edition"))
	if err != nil {
		return publish.Draft{}, err
	}
	slot, err := a.Digest.NextSlot(ctx, e, c.now)
	if err != nil {
		return publish.Draft{}, err
	}
	if slot.IsZero() {
		slot = c.now
	}
	zone, err := e.Schedule.Location()
	if err != nil {
		return publish.Draft{}, err
	}
	return a.Publisher.Draft(ctx, e.Slug, slot.In(zone), test)
}

// showDraftLetter shows the next issue as the readers of a language would get it. What
// differs from reader to reader is a placeholder in it.
func (a *API) showDraftLetter(c *call) (answer, error) {
	d, err := a.nextDraft(c, false)
	if err != nil {
		return answer{}, err
	}
	for _, l := range d.Letters {
		if l.Language == c.PathValue("language") {
			return showAsLetter(l.Variant)
		}
	}
	if d.Issue.State == digest.IssueSkipped {
		return answer{}, notFound.because("There would be no issue: %s.", d.Issue.Reason)
	}
	return answer{}, digest.ErrNotFound
}

func showAsLetter(v digest.Variant) (answer, error) {
	view := struct {
		Language string `json:"language"`
		Subject  string `json:"subject"`
		HTML     string `json:"html"`
		Text     string `json:"text"`
	}{v.Language, v.Subject, string(v.HTML), string(v.Text)}
	tag, err := tagOf(view)
	return answer{body: view, etag: tag}, err
}

// testDraft sends each letter of the next issue, marked as a test, to one address.
func (a *API) testDraft(c *call) (answer, error) {
	var v struct {
		To string `json:"to"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	to, err := subscribers.ParseAddress(v.To)
	if err != nil {
		return answer{}, wrongField.because("%v.", err).in("to")
	}
	if a.Test == nil {
		return answer{}, conflict.because("This server sends no mail.")
	}
	d, err := a.nextDraft(c, true)
	if err != nil {
		return answer{}, err
	}
	if len(d.Letters) == 0 {
		return answer{}, conflict.because("There would be no issue: %s.", d.Issue.Reason)
	}
	if err := a.mayTest(c, to); err != nil {
		return answer{}, err
	}
	c.slow(5 * time.Minute)
	view := struct {
		Number    int      `json:"number"`
		Languages []string `json:"languages"` // of the letters
	}{d.Issue.Number, nil}
	for _, l := range d.Letters {
		view.Languages = append(view.Languages, l.Language)
	}
	if err := a.Test(c.Context(), d, to); err != nil {
		return answer{}, noRelay.because("The test was not sent: %v.", err)
	}
	// The log has no address, since it must not stay anywhere once its owner is erased.
	return answer{body: view, act: "test", what: d.Edition.Slug, detail: strings.Join(view.Languages, ", ")}, nil
}

// mayTest refuses a test to an address that must not be written to, and too many of them.
func (a *API) mayTest(c *call, to subscribers.Address) error {
	why, err := a.Readers.Suppressions(c.Context(), to)
	if err != nil {
		return err
	}
	if len(why) > 0 {
		return conflict.because("The address is suppressed (%s): nothing is sent to it, a test neither.", why[0].Reason).in("to")
	}
	if wait, _ := a.spend(paced{c.token.ID, "test"}, testPace, c.now); wait > 0 {
		p := tooMany.because("A token may have one test a minute sent, and %d at once; try again in %d seconds.", testPace.AtOnce, seconds(wait))
		p.retry = wait
		return p
	}
	return nil
}

// addStory reads an article's page, keeps the article, and pins it in the next issue.
func (a *API) addStory(c *call) (answer, error) {
	ctx := c.Context()
	var v struct {
		URL     string `json:"url"`
		Version *int   `json:"version"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	e, err := a.Digest.Edition(ctx, c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	if v.Version == nil {
		return answer{}, wrongField.because("Say which version of the plan was seen.").in("version")
	}
	if err := webAddress(v.URL, "url"); err != nil {
		return answer{}, err
	}
	c.slow(time.Minute)
	names, err := a.Publisher.Article(ctx, strings.TrimSpace(v.URL), c.token.Name, c.token.Name, c.now)
	var unread *publish.UnreadError
	if errors.As(err, &unread) {
		return answer{}, wrongField.because("It cannot be read: %v.", err).in("url")
	}
	if err != nil {
		return answer{}, err
	}
	p, story, err := a.pinned(c, names)
	if err != nil {
		return answer{}, err
	}
	p.Version = *v.Version
	p, err = a.Digest.PutPlan(ctx, e.ID, p)
	if errors.Is(err, digest.ErrPlanChanged) {
		return answer{}, conflict.because("%v.", err).in("version")
	}
	if err != nil {
		return answer{}, err
	}
	done := viewPlan(p)
	done.act, done.what, done.detail = "add-story", e.Slug, story
	return done, nil
}

// pinned is the plan of the next issue with the story pinned that has one of the addresses.
func (a *API) pinned(c *call, addresses []string) (p digest.Plan, story string, err error) {
	d, err := a.nextDraft(c, false)
	if err != nil {
		return p, "", err
	}
	s := d.Issue.StoryAt(addresses)
	if s.ID == 0 {
		return p, "", conflict.because("The page was read, and it is in the draft under another address, or below another story.").in("url")
	}
	if s.Reason.Code == digest.ReasonSent {
		return p, "", conflict.because("This story went out already: %s.", s.Reason).in("url")
	}
	return d.Issue.Plan.Pin(s.ID), s.URL, nil
}
