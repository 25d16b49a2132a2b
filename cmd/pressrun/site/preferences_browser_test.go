package site

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/pressrun/pressrun/subscribers"
)

// The way of a reader who is away, comes to leave, and thinks better of it, by a browser.
func TestReaderPausesLeavesAndComesBack(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	ctx := browse(t)
	for _, c := range []struct {
		name, lang string
		width      int64
		left       string
	}{
		{"desktop", "en", 1200, "You have left"},
		{"phone", "en", 390, "You have left"},
		{"arabic", "ar", 390, "أُلغي اشتراكك"},
		{"without.script", "en", 390, "You have left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "without.script" {
				withoutScript(t, ctx)
			}
			reader := l.join(t, c.name+"@example.org", c.lang, "daily")
			press := func(button, then string) {
				t.Helper()
				ok(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(button)), chromedp.WaitVisible(chromedp.CSS(then))))
			}
			ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(c.width, 800), chromedp.Navigate(l.preferencesURL(reader))))
			press(`.choice:has([value=weekly])`, `.weekday select`)
			press(`.choices button`, `#edition-daily .notice`)
			press(`button[name=pause][value="7"]`, `#pause button[name=resume]`)
			if got := l.states(t, reader); got != "daily:paused" {
				t.Errorf("after pausing: %s", got)
			}
			ok(t, chromedp.Do(ctx, chromedp.Navigate(l.leaveURL(t, reader, "daily"))))
			press(`button[name=leave]`, `button[name=undo]`)
			title, err := chromedp.Run(ctx, chromedp.Title())
			ok(t, err)
			if got := l.states(t, reader); got != "daily:unsubscribed" || !strings.Contains(title, c.left) {
				t.Errorf("after leaving: %s, %q", got, title)
			}
			press(`button[name=undo]`, `button[name=leave]`)
			if got := l.states(t, reader); got != "daily:paused" {
				t.Errorf("after undo: %s", got)
			}
			ok(t, chromedp.Do(ctx, chromedp.Navigate(l.preferencesURL(reader))))
			press(`#pause button[name=resume]`, `button[name=pause]`)
			n, err := l.readers.Subscription(t.Context(), reader.Subscriptions[0].ID)
			ok(t, err)
			if n.State != subscribers.Confirmed || n.Choices.Frequency != subscribers.Weekly {
				t.Errorf("in the end: %+v", n)
			}
		})
	}
}

func TestBrowserProposesItsZone(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	ctx := browse(t)
	_, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Riyadh"})
	ok(t, err)
	reader := l.join(t, "mona@example.org", "ar", "daily", "weekend")
	ok(t, chromedp.Do(ctx, chromedp.Navigate(l.preferencesURL(reader)), chromedp.WaitVisible(chromedp.CSS(`[data-browser]`))))
	for _, n := range reader.Subscriptions {
		if n.Choices.Zone != "" {
			t.Errorf("looking chose the zone %q", n.Choices.Zone)
		}
	}
	ok(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`#zone button`)), chromedp.WaitVisible(chromedp.CSS(`#zone .notice`))))
	now, err := l.readers.Get(t.Context(), reader.ID)
	ok(t, err)
	for _, n := range now.Subscriptions {
		if n.Choices.Zone != "Asia/Riyadh" {
			t.Errorf("the zone of %s is %q", n.Edition, n.Choices.Zone)
		}
	}
	hidden, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector('[data-browser]').hidden`))
	ok(t, err)
	if !hidden {
		t.Error("the zone is proposed again although it is chosen")
	}
}

func TestReadersPagesFitPhonesInBothDirections(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	ctx := browse(t)
	week := time.Now().Add(7 * 24 * time.Hour)
	for _, lang := range []string{"en", "ar"} {
		full := l.join(t, "full."+lang+"@example.org", lang, "daily", "weekend")
		ok(t, l.readers.SetChoices(t.Context(), full.Subscriptions[0].ID, subscribers.Choices{Topics: []string{"City"}, Frequency: subscribers.Weekly, Weekday: 6, Hour: 7}, then))
		ok(t, l.readers.Pause(t.Context(), full.Subscriptions[1].ID, week, then))
		single := l.join(t, "single."+lang+"@example.org", lang, "daily")
		paused := l.join(t, "paused."+lang+"@example.org", lang, "daily")
		ok(t, l.readers.Pause(t.Context(), paused.Subscriptions[0].ID, week, then))
		weekly := l.join(t, "weekly."+lang+"@example.org", lang, "daily")
		l.press(t, l.leaveURL(t, weekly, "daily"), "weekly", "1")
		query := "?lang=" + lang
		erased := l.preferencesURL(l.join(t, "erased."+lang+"@example.org", lang, "daily")) + "/erase"
		l.press(t, erased, "erase", "1")
		for name, address := range map[string]string{
			"preferences-full":   l.preferencesURL(full) + query + "&saved=edition-daily",
			"preferences-single": l.preferencesURL(single) + query,
			"preferences-paused": l.preferencesURL(paused) + query + "&saved=pause",
			"erase":              l.preferencesURL(single) + "/erase" + query,
			"erased":             erased + query,
			"leave-offers":       l.leaveURL(t, single, "daily") + query,
			"leave-weekly":       l.leaveURL(t, weekly, "daily") + query + "&kept=weekly",
			"leave-paused":       l.leaveURL(t, paused, "daily") + query + "&kept=pause",
			"archive-join":       l.URL + "/issues/daily" + query,
		} {
			ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(320, 800, chromedp.EmulateMobile), chromedp.Navigate(address)))
			m, err := chromedp.Run(ctx, chromedp.Evaluate[measure](`(document.querySelectorAll('details').forEach(d => d.open = true), `+
				strings.Replace(measuring, "'button", "'summary, p:not(.weekday) > select, [type=email], [type=date], .button, .away a, .feed a, button", 1)+`)`))
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
