package site

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// getsMail reports whether there is anything that could be fewer.
func (l leaver) getsMail() bool {
	state := l.subscription.State
	return !l.gone && !l.reader.Suppressed && (state == subscribers.Confirmed || state == subscribers.Paused)
}

// offers are what the reader may have instead of leaving: what they have already is none.
func (l leaver) offers(e digest.Edition, now time.Time) (o templates.LeaveOffers) {
	c := l.subscription.Choices
	o.Weekly = c.Frequency != subscribers.Weekly && oftener(e, now)
	o.Pause = l.subscription.State == subscribers.Confirmed
	if len(e.Rules.Offer) > 1 && len(c.Topics) != 1 {
		for _, topic := range e.Rules.Offer {
			if len(c.Topics) == 0 || containsFold(c.Topics, topic) {
				o.Topics = append(o.Topics, templates.SubscribeTopic{Name: topic, Language: e.Languages[0]})
			}
		}
	}
	return o
}

// oftener reports whether an edition comes more than once a week, as far as its schedule
// tells: one without may.
func oftener(e digest.Edition, now time.Time) bool {
	next := e.Schedule.Next(now, 2)
	return len(next) < 2 || next[1].Sub(next[0]) < 6*24*time.Hour
}

// kept is what the reader took instead of leaving, as the address of the page says and if
// it is so.
func (l leaver) kept(how string, e digest.Edition, now time.Time) (k templates.LeaveKept) {
	n := l.subscription
	switch {
	case how == "weekly" && n.Choices.Frequency == subscribers.Weekly:
		k.Weekday = int(n.Choices.Weekday)
	case how == "topic" && len(n.Choices.Topics) == 1:
		k.Topic = n.Choices.Topics[0]
	case how == "pause" && n.State == subscribers.Paused && n.PausedUntil.After(now):
		k.Until = n.PausedUntil.In(l.zone(e))
	default:
		return k
	}
	k.How = how
	return k
}

// zone is the reader's own, else the edition's.
func (l leaver) zone(e digest.Edition) *time.Location {
	if own, err := time.LoadLocation(l.subscription.Choices.Zone); err == nil && l.subscription.Choices.Zone != "" {
		return own
	}
	return zoneOf(e)
}

// offerIn names the offer that a form takes, "back" for none any more; "" if it does not
// speak of offers.
func offerIn(form url.Values) string {
	for _, how := range []string{"weekly", "pause", "topic", "back"} {
		if form.Has(how) {
			return how
		}
	}
	return ""
}

// takeOffer gives the reader less, or again what they had. To who gets nothing any more it
// does nothing: their page says so.
func (s *Site) takeOffer(ctx context.Context, l leaver, how string, form url.Values) error {
	if !l.getsMail() {
		return nil
	}
	e, err := s.Digest.Edition(ctx, l.subscription.Edition)
	if err != nil {
		return noPage(err)
	}
	now, n := time.Now(), l.subscription
	switch {
	case how == "weekly":
		n.Choices.Frequency = subscribers.Weekly
	case how == "topic":
		i := slices.IndexFunc(e.Rules.Offer, func(topic string) bool { return topic == form.Get("topic") })
		if i < 0 {
			return web.ErrForm
		}
		n.Choices.Topics = e.Rules.Offer[i : i+1]
	case how == "pause":
		until, wrong, err := pauseOf(form, now.In(l.zone(e)))
		if err != nil || wrong.block != "" {
			return web.ErrForm
		}
		return s.Readers.Pause(ctx, n.ID, until, now)
	case form.Get("back") == "pause":
		return s.Readers.Resume(ctx, n.ID, now)
	default:
		if n.Choices, err = s.formerChoices(ctx, n); err != nil {
			return err
		}
	}
	return s.Readers.SetChoices(ctx, n.ID, n.Choices, now)
}

// formerChoices are what the reader had chosen before what they have now.
func (s *Site) formerChoices(ctx context.Context, n subscribers.Subscription) (subscribers.Choices, error) {
	changes, err := s.Readers.ChoiceChanges(ctx, n.SubscriberID)
	if err != nil {
		return n.Choices, err
	}
	for _, c := range slices.Backward(changes) {
		same := slices.Equal(c.Choices.Topics, n.Choices.Topics) && c.Choices.Frequency == n.Choices.Frequency
		if c.SubscriptionID == n.ID && !same {
			return c.Choices, nil
		}
	}
	return subscribers.UsualChoices(), nil
}

// withQuery adds to the query of a path.
func withQuery(path, query string) string {
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}
