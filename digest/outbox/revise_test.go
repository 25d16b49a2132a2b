package outbox_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

func TestAStoryPulledInMidSend(t *testing.T) {
	st := newStage(t, 6, &sink.Sink{})
	st.exec(`UPDATE reader SET language = 'en'`)
	st.exec(`UPDATE reader SET topics = 'Sport' WHERE id = 6`)
	slot := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	before, after := letter(t, "en"), letter(t, "ar") // told apart by their words
	st.post(1, slot, func(outbox.Choice) *message.Message { return before })
	st.exec(`UPDATE delivery SET state = 'sent', attempts = 1 WHERE subscriber_id = 1`)
	st.exec(`UPDATE delivery SET state = 'in doubt', doubts = 1 WHERE subscriber_id = 2`)
	st.exec(`UPDATE delivery SET state = 'sending' WHERE subscriber_id = 3`)
	st.exec(`UPDATE delivery SET state = 'deferred', reason = 'busy', doubts = 1 WHERE subscriber_id = 4`)
	st.exec(`UPDATE tally SET n = 2 WHERE state = 'queued'`)
	st.exec(`INSERT INTO tally VALUES (1, 'sent', 1), (1, 'in doubt', 1), (1, 'sending', 1), (1, 'deferred', 1)`)
	st.exec(`INSERT INTO part (issue_id, kind, name, taken) VALUES (1, 'domain', '', 1), (1, 'relay', '', 1)`)
	n, err := st.queue.Revise(t.Context(), outbox.Posting{
		IssueID: 1, Edition: "daily", Slot: slot, Languages: []string{"en"}, Fallback: "en",
		Compose: func(_ context.Context, c outbox.Choice) (*message.Message, string, error) {
			if slices.Equal(c.Topics, []string{"Sport"}) {
				return nil, "nothing is left of the reader's topics", nil
			}
			return after, "", nil
		},
	}, slot)
	if err != nil || n != 2 {
		t.Fatalf("%d readers: %v", n, err)
	}
	for reader, want := range map[int]int64{1: 0, 2: 0, 3: 0, 4: 0, 5: 1} {
		if got := st.count(`SELECT m.revision FROM delivery d JOIN message m ON m.id = d.message_id WHERE d.subscriber_id = ?1`, reader); got != want {
			t.Errorf("reader %d gets revision %d, want %d", reader, got, want)
		}
	}
	if st.count(`SELECT count(*) FROM delivery WHERE subscriber_id = 6 AND state = 'cancelled' AND reason <> ''`) != 1 {
		t.Error("who has nothing left is not told so")
	}
	if r := st.holds(1); r.Counts[outbox.Queued] != 1 || r.Counts[outbox.Cancelled] != 1 {
		t.Errorf("%v", r)
	}
}
