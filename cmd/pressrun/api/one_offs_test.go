package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestProgramSetsAnIssueMovesOneAndTakesItBack(t *testing.T) {
	h := openHouse(t)
	berlin, err := time.LoadLocation("Europe/Berlin")
	ok(t, err)
	y, m, d := time.Now().In(berlin).AddDate(0, 0, 30).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format("2006-01-02")
	at := func(hour, minute int) string {
		return time.Date(y, m, d, hour, minute, 0, 0, berlin).UTC().Format(time.RFC3339)
	}
	from := "/next?count=3&from=" + at(0, 0)
	extra := h.ask("POST", "editions/weekly/one-offs", `{"at": "`+day+` 18:30", "why": "election night"}`).is(t, http.StatusCreated)
	moved := h.ask("POST", "editions/weekly/one-offs", `{"at": "`+at(9, 0)+`", "instead": "`+day+` 07:00"}`).is(t, http.StatusCreated)
	again := h.ask("POST", "editions/weekly/one-offs", `{"at": "`+day+` 18:30"}`).is(t, http.StatusOK)
	if again["id"] != extra["id"] || moved["kind"] != "moved" || extra["kind"] != "extra" {
		t.Errorf("extra %v, again %v, moved %v", extra, again, moved)
	}
	next := h.ask("GET", "editions/weekly"+from, "")
	for _, has := range []string{
		`{"at":"` + at(7, 0) + `","rest":"moved to`, `{"at":"` + at(9, 0) + `","one_off":{`, `{"at":"` + at(18, 30) + `","one_off":{`,
		`"why":"election night"`, `"by":"API: a program that may send"`,
	} {
		if !strings.Contains(next.text, has) {
			t.Errorf("next lacks %s: %s", has, next.text)
		}
	}
	if all := h.ask("GET", "editions/weekly/one-offs", "").is(t, http.StatusOK)["items"].([]any); len(all) != 2 {
		t.Errorf("the list has %v", all)
	}
	h.ask("DELETE", "editions/weekly/one-offs/"+fmt.Sprint(moved["id"]), "").is(t, http.StatusNoContent)
	h.ask("DELETE", "editions/weekly/one-offs/"+fmt.Sprint(moved["id"]), "").fails(t, notFound, "")
	if got := h.ask("GET", "editions/weekly"+from, "").text; !strings.Contains(got, `{"at":"`+at(7, 0)+`"}`) {
		t.Errorf("the run is not back: %s", got)
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE what = 'weekly' AND act LIKE 'one-off%' AND name LIKE 'API: %'`); n != 3 {
		t.Errorf("%d entries in the audit log", n)
	}
}

func TestWhatCannotBeSetIsRefusedWithTheField(t *testing.T) {
	h := openHouse(t)
	for _, c := range []struct {
		body, field string
		kind        kind
	}{
		{`{}`, "at", wrongField},
		{`{"at": "soon"}`, "at", wrongField},
		{`{"instead": "2027-03-28 02:30"}`, "instead", wrongField}, // clocks skip it
		{`{"at": "2020-01-01 07:00"}`, "", wrongField},
		{`{"at": "2999-01-01 07:00"}`, "", wrongField},
		{`{"at": "tomorrow 07:00"}`, "", conflict},
		{`{"instead": "tomorrow 07:01"}`, "instead", wrongField},
		{`{"at": "tomorrow 08:00", "why": "` + strings.Repeat("x", 201) + `"}`, "why", wrongField},
		{`{"when": "tomorrow 08:00"}`, "when", unknown},
	} {
		h.ask("POST", "editions/weekly/one-offs", c.body).fails(t, c.kind, c.field)
	}
	h.exec(`UPDATE edition SET paused = 1 WHERE slug = 'weekly'`)
	h.ask("POST", "editions/weekly/one-offs", `{"at": "tomorrow 08:00"}`).fails(t, conflict, "")
	if n := h.count(`SELECT count(*) FROM one_off o JOIN edition e ON e.id = o.edition_id WHERE e.slug = 'weekly'`); n != 0 {
		t.Errorf("%d were set", n)
	}
}
