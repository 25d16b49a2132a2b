package desk

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// named lets a house be reached by a name: an address without one can have no passkeys.
func named(h *house) {
	h.desk.Frame.Base = strings.Replace(h.desk.Frame.Base, "127.0.0.1", "localhost", 1)
}

// authenticator plugs one into the browser that knows its owner.
func authenticator(t *testing.T, ctx context.Context) webauthn.AuthenticatorID {
	t.Helper()
	yes := true
	_, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{})
	ok(t, err)
	made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: yes, HasUserVerification: yes, IsUserVerified: yes, AutomaticPresenceSimulation: yes,
	}})
	ok(t, err)
	return made.AuthenticatorID
}

// logOut ends the browser's session by the menu.
func logOut(t *testing.T, ctx context.Context) {
	t.Helper()
	ok(t, chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`.me summary`)),
		chromedp.Click(chromedp.CSS(`form[action$="/logout"] .link`)),
		chromedp.WaitVisible(chromedp.CSS(`#email`)),
	))
}

func TestEditorAddsAPasskeyAndComesInWithIt(t *testing.T) {
	h := open(t, named)
	base := h.desk.Frame.Base
	ctx := browse(t)
	id := authenticator(t, ctx)
	const add, show = `form[data-passkey=new] button`, `form[data-passkey=login] button`
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(base+"/desk/login?next=/desk/me"),
		chromedp.WaitVisible(chromedp.CSS(`#email`)),
		chromedp.KeyEvent("editor@wire.example\t"+password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(add)),
		chromedp.Click(chromedp.CSS(`#passkey`)),
		chromedp.KeyEvent("Phone <1>\r"), // by keyboard
		chromedp.WaitVisible(chromedp.CSS(`.notice.done`)),
		chromedp.WaitVisible(chromedp.CSS(`form[action$="/remove"] button`)),
	))
	e, err := h.staff.Editor(t.Context(), "editor@wire.example")
	ok(t, err)
	keys, err := h.staff.Passkeys(t.Context(), e.ID)
	ok(t, err)
	if len(keys) != 1 || keys[0].Name != "Phone <1>" {
		t.Fatalf("the passkeys are %+v", keys)
	}
	// One on each authenticator: the second is not made, and the page says so.
	ok(t, chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`#passkey`)),
		chromedp.KeyEvent("Phone again"),
		chromedp.Click(chromedp.CSS(add)),
		chromedp.WaitVisible(chromedp.CSS(`form[data-passkey=new] [data-failed]`)),
	))

	logOut(t, ctx)
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(base+"/desk/audit"),
		chromedp.Click(chromedp.CSS(show)),
		chromedp.WaitVisible(chromedp.CSS(`.table`)), // the log, where they wanted to go
	))
	entries, err := h.staff.Audit(t.Context(), 0, 9)
	ok(t, err)
	var acts []string
	for _, e := range entries {
		acts = append(acts, strings.TrimSpace(e.Act+" "+e.What))
	}
	if d := cmp.Diff([]string{"login-passkey Phone <1>", "passkey Phone <1>", "login-password"}, acts); d != "" {
		t.Error(d)
	}
	if keys, err = h.staff.Passkeys(t.Context(), e.ID); err != nil || keys[0].Counter == 0 || time.Since(keys[0].LastSeen) > time.Minute {
		t.Errorf("after the login it is %+v, %v", keys, err)
	}

	// Removed here, it opens nothing, though the authenticator still has it.
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(base+"/desk/me"),
		chromedp.Click(chromedp.CSS(`form[action$="/remove"] button`)),
		chromedp.WaitVisible(chromedp.CSS(`.notice.done`)),
	))
	logOut(t, ctx)
	ok(t, chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(show)),
		chromedp.WaitVisible(chromedp.CSS(`main > .notice.wrong`)),
	))

	// One that does not know its owner any more proves nothing.
	_, err = chromedp.Call(ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: id, IsUserVerified: false})
	ok(t, err)
	ok(t, chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(show)),
		chromedp.WaitVisible(chromedp.CSS(`form[data-passkey=login] [data-failed]`)),
		chromedp.Click(chromedp.CSS(`#email`)), // the password is still there
	))
}

func TestPasskeyThatForgesItsOwnerIsRefused(t *testing.T) {
	h := open(t, named)
	ctx := browse(t)
	id := authenticator(t, ctx)
	base, bad := h.desk.Frame.Base, true
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(base+"/desk/login?next=/desk/me"),
		chromedp.WaitVisible(chromedp.CSS(`#email`)),
		chromedp.KeyEvent("editor@wire.example\t"+password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(`#passkey`)),
		chromedp.Click(chromedp.CSS(`#passkey`)),
		chromedp.KeyEvent("Phone\r"),
		chromedp.WaitVisible(chromedp.CSS(`.notice.done`)),
	))
	logOut(t, ctx)
	for name, p := range map[string]webauthn.SetResponseOverrideBitsParams{
		"a bogus signature": {AuthenticatorID: id, IsBogusSignature: &bad},
		"nobody verified":   {AuthenticatorID: id, IsBadUV: &bad},
		"nobody there":      {AuthenticatorID: id, IsBadUP: &bad},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := chromedp.Call(ctx, webauthn.SetResponseOverrideBits, p)
			ok(t, err)
			ok(t, chromedp.Do(ctx,
				chromedp.Navigate(base+"/desk/login"),
				chromedp.Click(chromedp.CSS(`form[data-passkey=login] button`)),
				chromedp.WaitVisible(chromedp.CSS(`main > .notice.wrong`)),
			))
			text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector('main > .notice.wrong').textContent`))
			ok(t, err)
			if !strings.Contains(text, "does not prove who you are") {
				t.Errorf("the page says %q", text)
			}
		})
	}
}

// asking does in a page what its script does, up to sending the form, and returns the two
// fields: the attempt and the authenticator's answer.
const asking = `(async form => {
	const begun = await fetch(form.dataset.begin, { method: 'POST', headers: { 'X-CSRF-Token': form.elements.csrf.value } })
	const { attempt, options } = await begun.json()
	const said = form.dataset.passkey === 'new'
		? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
		: await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
	return ['attempt', attempt, 'answer', JSON.stringify(said), 'name', 'Phone']
})(document.querySelector('form[data-passkey]'))`

func TestAnswerIsGoodOnceAndInItsBrowserOnly(t *testing.T) {
	h := open(t, named)
	ctx := browse(t)
	authenticator(t, ctx)
	base := h.desk.Frame.Base
	ask := func(path, cookie, value string) []string {
		t.Helper()
		setCookie(t, ctx, base, cookie, value)
		ok(t, chromedp.Do(ctx, chromedp.Navigate(base+path), chromedp.WaitVisible(chromedp.CSS(`form[data-passkey]`))))
		fields, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](asking, chromedp.EvalAwaitPromise))
		ok(t, err)
		return fields
	}
	refused := func(c *client, path string, fields []string) {
		t.Helper()
		status, page := c.post(t, path, fields...)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d", path, status)
		}
		has(t, page, "was finished already")
	}
	here, there := h.as(t, staff.Writer), h.as(t, staff.Writer)
	made := ask("/desk/me", sessionCookie, here.cookie(t, sessionCookie))
	refused(there, "/desk/me/passkeys", made)
	if status, to := here.post(t, "/desk/me/passkeys", made...); status != http.StatusSeeOther || to != "/desk/me?done=passkey" {
		t.Fatalf("the passkey is answered %d %s", status, to)
	}
	refused(here, "/desk/me/passkeys", made)

	mine, other := h.nobody(t), h.nobody(t)
	mine.get(t, "/desk/login")
	other.get(t, "/desk/login")
	setCookie(t, ctx, base, sessionCookie, "nobody")
	shown := ask("/desk/login", visitorCookie, mine.cookie(t, visitorCookie))
	refused(other, "/desk/login/passkey", shown)
	refused(mine, "/desk/login/passkey", made)
	visitor := mine.cookie(t, visitorCookie)
	status, to := mine.post(t, "/desk/login/passkey", append(shown, "next", "//evil.example")...)
	if status != http.StatusSeeOther || to != "/desk" || mine.cookie(t, sessionCookie) == "" {
		t.Fatalf("the login answers %d %s", status, to)
	}
	again := h.nobody(t)
	again.csrf = h.staff.FormToken(visitor)
	u, err := url.Parse(h.URL + "/desk")
	ok(t, err)
	again.Jar.SetCookies(u, []*http.Cookie{{Name: visitorCookie, Value: visitor, Path: "/desk"}})
	refused(again, "/desk/login/passkey", shown)
}

func TestPasskeyIsAddedSoonAfterALoginOnly(t *testing.T) {
	h := open(t, named)
	c := h.as(t, staff.Writer)
	ok(t, h.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE editor_session SET started = started - 1000`)
		return err
	}))
	_, page := c.get(t, "/desk/me")
	has(t, page, "whoever sits down at your desk cannot")
	if strings.Contains(page, `name="attempt"`) {
		t.Error("the page offers to add one all the same")
	}
	if status, _ := c.post(t, "/desk/me/passkeys/begin"); status != http.StatusConflict {
		t.Errorf("the offer answers %d", status)
	}
	if status, to := c.post(t, "/desk/logout", "next", "/desk/me"); status != http.StatusSeeOther || to != "/desk/login?next=%2Fdesk%2Fme" {
		t.Errorf("logging in again answers %d %s", status, to)
	}
}

func TestTooManyWrongPasskeysAreRefused(t *testing.T) {
	h := open(t, named)
	c := h.nobody(t)
	c.get(t, "/desk/login")
	var status int
	for range 21 {
		_, begun := c.post(t, "/desk/login/passkey/begin")
		_, token, _ := strings.Cut(begun, `"attempt":"`)
		token, _, _ = strings.Cut(token, `"`)
		status, _ = c.post(t, "/desk/login/passkey", "attempt", token, "answer", "{}")
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the twenty-first answers %d", status)
	}
	if status, _ = c.post(t, "/desk/login", "email", "viewer@wire.example", "password", password); status != http.StatusTooManyRequests {
		t.Errorf("a right password from there answers %d", status)
	}
}

func TestNoButtonIsDead(t *testing.T) {
	h := open(t, named)
	ctx := browse(t)
	const hidden = `[...document.querySelectorAll('[data-passkey]')].every(f => !f.checkVisibility())`
	look := func(what, path string, want bool) {
		t.Helper()
		ok(t, chromedp.Do(ctx, chromedp.Navigate(path), chromedp.WaitVisible(chromedp.CSS(`h1`))))
		time.Sleep(200 * time.Millisecond) // the script runs after the page is there
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](hidden))
		ok(t, err)
		if is != want {
			t.Errorf("%s: hidden is %v", what, is)
		}
	}
	base := h.desk.Frame.Base
	look("with all it takes", base+"/desk/login", false)
	look("at another address of the desk", h.URL+"/desk/login", true)
	withoutScript(t, ctx)
	look("without script", base+"/desk/login", true)
	c := h.as(t, staff.Writer)
	setCookie(t, ctx, base, sessionCookie, c.cookie(t, sessionCookie))
	look("the account without script", base+"/desk/me", true)
	ok(t, chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(`[data-without]`))))
}

func TestSiteWithoutANameHasNoPasskeys(t *testing.T) {
	h := open(t) // http, at an address
	c := h.as(t, staff.Writer)
	_, login := h.nobody(t).get(t, "/desk/login")
	_, me := c.get(t, "/desk/me")
	if strings.Contains(strings.ToLower(login+me), "passkey") {
		t.Error("the pages speak of passkeys")
	}
	for _, path := range []string{"/desk/login/passkey/begin", "/desk/login/passkey", "/desk/me/passkeys/begin", "/desk/me/passkeys"} {
		if status, _ := c.post(t, path); status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
	}
}
