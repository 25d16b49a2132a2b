package subscribers

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJoiningOnTheReadersOwnPage(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	weekly := Choices{Frequency: Weekly, Weekday: time.Sunday, Hour: 18, Zone: "Asia/Riyadh"}
	j := Joining{Edition: "weekend", Choices: weekly, Form: "abc123", Language: "en", Page: "https://paper.example/p/?x=1", IP: netip.MustParseAddr("192.0.2.77")}
	for range 2 { // twice is once
		n, err := s.Join(t.Context(), r.ID, j, testNow)
		if err != nil || n.State != Confirmed || !n.Since.Equal(testNow) || !cmp.Equal(n.Choices, weekly) {
			t.Fatalf("%+v, %v", n, err)
		}
	}
	evidence, err := s.Consents(t.Context(), r.ID)
	if err != nil || len(evidence) != 2 {
		t.Fatalf("%+v, %v", evidence, err)
	}
	want := Consent{
		ID: evidence[1].ID, SubscriptionID: evidence[1].SubscriptionID, Edition: "weekend", Act: Give, Method: MethodPage, At: testNow, Recorded: testNow,
		Form: "abc123", Language: "en", Page: "https://paper.example/p/", IP: "192.0.2.0/24",
	}
	if diff := cmp.Diff(want, evidence[1]); diff != "" {
		t.Error(diff)
	}
	due, err := s.LettersDue(t.Context(), testNow, 10)
	if err != nil || len(due) != 1 || due[0].Kind != LetterWelcome || due[0].Editions[0] != "weekend" {
		t.Errorf("letters due: %+v, %v", due, err)
	}
	checkConsistent(t, s)
}

func TestJoiningWhatWasLeftGoesOnWithIt(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	if err := s.UnsubscribeAll(t.Context(), r.ID, MethodPage, testNow); err != nil {
		t.Fatal(err)
	}
	n, err := s.Join(t.Context(), r.ID, Joining{Edition: "daily"}, testNow.Add(time.Hour))
	if err != nil || n.State != Confirmed || !n.Left.IsZero() || len(recipients(t, s, "daily")) != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	checkConsistent(t, s)
}

func TestJoiningIsForReadersWhoMayBeWrittenTo(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	if err := s.Suppress(t.Context(), address(t, "anna@example.org"), ReasonComplaint, "", testNow); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Join(t.Context(), r.ID, Joining{Edition: "weekend"}, testNow); !errors.Is(err, ErrSuppressed) {
		t.Errorf("after a complaint: %v", err)
	}
	if _, err := s.Join(t.Context(), 4711, Joining{Edition: "weekend"}, testNow); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if got := count(t, s, `SELECT count(*) FROM subscription`); got != 1 {
		t.Errorf("%d subscriptions", got)
	}
}
