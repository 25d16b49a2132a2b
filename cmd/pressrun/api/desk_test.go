package api

import (
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/subscribers"
)

func TestEditionThatWasReadCanBeWrittenBack(t *testing.T) {
	h := openHouse(t)
	before := h.ask("GET", "editions/daily", "")
	before.is(t, 200)
	after := h.ask("PUT", "editions/daily", before.text, "If-Match", before.Header.Get("ETag"))
	after.is(t, 200)
	if d := cmp.Diff(before.text, after.text); d != "" {
		t.Error(d)
	}
	changed := strings.Replace(before.text, `"max":10`, `"max":4`, 1)
	h.ask("PUT", "editions/daily", changed, "If-Match", before.Header.Get("ETag")).is(t, 200)
	h.ask("PUT", "editions/daily", before.text, "If-Match", before.Header.Get("ETag")).fails(t, stale, "")
	h.ask("PUT", "editions/nightly", before.text, "If-Match", "*").fails(t, stale, "")
	rules := h.ask("GET", "editions/daily", "").is(t, 200)["rules"].(map[string]any)
	if rules["max"] != 4.0 || rules["max_age"] != "3d" {
		t.Errorf("the rules are %v", rules)
	}
}

func TestWrongEditionsAreRefusedByField(t *testing.T) {
	h := openHouse(t)
	for _, c := range []struct{ path, body, field string }{
		{"daily", `{"slug":"weekly","name":"D","languages":["en"]}`, "slug"},
		{"daily", `{"name":"D","languages":["en"],"rules":{"max_age":"soon"}}`, "rules.max_age"},
		{"daily", `{"name":"D","languages":["en"],"rules":{"max_age":"-3h"}}`, "rules.max_age"},
		{"daily", `{"name":"D","languages":["en"],"rules":{"max":"ten"}}`, "rules.max"},
		{"daily", `{"name":"D","languages":["en"],"schedule":{"plain":"now and then"}}`, "schedule.plain"},
		{"daily", `{"name":"D","languages":["en"],"schedule":{"plain":"daily 07:00","cron":"0 8 * * *"}}`, "schedule.plain"},
		{"daily", `{"name":"D","languages":["en"],"schedule":{"cron":"every morning"}}`, "schedule"},
		{"daily", `{"name":"D","languages":["en"],"schedule":{"zone":"Riyadh"}}`, "schedule"},
		{"daily", `{"name":"D","languages":["en"],"approval":{"minutes":-1}}`, "approval"},
		{"My%20List", `{"name":"D","languages":["en"]}`, ""},
	} {
		h.ask("PUT", "editions/"+c.path, c.body).fails(t, wrongField, c.field)
	}
	if n := h.count(`SELECT count(*) FROM edition`); n != 2 {
		t.Errorf("there are %d editions", n)
	}
}

func TestPlanIsChangedByWhoSawTheLastOne(t *testing.T) {
	h := openHouse(t)
	seen := h.ask("GET", "editions/weekly/plan", "")
	if seen.is(t, 200)["version"] != 1.0 || seen.Header.Get("ETag") != `"1"` {
		t.Fatalf("the plan is %s %s", seen.text, seen.Header.Get("ETag"))
	}
	h.ask("PUT", "editions/weekly/plan", `{"lead":3}`).fails(t, needsMatch, "")
	if v := h.ask("PUT", "editions/weekly/plan", `{"lead":3}`, "If-Match", `"1"`).is(t, 200); v["version"] != 2.0 {
		t.Errorf("the new plan is %v", v)
	}
	h.ask("PUT", "editions/weekly/plan", `{"lead":2}`, "If-Match", `"1"`).fails(t, stale, "")
	h.ask("PUT", "editions/weekly/plan", `{"lead":2,"version":1}`).fails(t, conflict, "")
	h.ask("PUT", "editions/weekly/plan", `{"lead":2,"version":1}`, "If-Match", `"2"`).is(t, 200)

	stories := h.ask("GET", "editions/weekly/draft", "").is(t, 200)["stories"].([]any)
	lead := stories[0].(map[string]any)
	if lead["id"] != 2.0 || lead["lead"] != true || lead["reason"].(map[string]any)["code"] != "lead" {
		t.Errorf("the draft leads with %v", lead)
	}
}

func TestArticlesThatAreHandedOverGoIntoTheNextIssue(t *testing.T) {
	h := openHouse(t)
	item := `{"url":"https://paper.example/rain","title":"Rain at last","date_published":"2026-11-23T06:00:00Z"}`
	for round, want := range []float64{1, 0} {
		got := h.ask("POST", "articles?source=newsroom&section=City&language=en", item).is(t, 200)
		if got["source"] != "handed:newsroom" || got["found"] != 1.0 || got["new"] != want {
			t.Errorf("round %d: %v", round, got)
		}
	}
	draft := h.ask("GET", "editions/weekly/draft?at="+url.QueryEscape("2026-11-23T09:00:00+03:00"), "")
	if draft.is(t, 200)["at"] != "2026-11-23T06:00:00Z" || !strings.Contains(draft.text, "Rain at last") {
		t.Errorf("the draft is %s", draft.text)
	}
	h.ask("POST", "articles", `{"title":"Nothing to link to"}`).fails(t, unreadable, "")
	h.ask("POST", "articles", `{"url":`).fails(t, unreadable, "")
	h.ask("POST", "articles?language=elvish-language", item).fails(t, wrongParam, "language")
	h.ask("POST", "articles", `{"title":"`+strings.Repeat("x", maxArticles)+`"}`).fails(t, tooLarge, "")
	big := `{"url":"https://paper.example/long","title":"Long","content_text":"` + strings.Repeat("word ", 3<<20/5) + `"}`
	h.ask("POST", "articles", big).is(t, 200)
}

func TestSourcesThatCannotBeReadAreNotAdded(t *testing.T) {
	h := openHouse(t)
	for body, field := range map[string]string{
		`{"url":"ftp://paper.example"}`:                                "url",
		`{"url":"` + h.paper.URL + `/x","kind":"folder"}`:              "kind",
		`{"url":"` + h.paper.URL + `/x","kind":"page"}`:                "selectors.item",
		`{"url":"http://192.168.0.1/feed"}`:                            "url", // nobody allowed that network
		`{"url":"` + h.paper.URL + `/hook"}`:                           "url", // no feed
		`{"url":"` + h.paper.URL + `/x","language":"elvish-language"}`: "language",
	} {
		h.ask("POST", "sources", body).fails(t, wrongField, field)
	}
	h.ask("POST", "sources", `{"url":"`+h.paper.URL+`/feed"}`).fails(t, conflict, "url")
	if n := h.count(`SELECT count(*) FROM source`); n != 1 {
		t.Errorf("there are %d sources", n)
	}
}

func TestNothingIsSentBeforeTheIssueThatIsUnderWay(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "editions/daily/issues", "").fails(t, needsKey, "")
	h.ask("POST", "editions/daily/issues", "", key, "a").fails(t, conflict, "") // issue 1 has mails to go
	h.ask("POST", "issues/1/cancel", "").is(t, 200)
	skipped := h.ask("POST", "editions/daily/issues", "", key, "a").is(t, 200) // which took all stories
	if skipped["state"] != "skipped" || skipped["reason"] == "" {
		t.Errorf("it made %v", skipped)
	}
	h.exec(`UPDATE subscription SET state = 'unsubscribed' WHERE edition = 'weekly'`)
	h.ask("POST", "editions/weekly/issues", "", key, "b").fails(t, conflict, "")
}

func TestIssueIsPausedResumedAndEnded(t *testing.T) {
	h := openHouse(t)
	state := func(path string) any { t.Helper(); return h.ask("POST", "issues/1/"+path, "").is(t, 200)["state"] }
	got := []any{state("pause"), state("pause"), state("resume"), state("resume"), state("cancel"), state("cancel")}
	if d := cmp.Diff([]any{"paused", "paused", "running", "running", "cancelled", "cancelled"}, got); d != "" {
		t.Error(d)
	}
	h.ask("POST", "issues/1/pause", "").fails(t, conflict, "")
	h.ask("POST", "issues/1/resume", "").fails(t, conflict, "")
	counts := h.ask("GET", "issues/1/progress", "").is(t, 200)["counts"].(map[string]any)
	if counts["cancelled"] != 3.0 || counts["queued"] != 0.0 {
		t.Errorf("counts %v", counts)
	}
	if checked := h.ask("GET", "issues/1/verify", "").is(t, 200); checked["checked"] != 3.0 || len(checked["faults"].([]any)) > 0 {
		t.Errorf("verified %v", checked)
	}
	acts := ""
	h.exec(`CREATE TABLE acts AS SELECT group_concat(name || ' ' || act || ' ' || what || ' ' || detail, char(10)) AS text FROM audit`)
	ok(t, h.db.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(`SELECT text FROM acts`).Scan(&acts) }))
	if !strings.Contains(acts, "the program a program that may send pause issue 1 paused by the program a program that may send\n") || !strings.HasSuffix(acts, "cancel issue 1 0 not sent") {
		t.Errorf("the audit log says\n%s", acts)
	}
}

func TestStoryIsPulledForAReason(t *testing.T) {
	h := openHouse(t)
	h.ask("GET", "issues/1/letters/ar", "").fails(t, notFound, "")
	if whole := h.ask("GET", "issues/1/letters/en", "").is(t, 200); !strings.Contains(fmt.Sprint(whole["text"]), "Harbour pilots") {
		t.Errorf("the letter is %v", whole)
	}
	h.ask("POST", "issues/1/stories/2/pull", `{}`).fails(t, wrongField, "why")
	if got := h.ask("POST", "issues/1/stories/2/pull", `{"why":"withdrawn"}`).is(t, 200); got["readers"] != 3.0 {
		t.Errorf("pulled: %v", got)
	}
	if without := h.ask("GET", "issues/1/letters/en", "").is(t, 200); strings.Contains(fmt.Sprint(without["text"]), "Harbour pilots") {
		t.Errorf("the letter is %v", without)
	}
	h.ask("POST", "issues/1/stories/2/pull", `{"why":"withdrawn"}`).fails(t, notFound, "")
	h.ask("POST", "issues/1/stories/1/pull", `{"why":"withdrawn"}`).is(t, 200)
	h.ask("POST", "issues/1/stories/3/pull", `{"why":"withdrawn"}`).fails(t, conflict, "")
}

// Lists are read page by page, and every thing is on one of them.
func TestListsAreReadPageByPage(t *testing.T) {
	h := openHouse(t)
	for n := range 4 {
		h.exec(`INSERT INTO issue (edition_id, slot, number, created, state, reason) VALUES (1, ?1, ?2, 1, 'posted', '')`, n+1, n+2)
		if n < 2 { // there is one of each
			h.exec(`INSERT INTO source (url) VALUES ('https://paper.example/' || ?1)`, n)
			h.exec(`INSERT INTO webhook (url, salt, events, created) VALUES ('https://paper.example', x'00', '', 1)`)
			h.exec(`INSERT INTO run (issue_id, edition, state, doubt, useful_until, posted_at) SELECT ?1, edition, state, doubt, useful_until, posted_at FROM run WHERE issue_id = 1`, n+100)
			h.exec(`INSERT INTO delivery (issue_id, subscriber_id, state, dated_at, changed_at) VALUES (?1, 1, 'sent', 1, 1)`, n+100)
		}
		if n < 3 {
			h.exec(`INSERT INTO import (edition, evidence, at) VALUES ('daily', 'e', 1)`)
			ok(t, h.api.Staff.Note(t.Context(), staff.Entry{Name: "Mona", Act: "plan", At: time.Now()}))
			ok(t, h.api.Readers.Suppress(t.Context(), h.address(fmt.Sprintf("weekly%d@readers.example", n+1)), subscribers.ReasonOperator, "", time.Now()))
		}
		h.exec(`INSERT INTO webhook_delivery (webhook_id, name, event, body, created, state, due_at) VALUES (1, 'm', 'issue.sent', '{}', 1, 'sent', 1)`)
	}
	for path, want := range map[string]string{
		"subscribers?":                      "[1 2] [3 4] [5 6]",
		"subscribers?edition=daily&":        "[1 2] [3]",
		"subscribers?search=weekly&":        "[4 5] [6]",
		"issues/1/deliveries?state=queued&": "[1 2] [3]",
		"editions/daily/issues?":            "[5 4] [3 2] [1]",
		"webhooks/1/deliveries?":            "[1 2] [3 4]",
		"runs?":                             "[5 4] [3 2] [1]",
		"runs?edition=daily&":               "[5 4] [3 2] [1]",
		"statistics/issues?":                "[] [] [1]", // the others were never handed over
		"editions?":                         "[daily weekly]",
		"sources?":                          "[1 2] [3]",
		"webhooks?":                         "[1 2] [3]",
		"imports?":                          "[3 2] [1]",
		"audit?":                            "[3 2] [1]",
		"suppressions?":                     "[4 5] [6]",
		"subscribers/1/deliveries?":         "[101 100] [1]",
	} {
		var pages []string
		for next := ""; ; {
			got := h.ask("GET", path+"limit=2&cursor="+next, "").is(t, 200)
			var page []any
			for _, item := range got["items"].([]any) {
				for _, field := range []string{"number", "slug", "issue", "subscriber", "id"} {
					if v, there := item.(map[string]any)[field]; there {
						page = append(page, v)
						break
					}
				}
			}
			pages = append(pages, fmt.Sprint(page))
			if next, _ = got["next"].(string); next == "" || len(pages) > 9 {
				break
			}
		}
		if got := strings.Join(pages, " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	foreign, _ := h.ask("GET", "subscribers?limit=2", "").is(t, 200)["next"].(string)
	for path, field := range map[string]string{
		"subscribers?limit=0": "limit", "subscribers?limit=501": "limit", "subscribers?limit=ten": "limit", "subscribers?cursor=Zm9v": "cursor",
		"issues/1/deliveries?state=queued&cursor=" + foreign: "cursor", "issues/1/deliveries": "state", "issues/1/deliveries?state=lost": "state",
		"subscribers?state=asleep": "state", "editions/daily/next?count=501": "count", "editions/daily/next?from=today": "from",
		"runs?edition=nightly": "edition", "statistics/readers?days=367": "days", "audit?cursor=" + foreign: "cursor",
		"subscribers/1/why": "issue", "subscribers/1/why?issue=one": "issue",
	} {
		h.ask("GET", path, "").fails(t, wrongParam, field)
	}
}

func TestReadersAreAddedLeaveAndAreSuppressed(t *testing.T) {
	h := openHouse(t)
	for body, field := range map[string]string{
		`{"email":"x","edition":"daily","consent":"c"}`:                                              "email",
		`{"email":"x@readers.example","edition":"daily"}`:                                            "consent",
		`{"email":"x@readers.example","edition":"nightly","consent":"c"}`:                            "edition",
		`{"email":"x@readers.example","edition":"daily","consent":"c","format":"pdf"}`:               "format",
		`{"email":"x@readers.example","edition":"daily","consent":"c","language":"elvish-language"}`: "language",
	} {
		h.ask("POST", "subscribers", body).fails(t, wrongField, field)
	}
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"weekly"}`).fails(t, wrongField, "edition")
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"daily"}`).is(t, 204)
	h.ask("POST", "suppressions", `{"email":"x","reason":"left"}`).fails(t, wrongField, "email")
	h.ask("POST", "suppressions", `{"email":"x@readers.example","reason":"left"}`).fails(t, wrongField, "reason")
	h.ask("POST", "suppressions", `{"email":"DAILY1@readers.example","note":"asked by telephone"}`).is(t, 204)
	got := h.ask("GET", "subscribers/1", "").is(t, 200)
	state := got["subscriptions"].([]any)[0].(map[string]any)["state"]
	why := got["suppressions"].([]any)[0].(map[string]any)
	acts := len(got["consents"].([]any))
	if state != "unsubscribed" || got["suppressed"] != true || why["note"] != "asked by telephone" || why["reason"] != "operator" || acts != 2 {
		t.Errorf("the reader is %v", got)
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE what || detail LIKE '%@%'`); n > 0 {
		t.Errorf("%d entries of the audit log have an address", n)
	}
}
