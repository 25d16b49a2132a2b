package site

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

// W1: scanners fetch every link of a mail.
func TestLookingChangesNothing(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "ar", "daily", "weekend")
	before := h.dump(t)
	for _, address := range []string{h.leaveURL(t, reader, "daily"), h.preferencesURL(reader), h.preferencesURL(reader) + "/erase"} {
		for range 100 {
			if a := h.get(t, address); a.StatusCode != 200 {
				t.Fatalf("GET answered %d", a.StatusCode)
			}
			h.ask(t, "HEAD", address, "", "")
			h.ask(t, "OPTIONS", address, "", "")
		}
		for _, query := range []string{"?leave=1", "?all=1", "?List-Unsubscribe=One-Click", "?undo=1", "?language=en", "?pause=7", "?weekly=1", "?kept=weekly", "?erase=1", "?export=1", "?join=weekend", "?saved=all"} {
			h.get(t, address+query)
		}
		if a := h.ask(t, "HEAD", address, "", ""); a.StatusCode != 200 || a.text != "" {
			t.Errorf("HEAD answered %d with %d bytes", a.StatusCode, len(a.text))
		}
		a := h.ask(t, "OPTIONS", address, formEncoded, "List-Unsubscribe=One-Click")
		if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("OPTIONS answered %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
		}
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			h.ask(t, method, address, formEncoded, "List-Unsubscribe=One-Click")
		}
		// A post that says neither what a program nor what our buttons say.
		for _, body := range []string{"", "x=1", "List-Unsubscribe=Perhaps", "\xff\xfe"} {
			if a := h.ask(t, "POST", address, formEncoded, body); a.StatusCode != http.StatusBadRequest {
				t.Errorf("POST of %q answered %d", body, a.StatusCode)
			}
		}
	}
	if after := h.dump(t); after != before {
		t.Errorf("looking changed the database from\n%sto\n%s", before, after)
	}
}

// W2, in both encodings that mail providers use, and twice.
func TestOneClickLeavesAtOnce(t *testing.T) {
	h := open(t)
	multi, multiBody := oneClickMultipart(t)
	for email, form := range map[string][2]string{
		"mona@example.org": {formEncoded, "List-Unsubscribe=One-Click"},
		"tom@example.org":  {multi, multiBody},
		"zoe@example.org":  {"", "List-Unsubscribe=One-Click"},
		"adam@example.org": {formEncoded + "; charset=UTF-8", "List-Unsubscribe=One-Click\r\n"},
	} {
		reader := h.join(t, email, "", "daily", "weekend")
		for range 2 {
			a := h.ask(t, "POST", h.leaveURL(t, reader, "daily"), form[0], form[1],
				"Origin", "https://mail.example", "Referer", "https://mail.example/inbox", "Sec-Fetch-Site", "cross-site")
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("%s: answered %d, %s", form[0], a.StatusCode, a.Header.Get("Content-Type"))
			}
			if len(a.Header["Set-Cookie"]) > 0 || a.Header.Get("Location") != "" {
				t.Errorf("%s: a cookie or a redirect: %v", form[0], a.Header)
			}
			if !strings.Contains(a.text, "No further issue will be sent") {
				t.Errorf("%s: said %q", form[0], a.text)
			}
			if got := h.states(t, reader); got != "daily:unsubscribed weekend:confirmed" {
				t.Errorf("%s: now %s", form[0], got)
			}
		}
		evidence, err := h.readers.Consents(t.Context(), reader.ID)
		ok(t, err)
		if n := len(evidence); n != 3 || evidence[2].Act != subscribers.Withdraw || evidence[2].Method != subscribers.MethodOneClick {
			t.Errorf("%s: evidence %+v", form[0], evidence)
		}
	}
}

func TestOneClickWithAWrongTokenSaysSoInALine(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	before := h.dump(t)
	multi, multiBody := oneClickMultipart(t)
	for _, token := range wrongTokens(h, reader) {
		for _, form := range [][2]string{{formEncoded, "List-Unsubscribe=One-Click"}, {multi, multiBody}} {
			a := h.ask(t, "POST", h.URL+"/u/"+token, form[0], form[1])
			if a.StatusCode != 404 || a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || strings.Contains(a.text, "<") {
				t.Errorf("%q: %d %s: %s", token, a.StatusCode, a.Header.Get("Content-Type"), a.text)
			}
		}
	}
	if h.dump(t) != before {
		t.Error("a wrong token changed something")
	}
}

// wrongTokens are made for something else, tampered with, cut, or made up.
func wrongTokens(h *house, reader subscribers.Reader) []string {
	good := h.keys.Token(subscribers.Unsubscribe, reader.Subscriptions[0].ID)
	flipped := "A" + good[1:]
	if good[0] == 'A' {
		flipped = "B" + good[1:]
	}
	return []string{
		flipped, good[:len(good)-1], good + "A", strings.ToLower(good), "1", "__UNSUBSCRIBE__", "%00", "%E2%80%8F" + good,
		h.keys.Token(subscribers.Preferences, reader.ID),
		h.keys.Token(subscribers.Confirm, reader.Subscriptions[0].ID),
		h.keys.TokenUntil(subscribers.Unsubscribe, reader.Subscriptions[0].ID, then),
	}
}

// W7, W8: whatever is wrong with a token, the answer is the same but for its number.
func TestWrongTokensAllLookAlike(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "ar", "daily")
	number := regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}`)
	for prefix, tokens := range map[string][]string{
		"/u/": wrongTokens(h, reader),
		"/p/": append(wrongTokens(h, reader)[:8], h.keys.Token(subscribers.Unsubscribe, reader.Subscriptions[0].ID), h.keys.Token(subscribers.Preferences, 987654321)),
	} {
		var first string
		for _, token := range tokens {
			for _, a := range []answer{h.get(t, h.URL+prefix+token), h.ask(t, "POST", h.URL+prefix+token, formEncoded, "leave=1")} {
				text := number.ReplaceAllString(a.text, "")
				if first == "" {
					first = text
				}
				if a.StatusCode != 404 || text != first || !strings.Contains(text, "This link does not work") {
					t.Errorf("%s%s: %d\n%s", prefix, token, a.StatusCode, text)
				}
			}
		}
	}
}

func TestPersonLeavesUndoesAndLeavesEverything(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily", "weekend")
	link := h.leaveURL(t, reader, "daily")

	page := h.get(t, link).text
	for _, want := range []string{"Leave <bdi>Evening Briefing</bdi>?", `name="leave"`, `name="all"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the first page lacks %s:\n%s", want, page)
		}
	}
	steps := []struct{ button, says, states string }{
		{"leave", "You have left <bdi>Evening Briefing</bdi>.", "daily:unsubscribed weekend:confirmed"},
		{"leave", "You have left <bdi>Evening Briefing</bdi>.", "daily:unsubscribed weekend:confirmed"},
		{"undo", "Leave <bdi>Evening Briefing</bdi>?", "daily:confirmed weekend:confirmed"},
		{"undo", "Leave <bdi>Evening Briefing</bdi>?", "daily:confirmed weekend:confirmed"},
		{"all", "You have left all newsletters.", "daily:unsubscribed weekend:unsubscribed"},
		{"all", "You have left all newsletters.", "daily:unsubscribed weekend:unsubscribed"},
		{"undo", "Leave <bdi>Evening Briefing</bdi>?", "daily:confirmed weekend:confirmed"},
	}
	for i, step := range steps {
		a := h.press(t, link, step.button, "1")
		if a.StatusCode != 200 || !strings.Contains(a.text, step.says) {
			t.Fatalf("step %d, %s: %d\n%s", i, step.button, a.StatusCode, a.text)
		}
		if got := h.states(t, reader); got != step.states {
			t.Fatalf("step %d, %s: now %s, want %s", i, step.button, got, step.states)
		}
		if len(a.Header["Set-Cookie"]) > 0 {
			t.Errorf("step %d sets a cookie", i)
		}
	}
}

func TestUndoIsForSomeWeeksAndNeverForTheBarred(t *testing.T) {
	h := open(t)
	longAgo := h.join(t, "mona@example.org", "", "daily")
	_, err := h.readers.Unsubscribe(t.Context(), longAgo.Subscriptions[0].ID, subscribers.MethodPage, time.Now().Add(-undoFor-time.Hour))
	ok(t, err)
	bounced := h.join(t, "tom@example.org", "", "daily")
	address, err := subscribers.ParseAddress("tom@example.org")
	ok(t, err)
	ok(t, h.readers.Suppress(t.Context(), address, subscribers.ReasonBounce, "550", then))
	_, err = h.readers.Unsubscribe(t.Context(), bounced.Subscriptions[0].ID, subscribers.MethodPage, time.Now())
	ok(t, err)
	for name, reader := range map[string]subscribers.Reader{"left long ago": longAgo, "bounced": bounced} {
		link := h.leaveURL(t, reader, "daily")
		if a := h.get(t, link); strings.Contains(a.text, `name="undo"`) || !strings.Contains(a.text, "You no longer get this newsletter.") {
			t.Errorf("%s: the page is\n%s", name, a.text)
		}
		h.press(t, link, "undo", "1")
		if got := h.states(t, reader); got != "daily:unsubscribed" {
			t.Errorf("%s: undo made it %s", name, got)
		}
	}
}

func TestEditionThatIsNoMoreCanBeLeft(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "evening-extra")
	link := h.leaveURL(t, reader, "evening-extra")
	if a := h.get(t, link); !strings.Contains(a.text, "Leave <bdi>evening-extra</bdi>?") {
		t.Errorf("%d\n%s", a.StatusCode, a.text)
	}
	h.press(t, link, "leave", "1")
	if got := h.states(t, reader); got != "evening-extra:unsubscribed" {
		t.Error(got)
	}
}

// A token outlives the reader it names: who was erased gets a calm answer.
func TestReaderWhoIsGoneHasNothingLeftToDo(t *testing.T) {
	h := open(t)
	link := h.URL + "/u/" + h.keys.Token(subscribers.Unsubscribe, 424242)
	if a := h.get(t, link); a.StatusCode != 200 || !strings.Contains(a.text, "You no longer get this newsletter.") {
		t.Errorf("%d\n%s", a.StatusCode, a.text)
	}
	if a := h.ask(t, "POST", link, formEncoded, "List-Unsubscribe=One-Click"); a.StatusCode != 200 {
		t.Errorf("one-click: %d", a.StatusCode)
	}
	if a := h.press(t, link, "leave", "1"); a.StatusCode != 200 {
		t.Errorf("button: %d", a.StatusCode)
	}
}

func TestPageSpeaksTheReadersLanguage(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "ar", "daily")
	link := h.leaveURL(t, reader, "daily")
	if a := h.get(t, link, "Accept-Language", "en"); !strings.Contains(a.text, `<html lang="ar" dir="rtl">`) {
		t.Error("a reader of Arabic gets", a.text[:200])
	}
	if a := h.get(t, link+"?lang=en"); !strings.Contains(a.text, `<html lang="en" dir="ltr">`) || !strings.Contains(a.text, `?lang=en"`) {
		t.Error("who asks for English gets", a.text)
	}
	if a := h.press(t, link+"?lang=en", "leave", "1"); !strings.Contains(a.text, "You have left") {
		t.Error("the language is lost by pressing the button:", a.text)
	}
}

func TestTooLargeAFormIsRefused(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	before := h.dump(t)
	body := "List-Unsubscribe=One-Click&x=" + strings.Repeat("x", 64<<10)
	if a := h.ask(t, "POST", h.leaveURL(t, reader, "daily"), formEncoded, body); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", a.StatusCode)
	}
	if h.dump(t) != before {
		t.Error("it changed something")
	}
}

func TestNothingOfAReaderIsLogged(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily", "weekend")
	link := h.leaveURL(t, reader, "daily")
	h.get(t, link)
	h.press(t, link, "leave", "1")
	h.ask(t, "POST", link, formEncoded, "List-Unsubscribe=One-Click")
	h.get(t, link+"x")
	h.press(t, h.preferencesURL(reader), "return", "daily")
	log := h.log.String()
	for _, bad := range []string{link[len(h.URL)+3:], h.preferencesURL(reader)[len(h.URL)+3:], "mona", "127.0.0.1"} {
		if strings.Contains(log, bad) {
			t.Errorf("the log has %s:\n%s", bad, log)
		}
	}
	if n := strings.Count(log, "\n"); n != 7 {
		t.Errorf("%d lines for 7 requests:\n%s", n, log)
	}
}

func TestPagesBehindATokenAreGuarded(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	for _, address := range []string{h.leaveURL(t, reader, "daily"), h.preferencesURL(reader), h.URL + "/u/wrong"} {
		a := h.get(t, address)
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
			"X-Content-Type-Options":  "nosniff",
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		} {
			if script := "; script-src 'self'"; name == "Content-Security-Policy" && address == h.preferencesURL(reader) {
				want = strings.Replace(want, "; form-action", script+"; form-action", 1)
			}
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", address, name, got)
			}
		}
		if strings.Contains(a.text, "mona@") || strings.Contains(strings.Replace(a.text, `<script type="module" src="/static/`, "", 1), "<script") {
			t.Errorf("an address or a script on\n%s", a.text)
		}
	}
}
