package desk

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// cookie is what the client holds under a name.
func (c *client) cookie(t *testing.T, name string) string {
	t.Helper()
	u, err := url.Parse(c.house.URL + "/desk")
	ok(t, err)
	for _, k := range c.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

func TestDeskWithoutEditorsSaysHowTheFirstComesIn(t *testing.T) {
	h := bare(t)
	c := h.nobody(t)
	if status, to := c.get(t, "/desk"); status != http.StatusSeeOther {
		t.Fatalf("the desk answers %d %s", status, to)
	}
	_, page := c.get(t, "/desk/login")
	has(t, page, "pressrun editors add")
	if strings.Contains(page, `name="password"`) {
		t.Error("it asks for a password that nobody has")
	}
	// The link that the command prints lets the first one in.
	token, err := h.staff.Invite(t.Context(), "Mona Haddad", "mona@wire.example", staff.Owner, time.Now())
	ok(t, err)
	link := strings.TrimPrefix(InviteURL(h.URL, token), h.URL)
	for range 3 { // scanners open it first
		_, page = c.get(t, link)
		has(t, page, "Mona Haddad", "mona@wire.example")
	}
	status, page := c.post(t, link, "password", password, "repeat", password+"!")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("two different passwords answer %d", status)
	}
	has(t, page, "are not the same")
	if status, to := c.post(t, link, "password", password, "repeat", password); status != http.StatusSeeOther || to != "/desk?done=welcome" {
		t.Fatalf("the link answers %d %s", status, to)
	}
	_, page = c.get(t, "/desk?done=welcome")
	has(t, page, "You are logged in", "There is no edition", "There is no source")
	other := h.nobody(t)
	if status, page := other.get(t, link); status != http.StatusNotFound || strings.Contains(page, "mona@wire.example") {
		t.Errorf("the used link answers %d", status)
	}
}

func TestLoginRotatesTheSessionAndGoesWhereOneWanted(t *testing.T) {
	h := open(t)
	c := h.nobody(t)
	res, err := c.Get(h.URL + "/desk/audit?before=9")
	ok(t, err)
	read(t, res)
	login := res.Header.Get("Location")
	if login != "/desk/login?next="+url.QueryEscape("/desk/audit?before=9") {
		t.Fatalf("a stranger is led to %q", login)
	}
	_, page := c.get(t, login)
	has(t, page, `name="next" value="/desk/audit?before=9"`)
	visitor := c.cookie(t, visitorCookie)
	form := []string{"email", "editor@wire.example", "next", "/desk/audit?before=9"}
	status, page := c.post(t, "/desk/login", append(form, "password", "wrong")...)
	if status != http.StatusUnprocessableEntity || c.cookie(t, sessionCookie) != "" {
		t.Errorf("a wrong password answers %d", status)
	}
	has(t, page, "address or the password is wrong", `value="editor@wire.example"`)
	if strings.Contains(page, "value=\"wrong\"") {
		t.Error("the page repeats the password")
	}
	status, to := c.post(t, "/desk/login", append(form, "password", password)...)
	first := c.cookie(t, sessionCookie)
	if status != http.StatusSeeOther || to != "/desk/audit?before=9" || first == "" || first == visitor {
		t.Fatalf("the login answers %d %s with cookie %q", status, to, first)
	}
	// Whoever logs in again gets another session, and the one before is over.
	c.get(t, "/desk")
	status, _ = c.post(t, "/desk/login", "email", "viewer@wire.example", "password", password)
	second := c.cookie(t, sessionCookie)
	if status != http.StatusSeeOther || second == first {
		t.Errorf("the second login answers %d and keeps the session", status)
	}
	if _, err := h.staff.Session(t.Context(), first, time.Now()); err == nil {
		t.Error("the first session lives on")
	}
	if strings.Contains(h.log.String(), first) || strings.Contains(h.log.String(), password) {
		t.Error("the log has a secret")
	}
}

func TestSessionCookieIsForTheServerAlone(t *testing.T) {
	h := open(t)
	for base, secure := range map[string]bool{h.URL: false, "https://wire.example/letters": true} {
		h.desk.Frame.Base = base
		c := h.nobody(t)
		c.get(t, "/desk/login")
		res := c.send(t, "/desk/login", h.URL, "csrf", c.csrf, "email", "owner@wire.example", "password", password)
		if secure { // this client speaks no https, and has lost the visitor's cookie
			req, err := http.NewRequest(http.MethodGet, h.URL+"/desk/login", nil)
			ok(t, err)
			if res, err = c.Do(req); err != nil {
				t.Fatal(err)
			}
		}
		read(t, res)
		if len(res.Cookies()) == 0 {
			t.Fatalf("%s: no cookie is set", base)
		}
		for _, k := range res.Cookies() {
			path := strings.TrimPrefix(base, h.URL)
			path = strings.TrimPrefix(path, "https://wire.example") + "/desk"
			if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != path || k.Secure != secure {
				t.Errorf("%s: the cookie is %s", base, k)
			}
		}
	}
}

func TestLoginLeadsNowhereElse(t *testing.T) {
	d := open(t).desk
	for path, want := range map[string]string{
		"":                         "/desk",
		"/desk/audit?before=3":     "/desk/audit?before=3",
		"/desk?done=saved":         "/desk",
		"https://evil.example/":    "/desk",
		"//evil.example/desk":      "/desk",
		`/desk\@evil.example`:      "/desk",
		"/deskevil":                "/desk",
		"/desk/../u/token":         "/desk",
		"/desk/login":              "/desk",
		"javascript:alert(1)":      "/desk",
		"/desk/x\r\nSet-Cookie: a": "/desk",
	} {
		if got := d.local(path); got != want {
			t.Errorf("%q leads to %q, not %q", path, got, want)
		}
	}
}

var keyOnPage = regexp.MustCompile(`<code dir="ltr">([A-Z2-7 ]+)</code>`)

func TestEditorSetsUpCodesAndNeedsThem(t *testing.T) {
	h := open(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/me/codes")
	offer := regexp.MustCompile(`name="offer" value="([^"]+)"`).FindStringSubmatch(page)
	key := keyOnPage.FindStringSubmatch(page)
	if offer == nil || key == nil || !strings.Contains(page, `href="otpauth://totp/`) {
		t.Fatalf("no key is offered:\n%s", page)
	}
	status, page := c.post(t, "/desk/me/codes", "offer", offer[1], "code", "000000")
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, key[1]) {
		t.Errorf("a wrong code answers %d, or another key", status)
	}
	if status, to := c.post(t, "/desk/me/codes", "offer", offer[1], "code", program(t, key[1], time.Now())); status != http.StatusSeeOther || to != "/desk/me?done=codes" {
		t.Fatalf("the code answers %d %s", status, to)
	}
	fresh := h.nobody(t)
	fresh.get(t, "/desk/login")
	status, page = fresh.post(t, "/desk/login", "email", "editor@wire.example", "password", password)
	if status != http.StatusUnprocessableEntity || fresh.cookie(t, sessionCookie) != "" {
		t.Errorf("without a code the login answers %d", status)
	}
	has(t, page, "The code is missing")
	// The code of the next half minute: that of this one is used up.
	code := program(t, key[1], time.Now().Add(30*time.Second))
	if status, _ = fresh.post(t, "/desk/login", "email", "editor@wire.example", "password", password, "code", code); status != http.StatusSeeOther {
		t.Errorf("with the code the login answers %d", status)
	}
}

// program is what an authenticator program shows that was given the key; oathtool and the
// apps count the same way (RFC 6238).
func program(t *testing.T, key string, at time.Time) string {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(key, " ", ""))
	ok(t, err)
	return totp(secret, at)
}

func TestPasswordChangeKeepsThisBrowserOnly(t *testing.T) {
	h := open(t)
	here, there := h.as(t, staff.Viewer), h.as(t, staff.Viewer)
	before := here.cookie(t, sessionCookie)
	status, page := here.post(t, "/desk/me/password", "old", "wrong", "password", "ten berths are closed", "repeat", "ten berths are closed")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password answers %d", status)
	}
	has(t, page, "present password is wrong")
	status, to := here.post(t, "/desk/me/password", "old", password, "password", "ten berths are closed", "repeat", "ten berths are closed")
	if status != http.StatusSeeOther || to != "/desk/me?done=password" || here.cookie(t, sessionCookie) == before {
		t.Errorf("the change answers %d %s, or keeps the session", status, to)
	}
	if status, _ := here.get(t, "/desk"); status != http.StatusOK {
		t.Errorf("this browser is logged out: %d", status)
	}
	if status, _ := there.get(t, "/desk"); status != http.StatusSeeOther {
		t.Errorf("the other browser is still logged in: %d", status)
	}
}

func TestTooManyWrongLoginsAreRefused(t *testing.T) {
	h := open(t)
	c := h.nobody(t)
	c.get(t, "/desk/login")
	var status int
	for i := range 12 {
		status, _ = c.post(t, "/desk/login", "email", "viewer@wire.example", "password", fmt.Sprint("wrong ", i))
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the twelfth wrong login answers %d", status)
	}
	status, page := c.post(t, "/desk/login", "email", "viewer@wire.example", "password", password)
	if status != http.StatusTooManyRequests {
		t.Errorf("the right one then answers %d", status)
	}
	has(t, page, "quarter of an hour")
}
