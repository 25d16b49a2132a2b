package site

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/subscribers"
)

// submit sends a block of a page and follows where it leads.
func (h *house) submit(t *testing.T, address string, form url.Values) answer {
	t.Helper()
	a := h.ask(t, "POST", address, formEncoded, form.Encode())
	if a.StatusCode != http.StatusSeeOther {
		return a
	}
	next, err := a.Location()
	ok(t, err)
	return h.get(t, next.String())
}

func TestReaderChoosesTopicsFrequencyHourAndZone(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily", "weekend")
	link := l.preferencesURL(reader)
	a := l.ask(t, "POST", link, formEncoded, url.Values{
		"choices": {"daily"}, "topic": {"sea & sports", "City"}, "frequency": {"weekly"}, "weekday": {"1"}, "hour": {"7"},
	}.Encode())
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || !strings.HasSuffix(to, "?saved=edition-daily#edition-daily") {
		t.Fatalf("%d, to %q", a.StatusCode, to)
	}
	l.press(t, link, "zone", "Asia/Riyadh")
	l.press(t, link, "format", "text")
	now, err := l.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	want := subscribers.Choices{Topics: []string{"City", "Sea & Sports"}, Frequency: subscribers.Weekly, Weekday: time.Monday, Hour: 7, Zone: "Asia/Riyadh"}
	if diff := cmp.Diff(want, now.Subscriptions[0].Choices); diff != "" {
		t.Error(diff)
	}
	if c := now.Subscriptions[1].Choices; c.Zone != "Asia/Riyadh" || c.Hour != -1 || now.Format != subscribers.Text {
		t.Errorf("the other edition has %+v, the format is %s", c, now.Format)
	}
	page := l.get(t, link).text
	for _, shows := range []string{
		`value="City" checked`, `value="Sea &amp; Sports" checked`, `value="weekly" checked`, `value="1" selected`, `value="7" selected`,
		`value="Asia/Riyadh" selected>Riyadh · UTC&#43;3`, `value="text" checked`,
	} {
		if !strings.Contains(page, shows) {
			t.Errorf("the page lacks %s", shows)
		}
	}
	if strings.Contains(page, `value="Culture" checked`) {
		t.Error("a topic that was not chosen is")
	}
}

func TestChoicesThatThePageDoesNotOfferAreRefused(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily")
	before := l.dump(t)
	for _, wrong := range []string{"topic=Sports", "frequency=hourly", "weekday=7", "weekday=-1", "hour=24", "hour=-2", "hour=x"} {
		form, err := url.ParseQuery("choices=daily&frequency=weekly&weekday=1&hour=7")
		ok(t, err)
		field, value, _ := strings.Cut(wrong, "=")
		form.Set(field, value)
		if a := l.submit(t, l.preferencesURL(reader), form); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: answered %d", wrong, a.StatusCode)
		}
	}
	if after := l.dump(t); after != before {
		t.Errorf("changed to\n%s", after)
	}
}

func TestReaderJoinsAnotherEditionWithoutALetterToConfirm(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	weekend, err := l.digest.Edition(t.Context(), "weekend")
	ok(t, err)
	weekend.Slug, weekend.Name, weekend.Rules.Private = "staff", "For the Staff", true
	_, err = l.digest.PutEdition(t.Context(), weekend, then)
	ok(t, err)
	reader := l.join(t, "mona@example.org", "", "daily")
	l.press(t, l.preferencesURL(reader), "zone", "Asia/Riyadh")
	page := l.get(t, l.preferencesURL(reader)).text
	if !strings.Contains(page, `name="join" value="weekend"`) || strings.Contains(page, "staff") {
		t.Errorf("the page offers\n%s", page)
	}
	for range 2 {
		if a := l.press(t, l.preferencesURL(reader), "join", "weekend"); a.StatusCode != 200 || !strings.Contains(a.text, `name="leave" value="weekend"`) {
			t.Errorf("%d\n%s", a.StatusCode, a.text)
		}
	}
	if a := l.press(t, l.preferencesURL(reader), "join", "staff"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a private edition: %d", a.StatusCode)
	}
	if got := l.states(t, reader); got != "daily:confirmed weekend:confirmed" {
		t.Error(got)
	}
	evidence, err := l.readers.Consents(t.Context(), reader.ID)
	ok(t, err)
	last := evidence[len(evidence)-1]
	if len(evidence) != 2 || last.Method != subscribers.MethodPage || last.Page != l.URL+"/p/" || last.IP != "127.0.0.0/24" || last.Language != "en" || !strings.Contains(l.log.String(), last.Form) {
		t.Errorf("evidence %+v", evidence)
	}
	now, err := l.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	if zone := now.Subscriptions[1].Choices.Zone; zone != "Asia/Riyadh" {
		t.Errorf("the new one is counted in %q", zone)
	}
	if a := l.get(t, l.preferencesURL(reader)); !strings.Contains(a.text, "You added <bdi>The Weekend Letter</bdi> on this page.") {
		t.Errorf("the record is not on\n%s", a.text)
	}
}

func TestReaderPausesUntilADay(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily", "weekend")
	link := l.preferencesURL(reader)
	l.press(t, link, "zone", "Pacific/Auckland")
	auckland, err := time.LoadLocation("Pacific/Auckland")
	ok(t, err)
	day := time.Now().In(auckland).AddDate(0, 0, 40).Format(time.DateOnly)
	if a := l.press(t, link, "until", day); !strings.Contains(a.text, "All your newsletters are paused.") {
		t.Errorf("%d\n%s", a.StatusCode, a.text)
	}
	now, err := l.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	for _, n := range now.Subscriptions {
		if got := n.PausedUntil.In(auckland).Format("2006-01-02 15:04"); n.State != subscribers.Paused || got != day+" 00:00" {
			t.Errorf("%s is %s until %s", n.Edition, n.State, got)
		}
	}
	l.press(t, link, "resume", "weekend")
	if got := l.states(t, reader); got != "daily:paused weekend:confirmed" {
		t.Error(got)
	}
	l.press(t, link, "resume", "")
	if got := l.states(t, reader); got != "daily:confirmed weekend:confirmed" {
		t.Error(got)
	}
	before := l.dump(t)
	for _, wrong := range []string{"", "tomorrow", time.Now().In(auckland).Format(time.DateOnly), "2001-01-01", "2999-01-01"} {
		a := l.submit(t, link, url.Values{"until": {wrong}})
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.text, "Please choose a day from tomorrow on") {
			t.Errorf("%q: %d", wrong, a.StatusCode)
		}
	}
	if after := l.dump(t); after != before {
		t.Errorf("changed to\n%s", after)
	}
}

func TestNewAddressIsConfirmedWhereItIs(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily")
	l.join(t, "taken@example.org", "", "daily")
	link := l.preferencesURL(reader)
	var answers []string
	for _, email := range []string{"new@example.org", "taken@example.org"} { // W8: the same for both
		a := l.press(t, link, "email", email)
		if !strings.Contains(a.text, "We have written to the new address.") {
			t.Errorf("%s: %d\n%s", email, a.StatusCode, a.text)
		}
		answers = append(answers, a.text)
	}
	if answers[0] != answers[1] {
		t.Error("the answers differ for an address that is known")
	}
	for email, why := range map[string]string{
		"mona@": "This is not a whole e-mail address", "منى@example.org": "before the @", "new@example.org": "A letter went to that address not long ago",
	} {
		a := l.submit(t, link, url.Values{"email": {email}})
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.text, why) {
			t.Errorf("%s: %d\n%s", email, a.StatusCode, a.text)
		}
	}
	mails := l.mails(t)
	i := slices.IndexFunc(mails, func(m string) bool {
		return strings.Contains(m, "To: new@example.org") || strings.Contains(m, "<new@example.org>")
	})
	if i < 0 {
		t.Fatalf("no letter to the new address among %d", len(mails))
	}
	l.press(t, l.link(t, decodedText(t, mails[i]), "/a/"), "confirm", "1")
	now, err := l.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	if now.Email != "new@example.org" {
		t.Errorf("the address is %s", now.Email)
	}
}

func TestReaderTakesTheirDataAndIsForgotten(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "ar", "daily")
	link := l.preferencesURL(reader)
	a := l.submit(t, link, url.Values{"export": {"1"}})
	var all subscribers.Everything
	ok(t, json.Unmarshal([]byte(a.text), &all))
	if all.Subscriber.Email != "mona@example.org" || len(all.Consents) != 1 || a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v\n%s", a.Header, a.text)
	}
	if a := l.press(t, link+"/erase", "x", "1"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("another button: %d", a.StatusCode)
	}
	for _, query := range []string{"", "?lang=ar"} { // nobody knows any more what they read in
		if a := l.press(t, link+"/erase"+query, "erase", "1"); a.StatusCode != 200 || !strings.Contains(a.text, "لم نعد نعرفك") {
			t.Fatalf("%d\n%s", a.StatusCode, a.text)
		}
	}
	if left := l.dump(t); strings.Contains(left, "mona") || strings.Count(left, "\n") != 1 || !strings.Contains(left, "erased") {
		t.Errorf("what stays:\n%s", left)
	}
	if a := l.get(t, link); a.StatusCode != http.StatusNotFound {
		t.Errorf("the page of who is gone: %d", a.StatusCode)
	}
}

// W7, on the pages that only the preferences token opens.
func TestErasingTakesTheRightToken(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	before := h.dump(t)
	number := regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}`)
	var first string
	good := h.keys.Token(subscribers.Preferences, reader.ID)
	for _, token := range []string{
		"A" + good[:len(good)-1], good[:len(good)-1], h.keys.Token(subscribers.Unsubscribe, reader.ID), h.keys.Token(subscribers.Unsubscribe, reader.Subscriptions[0].ID),
		h.keys.TokenUntil(subscribers.Preferences, reader.ID, then), h.keys.Token(subscribers.Change, reader.ID),
	} {
		for _, a := range []answer{h.get(t, h.URL+"/p/"+token+"/erase"), h.ask(t, "POST", h.URL+"/p/"+token+"/erase", formEncoded, "erase=1"), h.ask(t, "POST", h.URL+"/p/"+token, formEncoded, "export=1")} {
			text := number.ReplaceAllString(a.text, "")
			if first == "" {
				first = text
			}
			if a.StatusCode != http.StatusNotFound || text != first {
				t.Errorf("%s: %d\n%s", token, a.StatusCode, text)
			}
		}
	}
	if h.dump(t) != before {
		t.Error("a wrong token changed something")
	}
}

func TestZonesAreAllKnown(t *testing.T) {
	for _, id := range strings.Fields(zoneNames) {
		if !isZone(id) {
			t.Errorf("%s is no zone", id)
		}
	}
	h := open(t)
	reader := h.join(t, "mona@example.org", "ar", "daily")
	page := h.get(t, h.preferencesURL(reader)).text
	riyadh, aden, karachi := strings.Index(page, "الرياض · UTC&#43;3"), strings.Index(page, "عدن · UTC&#43;3"), strings.Index(page, "Karachi · UTC&#43;5")
	if riyadh < 0 || aden < riyadh || karachi < aden || !strings.Contains(page, `<optgroup label="آسيا">`) {
		t.Errorf("in Arabic: %d, %d, %d", riyadh, aden, karachi)
	}
	if n := strings.Count(page, "<option value=\"Asia/"); n < 60 {
		t.Errorf("%d zones of Asia", n)
	}
}
