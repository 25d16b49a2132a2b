package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever there was and whatever the file says: undone, everything is as before, but for
// the record of the import itself.
func TestUndoRestoresTheStateBefore(t *testing.T) {
	s := openStore(t)
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		empty(t, s)
		const people = 9
		email := func(i int) string { return fmt.Sprintf("reader%d@example.org", i) }
		for i := range people {
			a := address(t, email(i))
			var err error
			switch rapid.SampledFrom([]string{"unknown", "unknown", "subscribed", "other edition", "left", "paused", "bounce", "complaint", "pending"}).Draw(rt, "history") {
			case "subscribed":
				add(t, s, email(i), "daily")
				add(t, s, email(i), "weekly")
			case "other edition":
				add(t, s, email(i), "weekly")
			case "left":
				_, err = s.Unsubscribe(ctx, add(t, s, email(i), "daily").Subscriptions[0].ID, MethodOneClick, testNow)
			case "paused":
				err = s.Pause(ctx, add(t, s, email(i), "daily").Subscriptions[0].ID, testNow.AddDate(0, 1, 0), testNow)
			case "bounce", "complaint":
				err = s.Suppress(ctx, a, ReasonBounce, "", testNow)
			case "pending":
				err = s.db.Update(ctx, pendingReader(email(i)))
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		before := besideImports(t, s)
		file := "email,status,topics,frequency\n"
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, people-1), 1, 25).Draw(rt, "lines") {
			file += fmt.Sprintf("%s,%s,%s,%s\n", email(i), rapid.SampledFrom([]string{"", "unsubscribed", "bounced", "complained", "blocked"}).Draw(rt, "status"),
				rapid.SampledFrom([]string{"", "Sport", "Sport;Politics"}).Draw(rt, "topics"), rapid.SampledFrom([]string{"", "weekly"}).Draw(rt, "frequency"))
		}
		s.landing = rapid.IntRange(3, 12).Draw(rt, "lines in a transaction")
		report, err := s.Import(ctx, strings.NewReader(file), ImportOptions{
			Edition: "daily", Evidence: testEvidence, Offer: []string{"sport", "Politics"}, Now: testNow.Add(time.Hour)})
		if err != nil {
			rt.Fatal(err)
		}
		checkConsistent(rt, s)
		undo, err := s.Undo(ctx, report.ID, testNow.Add(2*time.Hour), nil)
		if err != nil {
			rt.Fatal(err)
		}
		if undo.Kept != 0 {
			rt.Errorf("nobody did anything, and yet: %+v", undo)
		}
		if diff := cmp.Diff(before, besideImports(t, s)); diff != "" {
			rt.Fatalf("after import and undo of\n%s%s", file, diff)
		}
		if left := rowsOf(t, s, "import_part", "import_change", "import_suppression", "import_touched"); len(left) > 0 {
			rt.Fatalf("what only undoing needs is still there: %q", left)
		}
		if _, err := s.Undo(ctx, report.ID, testNow, nil); !errors.Is(err, ErrUndone) {
			rt.Fatalf("a second undo: %v", err)
		}
		checkConsistent(rt, s)
	})
}

func TestUndoLeavesWhoActedSince(t *testing.T) {
	s := openStore(t)
	ctx := t.Context()
	add(t, s, "known@example.org", "daily")
	add(t, s, "known2@example.org", "daily")
	file := strings.Join([]string{"email,status", "left@example.org,", "back@example.org,", "chose@example.org,", "paused@example.org,", "named@example.org,",
		"known@example.org,unsubscribed", "known2@example.org,unsubscribed", "weekly@example.org,", "quiet@example.org,", "later@example.org,"}, "\n")
	report := importText(t, s, file)
	since := testNow.Add(time.Hour)
	id := func(email string) int64 {
		r, err := s.Find(ctx, address(t, email))
		if err != nil {
			t.Fatal(err)
		}
		return r.Subscriptions[0].ID
	}
	leave := func(email string) { check2(t)(s.Unsubscribe(ctx, id(email), MethodOneClick, since)) }
	leave("left@example.org")
	leave("back@example.org")
	check2(t)(s.Resubscribe(ctx, id("back@example.org"), MethodPage, since))
	check2(t)(s.Resubscribe(ctx, id("known@example.org"), MethodPage, since))
	c := UsualChoices()
	c.Frequency = Weekly
	for _, err := range []error{
		s.SetChoices(ctx, id("chose@example.org"), c, since),
		s.Pause(ctx, id("paused@example.org"), since.AddDate(0, 1, 0), since),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Find(ctx, address(t, "named@example.org"))
	if err == nil {
		err = s.SetName(ctx, r.ID, "Nadia")
	}
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, "weekly@example.org", "weekly")
	second, err := s.Import(ctx, strings.NewReader("email,status\nlater@example.org,unsubscribed\n"),
		ImportOptions{Edition: "daily", Evidence: testEvidence, Now: since})
	if err != nil {
		t.Fatal(err)
	}

	undo, err := s.Undo(ctx, report.ID, since, nil)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, k := range undo.KeptReaders {
		kept = append(kept, k.Email+" "+k.Text)
	}
	want := []string{
		"known@example.org has left and come back since",
		"back@example.org has left and come back since",
		"chose@example.org has chosen topics, times or a pause since",
		fmt.Sprintf("later@example.org was changed by import %d since; undo that one first", second.ID),
		"left@example.org has left since",
		"named@example.org has changed something about themselves since",
		"paused@example.org has chosen topics, times or a pause since",
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
	if undo.Removed != 2 || undo.Restored != 1 || undo.Kept != 7 {
		t.Errorf("%+v", undo)
	}
	for email, want := range map[string]bool{"quiet@example.org": false, "weekly@example.org": true, "left@example.org": true} {
		if _, err := s.Find(ctx, address(t, email)); (err == nil) != want {
			t.Errorf("%s: %v", email, err)
		}
	}
	if diff := cmp.Diff([]string{"known@example.org", "known2@example.org", "back@example.org", "chose@example.org", "named@example.org"}, recipients(t, s, "daily")); diff != "" {
		t.Error(diff)
	}
	checkConsistent(t, s)
	imports, err := s.Imports(ctx)
	if err != nil || len(imports) < 2 || imports[0].ID != second.ID || imports[1].Undone.IsZero() || imports[1].Added != 8 || imports[1].Unsubscribed != 2 {
		t.Errorf("%+v, %v", imports, err)
	}
}

// check2 takes what a method of the store returned, of which only the error counts.
func check2(t *testing.T) func(Subscription, error) {
	return func(_ Subscription, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// An undo that breaks off is finished by the next.
func TestUndoGoesOnWhereItStopped(t *testing.T) {
	s := openStore(t)
	before := besideImports(t, s)
	s.landing = 10
	var file strings.Builder
	file.WriteString("email\n")
	for i := range 55 {
		fmt.Fprintf(&file, "reader%d@example.org\n", i)
	}
	report := importText(t, s, file.String())
	ctx, cancel := context.WithCancel(t.Context())
	undo, err := s.Undo(ctx, report.ID, testNow, func(done, total int64) {
		if total != 55 {
			t.Errorf("%d of %d", done, total)
		}
		if done == 20 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || undo.Removed != 20 {
		t.Fatalf("%+v, %v", undo, err)
	}
	if undo, err = s.Undo(t.Context(), report.ID, testNow, nil); err != nil || undo.Removed != 35 {
		t.Fatalf("%+v, %v", undo, err)
	}
	if diff := cmp.Diff(before, besideImports(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestUndoOfNoImport(t *testing.T) {
	s := openStore(t)
	if _, err := s.Undo(t.Context(), 7, testNow, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// pendingReader brings a reader whose subscription waits for confirmation.
func pendingReader(email string) func(tx *sql.Tx) error {
	return func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO subscriber (email, created_at) VALUES (?1, ?2)`, email, testNow.Unix())
		if err == nil {
			_, err = tx.Exec(`INSERT INTO subscription (subscriber_id, edition, state, created_at)
				SELECT id, 'daily', 'pending', ?2 FROM subscriber WHERE email = ?1`, email, testNow.Unix())
		}
		return err
	}
}
