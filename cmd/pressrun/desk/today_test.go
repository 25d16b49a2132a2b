package desk

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

func TestTodayIsGreenWhenAllIsWell(t *testing.T) {
	h := open(t)
	for _, room := range []string{"scheduler", "sender"} {
		_, release, err := h.db.Acquire(t.Context(), room)
		ok(t, err)
		t.Cleanup(release)
	}
	_, page := h.as(t, staff.Viewer).get(t, "/desk")
	has(t, page, "All is well", "The schedule is being kept", "Mail is being sent", "1 source answers", "1 edition goes out by itself", "Evening Briefing", "Africa/Cairo", "18:00")
	for _, no := range []string{"state bad", "state warn"} {
		if strings.Contains(page, no) {
			t.Errorf("the page has something %q:\n%s", no, page)
		}
	}
	if n := strings.Count(page, ", 18:00"); n < 3 {
		t.Errorf("it shows %d of the next three slots", n)
	}
}

func TestTodaySaysWhatIsWrongAndWhatToDo(t *testing.T) {
	h := open(t)
	h.trouble(t)
	_, page := h.as(t, staff.Viewer).get(t, "/desk")
	has(t, page, "To look after", "Port Gazette", "failed 4 times in a row", "the server answers 503", "It is asked again",
		"Nobody keeps the schedule", "Start “pressrun serve”", "Nobody sends mail",
		"was not sent", "2 stories are fewer than the 3", "It does not go out until somebody resumes it")
	if strings.Contains(page, "edition goes out by itself") {
		t.Error("it promises an issue though nobody keeps the schedule")
	}
	if bad, noted := strings.Index(page, `state bad`), strings.Index(page, "was not sent"); bad < 0 || noted < bad {
		t.Error("what is to be noted stands before what is wrong")
	}
}

func TestTodayOfAnEmptyHouseSaysHowToBegin(t *testing.T) {
	h := bare(t)
	h.hire(t, "Mona Haddad", staff.Owner)
	_, page := h.as(t, staff.Owner).get(t, "/desk")
	has(t, page, "There is no edition", "pressrun editions add", "There is no source", "pressrun sources add")
}

func TestFirstPageShowsAnIssueOnItsWay(t *testing.T) {
	h := open(t)
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	issue, _, err := h.digest.CreateIssue(t.Context(), daily, then, digest.Selection{}, then)
	ok(t, err)
	h.runOf(t, issue.ID, 200, 120)
	ok(t, h.queue.Pause(t.Context(), issue.ID, "an editor wanted it"))
	_, page := h.as(t, staff.Viewer).get(t, "/desk")
	has(t, page, "120 of 200", `value="60"`, "an editor wanted it", "is paused with readers left", "cancel it: news gets old")
}

func TestMarkupIsEscapedWhereverItComesFrom(t *testing.T) {
	h := open(t)
	const evil = `<script>alert(1)</script>`
	_, err := h.digest.PutEdition(t.Context(), digest.Edition{Slug: "evil", Name: "N" + evil, Languages: []string{"en"}, Doubt: digest.DoubtHold}, then)
	ok(t, err)
	_, err = h.digest.PutSource(t.Context(), digest.Source{URL: "https://evil.example/", Title: "S" + evil, Failures: 5, Error: "E" + evil, FetchedAt: time.Now()})
	ok(t, err)
	ok(t, h.staff.Note(t.Context(), staff.Entry{Name: "M" + evil, Act: evil, What: evil, Detail: evil, At: then}))
	c := h.as(t, staff.Owner)
	for _, path := range []string{"/desk", "/desk/audit", "/desk/login?next=" + `"><script>alert(1)</script>`, "/desk/" + "%3Cscript%3Ealert(1)%3C/script%3E"} {
		if _, page := c.get(t, path); strings.Contains(page, "<script>") {
			t.Errorf("%s has it as it is", path)
		}
	}
}

func TestDeskSpeaksTheLanguageThatWasChosen(t *testing.T) {
	h := open(t)
	c := h.as(t, staff.Viewer)
	status, to := c.post(t, "/desk/language", "lang", "ar")
	if status != 303 || to != "/desk" {
		t.Errorf("choosing answers %d %s", status, to)
	}
	_, page := c.get(t, "/desk")
	has(t, page, `<html lang="ar" dir="rtl">`, "تصدر تلقائيًا")
	left := regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>`).ReplaceAllString(page, " ")
	for _, own := range []string{"Evening Briefing", "The Evening Wire", "Africa/Cairo", "English", "pressrun serve"} {
		left = strings.ReplaceAll(left, own, "")
	}
	if word := regexp.MustCompile(`[A-Za-z]{3,}`).FindString(left); word != "" {
		t.Errorf("the Arabic page says %q", word)
	}
}

// runOf puts the run of an issue into the outbox, as far as it has come: a sender would take
// minutes to stand just there.
func (h *house) runOf(t *testing.T, issue, prepared, sent int64) {
	t.Helper()
	ok(t, h.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO run (issue_id, edition, state, doubt, useful_until, complete, prepared, posted_at)
			VALUES (?1, 'daily', 'running', 'hold', 4102444800, 1, ?2, ?3)`, issue, prepared, then.Unix())
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO tally (issue_id, state, n) VALUES (?1, 'sent', ?2), (?1, 'queued', ?3)`, issue, sent, prepared-sent)
		return err
	}))
}
