package outbox_test

import (
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

func TestLettersGoThroughTheLedgerOnce(t *testing.T) {
	st := newStage(t, 100, &sink.Sink{})
	m, other := letter(t, "en"), letter(t, "ar")
	var batch []outbox.Letter
	for i := range int64(100) {
		st.exec(`INSERT INTO note VALUES ('confirm', ?1, ?1, 1)`, i+1)
		batch = append(batch, outbox.Letter{Kind: "confirm", Ref: i + 1, Message: m})
	}
	batch = append(batch, outbox.Letter{Kind: "remind", Ref: 1, Message: other}, outbox.Letter{Kind: "confirm", Ref: 999, Message: m})
	st.exec(`INSERT INTO note VALUES ('remind', 1, 1, 1)`)
	for range 2 {
		if err := st.queue.PutLetters(t.Context(), batch, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if n := st.count(`SELECT count(*) FROM message`); n != 2 {
		t.Errorf("%d messages were saved, not one for each text", n)
	}
	s := st.sender()
	s.LetterValues = func(kind string, ref, subscription, subscriber int64, expires time.Time) []string {
		if subscription != subscriber+1000000 || expires.Unix() != 1 {
			t.Errorf("%s %d: subscription %d, subscriber %d, expires %s", kind, ref, subscription, subscriber, expires)
		}
		return []string{"abcdefgh"}
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st.copies.Recipients() != 100 || st.copies.Of("reader1@readers.example") != 2 {
		t.Errorf("%d readers got a letter", st.copies.Recipients())
	}
	if n := st.count(`SELECT count(*) FROM delivery WHERE issue_id < 0 AND state = 'sent'`); n != 101 {
		t.Errorf("%d letters were sent, not 101", n)
	}
	if n := st.count(`SELECT count(*) FROM delivery WHERE issue_id < 0 AND state = 'suppressed'`); n != 1 {
		t.Error("the letter that is no longer wanted was not dropped")
	}
	if runs, err := st.queue.Unfinished(t.Context()); err != nil || len(runs) > 0 {
		t.Errorf("letters look like an issue: %v %v", runs, err)
	}
	if _, faults, err := st.queue.Verify(t.Context(), 0); err != nil || len(faults) > 0 {
		t.Errorf("%v %v", faults, err)
	}
}

func TestAWelcomeBringsAnIssueOnce(t *testing.T) {
	st := newStage(t, 3, &sink.Sink{})
	st.exec(`UPDATE reader SET gone = 1 WHERE id > 1`)
	slot := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	st.post(1, slot, nil)
	with, plain := letter(t, "en"), letter(t, "ar")
	st.exec(`UPDATE reader SET gone = 0, since = ?1 WHERE id > 1`, slot.Add(time.Hour).Unix())
	var batch []outbox.Letter
	for i := range int64(3) { // reader 1 had the issue
		batch = append(batch, outbox.Letter{Kind: "welcome", Ref: i + 1, Message: with, Brings: 1, Subscriber: i + 1, Plain: plain})
	}
	batch[2].Brings = 77 // which was never posted
	if err := st.queue.PutLetters(t.Context(), batch, slot.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	st.post(2, slot.Add(24*time.Hour), nil)
	for reader, want := range map[int]string{1: "1>0 2>1", 2: "1>-1 2>1", 3: "2>1"} {
		if got := st.got(reader); got != "-1>0 "+want && got != want {
			t.Errorf("reader %d got %s, want %s", reader, got, want)
		}
	}
	if n := st.count(`SELECT count(DISTINCT message_id) FROM delivery WHERE issue_id < 0`); n != 2 {
		t.Error("who has the issue gets it again with the welcome")
	}
	if _, faults, err := st.queue.Verify(t.Context(), 0); err != nil || len(faults) > 0 {
		t.Errorf("%v %v", faults, err)
	}
}
