package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Another program hands over a story, sends an issue, and is told when it is through.
func TestProgramSendsAnIssueAndIsToldOfIt(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 3)
	var mu sync.Mutex
	var told []string
	program := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		told = append(told, string(body))
	}))
	defer program.Close()
	token, _ := h.run(0, "tokens", "add", "newsroom", "--scope", "send")
	h.run(0, "webhooks", "add", program.URL+"/hook", "--event", "issue.sent")
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	ask := func(method, path, body string, status int) (v map[string]any) {
		t.Helper()
		r, err := http.NewRequest(method, "http://"+h.address()+"/api/v1/"+path, strings.NewReader(body))
		ok(t, err)
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "of "+path)
		res, err := http.DefaultClient.Do(r)
		ok(t, err)
		defer res.Body.Close()
		if err := json.NewDecoder(res.Body).Decode(&v); err != nil || res.StatusCode != status {
			t.Fatalf("%s %s answers %d %v: %v", method, path, res.StatusCode, v, err)
		}
		return v
	}
	ask("GET", "openapi.json", "", 200)
	ask("POST", "articles", `{"url":"`+h.paper.URL+`/article/1","title":"Rain at last"}`, 200)
	for range 2 { // the second time by mistake
		if made := ask("POST", "editions/daily/issues", "", 201); made["id"] != 1.0 {
			t.Errorf("it made %v", made)
		}
	}
	h.relay.wait(t, 3)
	eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(told) > 0 })
	mu.Lock()
	if len(told) != 1 || !strings.Contains(told[0], `"type":"issue.sent"`) || !strings.Contains(told[0], `"sent":3`) {
		t.Errorf("told %q", told)
	}
	mu.Unlock()
	if why := ask("GET", "subscribers/1/why?issue=1", "", 200); why["state"] != "sent" || why["reason"] == "" {
		t.Errorf("reader 1 got it because %v", why)
	}
	h.onceEach(3)
	if by := h.sql(`SELECT name || ' ' || act || ' ' || what FROM audit ORDER BY id DESC LIMIT 2`); !slices.Equal(by, []string{"the program newsroom send daily", "the program newsroom hand-over handed:newsroom"}) {
		t.Errorf("the audit log says %q", by)
	}
	if status, _ := get(t, "http://"+h.address()+"/"); status != 200 {
		t.Errorf("the front page answers %d", status)
	}
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
	if log := serve.stderr.String(); strings.Contains(log, "ERROR") || strings.Contains(log, strings.TrimSpace(token)) {
		t.Errorf("the log is\n%s", log)
	}
}

// What a program asks before it sends is answered by the rooms that the desk asks, too: the
// test goes through the relay, and the checks ask it.
func TestProgramLooksBeforeItSends(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 3)
	token, _ := h.run(0, "tokens", "add", "newsroom", "--scope", "send")
	h.run(0, "fetch")
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	ask := func(method, path, body string) string {
		t.Helper()
		r, err := http.NewRequest(method, "http://"+h.address()+"/api/v1/"+path, strings.NewReader(body))
		ok(t, err)
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		r.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(r)
		ok(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%s %s answers %d %s: %v", method, path, res.StatusCode, text, err)
		}
		return string(text)
	}
	ask("POST", "editions/daily/draft/test", `{"to":"mona@paper.example"}`)
	h.relay.wait(t, 1)
	if mails := h.relay.taken(); len(mails) != 1 || mails[0].to != "mona@paper.example" {
		t.Errorf("the relay took %d mails", len(mails))
	}
	if checks := ask("GET", "editions/daily/draft/checks?outside=true", ""); !strings.Contains(checks, `"code":"relay"`) || !strings.Contains(checks, `"code":"footer"`) {
		t.Errorf("the checks are %s", checks)
	}
	if status := ask("GET", "status", ""); !strings.Contains(status, `"sender":{"running":true`) || !strings.Contains(status, `"scheduler":{"running":true`) {
		t.Errorf("the status is %s", status)
	}
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
}
