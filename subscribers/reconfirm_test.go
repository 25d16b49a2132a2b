package subscribers

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The letter that asks to confirm is sent once more, at most once a day and three times in
// all (W5); what the reader chose, and the evidence of their form, stay.
func TestReaderIsAskedOnceMore(t *testing.T) {
	s := openStore(t)
	g := form(t, "anna@example.org", "daily")
	g.Choices.Topics = []string{"Sport"}
	signUp(t, s, g, testNow)
	first := want(t, s, testNow, "confirm")[0]
	id := first.SubscriberID
	again := func(at time.Time) error { return s.Reconfirm(t.Context(), id, at) }
	if err := again(testNow.Add(23 * time.Hour)); !errors.Is(err, ErrTooManyLetters) {
		t.Errorf("on the same day: %v", err)
	}
	second := testNow.Add(24 * time.Hour)
	if err := again(second); err != nil {
		t.Fatal(err)
	}
	letter := want(t, s, second, "confirm")[0]
	if letter.Ref == first.Ref || !letter.Expires.Equal(second.Add(SignupFor)) {
		t.Errorf("the second letter is %+v", letter)
	}
	if err := again(second.Add(24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := again(second.Add(48 * time.Hour)); !errors.Is(err, ErrTooManyLetters) {
		t.Errorf("a fourth letter: %v", err)
	}
	r, err := s.Confirm(t.Context(), letter.Ref, second.Add(time.Hour))
	if err != nil || r.Subscriptions[0].State != Confirmed {
		t.Fatalf("confirmed: %+v %v", r, err)
	}
	if d := cmp.Diff([]string{"Sport"}, r.Subscriptions[0].Choices.Topics); d != "" {
		t.Error(d)
	}
	evidence, err := s.Consents(t.Context(), id)
	if err != nil || len(evidence) != 1 || !evidence[0].Asked.Equal(testNow.Truncate(time.Second)) || evidence[0].Form != g.Form {
		t.Errorf("the evidence is %+v %v", evidence, err)
	}
	if err := again(second.Add(48 * time.Hour)); !errors.Is(err, ErrNothingToConfirm) {
		t.Errorf("who confirmed: %v", err)
	}
	if err := s.Reconfirm(t.Context(), 99, testNow); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestExpiredSignupIsNotAskedAgain(t *testing.T) {
	s := openStore(t)
	signUp(t, s, form(t, "anna@example.org", "daily"), testNow)
	letter := want(t, s, testNow, "confirm")[0]
	if err := s.Reconfirm(t.Context(), letter.SubscriberID, testNow.Add(SignupFor)); !errors.Is(err, ErrNothingToConfirm) {
		t.Errorf("after 7 days: %v", err)
	}
}

// A reader whose address bounced is asked once in 30 days (B11).
func TestBouncedAddressIsAskedRarely(t *testing.T) {
	s := openStore(t)
	signUp(t, s, form(t, "anna@example.org", "daily"), testNow)
	id := want(t, s, testNow, "confirm")[0].SubscriberID
	if err := s.Suppress(t.Context(), address(t, "anna@example.org"), ReasonBounce, "", testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.Reconfirm(t.Context(), id, testNow.Add(25*time.Hour)); !errors.Is(err, ErrTooManyLetters) {
		t.Errorf("the next day: %v", err)
	}
}

// An operator takes back their own word; no other (B8, B11). What is confirmed gets mail
// again, and is owed nothing of the time between.
func TestOperatorsWordIsTakenBack(t *testing.T) {
	s := openStore(t)
	add(t, s, "anna@example.org", "daily")
	a := address(t, "anna@example.org")
	if _, err := s.Lift(t.Context(), a, testNow); !errors.Is(err, ErrNotLifted) {
		t.Errorf("of one who is not suppressed: %v", err)
	}
	for _, reason := range []Reason{ReasonLeft, ReasonBounce, ReasonComplaint, ReasonErased} {
		b := address(t, string(reason)+"@example.org")
		if err := s.Suppress(t.Context(), b, reason, "", testNow); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Lift(t.Context(), b, testNow); !errors.Is(err, ErrNotLifted) {
			t.Errorf("%s: %v", reason, err)
		}
	}
	for _, reason := range []Reason{ReasonOperator, ReasonBounce} {
		if err := s.Suppress(t.Context(), a, reason, "", testNow); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := s.Lift(t.Context(), a, testNow); err != nil || len(left) != 1 || left[0].Reason != ReasonBounce || len(recipients(t, s, "daily")) > 0 {
		t.Errorf("left is %v %v, recipients %v", left, err, recipients(t, s, "daily"))
	}
	b, later := address(t, "ben@example.org"), testNow.Add(72*time.Hour)
	add(t, s, "ben@example.org", "daily")
	if err := s.Suppress(t.Context(), b, ReasonOperator, "", testNow); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Lift(t.Context(), b, later); err != nil || len(left) > 0 {
		t.Errorf("left is %v %v", left, err)
	}
	if d := cmp.Diff([]string{"ben@example.org"}, recipients(t, s, "daily")); d != "" {
		t.Error(d)
	}
	back, err := s.Find(t.Context(), b)
	if err != nil || !back.Subscriptions[0].Since.Equal(later.Truncate(time.Second)) {
		t.Errorf("back is %+v %v", back, err)
	}
}

func TestProfileIsChangedWholeOrNotAtAll(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	text := func(s string) *string { return &s }
	pdf, plain := Format("pdf"), Text
	var wrong *FieldError
	if err := s.SetProfile(t.Context(), r.ID, Profile{Name: text("Anna"), Format: &pdf}); !errors.As(err, &wrong) || wrong.Field != "format" {
		t.Errorf("a wrong format: %v", err)
	}
	if err := s.SetProfile(t.Context(), r.ID, Profile{Language: text("elvish-language")}); !errors.As(err, &wrong) || wrong.Field != "language" {
		t.Errorf("a wrong language: %v", err)
	}
	if is, err := s.Get(t.Context(), r.ID); err != nil || is.Name != r.Name {
		t.Errorf("it is %+v %v", is, err)
	}
	yes := true
	if err := s.SetProfile(t.Context(), r.ID, Profile{Language: text("AR_sa"), Format: &plain, Uncounted: &yes}); err != nil {
		t.Fatal(err)
	}
	is, err := s.Get(t.Context(), r.ID)
	if err != nil || is.Language != "ar-SA" || is.Format != Text || !is.Uncounted || is.Name != r.Name {
		t.Errorf("it is %+v %v", is, err)
	}
	if err := s.SetProfile(t.Context(), 99, Profile{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}
