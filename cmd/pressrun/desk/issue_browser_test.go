package desk

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

func value[V any](t *testing.T, ctx context.Context, script string) V {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[V](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// comes waits until a script says what it should.
func comes(t *testing.T, ctx context.Context, script string, want any) {
	t.Helper()
	var got any
	for range 100 {
		got = value[any](t, ctx, script)
		if cmp.Equal(got, want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s is %v and not %v", script, got, want)
}

const (
	// order is what stands in the first list, and what waits to be saved.
	order   = `[...document.querySelector('[data-order]').querySelectorAll('h3')].map(h => h.textContent).join('|')`
	atRest  = `!document.querySelector('.board').classList.contains('busy')`
	ofBoard = `document.querySelector('.board').dataset.version`
)

func press(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func TestAnEditorsMorning(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 8, nil)
	ctx := browse(t)
	ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(h.URL+"/desk/issue/daily"),
		chromedp.WaitVisible(chromedp.CSS(`#email`)), chromedp.KeyEvent("editor@wire.example\t"+password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(`.board`))))
	comes(t, ctx, order, strings.Join([]string{rain, ferry, pilots}, "|"))

	// By keys: to the second story, up to the first place. It keeps the focus, and the page
	// does not load.
	value[bool](t, ctx, `window.same = true`)
	ok(t, chromedp.Do(ctx, chromedp.KeyEvent("jj")))
	ok(t, chromedp.Do(ctx, chromedp.KeyEvent(kb.ArrowUp, chromedp.KeyModifiers(chromedp.ModifierShift)))) // Shift and the arrow up
	comes(t, ctx, ofBoard, "1")
	comes(t, ctx, order, strings.Join([]string{ferry, rain, pilots}, "|"))
	comes(t, ctx, `document.activeElement.querySelector('h3').textContent`, ferry)
	// Dragged: the last to the top.
	value[bool](t, ctx, `(() => {
		const list = document.querySelector('[data-order]'), data = new DataTransfer()
		const story = list.lastElementChild, box = list.firstElementChild.getBoundingClientRect()
		story.dispatchEvent(new DragEvent('dragstart', { bubbles: true, dataTransfer: data }))
		list.firstElementChild.dispatchEvent(new DragEvent('dragover', { bubbles: true, cancelable: true, dataTransfer: data, clientY: box.top + 2 }))
		story.dispatchEvent(new DragEvent('dragend', { bubbles: true, dataTransfer: data }))
		return true
	})()`)
	comes(t, ctx, ofBoard, "2")
	comes(t, ctx, order, strings.Join([]string{pilots, ferry, rain}, "|"))
	// A note is begun, and stays while other things are done: a story is left out by a key,
	// and the lead gets other words.
	ok(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS(`#note`), "Good evening, dear readers.")))
	value[bool](t, ctx, `[...document.querySelectorAll('.story')].find(s => s.textContent.includes('ferry')).focus() ?? true`)
	ok(t, chromedp.Do(ctx, chromedp.KeyEvent("h")))
	comes(t, ctx, ofBoard, "3")
	comes(t, ctx, order, strings.Join([]string{pilots, rain}, "|"))
	ok(t, chromedp.Do(ctx, chromedp.KeyEvent("k"), chromedp.KeyEvent("e")))
	comes(t, ctx, `document.activeElement.name`, "title")
	value[bool](t, ctx, `document.activeElement.select() ?? true`)
	ok(t, chromedp.Do(ctx, chromedp.KeyEvent("The pilots are back\r")))
	comes(t, ctx, ofBoard, "4")
	comes(t, ctx, order, "The pilots are back|"+rain)
	ok(t, chromedp.Do(ctx, press(`#letter button`)))
	comes(t, ctx, ofBoard, "5")
	if !value[bool](t, ctx, `window.same === true`) {
		t.Error("the page was loaded again")
	}
	// The letter follows, in every look.
	comes(t, ctx, `new URL(document.querySelector('iframe').src).searchParams.get('v')`, "5")
	for _, look := range looks {
		ok(t, chromedp.Do(ctx, press(`[data-view=`+look+`]`), chromedp.WaitVisible(chromedp.CSS(`iframe.as-`+look))))
	}
	ok(t, chromedp.Do(ctx, press(`[data-language=ar]`)))
	comes(t, ctx, `new URL(document.querySelector('iframe').src).searchParams.get('language')`, "ar")

	// Checked, and sent to the end.
	m.works(t, h)
	ok(t, chromedp.Do(ctx, press(`.issuehead .main`), chromedp.WaitVisible(chromedp.CSS(`#sure`)), press(`#sure`), press(`form .main`),
		chromedp.WaitVisible(chromedp.CSS(`[data-run]`))))
	comes(t, ctx, `document.querySelector('progress').value`, 100.0)
	comes(t, ctx, `document.querySelector('[data-run] .state').textContent`, "finished")
	if readers, twice := m.copies(); readers != 8 || twice != 0 {
		t.Errorf("%d readers have it, %d more than once", readers, twice)
	}
	if got := m.to("reader1@readers.example"); len(got) != 1 || !strings.Contains(got[0], "The pilots are back") || !strings.Contains(got[0], "Good evening, dear readers.") || strings.Contains(got[0], "came back empty") {
		t.Errorf("the reader got %q", got)
	}
}

func TestAnEditorsMorningWithoutScript(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 4, nil)
	ctx := browse(t)
	h.comeIn(t, ctx, staff.Writer)
	withoutScript(t, ctx)
	_, page := h.as(t, staff.Viewer).get(t, "/desk/issue/daily")
	id := storyID(t, page, ferry)
	step := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		for _, a := range actions {
			ok(t, chromedp.Do(ctx, a))
		}
	}
	step(chromedp.Navigate(h.URL+"/desk/issue/daily"), press(`#story-`+id+` button[value=up]`),
		chromedp.WaitVisible(chromedp.CSS(`.lineup > #story-`+id+`:first-child`)),
		press(`#story-`+id+` .words summary`),
		chromedp.SendKeys(chromedp.CSS(`#title-`+id), "Back: "), press(`#story-`+id+` .words .main`),
		chromedp.WaitVisible(chromedp.CSS(`#story-`+id+` .mark`)),
		chromedp.SendKeys(chromedp.CSS(`#subject`), "Ferries and rain"), press(`#letter button`),
		chromedp.WaitVisible(chromedp.CSS(`#subject[value="Ferries and rain"]`)),
		press(`[data-view=text]`), chromedp.WaitVisible(chromedp.CSS(`iframe.as-text`)),
		press(`.issuehead .main`), press(`#sure`), press(`form .main`), chromedp.WaitVisible(chromedp.CSS(`[data-run]`)))
	m.works(t, h)
	step(chromedp.WaitVisible(chromedp.CSS(`progress[value="100"]`))) // the page loads itself again
	if got := m.to("reader1@readers.example"); len(got) != 1 || !strings.Contains(got[0], "Subject: Ferries and rain") {
		t.Errorf("the reader got %q", got)
	}
	issue, err := h.digest.Issue(t.Context(), "daily", 1)
	ok(t, err)
	if lead := issue.Stories[0]; lead.Title != "Back: "+ferry || !lead.Lead || !lead.Edited {
		t.Errorf("the lead is %+v", lead)
	}
}

func TestPagesOfAnIssueFitPhonesInBothDirections(t *testing.T) {
	h := newsroom(t)
	h.mailroom(t, 5, nil)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/issue/daily")
	c.change(t, "story", "do", "hide", "id", storyID(t, page, rain))
	c.change(t, "story", "do", "pin", "id", storyID(t, page, ferry))
	ctx := browse(t)
	see := func(pages map[string]string) {
		for _, lang := range []string{"en", "ar"} {
			setCookie(t, ctx, h.URL, languageCookie, lang)
			h.comeIn(t, ctx, staff.Owner)
			for name, path := range pages {
				h.look(t, ctx, name, lang, path)
			}
		}
	}
	see(map[string]string{"issue": "/desk/issue/daily", "checks": "/desk/checks/daily", "send": "/desk/send/daily"})
	_, page = c.get(t, "/desk/send/daily")
	_, to := c.post(t, "/desk/send/daily", append(hidden(t, page), "sure", "yes")...)
	id, _ := strconv.Atoi(strings.TrimPrefix(strings.TrimSuffix(to, "?done=sent"), "/desk/run/"))
	ok(t, h.queue.Pause(t.Context(), int64(id), "paused by Mona Haddad"))
	see(map[string]string{"run": to})
}
