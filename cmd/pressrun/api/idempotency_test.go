package api

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

const key = "Idempotency-Key"

func TestCallRepeatedUnderItsKeyIsDoneOnce(t *testing.T) {
	h := openHouse(t)
	body := `{"email":"new@readers.example","edition":"daily","consent":"at the fair"}`
	first := h.ask("POST", "subscribers", body, key, "a")
	first.is(t, 201)
	again := h.ask("POST", "subscribers", body, key, "a")
	again.is(t, 201)
	if again.text != first.text || again.Header.Get("Idempotency-Replayed") != "true" || again.Header.Get("Location") != first.Header.Get("Location") {
		t.Errorf("again it answers %s %v", again.text, again.Header)
	}
	h.ask("POST", "subscribers", body, key, "b").fails(t, conflict, "email")
	h.ask("POST", "subscribers", body).fails(t, conflict, "email")
	if n := h.count(`SELECT count(*) FROM audit`); n != 1 {
		t.Errorf("it is noted %d times", n)
	}

	h.ask("POST", "subscribers", strings.Replace(body, "new", "other", 1), key, "a").fails(t, otherCall, "")
	h.ask("POST", "suppressions", body, key, "a").fails(t, otherCall, "")
	h.ask("POST", "suppressions", `{"email":"x@readers.example"}`, key, strings.Repeat("k", 256)).fails(t, needsKey, "")

	// A day later the key is new.
	h.exec(`UPDATE api_call SET started = started - 90000`)
	h.ask("POST", "subscribers", body, key, "a").fails(t, conflict, "email")
}

func TestKeysOfTwoTokensAreTwo(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "sources/fetch", "", key, "a").is(t, 200)
	a := h.ask("POST", "sources/fetch", "", key, "a", "Authorization", "Bearer "+h.tokens["write"])
	if a.is(t, 200); a.Header.Get("Idempotency-Replayed") != "" {
		t.Error("one program got another's answer")
	}
}

func TestCallThatFailedMayBeTriedAgainUnderItsKey(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"nightly","consent":"c"}`, key, "a").fails(t, wrongField, "edition")
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"daily","consent":"c"}`, key, "a").is(t, 201)
}

func TestCallThatIsUnderWayIsNotBegunAgain(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "editions/weekly/issues", "", key, "a").is(t, 201)
	// As it stands in the middle of it, in this process or another.
	h.exec(`UPDATE api_call SET status = 0, body = NULL`)
	a := h.ask("POST", "editions/weekly/issues", "", key, "a")
	a.fails(t, underWay, "")
	if a.Header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
	}
}

// A process that is killed leaves the key behind with the slot it had decided on. The call
// that comes again finishes that issue and makes no second one.
func TestPublishingGoesOnWhereAKilledProcessStopped(t *testing.T) {
	h := openHouse(t)
	made := h.ask("POST", "editions/weekly/issues", "", key, "a").is(t, 201)
	h.exec(`UPDATE api_call SET status = 0, body = NULL, started = started - 200`)
	h.exec(`UPDATE issue SET state = 'frozen' WHERE id = 2`)
	again := h.ask("POST", "editions/weekly/issues", "", key, "a").is(t, 201)
	if again["id"] != made["id"] || again["slot"] != made["slot"] {
		t.Errorf("first issue %v due %v, then %v due %v", made["id"], made["slot"], again["id"], again["slot"])
	}
	if n := h.count(`SELECT count(*) FROM delivery WHERE issue_id = 2`); n != 3 {
		t.Errorf("%d deliveries for 3 readers", n)
	}
}

func TestPublishedFromManyConnectionsAtOnceIsOneIssue(t *testing.T) {
	h := openHouse(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for n := range 8 {
		wg.Go(func() {
			a := h.ask("POST", "editions/weekly/issues", "", key, fmt.Sprint("same", n%2))
			mu.Lock()
			defer mu.Unlock()
			statuses[a.StatusCode]++
		})
	}
	wg.Wait()
	if statuses[201] == 0 || statuses[201]+statuses[200]+statuses[409] != 8 {
		t.Errorf("statuses %v", statuses)
	}
	if n := h.count(`SELECT count(*) FROM issue WHERE edition_id = 2 AND state = 'posted'`); n != 1 {
		t.Errorf("%d issues", n)
	}
	if n := h.count(`SELECT count(*) FROM delivery d JOIN issue i ON i.id = d.issue_id WHERE edition_id = 2`); n != 3 {
		t.Errorf("%d deliveries for 3 readers", n)
	}
}

// Nothing of an address stays in this package's tables, so that a reader can be erased.
func TestReaderAddedUnderAKeyIsErasedWithoutTrace(t *testing.T) {
	h := openHouse(t)
	made := h.ask("POST", "subscribers", `{"email":"gone@readers.example","edition":"daily","consent":"at the fair"}`, key, "a").is(t, 201)
	ok(t, h.api.Hooks.watch(t.Context(), time.Now().Add(time.Second)))
	path := fmt.Sprintf("subscribers/%v", made["id"])
	if got := h.ask("DELETE", path, "", key, "b").is(t, 200); got["traces"] != false || got["erased"] != made["id"] {
		t.Errorf("erasing answers %v", got)
	}
	h.ask("GET", path, "").fails(t, notFound, "")
	h.ask("POST", "subscribers", `{"email":"gone@readers.example","edition":"daily","consent":"at the fair"}`).fails(t, conflict, "email")
}
