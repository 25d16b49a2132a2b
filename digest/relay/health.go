package relay

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"
)

const (
	strikesOut  = 5 // failures in a row, and a relay is left alone for a while
	firstAgain  = time.Second
	lastAgain   = time.Minute
	quotaAgain  = 15 * time.Minute
	misfitAgain = 15 * time.Minute
)

// A health is what is known of a relay from how it behaved. Its methods return what people
// should be told.
type health struct {
	down    bool
	until   time.Time // while down, it is left alone
	misfit  bool      // down for a fault that a person has to mend
	pause   time.Duration
	strikes int
	quotas  int  // in a row
	reached bool // a connection was opened since the last that could not be

	why   string    // it is down
	since time.Time // it is down, or works again; zero: it was never down
}

// A notice is the end of a sentence about a relay, "" for none.
type notice struct {
	level slog.Level
	what  string
}

// unreached notes a connection that could not be opened. Two of them with none between
// that could be are enough: the first may have been one too many.
func (h *health) unreached(err *Error, now time.Time) notice {
	h.strikes++
	if h.reached && !h.down && h.strikes < strikesOut {
		h.reached = false
		return notice{}
	}
	return h.fail("cannot be reached", err, now)
}

// outcome notes what became of a mail.
func (h *health) outcome(err *Error, now time.Time) notice {
	switch {
	case err != nil && isBehind(err): // one connection that broke is one failure
		return notice{}
	case err != nil && err.Class == Configuration:
		said := h.misfit
		h.goDown(plain(err), now)
		h.misfit, h.until = true, now.Add(misfitAgain)
		if said {
			return notice{}
		}
		return notice{slog.LevelError, "needs somebody to look after it: " + plain(err) + "; trying again " + inWords(misfitAgain)}
	case err != nil && err.Class == Quota && err.Reply.Enhanced != tooFastForDomain:
		if h.quotas++; h.quotas < strikesOut && !h.down {
			return notice{}
		}
		said := h.down && h.pause == quotaAgain
		h.goDown(plain(err), now)
		h.pause, h.until = quotaAgain, now.Add(quotaAgain)
		if said {
			return notice{}
		}
		return notice{slog.LevelWarn, "takes no more for now: " + plain(err) + "; trying again " + inWords(quotaAgain)}
	case err != nil && err.Class == Unavailable && untried(err):
		return notice{} // dialled has told
	case err != nil && (err.Class == Unavailable || err.Uncertain):
		if h.strikes++; h.strikes < strikesOut && !h.down {
			return notice{}
		}
		return h.fail("does not work", err, now)
	}
	was := h.down
	*h = health{reached: true, since: h.since}
	if was {
		h.since = now
		return notice{slog.LevelWarn, "takes mail again"}
	}
	return notice{}
}

// goDown notes why the relay is left alone, and since when.
func (h *health) goDown(why string, now time.Time) {
	if !h.down {
		h.since = now
	}
	h.down, h.why = true, why
}

// fail leaves the relay alone, longer each time. A failure of a connection that was open
// when the pause began adds nothing.
func (h *health) fail(how string, err *Error, now time.Time) notice {
	if h.down && h.until.After(now) {
		return notice{}
	}
	first := !h.down
	h.goDown(plain(err), now)
	h.pause = min(max(2*h.pause, firstAgain), lastAgain)
	if first {
		h.pause = firstAgain
	}
	h.until, h.quotas = now.Add(h.pause), 0
	level := slog.LevelDebug
	if first {
		level = slog.LevelWarn
	}
	return notice{level, how + ": " + plain(err) + "; trying again " + inWords(h.pause)}
}

// tooFastForDomain is what Gmail says when it gets too much of us: the relay is well.
const tooFastForDomain = "4.7.28"

// plain says what went wrong without the words of programs, as far as it can.
func plain(err *Error) string {
	var unknown *net.DNSError
	var errno syscall.Errno
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err.Err, &unknown) && unknown.IsNotFound:
		return "there is no host " + unknown.Name
	case errors.As(err.Err, &timeout) && timeout.Timeout():
		return "it does not answer"
	case errors.As(err.Err, &errno):
		return errno.Error()
	case err.Err != nil:
		return strings.TrimSpace(err.Reply.String() + " " + err.Err.Error())
	}
	return "it said “" + err.Reply.String() + "”"
}

// inWords writes a length of time: "in 4 s", "in 2 min", "in 3 h".
func inWords(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("in %d s", max(1, int(d.Round(time.Second).Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("in %d min", int(d.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("in %d h", int(d.Round(time.Hour).Hours()))
}
