package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFiguresAddUp(t *testing.T) {
	h := openHouse(t)
	h.furnishMore()
	h.ask("POST", "subscribers/1/unsubscribe", `{}`).is(t, 204)
	v := h.ask("GET", "statistics/readers?days=1", "").is(t, 200)
	today := time.Now().UTC().Format(time.DateOnly)
	got := map[string]string{}
	for _, g := range v["items"].([]any) {
		g := g.(map[string]any)
		got[fmt.Sprint(g["edition"])] = fmt.Sprint(g["day"], g["joined"], g["brought"], g["left"], g["dropped"], g["readers"])
	}
	if got["daily"] != fmt.Sprint(today, 0, 3, 1, 0, 2) || got["weekly"] != fmt.Sprint(today, 0, 5, 0, 0, 5) || fmt.Sprint(v["now"]) != "map[daily:2 weekly:5]" || v["since"] != today {
		t.Errorf("readers: %v", v)
	}
	h.exec(`UPDATE growth SET day = day - 1 WHERE edition = 'daily'`)
	h.exec(`INSERT INTO growth (edition, day, joined) SELECT edition, day + 1, 4 FROM growth WHERE edition = 'daily'`)
	days := h.ask("GET", "statistics/readers", "").is(t, 200)["items"].([]any)
	if len(days) != 3 || days[0].(map[string]any)["readers"] != 2.0 || days[1].(map[string]any)["readers"] != 6.0 || days[0].(map[string]any)["day"] == today {
		t.Errorf("over two days: %v", days)
	}

	n := h.ask("GET", "statistics/issues?edition=daily", "").is(t, 200)["items"].([]any)[0].(map[string]any)
	sum := n["arrived"].(float64) + n["failed"].(float64) + n["in_doubt"].(float64) + n["open"].(float64) + n["not_sent"].(float64)
	if n["prepared"] != 3.0 || sum != 3 || n["counts"].(map[string]any)["deferred"] != 1.0 {
		t.Errorf("the issue: %v", n)
	}
	if l := h.ask("GET", "statistics/issues?edition=weekly", "").is(t, 200)["items"].([]any); len(l) > 0 {
		t.Errorf("weekly: %v", l)
	}
}

func TestStatusSaysWhoIsAtWork(t *testing.T) {
	h := openHouse(t)
	at := func(v map[string]any, room string) any { return v[room].(map[string]any)["running"] }
	if v := h.ask("GET", "status", "").is(t, 200); at(v, "sender") != false || at(v, "scheduler") != false || len(v["sending"].([]any)) != 1 {
		t.Errorf("it says %v", v)
	}
	_, release, err := h.db.Acquire(t.Context(), "sender")
	ok(t, err)
	defer release()
	if v := h.ask("GET", "status", "").is(t, 200); at(v, "sender") != true || at(v, "scheduler") != false || fmt.Sprint(v["sources"]) != "map[well:1]" {
		t.Errorf("it says %v", v)
	}
}

func TestSourcesSayHowTheyDo(t *testing.T) {
	h := openHouse(t)
	h.exec(`INSERT INTO source (url) VALUES (?1)`, h.paper.URL+"/hook") // which is no feed
	health := func() any { t.Helper(); return h.ask("GET", "sources/2", "").is(t, 200)["health"] }
	states := []any{health()}
	for range 3 {
		h.exec(`UPDATE source SET next_at = 0`)
		if got := h.ask("POST", "sources/2/fetch", "").is(t, 200); got["error"] == nil || got["source"] != 2.0 {
			t.Errorf("fetched: %v", got)
		}
		states = append(states, health())
	}
	if fmt.Sprint(states) != "[never asked failing failing broken]" {
		t.Errorf("it is %v", states)
	}
	if got := h.ask("POST", "sources/1/fetch", "").is(t, 200); got["error"] != nil {
		t.Errorf("fetched: %v", got)
	}
	h.ask("POST", "articles?source=newsroom", `{"url":"https://paper.example/rain","title":"Rain"}`).is(t, 200)
	h.ask("POST", "sources/3/fetch", "").fails(t, conflict, "")
	h.ask("POST", "sources/9/fetch", "").fails(t, notFound, "")
}

func TestSourceIsTriedBeforeItIsAdded(t *testing.T) {
	h := openHouse(t)
	before := h.dump()
	try := func(path string) map[string]any {
		t.Helper()
		return h.ask("POST", "sources/try", `{"url":"`+h.paper.URL+path+`","section":"Culture"}`).is(t, 200)["items"].([]any)[0].(map[string]any)
	}
	p := try("/culture.rss")
	a := p["articles"].([]any)[0].(map[string]any)
	if p["known"] != false || p["found"] != 3.0 || a["section"] != "Culture" || a["title"] != "The ferry came back" {
		t.Errorf("it would give %v", p)
	}
	if p := try("/feed"); p["known"] != true {
		t.Errorf("one that is there: %v", p)
	}
	for _, body := range []string{`{"url":"` + h.paper.URL + `/hook"}`, `{"url":"http://192.168.0.1/feed"}`, `{"url":"file:///etc/passwd"}`} {
		h.ask("POST", "sources/try", body).fails(t, wrongField, "url")
	}
	if h.dump() != before {
		t.Error("something was saved")
	}
}

func TestEditionRestsAndGoesOn(t *testing.T) {
	h := openHouse(t)
	for _, paused := range []bool{true, true, false} {
		path := map[bool]string{true: "pause", false: "resume"}[paused]
		v := h.ask("POST", "editions/daily/"+path, "")
		if is := v.is(t, 200)["paused"]; is != paused || v.Header.Get("ETag") != h.ask("GET", "editions/daily", "").Header.Get("ETag") {
			t.Errorf("%s: %s", path, v.text)
		}
	}
	h.ask("POST", "editions/nightly/pause", "").fails(t, notFound, "")
}

func TestAuditLogSaysWhichProgram(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "editions/daily/pause", "").is(t, 200)
	e := h.ask("GET", "audit", "", "Authorization", "Bearer "+h.tokens["read"]).is(t, 200)["items"].([]any)[0].(map[string]any)
	if e["by"] != "the program a program that may send" || e["act"] != "pause-edition" || e["what"] != "daily" || e["editor"] != nil || !strings.HasSuffix(fmt.Sprint(e["at"]), "Z") {
		t.Errorf("the entry is %v", e)
	}
}
