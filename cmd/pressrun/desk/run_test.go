package desk

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// sendNow sends the next issue, and returns its number in the paths.
func (c *client) sendNow(t *testing.T) int64 {
	t.Helper()
	_, page := c.get(t, "/desk/send/daily")
	status, to := c.post(t, "/desk/send/daily", append(hidden(t, page), "sure", "yes")...)
	id, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(to, "/desk/run/"), "?done=sent"), 10, 64)
	if status != http.StatusSeeOther || err != nil {
		t.Fatalf("sending answers %d, %s", status, to)
	}
	return id
}

// steer presses a button of an issue's page.
func (c *client) steer(t *testing.T, id int64, do string) (status int, page string) {
	t.Helper()
	path := fmt.Sprintf("/desk/run/%d", id)
	c.get(t, path)
	status, to := c.post(t, path, "do", do)
	if status != http.StatusSeeOther {
		return status, to
	}
	return c.get(t, to)
}

func TestEditorStopsAndEndsAnIssue(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 6, nil)
	c := h.as(t, staff.Writer)
	id := c.sendNow(t)
	_, page := c.steer(t, id, "pause")
	has(t, page, "paused by Tom Reyes", "Go on", "0 of 6", "It waits.")
	_, page = c.steer(t, id, "resume")
	has(t, page, "on its way", "Pause", `content="5; url=`)

	// A story is pulled while nobody has the issue yet.
	story := regexpID(t, page, rain)
	status, to := c.post(t, fmt.Sprintf("/desk/run/%d/pull", id), "story", story, "why", "the court said so")
	if status != http.StatusSeeOther || !strings.HasSuffix(to, "done=pulled") {
		t.Fatalf("%d %s", status, to)
	}
	_, page = c.get(t, to)
	if strings.Contains(page, ">"+rain+"<") {
		t.Error("the pulled story is still offered")
	}
	if status, _ := c.post(t, fmt.Sprintf("/desk/run/%d/pull", id), "story", "4711"); status != http.StatusNotFound {
		t.Errorf("a story that is not there: %d", status)
	}
	_, page = c.steer(t, id, "cancel")
	has(t, page, "cancelled", "Nobody else gets it", "6 of 6")
	if status, page := c.steer(t, id, "resume"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "cannot become running") {
		t.Errorf("what was cancelled goes on: %d", status)
	}
	if status, _ := c.steer(t, id, "explode"); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	m.works(t, h)
	time.Sleep(200 * time.Millisecond)
	if readers, _ := m.copies(); readers > 0 {
		t.Errorf("%d readers got a cancelled issue", readers)
	}
	entries, err := h.staff.Audit(t.Context(), 0, 10)
	ok(t, err)
	var acts []string
	for _, e := range entries {
		acts = append(acts, e.Act)
	}
	if got := strings.Join(acts, " "); !strings.HasPrefix(got, "cancel pull resume pause send") {
		t.Errorf("the log has %s", got)
	}
}

// regexpID is the value of the option that a headline has.
func regexpID(t *testing.T, page, title string) string {
	t.Helper()
	before, _, ok := strings.Cut(page, `" lang="en">`+title+"</option>")
	if !ok {
		t.Fatalf("%q is not offered:\n%s", title, page)
	}
	return before[strings.LastIndexByte(before, '"')+1:]
}

// watch reads the events of an issue until they end, and returns their names and the last
// one's data.
func (c *client) watch(t *testing.T, id int64, each func(name, data string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/desk/run/%d/events", c.house.URL, id), nil)
	ok(t, err)
	res, err := c.Do(req)
	ok(t, err)
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
		t.Fatalf("the events are %s", ct)
	}
	lines := bufio.NewScanner(res.Body)
	name, data := "", ""
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data:"):
			data += strings.TrimPrefix(strings.TrimPrefix(line, "data:"), " ") + "\n"
		case line == "" && name != "":
			each(name, data)
			name, data = "", ""
		}
	}
	if ctx.Err() != nil {
		t.Fatal("the events do not end")
	}
}

func TestEventsTellOfAnIssueToItsEnd(t *testing.T) {
	h := newsroom(t)
	m := h.mailroom(t, 9, func(step, recipient string) sink.Fault {
		if step == "rcpt" && strings.HasPrefix(recipient, "reader3@") {
			return sink.Fault{Reply: "550 5.1.1 there is nobody of that name"}
		}
		return sink.Fault{}
	})
	c := h.as(t, staff.Viewer)
	id := h.as(t, staff.Writer).sendNow(t)
	var names []string
	begun := false
	c.watch(t, id, func(name, data string) {
		if names = append(names, name); !begun {
			begun = true
			has(t, data, "0 of 9", "Nobody sends mail")
			m.works(t, h)
		}
		if strings.Contains(data, `name="do"`) {
			t.Error("a viewer is shown buttons")
		}
		if strings.Contains(data, "reader3@") || strings.Contains(data, "nobody of that name") {
			t.Error("a viewer is told of a single reader")
		}
	})
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "progress progress") || !strings.HasSuffix(got, " end") {
		t.Errorf("the events are %s", got)
	}
	// Who comes late is told all at once, and who may see readers, of whom too.
	names = nil
	h.as(t, staff.Writer).watch(t, id, func(name, data string) {
		if names = append(names, name); name == "progress" {
			has(t, data, "9 of 9", "finished", "reader3@readers.example", "there is nobody of that name")
		}
	})
	if got := strings.Join(names, " "); got != "progress end" {
		t.Errorf("the events are %s", got)
	}
	if status, _ := c.get(t, "/desk/run/4711/events"); status != http.StatusNotFound {
		t.Errorf("an issue that is not there: %d", status)
	}
}
