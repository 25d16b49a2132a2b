package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
)

// A call is what a program sends to sign somebody up.
type call struct {
	Email     string             `json:"email"`
	Editions  []string           `json:"editions"` // slugs; not needed when there is one edition
	Topics    []string           `json:"topics"`   // of those the editions offer; none for all
	Frequency string             `json:"frequency"`
	Weekday   *int               `json:"weekday"` // of a weekly reader, 0 for Sunday
	Language  string             `json:"language"`
	Format    subscribers.Format `json:"format"`
	Page      string             `json:"page"` // where the person agreed to it
	// Token and Work answer a problem of the type workNeeded.
	Token string `json:"token"`
	Work  string `json:"work"`
}

// A problem is an answer to a call that failed (RFC 9457).
type problem struct {
	Type   string `json:"type,omitempty"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
	// Of the type workNeeded: send the call again with the token, after so many seconds, or
	// at once with the work.
	Token  string `json:"token,omitempty"`
	Pieces int    `json:"pieces,omitempty"`
	Bits   int    `json:"bits,omitempty"`

	retry time.Duration
	cause error // for the log
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.cause.Error()
	}
	return p.Title
}

// workNeeded is the type of a problem that goes away by work or by waiting.
const workNeeded = "urn:pressrun:work-needed"

// callSignUp signs up by program. The answer is the same for every address (W8).
func (s *Site) callSignUp(w http.ResponseWriter, r *http.Request) error {
	s.allowOrigin(w, r)
	err := s.signUpByCall(r)
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, err = io.WriteString(w, `{"status":"accepted"}`+"\n")
		return err
	}
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{Title: "Something went wrong on our side", Status: http.StatusInternalServerError, Detail: "Please try again in a few minutes."}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.retry.Seconds())))
	}
	w.WriteHeader(p.Status)
	if failed := json.NewEncoder(w).Encode(p); failed != nil {
		return failed
	}
	return err
}

func (s *Site) signUpByCall(r *http.Request) error {
	c, err := readCall(r)
	if err != nil {
		return err
	}
	offer, err := s.offer(r)
	if err != nil {
		return err
	}
	has, err := c.wish(offer)
	if err != nil {
		return err
	}
	now := time.Now()
	switch p := s.judge(r, &has, now); {
	case p == passBusy:
		return &problem{Title: "Too many sign-ups from this network", Status: http.StatusTooManyRequests, Detail: "Try again in an hour.", retry: time.Hour}
	case p == passWait, p == passPress && c.Token != "":
		return &problem{
			Type: workNeeded, Title: "Work or a wait is needed", Status: http.StatusTooManyRequests,
			Detail: "Many sign-ups are coming in. Send the call again with this token: in ten seconds, or at once with the work done.",
			Token:  s.nextToken(has, true, now), Pieces: workPieces, Bits: workBits, retry: waitRipe,
		}
	}
	return s.subscribe(r, offer, has, subscribers.MethodAPI)
}

func readCall(r *http.Request) (c call, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return c, &problem{Title: "JSON is needed", Status: http.StatusUnsupportedMediaType, Detail: "Send the call as application/json."}
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err = d.Decode(&c)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is more after the first value")
		}
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return c, &problem{Title: "The call is too long", Status: http.StatusRequestEntityTooLarge, Detail: "Nothing was changed."}
	}
	if err != nil {
		return c, &problem{Title: "The call could not be read", Status: http.StatusBadRequest, Detail: err.Error(), cause: errors.New("a call is no JSON of ours")}
	}
	return c, nil
}

// wish says what a call asks for, or names the field that is wrong. A program is told what
// a form would pass over.
func (c call) wish(offer []digest.Edition) (wish, error) {
	wrong := func(field, format string, args ...any) (wish, error) {
		return wish{}, &problem{
			Title: "A field is wrong", Status: http.StatusUnprocessableEntity, Field: field, Detail: fmt.Sprintf(format, args...),
			cause: fmt.Errorf("the field %s of a call is wrong", field), // which may be an address: it is not logged
		}
	}
	form := url.Values{"email": {c.Email}, "edition": c.Editions, "topic": c.Topics, "frequency": {c.Frequency}, "language": {c.Language}}
	if c.Weekday != nil {
		form.Set("weekday", strconv.Itoa(*c.Weekday))
	}
	has := wishOf(form, offer)
	if has.wrong != "" {
		_, err := subscribers.ParseAddress(has.email)
		return wrong("email", "%v", err)
	}
	for _, slug := range c.Editions {
		if !slices.ContainsFunc(offer, func(e digest.Edition) bool { return e.Slug == slug }) {
			return wrong("editions", "there is no edition %.40q", slug)
		}
	}
	if has.missing {
		return wrong("editions", "name at least one edition")
	}
	for _, topic := range c.Topics {
		if !containsFold(has.choices.Topics, topic) {
			return wrong("topics", "the editions do not offer the topic %.80q", topic)
		}
	}
	if c.Frequency != "" && string(has.choices.Frequency) != c.Frequency {
		return wrong("frequency", "%.40q is none of each, daily, weekdays and weekly", c.Frequency)
	}
	if c.Weekday != nil && (*c.Weekday < 0 || *c.Weekday > 6) {
		return wrong("weekday", "%d is not from 0 for Sunday to 6 for Saturday", *c.Weekday)
	}
	if c.Language != "" && has.reads(offer) == "" {
		return wrong("language", "no edition that was named comes in %.40q", c.Language)
	}
	switch c.Format {
	case "", subscribers.HTML, subscribers.Text:
	default:
		return wrong("format", "%.40q is neither html nor text", c.Format)
	}
	has.format, has.page = c.Format, c.Page
	has.proof = proof{token: c.Token, work: c.Work, email: c.Email}
	return has, nil
}

// allowOrigin lets the pages of the paper call us from a browser, and no others.
func (s *Site) allowOrigin(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" && slices.Contains(s.Signups.Origins, origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Methods", "POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "3600")
	}
}

// preflight answers a browser that asks whether a page may call.
func (s *Site) preflight(w http.ResponseWriter, r *http.Request) error {
	s.allowOrigin(w, r)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
