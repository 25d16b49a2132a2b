package site

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/pressrun/pressrun/subscribers"
)

// asPerson hides from pages that a program steers the browser.
func asPerson(t *testing.T, ctx context.Context) {
	t.Helper()
	_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })`,
	})
	ok(t, err)
}

func TestPersonSignsUpOnAPhoneInASurge(t *testing.T) {
	t.Parallel()
	l := openLobby(t, Signups{Limits: noLimits})
	ctx := browse(t)
	l.site.door.surge(time.Now())
	ok(t, chromedp.Do(ctx,
		chromedp.EmulateViewport(390, 800, chromedp.EmulateMobile),
		chromedp.Navigate(l.URL+"/subscribe"),
		chromedp.WaitVisible(chromedp.CSS(`#email`)),
		chromedp.SendKeys(chromedp.CSS(`#email`), "mona@example.org"),
		chromedp.Click(chromedp.CSS(`.choice:has([value=daily])`)),
		chromedp.Click(chromedp.CSS(`summary`)),
		chromedp.Click(chromedp.CSS(`.choice:has([value=weekly])`)),
		chromedp.WaitVisible(chromedp.CSS(`#weekday`)),
		chromedp.Sleep(formRipe), // people do not type faster
		chromedp.Click(chromedp.CSS(`button[data-submit]`)),
		chromedp.WaitVisible(chromedp.CSS(`.letter`)),
	))
	mails := l.mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	link := l.link(t, decodedText(t, mails[0]), "/c/")

	// A program that runs scripts loads the page and does not confirm.
	ok(t, chromedp.Do(ctx, chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS(`button[name=confirm]`)), chromedp.Sleep(2500*time.Millisecond)))
	info, err := l.readers.Signup(t.Context(), 1, time.Now())
	ok(t, err)
	if info.State != subscribers.SignupOpen {
		t.Errorf("the sign-up is %s after a program loaded its page", info.State)
	}
	// In front of a person it confirms by itself.
	asPerson(t, ctx)
	ok(t, chromedp.Do(ctx, chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS(`.seal`))))
	reader, err := l.readers.Find(t.Context(), address(t, "mona@example.org"))
	ok(t, err)
	if l.states(t, reader) != "daily:confirmed" {
		t.Errorf("the reader is %s", l.states(t, reader))
	}
}

func TestPersonSignsUpWithoutScript(t *testing.T) {
	t.Parallel()
	l := openLobby(t, Signups{Limits: noLimits})
	ctx := browse(t)
	withoutScript(t, ctx)
	fill := func() {
		t.Helper()
		ok(t, chromedp.Do(ctx,
			chromedp.Navigate(l.URL+"/subscribe?lang=ar&edition=weekend"),
			chromedp.WaitVisible(chromedp.CSS(`#email`)),
			chromedp.SendKeys(chromedp.CSS(`#email`), "mona@example.org"),
			chromedp.Sleep(formRipe),
			chromedp.Click(chromedp.CSS(`button[data-submit]`)),
		))
	}
	fill()
	ok(t, chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS(`.letter`))))
	mails := l.mails(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(l.link(t, decodedText(t, mails[0]), "/c/")),
		chromedp.Click(chromedp.CSS(`button[name=confirm]`)),
		chromedp.WaitVisible(chromedp.CSS(`.seal`)),
	))
	l.site.door.surge(time.Now())
	fill()
	ok(t, chromedp.Do(ctx, chromedp.WaitReady(chromedp.CSS(`form.finish`))))
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(`main`)))
	ok(t, err)
	hidden, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector('[data-submit]')).visibility`))
	ok(t, err)
	if !strings.Contains(text, "يظهر الزر بعد ثوانٍ") || hidden != "hidden" {
		t.Errorf("in a surge the button is %s, and the page says %s", hidden, text)
	}
}

func TestComponentSignsUpFromAnotherSite(t *testing.T) {
	t.Parallel()
	l := openLobby(t, Signups{Limits: noLimits})
	a := l.get(t, l.URL+"/subscribe/embed")
	if !strings.Contains(a.text, "&lt;pressrun-subscribe") {
		t.Fatal(a.text)
	}
	paper := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><title>News</title><link rel=icon href=data:,>"+l.site.component("en", l.offered(t)))
	}))
	t.Cleanup(paper.Close)
	ctx := browse(t)
	ok(t, chromedp.Do(ctx, chromedp.Navigate(paper.URL+"/news/1?session=1"), chromedp.WaitVisible(chromedp.CSS(`pressrun-subscribe`))))
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelector('pressrun-subscribe').shadowRoot.querySelector('[type=email]').focus(), true)`))
	ok(t, err)
	ok(t, chromedp.Do(ctx,
		chromedp.KeyEvent("mona@example.org"), chromedp.Sleep(formRipe+200*time.Millisecond),
		chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(`.letter`)),
	))
	if found := l.dumpTable(t, "signup"); !strings.Contains(found, paper.URL+"/news/1|") || !strings.Contains(found, "daily\nweekend") {
		t.Errorf("written down: %s", found)
	}
}

func TestSigningUpFitsPhonesInBothDirections(t *testing.T) {
	t.Parallel()
	l := openLobby(t, Signups{Limits: noLimits, Privacy: "https://wire.example/privacy", Imprint: "https://wire.example/imprint"})
	ctx := browse(t)
	week := time.Now().Add(7 * 24 * time.Hour)
	accepted(t, l.send(t, l.filled("asks@example.org")))
	accepted(t, l.send(t, l.filled("done@example.org")))
	ok(t, err2(l.readers.Confirm(t.Context(), 2, time.Now())))
	reader := l.join(t, "moves@example.org", "en", "daily")
	ok(t, l.readers.ChangeAddress(t.Context(), reader.ID, address(t, "moved@example.org"), time.Now()))
	for _, lang := range []string{"en", "ar"} {
		query := "?lang=" + lang
		for name, address := range map[string]string{
			"subscribe":       l.URL + "/subscribe" + query,
			"sent":            l.URL + "/subscribe/sent" + query,
			"embed":           l.URL + "/subscribe/embed" + query,
			"confirm":         l.URL + "/c/" + l.keys.TokenUntil(subscribers.Confirm, 1, week) + query,
			"confirmed":       l.URL + "/c/" + l.keys.TokenUntil(subscribers.Confirm, 2, week) + query,
			"confirm-expired": l.URL + "/c/" + l.keys.TokenUntil(subscribers.Confirm, 9, week) + query,
			"move":            l.URL + "/a/" + l.keys.TokenUntil(subscribers.Change, 1, week) + query,
		} {
			ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(320, 800, chromedp.EmulateMobile), chromedp.Navigate(address)))
			m, err := chromedp.Run(ctx, chromedp.Evaluate[measure](`(document.querySelectorAll('details').forEach(d => d.open = true), document.querySelector('[value=weekly]')?.click(), `+strings.Replace(measuring, "'button", "'summary, select, [type=email], .button, button", 1)+`)`))
			ok(t, err)
			if m.Wide > 0 || len(m.Small) > 0 {
				t.Errorf("%s in %s: %d px too wide, too small to press: %q", name, lang, m.Wide, m.Small)
			}
			if *shots != "" {
				l.picture(t, ctx, name, lang, address)
			}
		}
	}
}

func err2[T any](_ T, err error) error { return err }
