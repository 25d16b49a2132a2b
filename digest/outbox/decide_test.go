package outbox

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressrun/pressrun/digest/relay"
)

func TestDecide(t *testing.T) {
	now := time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	until := now.Add(3 * time.Hour)
	reply := func(stage relay.Stage, code int, enhanced, text string) *relay.Error {
		r := relay.Reply{Code: code, Enhanced: enhanced, Text: text}
		return &relay.Error{Stage: stage, Class: relay.Classify(stage, r), Reply: r}
	}
	later := func(d time.Duration) verdict {
		return verdict{State: Deferred, Due: now.Add(d), Counted: true}
	}
	for _, c := range []struct {
		name     string
		err      *relay.Error
		attempts int
		want     verdict
	}{
		{"taken", nil, 0, verdict{State: Sent, Counted: true}},
		{"no such user", reply(relay.StageRcpt, 550, "5.1.1", "no such user"), 0, verdict{State: Refused, Counted: true}},
		{"greylisted, first", reply(relay.StageRcpt, 450, "4.2.0", "greylisted"), 0, later(5 * time.Minute)},
		{"greylisted, second", reply(relay.StageRcpt, 450, "4.2.0", "greylisted"), 1, later(15 * time.Minute)},
		{"greylisted, fifth", reply(relay.StageRcpt, 450, "4.2.0", "greylisted"), 4, later(2 * time.Hour)},
		{"full for now", reply(relay.StageRcpt, 452, "4.2.2", "mailbox full"), 0, later(5 * time.Minute)},
		{"full for good", reply(relay.StageRcpt, 552, "5.2.2", "mailbox full"), 0, verdict{State: Refused, Counted: true}},
		{"over our limit, even with a 5", reply(relay.StageMail, 550, "5.4.5", "daily sending limit exceeded"), 0, later(15 * time.Minute)},
		{"wrong password", reply(relay.StageAuth, 535, "5.7.8", "wrong"), 0, verdict{State: Queued, Stop: true}},
		{"our sender refused", reply(relay.StageMail, 553, "5.1.8", "bad sender"), 0, verdict{State: Queued, Stop: true}},
		{"relay down", &relay.Error{Stage: relay.StageConnect, Class: relay.Unavailable, Err: errors.New("refused")}, 0, verdict{State: Queued}},
		{"hung up once", &relay.Error{Stage: relay.StageRcpt, Class: relay.Unavailable, Err: errors.New("EOF")}, 0, verdict{State: Queued, Counted: true}},
		{"always hangs up", &relay.Error{Stage: relay.StageRcpt, Class: relay.Unavailable, Err: errors.New("EOF")}, 1, later(15 * time.Minute)},
		{"no reply to the dot", &relay.Error{Stage: relay.StageDot, Class: relay.Retry, Uncertain: true, Err: errors.New("EOF")}, 0,
			verdict{State: InDoubt, Due: now.Add(15 * time.Minute), Counted: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, decide(c.err, c.attempts, now, until, 0)); d != "" {
				t.Error(d)
			}
		})
	}
	if v := decide(reply(relay.StageRcpt, 450, "4.2.0", "greylisted"), 0, now, now.Add(time.Minute), 0); v.State != Refused {
		t.Errorf("past its useful time: %+v", v)
	}
	if a, b := wait(0, 0), wait(0, 1); a != 5*time.Minute || b != 6*time.Minute {
		t.Errorf("the first wait is from %s to %s", a, b)
	}
}
