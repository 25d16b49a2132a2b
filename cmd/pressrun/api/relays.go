package api

import (
	"context"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// An Outside is what the program around knows of relays and of letters. All fields must be
// set.
type Outside struct {
	// Relays says what mail goes out through and how that stands, without anything secret.
	Relays func(ctx context.Context, now time.Time) (Relays, error)
	// TryRelay asks the relay at an index whether it would take mail now. It sends none.
	TryRelay func(ctx context.Context, i int) Trial
	// Themes are those that letters may be set in, the usual one first.
	Themes func() []Theme
}

// Relays are those of the settings, with the limits for the readers of some domains.
type Relays struct {
	Items  []Relay       `json:"items"`
	Limits []DomainLimit `json:"limits"`
	Rests  []Rest        `json:"rests"` // set by this package
}

// A Relay is what mail goes out through, as programs see it.
type Relay struct {
	N           int       `json:"n"` // from 1 on, in the order of the settings
	Name        string    `json:"name"`
	Host        string    `json:"host,omitempty"`
	Port        int       `json:"port,omitempty"`
	Folder      string    `json:"folder,omitempty"` // that mails are written into, instead of a host
	TLS         string    `json:"tls"`              // implicit, starttls, none
	Login       string    `json:"login,omitempty"`  // password, token
	Connections int       `json:"connections"`
	Window      int       `json:"window"`
	Priority    int       `json:"priority"`
	Rate        string    `json:"rate,omitempty"`
	Warmup      string    `json:"warmup,omitempty"`
	Uses        []Use     `json:"uses"`
	Stands      *Standing `json:"stands,omitempty"` // nil while this process does not send
}

// A Use is how much of a limit is used.
type Use struct {
	Used  int       `json:"used"`
	Most  int       `json:"most"`
	Per   string    `json:"per"`           // hour, day
	Warms bool      `json:"warms"`         // the warm-up sets it
	Next  time.Time `json:"next,omitzero"` // when one more may go
}

// A Standing is whether a relay gets mail.
type Standing struct {
	Mode string    `json:"mode"` // up, resting, misfit, full, gone
	Why  string    `json:"why,omitempty"`
	From time.Time `json:"from,omitzero"`
	Till time.Time `json:"till,omitzero"`
}

// A DomainLimit is a limit for the readers of some domains.
type DomainLimit struct {
	Domains     string `json:"domains"`
	Connections int    `json:"connections,omitempty"`
	Rate        string `json:"rate,omitempty"`
}

// A Rest is a domain that asked to be left alone for a while.
type Rest struct {
	Domain string    `json:"domain"`
	Until  time.Time `json:"until"`
}

// A Trial is what a test of a relay showed.
type Trial struct {
	Outcome string   `json:"outcome"`          // good, or the name of what is wrong
	Said    string   `json:"said,omitempty"`   // what the relay or the network said
	Steps   []string `json:"steps"`            // of the way to the first mail, in their order
	Failed  string   `json:"failed,omitempty"` // the step that went wrong
}

// A Theme is a look of letters.
type Theme struct {
	Name     string   `json:"name"`
	About    string   `json:"about,omitempty"`
	Ours     bool     `json:"ours"` // comes with the program
	Own      bool     `json:"own"`  // the operator's folder has parts of it
	Problems []string `json:"problems"`
	Editions []string `json:"editions"` // that use it, by slug; set by this package
}

// listRelays says what mail goes out through, how that stands, and which domains rest.
func (a *API) listRelays(c *call) (answer, error) {
	view, err := a.Outside.Relays(c.Context(), c.now)
	if err != nil {
		return answer{}, err
	}
	view.Items, view.Limits, view.Rests = append([]Relay{}, view.Items...), append([]DomainLimit{}, view.Limits...), []Rest{}
	rests, err := a.Queue.Rests(c.Context(), c.now)
	for _, r := range rests {
		view.Rests = append(view.Rests, Rest{r.Domain, utc(r.Until)})
	}
	return answer{body: view}, err
}

// tryRelay asks a relay whether it would take mail now.
func (a *API) tryRelay(c *call) (answer, error) {
	n, err := c.id("n")
	if err != nil {
		return answer{}, err
	}
	view, err := a.Outside.Relays(c.Context(), c.now)
	if err != nil {
		return answer{}, err
	}
	if n > int64(len(view.Items)) {
		return answer{}, digest.ErrNotFound
	}
	c.slow(time.Minute)
	trial := a.Outside.TryRelay(c.Context(), int(n)-1)
	trial.Steps = append([]string{}, trial.Steps...)
	return answer{body: trial}, nil
}

// listThemes lists the themes, each with the editions whose letters are set in it.
func (a *API) listThemes(c *call) (answer, error) {
	editions, err := a.Digest.Editions(c.Context())
	if err != nil {
		return answer{}, err
	}
	l := list[Theme]{Items: []Theme{}}
	for i, t := range a.Outside.Themes() {
		t.Problems, t.Editions = append([]string{}, t.Problems...), []string{}
		for _, e := range editions {
			if name := e.Rules.Look.Theme; name == t.Name || name == "" && i == 0 {
				t.Editions = append(t.Editions, e.Slug)
			}
		}
		l.Items = append(l.Items, t)
	}
	return answer{body: l}, nil
}
