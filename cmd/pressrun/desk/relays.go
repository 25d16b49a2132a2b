package desk

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/templates"
)

// A Setup is what the settings say of relays, without anything secret.
type Setup struct {
	File    string // the settings
	Section string // to copy for another relay
	Relays  []Relay
	Limits  []DomainLimit
}

// A Relay is one of the settings. A user's name may be as secret as a password, and is not
// here.
type Relay struct {
	Name, Host, Folder            string
	Port                          int
	TLS                           string // implicit, starttls, none
	Login                         string // password, token, ""
	Connections, Window, Priority int
	Rate, Warmup                  string // as the settings have them
	Uses                          []Use
}

// A Use is how much of a limit is used, as of the last outcome that was written down.
type Use struct {
	Used, Most int
	Per        time.Duration
	Warms      bool      // the warm-up sets it
	Next       time.Time // when one more may go
}

// Period is what the limit counts in: hour or day.
func (u Use) Period() string {
	if u.Per >= 24*time.Hour {
		return "day"
	}
	return "hour"
}

// A DomainLimit is a limit for the readers of some domains.
type DomainLimit struct {
	Names       string
	Connections int
	Rate        string
}

// A Standing is how a relay of the sender in this process stands.
type Standing struct {
	Name, Mode, Why string // Mode is up, resting, misfit, full or gone
	From, Till      time.Time
}

// A Trial is what a test of a relay showed.
type Trial struct {
	Outcome string   // good, mailed, or the name of what is wrong
	Said    string   // what the relay or the network said, without anything secret
	Steps   []string // of the way to the first mail, in their order
	Failed  string   // the step that went wrong, "" for none
}

// A TestMail is what a test sends through a relay.
type TestMail struct{ To, Language, Subject, Text string }

func (d *Desk) relaysRoutes() []route {
	return []route{
		{pattern: "GET /desk/relays", least: staff.Writer, serve: d.showRelays, nav: "nav.relays", key: "m"},
		{pattern: "GET /desk/relays/records", least: staff.Writer, serve: d.showRecords},
		{pattern: "POST /desk/relays/{relay}", least: staff.Writer, serve: d.tryRelay},
	}
}

// showRelays shows what mail goes out through, and how that goes now.
func (d *Desk) showRelays(w http.ResponseWriter, r *http.Request) error {
	view, err := d.relaysView(r, time.Now())
	if err != nil {
		return err
	}
	return d.render(w, r, "relays", view)
}

func (d *Desk) relaysView(r *http.Request, now time.Time) (view templates.DeskRelays, err error) {
	ctx := r.Context()
	setup, err := d.setup(ctx, now)
	if err != nil {
		return view, err
	}
	view.File, view.Section, view.Keys = setup.File, setup.Section, d.Outside.DKIM
	view.From, view.To = d.Publisher.Composer.From.Address, session(r).Editor.Email
	var standings []Standing
	if d.Outside.Standings != nil {
		standings = d.Outside.Standings(now)
	}
	if view.Known = standings != nil; !view.Known {
		if _, view.Process, view.Elsewhere, err = d.DB.Holder(ctx, "sender"); err != nil {
			return view, err
		}
		view.Elsewhere = view.Elsewhere && view.Process != os.Getpid() // ours is about to begin
	}
	for i, relay := range setup.Relays {
		row := d.relayRow(i, relay, now)
		row.Trial = d.trials.of(tried{session(r).Cookie, row.N}, now)
		if i < len(standings) {
			row.Stands = d.standing(standings[i])
		}
		view.Relays = append(view.Relays, row)
	}
	for _, l := range setup.Limits {
		view.Limits = append(view.Limits, templates.DeskDomainLimit{Names: l.Names, Connections: l.Connections, Rate: l.Rate})
	}
	rests, err := d.Queue.Rests(ctx, now)
	for _, rest := range rests {
		view.Rests = append(view.Rests, templates.DeskRest{Domain: rest.Domain, Until: d.inZone(rest.Until)})
	}
	return view, err
}

func (d *Desk) setup(ctx context.Context, now time.Time) (Setup, error) {
	if d.Outside.Setup == nil {
		return Setup{}, nil
	}
	return d.Outside.Setup(ctx, now)
}

func (d *Desk) relayRow(i int, r Relay, now time.Time) templates.DeskRelay {
	row := templates.DeskRelay{
		N: i + 1, Name: r.Name, Host: r.Host, Folder: r.Folder, Port: r.Port, TLS: r.TLS, Login: r.Login,
		Connections: r.Connections, Window: r.Window, Priority: r.Priority, Rate: r.Rate, Warmup: r.Warmup,
	}
	for _, u := range r.Uses {
		use := templates.DeskUse{Used: u.Used, Most: u.Most, Per: u.Period(), Warms: u.Warms}
		if u.Next.After(now) {
			use.Next = d.inZone(u.Next)
		}
		row.Uses = append(row.Uses, use)
	}
	return row
}

// showRecords looks up what the DNS says of the domain that mail comes from.
func (d *Desk) showRecords(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), checkPatience)
	defer cancel()
	var p proof
	d.checkRecords(ctx, &p)
	return d.render(w, r, "relays", templates.DeskRelays{Only: true, Records: p, From: d.Publisher.Composer.From.Address, Keys: d.Outside.DKIM})
}

// tryRelay asks a relay whether it would take mail, or sends the editor one through it.
func (d *Desk) tryRelay(w http.ResponseWriter, r *http.Request) error {
	view, err := d.relaysView(r, time.Now())
	if err != nil {
		return err
	}
	n := int(number(r.PathValue("relay")))
	if n < 1 || n > len(view.Relays) || d.Outside.TryRelay == nil {
		return errNoPage
	}
	name := view.Relays[n-1].Name
	var trial Trial
	do := r.PostFormValue("do")
	switch do {
	case "test":
		trial = d.Outside.TryRelay(r.Context(), n-1, nil)
	case "mail":
		mail := d.testMail(r, name)
		trial = d.Outside.TryRelay(r.Context(), n-1, &mail)
	default:
		return errNoPage
	}
	if err := d.note(r, "relay-"+do, name, trial.Outcome); err != nil {
		return err
	}
	d.trials.keep(tried{session(r).Cookie, n}, trialView(trial), time.Now())
	return d.back(w, r, fmt.Sprintf("/desk/relays#relay-%d", n), "")
}

// testMail goes to the editor who asks for it, in their language.
func (d *Desk) testMail(r *http.Request, relay string) TestMail {
	lang := d.language(r)
	say := func(word string) string {
		return d.Pages.Say(lang, word, "relay", relay, "paper", d.Paper, "time", time.Now().In(d.zone()).Format("2006-01-02 15:04 MST"))
	}
	return TestMail{To: session(r).Editor.Email, Language: lang, Subject: say("relays.mail.subject"), Text: say("relays.mail.text")}
}

func trialView(t Trial) *templates.DeskRelayTrial {
	view := &templates.DeskRelayTrial{Outcome: t.Outcome, Said: t.Said}
	state := good
	for _, step := range t.Steps {
		if step == t.Failed {
			state = bad
		}
		view.Steps = append(view.Steps, templates.DeskRelayStep{Step: step, State: state})
		if state == bad {
			state = ""
		}
	}
	return view
}
