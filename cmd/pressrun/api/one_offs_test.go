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
		`"why":"election night"`, `"by":"the program a program that may send"`,
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
	if n := h.count(`SELECT count(*) FROM audit WHERE what = 'weekly' AND act LIKE 'one-off%' AND name LIKE 'the program %' AND detail NOT GLOB '[0-9]*'`); n != 3 {
		t.Errorf("%d entries in the audit log", n)
	}
}

// A time that clocks have twice is the first, and the answer says so, also when it is asked
// again.
func TestTimeThatClocksHaveTwiceIsSaid(t *testing.T) {
	h := openHouse(t)
	e, err := h.api.Digest.Edition(t.Context(), "weekly")
	ok(t, err)
	var back time.Time // when the clocks of one or the other go back next
	for _, zone := range []string{"Europe/Berlin", "Australia/Sydney"} {
		in, err := time.LoadLocation(zone)
		ok(t, err)
		_, end := time.Now().In(in).ZoneBounds()
		if !end.Add(-time.Second).In(in).IsDST() {
			_, end = end.ZoneBounds()
		}
		if back.IsZero() || end.Before(back) {
			back, e.Schedule.Zone = end, zone
		}
	}
	_, err = h.api.Digest.PutEdition(t.Context(), e, time.Now())
	ok(t, err)
	body := `{"at": "` + back.Format("2006-01-02") + ` 02:30"}`
	first := back.Add(-30 * time.Minute).UTC().Format(time.RFC3339)
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		if o := h.ask("POST", "editions/weekly/one-offs", body).is(t, status); o["twice"] != true || o["at"] != first {
			t.Errorf("%s is %v, want %s, twice", body, o, first)
		}
	}
	if o := h.ask("POST", "editions/weekly/one-offs", `{"at": "tomorrow 08:30"}`).is(t, http.StatusCreated); o["twice"] != nil {
		t.Errorf("another is %v", o)
	}
}

// Of two times that cannot be read, the first is named, each time.
func TestFieldThatIsWrongIsTheSameEachTime(t *testing.T) {
	h := openHouse(t)
	for range 8 {
		h.ask("POST", "editions/weekly/one-offs", `{"at": "soon", "instead": "later"}`).fails(t, wrongField, "at")
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
