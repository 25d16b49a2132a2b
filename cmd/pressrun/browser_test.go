package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browse opens a headless browser. Where there is none it skips the test, but on the
// build machine that is a failure.
func browse(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	switch {
	case program == "" && os.Getenv("CI") == "true":
		t.Fatal("no Chromium or Chrome is installed")
	case program == "":
		t.Skip("no Chromium or Chrome is installed: the demo is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	for _, name := range []string{"no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

func ask[V any](t *testing.T, ctx context.Context, script string) V {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[V](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

func press(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func seen(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func TestVisitorReadsAMailOfTheDemoAndLeaves(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	h := bareHouse(t, t.TempDir())
	demo := h.start("demo", "--listen", "127.0.0.1:0", "--subscribers", "60", "--dir", h.dir)
	inbox := demo.says(`Open the inbox: +(http://\S+)`)

	ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(inbox), seen(".mails li")))
	if n := ask[string](t, ctx, `document.querySelector(".banner strong").textContent`); n != "60" {
		t.Errorf("the list says %s mails", n)
	}

	// A mail to a reader of English, found by the address, with its headline in the frame.
	ok(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#q"), "reader000007\r"), seen(".mails li:only-child"),
		press(".mails a"), seen("iframe.desktop")))
	headline := ask[string](t, ctx, `document.querySelector("h1").textContent`)
	_, frame := get(t, ask[string](t, ctx, `document.querySelector("iframe").src`))
	if headline == "" || !strings.Contains(frame, headline) || !strings.Contains(frame, "Unsubscribe") {
		t.Errorf("the mail “%s” is %s", headline, frame)
	}

	// Every view of it.
	for _, tab := range [][2]string{{"phone", ".phone iframe"}, {"dark", ".as-dark iframe"}, {"source", ".fields b"}, {"text", "pre.plain"}} {
		ok(t, chromedp.Do(ctx, press(`.tabs a[href$="view=`+tab[0]+`"]`), seen(tab[1])))
	}
	if text := ask[string](t, ctx, `document.querySelector("pre.plain").textContent`); !strings.Contains(text, "• "+headline[:20]) {
		t.Errorf("the text part is %s", text)
	}
	ok(t, chromedp.Do(ctx, press(`.tabs a[href$="view=checks"]`), seen(".score")))
	if score := ask[string](t, ctx, `document.querySelector(".score").innerText`); !strings.Contains(score, "0 failed") {
		t.Errorf("the checks say %s: %s", score, ask[string](t, ctx, `document.querySelector("li.bad").innerText`))
	}

	// The link to leave leads to a page with one button; pressing it is all.
	link := ask[string](t, ctx, `document.querySelector(".actions a.button").href`)
	ok(t, chromedp.Do(ctx, chromedp.Navigate(link), seen("button[name=leave]")))
	state := `SELECT c.state FROM subscription c JOIN subscriber s ON s.id = c.subscriber_id WHERE s.email = 'reader000007@readers.example'`
	if got := h.sql(state); len(got) != 1 || got[0] != "confirmed" {
		t.Errorf("before the button they are %q", got)
	}
	ok(t, chromedp.Do(ctx, press("button[name=leave]"), seen("button[name=undo]")))
	if title := ask[string](t, ctx, `document.title`); !strings.Contains(title, "You have left") {
		t.Errorf("after the button the page is called %q", title)
	}
	if got := h.sql(state); len(got) != 1 || got[0] != "unsubscribed" {
		t.Errorf("after the button they are %q", got)
	}

	demo.signal(syscall.SIGINT)
	demo.ends(0)
	if _, err := os.Stat(filepath.Join(h.dir, "pressrun.db")); err != nil {
		t.Errorf("a folder of the visitor's own is kept: %v", err)
	}
}
