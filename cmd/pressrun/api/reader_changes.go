package api

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
)

// changeReader changes a reader's name, language or format, and whether their clicks count.
// What is left out stays.
func (a *API) changeReader(c *call) (answer, error) {
	var v struct {
		Name     *string             `json:"name"`
		Language *string             `json:"language"`
		Format   *subscribers.Format `json:"format"`
		// Uncounted: no links that are counted.
		Uncounted *bool `json:"uncounted"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	err = a.Readers.SetProfile(c.Context(), r.ID, subscribers.Profile{Name: v.Name, Language: v.Language, Format: v.Format, Uncounted: v.Uncounted})
	var wrong *subscribers.FieldError
	if errors.As(err, &wrong) {
		return answer{}, wrongField.because("%v.", wrong).in(wrong.Field)
	}
	if err != nil {
		return answer{}, err
	}
	var changed []string
	for name, given := range map[string]bool{"name": v.Name != nil, "language": v.Language != nil, "format": v.Format != nil, "uncounted": v.Uncounted != nil} {
		if given {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return answer{status: 204, act: "change-reader", what: whom(r.ID), detail: strings.Join(changed, ", ")}, nil
}

// joinReader subscribes a reader to one more edition on the caller's word, which is kept as
// the evidence (W6).
func (a *API) joinReader(c *call) (answer, error) {
	var v struct {
		Edition string `json:"edition"`
		Consent string `json:"consent"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	address, err := subscribers.ParseAddressUTF8(r.Email)
	if err != nil {
		return answer{}, err
	}
	return a.add(c, subscribers.NewSubscriber{Address: address, Name: r.Name, Language: r.Language, Format: r.Format}, v.Edition, v.Consent, "edition")
}

// subscription returns the reader in the path, and their subscription of the edition in it.
func (a *API) subscription(c *call) (n subscribers.Subscription, err error) {
	r, err := a.reader(c)
	if err != nil {
		return n, err
	}
	i := slices.IndexFunc(r.Subscriptions, func(n subscribers.Subscription) bool { return n.Edition == c.PathValue("edition") })
	if i < 0 {
		return n, subscribers.ErrNotFound
	}
	return r.Subscriptions[i], nil
}

// subscribed answers with a subscription as it is after a change.
func (a *API) subscribed(c *call, n subscribers.Subscription, act, detail string) (answer, error) {
	n, err := a.Readers.Subscription(c.Context(), n.ID)
	return answer{body: viewSubscription(n), act: act, what: whom(n.SubscriberID), detail: strings.TrimSpace(n.Edition + " " + detail)}, err
}

// changeChoices changes what a reader gets of an edition, and when. What is left out stays.
func (a *API) changeChoices(c *call) (answer, error) {
	n, err := a.subscription(c)
	if err != nil {
		return answer{}, err
	}
	wanted := n.Choices
	wanted.Topics = slices.Clone(wanted.Topics)
	if err := c.read(&wanted); err != nil {
		return answer{}, err
	}
	if err := wanted.Check(); err != nil {
		return answer{}, wrongField.because("%v.", err)
	}
	if err := a.offers(c, n, wanted.Topics); err != nil {
		return answer{}, err
	}
	if err := a.Readers.SetChoices(c.Context(), n.ID, wanted, c.now); err != nil {
		return answer{}, err
	}
	return a.subscribed(c, n, "choices", "")
}

// offers holds that chosen topics are offered, or were chosen before.
func (a *API) offers(c *call, n subscribers.Subscription, topics []string) error {
	e, err := a.Digest.Edition(c.Context(), n.Edition)
	if err != nil {
		return err
	}
	known := slices.Concat(e.Rules.Offer, n.Choices.Topics)
	for _, t := range topics {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, digest.OneLine(t)) }) {
			return wrongField.because("The edition does not offer %.40q, but %q.", t, e.Rules.Offer).in("topics")
		}
	}
	return nil
}

// pauseReader keeps an edition from a reader until a time.
func (a *API) pauseReader(c *call) (answer, error) {
	var v struct {
		Until string `json:"until"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	until, err := momentIn("until", v.Until)
	if err != nil {
		return answer{}, err
	}
	if !until.After(c.now) || until.After(c.now.AddDate(1, 0, 0)) {
		return answer{}, wrongField.because("It is within a year from now.").in("until")
	}
	n, err := a.subscription(c)
	if err != nil {
		return answer{}, err
	}
	if n.State != subscribers.Confirmed && n.State != subscribers.Paused {
		return answer{}, conflict.because("The subscription is %s.", n.State)
	}
	if err := a.Readers.Pause(c.Context(), n.ID, until, c.now); err != nil {
		return answer{}, err
	}
	return a.subscribed(c, n, "pause-reader", "until "+utc(until).Format(time.RFC3339))
}

// wakeReader ends a pause early.
func (a *API) wakeReader(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	n, err := a.subscription(c)
	if err != nil {
		return answer{}, err
	}
	if n.State != subscribers.Confirmed && n.State != subscribers.Paused {
		return answer{}, conflict.because("The subscription is %s.", n.State)
	}
	if err := a.Readers.Resume(c.Context(), n.ID, c.now); err != nil {
		return answer{}, err
	}
	return a.subscribed(c, n, "resume-reader", "")
}

// moveReader asks at a new address whether the reader wants their mail there. Nothing is
// changed until they say so.
func (a *API) moveReader(c *call) (answer, error) {
	var v struct {
		Email string `json:"email"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	address, err := subscribers.ParseAddress(v.Email)
	if err != nil {
		return answer{}, wrongField.because("%v.", err).in("email")
	}
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	if err := letters(a.Readers.ChangeAddress(c.Context(), r.ID, address, c.now)); err != nil {
		return answer{}, err
	}
	return answer{status: 202, act: "ask-address", what: whom(r.ID)}, nil
}

// askAgain sends the letter once more that asks a reader to confirm.
func (a *API) askAgain(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	if err := letters(a.Readers.Reconfirm(c.Context(), r.ID, c.now)); err != nil {
		return answer{}, err
	}
	return answer{status: 202, act: "ask-again", what: whom(r.ID)}, nil
}

// letters says why no letter goes to a reader.
func letters(err error) error {
	for _, known := range []error{subscribers.ErrTooManyLetters, subscribers.ErrNothingToConfirm, subscribers.ErrSuppressed} {
		if errors.Is(err, known) {
			return conflict.because("%v.", known)
		}
	}
	return err
}

// add subscribes a reader, confirmed, to an edition. field is what is wrong where that cannot
// be.
func (a *API) add(c *call, n subscribers.NewSubscriber, edition, consent, field string) (answer, error) {
	if _, err := a.Digest.Edition(c.Context(), edition); err != nil {
		return answer{}, wrongField.because("There is no edition %.40q.", edition).in("edition")
	}
	if consent = strings.TrimSpace(consent); consent == "" || len(consent) > 2000 {
		return answer{}, wrongField.because("Say where the reader's consent comes from, in at most 2,000 letters.").in("consent")
	}
	r, err := a.Readers.Add(c.Context(), n, edition, consent, c.now)
	var not *subscribers.NotAdded
	if errors.As(err, &not) {
		return answer{}, conflict.because("The reader %s.", not.Why).in(field)
	}
	if err != nil {
		return answer{}, err
	}
	// The answer may be kept with an Idempotency-Key, and so has no address in it.
	view := struct {
		ID      int64             `json:"id"`
		Edition string            `json:"edition"`
		State   subscribers.State `json:"state"`
	}{r.ID, edition, subscribers.Confirmed}
	return answer{
		status: 201, body: view, location: a.Frame.Root() + Root + "subscribers/" + strconv.FormatInt(r.ID, 10),
		act: "add-reader", what: whom(r.ID), detail: edition,
	}, nil
}
