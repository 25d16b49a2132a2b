package templates

// An ApprovePage is the View of page "approve": an editor's answer to a mail about an issue.
type ApprovePage struct {
	Action  string // the path the forms post to, with Keep
	Editor  string // mail address
	Edition string
	Due     string // in the edition's zone
	State   ApproveState
	Editors string // who approved or held it
	Changed bool   // it was approved, and changed since
	Reason  string // what became of it at its time, a sentence
	Plan    int    // version of what the editor sees
	Again   bool   // the answer was not taken, because somebody changed the issue just now
	Open    string // the issue at the desk
}

// ApproveState says which of its faces an ApprovePage shows.
type ApproveState string

const (
	ApproveWaiting  ApproveState = "waiting"  // two buttons
	ApproveOne      ApproveState = "one"      // one editor of two approved it
	ApproveApproved ApproveState = "approved" // it may still be held
	ApproveHeld     ApproveState = "held"     // it may still be approved
	ApproveSent     ApproveState = "sent"
	ApproveSkipped  ApproveState = "skipped"
	ApproveRelease  ApproveState = "release" // it was held and may be let go
	ApproveReleased ApproveState = "released"
	ApproveOver     ApproveState = "over"
)

// Yes reports whether the page has a button to approve the issue.
func (p ApprovePage) Yes() bool {
	return p.State == ApproveWaiting || p.State == ApproveOne || p.State == ApproveHeld
}

// No reports whether the page has a button to hold the issue.
func (p ApprovePage) No() bool {
	return p.State == ApproveWaiting || p.State == ApproveOne || p.State == ApproveApproved
}

// Sentence names what the page says of the state.
func (p ApprovePage) Sentence() string {
	if p.State == ApproveRelease {
		return "approve.skipped"
	}
	return "approve." + string(p.State)
}

func approvePerformances() (all []performance) {
	for _, state := range []ApproveState{ApproveWaiting, ApproveOne, ApproveApproved, ApproveHeld, ApproveSent, ApproveSkipped, ApproveRelease, ApproveReleased, ApproveOver} {
		all = append(all, performance{"approve", ApprovePage{
			Action: "/desk/approve/token", Editor: "mona@example.org", Edition: "Daily", Due: "2027-03-20 07:00 +03", State: state,
			Editors: "omar@example.org", Changed: true, Again: true, Reason: "held by omar@example.org", Plan: 2, Open: "/desk/issue/daily",
		}})
	}
	return all
}
