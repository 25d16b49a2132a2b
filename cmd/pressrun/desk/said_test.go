package desk

import (
	"database/sql"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

// saidInEnglish finds a sentence that a page had to leave in English.
var saidInEnglish = regexp.MustCompile(`<bdi lang="en" dir="ltr">[^<]*</bdi>`)

// inTrouble gives the house whatever the lower rooms can complain of.
func (h *house) inTrouble(t *testing.T) digest.Issue {
	t.Helper()
	ctx := t.Context()
	sent, readers := h.past(t)
	daily, err := h.digest.Edition(ctx, "daily")
	ok(t, err)
	for i, reason := range []string{
		"too few stories: 1 of 3 stories in en, 0 of 3 stories in ar",
		"missed: nothing ran at that time, and the issue of Mon 2 Jan 07:00 makes up for it",
		"held: only Mona approved it in time, and two editors must",
		"it does not go out on 20 March 2027: عيد الفطر",
	} {
		slot := then.Add(time.Duration(3+i) * time.Hour)
		_, _, err := h.digest.CreateIssue(ctx, daily, slot, digest.Selection{Skip: reason}, slot)
		ok(t, err)
	}
	for _, s := range []digest.Source{
		{URL: "https://gazette.example/feed", Title: "Port Gazette", Failures: 4, FetchedAt: time.Now(),
			Error: "https://gazette.example/feed does not exist (404); run `pressrun sources test https://gazette.example` to find where the feed went"},
		{URL: "https://slow.example/rss", Failures: 1, FetchedAt: time.Now(), Error: "https://slow.example/rss took longer than 15 seconds; it will be tried again"},
	} {
		_, err := h.digest.PutSource(ctx, s)
		ok(t, err)
	}
	ok(t, h.db.Update(ctx, func(tx *sql.Tx) error {
		for i, d := range []struct{ state, reason string }{
			{"refused", "rcpt: hard: 550 5.1.1 no such mailbox here"},
			{"deferred", "gmail.com asked for a rest; nothing goes there until 15:04 UTC"},
			{"in doubt", "dot: no reply after the message was sent, it may have arrived: read tcp 10.0.0.1:40000->10.0.0.2:25: i/o timeout"},
			{"suppressed", "left, or paused, before it was sent"},
		} {
			if _, err := tx.Exec(`INSERT INTO delivery (id, issue_id, subscriber_id, state, attempts, reason, dated_at, changed_at, due_at) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?6, ?6)
				ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, due_at = excluded.due_at`, 100+i, sent.ID, readers[min(i, len(readers)-1)].ID+int64(i/3*7), d.state, d.reason, then.Unix()); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO tally (issue_id, state, n) VALUES (?1, ?2, 1) ON CONFLICT (issue_id, state) DO UPDATE SET n = 1`, sent.ID, d.state); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE run SET state = 'stopped', reason = ?2 WHERE issue_id = ?1`, sent.ID,
			"auth: configuration: the relay is another machine and would get the password in clear text; use TLS, or a relay that needs no password")
		return err
	}))
	return sent
}

func TestArabicEditorsReadArabic(t *testing.T) {
	h := open(t)
	sent := h.inTrouble(t)
	c := h.as(t, staff.Owner)
	c.post(t, "/desk/language", "lang", "ar")
	id := formatID(sent.ID)
	for path, want := range map[string][]string{
		"/desk":                    {"القصص أقل من اللازم", "خلل في إعداداتنا (عند تسجيل الدخول)", "غير موجود (404)", "استغرق https://slow.example/rss أكثر من 15 ثانية"},
		"/desk/history":            {"1 من 3 قصص باللغة الإنجليزية، 0 من 3 قصص باللغة العربية", "ويعوّضه عدد الاثنين 2 يناير 07:00", "عُلّق: لم يوافق عليه في الوقت المحدد إلا Mona", "لا تصدر يوم 20 مارس 2027: عيد الفطر"},
		"/desk/history/" + id:      {"ستصله كلمة المرور بلا تشفير"},
		"/desk/run/" + id:          {"العنوان غير موجود (عند ذكر المستلِم): 550 5.1.1 no such mailbox here", "طلب gmail.com التوقف. لا يُرسل إليه شيء حتى 15:04 UTC؛ وكان آخر رد: 550", "وربما وصلت: القراءة من 10.0.0.2:25"},
		"/desk/sources":            {"نفّذ الأمر «pressrun sources test https://gazette.example»"},
		"/desk/editions":           {"كل يوم عند 18:00"},
		"/desk/readers/1?issue=99": {"لا يوجد هذا العدد. رقمه في عنوان صفحته في السجل الزمني."},
	} {
		_, page := c.get(t, path)
		has(t, page, want...)
		for _, left := range saidInEnglish.FindAllString(page, -1) {
			if !strings.Contains(left, "2 stories are fewer") { // which only tests say
				t.Errorf("%s says in English %q", path, left)
			}
		}
	}
}

func TestArabicEditorsAreToldInArabicWhatIsWrong(t *testing.T) {
	h := open(t)
	issue := h.inTrouble(t)
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	f := fields(daily)
	f.values["when"] = "when it rains"
	c := h.as(t, staff.Owner)
	c.post(t, "/desk/language", "lang", "ar")
	for _, try := range []struct {
		path   string
		pairs  []string
		status int
		want   string
	}{
		{"/desk/editions/daily", sent(f, "save"), 422, "الموعد «when it rains» لا يُفهم: «when» ليس يومًا من أيام الأسبوع. اكتبه بالإنجليزية"},
		{"/desk/sources", []string{"url", "", "do", "test"}, 422, "اكتب عنوان خلاصة أو صفحة من الموقع، مثل https://paper.example."},
		{"/desk/readers/suppress", []string{"address", "mona", "reason", "operator"}, 422, "ليس في العنوان علامة @."},
		{"/desk/run/" + formatID(issue.ID+1), []string{"do", "pause"}, 409, "لم يُسلَّم هذا العدد للإرسال قط."},
		{"/desk/tokens", []string{"name", "", "scope", "read", "days", "1"}, 422, "يحتاج الرمز إلى اسم"},
		{"/desk/imports/take", []string{"token", "x"}, 409, "لم يعد هذا الملف ينتظر"},
	} {
		c.get(t, "/desk")
		status, page := c.post(t, try.path, try.pairs...)
		if status != try.status {
			t.Errorf("%s answers %d, want %d", try.path, status, try.status)
		}
		has(t, page, try.want)
	}
	status, page := c.upload(t, "/desk/imports", "old.csv", "email,name\nmona,M\n\"x@example.org,M\n", "edition", "daily", "evidence", "signed up on the old site")
	if status != http.StatusOK {
		t.Errorf("the trial answers %d", status)
	}
	has(t, page, "ليس في العنوان علامة @", "علامة تنصيص (&#34;) فُتحت ولم تُغلق")
}

// TestArabicSentencesFitPhones looks at the pages with the longest sentences.
func TestArabicSentencesFitPhones(t *testing.T) {
	h := open(t)
	id := formatID(h.inTrouble(t).ID)
	ctx := browse(t)
	h.comeIn(t, ctx, staff.Owner)
	setCookie(t, ctx, h.URL, languageCookie, "ar")
	for name, path := range map[string]string{
		"today-said": "/desk", "history-said": "/desk/history", "run-said": "/desk/run/" + id, "sources-said": "/desk/sources",
	} {
		h.look(t, ctx, name, "ar", path)
	}
}
