package api

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

// A reader as programs see them.
type reader struct {
	ID            int64              `json:"id"`
	Email         string             `json:"email"`
	Name          string             `json:"name,omitempty"`
	Language      string             `json:"language,omitempty"`
	Format        subscribers.Format `json:"format"`
	Uncounted     bool               `json:"uncounted,omitempty"`
	Suppressed    bool               `json:"suppressed"`
	Created       time.Time          `json:"created"`
	Subscriptions []subscription     `json:"subscriptions"`
	// Of a reader asked for by themselves.
	Consents     []consent     `json:"consents,omitempty"`
	Suppressions []suppression `json:"suppressions,omitempty"`
}

type subscription struct {
	ID          int64               `json:"id"`
	Edition     string              `json:"edition"`
	State       subscribers.State   `json:"state"`
	Choices     subscribers.Choices `json:"choices"`
	PausedUntil time.Time           `json:"paused_until,omitzero"`
	Created     time.Time           `json:"created"`
	Confirmed   time.Time           `json:"confirmed,omitzero"`
	Left        time.Time           `json:"left,omitzero"`
}

func viewSubscription(n subscribers.Subscription) subscription {
	return subscription{n.ID, n.Edition, n.State, n.Choices, utc(n.PausedUntil), utc(n.Created), utc(n.Confirmed), utc(n.Left)}
}

type consent struct {
	Edition  string             `json:"edition"`
	Act      subscribers.Act    `json:"act"`
	Method   subscribers.Method `json:"method"`
	Evidence string             `json:"evidence,omitempty"`
	At       time.Time          `json:"at"`
}

func viewReader(r subscribers.Reader) reader {
	v := reader{
		ID: r.ID, Email: r.Email, Name: r.Name, Language: r.Language, Format: r.Format, Uncounted: r.Uncounted, Suppressed: r.Suppressed,
		Created: utc(r.Created), Subscriptions: []subscription{},
	}
	for _, n := range r.Subscriptions {
		v.Subscriptions = append(v.Subscriptions, viewSubscription(n))
	}
	return v
}

// listReaders lists readers. Parts of addresses are searched for with searchReaders: what
// stands in a URL, stands in logs.
func (a *API) listReaders(c *call) (answer, error) {
	query := c.URL.Query()
	if strings.Contains(query.Get("search"), "@") {
		return answer{}, wrongParam.because("Addresses do not belong in a URL, which logs keep; POST %ssubscribers/search takes them in its body.", Root).in("search")
	}
	after, limit, err := c.page("subscribers")
	if err != nil {
		return answer{}, err
	}
	f := subscribers.Filter{Search: query.Get("search"), Edition: query.Get("edition"), State: subscribers.State(query.Get("state"))}
	return a.find(c, f, after, limit, wrongParam)
}

// searchReaders does what listReaders does, and takes all from the body.
func (a *API) searchReaders(c *call) (answer, error) {
	var v struct {
		Search  string            `json:"search"`
		Edition string            `json:"edition"`
		State   subscribers.State `json:"state"`
		Cursor  string            `json:"cursor"`
		Limit   int               `json:"limit"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	if v.Limit == 0 {
		v.Limit = usualPage
	}
	if v.Limit < 1 || v.Limit > mostPage {
		return answer{}, wrongField.because("It is a number from 1 to %d.", mostPage).in("limit")
	}
	after, ok := cursorOf("subscribers", v.Cursor)
	if !ok {
		return answer{}, wrongField.because(wrongCursor).in("cursor")
	}
	return a.find(c, subscribers.Filter{Search: v.Search, Edition: v.Edition, State: v.State}, after, v.Limit, wrongField)
}

// find answers with a page of readers.
func (a *API) find(c *call, f subscribers.Filter, after int64, limit int, wrong kind) (answer, error) {
	switch f.State {
	case "", subscribers.Pending, subscribers.Confirmed, subscribers.Paused, subscribers.Unsubscribed:
	default:
		return answer{}, wrong.because("It is pending, confirmed, paused or unsubscribed.").in("state")
	}
	f.After, f.Limit = after, limit+1
	all, err := a.Readers.List(c.Context(), f)
	return answer{body: listOf(all, limit, "subscribers", func(r subscribers.Reader) int64 { return r.ID }, viewReader)}, err
}

// reader returns the one in the path.
func (a *API) reader(c *call) (subscribers.Reader, error) {
	id, err := c.id("id")
	if err != nil {
		return subscribers.Reader{}, err
	}
	return a.Readers.Get(c.Context(), id)
}

func (a *API) showReader(c *call) (answer, error) {
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	v := viewReader(r)
	consents, err := a.Readers.Consents(c.Context(), r.ID)
	if err != nil {
		return answer{}, err
	}
	for _, k := range consents {
		v.Consents = append(v.Consents, consent{k.Edition, k.Act, k.Method, k.Evidence, utc(k.At)})
	}
	address, err := subscribers.ParseAddressUTF8(r.Email)
	if err != nil {
		return answer{}, err
	}
	found, err := a.Readers.Suppressions(c.Context(), address)
	v.Suppressions = viewSuppressions(found)
	return answer{body: v}, err
}

// whom names a reader in answers and in the audit log without their address: it must not
// stay anywhere once they are erased.
func whom(id int64) string { return "reader " + strconv.FormatInt(id, 10) }

// addReader subscribes a reader on the caller's word, which is kept as the evidence (W6).
func (a *API) addReader(c *call) (answer, error) {
	var v struct {
		Email    string             `json:"email"`
		Name     string             `json:"name"`
		Language string             `json:"language"`
		Format   subscribers.Format `json:"format"`
		Edition  string             `json:"edition"`
		Consent  string             `json:"consent"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	address, err := subscribers.ParseAddress(v.Email)
	if err != nil {
		return answer{}, wrongField.because("%v.", err).in("email")
	}
	tag, err := tagIn("language", v.Language)
	if err != nil {
		return answer{}, err
	}
	if v.Format != "" && v.Format != subscribers.HTML && v.Format != subscribers.Text {
		return answer{}, wrongField.because("It is html or text.").in("format")
	}
	n := subscribers.NewSubscriber{Address: address, Name: v.Name, Language: tag, Format: v.Format}
	return a.add(c, n, v.Edition, v.Consent, "email")
}

// unsubscribeReader ends a subscription, or all of a reader's.
func (a *API) unsubscribeReader(c *call) (answer, error) {
	var v struct {
		Edition string `json:"edition"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	if v.Edition == "" {
		err = a.Readers.UnsubscribeAll(c.Context(), r.ID, subscribers.MethodOperator, c.now)
	} else {
		i := slices.IndexFunc(r.Subscriptions, func(n subscribers.Subscription) bool { return n.Edition == v.Edition })
		if i < 0 {
			return answer{}, wrongField.because("The reader has no subscription of %.40q.", v.Edition).in("edition")
		}
		_, err = a.Readers.Unsubscribe(c.Context(), r.Subscriptions[i].ID, subscribers.MethodOperator, c.now)
	}
	return answer{status: 204, act: "unsubscribe", what: whom(r.ID), detail: v.Edition}, err
}

// eraseReader forgets a reader. Where their address still stands in other records, such as
// a server's reply, the answer says so.
func (a *API) eraseReader(c *call) (answer, error) {
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	c.slow(5 * time.Minute)
	err = a.Readers.Erase(c.Context(), r.ID, c.now)
	traces := errors.Is(err, subscribers.ErrTraces)
	if err != nil && !traces {
		return answer{}, err
	}
	view := struct {
		Erased int64 `json:"erased"`
		Traces bool  `json:"traces"`
	}{r.ID, traces}
	return answer{body: view, act: "erase", what: whom(r.ID)}, nil
}

// tellWhy says what became of a reader's copy of an issue.
func (a *API) tellWhy(c *call) (answer, error) {
	r, err := a.reader(c)
	if err != nil {
		return answer{}, err
	}
	id, err := c.number("issue", 0, 1, 1<<53)
	if err != nil {
		return answer{}, err
	}
	if id == 0 {
		return answer{}, wrongParam.because("Say which issue.").in("issue")
	}
	i, err := a.Digest.IssueByID(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	address, err := subscribers.ParseAddressUTF8(r.Email)
	if err != nil {
		return answer{}, err
	}
	o, err := a.Why(c.Context(), address, i)
	return answer{body: o}, err
}
