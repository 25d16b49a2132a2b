package desk

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

var shots = flag.String("shots", "", "folder to save pictures of the pages in")

// browse starts a browser of its own, or skips where there is none. Whatever the browser
// complains of, as a style that the page's policy forbids, fails the test.
func browse(t *testing.T) context.Context {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium or Chrome is installed: the pages are not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	for _, f := range []string{"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(f, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	var mu sync.Mutex
	var complaints []string
	ok(t, chromedp.Listen(ctx, func(event any) {
		if e, is := event.(*cdplog.EventEntryAdded); is && e.Entry.Source != cdplog.EntrySourceNetwork {
			mu.Lock()
			defer mu.Unlock()
			complaints = append(complaints, e.Entry.Text)
		}
	}))
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(complaints) > 0 {
			t.Errorf("the browser complains: %s", strings.Join(complaints, "\n"))
		}
	})
	_, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
	ok(t, err)
	return ctx
}

// comeIn logs the browser in as the editor of a role, without the login's page.
func (h *house) comeIn(t *testing.T, ctx context.Context, role staff.Role) {
	t.Helper()
	c := h.as(t, role)
	r, err := c.Get(h.URL + "/desk")
	ok(t, err)
	read(t, r)
	for _, cookie := range c.Jar.Cookies(r.Request.URL) {
		setCookie(t, ctx, h.URL, cookie.Name, cookie.Value)
	}
}

func setCookie(t *testing.T, ctx context.Context, site, name, value string) {
	t.Helper()
	_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: site + "/desk"})
	ok(t, err)
}

func withoutScript(t *testing.T, ctx context.Context) {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	ok(t, err)
}

func TestEditorComesInByKeyboardWithoutScript(t *testing.T) {
	h := open(t)
	ctx := browse(t)
	withoutScript(t, ctx)
	// The first field has the focus. After a wrong password the address is still there.
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(h.URL+"/desk/audit"),
		chromedp.WaitVisible(chromedp.CSS(`#email`)),
		chromedp.KeyEvent("owner@wire.example\tnot the password\r"),
		chromedp.WaitVisible(chromedp.CSS(`.notice.wrong`)),
		chromedp.Click(chromedp.CSS(`#password`)),
		chromedp.KeyEvent(password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(`.table`)), // the log, where they wanted to go
	))
	ok(t, chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`.me summary`)),
		chromedp.Click(chromedp.CSS(`form[action$="/logout"] button`)),
		chromedp.WaitVisible(chromedp.CSS(`#email`)),
		chromedp.Navigate(h.URL+"/desk"),
		chromedp.WaitVisible(chromedp.CSS(`#email`)), // nobody is logged in any more
	))
}

func TestKeysLeadThroughTheDesk(t *testing.T) {
	h := open(t)
	ctx := browse(t)
	h.comeIn(t, ctx, staff.Owner)
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(h.URL+"/desk"),
		chromedp.WaitVisible(chromedp.CSS(`.issue-card`)),
		chromedp.KeyEvent("?"),
		chromedp.WaitVisible(chromedp.CSS(`dialog[open]`)),
		chromedp.KeyEvent("\r"), // Close has the focus
		chromedp.WaitNotVisible(chromedp.CSS(`dialog`)),
		chromedp.KeyEvent("gw"),
		chromedp.WaitVisible(chromedp.CSS(`form[action="/desk/editors"]`)),
		chromedp.KeyEvent("gl"),
		chromedp.WaitVisible(chromedp.CSS(`a[href="/desk/audit"][aria-current=page]`)),
		chromedp.KeyEvent("gt"),
		chromedp.WaitVisible(chromedp.CSS(`.issue-card`)),
	))
}

// A measure is what a page is like once it is laid out.
type measure struct {
	Wide  int      // how far it goes beyond the window
	Small []string // what is to be pressed and is too small for a finger
	Bare  []string // fields without a label
}

const measuring = `({
	Wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
	Small: [...document.querySelectorAll('button, .button, nav a, summary, select')]
		.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 39).map(e => e.textContent.trim()),
	Bare: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
		.filter(e => e.labels.length === 0 && !e.ariaLabel).map(e => e.name)
})`

// pages are those that every test of the look goes over, by name.
func (h *house) pages(t *testing.T) map[string]string {
	t.Helper()
	token, err := h.staff.Invite(t.Context(), "Sara Nour", "sara@wire.example", staff.Writer, time.Now())
	ok(t, err)
	return map[string]string{
		"today": "/desk", "editors": "/desk/editors", "audit": "/desk/audit", "me": "/desk/me", "codes": "/desk/me/codes",
		"sorry": "/desk/nowhere/at/all", "invite": "/desk/invite/" + token, "used": "/desk/invite/used",
	}
}

func TestPagesFitPhonesInBothDirections(t *testing.T) {
	h := open(t)
	h.trouble(t)
	ctx := browse(t)
	pages := h.pages(t)
	for _, lang := range []string{"en", "ar"} {
		setCookie(t, ctx, h.URL, languageCookie, lang)
		setCookie(t, ctx, h.URL, sessionCookie, "nobody")
		h.look(t, ctx, "login", lang, "/desk/login")
		h.comeIn(t, ctx, staff.Owner)
		for name, path := range pages {
			h.look(t, ctx, name, lang, path)
		}
	}
}

// look measures a page on a phone, and saves pictures of it if asked to.
func (h *house) look(t *testing.T, ctx context.Context, name, lang, path string) {
	t.Helper()
	ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(320, 800, chromedp.EmulateMobile), chromedp.Navigate(h.URL+path)))
	m, err := chromedp.Run(ctx, chromedp.Evaluate[measure](measuring))
	ok(t, err)
	if m.Wide > 0 {
		t.Errorf("%s in %s is %d px wider than a phone", name, lang, m.Wide)
	}
	if len(m.Small) > 0 {
		t.Errorf("%s in %s: too small to press: %q", name, lang, m.Small)
	}
	if len(m.Bare) > 0 {
		t.Errorf("%s in %s: fields without a label: %q", name, lang, m.Bare)
	}
	if *shots == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		for device, width := range map[string]int64{"phone": 390, "desktop": 1200} {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			ok(t, err)
			ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(h.URL+path)))
			m, err := chromedp.Run(ctx, chromedp.Evaluate[measure](measuring))
			ok(t, err)
			if m.Wide > 0 {
				t.Errorf("%s in %s is %d px wider than a %s", name, lang, m.Wide, device)
			}
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			ok(t, err)
			ok(t, os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%s-%s-%s.png", name, lang, device, scheme)), png, 0o600))
		}
	}
}

// trouble adds what a first page has to tell of: a source that fails, an issue that was not
// sent, an edition that is paused, a token, and a colleague who has not come yet.
func (h *house) trouble(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	failing := digest.Source{URL: "https://port.example/rss", Title: "Port Gazette", FetchedAt: time.Now().Add(-time.Hour)}
	for range 4 {
		failing = failing.Fail("the server answers 503; it may be overloaded", time.Time{}, time.Now().Add(-time.Minute))
	}
	_, err := h.digest.PutSource(ctx, failing)
	ok(t, err)
	_, err = h.digest.PutArticles(ctx, failing, nil, false, time.Now())
	ok(t, err)
	_, err = h.digest.PutEdition(ctx, digest.Edition{Slug: "weekend", Name: "رسالة نهاية الأسبوع", Languages: []string{"ar"}, Doubt: digest.DoubtHold, Paused: true}, then)
	ok(t, err)
	daily, err := h.digest.Edition(ctx, "daily")
	ok(t, err)
	_, _, err = h.digest.CreateIssue(ctx, daily, time.Now().Add(-3*time.Hour), digest.Selection{Skip: "2 stories are fewer than the 3 that an issue needs"}, time.Now())
	ok(t, err)
	_, err = h.staff.MintToken(ctx, "Newsroom screen", []staff.Scope{staff.Read}, time.Now().AddDate(0, 0, 30), time.Now())
	ok(t, err)
}
