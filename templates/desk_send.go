package templates

import "time"

// A DeskSend is the View of page "send": whether to send, asked once more.
type DeskSend struct {
	Only          bool // the checks alone, all of them
	Slug, Edition string
	Language      string // of the edition's name
	Number        int
	Version       int
	Key           int64 // when the page was made
	Slot          time.Time
	Scheduled     bool
	Paused        bool
	Skip          string // why there is nothing to send
	Readers       int64
	Letters       []DeskLetter
	Checks        []DeskCheck
	Approval      DeskApproval
	Changed       DeskChange
	Latest        DeskLatest // the edition's last issue if it is of today; ID 0: none
	To            string     // where a test goes
	CanTest       bool
	OneOffs       []DeskOneOff   // what editors want of single runs
	Later         DeskOneOffForm // sends it at another time
	Zone          string
}

// Bad is how many checks failed.
func (s DeskSend) Bad() (n int64) {
	for _, c := range s.Checks {
		if c.State == "bad" {
			n++
		}
	}
	return n
}

// A DeskRun is the View of page "run": an issue on its way.
type DeskRun struct {
	ID            int64
	Slug, Edition string
	Language      string // of the edition's name
	Number        int
	Slot          time.Time
	State         string // frozen, skipped; from then on that of the run
	Reason        string
	Handed        bool // the sender has it
	Live          bool // something may still change
	Complete      bool // every reader has a row
	NoSender      bool // nobody sends mail
	Prepared      int64
	Settled, Open int64
	Doubt         int64 // copies whose outcome is not known
	Posted        time.Time
	Finished      time.Time
	NextDue       time.Time // when what is deferred is tried again
	States        []DeskCount
	Parts         DeskParts
	Troubles      []DeskTrouble
	Stories       []DeskStory

	// Rate is how many readers a second are settled, Left how long the others take; zero is
	// not known.
	Rate float64
	Left time.Duration
}

// Percent of the readers whose copy is settled.
func (r DeskRun) Percent() int64 {
	if r.Prepared == 0 {
		return 0
	}
	return r.Settled * 100 / r.Prepared
}

// Pace sets the rate, and what follows from it.
func (r *DeskRun) Pace(rate float64) {
	r.Rate, r.Left = rate, 0
	if rate > 0 && r.State == "running" {
		r.Left = time.Duration(float64(r.Open) / rate * float64(time.Second))
	}
}

// PerSecond is the rate in whole readers, at least one where it is not zero.
func (r DeskRun) PerSecond() int64 {
	if r.Rate <= 0 {
		return 0
	}
	return max(1, int64(r.Rate+.5))
}

// Minutes that the rest takes, at least one where it is not zero.
func (r DeskRun) Minutes() int64 {
	if r.Left <= 0 {
		return 0
	}
	return max(1, int64(r.Left.Round(time.Minute)/time.Minute))
}

// A DeskCount is how many copies are in a state.
type DeskCount struct {
	State string
	N     int64
}

// A DeskTrouble is a copy that did not go out, or not yet.
type DeskTrouble struct {
	Subscriber int64
	Address    string // "" when the reader is not there any more
	State, Why string
	Attempts   int
	Tried      time.Time
	Next       time.Time // the next attempt, zero for none
}
