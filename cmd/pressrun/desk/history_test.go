package desk

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mime/multipart"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// past gives the house a sent issue in two languages with readers, one whose copy was
// refused, and a skipped one. It returns the sent one and the readers.
func (h *house) past(t *testing.T) (sent digest.Issue, readers []subscribers.Reader) {
	t.Helper()
	ctx := t.Context()
	daily, err := h.digest.Edition(ctx, "daily")
	ok(t, err)
	for _, email := range []string{"anna@example.org", "bashir@paper.example", "carla@example.org"} {
		a, err := subscribers.ParseAddress(email)
		ok(t, err)
		r, err := h.readers.Add(ctx, subscribers.NewSubscriber{Address: a, Name: "Anna Müller"}, "daily", "they wrote to us", then)
		ok(t, err)
		readers = append(readers, r)
	}
	slot := then.Add(time.Hour)
	candidates, err := h.digest.Candidates(ctx, daily, slot)
	ok(t, err)
	sent, _, err = h.digest.CreateIssue(ctx, daily, slot, digest.Select(daily, candidates, slot), slot)
	ok(t, err)
	h.desk.Publisher.Composer.From.Address = "news@wire.example"
	letters, err := h.desk.Publisher.Composer.Compose(daily, sent)
	ok(t, err)
	var variants []digest.Variant
	for _, l := range letters {
		variants = append(variants, digest.Variant{IssueID: sent.ID, Language: l.Language, Subject: l.Subject, HTML: l.HTML, Text: l.Text})
	}
	ok(t, h.digest.PutVariants(ctx, variants))
	ok(t, h.digest.Post(ctx, sent.ID))
	h.runOf(t, sent.ID, 3, 1)
	ok(t, h.db.Update(ctx, func(tx *sql.Tx) error {
		for i, state := range []outbox.State{outbox.Sent, outbox.Refused} {
			if _, err := tx.Exec(`INSERT INTO delivery (id, issue_id, subscriber_id, state, attempts, dated_at, changed_at) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5)`,
				100+i, sent.ID, readers[i].ID, string(state), slot.Unix()); err != nil {
				return err
			}
			code, said := 250, "2.0.0 Ok: queued as 4XyZ"
			if state == outbox.Refused {
				code, said = 550, "5.1.1 <script>alert(1)</script> no such mailbox"
			}
			if _, err := tx.Exec(`INSERT INTO attempt (delivery_id, number, at, stage, class, uncertain, code, enhanced, text) VALUES (?1, 1, ?2, '', '', 0, ?3, '', ?4)`,
				100+i, slot.Unix(), code, said); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE tally SET n = 1 WHERE issue_id = ?1 AND state = 'queued'`, sent.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO tally (issue_id, state, n) VALUES (?1, 'refused', 1)`, sent.ID)
		return err
	}))
	_, _, err = h.digest.CreateIssue(ctx, daily, slot.Add(time.Hour), digest.Selection{Skip: "2 stories are fewer than the 3 that an issue needs"}, slot.Add(time.Hour))
	ok(t, err)
	return sent, readers
}

func TestHistoryTellsOfEveryRun(t *testing.T) {
	h := open(t)
	sent, _ := h.past(t)
	c := h.as(t, staff.Viewer)
	_, page := c.get(t, "/desk/history")
	has(t, page, "Evening Briefing", "no. 1", "2 stories are fewer than the 3", "not sent", `/desk/history/`+formatID(sent.ID))
	if status, _ := c.get(t, "/desk/history?edition=nothing"); status != http.StatusNotFound {
		t.Errorf("an edition that is not there answers %d", status)
	}
	if _, page := c.get(t, fmt.Sprintf("/desk/history?edition=daily&before=%d", sent.ID)); strings.Contains(page, "no. 1") {
		t.Error("the page before the first issue has it")
	}
}

func TestHistoryIsPagedByKey(t *testing.T) {
	h := open(t)
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	for n := range 2*historyPage + 3 {
		_, _, err := h.digest.CreateIssue(t.Context(), daily, then.Add(time.Duration(n)*time.Minute), digest.Selection{Skip: fmt.Sprintf("reason-%03d.", n)}, then)
		ok(t, err)
	}
	c := h.as(t, staff.Viewer)
	next, seen := "/desk/history?edition=daily", map[string]bool{}
	link := regexp.MustCompile(`rel="next" href="([^"]+)"`)
	for pages := 0; next != ""; pages++ {
		if pages > 3 {
			t.Fatal("there is no end")
		}
		_, page := c.get(t, next)
		for _, reason := range regexp.MustCompile(`reason-\d+`).FindAllString(page, -1) {
			if seen[reason] {
				t.Errorf("%s stands on two pages", reason)
			}
			seen[reason] = true
		}
		next = ""
		if m := link.FindStringSubmatch(page); m != nil {
			next = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 2*historyPage+3 {
		t.Errorf("%d runs are shown", len(seen))
	}
}

func TestPastIssueShowsWhatWentOutAndToWhom(t *testing.T) {
	h := open(t)
	sent, readers := h.past(t)
	at := "/desk/history/" + formatID(sent.ID)
	editor := h.as(t, staff.Writer)
	_, page := editor.get(t, at)
	has(t, page, "Harbour pilots", "refused", "bashir@paper.example", "no such mailbox", "&lt;script&gt;alert", fmt.Sprintf("/desk/preview/issue/%d/ar", sent.ID), "As it went out")
	_, page = editor.get(t, at+"?state=sent")
	has(t, page, "anna@example.org", "queued as 4XyZ")

	_, page = h.as(t, staff.Viewer).get(t, at)
	has(t, page, "Harbour pilots", "refused")
	for _, r := range readers {
		if strings.Contains(page, r.Email) {
			t.Errorf("a viewer sees %s", r.Email)
		}
	}

	res, err := editor.Get(h.URL + fmt.Sprintf("/desk/preview/issue/%d/en", sent.ID))
	ok(t, err)
	letter := read(t, res)
	has(t, letter, "Harbour pilots")
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script-src") {
		t.Errorf("the letter's policy is %q", csp)
	}
	if strings.Contains(letter, "{{") || strings.Contains(letter, "%7B%7B") {
		t.Error("a reader's own links stand in it")
	}
}

func TestFiguresHaveATableEach(t *testing.T) {
	h := open(t)
	c := h.as(t, staff.Viewer)
	_, page := c.get(t, "/desk/history/figures")
	has(t, page, "There is nothing to show yet")
	h.past(t)
	_, page = c.get(t, "/desk/history/figures")
	has(t, page, `role="img"`, "<title id=", "<desc id=", "<polyline", `class="s0 of-deliveries"`, "Evening Briefing", "<td class=\"number\">")
	if regexp.MustCompile(`NaN|Inf|points="[^"]*[^0-9 .,"-]`).MatchString(page) {
		t.Error("a plot has places that are none")
	}
}

func TestReadersAreFoundShownAndErased(t *testing.T) {
	h := open(t)
	sent, readers := h.past(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/readers")
	has(t, page, "3 readers", "anna@example.org", "carla@example.org")
	_, page = c.get(t, "/desk/readers?q=%40PAPER")
	has(t, page, "bashir@paper.example")
	if strings.Contains(page, "anna@example.org") {
		t.Error("a search finds everybody")
	}
	at := "/desk/readers/" + formatID(readers[1].ID)
	_, page = c.get(t, at)
	has(t, page, "bashir@paper.example", "they wrote to us", "refused", "no such mailbox", "every issue")
	_, page = c.get(t, "/desk/readers/"+formatID(readers[2].ID))
	has(t, page, "no copy:", "nothing on record says why")
	_, page = c.get(t, fmt.Sprintf("%s?issue=%d", at, sent.ID+1))
	has(t, page, "nobody got this issue: 2 stories are fewer")
	if status, _ := c.get(t, at+"?issue=999"); status != http.StatusUnprocessableEntity {
		t.Errorf("an issue that is not there answers %d", status)
	}

	if status, to := c.post(t, at+"/suppress", "reason", "complaint", "note", "wrote to us"); status != 303 {
		t.Errorf("suppressing answers %d %s", status, to)
	}
	_, page = c.get(t, at)
	has(t, page, "they reported a mail as spam", "wrote to us")
	if status, page := c.post(t, at+"/erase", "address", "anna@example.org"); status != http.StatusUnprocessableEntity {
		t.Errorf("another address erases: %d\n%s", status, page)
	}
	if status, to := c.post(t, at+"/erase", "address", "Bashir@paper.example"); status != 303 || !strings.Contains(to, "done=erased") {
		t.Errorf("erasing answers %d %s", status, to)
	}
	if status, _ := c.get(t, at); status != http.StatusNotFound {
		t.Errorf("who is erased answers %d", status)
	}
	_, log := h.as(t, staff.Owner).get(t, "/desk/audit")
	has(t, log, "erased", "reader "+formatID(readers[1].ID))
	if strings.Contains(log, "bashir") {
		t.Error("the log keeps the address of who is erased")
	}
	_, page = c.get(t, "/desk/readers?q=bashir%40paper.example")
	has(t, page, "they asked to be forgotten", "Do not write to this address")
}

// upload sends a form with a file.
func (c *client) upload(t *testing.T, path, file, text string, pairs ...string) (status int, page string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		ok(t, form.WriteField(pairs[i], pairs[i+1]))
	}
	ok(t, form.WriteField("csrf", c.csrf))
	part, err := form.CreateFormFile("file", file)
	ok(t, err)
	_, err = part.Write([]byte(text))
	ok(t, err)
	ok(t, form.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.house.URL+path, &body)
	ok(t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Origin", c.house.URL)
	res, err := c.Do(req)
	ok(t, err)
	return res.StatusCode, read(t, res)
}

func TestImportIsTriedTakenInAndTakenBack(t *testing.T) {
	h := open(t)
	h.past(t)
	c := h.as(t, staff.Writer)
	file := "email,name\nanna@example.org,Anna\n=cmd@example,x\n" + strings.Repeat("", 1)
	for n := range 3000 { // more than the form's own limit
		file += fmt.Sprintf("new%04d@example.org,Reader number %d of the old list\n", n, n)
	}
	before := h.state(t)
	if status, page := c.upload(t, "/desk/imports", "old.csv", file, "edition", "daily", "evidence", "  "); status != http.StatusUnprocessableEntity {
		t.Errorf("without evidence it answers %d\n%s", status, page)
	}
	status, page := c.upload(t, "/desk/imports", "old.csv", file, "edition", "daily", "evidence", "signed up on the old site")
	if status != http.StatusOK {
		t.Fatalf("trying answers %d\n%s", status, page)
	}
	has(t, page, "Nothing was changed yet", "3,000", "subscribed already", "line 3", "Take in 3,000 readers")
	if h.state(t) != before {
		t.Error("a trial changed something")
	}
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)[1]
	other := h.as(t, staff.Owner)
	if status, _ := other.post(t, "/desk/imports/take", "token", token); status != http.StatusConflict {
		t.Errorf("another editor's file: %d", status)
	}
	if status, to := c.post(t, "/desk/imports/take", "token", token); status != 303 {
		t.Fatalf("taking it in answers %d %s", status, to)
	}
	if status, _ := c.post(t, "/desk/imports/take", "token", token); status != http.StatusConflict {
		t.Errorf("twice: %d", status)
	}
	_, page = c.get(t, "/desk/readers")
	has(t, page, "3,003 readers")
	_, page = c.get(t, "/desk/imports")
	has(t, page, "old.csv", "signed up on the old site", "3,000")
	imports, err := h.readers.Imports(t.Context())
	ok(t, err)
	undo := "/desk/imports/" + formatID(imports[0].ID)
	_, page = c.get(t, undo)
	has(t, page, "Take it back")
	if status, to := c.post(t, undo+"/undo"); status != 303 {
		t.Errorf("taking it back answers %d %s", status, to)
	}
	if status, _ := c.post(t, undo+"/undo"); status != http.StatusConflict {
		t.Errorf("taking it back twice answers %d", status)
	}
	_, page = c.get(t, "/desk/readers")
	has(t, page, "3 readers")
	if status, csv := c.post(t, "/desk/readers/export", "edition", "daily"); status != 200 || !strings.Contains(csv, "carla@example.org") {
		t.Errorf("the export answers %d %.200s", status, csv)
	}
}
