package site

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
)

const (
	mona = "mona@wire.example"
	omar = "omar@wire.example"
)

// A hearing is an issue that two editors are asked about, half an hour before its time.
type hearing struct {
	*house
	edition digest.Edition
	slot    time.Time
	links   map[string]string // by editor
}

func openHearing(t *testing.T, four bool) *hearing {
	t.Helper()
	h := &hearing{house: open(t), links: map[string]string{}}
	now := time.Now()
	h.slot = now.Add(30 * time.Minute).Truncate(time.Second)
	var err error
	h.edition, err = h.digest.PutEdition(t.Context(), digest.Edition{
		Slug: "morning", Name: "Morning", Languages: []string{"en"}, Doubt: digest.DoubtHold, Schedule: digest.Schedule{Zone: "Africa/Cairo"},
		Approval: digest.Approval{Minutes: 30, Editors: []string{mona, omar}, Four: four},
	}, now)
	ok(t, err)
	ok(t, h.digest.AskEditors(t.Context(), h.edition, h.slot, now))
	owed, err := h.digest.DueNotices(t.Context(), now)
	ok(t, err)
	for _, n := range owed {
		h.links[n.Editor] = h.URL + "/desk/approve/" + h.keys.TokenUntil(subscribers.Approve, n.ID, h.slot.Add(time.Hour))
	}
	return h
}

// answer presses a button of an editor's page, as it was when the plan had that version.
func (h *hearing) answer(t *testing.T, editor, button string, plan int) answer {
	t.Helper()
	a := h.ask(t, "POST", h.links[editor], formEncoded, url.Values{button: {"1"}, "plan": {strconv.Itoa(plan)}}.Encode())
	if a.StatusCode != http.StatusSeeOther {
		return a
	}
	next, err := a.Location()
	ok(t, err)
	return h.get(t, next.String())
}

func (h *hearing) question(t *testing.T) digest.Question {
	t.Helper()
	q, err := h.digest.Question(t.Context(), h.edition.ID, h.slot)
	ok(t, err)
	return q
}

func shows(t *testing.T, a answer, want ...string) {
	t.Helper()
	if a.StatusCode != http.StatusOK {
		t.Errorf("it answers %s", a.Status)
	}
	for _, w := range want {
		if !strings.Contains(a.text, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
}

func TestLookingAtAnApprovalChangesNothing(t *testing.T) {
	h := openHearing(t, false)
	before := h.question(t)
	for _, method := range []string{"GET", "HEAD"} {
		h.ask(t, method, h.links[mona]+"?approve=1&hold=1&plan=0", "", "")
	}
	if got := h.question(t); got.State != before.State || len(got.Editors) != 0 {
		t.Errorf("%+v", got)
	}
	a := h.get(t, h.links[mona])
	shows(t, a, `name="approve"`, `name="hold"`, mona, "It waits for an answer", "/desk/issue/morning")
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("it may be kept: %q", got)
	}
	if strings.Contains(h.log.String(), strings.TrimPrefix(h.links[mona], h.URL+"/desk/approve/")) {
		t.Error("the token is in the log")
	}
}

func TestEditorApprovesAndAnotherHolds(t *testing.T) {
	h := openHearing(t, false)
	shows(t, h.answer(t, mona, "approve", 0), "Approved by <bdi>"+mona, `name="hold"`)
	if q := h.question(t); q.State != digest.QuestionApproved {
		t.Errorf("%+v", q)
	}
	shows(t, h.answer(t, omar, "hold", 0), "Held by <bdi>"+omar, `name="approve"`)
	if q := h.question(t); q.State != digest.QuestionHeld {
		t.Errorf("%+v", q)
	}
}

func TestFourEyesAreTwoEditors(t *testing.T) {
	h := openHearing(t, true)
	for range 2 {
		shows(t, h.answer(t, mona, "approve", 0), "A second editor must too")
	}
	shows(t, h.answer(t, omar, "approve", 0), "It goes out at its time")
}

func TestApprovalOfWhatChangedMeanwhileIsAskedForAgain(t *testing.T) {
	h := openHearing(t, false)
	_, err := h.digest.PutPlan(t.Context(), h.edition.ID, digest.Plan{Note: "new"})
	ok(t, err)
	shows(t, h.answer(t, mona, "approve", 0), "Somebody changed the issue just now", "It waits for an answer", `value="1"`)
	shows(t, h.answer(t, mona, "approve", 1), "Approved by")
}

func TestHeldIssueIsLetGoFromThePage(t *testing.T) {
	h := openHearing(t, false)
	h.answer(t, omar, "hold", 0)
	now := time.Now()
	q, err := h.digest.CloseQuestion(t.Context(), h.edition, h.slot, "", now)
	ok(t, err)
	_, _, err = h.digest.CreateIssue(t.Context(), h.edition, h.slot, digest.Selection{Skip: q.Reason}, now)
	ok(t, err)
	shows(t, h.get(t, h.links[mona]), "It was not sent", "held by "+omar, `name="release"`)
	shows(t, h.answer(t, mona, "approve", 0), `name="release"`) // an answer that comes too late
	for range 2 {
		shows(t, h.answer(t, mona, "release", 0), "It goes out within a minute", mona+" let it go")
	}
}

func TestLinksOfApprovalsThatAreNoneChangeNothing(t *testing.T) {
	h := openHearing(t, false)
	address := func(token string) string { return h.URL + "/desk/approve/" + token }
	for name, link := range map[string]string{
		"for another purpose": address(h.keys.Token(subscribers.Preferences, 1)),
		"expired":             address(h.keys.TokenUntil(subscribers.Approve, 1, time.Now().Add(-time.Second))),
		"of no mail":          address(h.keys.TokenUntil(subscribers.Approve, 99, time.Now().Add(time.Hour))),
		"cut off":             h.links[mona][:len(h.links[mona])-1],
	} {
		h.links["nobody"] = link
		if a := h.answer(t, "nobody", "approve", 0); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	h.edition.Approval.Editors = []string{omar}
	_, err := h.digest.PutEdition(t.Context(), h.edition, time.Now())
	ok(t, err)
	if a := h.answer(t, mona, "approve", 0); a.StatusCode < 400 {
		t.Errorf("who is no editor any more: %s", a.Status)
	}
	for _, form := range []string{"", "approve=1", "approve=1&hold=1&plan=0", "plan=0", "approve=1&plan=x"} {
		if a := h.ask(t, "POST", h.links[omar], formEncoded, form); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", form, a.Status)
		}
	}
	if q := h.question(t); len(q.Editors) != 0 {
		t.Errorf("%+v", q)
	}
}
