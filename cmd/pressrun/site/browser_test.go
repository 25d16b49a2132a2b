package site

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
	"github.com/chromedp/chromedp"
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

func TestPersonLeavesInABrowserByKeyboardAndMouse(t *testing.T) {
	h := open(t)
	ctx := browse(t)
	reader := h.join(t, "mona@example.org", "", "daily", "weekend")
	withoutScript(t, ctx)
	// With the keyboard: past the skip link and the paper's name to the button.
	ok(t, chromedp.Do(ctx,
		chromedp.Navigate(h.leaveURL(t, reader, "daily")),
		chromedp.WaitVisible(chromedp.CSS(`button[name=leave]`)),
		chromedp.KeyEvent("\t\t\t\r"),
		chromedp.WaitVisible(chromedp.CSS(`button[name=undo]`)),
	))
	title, err := chromedp.Run(ctx, chromedp.Title())
	ok(t, err)
	if !strings.Contains(title, "You have left") {
		t.Errorf("the title is %q", title)
	}
	if got := h.states(t, reader); got != "daily:unsubscribed weekend:confirmed" {
		t.Errorf("after Enter: %s", got)
	}
	ok(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`button[name=undo]`)), chromedp.WaitVisible(chromedp.CSS(`button[name=leave]`))))
	if got := h.states(t, reader); got != "daily:confirmed weekend:confirmed" {
		t.Errorf("after undo: %s", got)
	}
	ok(t, chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`button[name=all]`)),
		chromedp.WaitVisible(chromedp.CSS(`button[name=undo]`)),
		chromedp.Reload(), // shows the page again and posts nothing
		chromedp.WaitVisible(chromedp.CSS(`button[name=undo]`)),
	))
	if got := h.states(t, reader); got != "daily:unsubscribed weekend:unsubscribed" {
		t.Errorf("after all: %s", got)
	}
}

func withoutScript(t *testing.T, ctx context.Context) {
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	ok(t, err)
}

// A measure is what a page is like once it is laid out.
type measure struct {
	Wide  int      // how far it goes beyond the window
	Small []string // what is to be pressed and is smaller than a fingertip (H7: 44 px)
}

const measuring = `({
	Wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
	Small: [...document.querySelectorAll('button, footer nav a, .choice, .pressrun-bar a')]
		.filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.textContent.trim())
})`

func TestPagesFitPhonesInBothDirections(t *testing.T) {
	h := open(t)
	ctx := browse(t)
	for _, lang := range []string{"en", "ar"} {
		for name, address := range h.everyPage(t, lang) {
			ok(t, chromedp.Do(ctx,
				chromedp.EmulateViewport(320, 800, chromedp.EmulateMobile),
				chromedp.Navigate(address),
			))
			m, err := chromedp.Run(ctx, chromedp.Evaluate[measure](measuring))
			ok(t, err)
			if m.Wide > 0 {
				t.Errorf("%s in %s is %d px wider than the window", name, lang, m.Wide)
			}
			if len(m.Small) > 0 {
				t.Errorf("%s in %s: too small to press: %q", name, lang, m.Small)
			}
			if *shots != "" {
				h.picture(t, ctx, name, lang, address)
			}
		}
	}
}

// everyPage has an address of each page, in a language.
func (h *house) everyPage(t *testing.T, lang string) map[string]string {
	asks := h.join(t, "asks."+lang+"@example.org", lang, "daily", "weekend")
	left := h.join(t, "left."+lang+"@example.org", lang, "daily", "weekend")
	h.press(t, h.leaveURL(t, left, "daily"), "leave", "1")
	gone := h.join(t, "gone."+lang+"@example.org", lang, "daily")
	h.press(t, h.leaveURL(t, gone, "daily"), "all", "1")
	query := "?lang=" + lang
	return map[string]string{
		"leave":       h.leaveURL(t, asks, "daily") + query,
		"left":        h.leaveURL(t, left, "daily") + query,
		"left-all":    h.leaveURL(t, gone, "daily") + query,
		"preferences": h.preferencesURL(left) + query,
		"saved":       h.preferencesURL(left) + query + "&saved=1",
		"front":       h.URL + "/" + query,
		"archive":     h.URL + "/issues/daily" + query,
		"issue":       h.URL + "/issues/daily/3/" + lang,
		"help":        h.URL + "/help" + query,
		"sorry":       h.URL + "/u/wrong" + query,
	}
}

// picture saves a page as phone and desktop see it, light and dark.
func (h *house) picture(t *testing.T, ctx context.Context, name, lang, address string) {
	for _, scheme := range []string{"light", "dark"} {
		for device, width := range map[string]int64{"phone": 390, "desktop": 1200} {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			ok(t, err)
			ok(t, chromedp.Do(ctx,
				chromedp.EmulateViewport(width, 800),
				chromedp.Navigate(address),
			))
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			ok(t, err)
			ok(t, os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%s-%s-%s.png", name, lang, device, scheme)), png, 0o600))
		}
	}
}
