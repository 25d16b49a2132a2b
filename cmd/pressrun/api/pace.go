package api

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// A Pace is a limit of calls.
type Pace struct {
	PerSecond float64
	AtOnce    int
}

// A paced is something that has a pace of its own: all calls of a token, or those of one
// kind.
type paced struct {
	token int64
	what  string // "" for all calls
}

// testPace is how many test mails a token may have sent.
var testPace = Pace{PerSecond: 1.0 / 60, AtOnce: 20}

// tally counts a call, says in the header how many more there may be
// (draft-ietf-httpapi-ratelimit-headers), and returns how long the token has to wait before
// it may ask again, 0 when it may now.
func (a *API) tally(h http.Header, token int64, now time.Time) time.Duration {
	wait, left := a.spend(paced{token: token}, a.Pace, now)
	full := (float64(a.Pace.AtOnce) - left) / a.Pace.PerSecond // seconds until all may be asked at once again
	h.Set("RateLimit-Policy", fmt.Sprintf(`"token";q=%d;w=%d`, a.Pace.AtOnce, ceil(float64(a.Pace.AtOnce)/a.Pace.PerSecond)))
	h.Set("RateLimit", fmt.Sprintf(`"token";r=%d;t=%d`, int(max(left, 0)), ceil(full)))
	return wait
}

// spend takes one call from what there may be. It returns how long one has to wait, 0 when
// the call may be made, and how many may be made after it.
func (a *API) spend(of paced, p Pace, now time.Time) (wait time.Duration, left float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	pace := a.paces[of]
	if pace == nil {
		pace = rate.NewLimiter(rate.Limit(p.PerSecond), p.AtOnce)
		a.paces[of] = pace
	}
	r := pace.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait, pace.TokensAt(now)
}

// seconds rounds up: a caller that waits so long may go on.
func seconds(d time.Duration) int { return ceil(d.Seconds()) }

func ceil(n float64) int { return int(math.Ceil(n)) }
