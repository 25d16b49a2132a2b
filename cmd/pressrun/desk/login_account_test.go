package desk

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

func TestEditorComesInByAnAccountElsewhere(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	p.is("s-1", "Editor@Wire.example")
	c := h.nobody(t)
	_, page := c.get(t, "/desk/login?next=/desk/audit")
	has(t, page, "Log in with Newsroom", `href="/desk/login/oidc?next=%2fdesk%2faudit"`, `name="password"`)

	before := h.state(t)
	at := c.leave(t, "/desk/audit?before=9")
	if h.state(t) != before {
		t.Error("a login that has only begun changed something")
	}
	back := c.authorized(t, at)
	status, to := c.follow(t, back)
	if status != http.StatusSeeOther || to != "/desk/audit?before=9" || c.cookie(t, sessionCookie) == "" {
		t.Fatalf("the way back answers %d %s", status, to)
	}
	s, err := h.staff.Session(t.Context(), c.cookie(t, sessionCookie), time.Now())
	ok(t, err)
	if s.Editor.Email != "editor@wire.example" || !s.Editor.Account {
		t.Errorf("the session is that of %+v", s.Editor)
	}
	entries, err := h.staff.Audit(t.Context(), 0, 1)
	ok(t, err)
	if e := entries[0]; e.Act != "login-account" || e.What != "Newsroom" || e.Editor != s.Editor.ID {
		t.Errorf("the log has %+v", e)
	}
	_, page = c.get(t, "/desk/audit")
	has(t, page, "logged in with the account at")
	query := queryOf(t, back)
	for _, secret := range []string{clientSecret, query.Get("code"), query.Get("state")} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	// Who is in already is not asked again, there or here.
	if status, to := c.follow(t, "/desk/login/oidc?next=/desk/me"); status != http.StatusSeeOther || to != "/desk/me" {
		t.Errorf("a second login answers %d %s", status, to)
	}
	_, page = h.as(t, staff.Owner).get(t, "/desk/editors")
	has(t, page, "account elsewhere")
}

func queryOf(t *testing.T, path string) url.Values {
	t.Helper()
	u, err := url.Parse(path)
	ok(t, err)
	return u.Query()
}

func TestWhatAProviderCannotProveLetsNobodyIn(t *testing.T) {
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	ok(t, err)
	p := openProvider(t)
	h := open(t, withProvider(p))
	for name, c := range map[string]struct {
		spoil func(*provider)
		says  string
	}{
		"another login's nonce":   {func(p *provider) { p.twist = map[string]any{"nonce": "another"} }, "does not prove who you are"},
		"no nonce":                {func(p *provider) { p.twist = map[string]any{"nonce": nil} }, "does not prove who you are"},
		"another program's token": {func(p *provider) { p.twist = map[string]any{"aud": "wiki"} }, "does not prove who you are"},
		"made for another of two": {func(p *provider) { p.twist = map[string]any{"aud": []string{clientID, "wiki"}, "azp": "wiki"} }, "does not prove who you are"},
		"made for one of two":     {func(p *provider) { p.twist = map[string]any{"aud": []string{clientID, "wiki"}} }, "does not prove who you are"},
		"run out":                 {func(p *provider) { p.twist = map[string]any{"exp": time.Now().Add(-time.Second).Unix()} }, "does not prove who you are"},
		"another issuer":          {func(p *provider) { p.twist = map[string]any{"iss": "https://evil.example"} }, "does not prove who you are"},
		"another's signature":     {func(p *provider) { p.signer = stranger }, "does not prove who you are"},
		"no signature":            {func(p *provider) { p.header = map[string]any{"alg": "none"} }, "does not prove who you are"},
		"our secret as the key":   {func(p *provider) { p.header = map[string]any{"alg": "HS256"} }, "does not prove who you are"},
		"an address not verified": {func(p *provider) { p.twist = map[string]any{"email_verified": false} }, "has not verified the address"},
		"nothing said of it":      {func(p *provider) { delete(p.person, "email_verified") }, "has not verified the address"},
		"an address nobody has":   {func(p *provider) { p.is("s-2", "eve@wire.example") }, "Nobody at this desk has the address"},
		"somebody else's address": {func(p *provider) {
			p.twist, p.info = map[string]any{"email": nil}, map[string]any{"sub": "s-9", "email": "owner@wire.example", "email_verified": true}
		}, "does not prove who you are"},
		"no account at all": {func(p *provider) { p.twist = map[string]any{"sub": ""} }, "Nobody at this desk"},
	} {
		t.Run(name, func(t *testing.T) {
			p.twist, p.header, p.signer, p.info = nil, nil, nil, nil
			p.is("s-1", "editor@wire.example")
			c.spoil(p)
			said := len(h.log.String())
			b := h.nobody(t)
			status, page := b.byAccount(t, "")
			if status != http.StatusUnprocessableEntity || b.cookie(t, sessionCookie) != "" {
				t.Errorf("it answers %d", status)
			}
			has(t, page, c.says, `name="password"`)
			if !strings.Contains(h.log.String()[said:], "err=") {
				t.Error("the log does not say why")
			}
		})
	}
	entries, err := h.staff.Audit(t.Context(), 0, 9)
	ok(t, err)
	if len(entries) > 0 {
		t.Errorf("somebody has come in: %+v", entries)
	}
}

func TestStateIsGoodOnceAndInItsBrowserOnly(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	p.is("s-1", "editor@wire.example")
	mine, other := h.nobody(t), h.nobody(t)
	back := mine.authorized(t, mine.leave(t, ""))
	other.get(t, "/desk/login")
	// A link with my state and code opens nothing for another, with a cookie or without.
	for _, c := range []*client{other, h.nobody(t)} {
		status, page := c.follow(t, back)
		if status != http.StatusUnprocessableEntity || c.cookie(t, sessionCookie) != "" {
			t.Errorf("another browser is answered %d", status)
		}
		has(t, page, "begun in another browser")
	}
	// The code of another's login does not fit what this browser began: PKCE.
	theirs := queryOf(t, other.authorized(t, other.leave(t, "")))
	first := queryOf(t, mine.authorized(t, mine.leave(t, "")))
	status, page := mine.follow(t, AccountPath+"?"+url.Values{"state": {first.Get("state")}, "code": {theirs.Get("code")}}.Encode())
	if status != http.StatusUnprocessableEntity {
		t.Errorf("another's code is answered %d", status)
	}
	has(t, page, "does not prove who you are")

	// Used up it is no good, in the same browser and with another code for it.
	at := mine.leave(t, "")
	back, second := mine.authorized(t, at), mine.authorized(t, at)
	visitor := mine.cookie(t, visitorCookie)
	if status, to := mine.follow(t, back); status != http.StatusSeeOther || to != "/desk" {
		t.Fatalf("the way back answers %d %s", status, to)
	}
	req, err := http.NewRequest(http.MethodGet, h.URL+second, nil)
	ok(t, err)
	req.AddCookie(&http.Cookie{Name: visitorCookie, Value: visitor})
	res, err := h.nobody(t).Do(req)
	ok(t, err)
	if page = read(t, res); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a state that was used answers %d", res.StatusCode)
	}
	has(t, page, "was finished already")
	if status, _ := h.nobody(t).follow(t, AccountPath); status != http.StatusUnprocessableEntity {
		t.Errorf("without anything it answers %d", status)
	}
}

func TestRefusalOfTheProviderIsSaid(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	c := h.nobody(t)
	state := queryOf(t, c.leave(t, "/desk/audit")).Get("state")
	status, page := c.follow(t, AccountPath+"?"+url.Values{"state": {state}, "error": {"access_denied"}, "error_description": {"<b>go away</b>"}}.Encode())
	if status != http.StatusUnprocessableEntity || strings.Contains(page, "go away") {
		t.Errorf("it answers %d", status)
	}
	has(t, page, "Newsroom did not let you in", `name="next" value="/desk/audit"`)
}

func TestProviderThatIsDownKeepsNobodyElseOut(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	p.Close()
	c := h.nobody(t)
	_, page := c.get(t, "/desk/login")
	has(t, page, "Log in with Newsroom")
	status, page := c.follow(t, "/desk/login/oidc?next=/desk/audit")
	if status != http.StatusBadGateway {
		t.Errorf("the way to the provider answers %d", status)
	}
	has(t, page, "Newsroom cannot be reached just now", `name="next" value="/desk/audit"`)
	if status, _ := c.post(t, "/desk/login", "email", "editor@wire.example", "password", password); status != http.StatusSeeOther {
		t.Errorf("with the password one is answered %d", status)
	}
	if !strings.Contains(h.log.String(), "does not answer") {
		t.Error("the log does not say that the provider is down")
	}

	// It goes down while somebody is logging in.
	p = openProvider(t)
	h = open(t, withProvider(p))
	c = h.nobody(t)
	back := c.authorized(t, c.leave(t, ""))
	p.Close()
	if status, page = c.follow(t, back); status != http.StatusBadGateway {
		t.Errorf("the way back answers %d", status)
	}
	has(t, page, "cannot be reached")
}

func TestDomainRuleMakesEditors(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p, func(a *Accounts) {
		a.Welcome = staff.Welcome{Domains: []string{"wire.example"}, Role: staff.Viewer}
	}))
	p.is("s-1", "sara@wire.example")
	c := h.nobody(t)
	if status, to := c.byAccount(t, "/desk/me"); status != http.StatusSeeOther || to != "/desk/me" {
		t.Fatalf("it answers %d %s", status, to)
	}
	e, err := h.staff.Editor(t.Context(), "sara@wire.example")
	ok(t, err)
	if e.Role != staff.Viewer || e.Name != "Sara Nour" {
		t.Errorf("she is %+v", e)
	}
	entries, err := h.staff.Audit(t.Context(), 0, 2)
	ok(t, err)
	if entries[1].Act != "welcome" || entries[1].What != "sara@wire.example" || entries[1].Detail != "viewer" || entries[0].Act != "login-account" {
		t.Errorf("the log has %+v", entries)
	}
	_, page := c.get(t, "/desk/me")
	has(t, page, "With a new link, which an owner can make, you choose one")
	p.is("s-2", "sara@evil.example")
	if status, _ := h.nobody(t).byAccount(t, ""); status != http.StatusUnprocessableEntity {
		t.Errorf("another domain answers %d", status)
	}
	// Removed, she stays out, under another address of the domain too.
	ok(t, h.staff.Remove(t.Context(), e.ID))
	for _, email := range []string{"sara@wire.example", "nour@wire.example"} {
		p.is("s-1", email)
		status, page := h.nobody(t).byAccount(t, "")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("as %s she is answered %d", email, status)
		}
		has(t, page, "Nobody at this desk")
	}
}

func TestAccountIsRememberedThoughItsAddressChanges(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	who := func() string {
		c := h.nobody(t)
		if status, page := c.byAccount(t, ""); status != http.StatusSeeOther {
			return page
		}
		s, err := h.staff.Session(t.Context(), c.cookie(t, sessionCookie), time.Now())
		ok(t, err)
		return s.Editor.Email
	}
	p.is("s-1", "editor@wire.example")
	who()
	p.is("s-1", "owner@wire.example")
	if got := who(); got != "editor@wire.example" {
		t.Errorf("with the owner's address the editor comes in as %s", got)
	}
	p.is("s-2", "editor@wire.example")
	has(t, who(), "with another account at Newsroom before")
}

func TestAddressMayBeToldAtTheEndpointForMore(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	p.person = map[string]any{"sub": "s-1"}
	p.info = map[string]any{"sub": "s-1", "email": "editor@wire.example", "email_verified": "true"}
	if status, page := h.nobody(t).byAccount(t, ""); status != http.StatusSeeOther {
		t.Errorf("it answers %d\n%s", status, page)
	}
}

func TestLoginElsewhereLeadsNowhereElse(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	p.is("s-1", "editor@wire.example")
	for _, next := range []string{"https://evil.example/", "//evil.example/desk", `/desk\@evil.example`, "/desk/login/oidc", AccountPath + "?state=x", "/desk?x=" + strings.Repeat("y", 9000)} {
		if status, to := h.nobody(t).byAccount(t, next); status != http.StatusSeeOther || to != "/desk" {
			t.Errorf("%.40q leads to %d %q", next, status, to)
		}
	}
}

func TestPasswordsMayBeSwitchedOff(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p, func(a *Accounts) { a.Only = true }))
	c := h.nobody(t)
	_, page := c.get(t, "/desk/login")
	has(t, page, "Log in with Newsroom", "pressrun editors reset")
	if strings.Contains(page, `name="password"`) {
		t.Error("the page asks for a password")
	}
	status, page := c.post(t, "/desk/login", "email", "owner@wire.example", "password", password)
	if status != http.StatusForbidden || c.cookie(t, sessionCookie) != "" {
		t.Errorf("a right password answers %d", status)
	}
	has(t, page, "Passwords are not in use here")

	// The provider is down, and nobody is in: the link of the command line opens the desk.
	p.Close()
	e, err := h.staff.Editor(t.Context(), "owner@wire.example")
	ok(t, err)
	token, err := h.staff.Reset(t.Context(), e.ID, time.Now())
	ok(t, err)
	link := strings.TrimPrefix(InviteURL(h.URL, token), h.URL)
	_, page = c.get(t, link)
	has(t, page, "lets you in once, as owner@wire.example")
	if strings.Contains(page, `name="password"`) {
		t.Error("the link asks for a password")
	}
	if status, to := c.post(t, link); status != http.StatusSeeOther || to != "/desk?done=welcome" {
		t.Fatalf("the link answers %d %s", status, to)
	}
	_, page = c.get(t, "/desk/me")
	for _, path := range []string{"/desk/me/password", "/desk/me/codes"} {
		if strings.Contains(page, path) {
			t.Errorf("the account's page leads to %s", path)
		}
		if status, _ := c.post(t, path, "old", "", "password", password, "repeat", password); status != http.StatusForbidden {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if status, _ := h.nobody(t).get(t, link); status != http.StatusNotFound {
		t.Errorf("the link opens twice: %d", status)
	}
}

func TestLoginsElsewhereThatGoWrongAreCounted(t *testing.T) {
	p := openProvider(t)
	h := open(t, withProvider(p))
	p.is("s-1", "eve@evil.example")
	c := h.nobody(t)
	for range 20 {
		c.byAccount(t, "")
	}
	status, page := c.follow(t, "/desk/login/oidc")
	if status != http.StatusTooManyRequests {
		t.Errorf("after twenty of them it answers %d", status)
	}
	has(t, page, "quarter of an hour")
}

func TestDeskWithoutAProviderHasNoWayThere(t *testing.T) {
	h := open(t)
	c := h.nobody(t)
	for _, path := range []string{"/desk/login/oidc", AccountPath + "?state=x&code=y"} {
		if status, _ := c.get(t, path); status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if _, page := c.get(t, "/desk/login"); strings.Contains(page, "/desk/login/oidc") {
		t.Error("the login leads there")
	}
}
