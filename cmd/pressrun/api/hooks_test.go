package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/subscribers"
)

// turn lets the webhooks look once, and send what is due then.
func (h *house) turn(now time.Time) {
	h.Helper()
	ok(h.T, h.api.Hooks.watch(h.Context(), now))
	ok(h.T, h.api.Hooks.sendDue(h.Context(), now))
}

// heard returns what the program was told: each message's type and data.
func (h *house) heard() (all []string) {
	h.Helper()
	d := readDocument(h.T, description)
	told, bodies := h.paper.heard()
	for i, body := range bodies {
		var v struct {
			Type string
			Data any
		}
		ok(h.T, json.Unmarshal([]byte(body), &v))
		if described, there := d.Webhooks[v.Type]; there {
			d.fits(h.T, described["post"].RequestBody.Content["application/json"].Schema, body)
		} else {
			h.Errorf("%s is not described", v.Type)
		}
		text, err := json.Marshal(v.Data)
		ok(h.T, err)
		all = append(all, v.Type+" "+string(text))
		h.genuine(told[i], body)
	}
	return all
}

// genuine verifies a message as its receiver does, from what Standard Webhooks says and the
// secret that was shown.
func (h *house) genuine(r *http.Request, body string) {
	h.Helper()
	shown := h.ask("GET", "webhooks/1/secret", "").is(h.T, 200)["secret"].(string)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(shown, "whsec_"))
	ok(h.T, err)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want || len(key) != 32 {
		h.Errorf("the signature is %q, want %q", r.Header.Get("webhook-signature"), want)
	}
	if !strings.HasPrefix(r.Header.Get("webhook-id"), "msg_") || r.Header.Get("Content-Type") != "application/json" {
		h.Errorf("the headers are %v", r.Header)
	}
}

func TestReadersWhoComeAndGoAreTold(t *testing.T) {
	h, now := openHouse(t), time.Now().Add(time.Second)
	h.turn(now)
	if got := h.heard(); len(got) > 0 {
		t.Errorf("what was before the webhook is told: %q", got)
	}
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"daily","consent":"c"}`).is(t, 201)
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"daily"}`).is(t, 204)
	address, err := subscribers.ParseAddress("many@readers.example")
	ok(t, err)
	several := func(yield func(subscribers.NewSubscriber) bool) { yield(subscribers.NewSubscriber{Address: address}) }
	_, err = h.api.Readers.AddMany(t.Context(), several, "daily", "a file", now, nil)
	ok(t, err)
	h.turn(now)
	h.turn(now)
	want := []string{
		`reader.subscribed {"edition":"daily","method":"operator","subscriber":7}`,
		`reader.unsubscribed {"edition":"daily","method":"operator","subscriber":1}`,
	}
	if d := cmp.Diff(want, h.heard()); d != "" {
		t.Error(d)
	}
	told := h.ask("GET", "webhooks/1/deliveries", "")
	if items := told.is(t, 200)["items"].([]any); len(items) != 2 || items[1].(map[string]any)["said"] != "HTTP 204" {
		t.Errorf("the list says %s", told.text)
	}
}

// The number of a row that was erased comes again; the reader it is then given to is told.
func TestErasedEvidenceDoesNotHideWhatComesAfter(t *testing.T) {
	h, now := openHouse(t), time.Now().Add(time.Second)
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"daily","consent":"c"}`).is(t, 201)
	h.turn(now)
	h.ask("DELETE", "subscribers/7", "").is(t, 200)
	h.turn(now)
	h.ask("POST", "subscribers", `{"email":"next@readers.example","edition":"daily","consent":"c"}`).is(t, 201)
	h.turn(now)
	want := []string{
		`reader.subscribed {"edition":"daily","method":"operator","subscriber":7}`,
		`reader.subscribed {"edition":"daily","method":"operator","subscriber":8}`,
	}
	if d := cmp.Diff(want, h.heard()); d != "" {
		t.Error(d)
	}
}

func TestIssueThatIsThroughIsToldOnceWithItsFailures(t *testing.T) {
	h, now := openHouse(t), time.Now().Add(time.Minute)
	h.turn(now)
	if got := h.heard(); len(got) > 0 {
		t.Errorf("an issue on its way is told: %q", got)
	}
	// 230 copies were refused, one arrived: three messages of failures.
	h.exec(`DELETE FROM delivery`)
	for n := range 231 {
		state, reason := "refused", "no such user"
		if n == 0 {
			state, reason = "sent", ""
		}
		h.exec(`INSERT INTO delivery (issue_id, subscriber_id, state, dated_at, changed_at, reason) VALUES (1, ?1, ?2, 1, 1, ?3)`, n+1, state, reason)
	}
	h.exec(`DELETE FROM tally`)
	h.exec(`INSERT INTO tally (issue_id, state, n) VALUES (1, 'refused', 230), (1, 'sent', 1)`)
	h.exec(`UPDATE run SET state = 'finished', prepared = 231, finished_at = ?1`, now.Unix())
	h.turn(now)
	h.turn(now)
	got := h.heard()
	if len(got) != 4 || !strings.HasPrefix(got[0], `issue.sent {"counts":{"bounced":0,`) ||
		!strings.HasSuffix(got[0], `"suppressed":0},"edition":"daily","issue":1,"number":1,"state":"finished"}`) {
		t.Fatalf("it is told %d messages, first %.300s", len(got), got)
	}
	seen := map[string]bool{}
	for _, text := range got[1:] {
		for _, part := range strings.Split(text, `"subscriber":`)[1:] {
			id, _, _ := strings.Cut(part, "}")
			seen[id] = true
		}
	}
	if len(seen) != 230 || seen["1"] {
		t.Errorf("%d failures are told of 230", len(seen))
	}
}

func TestMessageComesAgainForThreeDaysUnderOneName(t *testing.T) {
	h, now := openHouse(t), time.Now().Add(time.Second)
	h.paper.answers(http.StatusInternalServerError)
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"daily","consent":"c"}`).is(t, 201)
	h.turn(now)
	names := map[string]bool{}
	asked := 0
	for range 20 {
		told, _ := h.paper.heard()
		for _, r := range told {
			asked++
			names[r.Header.Get("webhook-id")] = true
		}
		var due int64
		if h.count(`SELECT count(*) FROM webhook_delivery WHERE state = 'due'`) == 0 {
			break
		}
		due = h.count(`SELECT due_at FROM webhook_delivery`)
		ok(t, h.api.Hooks.sendDue(t.Context(), time.Unix(due-1, 0))) // not before its time
		ok(t, h.api.Hooks.sendDue(t.Context(), time.Unix(due, 0)))
	}
	if len(names) != 1 || asked != len(retries)+1 {
		t.Errorf("%d attempts under %d names", asked, len(names))
	}
	var all time.Duration
	for _, wait := range retries {
		all += wait
	}
	if all < 70*time.Hour || all > 74*time.Hour {
		t.Errorf("it is tried for %s", all)
	}
	got := h.ask("GET", "webhooks/1/deliveries", "").is(t, 200)["items"].([]any)[0].(map[string]any)
	if got["state"] != "failed" || got["said"] != "HTTP 500" || got["next_try"] != nil {
		t.Errorf("the list says %v", got)
	}
}

func TestWhoSaysGoneIsToldNothingMore(t *testing.T) {
	h, now := openHouse(t), time.Now().Add(time.Second)
	h.paper.answers(http.StatusGone)
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"daily","consent":"c"}`).is(t, 201)
	h.turn(now)
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"daily"}`).is(t, 204)
	h.turn(now.Add(time.Hour))
	if told, _ := h.paper.heard(); len(told) != 1 {
		t.Errorf("it was told %d times", len(told))
	}
	got := h.ask("GET", "webhooks", "").is(t, 200)["items"].([]any)[0].(map[string]any)
	if got["disabled"] == nil || got["why"] != "it answered 410 Gone" {
		t.Errorf("the webhook is %v", got)
	}
}

func TestOneAddressThatIsDownDoesNotKeepAnotherWaiting(t *testing.T) {
	h, now := openHouse(t), time.Now().Add(time.Second)
	h.exec(`UPDATE webhook SET url = 'http://127.0.0.1:1/hook'`)
	h.ask("POST", "webhooks", `{"url":"`+h.paper.URL+`/hook","events":["reader.unsubscribed"]}`).is(t, 201)
	now = now.Add(time.Second)
	h.exec(`UPDATE webhook SET created = created - 10`)
	h.ask("POST", "subscribers", `{"email":"new@readers.example","edition":"daily","consent":"c"}`).is(t, 201)
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"daily"}`).is(t, 204)
	h.turn(now)
	if _, bodies := h.paper.heard(); len(bodies) != 1 || !strings.Contains(bodies[0], "reader.unsubscribed") {
		t.Errorf("the other is told %q", bodies)
	}
	if n := h.count(`SELECT count(*) FROM webhook_delivery WHERE webhook_id = 1 AND state = 'due' AND attempts = 1 AND said LIKE 'it cannot be reached%'`); n != 1 {
		t.Errorf("%d messages were tried at the first, want one before its turn is over", n)
	}
}

func TestAddressesThatNobodyShouldBeLedToAreRefused(t *testing.T) {
	h := openHouse(t)
	for url, field := range map[string]string{
		"": "url", "paper.example/hook": "url", "http://paper.example/hook": "url", "ftp://paper.example": "url",
		"https://user:word@paper.example/": "url", "https:///hook": "url", "https://paper.example/#x": "url",
	} {
		h.ask("POST", "webhooks", `{"url":"`+url+`"}`).fails(t, wrongField, field)
	}
	h.ask("POST", "webhooks", `{"url":"https://paper.example","events":["everything"]}`).fails(t, wrongField, "events")
	// An address of a network that the operator did not allow is refused when it is dialled.
	h.exec(`UPDATE webhook SET url = 'http://10.0.0.1/hook'`)
	if got := h.ask("POST", "webhooks/1/test", "").is(t, 200); got["arrived"] != false || !strings.Contains(fmt.Sprint(got["said"]), "cannot be reached") {
		t.Errorf("the test answers %v", got)
	}
	for range maxHooks - 1 {
		h.ask("POST", "webhooks", `{"url":"https://paper.example/"}`).is(t, 201)
	}
	h.ask("POST", "webhooks", `{"url":"https://paper.example/"}`).fails(t, wrongField, "url")
}

func TestSecretIsShownAndNotKept(t *testing.T) {
	h := openHouse(t)
	first := h.ask("GET", "webhooks/1/secret", "").is(t, 200)["secret"].(string)
	h.ask("POST", "webhooks", `{"url":"https://paper.example/"}`).is(t, 201)
	if second := h.ask("GET", "webhooks/2/secret", "").is(t, 200)["secret"]; second == first {
		t.Error("two webhooks have the same secret")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(first, "whsec_"))
	ok(t, err)
	if n := h.count(`SELECT count(*) FROM webhook WHERE instr(hex(salt), hex(?1)) > 0 OR instr(hex(?1), hex(salt)) > 0`, key); n > 0 {
		t.Error("the secret stands in the database")
	}
}

// Run tells by itself, and returns when its time is over.
func TestRunTellsUntilItIsEnded(t *testing.T) {
	h := openHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.api.Hooks.Run(ctx) }()
	h.exec(`UPDATE webhook SET created = created - 10`)
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"daily"}`).is(t, 204)
	for wait := time.Now(); time.Since(wait) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if h.count(`SELECT count(*) FROM webhook_delivery WHERE state = 'sent'`) == 1 {
			break
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := h.heard(); len(got) != 1 || !strings.HasPrefix(got[0], "reader.unsubscribed") {
		t.Errorf("it told %q", got)
	}
}
