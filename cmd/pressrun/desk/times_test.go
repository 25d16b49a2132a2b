package desk

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

// cairo is the zone of the house's edition.
func cairo(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Africa/Cairo")
	ok(t, err)
	return zone
}

// daysOn is a time of day in so many days, as the form's field has it.
func daysOn(t *testing.T, days int, clock string) string {
	t.Helper()
	return time.Now().In(cairo(t)).AddDate(0, 0, days).Format("2006-01-02T") + clock
}

func (h *house) oneOffs(t *testing.T) []digest.OneOff {
	t.Helper()
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	return e.Schedule.OneOffs
}

func TestEditorSetsMovesLeavesOutAndTakesBack(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	const path = "/desk/times/daily"
	lead := func(want string, pairs ...string) {
		t.Helper()
		if status, to := c.post(t, path, pairs...); status != http.StatusSeeOther || to != path+"?done="+want {
			t.Fatalf("%q answers %d %s", pairs, status, to)
		}
	}
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	next := e.Schedule.Next(time.Now().Add(24*time.Hour), 2)
	run := func(i int) string { return fmt.Sprint(next[i].Unix()) }
	lead("once", "do", "once", "at", daysOn(t, 3, "07:15"), "why", "election night")
	lead("once-same", "do", "once", "at", daysOn(t, 3, "07:15"), "why", "the same click once more")
	lead("once-moved", "do", "once", "at", daysOn(t, 4, "09:00"), "instead", run(0))
	lead("once-skip", "do", "skip", "instead", run(1), "why", "a day of mourning")

	_, page := c.get(t, path+"?done=once")
	has(t, page, "The single run is set.", "Extra issue, set by Tom Reyes: election night", "moved to", "Left out by Tom Reyes: a day of mourning", "Take it back")
	for _, other := range []string{"/desk", "/desk/issue/daily", "/desk/send/daily", "/desk/editions"} {
		_, page := c.get(t, other)
		has(t, page, "set by Tom Reyes", "/desk/times/daily")
	}
	_, page = c.get(t, "/desk/audit")
	has(t, page, "set a single run of", "extra issue", "election night", "left out")

	_, page = h.as(t, staff.Viewer).get(t, path)
	has(t, page, "election night")
	if strings.Contains(page, "Take it back") || strings.Contains(page, `method="post" action="`+path) {
		t.Error("a viewer is offered to change times")
	}
	for _, o := range h.oneOffs(t) {
		for range 2 { // also on a double click
			if status, to := c.post(t, fmt.Sprintf("%s/%d/back", path, o.ID)); status != http.StatusSeeOther || to != path+"?done=once-back" {
				t.Errorf("taking back answers %d %s", status, to)
			}
		}
	}
	if left := h.oneOffs(t); len(left) > 0 {
		t.Errorf("there is still %v", left)
	}
}

func TestTimesThatCannotBeSaidSayWhyInTheEditorsLanguage(t *testing.T) {
	h := newsroom(t)
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	next := e.Schedule.Next(time.Now(), 2)[1].In(cairo(t))
	c, other := h.as(t, staff.Writer), h.as(t, staff.Owner)
	const path = "/desk/times/daily"
	if status, _ := other.post(t, path, "do", "skip", "instead", fmt.Sprint(next.Unix())); status != http.StatusSeeOther {
		t.Fatalf("the owner gets %d", status)
	}
	for _, want := range []struct {
		pairs  []string
		status int
		says   string
	}{
		{[]string{"do", "once", "at", "when it suits"}, http.StatusUnprocessableEntity, "The date and time cannot be read."},
		{[]string{"do", "once", "at", daysOn(t, -1, "12:00")}, http.StatusUnprocessableEntity, "is over already."},
		{[]string{"do", "once", "at", daysOn(t, 500, "12:00")}, http.StatusUnprocessableEntity, "is more than a year away."},
		{[]string{"do", "once", "at", daysOn(t, 5, "18:00")}, http.StatusUnprocessableEntity, "The schedule has an issue at"},
		{[]string{"do", "once", "at", daysOn(t, 5, "12:00"), "instead", fmt.Sprint(next.Unix())}, http.StatusConflict, "Mona Haddad has moved or left out the issue of " + next.Format("2006-01-02 15:04")},
		{[]string{"do", "skip", "instead", "12345678"}, http.StatusUnprocessableEntity, "is over already."},
	} {
		status, page := c.post(t, path, want.pairs...)
		if status != want.status {
			t.Errorf("%q answers %d", want.pairs, status)
		}
		has(t, page, want.says)
	}
	if status, _ := c.post(t, path, "do", "nothing"); status != http.StatusForbidden {
		t.Errorf("a form that is none of ours answers %d", status)
	}
	c.post(t, "/desk/language", "lang", "ar")
	_, page := c.post(t, path, "do", "once", "at", daysOn(t, 500, "12:00"))
	has(t, page, "بعد أكثر من سنة")
	if n := len(h.oneOffs(t)); n != 1 {
		t.Errorf("%d times are set", n)
	}
	e.Paused = true
	_, err = h.digest.PutEdition(t.Context(), e, time.Now())
	ok(t, err)
	c.post(t, "/desk/language", "lang", "en")
	status, page := c.post(t, path, "do", "once", "at", daysOn(t, 5, "12:00"))
	has(t, page, "This edition is paused. Resume it first, or send it by hand.", "nothing goes out by itself, and no single run can be set")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a paused edition answers %d", status)
	}
}

// Two editors who choose one time at the same moment, each with a double click, set one.
func TestTwoEditorsAtOnceSetOneTime(t *testing.T) {
	h := newsroom(t)
	at := daysOn(t, 2, "12:30")
	clients := []*client{h.as(t, staff.Writer), h.as(t, staff.Owner)}
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for i := range 6 {
		wg.Go(func() {
			c := clients[i%2]
			res := c.send(t, "/desk/times/daily", h.URL, "csrf", c.csrf, "do", "once", "at", at)
			defer res.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(res.StatusCode, " ", res.Header.Get("Location"))]++
		})
	}
	wg.Wait()
	if n := len(h.oneOffs(t)); n != 1 || answers["303 /desk/times/daily?done=once"] != 1 || answers["409 "] != 3 || answers["303 /desk/times/daily?done=once-same"] != 2 {
		t.Errorf("%d times are set: %v", n, answers)
	}
}

func TestExtraIssueIsSetAndTakenBackInABrowser(t *testing.T) {
	h := newsroom(t)
	ctx := browse(t)
	h.comeIn(t, ctx, staff.Writer)
	withoutScript(t, ctx)
	ok(t, chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(h.URL+"/desk/send/daily"), chromedp.WaitVisible(chromedp.CSS(`#at`))))
	// The field holds a time already, the next full hour in the edition's zone; the schedule
	// may have it, so that it is set to another.
	value[string](t, ctx, `document.querySelector('#at').value = '`+daysOn(t, 2, "12:30")+`'`)
	ok(t, chromedp.Do(ctx, press(`form[action="/desk/times/daily"] button[value=once]`), chromedp.WaitVisible(chromedp.CSS(`.notice.done`))))
	if got := h.oneOffs(t); len(got) != 1 || got[0].At.In(cairo(t)).Format("15:04") != "12:30" || got[0].Editor != "Tom Reyes" {
		t.Fatalf("there is %+v", got)
	}
	if wide := value[bool](t, ctx, `document.documentElement.scrollWidth > innerWidth`); wide {
		t.Error("the page is wider than a phone")
	}
	ok(t, chromedp.Do(ctx, press(`form[action$="/back"] button`), chromedp.WaitNotPresent(chromedp.CSS(`form[action$="/back"]`))))
	if got := h.oneOffs(t); len(got) > 0 {
		t.Errorf("there is still %+v", got)
	}
}

// The pages of times and themes, and those that tell of a time that was set, fit a phone in
// both directions; with -shots there are pictures of them.
func TestTimesAndThemesFitPhones(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	next := e.Schedule.Next(time.Now().Add(24*time.Hour), 2)
	for _, pairs := range [][]string{
		{"do", "once", "at", daysOn(t, 1, "12:30"), "why", "Election night"},
		{"do", "once", "at", daysOn(t, 3, "21:00"), "instead", fmt.Sprint(next[0].Unix()), "why", "المؤتمر الصحفي في الثامنة"},
		{"do", "skip", "instead", fmt.Sprint(next[1].Unix())},
	} {
		if status, _ := c.post(t, "/desk/times/daily", pairs...); status != http.StatusSeeOther {
			t.Fatalf("%q answers %d", pairs, status)
		}
	}
	for _, lang := range []string{"en", "ar"} {
		t.Run(lang, func(t *testing.T) {
			ctx := browse(t)
			h.comeIn(t, ctx, staff.Writer)
			setCookie(t, ctx, h.URL, languageCookie, lang)
			for name, path := range map[string]string{
				"times": "/desk/times/daily?done=once", "today-times": "/desk", "send-times": "/desk/send/daily", "issue-times": "/desk/issue/daily",
				"themes": "/desk/themes", "themes-dark": "/desk/themes?language=ar&look=dark&screen=phone",
			} {
				h.look(t, ctx, name, lang, path)
			}
		})
	}
}
