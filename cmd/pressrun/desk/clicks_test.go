package desk

import (
	"database/sql"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest/click"
)

// The page of an issue says what was opened, who opened it, and when readers wanted another
// story than the lead; numbers that could tell of one reader it does not say.
func TestPastIssueTellsWhatWasOpened(t *testing.T) {
	h := open(t)
	sent, _ := h.past(t)
	vera := h.as(t, staff.Viewer)
	address := fmt.Sprintf("/desk/history/%d", sent.ID)
	if _, page := vera.get(t, address); strings.Contains(page, "What was opened") {
		t.Error("an issue whose clicks are not counted shows some")
	}
	ok(t, h.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE issue SET counted = 1 WHERE id = ?1`, sent.ID)
		return err
	}))
	var lead, other int64
	for _, s := range sent.Stories {
		if s.In && s.Lead {
			lead = s.ID
		} else if s.In && other == 0 {
			other = s.ID
		}
	}
	var hits []click.Hit
	add := func(story int64, from byte, after time.Duration) {
		hits = append(hits, click.Hit{Issue: sent.ID, Story: story, At: then.Add(after), Left: then, From: netip.AddrFrom4([4]byte{192, 0, 2, from}), Agent: "Mozilla/5.0"})
	}
	for n := range byte(9) {
		add(other, n, 50*time.Minute)
	}
	add(lead, 100, time.Hour)
	add(lead, 101, 2*time.Second)
	if err := h.desk.Clicks.Count(t.Context(), hits); err != nil {
		t.Fatal(err)
	}
	_, page := vera.get(t, address)
	for _, want := range []string{"What was opened", "<bdi>10</bdi> visits by people", "within <bdi>1</bdi> hour", "wanted this more than the lead", `under <bdi>5</bdi>`, `<rect width="100%"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page[strings.Index(page, "What was"):])
		}
	}
	if strings.Contains(page, "192.0.2") {
		t.Error("the page has an address")
	}
	_, page = vera.get(t, "/desk/history/figures")
	for _, want := range []string{"What was opened, by issue", `class="s0 of-clicks"`, "opened by people"} {
		if !strings.Contains(page, want) {
			t.Errorf("the figures do not have %q", want)
		}
	}
}
