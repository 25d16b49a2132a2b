package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// An edition as programs see and set it.
type edition struct {
	Slug      string          `json:"slug"`
	Name      string          `json:"name"`
	Languages []string        `json:"languages"`
	Rules     rules           `json:"rules"`
	Schedule  schedule        `json:"schedule"`
	Approval  digest.Approval `json:"approval,omitzero"`
	Doubt     digest.Doubt    `json:"doubt"`
	Paused    bool            `json:"paused"`
	Added     time.Time       `json:"added,omitzero"`
}

// rules are an edition's, with the age in words that people write.
type rules struct {
	digest.Rules
	MaxAge string `json:"max_age,omitempty"` // "3d", "36h"
}

type schedule struct {
	Cron string `json:"cron"`
	// Plain says the same in words, where the plain form can. Set instead of Cron, it is
	// what counts.
	Plain    string           `json:"plain,omitempty"`
	Zone     string           `json:"zone,omitempty"`
	Holidays []digest.Holiday `json:"holidays,omitempty"`
	Useful   string           `json:"useful,omitempty"`
	Late     digest.LateRule  `json:"late,omitempty"`
}

func viewEdition(e digest.Edition) edition {
	v := edition{
		Slug: e.Slug, Name: e.Name, Languages: e.Languages, Rules: rules{Rules: e.Rules},
		Schedule: schedule{
			Cron: e.Schedule.Cron, Plain: e.Schedule.Plain(), Zone: e.Schedule.Zone,
			Holidays: e.Schedule.Holidays, Useful: e.Schedule.Useful, Late: e.Schedule.Late,
		},
		Approval: e.Approval, Doubt: e.Doubt, Paused: e.Paused, Added: utc(e.Added),
	}
	if e.Rules.MaxAge > 0 {
		v.Rules.MaxAge = ageInWords(e.Rules.MaxAge)
	}
	return v
}

const day = 24 * time.Hour

func ageInWords(age time.Duration) string {
	switch {
	case age%day == 0:
		return strconv.Itoa(int(age/day)) + "d"
	case age%time.Hour == 0:
		return strconv.Itoa(int(age/time.Hour)) + "h"
	}
	return age.String()
}

func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 12)
		return time.Duration(n) * day, err
	}
	return time.ParseDuration(s)
}

// into sets what the edition says on e, and leaves what programs do not see as it is.
func (v edition) into(e digest.Edition) (digest.Edition, error) {
	e.Name, e.Languages, e.Rules, e.Approval, e.Doubt, e.Paused = v.Name, v.Languages, v.Rules.Rules, v.Approval, v.Doubt, v.Paused
	e.Rules.MaxAge = 0
	if v.Rules.MaxAge != "" {
		age, err := parseAge(v.Rules.MaxAge)
		if err != nil || age <= 0 {
			return e, wrongField.because("It is a time such as 3d or 36h.").in("rules.max_age")
		}
		e.Rules.MaxAge = age
	}
	s := v.Schedule
	e.Schedule.Zone, e.Schedule.Holidays, e.Schedule.Useful, e.Schedule.Late = s.Zone, s.Holidays, s.Useful, s.Late
	e.Schedule.Cron = s.Cron
	if s.Plain != "" {
		said, err := e.Schedule.Plainly(s.Plain)
		if err != nil {
			return e, wrongField.because("%v.", err).in("schedule.plain")
		}
		if s.Cron != "" && e.Schedule.Plain() != said.Plain() {
			return e, wrongField.because("It does not say the same as cron; leave one of the two out.").in("schedule.plain")
		}
		if s.Cron == "" {
			e.Schedule = said
		}
	}
	if err := e.Schedule.Check(); err != nil {
		return e, wrongField.because("%v.", err).in("schedule")
	}
	if err := e.Approval.Check(); err != nil {
		return e, wrongField.because("%v.", err).in("approval")
	}
	if err := e.Check(); err != nil {
		return e, wrongField.because("%v.", err)
	}
	return e, nil
}

// tagOf is an ETag of what is shown.
func tagOf(v any) (string, error) {
	text, err := json.Marshal(v)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12]), err
}

func (a *API) listEditions(c *call) (answer, error) {
	after, limit, err := c.page("editions")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Digest.Editions(c.Context())
	id := func(e digest.Edition) int64 { return e.ID }
	return answer{body: listOf(later(all, after, id), limit, "editions", id, viewEdition)}, err
}

func (a *API) showEdition(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	v := viewEdition(e)
	tag, err := tagOf(v)
	return answer{body: v, etag: tag}, err
}

// putEdition sets an edition, or makes it. With If-Match it does so only if it is still as
// it was seen.
func (a *API) putEdition(c *call) (answer, error) {
	slug := c.PathValue("edition")
	before, err := a.Digest.Edition(c.Context(), slug)
	made := errors.Is(err, digest.ErrNotFound)
	if err != nil && !made {
		return answer{}, err
	}
	if match := c.Header.Get("If-Match"); match != "" {
		tag, err := tagOf(viewEdition(before))
		if err != nil {
			return answer{}, err
		}
		if made || !matches(match, tag) {
			return answer{}, stale.because("The edition is not as it was when you saw it; get it again, and repeat what is still wanted.")
		}
	}
	v := edition{Slug: slug, Doubt: digest.DoubtResend}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	if v.Slug != slug {
		return answer{}, wrongField.because("It is %q in the path, and never changes.", slug).in("slug")
	}
	before.Slug = slug
	e, err := v.into(before)
	if err == nil {
		err = a.keepsEditors(c, before, e)
	}
	if err != nil {
		return answer{}, err
	}
	if e, err = a.Digest.PutEdition(c.Context(), e, c.now); err != nil {
		return answer{}, err
	}
	e, err = a.Digest.Edition(c.Context(), slug)
	if err != nil {
		return answer{}, err
	}
	shown := viewEdition(e)
	tag, err := tagOf(shown)
	done := answer{body: shown, etag: tag, act: "edition", what: slug}
	if made {
		done.status, done.act, done.location = 201, "new-edition", a.Frame.Root()+Root+"editions/"+slug
	}
	return done, err
}

// A moment at which an edition goes out, or rests.
type moment struct {
	At   time.Time `json:"at"`
	Rest string    `json:"rest,omitempty"` // why it does not go out
	// OneOff is what somebody wants of this run alone.
	OneOff *oneOff `json:"one_off,omitempty"`
}

func (a *API) showNext(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	n, err := c.number("count", 5, 1, mostPage)
	if err != nil {
		return answer{}, err
	}
	from, err := c.moment("from", c.now)
	if err != nil {
		return answer{}, err
	}
	view := struct {
		Zone      string   `json:"zone"`
		Paused    bool     `json:"paused"`
		ClockRule string   `json:"clock_rule"`
		Items     []moment `json:"items"`
	}{e.Schedule.Zone, e.Paused, digest.ClockRule, []moment{}}
	for _, r := range e.Schedule.Runs(from, int(n)) {
		m := moment{At: utc(r.At), Rest: r.Rest}
		if r.OneOff != nil {
			o := viewOneOff(*r.OneOff)
			m.OneOff = &o
		}
		view.Items = append(view.Items, m)
	}
	return answer{body: view}, nil
}
