package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

type suppression struct {
	Reason subscribers.Reason `json:"reason"`
	At     time.Time          `json:"at"`
	Note   string             `json:"note,omitempty"`
}

// A silenced reader is one to whom nothing may be written.
type silenced struct {
	Subscriber   int64         `json:"subscriber,omitempty"` // none: the address is no reader's
	Suppressions []suppression `json:"suppressions"`
}

func viewSuppressions(all []subscribers.Suppression) []suppression {
	views := []suppression{}
	for _, s := range all {
		views = append(views, suppression{s.Reason, utc(s.At), s.Detail})
	}
	return views
}

// listSilenced lists the readers who are suppressed. Of addresses that are no reader's only
// a keyed hash is kept, so that they cannot be listed; findSilenced asks about one.
func (a *API) listSilenced(c *call) (answer, error) {
	after, limit, err := c.page("suppressions")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Readers.List(c.Context(), subscribers.Filter{Suppressed: true, After: after, Limit: limit + 1})
	if err != nil {
		return answer{}, err
	}
	var failed error
	l := listOf(all, limit, "suppressions", func(r subscribers.Reader) int64 { return r.ID }, func(r subscribers.Reader) silenced {
		address, err := subscribers.ParseAddressUTF8(r.Email)
		why, more := a.Readers.Suppressions(c.Context(), address)
		failed = errors.Join(failed, err, more)
		return silenced{r.ID, viewSuppressions(why)}
	})
	return answer{body: l}, failed
}

// findSilenced says why nothing is written to an address.
func (a *API) findSilenced(c *call) (answer, error) {
	var v addressee
	address, err := a.addressed(c, &v, &v)
	if err != nil {
		return answer{}, err
	}
	why, err := a.Readers.Suppressions(c.Context(), address)
	if err != nil {
		return answer{}, err
	}
	_, id, err := a.whose(c, address)
	return answer{body: silenced{id, viewSuppressions(why)}}, err
}

// suppress keeps everything from being sent to an address, a reader's or not.
func (a *API) suppress(c *call) (answer, error) {
	var v struct {
		addressee
		Reason subscribers.Reason `json:"reason"`
		Note   string             `json:"note"`
	}
	address, err := a.addressed(c, &v, &v.addressee)
	if err != nil {
		return answer{}, err
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
	what, _, err := a.whose(c, address)
	return answer{status: 204, act: "suppress", what: what, detail: string(v.Reason)}, err
}

// liftSuppression takes back what an operator decided. All else only the reader can (B8,
// B11).
func (a *API) liftSuppression(c *call) (answer, error) {
	var v addressee
	address, err := a.addressed(c, &v, &v)
	if err != nil {
		return answer{}, err
	}
	left, err := a.Readers.Lift(c.Context(), address, c.now)
	if errors.Is(err, subscribers.ErrNotLifted) {
		return answer{}, conflict.because("%v.", subscribers.ErrNotLifted)
	}
	if err != nil {
		return answer{}, err
	}
	what, id, err := a.whose(c, address)
	return answer{body: silenced{id, viewSuppressions(left)}, act: "lift", what: what}, err
}

// An addressee is an address, given as such or as that of a reader.
type addressee struct {
	Email      string `json:"email"`
	Subscriber int64  `json:"subscriber"`
}

// addressed reads a body, and returns the address of who, which is a part of it.
func (a *API) addressed(c *call, body any, who *addressee) (address subscribers.Address, err error) {
	if err := c.read(body); err != nil {
		return address, err
	}
	if (who.Email == "") == (who.Subscriber == 0) {
		return address, wrongField.because("Send an email, or a subscriber.").in("email")
	}
	email := who.Email
	if who.Subscriber != 0 {
		r, err := a.Readers.Get(c.Context(), who.Subscriber)
		if errors.Is(err, subscribers.ErrNotFound) {
			return address, wrongField.because("There is no subscriber %d.", who.Subscriber).in("subscriber")
		}
		if err != nil {
			return address, err
		}
		email = r.Email
	}
	if address, err = subscribers.ParseAddressUTF8(email); err != nil {
		return address, wrongField.because("%v.", err).in("email")
	}
	return address, nil
}

// whose names the reader with an address for the audit log.
func (a *API) whose(c *call, address subscribers.Address) (what string, id int64, err error) {
	r, err := a.Readers.Find(c.Context(), address)
	if errors.Is(err, subscribers.ErrNotFound) {
		return "an address of no subscriber", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("whose address it is: %w", err)
	}
	return whom(r.ID), r.ID, nil
}
