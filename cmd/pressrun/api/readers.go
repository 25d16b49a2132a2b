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

type consent struct {
	Edition  string             `json:"edition"`
	Act      subscribers.Act    `json:"act"`
	Method   subscribers.Method `json:"method"`
	Evidence string             `json:"evidence,omitempty"`
	At       time.Time          `json:"at"`
}

type suppression struct {
	Reason subscribers.Reason `json:"reason"`
	At     time.Time          `json:"at"`
	Note   string             `json:"note,omitempty"`
}

func viewReader(r subscribers.Reader) reader {
	v := reader{
		ID: r.ID, Email: r.Email, Name: r.Name, Language: r.Language, Format: r.Format, Suppressed: r.Suppressed,
		Created: utc(r.Created), Subscriptions: []subscription{},
	}
	for _, n := range r.Subscriptions {
		v.Subscriptions = append(v.Subscriptions, subscription{
			n.ID, n.Edition, n.State, n.Choices, utc(n.PausedUntil), utc(n.Created), utc(n.Confirmed), utc(n.Left),
		})
	}
	return v
}

func (a *API) listReaders(c *call) (answer, error) {
	query := c.URL.Query()
	f := subscribers.Filter{Search: query.Get("search"), Edition: query.Get("edition"), State: subscribers.State(query.Get("state"))}
	switch f.State {
	case "", subscribers.Pending, subscribers.Confirmed, subscribers.Paused, subscribers.Unsubscribed:
	default:
		return answer{}, wrongParam.because("It is pending, confirmed, paused or unsubscribed.").in("state")
	}
	after, limit, err := c.page("subscribers")
	if err != nil {
		return answer{}, err
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
	for _, s := range found {
		v.Suppressions = append(v.Suppressions, suppression{s.Reason, utc(s.At), s.Detail})
	}
	return answer{body: v}, err
}

// whom names a reader in answers and in the audit log without their address: it must not
// stay anywhere once they are erased.
func whom(id int64) string { return "subscriber " + strconv.FormatInt(id, 10) }

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
	if _, err := a.Digest.Edition(c.Context(), v.Edition); err != nil {
		return answer{}, wrongField.because("There is no edition %.40q.", v.Edition).in("edition")
	}
	if v.Consent = strings.TrimSpace(v.Consent); v.Consent == "" || len(v.Consent) > 2000 {
		return answer{}, wrongField.because("Say where the reader's consent comes from, in at most 2,000 letters.").in("consent")
	}
	n := subscribers.NewSubscriber{Address: address, Name: v.Name, Language: tag, Format: v.Format}
	r, err := a.Readers.Add(c.Context(), n, v.Edition, v.Consent, c.now)
	var not *subscribers.NotAdded
	if errors.As(err, &not) {
		return answer{}, conflict.because("The reader %s.", not.Why).in("email")
	}
	if err != nil {
		return answer{}, err
	}
	// The answer may be kept with an Idempotency-Key, and so has no address in it.
	view := struct {
		ID      int64             `json:"id"`
		Edition string            `json:"edition"`
		State   subscribers.State `json:"state"`
	}{r.ID, v.Edition, subscribers.Confirmed}
	return answer{
		status: 201, body: view, location: a.Frame.Root() + Root + "subscribers/" + strconv.FormatInt(r.ID, 10),
		act: "add subscriber", what: whom(r.ID), detail: v.Edition,
	}, nil
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

// suppress keeps everything from being sent to an address, a reader's or not.
func (a *API) suppress(c *call) (answer, error) {
	var v struct {
		Email  string             `json:"email"`
		Reason subscribers.Reason `json:"reason"`
		Note   string             `json:"note"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	address, err := subscribers.ParseAddressUTF8(v.Email)
	if err != nil {
		return answer{}, wrongField.because("%v.", err).in("email")
	}
	switch v.Reason {
	case "":
		v.Reason = subscribers.ReasonOperator
	case subscribers.ReasonOperator, subscribers.ReasonBounce, subscribers.ReasonComplaint:
	default:
		return answer{}, wrongField.because("It is operator, bounce or complaint.").in("reason")
	}
	if len(v.Note) > 2000 {
		return answer{}, wrongField.because("It has at most 2,000 letters.").in("note")
	}
	if err := a.Readers.Suppress(c.Context(), address, v.Reason, v.Note, c.now); err != nil {
		return answer{}, err
	}
	what := "an address of no subscriber"
	r, err := a.Readers.Find(c.Context(), address)
	if err == nil {
		what = whom(r.ID)
	} else if !errors.Is(err, subscribers.ErrNotFound) {
		return answer{}, err
	}
	return answer{status: 204, act: "suppress", what: what, detail: string(v.Reason)}, nil
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
