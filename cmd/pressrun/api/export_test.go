package api

import (
	"net/http"
	"strings"
	"testing"
)

// Who takes the readers gets them all or those of an edition, and stands in the audit log.
func TestProgramTakesTheReaders(t *testing.T) {
	h := openHouse(t)
	a := h.ask("POST", "subscribers/export", `{"edition":"daily"}`, "Idempotency-Key", "1")
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		strings.Count(a.text, "@readers.example,") != 3 || strings.Contains(a.text, "weekly") {
		t.Errorf("%d %s: %s", a.StatusCode, a.Header.Get("Content-Type"), a.text)
	}
	if a := h.ask("POST", "subscribers/export", ""); strings.Count(a.text, "@readers.example,") != 6 {
		t.Errorf("all: %s", a.text)
	}
	h.ask("POST", "subscribers/export", `{"edition":"nightly"}`).fails(t, wrongField, "edition")
	for what, want := range map[string]int64{"daily": 1, "all": 1, "nightly": 0} {
		if n := h.count(`SELECT count(*) FROM audit WHERE act = 'export' AND name LIKE 'the program %' AND what = ?1`, what); n != want {
			t.Errorf("%d entries of %s", n, what)
		}
	}
	if n := h.count(`SELECT count(*) FROM api_call`); n > 0 {
		t.Error("the readers are kept with the key")
	}
}

// There is a relay of each number that is listed, and no other.
func TestProgramAsksRelays(t *testing.T) {
	h := openHouse(t)
	if got := h.ask("POST", "relays/2/test", "").is(t, http.StatusOK); got["outcome"] != "good" {
		t.Errorf("%v", got)
	}
	for _, n := range []string{"0", "3", "x"} {
		h.ask("POST", "relays/"+n+"/test", "").fails(t, notFound, "")
	}
}
