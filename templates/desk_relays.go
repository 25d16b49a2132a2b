package templates

import "time"

// A DeskRelays is the View of page "relays".
type DeskRelays struct {
	Only    bool // the records of the sender's domain alone
	File    string
	Section string // of the settings, to copy for another relay
	Relays  []DeskRelay
	Rests   []DeskRest
	Limits  []DeskDomainLimit
	Keys    []string // names of the records of DKIM
	Records []DeskCheck
	From    string // the address mail comes from
	To      string // where a test mail goes

	// Known says that the relays' standings are; else Elsewhere is whether another process
	// sends, and knows them.
	Known     bool
	Elsewhere bool
	Process   int
}

// A DeskRelay is a relay of the settings, without anything secret.
type DeskRelay struct {
	N                             int // in the settings, from 1
	Name, Host, Folder            string
	Port                          int
	TLS                           string // implicit, starttls, none
	Login                         string // password, token, ""
	Connections, Window, Priority int
	Rate, Warmup                  string // as the settings have them
	Uses                          []DeskUse
	Stands                        *DeskStanding   // nil where that is not known
	Trial                         *DeskRelayTrial // what a test just showed
}

// A DeskStanding is how a relay stands.
type DeskStanding struct {
	Mode, Why  string
	From, Till time.Time
}

// Level is the mark of a mode.
func (s DeskStanding) Level() string {
	switch s.Mode {
	case "up":
		return "good"
	case "misfit", "gone":
		return "bad"
	}
	return "warn"
}

// A DeskUse is how much of a limit is used.
type DeskUse struct {
	Used, Most int
	Per        string    // hour, day
	Warms      bool      // the warm-up sets it
	Next       time.Time // when there is room again, zero while there is
}

// Percent of the limit that is used.
func (u DeskUse) Percent() int { return min(u.Used*100/max(u.Most, 1), 100) }

// A DeskRelayTrial is what a test of a relay showed.
type DeskRelayTrial struct {
	Outcome string // names a sentence, and with ".do" one that says what to do
	Said    string // what the relay or the network said
	Steps   []DeskRelayStep
}

// Good reports whether all went well.
func (t DeskRelayTrial) Good() bool { return t.Outcome == "good" || t.Outcome == "mailed" }

// A DeskRelayStep is a step of a test: State is good, bad, or "" where it was not come to.
type DeskRelayStep struct{ Step, State string }

// A DeskRest is a domain to which nothing goes for a while.
type DeskRest struct {
	Domain string
	Until  time.Time
}

// A DeskDomainLimit is a limit of the settings for some domains.
type DeskDomainLimit struct {
	Names       string
	Connections int
	Rate        string
}
