package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

func TestPathsAndMethodsThatAreNotThere(t *testing.T) {
	h := openHouse(t)
	h.ask("GET", "nothing", "").fails(t, notFound, "")
	h.ask("GET", "editions/nightly", "").fails(t, notFound, "")
	h.ask("GET", "issues/99", "").fails(t, notFound, "")
	h.ask("GET", "issues/one", "").fails(t, notFound, "")
	h.ask("DELETE", "sources/99", "").fails(t, notFound, "")
	h.ask("DELETE", "webhooks/99", "").fails(t, notFound, "")
	h.ask("GET", "subscribers/99", "").fails(t, notFound, "")
	h.ask("POST", "issues/1/stories/99/pull", `{"why":"x"}`).fails(t, notFound, "")

	a := h.ask("PATCH", "editions/daily", "")
	a.fails(t, wrongMethod, "")
	if got := a.Header.Get("Allow"); got != "GET, HEAD, PUT, OPTIONS" {
		t.Errorf("Allow is %q", got)
	}
	a = h.ask("OPTIONS", "sources", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
	if a.StatusCode != 204 || a.Header.Get("Allow") != "GET, HEAD, POST, OPTIONS" || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS answers %d %v", a.StatusCode, a.Header)
	}
	if a := h.ask("HEAD", "editions/daily", ""); a.StatusCode != 200 || a.text != "" || a.Header.Get("ETag") == "" {
		t.Errorf("HEAD answers %d %q %v", a.StatusCode, a.text, a.Header)
	}
}

func TestAnswersAreGuardedByHeaders(t *testing.T) {
	h := openHouse(t)
	for path, cache := range map[string]string{"subscribers": "no-store", "editions/daily": "private, no-cache", "nothing": "no-store"} {
		a := h.ask("GET", path, "")
		for name, want := range map[string]string{
			"Cache-Control": cache, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
			"Access-Control-Allow-Origin": "", "Set-Cookie": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestWhatHasNotChangedIsNotSentAgain(t *testing.T) {
	h := openHouse(t)
	for _, path := range []string{"editions/daily", "editions/weekly/plan", "openapi.json"} {
		tag := h.ask("GET", path, "").Header.Get("ETag")
		if a := h.ask("GET", path, "", "If-None-Match", tag); tag == "" || a.StatusCode != http.StatusNotModified || a.text != "" {
			t.Errorf("%s answers %d with %d bytes to %s", path, a.StatusCode, len(a.text), tag)
		}
		if a := h.ask("GET", path, "", "If-None-Match", `"other"`); a.StatusCode != 200 {
			t.Errorf("%s answers %d to another tag", path, a.StatusCode)
		}
	}
}

func TestWhoMayDoMoreMayDoLess(t *testing.T) {
	h := openHouse(t)
	for _, s := range staff.Scopes {
		h.ask("GET", "editions", "", "Authorization", "bearer "+h.tokens[s]).is(t, 200)
	}
	h.ask("PUT", "editions/daily/plan", `{"version":0}`, "Authorization", "Bearer "+h.tokens[staff.Send]).is(t, 200)
	h.exec(`UPDATE api_token SET revoked = 1`)
	h.ask("GET", "editions", "").fails(t, noToken, "")
}

func TestTokenThatRanOutLetsNobodyIn(t *testing.T) {
	h := openHouse(t)
	h.exec(`UPDATE api_token SET expires = ?1`, time.Now().Add(-time.Second).Unix())
	a := h.ask("GET", "editions", "")
	a.fails(t, noToken, "")
	if got := a.Header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
		t.Errorf("the challenge is %q", got)
	}
}

func TestEachTokenHasItsOwnPace(t *testing.T) {
	h := openHouse(t, func(a *API) { a.Pace = Pace{PerSecond: 0.01, AtOnce: 3} })
	for range 3 {
		h.ask("GET", "editions", "").is(t, 200)
	}
	a := h.ask("GET", "editions", "")
	a.fails(t, tooMany, "")
	if got := a.Header.Get("Retry-After"); got != "100" && got != "99" {
		t.Errorf("Retry-After is %q", got)
	}
	h.ask("GET", "editions", "", "Authorization", "Bearer "+h.tokens[staff.Read]).is(t, 200)
}

// What is left is said with each answer, also with one that fails.
func TestAnswersSayHowManyCallsAreLeft(t *testing.T) {
	h := openHouse(t, func(a *API) { a.Pace = Pace{PerSecond: 0.1, AtOnce: 3} })
	for i, path := range []string{"editions", "editions/nightly", "editions?colour=red", "editions"} {
		a := h.ask("GET", path, "")
		var left, full int
		_, err := fmt.Sscanf(a.Header.Get("RateLimit"), `"token";r=%d;t=%d`, &left, &full)
		want := max(2-i, 0)
		if late := (3-want)*10 - full; err != nil || left != want || late < 0 || late > 5 { // a slow machine takes its time
			t.Errorf("%s: RateLimit is %s", path, a.Header.Get("RateLimit"))
		}
		if got := a.Header.Get("RateLimit-Policy"); got != `"token";q=3;w=30` {
			t.Errorf("RateLimit-Policy is %s", got)
		}
	}
	if a := h.ask("GET", "openapi.json", ""); a.Header.Get("RateLimit") != "" {
		t.Error("what everybody may ask has a limit")
	}
}

func TestLogHasNeitherTokensNorAddresses(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "subscribers/search", `{"search":"daily1@readers.example"}`).is(t, 200)
	h.ask("GET", "subscribers?search=daily1@readers.example", "").fails(t, wrongParam, "search")
	h.ask("POST", "subscribers", `{"email":"daily1@readers.example","edition":"daily","consent":"c"}`).fails(t, conflict, "email")
	h.ask("POST", "subscribers", `{"email":"no such@address","edition":"daily","consent":"c"}`).fails(t, wrongField, "email")
	h.ask("GET", "subscribers/daily1@readers.example", "").fails(t, notFound, "")
	log := h.log.String()
	for _, bad := range []string{"readers.example", "such@address", h.tokens[staff.Send]} {
		if strings.Contains(log, bad) {
			t.Errorf("the log has %s in it:\n%s", bad, log)
		}
	}
	if !strings.Contains(log, `route="POST /api/v1/subscribers/search" status=200`) || !strings.Contains(log, `A field is wrong: email`) {
		t.Errorf("the log is\n%s", log)
	}
}

func TestFailureOfOursIsNotShown(t *testing.T) {
	h := openHouse(t)
	h.exec(`DROP TABLE article_version`)
	h.exec(`ALTER TABLE edition RENAME TO edition_gone`)
	a := h.ask("GET", "editions", "")
	a.fails(t, ours, "")
	if strings.Contains(a.text, "edition") || !strings.Contains(h.log.String(), "no such table") {
		t.Errorf("it answers %s, and logs\n%s", a.text, h.log)
	}
}
