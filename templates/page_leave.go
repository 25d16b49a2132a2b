package templates

import "time"

// A LeavePage is the View of page "leave". Its buttons post to the page's own address.
type LeavePage struct {
	Edition string
	// Action is the path the forms post to, with Keep.
	Action string
	State  LeaveState
	// Others is the number of other editions that the reader gets.
	Others int
	// Fewer is offered beside leaving.
	Fewer LeaveOffers
	// Kept is what the reader took of it just now, and can undo.
	Kept LeaveKept
}

// LeaveOffers are what a reader may have instead of leaving.
type LeaveOffers struct {
	Weekly, Pause bool
	Topics        []SubscribeTopic // to choose one of; none is no offer
}

// Any reports whether there is an offer.
func (o LeaveOffers) Any() bool { return o.Weekly || o.Pause || len(o.Topics) > 0 }

// LeaveKept says how a reader stays. The zero value is: as before.
type LeaveKept struct {
	How     string    // "weekly", "topic" or "pause"
	Weekday int       // of a weekly reader, 0 for Sunday
	Topic   string    // of a reader of one topic
	Until   time.Time // of a pause: the day that issues come again
}

// LeaveState says which of its faces a LeavePage shows.
type LeaveState string

const (
	LeaveAsk  LeaveState = "ask"  // one button to leave
	LeaveDone LeaveState = "done" // left; may be undone
	LeaveAll  LeaveState = "all"  // left every edition at once; may be undone
	LeaveOver LeaveState = "over" // not a reader of it, and nothing to undo
)

// leavePerformances have the page in every state, and with everything on it.
func leavePerformances() (all []performance) {
	for _, state := range []LeaveState{LeaveAsk, LeaveDone, LeaveAll, LeaveOver} {
		all = append(all, performance{"leave", LeavePage{Edition: "Daily", Action: "/u/token", State: state, Others: 1,
			Fewer: LeaveOffers{Weekly: true, Pause: true, Topics: []SubscribeTopic{{Name: "City", Language: "en"}}}}})
	}
	for _, how := range []string{"weekly", "topic", "pause"} {
		all = append(all, performance{"leave", LeavePage{Edition: "Daily", Action: "/u/token", State: LeaveAsk,
			Kept: LeaveKept{How: how, Weekday: 6, Topic: "City", Until: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}})
	}
	return all
}
