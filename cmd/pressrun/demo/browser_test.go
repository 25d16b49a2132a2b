package demo

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

var shots = flag.String("shots", "", "folder to save pictures of the inbox's pages in")

// browse opens a headless browser, or skips the test where there is none.
func browse(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium or Chrome is installed: the inbox is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	for _, name := range []string{"no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
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

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// onScreen sets what the viewer's own screen prefers, "light" or "dark".
func onScreen(t *testing.T, ctx context.Context, scheme string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func show(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func press(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func TestReaderLooksThroughTheInboxInABrowser(t *testing.T) {
	ctx := browse(t)
	in, address := openInbox(t, 30)
	in.SetLinks(Link{"The paper", "http://127.0.0.1:9001/"}, Link{"The issue on the web", "http://127.0.0.1:9002/"})
	c := dial(t, address)
	for n := range 60 {
		raw := strings.Replace(goodMail(n, []string{"en", "ar"}[n%2]), sent.Format(time.RFC1123Z), time.Now().Format(time.RFC1123Z), 1)
		if err := send(c, reader(n), raw); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(in.Handler())
	defer server.Close()

	do(t, ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(server.URL))
	if n := ask[int](t, ctx, `document.querySelectorAll(".mails li").length`); n != pageLength {
		t.Errorf("%d mails on the first page", n)
	}
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#q"), "reader000003\r"), show(".mails li:only-child"))
	if to := ask[string](t, ctx, `document.querySelector(".to").textContent`); !strings.Contains(to, "reader000003") {
		t.Errorf("found the mail %s", to)
	}
	do(t, ctx, press(".mails a"), show("iframe.desktop"))
	if title := ask[string](t, ctx, `document.querySelector("h1").textContent`); title != "الجسر العائم يُفتتح" {
		t.Errorf("the mail is called %q", title)
	}
	do(t, ctx, press(`.tabs a[href$=phone]`), show("div.phone iframe"))
	if width := ask[float64](t, ctx, `document.querySelector("iframe").getBoundingClientRect().width`); width != 390 {
		t.Errorf("the phone is %v pixels wide", width)
	}
	do(t, ctx, press(`.tabs a[href$=dark]`), show(".as-dark iframe"),
		press(`.tabs a[href$=text]`), show("pre.plain a"), press(`.tabs a[href$=source]`), show(".fields b"))
	if source := ask[string](t, ctx, `document.querySelector(".fields").innerText`); !strings.Contains(source, "List-Unsubscribe-Post: List-Unsubscribe=One-Click") {
		t.Errorf("the source is %q", source)
	}
	do(t, ctx, press(`.tabs a[href$=checks]`), show(".score"))
	if score := ask[string](t, ctx, `document.querySelector(".score").innerText`); !strings.HasPrefix(score, "23 passed\n0 failed") {
		t.Errorf("the checks say %q", score)
	}
	for _, screen := range []string{"light", "dark"} {
		onScreen(t, ctx, screen)
		for scheme, want := range map[string]string{"": "rgb(255, 255, 255)", "?scheme=dark": "rgb(16, 20, 24)"} {
			do(t, ctx, chromedp.Navigate(server.URL+"/mail/1/html"+scheme))
			if ground := ask[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); ground != want {
				t.Errorf("%q on a %s screen: the mail's ground is %s, want %s", scheme, screen, ground, want)
			}
		}
	}
	onScreen(t, ctx, "light")
	pages := map[string]string{
		"list": "/", "desktop": "/mail/1", "phone": "/mail/2?view=phone", "dark": "/mail/1?view=dark",
		"text": "/mail/2?view=text", "source": "/mail/2?view=source", "checks": "/mail/1?view=checks",
	}
	for _, page := range pages {
		do(t, ctx, chromedp.EmulateViewport(360, 740), chromedp.Navigate(server.URL+page))
		if width := ask[int](t, ctx, `document.documentElement.scrollWidth`); width > 360 {
			t.Errorf("%s is %d pixels wide on a phone of 360", page, width)
		}
	}
	if *shots != "" {
		photograph(t, ctx, server.URL, pages)
	}
}

// photograph saves pictures of the pages, wide and narrow, on light and dark screens.
func photograph(t *testing.T, ctx context.Context, base string, pages map[string]string) {
	for name, page := range pages {
		for size, width := range map[string]int64{"wide": 1200, "narrow": 390} {
			for _, screen := range []string{"light", "dark"} {
				onScreen(t, ctx, screen)
				do(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(base+page), chromedp.Sleep(300*time.Millisecond))
				shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(*shots, name+"-"+size+"-"+screen+".png"), shot, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
