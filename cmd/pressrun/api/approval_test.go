package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// asks makes the weekly one whose editors are asked.
func (h *house) asks(four bool) (e digest.Edition, seen string) {
	h.Helper()
	e, err := h.api.Digest.Edition(h.Context(), "weekly")
	ok(h.T, err)
	e.Approval = digest.Approval{Minutes: 30, Editors: []string{"mona@paper.example", "omar@paper.example"}, Silence: digest.SilenceHold, Four: four}
	e, err = h.api.Digest.PutEdition(h.Context(), e, time.Now())
	ok(h.T, err)
	return e, fmt.Sprintf(`{"slot":%q,"plan_version":1}`, h.next("weekly").UTC().Format(time.RFC3339))
}

func (h *house) approval() map[string]any {
	h.Helper()
	return h.ask("GET", "editions/weekly/draft", "").is(h.T, 200)["approval"].(map[string]any)
}

func TestProgramApprovesAndHolds(t *testing.T) {
	h := openHouse(t)
	_, seen := h.asks(false)
	if v := h.approval(); v["state"] != "waiting" || v["asks"] != true || v["four"] != false || v["slot"] == nil || len(v["editors"].([]any)) > 0 {
		t.Errorf("before, it is %v", v)
	}
	for range 2 { // twice is the same as once
		h.ask("POST", "editions/weekly/draft/approve", seen).is(t, 200)
	}
	v := h.approval()
	if v["state"] != "approved" || fmt.Sprint(v["editors"]) != "[the program a program that may send]" {
		t.Errorf("approved, it is %v", v)
	}
	h.ask("POST", "editions/weekly/plan/stories", `{"url":"`+h.paper.URL+`/story","version":1}`).is(t, 200)
	if v := h.approval(); v["state"] != "waiting" || v["changed"] != true {
		t.Errorf("changed, it is %v", v)
	}
	h.ask("POST", "editions/weekly/draft/approve", seen).fails(t, conflict, "plan_version")
	h.ask("POST", "editions/weekly/draft/hold", strings.Replace(seen, ":1}", ":2}", 1)).is(t, 200)
	if v := h.approval(); v["state"] != "held" {
		t.Errorf("held, it is %v", v)
	}
	for body, field := range map[string]string{
		`{"plan_version":2}`: "slot", `{"slot":"tomorrow","plan_version":2}`: "slot", `{"slot":"2026-11-24T06:00:00Z"}`: "plan_version",
	} {
		h.ask("POST", "editions/weekly/draft/approve", body).fails(t, wrongField, field)
	}
	h.ask("POST", "editions/weekly/draft/approve", `{"slot":"2026-11-20T06:00:00Z","plan_version":2}`).fails(t, conflict, "slot")
	h.ask("POST", "editions/weekly/pause", "").is(t, 200)
	h.ask("POST", "editions/weekly/draft/approve", seen).fails(t, conflict, "")
	if v := h.approval(); v["slot"] != nil {
		t.Errorf("paused, it is %v", v)
	}
}

// Where two editors must approve, nothing that a program does stands in for one of them.
func TestFourEyesAreThoseOfPeople(t *testing.T) {
	h := openHouse(t)
	e, seen := h.asks(true)
	refused := func(why, method, path, body, field string, header ...string) {
		t.Helper()
		before := h.dump()
		h.ask(method, path, body, header...).fails(t, needsEditor, field)
		if h.dump() != before {
			t.Errorf("%s: it is refused, and something changed", why)
		}
	}
	refused("approving", "POST", "editions/weekly/draft/approve", seen, "")
	refused("sending at once", "POST", "editions/weekly/issues", "", "", key, "a")
	h.exec(`DELETE FROM api_call`)
	shown := h.ask("GET", "editions/weekly", "").text
	for _, changed := range []string{
		strings.Replace(shown, `"four":true`, `"four":false`, 1), strings.Replace(shown, `"minutes":30`, `"minutes":0`, 1),
		strings.Replace(shown, "omar@paper.example", "program@paper.example", 1), strings.Replace(shown, `"silence":"hold"`, `"silence":""`, 1),
	} {
		if changed == shown {
			t.Fatalf("nothing is changed in %s", shown)
		}
		refused("changing who is asked", "PUT", "editions/weekly", changed, "approval")
	}
	later := strings.NewReplacer(`"cron":"0 7 * * *"`, `"cron":"0 8 * * *"`, "07:00", "08:00").Replace(shown)
	if later == shown {
		t.Fatalf("no time is changed in %s", shown)
	}
	refused("another schedule", "PUT", "editions/weekly", later, "schedule")
	refused("one issue more", "POST", "editions/weekly/one-offs", `{"at": "tomorrow 08:00"}`, "")
	refused("another time", "POST", "editions/weekly/one-offs", `{"at": "tomorrow 08:00", "instead": "tomorrow 07:00"}`, "")
	h.ask("PUT", "editions/weekly", strings.Replace(shown, `"max":10`, `"max":9`, 1)).is(t, 200)
	h.ask("POST", "editions/weekly/pause", "").is(t, 200)
	refused("sending a paused one", "POST", "editions/weekly/issues", "", "", key, "b")
	h.ask("POST", "editions/weekly/resume", "").is(t, 200)

	// One editor and a program are not two editors.
	answer := func(by string, hold bool) {
		t.Helper()
		_, err := h.api.Digest.AnswerQuestion(h.Context(), e, digest.Answer{Slot: h.next("weekly"), Editor: by, Hold: hold, Plan: 1}, time.Now())
		ok(t, err)
	}
	answer("mona@paper.example", false)
	refused("beside one editor", "POST", "editions/weekly/draft/approve", seen, "")
	refused("sending beside one editor", "POST", "editions/weekly/issues", "", "", key, "c")
	h.ask("POST", "editions/weekly/draft/hold", seen).is(t, 200)
	answer("mona@paper.example", false)
	answer("omar@paper.example", false)
	refused("sending before they have the draft, as an issue of its own", "POST", "editions/weekly/issues", "", "", key, "d")
	e.Approval.Minutes = 24 * 60 // they have it
	_, err := h.api.Digest.PutEdition(h.Context(), e, time.Now())
	ok(t, err)
	if made := h.ask("POST", "editions/weekly/issues", "", key, "e").is(t, 201); made["state"] != "posted" {
		t.Errorf("what two editors approved is %v", made)
	}
}

func TestWhatAnEditorHoldsNoProgramLetsGo(t *testing.T) {
	h := openHouse(t)
	e, seen := h.asks(false)
	_, err := h.api.Digest.AnswerQuestion(h.Context(), e, digest.Answer{Slot: h.next("weekly"), Editor: "mona@paper.example", Hold: true, Plan: 1}, time.Now())
	ok(t, err)
	h.ask("POST", "editions/weekly/draft/approve", seen).fails(t, needsEditor, "")
	h.ask("POST", "editions/weekly/issues", "", key, "a").fails(t, needsEditor, "")
	h.ask("POST", "editions/weekly/draft/hold", seen).is(t, 200)
	h.ask("POST", "editions/weekly/draft/approve", seen).fails(t, needsEditor, "")
	run := h.next("weekly").UTC()
	h.ask("POST", "editions/weekly/one-offs", fmt.Sprintf(`{"instead": %q, "at": %q}`, run.Format(time.RFC3339), run.Add(time.Minute).Format(time.RFC3339))).fails(t, needsEditor, "")
	skip, _, err := h.api.Digest.PutOneOff(h.Context(), e, digest.OneOff{Instead: run.AddDate(0, 0, 1), Editor: "Mona"}, time.Now())
	ok(t, err)
	h.ask("DELETE", fmt.Sprint("editions/weekly/one-offs/", skip.ID), "").fails(t, needsEditor, "")
	if n := h.count(`SELECT count(*) FROM issue WHERE edition_id = ?1`, e.ID); n > 0 {
		t.Errorf("there are %d issues", n)
	}
}

// An issue that was held because nobody was there goes out at a program's word, once.
func TestHeldIssueIsReleased(t *testing.T) {
	h := openHouse(t)
	h.furnishMore()
	body := fmt.Sprintf(`{"slot":%q}`, h.held.UTC().Format(time.RFC3339))
	if v := h.approval(); len(v["held"].([]any)) != 1 {
		t.Fatalf("the approval is %v", v)
	}
	h.ask("POST", "editions/weekly/draft/release", `{"slot":"2026-11-20T06:00:00Z"}`).fails(t, conflict, "slot")
	v := h.ask("POST", "editions/weekly/draft/release", body).is(t, 200)
	if len(v["held"].([]any)) > 0 {
		t.Errorf("released, it is %v", v)
	}
	e, err := h.api.Digest.Edition(h.Context(), "weekly")
	ok(t, err)
	if all, err := h.api.Digest.Released(h.Context(), e, time.Now()); err != nil || len(all) != 1 || !strings.Contains(all[0].Reason, "then the program a program that may send let it go") {
		t.Errorf("released are %v %v", all, err)
	}
}

func TestTestGoesToOneAddress(t *testing.T) {
	h := openHouse(t)
	h.furnishMore()
	h.ask("POST", "editions/weekly/draft/test", `{"to":"mona"}`).fails(t, wrongField, "to")
	h.ask("POST", "editions/weekly/draft/test", `{"to":"weekly2@readers.example"}`).fails(t, conflict, "to")
	for range 2 { // by mistake
		h.ask("POST", "editions/weekly/draft/test", `{"to":"mona@paper.example"}`, key, "a").is(t, 200)
	}
	h.mail.fail = errors.New("554 5.7.1 <omar@paper.example> is not welcome")
	h.ask("POST", "editions/weekly/draft/test", `{"to":"omar@paper.example"}`).fails(t, noRelay, "")
	h.mail.fail = nil
	if len(h.mail.sent) != 1 || h.mail.sent[0] != "mona@paper.example" {
		t.Errorf("sent to %q", h.mail.sent)
	}
	if log := h.log.String(); strings.Contains(log, "paper.example ") || strings.Contains(log, "mona@") || strings.Contains(log, "omar@") {
		t.Errorf("the log is\n%s", log)
	}
	for range testPace.AtOnce - 2 {
		h.ask("POST", "editions/weekly/draft/test", `{"to":"mona@paper.example"}`).is(t, 200)
	}
	a := h.ask("POST", "editions/weekly/draft/test", `{"to":"mona@paper.example"}`)
	if a.fails(t, tooMany, ""); a.Header.Get("Retry-After") == "" {
		t.Errorf("it says %v", a.Header)
	}
	h.exec(`UPDATE article SET published = 1, updated = 1, first_seen = 1`)
	h.ask("POST", "editions/weekly/draft/test", `{"to":"mona@paper.example"}`).fails(t, conflict, "")
}

func TestStoryIsAddedByItsAddress(t *testing.T) {
	h := openHouse(t)
	for body, k := range map[string]kind{
		`{"url":"ftp://x","version":1}`: wrongField, `{"version":1}`: wrongField, `{"url":"` + h.paper.URL + `/story"}`: wrongField,
		`{"url":"` + h.paper.URL + `/story","version":7}`: conflict, `{"url":"http://192.168.0.1/story","version":1}`: wrongField,
	} {
		if a := h.ask("POST", "editions/weekly/plan/stories", body); a.StatusCode != k.status {
			t.Errorf("%s answers %d %s", body, a.StatusCode, a.text)
		}
	}
	plan := h.ask("POST", "editions/weekly/plan/stories", `{"url":"`+h.paper.URL+`/story","version":1}`)
	if v := plan.is(t, 200); len(v["pinned"].([]any)) != 1 || v["note"] != "From the harbour." || plan.Header.Get("ETag") != `"2"` {
		t.Errorf("the plan is %s", plan.text)
	}
	letter := h.ask("GET", "editions/weekly/draft/letters/en", "")
	if v := letter.is(t, 200); !strings.Contains(fmt.Sprint(v["text"]), "Rain at last") || !strings.Contains(fmt.Sprint(v["html"]), "Rain at last") {
		t.Errorf("the letter is %s", letter.text)
	}
	h.ask("GET", "editions/weekly/draft/letters/ar", "").fails(t, notFound, "")
}

func TestRulesAreTriedOnThePast(t *testing.T) {
	h := openHouse(t)
	before := h.dump()
	v := h.ask("POST", "editions/daily/replay", `{"rules":{"max":1}}`).is(t, 200)["items"].([]any)[0].(map[string]any)
	if v["stories"] != 3.0 || v["would"] != 1.0 || len(v["removed"].([]any)) != 2 {
		t.Errorf("with one story: %v", v)
	}
	v = h.ask("POST", "editions/daily/replay", `{}`).is(t, 200)["items"].([]any)[0].(map[string]any)
	if v["would"] != 3.0 || len(v["removed"].([]any)) > 0 {
		t.Errorf("with the present rules: %v", v)
	}
	h.ask("POST", "editions/daily/replay", `{"days":400}`).fails(t, wrongField, "days")
	h.ask("POST", "editions/daily/replay", `{"rules":{"max_age":"soon"}}`).fails(t, wrongField, "rules.max_age")
	if h.dump() != before {
		t.Error("something was saved")
	}
}
