package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/subscribers"
)

func TestSignsUpConfirmsAndReads(t *testing.T) {
	l := openLobby(t, Signups{})
	form := l.get(t, l.URL+"/subscribe")
	if form.Header.Get("Cache-Control") != "no-store" || form.Header.Get("X-Robots-Tag") != "" || form.Header.Get("Set-Cookie") != "" {
		t.Errorf("the form's headers are %v", form.Header)
	}
	if policy := form.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("the form's policy is %s", policy)
	}
	accepted(t, l.send(t, l.filled("Mona.Haddad@example.org", "frequency", "weekly", "weekday", "4", "topic", "city", "language", "ar"), "X-Forwarded-For", "203.0.113.77"))
	sent := l.get(t, l.URL+"/subscribe/sent")
	if sent.StatusCode != 200 || strings.Contains(sent.text, "example.org") {
		t.Errorf("after it: %d\n%s", sent.StatusCode, sent.text)
	}
	mails := l.mails(t)
	if len(mails) != 1 || !strings.Contains(mails[0], "To: <Mona.Haddad@example.org>") && !strings.Contains(mails[0], "To: Mona.Haddad@example.org") {
		t.Fatalf("%d mails: %q", len(mails), mails)
	}
	if !strings.Contains(mails[0], "Content-Language: ar") || !strings.Contains(mails[0], "Auto-Submitted: auto-generated") || strings.Contains(mails[0], "List-Unsubscribe") {
		t.Errorf("the letter's headers are wrong:\n%s", mails[0])
	}
	link := l.link(t, decodedText(t, mails[0]), "/c/")
	ask := l.get(t, link)
	if ask.StatusCode != 200 || !strings.Contains(ask.text, `lang="ar"`) || !strings.Contains(ask.text, "Evening Briefing") {
		t.Errorf("the page to confirm: %d\n%s", ask.StatusCode, ask.text)
	}
	done := l.press(t, link, "confirm", "1")
	if done.StatusCode != 200 || !strings.Contains(done.text, "تم اشتراكك") {
		t.Errorf("after it: %d\n%s", done.StatusCode, done.text)
	}
	again := l.press(t, link, "confirm", "1")
	if again.text != done.text {
		t.Error("pressed twice, the page says something else")
	}
	reader, err := l.readers.Find(t.Context(), address(t, "mona.haddad@example.org"))
	ok(t, err)
	if l.states(t, reader) != "daily:confirmed" || reader.Language != "ar" {
		t.Errorf("the reader is %s in %q", l.states(t, reader), reader.Language)
	}
	want := subscribers.Choices{Topics: []string{"City"}, Frequency: subscribers.Weekly, Weekday: time.Thursday, Hour: -1}
	if diff := cmp.Diff(want, reader.Subscriptions[0].Choices); diff != "" {
		t.Errorf("choices: %s", diff)
	}
	l.mails(t)
	if len(l.welcomed) != 1 || l.welcomed[0].Ref != reader.Subscriptions[0].ID {
		t.Errorf("welcomed: %+v", l.welcomed)
	}
	if log := l.log.String(); strings.Contains(log, "example.org") || strings.Contains(log, "203.0.113") {
		t.Errorf("the log has personal data:\n%s", log)
	}
}

// W8: a form that was sent with any address is answered the same, and so is what comes
// after it.
func TestEveryAddressGetsTheSameAnswer(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	kinds := l.everyKindOfReader(t)
	text := func(a answer) string {
		a.Header.Del("Date")
		return fmt.Sprint(a.StatusCode, a.Header, a.text)
	}
	want := ""
	for kind, email := range kinds {
		a := l.send(t, l.filled(email, "token", l.aged(time.Minute)))
		accepted(t, a)
		got := text(a)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s is answered\n%s\nothers\n%s", kind, got, want)
		}
	}
	body := func(email string) string { return fmt.Sprintf(`{"email": %q, "editions": ["daily"]}`, email) }
	want = ""
	for kind, email := range kinds {
		got := text(l.ask(t, "POST", l.URL+"/api/subscribe", "application/json", body(email)))
		if want == "" {
			want = got
		}
		if got != want || !strings.HasPrefix(got, "202 ") {
			t.Errorf("a program that asks for %s is answered\n%s\nothers\n%s", kind, got, want)
		}
	}
}

// everyKindOfReader has an address for each thing that may be known about one.
func (l *lobby) everyKindOfReader(t *testing.T) map[string]string {
	t.Helper()
	l.join(t, "confirmed@example.org", "en", "daily", "weekend")
	left := l.join(t, "left@example.org", "en", "daily")
	ok(t, l.readers.UnsubscribeAll(t.Context(), left.ID, subscribers.MethodPage, time.Now()))
	l.join(t, "barred@example.org", "en", "daily")
	ok(t, l.readers.Suppress(t.Context(), address(t, "barred@example.org"), subscribers.ReasonComplaint, "spam", time.Now()))
	ok(t, l.readers.Suppress(t.Context(), address(t, "stranger@example.org"), subscribers.ReasonOperator, "asked us", time.Now()))
	accepted(t, l.send(t, l.filled("pending@example.org")))
	return map[string]string{
		"new": "new@example.org", "pending": "pending@example.org", "confirmed": "confirmed@example.org", "left": "left@example.org",
		"complained": "barred@example.org", "suppressed": "stranger@example.org",
	}
}

// W8: and in the same time. The margin is wide, because other tests run beside this one.
func TestEveryAddressIsAnsweredInTheSameTime(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	kinds := l.everyKindOfReader(t)
	took := map[string][]time.Duration{}
	for i := range 60 {
		for kind, email := range kinds {
			if kind == "new" {
				email = fmt.Sprintf("new%d@example.org", i)
			}
			form := l.filled(email)
			begin := time.Now()
			l.send(t, form)
			took[kind] = append(took[kind], time.Since(begin))
		}
	}
	least, most := time.Hour, time.Duration(0)
	for kind, all := range took {
		slices.Sort(all)
		median := all[len(all)/2]
		t.Logf("%-10s %v", kind, median)
		least, most = min(least, median), max(most, median)
	}
	if most-least > least/2+2*time.Millisecond {
		t.Errorf("medians are from %v to %v", least, most)
	}
}

func TestWhatIsWrongIsSaidBesideItsField(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	for _, c := range []struct {
		email, edition, want string
	}{
		{"mona@example", "daily", "This is not a whole e-mail address"},
		{"", "daily", "This is not a whole e-mail address"},
		{"mona@example.org\r\nBcc: x@example.org", "daily", "This is not a whole e-mail address"},
		{strings.Repeat("m", 5000) + "@example.org", "daily", "This is not a whole e-mail address"},
		{"müller@example.org", "daily", "accents"},
		{"mona@example.org", "", "choose at least one newsletter"},
		{"mona@example.org", "nightly", "choose at least one newsletter"},
	} {
		a := l.send(t, l.filled(c.email, "edition", c.edition, "topic", "City"))
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.text, c.want) {
			t.Errorf("%.40q for %q: %d, lacks %q", c.email, c.edition, a.StatusCode, c.want)
		}
		if !strings.Contains(a.text, `value="City" checked`) && c.edition == "daily" {
			t.Errorf("%.40q: what was chosen is forgotten", c.email)
		}
	}
	a := l.send(t, l.filled("mona@example", "edition", "daily"), "Accept-Language", "ar")
	if !strings.Contains(a.text, "هذا ليس عنوان بريد") {
		t.Error("an Arabic visitor is told in another language")
	}
}

func TestFormNeedsAFreshTokenOrOnePressMore(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	tampered := []byte(l.aged(time.Minute))
	tampered[5] ^= 1
	for _, c := range []struct {
		name string
		form url.Values
		same bool // the next form has the same token
	}{
		{"no token", l.filled("a@example.org", "token", ""), false},
		{"a tampered one", l.filled("a@example.org", "token", string(tampered)), false},
		{"one for something else", l.filled("a@example.org", "token", l.keys.Token(subscribers.Confirm, 1)), false},
		{"one of yesterday", l.filled("a@example.org", "token", l.aged(25*time.Hour)), false},
		{"one made just now", l.filled("a@example.org", "token", l.site.formToken(time.Now())), true},
		{"a field that nobody sees", l.filled("a@example.org", "subject", "casino"), false},
	} {
		was := l.dump(t)
		a := l.send(t, c.form)
		if a.StatusCode != 200 || !strings.Contains(a.text, "One more press") {
			t.Errorf("%s: %d\n%s", c.name, a.StatusCode, a.text)
			continue
		}
		if l.dump(t) != was {
			t.Errorf("%s: something was written down", c.name)
		}
		next := carried(a)
		if (next.Get("token") == c.form.Get("token")) != c.same {
			t.Errorf("%s: the same token is %v, want %v", c.name, !c.same, c.same)
		}
		if next.Get("email") != "a@example.org" || next.Get("edition") != "daily" || next.Get("subject") != "" {
			t.Errorf("%s: carried over: %v", c.name, next)
		}
		next.Set("token", l.aged(3*time.Second)) // as if three seconds had gone by
		accepted(t, l.send(t, next))
	}
}

func TestFormFromAnotherPageEndsWithOnePress(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	a := l.ask(t, "POST", l.URL+"/subscribe?lang=ar", formEncoded, "email=mona%40example.org&edition=weekend&language=ar", "Origin", "https://wire.example", "Referer", "https://wire.example/news/1?session=1", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != 200 || !strings.Contains(a.text, "بقيت ضغطة واحدة") {
		t.Fatalf("%d\n%s", a.StatusCode, a.text)
	}
	next := carried(a)
	next.Set("token", l.aged(3*time.Second))
	accepted(t, l.send(t, next))
	if mails := l.mails(t); len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	found := l.dumpTable(t, "signup")
	if !strings.Contains(found, "https://wire.example/news/1|") || strings.Contains(found, "session") {
		t.Errorf("the page it was filled in on is not in %s", found)
	}
}

func TestConsentNamesTheTextThatWasShown(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits, Privacy: "https://wire.example/privacy"})
	offer := l.offered(t)
	english, arabic := l.site.formVersion("en", offer), l.site.formVersion("ar", offer)
	if len(english) != 12 || english == arabic || l.site.formVersion("en", offer) != english {
		t.Errorf("versions %q and %q", english, arabic)
	}
	offer[0].Name = "Another Briefing"
	if l.site.formVersion("en", offer) == english {
		t.Error("another text has the same version")
	}
	text := l.site.formText("en", l.offered(t))
	for _, want := range []string{"you agree that The Evening Wire sends you these newsletters", "https://wire.example/privacy", "Evening Briefing", "Sea & Sports"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q: %s", want, text)
		}
	}
	if !strings.Contains(l.log.String(), english) || !strings.Contains(l.log.String(), "you agree that The Evening Wire") {
		t.Error("the log does not say what the version stands for")
	}
	accepted(t, l.send(t, l.filled("mona@example.org"), "X-Forwarded-For", "203.0.113.77"))
	found := l.dumpTable(t, "signup")
	for _, want := range []string{english, l.URL + "/subscribe|", "203.0.113.0/24", "|form"} {
		if !strings.Contains(found, want) {
			t.Errorf("%q is not in %s", want, found)
		}
	}
}

// W1: whoever loads a page or asks what can be done with it changes nothing.
func TestLoadingPagesOfSigningUpChangesNothing(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "moves@example.org", "en", "daily")
	ok(t, l.readers.ChangeAddress(t.Context(), reader.ID, address(t, "moved@example.org"), time.Now()))
	accepted(t, l.send(t, l.filled("mona@example.org")))
	var links []string
	for _, mail := range l.mails(t) {
		text := decodedText(t, mail)
		for _, path := range []string{"/c/", "/a/"} {
			if strings.Contains(text, l.URL+path) {
				links = append(links, l.link(t, text, path))
			}
		}
	}
	if len(links) != 2 {
		t.Fatalf("links %v", links)
	}
	was := l.dump(t) + l.dumpTable(t, "signup") + l.dumpTable(t, "address_change")
	for _, link := range append(links, l.URL+"/subscribe", l.URL+"/api/subscribe", l.URL+"/subscribe/sent") {
		for range 100 {
			l.get(t, link)
		}
		for _, method := range []string{"HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"} {
			l.ask(t, method, link, "", "confirm=1")
		}
	}
	if l.dump(t)+l.dumpTable(t, "signup")+l.dumpTable(t, "address_change") != was {
		t.Error("something changed")
	}
	if moved := l.press(t, links[slices.IndexFunc(links, func(s string) bool { return strings.Contains(s, "/a/") })], "confirm", "1"); !strings.Contains(moved.text, "Your new address is in use") {
		t.Errorf("the move was answered\n%s", moved.text)
	}
	if _, err := l.readers.Find(t.Context(), address(t, "moved@example.org")); err != nil {
		t.Errorf("nobody reads at the new address: %v", err)
	}
}

// W7: a token opens what it was made for, as it was made, while it is good.
func TestTokensOfSigningUpOpenNothingElse(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	accepted(t, l.send(t, l.filled("mona@example.org")))
	week := time.Now().Add(7 * 24 * time.Hour)
	good := l.keys.TokenUntil(subscribers.Confirm, 1, week)
	tampered := good[:20] + string(good[20]^1) + good[21:]
	for _, c := range []struct {
		name, path string
		status     int
		want       string
	}{
		{"as it is", "/c/" + good, 200, "Yes, subscribe me"},
		{"tampered", "/c/" + tampered, 404, "This link does not work"},
		{"cut", "/c/" + good[:30], 404, "This link does not work"},
		{"for an address", "/a/" + good, 404, "This link does not work"},
		{"of a form", "/c/" + l.keys.TokenUntil(subscribers.Form, 1, week), 404, "This link does not work"},
		{"of preferences", "/c/" + l.keys.Token(subscribers.Preferences, 1), 404, "This link does not work"},
		{"expired", "/c/" + l.keys.TokenUntil(subscribers.Confirm, 1, time.Now().Add(-time.Minute)), 200, "This link is too old"},
		{"of nothing", "/c/" + l.keys.TokenUntil(subscribers.Confirm, 99, week), 200, "This link is too old"},
		{"an address, expired", "/a/" + l.keys.TokenUntil(subscribers.Change, 1, time.Now().Add(-time.Minute)), 200, "This link is too old"},
		{"an address of nothing", "/a/" + l.keys.TokenUntil(subscribers.Change, 99, week), 200, "This link is too old"},
	} {
		if c.name != "as it is" {
			was := l.dump(t)
			if a := l.press(t, l.URL+c.path, "confirm", "1"); a.StatusCode != c.status || !strings.Contains(a.text, c.want) {
				t.Errorf("%s, pressed: %d, lacks %q\n%s", c.name, a.StatusCode, c.want, a.text)
			}
			if l.dump(t) != was {
				t.Errorf("%s, pressed: something changed", c.name)
			}
		}
		a := l.get(t, l.URL+c.path)
		if a.StatusCode != c.status || !strings.Contains(a.text, c.want) {
			t.Errorf("%s: %d, lacks %q\n%s", c.name, a.StatusCode, c.want, a.text)
		}
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Referrer-Policy") != "no-referrer" || a.Header.Get("X-Robots-Tag") == "" || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: headers %v", c.name, a.Header)
		}
	}
}
