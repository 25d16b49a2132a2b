package outbox

import (
	"math/rand/v2"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// A verdict is what an outcome makes of a delivery.
type verdict struct {
	State State
	Due   time.Time // of the next attempt, for Deferred and InDoubt
	// Counted says that this was an attempt; a relay that was not reached is none.
	Counted bool
	// Stop says that nobody can be served as things are: the run stops, and no recipient
	// is the worse for it.
	Stop bool
}

// Waits before an attempt is repeated (mail-standards S5). A relay does the long retries
// that RFC 5321 §4.5.4.1 asks of it; here yesterday's news has no value, and an issue's
// last useful moment ends them.
var waits = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour}

const (
	quotaWait = 15 * time.Minute
	doubtWait = 15 * time.Minute // S11
)

// decide says what to do after an attempt. attempts counts those before it. jitter is
// from 0 to 1.
func decide(err *relay.Error, attempts int, now, usefulUntil time.Time, jitter float64) verdict {
	if err == nil {
		return verdict{State: Sent, Counted: true}
	}
	if err.Uncertain {
		return verdict{State: InDoubt, Due: now.Add(doubtWait), Counted: true}
	}
	again := func(v verdict) verdict {
		if v.Due.After(usefulUntil) {
			return verdict{State: Refused, Counted: v.Counted}
		}
		return v
	}
	switch err.Class {
	case relay.Configuration, relay.Sender, relay.Content:
		return verdict{State: Queued, Stop: true}
	case relay.Unavailable:
		// Where the relay was not reached, or only once, it goes again at once; a mail at
		// which it always hangs up waits like any other.
		tried := err.Stage != relay.StageConnect && err.Stage != relay.StageTLS && err.Stage != relay.StageAuth
		if !tried || attempts == 0 {
			return again(verdict{State: Queued, Counted: tried})
		}
	case relay.Quota:
		return again(verdict{State: Deferred, Due: now.Add(quotaWait), Counted: true})
	case relay.Hard:
		return verdict{State: Refused, Counted: true}
	}
	// A server's "no" for good is not asked again (S6).
	if err.Reply.Code >= 500 && err.Class != relay.Protocol {
		return verdict{State: Refused, Counted: true}
	}
	return again(verdict{State: Deferred, Due: now.Add(wait(attempts, jitter)), Counted: true})
}

// wait returns how long to wait after the attempt that had so many before it, up to a
// fifth longer by jitter, so that deferred mail does not come back all at once.
func wait(attempts int, jitter float64) time.Duration {
	w := waits[min(attempts, len(waits)-1)]
	return w + time.Duration(jitter*float64(w)/5)
}

// jitter returns a number from 0 to 1.
func jitter() float64 { return rand.Float64() }
