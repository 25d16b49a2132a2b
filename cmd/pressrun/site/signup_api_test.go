package site

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func (l *lobby) call(t *testing.T, body string, header ...string) answer {
	t.Helper()
	return l.ask(t, "POST", l.URL+"/api/subscribe", "application/json", body, header...)
}

func TestProgramSignsUp(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	a := l.call(t, `{"email": "mona@example.org", "editions": ["daily", "weekend"], "topics": ["culture"], "frequency": "weekly", "weekday": 1,
		"language": "ar", "format": "text", "page": "https://wire.example/join?x=1"}`)
	if a.StatusCode != http.StatusAccepted || a.Header.Get("Content-Type") != "application/json" || a.text != `{"status":"accepted"}`+"\n" {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	mails := l.mails(t)
	if len(mails) != 1 || strings.Contains(mails[0], "text/html") {
		t.Fatalf("%d mails, with HTML for a reader of text: %q", len(mails), mails)
	}
	for _, want := range []string{"Culture", "weekly|1|", "https://wire.example/join|", "|api", "daily\nweekend"} {
		if found := l.dumpTable(t, "signup"); !strings.Contains(found, want) {
			t.Errorf("%q is not in %s", want, found)
		}
	}
}

func TestProgramIsToldWhichFieldIsWrong(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	for _, c := range []struct {
		body, kind string
		status     int
		field      string
	}{
		{`{"email": "mona@example"}`, "application/json", 422, "email"},
		{`{"email": "mona@example.org"}`, "application/json", 422, "editions"},
		{`{"email": "mona@example.org", "editions": ["nightly"]}`, "application/json", 422, "editions"},
		{`{"email": "mona@example.org", "editions": ["daily"], "topics": ["Chess"]}`, "application/json", 422, "topics"},
		{`{"email": "mona@example.org", "editions": ["daily"], "frequency": "hourly"}`, "application/json", 422, "frequency"},
		{`{"email": "mona@example.org", "editions": ["daily"], "frequency": "weekly", "weekday": 8}`, "application/json", 422, "weekday"},
		{`{"email": "mona@example.org", "editions": ["daily"], "language": "de"}`, "application/json", 422, "language"},
		{`{"email": "mona@example.org", "editions": ["daily"], "format": "pdf"}`, "application/json", 422, "format"},
		{`{"email": "mona@example.org", "name": "Mona"}`, "application/json", 400, ""},
		{`{"email": `, "application/json", 400, ""},
		{`{} {}`, "application/json", 400, ""},
		{`{"email": "` + strings.Repeat("m", 70_000) + `"}`, "application/json", 413, ""},
		{`email=mona@example.org`, formEncoded, 415, ""},
	} {
		a := l.ask(t, "POST", l.URL+"/api/subscribe", c.kind, c.body)
		var p problem
		if err := json.Unmarshal([]byte(a.text), &p); err != nil {
			t.Errorf("%.60s: %v in %s", c.body, err, a.text)
		}
		if a.StatusCode != c.status || p.Status != c.status || p.Field != c.field || p.Title == "" || p.Detail == "" || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%.60s: %d %s", c.body, a.StatusCode, a.text)
		}
	}
	if log := l.log.String(); strings.Contains(log, "example") {
		t.Errorf("the log has an address:\n%s", log)
	}
}

func TestProgramWorksOrWaitsInASurge(t *testing.T) {
	l := openLobby(t, Signups{Limits: Limits{Network: 1, NetworkHour: -1}})
	from := []string{"X-Forwarded-For", "203.0.113.9"}
	l.call(t, `{"email": "first@example.org", "editions": ["daily"]}`, from...)
	a := l.call(t, `{"email": "mona@example.org", "editions": ["daily"]}`, from...)
	var p problem
	ok(t, json.Unmarshal([]byte(a.text), &p))
	if p.Type != workNeeded || p.Pieces != workPieces || p.Bits != workBits || p.Token == "" {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	again, err := json.Marshal(call{Email: "mona@example.org", Editions: []string{"daily"}, Token: p.Token, Work: solve(p.Token, "mona@example.org")})
	ok(t, err)
	if a := l.call(t, string(again), from...); a.StatusCode != http.StatusAccepted {
		t.Errorf("with the work done: %d %s", a.StatusCode, a.text)
	}
}

func TestOnlyThePapersPagesCallFromABrowser(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits, Origins: []string{"https://wire.example"}})
	for origin, allowed := range map[string]string{"https://wire.example": "https://wire.example", "https://evil.example": "", "null": ""} {
		a := l.ask(t, "OPTIONS", l.URL+"/api/subscribe", "", "", "Origin", origin, "Access-Control-Request-Method", "POST")
		if got := a.Header.Get("Access-Control-Allow-Origin"); got != allowed {
			t.Errorf("%s: %q, want %q", origin, got, allowed)
		}
	}
}
