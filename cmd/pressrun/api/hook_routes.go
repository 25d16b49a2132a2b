package api

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// A hook is a webhook as programs see it.
type hook struct {
	ID       int64     `json:"id"`
	URL      string    `json:"url"`
	Events   []Event   `json:"events"`
	Created  time.Time `json:"created"`
	Disabled time.Time `json:"disabled,omitzero"`
	Why      string    `json:"why,omitempty"` // it is disabled
}

func viewHook(k Hook) hook {
	return hook{k.ID, k.URL, k.Events, utc(k.Created), utc(k.Disabled), k.Why}
}

func (a *API) listHooks(c *call) (answer, error) {
	after, limit, err := c.page("webhooks")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Hooks.List(c.Context())
	id := func(k Hook) int64 { return k.ID }
	return answer{body: listOf(later(all, after, id), limit, "webhooks", id, viewHook)}, err
}

func (a *API) addHook(c *call) (answer, error) {
	var v struct {
		URL    string  `json:"url"`
		Events []Event `json:"events"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	k, err := a.Hooks.Add(c.Context(), v.URL, v.Events, c.now)
	var wrong *hookError
	if errors.As(err, &wrong) {
		return answer{}, wrongField.because("%v.", wrong).in(wrong.field)
	}
	if err != nil {
		return answer{}, err
	}
	return answer{status: 201, body: viewHook(k), location: a.Frame.Root() + Root + "webhooks", act: "webhook", what: whichHook(k), detail: hostOf(k)}, nil
}

func whichHook(k Hook) string { return "webhook " + strconv.FormatInt(k.ID, 10) }

// hostOf is as much of a webhook's address as the audit log has: the rest may be a secret.
func hostOf(k Hook) string {
	u, err := url.Parse(k.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// hook returns the one in the path.
func (a *API) hook(c *call) (Hook, error) {
	id, err := c.id("id")
	if err != nil {
		return Hook{}, err
	}
	return a.Hooks.hook(c.Context(), id)
}

// showHookSecret shows it as often as it is asked for: it is not kept, but made.
func (a *API) showHookSecret(c *call) (answer, error) {
	k, err := a.hook(c)
	return answer{body: map[string]string{"secret": a.Hooks.SecretOf(k)}}, err
}

func (a *API) removeHook(c *call) (answer, error) {
	k, err := a.hook(c)
	if err != nil {
		return answer{}, err
	}
	err = a.Hooks.Remove(c.Context(), k.ID)
	return answer{status: 204, act: "webhook-gone", what: whichHook(k), detail: hostOf(k)}, err
}

func (a *API) testHook(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	k, err := a.hook(c)
	if err != nil {
		return answer{}, err
	}
	said, arrived, err := a.Hooks.Test(c.Context(), k.ID, c.now)
	view := struct {
		Arrived bool   `json:"arrived"`
		Said    string `json:"said"`
	}{arrived, said}
	return answer{body: view, act: "webhook-test", what: whichHook(k), detail: said}, err
}

// A told is a message of a webhook as programs see it.
type told struct {
	ID       int64     `json:"id"`
	Message  string    `json:"message"` // its webhook-id
	Event    Event     `json:"event"`
	State    string    `json:"state"`
	Attempts int       `json:"attempts"`
	Created  time.Time `json:"created"`
	NextTry  time.Time `json:"next_try,omitzero"`
	Said     string    `json:"said,omitempty"`
}

func viewMessage(m message) told {
	v := told{ID: m.ID, Message: m.Name, Event: m.Event, State: m.State, Attempts: m.Attempts, Created: utc(m.Created), Said: m.Said}
	if m.State == "due" {
		v.NextTry = utc(m.Due)
	}
	return v
}

// listHookDeliveries lists what a webhook was told in the last week, the oldest first.
func (a *API) listHookDeliveries(c *call) (answer, error) {
	k, err := a.hook(c)
	if err != nil {
		return answer{}, err
	}
	what := fmt.Sprintf("told to %d", k.ID)
	after, limit, err := c.page(what)
	if err != nil {
		return answer{}, err
	}
	all, err := a.Hooks.messages(c.Context(), `WHERE webhook_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3`, k.ID, after, limit+1)
	return answer{body: listOf(all, limit, what, func(m message) int64 { return m.ID }, viewMessage)}, err
}
