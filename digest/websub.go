package digest

import "time"

// A HubSubscription is what was agreed with a hub: it tells at once when a source has news
// (WebSub).
type HubSubscription struct {
	ID       int64
	SourceID int64
	Source   string // its URL
	Hub      string // where the hub is asked
	Topic    string // the address of the source as its hub knows it
	Secret   string // the hub signs with it
	Token    string // of the address that the hub calls
	State    HubState
	Asked    time.Time // when the request was sent that the hub has not confirmed, zero if none
	Lease    time.Time // until when the hub tells of news, zero if it never confirmed
	NextAt   time.Time // when the hub is to be asked, or its answer is overdue
	Failures int       // in a row
	Error    string    // the last one as a sentence
}

// A HubState says how a subscription at a hub stands.
type HubState string

const (
	HubWanted  HubState = "wanted"  // not confirmed yet, or not any more
	HubActive  HubState = "active"  // the hub tells of news
	HubDenied  HubState = "denied"  // the hub will not
	HubLeaving HubState = "leaving" // it is to end
)

const (
	// hubConfirms is how long a hub has to confirm what it was asked for.
	hubConfirms = 10 * time.Minute
	// hubDeniedFor is how long a hub is left alone that will not tell of a source.
	hubDeniedFor = 7 * 24 * time.Hour
	// hubReads is the shortest time between two readings of a source because of its hub.
	hubReads = 10 * time.Second

	minLease = time.Minute
	maxLease = 90 * 24 * time.Hour
)

// lease bounds what a hub says, so that it is neither asked all the time nor trusted for
// good.
func lease(told time.Duration) time.Duration { return min(max(told, minLease), maxLease) }

// renewal is when a lease that begins now is renewed: with a quarter of it left for a hub
// that is down.
func renewal(now time.Time, lease time.Duration) time.Time { return now.Add(lease * 3 / 4) }
