package subscribers

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestChoicesAreKeptWithTheirHistory(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	id := r.Subscriptions[0].ID
	weekly := Choices{Frequency: Weekly, Weekday: time.Sunday, Hour: 18, Zone: "Asia/Riyadh"}
	if err := s.SetChoices(t.Context(), id, weekly, testNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetChoices(t.Context(), id, weekly, testNow.Add(2*time.Hour)); err != nil { // nothing new
		t.Fatal(err)
	}
	if err := s.Pause(t.Context(), id, testNow.Add(100*time.Hour), testNow.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.SetChoices(t.Context(), id, Choices{Topics: []string{" رياضة ", "Culture"}}, testNow.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(t.Context(), id, testNow.Add(5*time.Hour)); err != nil {
		t.Fatal(err)
	}
	topics := UsualChoices()
	topics.Topics = []string{"Culture", "رياضة"}
	got, err := s.ChoiceChanges(t.Context(), r.ID)
	if diff := cmp.Diff([]ChoiceChange{
		{SubscriptionID: id, Edition: "daily", At: testNow.Add(time.Hour), Choices: weekly},
		{SubscriptionID: id, Edition: "daily", At: testNow.Add(3 * time.Hour), Choices: weekly, PausedUntil: testNow.Add(100 * time.Hour)},
		{SubscriptionID: id, Edition: "daily", At: testNow.Add(4 * time.Hour), Choices: topics, PausedUntil: testNow.Add(100 * time.Hour)},
		{SubscriptionID: id, Edition: "daily", At: testNow.Add(5 * time.Hour), Choices: topics},
	}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var row string
	if err := s.db.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT topics || '|' || frequency || '|' || weekday || '|' || hour || '|' || zone FROM recipient`).Scan(&row)
	}); err != nil || row != "Culture\nرياضة|each|6|-1|" {
		t.Errorf("recipient: %q, %v", row, err)
	}
	if err := s.SetChoices(t.Context(), 4711, weekly, testNow); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown subscription: %v", err)
	}
}

func TestPauseKeepsWhatIsOwed(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	id := r.Subscriptions[0].ID
	until := testNow.Add(10 * 24 * time.Hour)
	if err := s.Pause(t.Context(), id, testNow, testNow); err == nil {
		t.Error("a pause into the past")
	}
	if err := s.Pause(t.Context(), id, until, testNow); err != nil {
		t.Fatal(err)
	}
	if len(recipients(t, s, "daily")) > 0 {
		t.Error("written to during a pause")
	}
	if n, err := s.Wake(t.Context(), until.Add(-time.Second)); n != 0 || err != nil {
		t.Errorf("%d woken early, %v", n, err)
	}
	if n, err := s.Wake(t.Context(), until); n != 1 || err != nil {
		t.Errorf("%d woken, %v", n, err)
	}
	got, _ := s.Subscription(t.Context(), id)
	if diff := cmp.Diff(r.Subscriptions[0], got); diff != "" {
		t.Error(diff)
	}
	if err := s.Resume(t.Context(), id, testNow); err != nil {
		t.Error(err)
	}
	for _, err := range []error{s.Resume(t.Context(), 4711, testNow), s.Pause(t.Context(), 4711, until, testNow)} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown subscription: %v", err)
		}
	}
}

func TestWakingMany(t *testing.T) {
	s := openStore(t)
	const n = 2*atOnce + 3
	if _, err := s.AddMany(t.Context(), numbered(t, n), "daily", testEvidence, testNow, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE subscription SET state = 'paused', paused_until = ?1`, testNow.Unix())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Wake(t.Context(), testNow); got != n || err != nil {
		t.Errorf("%d woken, %v", got, err)
	}
}

func TestPauseOfWhoLeft(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	id := r.Subscriptions[0].ID
	until := testNow.Add(10 * 24 * time.Hour)
	if err := s.Pause(t.Context(), id, until, testNow); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unsubscribe(t.Context(), id, MethodPage, testNow); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Wake(t.Context(), until); n != 0 || err != nil {
		t.Fatalf("%d woken who left, %v", n, err)
	}
	if err := s.Pause(t.Context(), id, until, testNow); err != nil {
		t.Fatal(err)
	}
	if n, _ := s.Subscription(t.Context(), id); n.State != Unsubscribed {
		t.Errorf("a pause brought back who left: %+v", n)
	}
	// Undone while the pause would go on, it goes on.
	if n, err := s.Resubscribe(t.Context(), id, MethodPage, testNow.Add(time.Hour)); err != nil || n.State != Paused || !n.PausedUntil.Equal(until) {
		t.Errorf("%+v, %v", n, err)
	}
	checkConsistent(t, s)
}

func TestUndoWithinADayOwesEverything(t *testing.T) {
	for after, since := range map[time.Duration]time.Time{
		24*time.Hour - time.Second: testNow,
		24 * time.Hour:             testNow.Add(26 * time.Hour),
	} {
		s := openStore(t)
		r := add(t, s, "anna@example.org", "daily")
		if err := s.UnsubscribeAll(t.Context(), r.ID, MethodPage, testNow.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := s.ResubscribeAll(t.Context(), r.ID, MethodPage, testNow.Add(2*time.Hour+after)); err != nil {
			t.Fatal(err)
		}
		n, err := s.Subscription(t.Context(), r.Subscriptions[0].ID)
		if err != nil || n.State != Confirmed || !n.Since.Equal(since) {
			t.Errorf("back after %s: %+v, %v; want since %s", after, n, err, since)
		}
	}
}

func TestProfile(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	for _, err := range []error{
		s.SetName(t.Context(), r.ID, " Anna  K "), s.SetFormat(t.Context(), r.ID, Text), s.SetLanguage(t.Context(), r.ID, "AR_sa"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if got, _ := s.Get(t.Context(), r.ID); got.Name != "Anna K" || got.Format != Text || got.Language != "ar-SA" {
		t.Errorf("%+v", got)
	}
	for _, err := range []error{
		s.SetName(t.Context(), r.ID, "a\nb"), s.SetFormat(t.Context(), r.ID, "pdf"), s.SetLanguage(t.Context(), r.ID, "Klingonish"),
		s.SetName(t.Context(), 4711, "x"), s.SetFormat(t.Context(), 4711, HTML), s.SetLanguage(t.Context(), 4711, "en"),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
}
