package outbox_test

import (
	"testing"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A reader's copies are listed with all that was tried, the newest issue first, page by page.
func TestAttemptsAreListedByReader(t *testing.T) {
	st := newStage(t, 3, &sink.Sink{})
	st.sink.Fault = func(step, to string) sink.Fault {
		if step == "rcpt" && to == "reader2@readers.example" {
			return sink.Fault{Reply: "450 4.2.0 greylisted"}
		}
		return sink.Fault{}
	}
	st.enqueue(1)
	st.send(t.Context())
	st.sink.Fault = nil
	st.exec(`UPDATE delivery SET due_at = 1 WHERE state = 'deferred'`) // its time has come
	st.send(t.Context())
	st.enqueue(2)
	st.send(t.Context())
	var got []outbox.Tried
	for before := int64(0); ; before = got[len(got)-1].IssueID {
		page, err := st.queue.TriedFor(t.Context(), 2, before, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	if len(got) != 2 || got[0].IssueID != 2 || got[1].IssueID != 1 || len(got[0].All) != 1 || len(got[1].All) != 2 {
		t.Fatalf("listed are %+v", got)
	}
	first, second := got[1].All[0], got[1].All[1]
	if first.Number != 1 || first.Stage != "rcpt" || first.Said != "450 4.2.0 greylisted" || first.At.IsZero() || second.Number != 2 || second.Stage != "" || second.Class != "" {
		t.Errorf("attempts are %+v and %+v", first, second)
	}
	if got[1].State != outbox.Sent || got[1].Attempts != 2 {
		t.Errorf("the delivery is %+v", got[1].Delivery)
	}
}
