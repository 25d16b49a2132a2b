package site

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
)

const topic = "https://wire.example/feed?a=b"

// A hubHouse is a house whose source has a hub.
type hubHouse struct {
	*house
	later time.Duration
}

// hub makes the site's source one with a hub, which was asked to tell of news.
func (h *hubHouse) hub(t *testing.T) digest.HubSubscription {
	t.Helper()
	now := time.Now()
	src, err := h.digest.PutSource(t.Context(), digest.Source{URL: "https://wire.example/feed", Hub: "https://hub.example/", Topic: topic})
	ok(t, err)
	ok(t, h.digest.SettleHubs(t.Context(), now))
	due, err := h.digest.DueHubs(t.Context(), now)
	ok(t, err)
	if len(due) != 1 || due[0].SourceID != src.ID {
		t.Fatalf("due are %+v", due)
	}
	_, err = h.digest.HubAsked(t.Context(), due[0], now)
	ok(t, err)
	return h.reload(t, due[0])
}

func (h *hubHouse) reload(t *testing.T, sub digest.HubSubscription) digest.HubSubscription {
	t.Helper()
	sub, err := h.digest.HubByToken(t.Context(), sub.Token)
	ok(t, err)
	return sub
}

// told returns the sources that are to be read, as if the last time were long ago.
func (h *hubHouse) told(t *testing.T) []int64 {
	t.Helper()
	h.later += time.Minute
	sources, err := h.digest.TakeAnnounced(t.Context(), time.Now().Add(h.later))
	ok(t, err)
	return sources
}

// calls sends a request as a hub does, and returns the answer's status, body and headers.
func (h *hubHouse) calls(t *testing.T, method, token string, query url.Values, body []byte, signature string) (int, string, http.Header) {
	t.Helper()
	address := h.URL + HubPath + token
	if query != nil {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	ok(t, err)
	if signature != "" {
		r.Header.Set("X-Hub-Signature", signature)
	}
	res, err := h.Client().Do(r)
	ok(t, err)
	defer res.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(res.Body)
	ok(t, err)
	return res.StatusCode, text.String(), res.Header
}

func intent(mode string) url.Values {
	return url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"<b>really</b>"}, "hub.lease_seconds": {"3600"}}
}

func with(v url.Values, name, value string) url.Values {
	v.Set(name, value)
	return v
}

func TestOnlyWhatWasAskedForIsConfirmed(t *testing.T) {
	h := &hubHouse{house: open(t)}
	sub := h.hub(t)
	for name, c := range map[string]struct {
		method, token string
		query         url.Values
		status        int
	}{
		"a guessed address":   {"GET", "AAAA" + sub.Token[4:], intent("subscribe"), 404},
		"no question":         {"GET", sub.Token, nil, 404},
		"another topic":       {"GET", sub.Token, with(intent("subscribe"), "hub.topic", topic+"&c"), 404},
		"no topic":            {"GET", sub.Token, with(intent("subscribe"), "hub.topic", ""), 404},
		"no challenge":        {"GET", sub.Token, with(intent("subscribe"), "hub.challenge", ""), 404},
		"an end":              {"GET", sub.Token, intent("unsubscribe"), 404},
		"something else":      {"GET", sub.Token, intent("publish"), 404},
		"denied elsewhere":    {"GET", sub.Token, with(intent("denied"), "hub.topic", "x"), 404},
		"only the headers":    {"HEAD", sub.Token, intent("subscribe"), 405},
		"with another method": {"PUT", sub.Token, intent("subscribe"), 405},
		"posted":              {"POST", sub.Token, intent("subscribe"), 403},
	} {
		status, body, _ := h.calls(t, c.method, c.token, c.query, nil, "")
		if status != c.status || strings.Contains(body, "really") {
			t.Errorf("%s is answered %d %s", name, status, body)
		}
		if got := h.reload(t, sub); got != sub || len(h.told(t)) > 0 {
			t.Errorf("%s changed it to %+v", name, got)
		}
	}

	status, body, headers := h.calls(t, "GET", sub.Token, intent("subscribe"), nil, "")
	if status != 200 || body != "<b>really</b>" || headers.Get("Content-Type") != "text/plain; charset=utf-8" || headers.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("answered %d %q %v", status, body, headers)
	}
	active := h.reload(t, sub)
	if left := time.Until(active.Lease); active.State != digest.HubActive || left < 59*time.Minute || left > time.Hour {
		t.Errorf("confirmed it is %+v", active)
	}
	// The same question again, and for longer, is answered and changes nothing.
	status, body, _ = h.calls(t, "GET", sub.Token, with(intent("subscribe"), "hub.lease_seconds", "999999"), nil, "")
	if status != 200 || body != "<b>really</b>" || h.reload(t, sub) != active {
		t.Errorf("repeated it is answered %d %q: %+v", status, body, h.reload(t, sub))
	}
	status, _, _ = h.calls(t, "GET", sub.Token, with(intent("denied"), "hub.reason", "Not\r\nfor you"), nil, "")
	if got := h.reload(t, sub); status != 200 || got.State != digest.HubDenied || got.Error != "the hub will not tell of news: Not for you" {
		t.Errorf("denied (%d) it is %+v", status, got)
	}
	for _, secret := range []string{sub.Token, sub.Secret, "really"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log has %s in it:\n%s", secret, h.log)
		}
	}
}

func TestEndIsConfirmedOnceItIsWanted(t *testing.T) {
	h := &hubHouse{house: open(t)}
	sub := h.hub(t)
	h.calls(t, "GET", sub.Token, intent("subscribe"), nil, "")
	ok(t, h.digest.RemoveSource(t.Context(), sub.Source))
	ok(t, h.digest.SettleHubs(t.Context(), time.Now()))
	if status, _, _ := h.calls(t, "GET", sub.Token, intent("subscribe"), nil, ""); status != 404 {
		t.Errorf("to begin is answered %d", status)
	}
	news := []byte("news")
	if status, _, _ := h.calls(t, "POST", sub.Token, nil, news, sign(sha256.New, "sha256", sub.Secret, news)); status != 410 || len(h.told(t)) > 0 {
		t.Errorf("news is answered %d", status)
	}
	if status, body, _ := h.calls(t, "GET", sub.Token, intent("unsubscribe"), nil, ""); status != 200 || body != "<b>really</b>" {
		t.Errorf("to end is answered %d %s", status, body)
	}
	if status, _, _ := h.calls(t, "GET", sub.Token, intent("unsubscribe"), nil, ""); status != 404 {
		t.Errorf("to end again is answered %d", status)
	}
}

func sign(by func() hash.Hash, name, secret string, body []byte) string {
	mac := hmac.New(by, []byte(secret))
	mac.Write(body)
	return name + "=" + hex.EncodeToString(mac.Sum(nil))
}

func TestNewsCountsOnlyWithTheHubsSignature(t *testing.T) {
	h := &hubHouse{house: open(t)}
	sub := h.hub(t)
	h.calls(t, "GET", sub.Token, intent("subscribe"), nil, "")
	small, large, tooLarge := []byte("<rss/>"), bytes.Repeat([]byte("news "), 1<<20), bytes.Repeat([]byte("news!"), 1<<20+1)
	good := sign(sha256.New, "sha256", sub.Secret, small)
	for name, c := range map[string]struct {
		body      []byte
		signature string
		status    int
	}{
		"SHA-1":              {small, sign(sha1.New, "sha1", sub.Secret, small), 202},
		"SHA-256":            {small, good, 202},
		"SHA-384":            {small, sign(sha512.New384, "sha384", sub.Secret, small), 202},
		"SHA-512":            {small, sign(sha512.New, "sha512", sub.Secret, small), 202},
		"in capitals":        {small, "SHA256=" + strings.ToUpper(good[7:]), 202},
		"five megabytes":     {large, sign(sha256.New, "sha256", sub.Secret, large), 202},
		"nothing":            {nil, sign(sha256.New, "sha256", sub.Secret, nil), 202},
		"more than that":     {tooLarge, sign(sha256.New, "sha256", sub.Secret, tooLarge), 413},
		"no signature":       {small, "", 403},
		"an empty one":       {small, "sha256=", 403},
		"half of it":         {small, good[:40], 403},
		"no hexadecimal":     {small, "sha256=" + strings.Repeat("x", 64), 403},
		"an unknown method":  {small, "md5=" + good[7:], 403},
		"another method's":   {small, "sha1=" + good[7:], 403},
		"another secret's":   {small, sign(sha256.New, "sha256", sub.Token, small), 403},
		"another message's":  {[]byte("<rss />"), good, 403},
		"that of no secret":  {small, sign(sha256.New, "sha256", "", small), 403},
		"a sum without name": {small, good[7:], 403},
	} {
		status, _, _ := h.calls(t, "POST", sub.Token, nil, c.body, c.signature)
		if told := h.told(t); status != c.status || len(told) != map[bool]int{true: 1}[status == 202] {
			t.Errorf("%s is answered %d, and %v is to be read", name, status, told)
		}
	}
	if !strings.Contains(h.log.String(), "without the signature of its hub") || strings.Contains(h.log.String(), sub.Token) {
		t.Errorf("the log is\n%s", h.log)
	}
}
