package site

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// A wish is what a visitor asked for, of what there is.
type wish struct {
	email    string // as it was typed
	address  subscribers.Address
	editions []string
	choices  subscribers.Choices
	language string // a tag, checked when it is written down
	format   subscribers.Format
	page     string

	wrong   string // names the sentence about the address, "" for a good one
	missing bool   // no edition was chosen
	often   bool   // the address was asked for too often lately
	proof   proof
}

// wishOf reads the fields of a form. What is not offered is left out: a form on a page
// elsewhere may be older than the editions.
func wishOf(form url.Values, offer []digest.Edition) (has wish) {
	has.email = strings.TrimSpace(form.Get("email"))
	if len(has.email) > maxTyped {
		has.email = ""
	}
	var err error
	if has.address, err = subscribers.ParseAddress(has.email); errors.Is(err, subscribers.ErrLocalPartNotASCII) {
		has.wrong = "signup.email.script"
	} else if err != nil {
		has.wrong = "signup.email.wrong"
	}
	has.choices = subscribers.UsualChoices()
	for _, e := range offer {
		if len(offer) > 1 && !slices.Contains(form["edition"], e.Slug) {
			continue
		}
		has.editions = append(has.editions, e.Slug)
		for _, topic := range e.Rules.Offer {
			if containsFold(form["topic"], topic) && !containsFold(has.choices.Topics, topic) {
				has.choices.Topics = append(has.choices.Topics, topic)
			}
		}
	}
	has.missing = len(has.editions) == 0
	if f := subscribers.Frequency(form.Get("frequency")); slices.Contains(frequencies, f) {
		has.choices.Frequency = f
	}
	if day, err := strconv.Atoi(form.Get("weekday")); err == nil && 0 <= day && day <= 6 && has.choices.Frequency == subscribers.Weekly {
		has.choices.Weekday = time.Weekday(day)
	}
	has.language = form.Get("language")
	return has
}

const maxTyped = 1000 // bytes of an address, before it is looked at

var frequencies = []subscribers.Frequency{subscribers.Each, subscribers.Daily, subscribers.Weekdays, subscribers.Weekly}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(t string) bool { return strings.EqualFold(t, s) })
}

// reads is the language that the reader will get, one of the editions'.
func (has wish) reads(offer []digest.Edition) string {
	var known []templates.PageLanguage
	for _, e := range offer {
		if slices.Contains(has.editions, e.Slug) {
			known = addLanguages(known, e.Languages)
		}
	}
	return sameLanguage(known, has.language)
}

// fields carry a wish over to another form.
func (has wish) fields() []templates.Field {
	fields := []templates.Field{
		{Name: "email", Value: has.email}, {Name: "frequency", Value: string(has.choices.Frequency)},
		{Name: "weekday", Value: strconv.Itoa(int(has.choices.Weekday))}, {Name: "language", Value: has.language}, {Name: "page", Value: has.page},
	}
	for _, slug := range has.editions {
		fields = append(fields, templates.Field{Name: "edition", Value: slug})
	}
	for _, topic := range has.choices.Topics {
		fields = append(fields, templates.Field{Name: "topic", Value: topic})
	}
	return fields
}

// pageOf is the page that a form was filled in on, as far as the browser tells (W6). Our
// own tells nothing, but has a token.
func (s *Site) pageOf(r *http.Request, form url.Values) string {
	switch {
	case form.Get("page") != "":
		return form.Get("page")
	case r.Referer() != "":
		return r.Referer()
	case form.Get("token") != "":
		return s.Frame.Base + "/subscribe"
	}
	return ""
}
