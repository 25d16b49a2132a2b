package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay/sink"
)

// slow makes a relay take its time over each mail.
func slow(each time.Duration) func(*sink.Sink) {
	return func(s *sink.Sink) {
		s.Fault = func(step, _ string) sink.Fault {
			if step == "dot" {
				return sink.Fault{Stall: each}
			}
			return sink.Fault{}
		}
	}
}

// onceEach fails the test unless each of the first n readers has got one mail.
func (h *house) onceEach(n int) {
	h.Helper()
	copies := h.relay.byReader()
	if len(copies) != n {
		h.Errorf("%d readers got mail, want %d", len(copies), n)
	}
	for i := range n {
		if got := len(copies[reader(i+1)]); got != 1 {
			h.Errorf("%s got %d mails", reader(i+1), got)
		}
	}
}

// deliveries counts by state.
func (h *house) deliveries() map[string]int {
	h.Helper()
	counts := map[string]int{}
	for _, state := range h.sql(`SELECT state FROM delivery`) {
		counts[state]++
	}
	return counts
}

func TestCtrlCLetsTheRestWaitForTheNextStart(t *testing.T) {
	t.Parallel()
	const readers = 80
	h := openHouse(t, t.TempDir(), readers, slow(20*time.Millisecond))
	send := h.start("send", "daily", "--yes")
	h.relay.wait(t, 10)
	send.signal(syscall.SIGINT)
	send.ends(1)
	contains(t, send.stderr.String(), "interrupted; [0-9]+ mails wait. `pressrun send daily` or `pressrun serve` goes on with them")
	sent := len(h.relay.taken())
	if sent >= readers {
		t.Fatal("it sent all before it ended")
	}
	if got := h.deliveries(); got["sent"] != sent || got["queued"] != readers-sent {
		t.Errorf("the relay has %d mails, the ledger says %v", sent, got)
	}
	h.run(0, "verify")
	contains(t, fmt.Sprint(h.status()), fmt.Sprintf("waiting.*queued:%d", readers-sent))

	_, said := h.run(2, "send", "daily")
	contains(t, said, fmt.Sprintf(`Issue 1 of daily is waiting with %d mails to go\. Finish it now\? Nobody is there`, readers-sent))
	said, _ = h.run(0, "send", "daily", "--dry-run")
	contains(t, said, fmt.Sprintf("^Issue 1 of daily is waiting with %d mails to go", readers-sent))
	said, _ = h.run(0, "send", "daily", "--resume", "--yes")
	contains(t, said, fmt.Sprintf(`Issue 1 of daily: %d prepared, %d sent\.`, readers, readers))
	h.onceEach(readers)
	h.run(0, "verify")
}

func TestKilledSendLosesNobodyAndDoublesOnlyWhatIsInDoubt(t *testing.T) {
	t.Parallel()
	const readers, connections, kills = 1500, 2, 2
	h := openHouse(t, t.TempDir(), readers, slow(time.Millisecond))
	h.with("PRESSRUN_RELAY_CONNECTIONS", fmt.Sprint(connections))
	for kill := range kills {
		send := h.start("send", "daily", "--yes")
		h.relay.wait(t, 200*(kill+1))
		send.signal(syscall.SIGKILL)
		send.ends(-1)
		h.run(0, "verify")
	}
	said, _ := h.run(0, "send", "daily", "--resume", "--yes")
	contains(t, said, "in doubt is tried again by `pressrun serve`")
	h.run(0, "verify")

	// Before the doubtful ones are sent again nobody has two copies, and nobody is missed
	// of whom that is not known. In doubt are at most the one that was being sent, the one
	// behind it and the one at hand of each connection.
	copies, doubtful := h.relay.byReader(), h.sql(`SELECT email FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id WHERE d.state = 'in doubt'`)
	if got := h.deliveries(); got["sent"]+got["in doubt"] != readers || len(doubtful) > 3*connections*kills {
		t.Errorf("the ledger says %v", got)
	}
	for i := range readers {
		got, in := len(copies[reader(i+1)]), slices.Contains(doubtful, reader(i+1))
		if got > 1 || got == 0 && !in {
			t.Errorf("%s got %d mails (in doubt: %t)", reader(i+1), got, in)
		}
	}

	// A quarter of an hour later they are, once and byte for byte.
	h.sql(`UPDATE delivery SET due_at = 1 WHERE state = 'in doubt'`)
	said, _ = h.run(0, "send", "daily", "--resume", "--yes")
	contains(t, said, fmt.Sprintf(`%s sent\.`, number(readers)))
	h.run(0, "verify")
	twice := 0
	copies = h.relay.byReader()
	for i := range readers {
		all := copies[reader(i+1)]
		if len(all) == 2 {
			twice++
		}
		if len(all) != 1 && !(len(all) == 2 && slices.Contains(doubtful, reader(i+1))) {
			t.Errorf("%s got %d mails", reader(i+1), len(all))
		} else if len(all) == 2 && !bytes.Equal(all[0], all[1]) {
			t.Errorf("%s got two mails that differ", reader(i+1))
		}
	}
	if twice > 2*connections*kills {
		t.Errorf("%d readers got it twice", twice)
	}
}

func TestIssueIsPausedAndCancelledFromElsewhere(t *testing.T) {
	t.Parallel()
	const readers = 80
	h := openHouse(t, t.TempDir(), readers, slow(20*time.Millisecond))
	send := h.start("send", "daily", "--yes")
	h.relay.wait(t, 5)
	said, _ := h.run(0, "issues", "pause", "1")
	contains(t, said, "Issue 1 is paused with [0-9]+ mails to go")
	send.ends(1)
	contains(t, send.stderr.String(), "the issue was paused meanwhile; `pressrun status 1` shows how far it came")
	sent := len(h.relay.taken())
	_, said = h.run(1, "send", "daily", "--yes")
	contains(t, said, "issue 1 of daily is paused; `pressrun send daily --resume` finishes it, `pressrun issues cancel 1` ends it")
	if now := len(h.relay.taken()); now != sent || sent == readers {
		t.Errorf("%d of %d mails were sent, and %d while it was paused", sent, readers, now-sent)
	}

	send = h.start("send", "daily", "--resume")
	h.relay.wait(t, sent+5)
	h.run(0, "issues", "cancel", "1")
	send.ends(1)
	contains(t, send.stderr.String(), "the issue was cancelled meanwhile")
	got, all := h.deliveries(), len(h.relay.taken())
	if got["sent"] != all || got["cancelled"] != readers-all || all == readers {
		t.Errorf("the relay has %d mails, the ledger says %v", all, got)
	}
	h.run(0, "verify")
	_, said = h.run(1, "send", "daily", "--resume")
	contains(t, said, "no issue of daily waits to be finished")
}

func TestWrongPasswordStopsBeforeAnybodyIsTouched(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 5, func(s *sink.Sink) { s.Login = "desk\x00hush-hush" })
	h.with("PRESSRUN_RELAY_URL", "smtp://desk:hush-hash@"+h.relay.address)
	_, said := h.run(1, "send", "daily", "--test", "me@example.org")
	contains(t, said, `the test in en did not go out: .*535`)
	_, said = h.run(1, "send", "daily", "--yes")
	contains(t, said, `sending stopped, and no recipient is the worse for it: .*535.* Mend that, then run .pressrun send daily --resume`)
	if strings.Contains(said, "hush-hash") {
		t.Errorf("the password is shown: %s", said)
	}
	contains(t, fmt.Sprint(h.status()), "stopped.*535.*queued:5")
	if got := h.sql(`SELECT id FROM delivery WHERE attempts > 0 OR state <> 'queued'`); len(got) > 0 {
		t.Errorf("deliveries %v were attempted", got)
	}
	// It stays stopped, also for serve, until somebody says that it is mended.
	_, said = h.run(2, "send", "daily")
	contains(t, said, `Issue 1 of daily is stopped \(.*535.*\) with 5 mails to go`)

	h.with("PRESSRUN_RELAY_URL", "smtp://desk:hush-hush@"+h.relay.address)
	h.run(0, "send", "daily", "--resume", "--yes")
	h.onceEach(5)
	h.run(0, "verify")
}

func TestSendWaitsForARelayThatIsDown(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 5)
	h.relay.down()
	send := h.start("send", "daily", "--yes")
	send.says("cannot be reached: connection refused; trying again")
	eventually(t, func() bool { return len(h.sql(`SELECT id FROM issue WHERE state = 'posted'`)) == 1 })
	send.signal(syscall.SIGINT)
	send.ends(1)
	contains(t, send.stderr.String(), "interrupted; 5 mails wait")
	if got := h.sql(`SELECT id FROM delivery WHERE attempts > 0 OR state <> 'queued'`); len(got) > 0 {
		t.Errorf("deliveries %v were attempted", got)
	}
	h.run(0, "verify")

	send = h.start("send", "daily", "--yes")
	send.says("cannot be reached: connection refused; trying again")
	h.relay.up(t)
	send.ends(0)
	contains(t, send.stdout.String(), "That was an earlier issue; `pressrun send daily` makes the next one")
	h.onceEach(5)
	h.run(0, "verify")
}

func TestRefusedAndDeferredDoNotHoldTheOthersBackNorTheNextIssue(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	full.Store(true)
	h := openHouse(t, t.TempDir(), 5, func(s *sink.Sink) {
		s.Fault = func(step, to string) sink.Fault {
			switch {
			case step == "rcpt" && to == reader(2):
				return sink.Fault{Reply: "550 5.1.1 no such reader"}
			case step == "rcpt" && to == reader(4) && full.Load():
				return sink.Fault{Reply: "451 4.3.0 try again later"}
			}
			return sink.Fault{}
		}
	})
	said, _ := h.run(0, "send", "daily", "--yes")
	contains(t, said, `5 prepared, 1 deferred, 3 sent, 1 refused\.`, "What is deferred or in doubt is tried again by `pressrun serve`",
		"`pressrun status 1 --state refused` lists them with what the server said")
	said, _ = h.run(0, "status", "1", "--state", "refused")
	contains(t, said, `(?m)^2 +reader002@example.org +1 +\S+ \S+ \+03 +- +rcpt: hard: 550 5.1.1 no such reader$`)
	said, _ = h.run(0, "status", "1", "--state", "deferred", "--json")
	contains(t, said, `"reply": "451 4.3.0 try again later"`, `"next": "20`, `"attempts": 1`)
	st := h.status()
	if st.NextDue == nil || time.Until(*st.NextDue) < 4*time.Minute {
		t.Errorf("the next attempt is at %v", st.NextDue)
	}
	h.run(0, "verify")

	full.Store(false)
	h.paper.publish(4)
	said, _ = h.run(0, "send", "daily", "--yes")
	contains(t, said, `Issue 2 of daily: 4 prepared, 4 sent\.`) // an address that does not exist is not asked again
	said, _ = h.run(0, "subscribers", "show", reader(2))
	contains(t, said, `(?m)^Not written to +since .*: the address does not exist\. 550 5\.1\.1 no such reader$`,
		`(?m)^2 +daily +2 .* no copy +0 +- +not written to, because the address does not exist$`,
		`(?m)^1 +daily +1 .* refused +1 +- +rcpt: hard: 550 5\.1\.1 no such reader$`)
	said, _ = h.run(0, "subscribers", "show", reader(1))
	contains(t, said, `(?m)^2 +daily +2 .* sent +1 +- +250 .*\n1 +daily +1 .* sent +1 +- +250 `)
	if got := len(h.relay.to(reader(4))); got != 1 {
		t.Errorf("who was deferred got %d mails before the time", got)
	}
	h.sql(`UPDATE delivery SET due_at = 1 WHERE state = 'deferred'`)
	h.run(0, "send", "daily", "--resume")
	if got := len(h.relay.to(reader(4))); got != 2 {
		t.Errorf("who was deferred got %d mails in the end", got)
	}
	h.run(0, "verify")
}

func TestVerifyNamesWhatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 3)
	h.with("PRESSRUN_RELAY_URL", "dir:"+filepath.Join(h.dir, "out"))
	h.run(0, "send", "daily", "--yes")
	h.sql(`UPDATE delivery SET state = 'queued' WHERE id = 2`)
	said, _ := h.run(1, "verify")
	contains(t, said, "issue 1: the tally has 3 sent, the ledger 2", "issue 1: it is finished, and deliveries are still open")
	said, _ = h.run(1, "verify", "1", "--json")
	contains(t, said, `"deliveries": 3`, "the ledger 2")
}

func TestWhatIsForProgramsIsJSON(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 3)
	h.run(0, "send", "daily", "--yes")
	for _, command := range []string{
		"sources list", "sources test " + h.paper.URL + "/live.rss", "editions list", "editions show daily", "editions next daily",
		"subscribers list", "subscribers show " + reader(1), "fetch", "status", "status 1", "verify", "verify 1",
	} {
		said, _ := h.run(0, append(strings.Fields(command), "--json")...)
		var v any
		if err := json.Unmarshal([]byte(said), &v); err != nil {
			t.Errorf("%s: %v\n%s", command, err, said)
		}
	}
}

func TestInterruptedFetchSaysSo(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 0)
	ok(t, h.paper.fail("silent"))
	fetch := h.start("fetch")
	h.paper.asked(t)
	fetch.signal(syscall.SIGINT)
	fetch.ends(1)
	contains(t, fetch.stderr.String(), "^pressrun: interrupted before it was done; run it again\\.\n$")
}

// linkIn returns the address of List-Unsubscribe in a mail.
func linkIn(t *testing.T, mail []byte) *url.URL {
	t.Helper()
	found := regexp.MustCompile(`(?m)^List-Unsubscribe:\s+<(http[^>]+)>`).FindSubmatch(mail)
	if found == nil {
		t.Fatalf("there is no link to leave in\n%s", mail)
	}
	u, err := url.Parse(string(found[1]))
	ok(t, err)
	return u
}
