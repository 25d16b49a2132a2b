package desk

import (
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

var (
	versionField = regexp.MustCompile(`data-version="(\d+)"`)
	hiddenField  = regexp.MustCompile(`<input type="hidden" name="(number|version|key)" value="(\d+)">`)
	storyRow     = regexp.MustCompile(`id="story-(\d+)"[\s\S]*?<h3[^>]*><a [^>]*>([^<]*)</a>`)
)

// version is that of the plan a page shows.
func version(t *testing.T, page string) string {
	t.Helper()
	m := versionField.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no version:\n%s", page)
	}
	return m[1]
}

// titles of the stories of an issue's page, those that are in and those that are out.
func titles(page string) (in, out []string) {
	first, second, _ := strings.Cut(page, `class="lineup out"`)
	for _, m := range storyRow.FindAllStringSubmatch(first, -1) {
		in = append(in, m[2])
	}
	for _, m := range storyRow.FindAllStringSubmatch(second, -1) {
		out = append(out, m[2])
	}
	return in, out
}

// storyID is the number of the story with a headline.
func storyID(t *testing.T, page, title string) string {
	t.Helper()
	for _, m := range storyRow.FindAllStringSubmatch(page, -1) {
		if m[2] == title {
			return m[1]
		}
	}
	t.Fatalf("there is no story %q on the page", title)
	return ""
}

// newsroom is a house whose letters come from somebody.
func newsroom(t *testing.T) *house {
	t.Helper()
	h := open(t)
	h.desk.Publisher.Composer.From = mail.Address{Name: wire.Name, Address: "news@wire.example"}
	return h
}

const (
	pilots = "Harbour pilots end their strike after nine days"
	ferry  = "The ferry that came back empty"
	rain   = "Rain at last, and nowhere for it to go"
	arabic = "مرشدو الميناء ينهون إضرابهم بعد تسعة أيام"
)

// change sends one of the forms of the issue's page and returns the page after it.
func (c *client) change(t *testing.T, path string, pairs ...string) string {
	t.Helper()
	_, page := c.get(t, "/desk/issue/daily")
	status, to := c.post(t, "/desk/issue/daily/"+path, append([]string{"version", version(t, page)}, pairs...)...)
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/desk/issue/daily") {
		t.Fatalf("%s %v answers %d, %s", path, pairs, status, to)
	}
	to, _, _ = strings.Cut(to, "#")
	_, page = c.get(t, to)
	return page
}

func TestEditorChangesTomorrowsIssue(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/issue/daily")
	in, _ := titles(page)
	if d := cmp.Diff([]string{rain, ferry, pilots, arabic}, in); d != "" {
		t.Fatalf("the issue by its rules: %s", d)
	}
	id := func(title string) string { return storyID(t, page, title) }
	for _, step := range []struct {
		what    string
		path    string
		pairs   []string
		in, out []string
	}{
		{"the last of a language moves up", "story", []string{"do", "up", "id", id(pilots)}, []string{rain, pilots, ferry, arabic}, nil},
		{"and once more, to lead", "story", []string{"do", "up", "id", id(pilots)}, []string{pilots, rain, ferry, arabic}, nil},
		{"down", "story", []string{"do", "down", "id", id(rain)}, []string{pilots, ferry, rain, arabic}, nil},
		{"out", "story", []string{"do", "hide", "id", id(ferry)}, []string{pilots, rain, arabic}, []string{ferry}},
		{"back", "story", []string{"do", "show", "id", id(ferry)}, []string{pilots, rain, ferry, arabic}, nil},
		{"lead", "story", []string{"do", "lead", "id", id(ferry)}, []string{ferry, pilots, rain, arabic}, nil},
		{"dragged", "order", []string{"id", id(rain), "id", id(ferry), "id", id(pilots)}, []string{rain, ferry, pilots, arabic}, nil},
		{"joined", "story", []string{"do", "join:" + id(pilots), "id", id(rain)}, []string{rain, ferry, arabic}, nil},
		{"and apart again", "story", []string{"do", "split:" + id(pilots), "id", id(rain)}, []string{rain, ferry, pilots, arabic}, nil},
		{"by the rules", "reset", []string{"what", "all"}, []string{rain, ferry, pilots, arabic}, nil},
	} {
		t.Run(step.what, func(t *testing.T) {
			in, out := titles(c.change(t, step.path, step.pairs...))
			if step.what == "back" { // among those that an editor ordered it has no place of its own
				slices.Sort(in)
				slices.Sort(step.in)
			}
			if d := cmp.Diff(step.in, in); d != "" {
				t.Errorf("in: %s", d)
			}
			if d := cmp.Diff(step.out, out); d != "" {
				t.Errorf("out: %s", d)
			}
		})
	}
	entries, err := h.staff.Audit(t.Context(), 0, 50)
	ok(t, err)
	acts := map[string]int{}
	for _, e := range entries {
		acts[e.Act]++
	}
	if acts["story"] != 8 || acts["order"] != 1 || acts["plan-reset"] != 1 {
		t.Errorf("the log has %v", acts)
	}
}

func TestEachLanguageHasALeadOfItsOwn(t *testing.T) {
	english, others := []int64{1, 2, 3}, []int64{7, 8}
	shown := [][]int64{english, others}
	p := arranged(digest.Plan{}, shown, 0, []int64{3, 1, 2})
	if d := cmp.Diff(digest.Plan{Lead: 3, Order: []int64{3, 1, 2}}, p); d != "" {
		t.Fatal(d)
	}
	p = arranged(p, [][]int64{{3, 1, 2}, others}, 1, []int64{8, 7})
	// 8 is the plan's lead, and 3 leads its language as the first in order.
	if d := cmp.Diff(digest.Plan{Lead: 8, Order: []int64{3, 1, 2, 8, 7}, Pinned: []int64{3}}, p); d != "" {
		t.Error(d)
	}
	p = arranged(p, [][]int64{{3, 1, 2}, {8, 7}}, 0, []int64{3, 2, 1})
	if d := cmp.Diff(digest.Plan{Lead: 8, Order: []int64{3, 2, 1, 8, 7}, Pinned: []int64{3}}, p); d != "" {
		t.Error(d)
	}
}

func TestEditorsWordsStandInTheLetter(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/issue/daily")
	c.change(t, "words", "id", storyID(t, page, ferry), "title", ferry, "summary", "All berths are open and working.")
	if p := h.plan(t); !p.IsZero() {
		t.Errorf("words that are the story's own are an edit: %+v", p)
	}
	c.change(t, "words", "id", storyID(t, page, rain), "title", "Rain & relief", "summary", "A summary of <ours>.")
	page = c.change(t, "letter", "subject", "What the rain brought", "preheader", "And the pilots are back", "note", "Dear readers,\r\n\r\nit rains.")
	has(t, page, "Rain &amp; relief", "What the rain brought", "edited here", "Dear readers,")
	_, letter := c.get(t, "/desk/preview/daily?language=en")
	has(t, letter, "Rain &amp; relief", "A summary of &lt;ours&gt;.", "Dear readers,", "And the pilots are back")
	if strings.Contains(letter, "__UNSUBSCRIBE__") || strings.Contains(letter, "Arabic") {
		t.Error("the preview shows a placeholder")
	}
	_, text := c.get(t, "/desk/preview/daily?language=en&part=text")
	has(t, text, "Rain & relief", "Dear readers,")
	_, letter = c.get(t, "/desk/preview/daily?language=ar&view=dark")
	has(t, letter, arabic, "color-scheme: dark")
	if strings.Contains(letter, "prefers-color-scheme") {
		t.Error("the dark preview asks for the reader's colours")
	}
	res, err := c.Get(h.URL + "/desk/preview/daily")
	ok(t, err)
	read(t, res)
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script") {
		t.Errorf("the preview may do too much: %s", csp)
	}
	page = c.change(t, "words", "id", storyID(t, page, "Rain &amp; relief"), "do", "drop")
	if in, _ := titles(page); in[0] != rain {
		t.Errorf("the story leads as %q", in[0])
	}
}

func TestTwoEditorsSeeEachOther(t *testing.T) {
	h := newsroom(t)
	mona, tom := h.as(t, staff.Owner), h.as(t, staff.Writer)
	_, seen := tom.get(t, "/desk/issue/daily")
	mona.change(t, "story", "do", "hide", "id", storyID(t, seen, ferry))
	status, page := tom.post(t, "/desk/issue/daily/letter", "version", version(t, seen), "subject", "Tom's subject", "preheader", "", "note", "Tom's long note")
	if status != http.StatusConflict {
		t.Fatalf("who did not see a change is answered %d", status)
	}
	has(t, page, "Mona Haddad changed this issue at", "Tom&#39;s long note", `value="Tom&#39;s subject"`, "an editor left it out")
	plan := h.plan(t)
	if plan.Note != "" || len(plan.Hidden) != 1 {
		t.Errorf("the plan is %+v", plan)
	}
	// What they typed is in the form still, with the version of now: one more press saves it.
	status, _ = tom.post(t, "/desk/issue/daily/letter", "version", version(t, page), "subject", "Tom's subject", "preheader", "", "note", "Tom's long note")
	if plan = h.plan(t); status != http.StatusSeeOther || plan.Note != "Tom's long note" || len(plan.Hidden) != 1 {
		t.Errorf("%d, %+v", status, plan)
	}
	// The same for a story's words.
	_, seen = tom.get(t, "/desk/issue/daily")
	mona.change(t, "story", "do", "show", "id", storyID(t, seen, ferry))
	status, page = tom.post(t, "/desk/issue/daily/words", "version", version(t, seen), "id", storyID(t, seen, rain), "title", "Tom's headline", "summary", "")
	if status != http.StatusConflict {
		t.Errorf("%d", status)
	}
	has(t, page, `value="Tom&#39;s headline"`, "<details class=\"words\" open>")
}

func (h *house) plan(t *testing.T) digest.Plan {
	t.Helper()
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	p, err := h.digest.Plan(t.Context(), e.ID)
	ok(t, err)
	return p
}

func TestReasonsAreSaidAsTheyAre(t *testing.T) {
	h := newsroom(t)
	for _, code := range []digest.ReasonCode{
		digest.ReasonLead, digest.ReasonIn, digest.ReasonSent, digest.ReasonOld, digest.ReasonLimit, digest.ReasonFew, digest.ReasonTopic,
		digest.ReasonNotTopic, digest.ReasonSource, digest.ReasonLanguage, digest.ReasonDuplicate, digest.ReasonEvent, digest.ReasonAuthor,
		digest.ReasonWord, digest.ReasonQuota, digest.ReasonPinned, digest.ReasonHidden, digest.ReasonGone, digest.ReasonPulled,
	} {
		for _, detail := range []string{"7", ""} {
			r := digest.Reason{Code: code, Detail: detail}
			p := reasonPhrase(r)
			if got := h.desk.Pages.Say("en", p.Word, append(p.Pairs, p.Said...)...); got != r.String() {
				t.Errorf("%s is said as %q and not as %q", code, got, r)
			}
		}
	}
}

func TestFormsOfIssuesThatCannotBeTaken(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/issue/daily")
	v := version(t, page)
	for _, form := range [][]string{
		{"story", "do", "hide", "id", "4711"},
		{"story", "do", "explode", "id", storyID(t, page, rain)},
		{"story", "do", "join:4711", "id", storyID(t, page, rain)},
		{"order", "id", "x"},
		{"words", "id", storyID(t, page, rain), "title", strings.Repeat("x", 201)},
		{"letter", "note", strings.Repeat("x", 4001)},
		{"add", "url", ""},
	} {
		status, page := c.post(t, "/desk/issue/daily/"+form[0], append([]string{"version", v}, form[1:]...)...)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%v answers %d", form, status)
		}
		has(t, page, `class="notice wrong"`)
	}
	if p := h.plan(t); p.Version != 0 {
		t.Errorf("the plan was changed: %+v", p)
	}
	if status, _ := c.get(t, "/desk/issue/nothing"); status != http.StatusNotFound {
		t.Errorf("an edition that is not there: %d", status)
	}
}

// hidden are the fields that the form to send carries.
func hidden(t *testing.T, page string) []string {
	t.Helper()
	_, form, _ := strings.Cut(page, `action="/desk/send/daily"`)
	var pairs []string
	for _, m := range hiddenField.FindAllStringSubmatch(form, 3) {
		pairs = append(pairs, m[1], m[2])
	}
	if len(pairs) != 6 {
		t.Fatalf("the form to send has %v:\n%s", pairs, page)
	}
	return pairs
}

func (h *house) issues(t *testing.T) int {
	t.Helper()
	all, err := h.digest.Runs(t.Context(), 100)
	ok(t, err)
	return len(all)
}

func TestAnIssueIsSentOnceHoweverOftenTheButtonIsPressed(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 6, nil)
	mona, tom := h.as(t, staff.Owner), h.as(t, staff.Writer)
	_, page := mona.get(t, "/desk/send/daily")
	has(t, page, "To 6 readers", "Yes, send it to 6 readers")
	_, second := tom.get(t, "/desk/send/daily") // another tab, another editor
	form := append(hidden(t, page), "sure", "yes")

	if status, page := mona.post(t, "/desk/send/daily", hidden(t, page)...); status != http.StatusUnprocessableEntity || !strings.Contains(page, "tick the box") {
		t.Errorf("without the box: %d", status)
	}
	// A double click: both in one moment.
	type answer struct {
		status int
		to     string
	}
	answers := make(chan answer)
	for range 2 {
		go func() {
			status, to := mona.post(t, "/desk/send/daily", form...)
			answers <- answer{status, to}
		}()
	}
	one, two := <-answers, <-answers
	path, _, _ := strings.Cut(one.to, "?")
	again, _, _ := strings.Cut(two.to, "?")
	if one.status != http.StatusSeeOther || path != again || !strings.HasPrefix(path, "/desk/run/") {
		t.Fatalf("a double click leads to %v and %v", one, two)
	}
	// The back button and the button again, and the other editor's page.
	for who, c := range map[string]struct {
		c    *client
		form []string
	}{"back": {mona, form}, "the other editor": {tom, append(hidden(t, second), "sure", "yes")}} {
		status, to := c.c.post(t, "/desk/send/daily", c.form...)
		if status != http.StatusSeeOther || to != path+"?done=already" {
			t.Errorf("%s: %d %s", who, status, to)
		}
	}
	_, page = tom.get(t, path+"?done=already")
	has(t, page, "Nothing was sent again", "0 of 6", "Nobody sends mail")
	if n := h.issues(t); n != 1 {
		t.Fatalf("there are %d issues", n)
	}
	m.works(t, h)
	id, _ := strconv.ParseInt(strings.TrimPrefix(path, "/desk/run/"), 10, 64)
	h.settled(t, id)
	if readers, twice := m.copies(); readers != 6 || twice > 0 {
		t.Errorf("%d readers have it, %d of them more than once", readers, twice)
	}
	_, page = tom.get(t, path)
	has(t, page, "6 of 6", "finished")
	if strings.Contains(page, "data-events") || strings.Contains(page, "http-equiv") {
		t.Error("what is finished is still watched")
	}
	// The next issue has no stories.
	_, page = tom.get(t, "/desk/send/daily")
	has(t, page, "It would not go out", "Mind that no. 1 went out")
}

// Whoever goes back after sending meets the page of the next issue: its button alone must not
// send that one too.
func TestAnotherIssueSoonAfterOneIsAskedForTwice(t *testing.T) {
	h := newsroom(t)
	h.mailroom(t, 2, nil)
	h.onlyOneStory(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/send/daily")
	if strings.Contains(page, `name="another"`) {
		t.Error("the first issue is asked for twice")
	}
	first := c.sendNow(t)
	_, page = c.get(t, "/desk/send/daily")
	has(t, page, "Yes, another one, although no. 1 has just gone out", "2 readers")
	form := append(hidden(t, page), "sure", "yes")
	for _, another := range []string{"", "4711"} {
		status, page := c.post(t, "/desk/send/daily", append(form, "another", another)...)
		if status != http.StatusUnprocessableEntity || h.issues(t) != 1 {
			t.Fatalf("another issue goes out at a press of the button: %d", status)
		}
		has(t, page, "went out already", `name="another"`)
	}
	status, to := c.post(t, "/desk/send/daily", append(form, "another", strconv.FormatInt(first, 10))...)
	if status != http.StatusSeeOther || h.issues(t) != 2 {
		t.Errorf("asked for twice it is not sent: %d %s", status, to)
	}
}

// onlyOneStory goes into an issue, so that enough is left for another.
func (h *house) onlyOneStory(t *testing.T) {
	t.Helper()
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	e.Rules.Max = 1
	_, err = h.digest.PutEdition(t.Context(), e, then)
	ok(t, err)
}

// The clock makes the issue while editors press the button, each of them several times.
func TestClockAndClicksAtTheDeskMakeOneIssue(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 3, nil)
	h.onlyOneStory(t)
	ctx := t.Context()
	forms := map[*client][]string{}
	for _, role := range []staff.Role{staff.Owner, staff.Writer} {
		c := h.as(t, role)
		_, page := c.get(t, "/desk/send/daily")
		forms[c] = append(hidden(t, page), "sure", "yes")
	}
	slot := time.Now().Truncate(time.Second)
	var clicks sync.WaitGroup
	for c, form := range forms {
		for range 2 {
			clicks.Go(func() {
				if status, to := c.post(t, "/desk/send/daily", form...); status != http.StatusSeeOther {
					t.Errorf("%d %s", status, to)
				}
			})
		}
	}
	clicks.Go(func() { // as the scheduler does
		if _, err := h.desk.Publisher.Publish(ctx, "daily", slot, time.Now(), nil); err != nil {
			t.Error(err)
		}
	})
	clicks.Wait()
	if n := h.issues(t); n != 1 {
		t.Fatalf("there are %d issues", n)
	}
	m.works(t, h)
	made, err := h.digest.Issue(ctx, "daily", 1)
	ok(t, err)
	h.settled(t, made.ID)
	if readers, twice := m.copies(); readers != 3 || twice > 0 {
		t.Errorf("%d readers have it, %d of them more than once", readers, twice)
	}
}

func TestSendingWantsThePresentState(t *testing.T) {
	h := newsroom(t)
	h.mailroom(t, 2, nil)
	mona, tom := h.as(t, staff.Owner), h.as(t, staff.Writer)
	_, page := tom.get(t, "/desk/send/daily")
	form := append(hidden(t, page), "sure", "yes")
	_, issue := mona.get(t, "/desk/issue/daily")
	mona.change(t, "story", "do", "hide", "id", storyID(t, issue, rain))
	status, page := tom.post(t, "/desk/send/daily", form...)
	if status != http.StatusConflict {
		t.Errorf("an issue that was changed meanwhile is sent: %d", status)
	}
	has(t, page, "Mona Haddad changed this issue", ferry)
	old := slices.Clone(hidden(t, page))
	old[slices.Index(old, "key")+1] = "1700000000"
	if status, page := tom.post(t, "/desk/send/daily", append(old, "sure", "yes")...); status != http.StatusConflict || !strings.Contains(page, "older than what it showed") {
		t.Errorf("a page of last week: %d", status)
	}
	// The clock publishes in between: the page is of an issue that there is.
	form = append(hidden(t, page), "sure", "yes")
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	now := then.Add(6 * 60 * 60 * 1e9)
	made, err := h.desk.Publisher.Publish(t.Context(), e.Slug, now, now, nil)
	ok(t, err)
	if status, to := tom.post(t, "/desk/send/daily", form...); to != fmt.Sprintf("/desk/run/%d?done=already", made.ID) {
		t.Errorf("after the clock: %d %s", status, to)
	}
	if n := h.issues(t); n != 1 {
		t.Errorf("there are %d issues", n)
	}
}

// Where two editors must approve, one alone does not send by hand, also when there is no run
// of which they could be asked.
func TestSendingByHandNeedsFourEyes(t *testing.T) {
	h := newsroom(t)
	h.mailroom(t, 2, nil)
	e, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	e.Approval = digest.Approval{Minutes: 30, Editors: []string{"mona@wire.example", "tom@wire.example"}, Four: true}
	tom := h.as(t, staff.Writer)
	for _, c := range []struct {
		name   string
		change func(*digest.Edition)
		says   string
	}{
		{"nobody approved the next run", func(*digest.Edition) {}, "needs the approval of two editors first"},
		{"it is paused", func(e *digest.Edition) { e.Paused = true }, "Resume the edition, or set a time for an issue"},
		{"it is sent by hand only", func(e *digest.Edition) { e.Schedule.Cron = "" }, "Resume the edition, or set a time for an issue"},
	} {
		changed := e
		c.change(&changed)
		_, err := h.digest.PutEdition(t.Context(), changed, then)
		ok(t, err)
		_, page := tom.get(t, "/desk/send/daily")
		status, page := tom.post(t, "/desk/send/daily", append(hidden(t, page), "sure", "yes")...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(page, c.says) {
			t.Errorf("%s: %d, without %q", c.name, status, c.says)
		}
		if n := h.issues(t); n != 0 {
			t.Fatalf("%s: there are %d issues", c.name, n)
		}
	}

	// Two approved the run of this evening; that is no word on what is sent now.
	later := time.Now().UTC().Add(6 * time.Hour)
	e.Schedule = digest.Schedule{Zone: "UTC", Cron: fmt.Sprintf("%d %d * * *", later.Minute(), later.Hour())}
	e, err = h.digest.PutEdition(t.Context(), e, time.Now())
	ok(t, err)
	run := later.Truncate(time.Minute)
	for _, who := range e.Approval.Editors {
		_, err := h.digest.AnswerQuestion(t.Context(), e, digest.Answer{Slot: run, Editor: who, Plan: h.plan(t).Version}, time.Now())
		ok(t, err)
	}
	_, page := tom.get(t, "/desk/send/daily")
	has(t, page, "Approved")
	if status, page := tom.post(t, "/desk/send/daily", append(hidden(t, page), "sure", "yes")...); status != http.StatusUnprocessableEntity || h.issues(t) != 0 {
		t.Errorf("another run was approved: %d, %d issues\n%s", status, h.issues(t), page)
	}
}

func TestEditorSendsThemselvesATest(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 1, nil)
	c := h.as(t, staff.Writer)
	c.get(t, "/desk/send/daily")
	if status, to := c.post(t, "/desk/send/daily/test"); status != http.StatusSeeOther || to != "/desk/send/daily?done=tested" {
		t.Fatalf("%d %s", status, to)
	}
	got := m.to("editor@wire.example")
	if len(got) != 2 || !strings.Contains(got[0]+got[1], "rain") && !strings.Contains(got[0]+got[1], "Rain") {
		t.Errorf("%d tests arrived", len(got))
	}
	if h.issues(t) != 0 || len(m.to("reader1@readers.example")) != 0 {
		t.Error("a test made an issue")
	}
}
