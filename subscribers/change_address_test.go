package subscribers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAddressChangesWhenTheNewOneConfirms(t *testing.T) {
	s := openStore(t)
	r, err := s.Add(t.Context(), NewSubscriber{Address: address(t, "anna@example.org"), Name: "Anna"}, "daily", testEvidence, testNow)
	if err != nil {
		t.Fatal(err)
	}
	signUp(t, s, form(t, "anna@example.org", "weekly"), testNow)
	pending := want(t, s, testNow, "confirm")[0]
	if err := s.ChangeAddress(t.Context(), r.ID, address(t, "Anna@New.example.org"), testNow); err != nil {
		t.Fatal(err)
	}
	letter := want(t, s, testNow, "change")[0]
	if got := addressee(t, s, LetterChange, letter.Ref); got != "Anna@new.example.org||0" || !letter.Expires.Equal(testNow.Add(SignupFor)) {
		t.Errorf("addressee %q of %+v", got, letter)
	}
	c, err := s.AddressChange(t.Context(), letter.Ref, testNow)
	if diff := cmp.Diff(AddressChange{ID: letter.Ref, SubscriberID: r.ID, State: SignupOpen, Hint: "A…@new.example.org", Expires: letter.Expires}, c); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if diff := cmp.Diff([]string{"anna@example.org"}, recipients(t, s, "daily")); diff != "" {
		t.Error("before it is confirmed:", diff)
	}
	for range 2 {
		if err := s.ConfirmChange(t.Context(), letter.Ref, testNow.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"Anna@new.example.org"}, recipients(t, s, "daily")); diff != "" {
		t.Error(diff)
	}
	if n, _ := s.Subscription(t.Context(), r.Subscriptions[0].ID); !n.Since.Equal(testNow) {
		t.Errorf("owed since %s", n.Since)
	}
	if _, err := s.Confirm(t.Context(), pending.Ref, testNow.Add(2*time.Hour)); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("what the former address was asked: %v", err)
	}
	// The former address is left; only its owner can bring it back.
	var not *NotAdded
	if _, err := s.Add(t.Context(), NewSubscriber{Address: address(t, "anna@example.org")}, "daily", testEvidence, testNow); !errors.As(err, &not) {
		t.Errorf("the former address was added: %v", err)
	}
	at := testNow.Add(25 * time.Hour)
	signUp(t, s, form(t, "anna@example.org", "daily"), at)
	if other := confirm(t, s, want(t, s, at, "confirm")[0].Ref, at); other.ID == r.ID || other.Suppressed {
		t.Errorf("%+v", other)
	}
	checkConsistent(t, s)
}

func TestAddressChangeExpires(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	if err := s.ChangeAddress(t.Context(), r.ID, address(t, "anna@new.example.org"), testNow); err != nil {
		t.Fatal(err)
	}
	letter := want(t, s, testNow, "change")[0]
	end := testNow.Add(SignupFor)
	for range 2 {
		if err := s.ConfirmChange(t.Context(), letter.Ref, end); !errors.Is(err, ErrTokenExpired) {
			t.Errorf("%v", err)
		}
		if c, err := s.AddressChange(t.Context(), letter.Ref, end); c.State != SignupExpired || err != nil {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := s.Expire(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, s, `SELECT count(*) FROM address_change`); n != 0 {
		t.Errorf("%d rows left", n)
	}
	if got := recipients(t, s, "daily"); len(got) != 1 {
		t.Error(got)
	}
}

func TestAddressOfAnotherReader(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	add(t, s, "berta@example.org", "daily")
	signUp(t, s, form(t, "carla@example.org", "daily"), testNow)
	want(t, s, testNow, "confirm")
	for email, wanted := range map[string]error{"berta@example.org": ErrAddressTaken, "carla@example.org": nil} {
		if err := s.ChangeAddress(t.Context(), r.ID, address(t, email), testNow); err != nil {
			t.Fatal(err) // the same answer for every address
		}
		letter := want(t, s, testNow, "change")[0]
		if err := s.ConfirmChange(t.Context(), letter.Ref, testNow); !errors.Is(err, wanted) {
			t.Errorf("%s: %v, want %v", email, err, wanted)
		}
	}
	checkConsistent(t, s)
}

func TestAddressChangeGetsAroundNothing(t *testing.T) {
	for _, reason := range []Reason{ReasonComplaint, ReasonOperator} {
		s := openStore(t)
		r := add(t, s, "anna@example.org", "daily")
		suppress := func(email string) {
			if err := s.Suppress(t.Context(), address(t, email), reason, "", testNow); err != nil {
				t.Fatal(err)
			}
		}
		suppress("new@example.org")
		if err := s.ChangeAddress(t.Context(), r.ID, address(t, "new@example.org"), testNow); err != nil {
			t.Errorf("the answer tells who is suppressed: %v", err)
		}
		want(t, s, testNow) // no letter
		if err := s.ChangeAddress(t.Context(), r.ID, address(t, "other@example.org"), testNow); err != nil {
			t.Fatal(err)
		}
		letter := want(t, s, testNow, "change")[0]
		suppress("anna@example.org")
		if err := s.ConfirmChange(t.Context(), letter.Ref, testNow); !errors.Is(err, ErrSuppressed) {
			t.Errorf("%s, then confirmed: %v", reason, err)
		}
		if err := s.ChangeAddress(t.Context(), r.ID, address(t, "third@example.org"), testNow); !errors.Is(err, ErrSuppressed) {
			t.Errorf("%s, then asked: %v", reason, err)
		}
		checkConsistent(t, s)
	}
}

func TestBouncedReaderMovesOn(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	if err := s.Suppress(t.Context(), address(t, "anna@example.org"), ReasonBounce, "", testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeAddress(t.Context(), r.ID, address(t, "new@example.org"), testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.ConfirmChange(t.Context(), want(t, s, testNow, "change")[0].Ref, testNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	n, _ := s.Subscription(t.Context(), r.Subscriptions[0].ID)
	if got := recipients(t, s, "daily"); len(got) != 1 || !n.Since.Equal(testNow.Add(time.Hour)) {
		t.Errorf("%v, owed since %s", got, n.Since)
	}
	checkConsistent(t, s)
}

func TestAddressChangeIsNoWeapon(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	letters := 0
	for hour := range 24 * 20 {
		now := testNow.Add(time.Duration(hour) * time.Hour)
		err := s.ChangeAddress(t.Context(), r.ID, address(t, "victim@example.org"), now)
		if err != nil && !errors.Is(err, ErrTooManyLetters) {
			t.Fatal(err)
		}
		letters += len(post(t, s, now))
	}
	if letters != mostLetters {
		t.Errorf("%d letters to one address, want %d", letters, mostLetters)
	}
	s = openStore(t)
	r = add(t, s, "anna@example.org", "daily")
	for i := range 20 {
		err := s.ChangeAddress(t.Context(), r.ID, address(t, fmt.Sprintf("victim%d@example.org", i)), testNow)
		if (err == nil) != (i < changesAtOne) {
			t.Errorf("request %d: %v", i, err)
		}
	}
}

// The "no" of a file is written down for who was erased and signed up anew: it goes with them
// to another address, where an import cannot bring them back.
func TestNoOfWhoWasErasedGoesWithThem(t *testing.T) {
	s, ctx := openStore(t), t.Context()
	anna, err := ParseAddress("anna@example.org")
	if err != nil {
		t.Fatal(err)
	}
	berta, err := ParseAddress("berta@example.org")
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Add(ctx, NewSubscriber{Address: anna}, "daily", testEvidence, testNow)
	check(err)
	check(s.Erase(ctx, r.ID, testNow))
	check(s.Subscribe(ctx, Signup{Address: anna, Editions: []string{"weekly"}, Method: MethodForm}, testNow))
	_, err = s.Import(ctx, strings.NewReader("email,status\nanna@example.org,unsubscribed\n"), ImportOptions{Edition: "daily", Evidence: testEvidence, Now: testNow})
	check(err)
	r, err = s.Find(ctx, anna)
	check(err)
	check(s.ChangeAddress(ctx, r.ID, berta, testNow))
	due, err := s.LettersDue(ctx, testNow, 10)
	check(err)
	for _, d := range due {
		if d.Kind == LetterChange {
			check(s.ConfirmChange(ctx, d.Ref, testNow))
		}
	}
	var not *NotAdded
	if _, err := s.Add(ctx, NewSubscriber{Address: berta}, "daily", testEvidence, testNow); !errors.As(err, &not) {
		t.Errorf("who said no is brought back: %v", err)
	}
}
