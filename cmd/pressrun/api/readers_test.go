package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

// subscriptionOf returns what a reader's subscription of an edition looks like.
func (h *house) subscriptionOf(id int64, edition string) map[string]any {
	h.Helper()
	for _, n := range h.ask("GET", fmt.Sprintf("subscribers/%d", id), "").is(h.T, 200)["subscriptions"].([]any) {
		if n := n.(map[string]any); n["edition"] == edition {
			return n
		}
	}
	return nil
}

func TestAddressesStayOutOfURLs(t *testing.T) {
	h := openHouse(t)
	a := h.ask("GET", "subscribers?search=daily1@readers.example", "")
	a.fails(t, wrongParam, "search")
	if !strings.Contains(a.text, "POST /api/v1/subscribers/search") {
		t.Errorf("it says %s", a.text)
	}
	found := func(body string) string {
		t.Helper()
		var ids []any
		for _, r := range h.ask("POST", "subscribers/search", body).is(t, 200)["items"].([]any) {
			ids = append(ids, r.(map[string]any)["id"])
		}
		return fmt.Sprint(ids)
	}
	if got := found(`{"search":"DAILY1@readers.example"}`) + found(`{"edition":"weekly"}`) + found(`{"search":"nobody@readers.example"}`); got != "[1][4 5 6][]" {
		t.Errorf("found %s", got)
	}
	first := h.ask("POST", "subscribers/search", `{"search":"readers","limit":4}`).is(t, 200)
	if next := found(fmt.Sprintf(`{"search":"readers","limit":4,"cursor":%q}`, first["next"])); next != "[5 6]" {
		t.Errorf("the second page is %s", next)
	}
	for body, field := range map[string]string{`{"limit":501}`: "limit", `{"cursor":"Zm9v"}`: "cursor", `{"state":"asleep"}`: "state"} {
		h.ask("POST", "subscribers/search", body).fails(t, wrongField, field)
	}
}

func TestReaderIsChanged(t *testing.T) {
	h := openHouse(t)
	h.ask("PATCH", "subscribers/1", `{"name":"Mona","language":"ar_sa","format":"text"}`).is(t, 204)
	h.ask("PATCH", "subscribers/1", `{"name":"","uncounted":true}`).is(t, 204)
	v := h.ask("GET", "subscribers/1", "").is(t, 200)
	if v["name"] != nil || v["language"] != "ar-SA" || v["format"] != "text" || v["uncounted"] != true {
		t.Errorf("the reader is %v", v)
	}
	before := h.dump()
	for body, field := range map[string]string{
		`{"name":"Mona","language":"elvish-language"}`: "language", `{"name":"a\nb"}`: "name", `{"language":"en","format":"pdf"}`: "format",
	} {
		h.ask("PATCH", "subscribers/1", body).fails(t, wrongField, field)
	}
	h.ask("PATCH", "subscribers/99", `{"name":"Mona"}`).fails(t, notFound, "")
	if h.dump() != before {
		t.Error("what is refused changed something")
	}
}

func TestChoicesThatAreLeftOutStay(t *testing.T) {
	h := openHouse(t)
	e, err := h.api.Digest.Edition(h.Context(), "daily")
	ok(t, err)
	e.Rules.Offer = []string{"Sport", "City"}
	_, err = h.api.Digest.PutEdition(h.Context(), e, time.Now())
	ok(t, err)
	const path = "subscribers/1/subscriptions/daily"
	h.ask("PATCH", path, `{"topics":["sport"],"hour":7,"zone":"Asia/Riyadh"}`).is(t, 200)
	h.ask("PATCH", path, `{"frequency":"weekly","weekday":5}`).is(t, 200)
	want := map[string]any{"topics": []any{"sport"}, "frequency": "weekly", "weekday": 5.0, "hour": 7.0, "zone": "Asia/Riyadh"}
	if got := h.subscriptionOf(1, "daily")["choices"]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("chosen is %v, want %v", got, want)
	}
	for body, field := range map[string]string{`{"topics":["Opera"]}`: "topics", `{"hour":24}`: "", `{"zone":"Riyadh"}`: "", `{"frequency":"never"}`: ""} {
		h.ask("PATCH", path, body).fails(t, wrongField, field)
	}
	if got := h.subscriptionOf(1, "daily")["choices"]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("after what was refused it is %v", got)
	}
	h.ask("PATCH", "subscribers/1/subscriptions/weekly", `{}`).fails(t, notFound, "")
}

func TestReaderPausesAndComesBack(t *testing.T) {
	h := openHouse(t)
	const path = "subscribers/1/subscriptions/daily/"
	until := time.Now().Add(14 * day).UTC().Truncate(time.Second).Format(time.RFC3339)
	v := h.ask("POST", path+"pause", `{"until":"`+until+`"}`).is(t, 200)
	if v["state"] != "paused" || v["paused_until"] != until {
		t.Errorf("paused, it is %v", v)
	}
	for _, wrong := range []string{`{}`, `{"until":"2020-01-01T00:00:00Z"}`, `{"until":"2999-01-01T00:00:00Z"}`} {
		h.ask("POST", path+"pause", wrong).fails(t, wrongField, "until")
	}
	for range 2 {
		if v := h.ask("POST", path+"resume", "").is(t, 200); v["state"] != "confirmed" {
			t.Errorf("back, it is %v", v)
		}
	}
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"daily"}`).is(t, 204)
	h.ask("POST", path+"pause", `{"until":"`+until+`"}`).fails(t, conflict, "")
	h.ask("POST", path+"resume", "").fails(t, conflict, "")
	if v := h.subscriptionOf(1, "daily"); v["state"] != "unsubscribed" {
		t.Errorf("who left is %v", v)
	}
}

func TestReaderTakesOneMoreEdition(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "subscribers/1/subscriptions", `{"edition":"weekly"}`).fails(t, wrongField, "consent")
	h.ask("POST", "subscribers/1/subscriptions", `{"edition":"nightly","consent":"c"}`).fails(t, wrongField, "edition")
	h.ask("POST", "subscribers/1/subscriptions", `{"edition":"weekly","consent":"by telephone"}`).is(t, 201)
	h.ask("POST", "subscribers/1/subscriptions", `{"edition":"weekly","consent":"by telephone"}`).fails(t, conflict, "edition")
	if v := h.subscriptionOf(1, "weekly"); v == nil || v["state"] != "confirmed" {
		t.Errorf("the subscription is %v", v)
	}
	h.ask("POST", "subscribers/1/unsubscribe", `{"edition":"weekly"}`).is(t, 204)
	h.ask("POST", "subscribers/1/subscriptions", `{"edition":"weekly","consent":"by telephone"}`).fails(t, conflict, "edition")
	if v := h.subscriptionOf(1, "weekly"); v["state"] != "unsubscribed" {
		t.Errorf("who left is brought back: %v", v)
	}
}

// A new address is asked before anything changes, and so is nobody twice a day.
func TestNewAddressIsAskedFirst(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "subscribers/1/address", `{"email":"x"}`).fails(t, wrongField, "email")
	h.ask("POST", "subscribers/1/address", `{"email":"moved@readers.example"}`).is(t, 202)
	if v := h.ask("GET", "subscribers/1", "").is(t, 200); v["email"] != "daily1@readers.example" {
		t.Errorf("the reader is %v", v)
	}
	due, err := h.api.Readers.LettersDue(h.Context(), time.Now(), 10)
	if err != nil || len(due) != 1 || due[0].Kind != subscribers.LetterChange {
		t.Errorf("letters due: %v %v", due, err)
	}
	h.ask("POST", "subscribers/2/address", `{"email":"moved@readers.example"}`).fails(t, conflict, "")
	h.ask("POST", "suppressions", `{"subscriber":3,"reason":"complaint"}`).is(t, 204)
	h.ask("POST", "subscribers/3/address", `{"email":"away@readers.example"}`).fails(t, conflict, "")
}

func TestReaderIsAskedOnceMoreToConfirm(t *testing.T) {
	h := openHouse(t)
	h.furnishMore()
	h.ask("POST", "subscribers/1/confirmation", "").fails(t, conflict, "")
	h.ask("POST", "subscribers/7/confirmation", "").is(t, 202)
	a := h.ask("POST", "subscribers/7/confirmation", "")
	if a.fails(t, conflict, ""); !strings.Contains(a.text, "not long ago") {
		t.Errorf("it says %s", a.text)
	}
}

// An operator takes back an operator's word; the rest only the reader can.
func TestOnlyAnOperatorsWordIsLifted(t *testing.T) {
	h := openHouse(t)
	h.ask("POST", "suppressions", `{}`).fails(t, wrongField, "email")
	h.ask("POST", "suppressions", `{"email":"a@readers.example","subscriber":1}`).fails(t, wrongField, "email")
	h.ask("POST", "suppressions", `{"subscriber":99}`).fails(t, wrongField, "subscriber")
	h.ask("POST", "suppressions", `{"subscriber":1,"note":"asked by telephone"}`).is(t, 204)
	h.ask("POST", "suppressions", `{"subscriber":2,"reason":"bounce"}`).is(t, 204)
	h.ask("POST", "suppressions", `{"subscriber":2}`).is(t, 204)
	h.ask("POST", "suppressions", `{"email":"nobody@readers.example","reason":"complaint"}`).is(t, 204)
	var ids []any
	for _, s := range h.ask("GET", "suppressions", "").is(t, 200)["items"].([]any) {
		ids = append(ids, s.(map[string]any)["subscriber"])
	}
	if fmt.Sprint(ids) != "[1 2]" {
		t.Errorf("suppressed are %v", ids)
	}
	if v := h.ask("POST", "suppressions/search", `{"email":"nobody@readers.example"}`).is(t, 200); v["subscriber"] != nil || len(v["suppressions"].([]any)) != 1 {
		t.Errorf("the address is %v", v)
	}
	if v := h.ask("POST", "suppressions/lift", `{"subscriber":1}`).is(t, 200); len(v["suppressions"].([]any)) > 0 {
		t.Errorf("lifted, it is %v", v)
	}
	v := h.ask("POST", "suppressions/lift", `{"email":"DAILY2@readers.example"}`).is(t, 200)
	if left := v["suppressions"].([]any); len(left) != 1 || left[0].(map[string]any)["reason"] != "bounce" {
		t.Errorf("what is left is %v", v)
	}
	h.ask("POST", "suppressions/lift", `{"subscriber":2}`).fails(t, conflict, "")
	h.ask("POST", "suppressions/lift", `{"email":"nobody@readers.example"}`).fails(t, conflict, "")
	for id, want := range map[string]bool{"1": false, "2": true} {
		if v := h.ask("GET", "subscribers/"+id, "").is(t, 200); v["suppressed"] != want {
			t.Errorf("reader %s is suppressed: %v", id, v["suppressed"])
		}
	}
}

func TestAllThatIsKeptOfAReader(t *testing.T) {
	h := openHouse(t)
	h.furnishMore()
	all := h.ask("GET", "subscribers/1/everything", "").is(t, 200)
	copies := h.ask("GET", "subscribers/1/deliveries", "").is(t, 200)["items"].([]any)
	if fmt.Sprint(all["deliveries"]) != fmt.Sprint(copies) || len(copies) != 1 {
		t.Errorf("deliveries: %v and %v", all["deliveries"], copies)
	}
	tried := copies[0].(map[string]any)["attempts"].([]any)
	if len(tried) != 1 || tried[0].(map[string]any)["reply"] != "451 4.7.1 Greylisted" {
		t.Errorf("attempts: %v", tried)
	}
	if s := all["subscriber"].(map[string]any); s["email"] != "daily1@readers.example" || len(all["consents"].([]any)) != 1 {
		t.Errorf("everything: %v", all)
	}
}

const file = "imports?edition=weekly&evidence=signed+up+at+the+counter&file=counter.csv"

func (h *house) send(path, csv string, header ...string) reply {
	h.Helper()
	return h.ask("POST", path, csv, append([]string{"Content-Type", "text/csv"}, header...)...)
}

func TestFileOfReadersIsTriedTakenAndTakenBack(t *testing.T) {
	h := openHouse(t)
	const readers = "email,name\nweekly1@readers.example,Again\nann@readers.example,Ann\nomar@readers.example,Omar\nno address,\n"
	before := h.dump()
	try := h.send(strings.Replace(file, "imports", "imports/try", 1), readers)
	v := try.is(t, 200)
	if v["dry_run"] != true || v["lines"] != 4.0 || v["added"] != 2.0 || v["skipped"] != 1.0 || v["bad"] != 1.0 || len(v["bad_lines"].([]any)) != 1 || v["import"] != nil {
		t.Errorf("tried: %s", try.text)
	}
	if h.dump() != before {
		t.Error("the trial changed something")
	}
	h.send(file, readers).fails(t, needsKey, "")
	first := h.send(file, readers, key, "a")
	if v := first.is(t, 201); v["import"] != 1.0 || v["added"] != 2.0 || v["bad_lines"] != nil {
		t.Errorf("taken: %s", first.text)
	}
	again := h.send(file, readers, key, "a")
	if again.is(t, 201); again.text != first.text || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %s", again.text)
	}
	h.send(file, readers+"more@readers.example\n", key, "a").fails(t, otherCall, "")
	if l := h.ask("GET", "imports", "").is(t, 200)["items"].([]any); len(l) != 1 || l[0].(map[string]any)["file"] != "counter.csv" {
		t.Errorf("imports: %v", l)
	}
	// Omar leaves, and so is kept as he is.
	r, err := h.api.Readers.Find(h.Context(), h.address("omar@readers.example"))
	ok(t, err)
	h.ask("POST", fmt.Sprintf("subscribers/%d/unsubscribe", r.ID), `{}`).is(t, 204)
	u := h.ask("POST", "imports/1/undo", "")
	if v := u.is(t, 200); v["removed"] != 1.0 || v["kept"] != 1.0 || v["kept_by"].(map[string]any)["has left since"] != 1.0 || strings.Contains(u.text, "@") {
		t.Errorf("undone: %s", u.text)
	}
	h.ask("POST", "imports/1/undo", "").fails(t, conflict, "")
	h.ask("POST", "imports/9/undo", "").fails(t, notFound, "")
	if v := h.ask("GET", "imports/1", "").is(t, 200); v["undone"] == nil {
		t.Errorf("the import is %v", v)
	}
}

func TestWrongFilesChangeNothing(t *testing.T) {
	h := openHouse(t)
	before := h.dump()
	for _, at := range []string{"imports?", "imports/try?"} {
		h.send(at+"evidence=e", "email\na@readers.example\n", key, "k").fails(t, wrongParam, "edition")
		h.send(at+"edition=weekly", "email\na@readers.example\n", key, "k").fails(t, wrongParam, "evidence")
		h.send(at+"edition=weekly&evidence=e&left=perhaps", "email\n", key, "k").fails(t, wrongParam, "left")
		h.send(at+"edition=weekly&evidence=e&language=elvish-language", "email\n", key, "k").fails(t, wrongParam, "language")
		h.send(at+"edition=weekly&evidence=e", "", key, "k").fails(t, unreadable, "")
		h.send(at+"edition=weekly&evidence=e", "name,town\nAnn,Riyadh\n", key, "k").fails(t, unreadable, "")
		h.ask("POST", at+"edition=weekly&evidence=e", "{}", key, "k").fails(t, noJSON, "")
	}
	if h.dump() != before {
		t.Error("something changed")
	}
}

// Of two files at once, the second is told to wait; how far the first is can be asked.
func TestOneFileIsTakenInAtATime(t *testing.T) {
	h := openHouse(t)
	_, release, err := h.db.Acquire(context.Background(), "import") // as another process does
	ok(t, err)
	a := h.send(file, "email\nann@readers.example\n", key, "a")
	if a.fails(t, underWay, ""); a.Header.Get("Retry-After") != "30" {
		t.Errorf("it says %v", a.Header)
	}
	release()
	var csv strings.Builder
	csv.WriteString("email\n")
	for n := range 60_000 {
		fmt.Fprintf(&csv, "reader%d@readers.example\n", n)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if a := h.send(file, csv.String(), key, "b"); a.StatusCode != http.StatusCreated {
			t.Errorf("it answers %d %s", a.StatusCode, a.text)
		}
	})
	seen := false
	for range 4000 {
		if l := h.ask("GET", "imports/running", "").is(t, 200)["items"].([]any); len(l) == 1 {
			seen = l[0].(map[string]any)["file"] == "counter.csv"
			break
		}
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	if !seen {
		t.Error("the import was never under way")
	}
	if l := h.ask("GET", "imports/running", "").is(t, 200)["items"].([]any); len(l) > 0 {
		t.Errorf("it is over, and under way: %v", l)
	}
	if n := h.count(`SELECT count(*) FROM subscription WHERE edition = 'weekly'`); n != 60_003 {
		t.Errorf("there are %d readers", n)
	}
}
