package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/subscribers/db"
)

var testNow = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

const testEvidence = "signed up at the reader fair in May 2026"

func openStore(t testing.TB) *Store {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(t.Context(), Schema()); err != nil {
		t.Fatal(err)
	}
	return NewStore(d, testKeys(t, secretA))
}

func address(t testing.TB, s string) Address {
	t.Helper()
	a, err := ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func add(t testing.TB, s *Store, email, edition string) Reader {
	t.Helper()
	r, err := s.Add(t.Context(), NewSubscriber{Address: address(t, email)}, edition, testEvidence, testNow)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recipients returns who may be written to, as other packages see it.
func recipients(t testing.TB, s *Store, edition string) (emails []string) {
	t.Helper()
	err := s.db.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT email FROM recipient WHERE edition = ?1 ORDER BY subscriber_id`, edition)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var email string
			if err := rows.Scan(&email); err != nil {
				return err
			}
			emails = append(emails, email)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return emails
}

// checkConsistent looks for what no sequence of calls may leave behind.
func checkConsistent(t interface {
	Helper()
	Fatal(...any)
}, s *Store) {
	t.Helper()
	err := s.db.View(context.Background(), func(tx *sql.Tx) error {
		for what, query := range map[string]string{
			"foreign keys": `SELECT "table" FROM pragma_foreign_key_check`,
			"a subscription without evidence of its state": `
				SELECT n.id FROM subscription n WHERE n.state IN ('confirmed', 'unsubscribed') AND coalesce((
				  SELECT CASE act WHEN 'withdraw' THEN 'unsubscribed' ELSE 'confirmed' END
				  FROM consent c WHERE c.subscription_id = n.id ORDER BY c.id DESC LIMIT 1), '') <> n.state`,
			"evidence that says nothing": `
				SELECT c.id FROM consent c LEFT JOIN import i ON i.id = c.import_id
				WHERE c.act = 'give' AND c.evidence = '' AND coalesce(i.evidence, '') = '' AND (c.signup_id IS NULL OR c.asked_at IS NULL)
				  AND (c.method <> 'page' OR c.form = '')`,
			"confirmed without a date":    `SELECT id FROM subscription WHERE state = 'confirmed' AND (confirmed_at IS NULL OR left_at IS NOT NULL)`,
			"unsubscribed without a date": `SELECT id FROM subscription WHERE state = 'unsubscribed' AND left_at IS NULL`,
			"a tally of readers that does not add up": `
				SELECT edition FROM (
				  SELECT edition, joined + brought - departed - dropped AS n FROM growth
				  UNION ALL SELECT edition, -1 FROM subscription WHERE state IN ('confirmed', 'paused'))
				GROUP BY edition HAVING sum(n) <> 0`,
			"a recipient twice": `SELECT subscriber_id FROM recipient GROUP BY edition, lower(email) HAVING count(*) > 1`,
		} {
			var found string
			if err := tx.QueryRow(query).Scan(&found); err == nil {
				return fmt.Errorf("%s: %s", what, found)
			} else if err != sql.ErrNoRows {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// The flag in subscriber and the hashes in suppression say the same.
	for after := int64(0); ; {
		page, err := s.List(context.Background(), Filter{After: after, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			a, err := ParseAddressUTF8(r.Email)
			if err != nil {
				t.Fatal(err)
			}
			reasons, err := s.Suppressions(context.Background(), a)
			if err != nil || r.Suppressed != (len(reasons) > 0) {
				t.Fatal(r.Email, "suppressed:", r.Suppressed, reasons, err)
			}
			after = r.ID
		}
		if len(page) == 0 {
			return
		}
	}
}

func TestAddedReaderIsARecipientWithEvidence(t *testing.T) {
	s := openStore(t)
	r, err := s.Add(t.Context(), NewSubscriber{Address: address(t, "Mona@Example.org"), Name: "  Mona  حداد ", Language: "AR_sa", Format: Text}, "daily", testEvidence, testNow)
	if err != nil {
		t.Fatal(err)
	}
	want := Reader{
		Subscriber:    Subscriber{ID: r.ID, Email: "Mona@example.org", Name: "Mona حداد", Language: "ar-SA", Format: Text, Created: testNow},
		Subscriptions: []Subscription{{ID: r.Subscriptions[0].ID, SubscriberID: r.ID, Edition: "daily", State: Confirmed, Choices: UsualChoices(), Created: testNow, Confirmed: testNow, Since: testNow}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	consents, err := s.Consents(t.Context(), r.ID)
	wantConsents := []Consent{{ID: 1, SubscriptionID: r.Subscriptions[0].ID, Edition: "daily", Act: Give, Method: MethodOperator, Evidence: testEvidence, At: testNow, Recorded: testNow}}
	if diff := cmp.Diff(wantConsents, consents); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if diff := cmp.Diff([]string{"Mona@example.org"}, recipients(t, s, "daily")); diff != "" {
		t.Error(diff)
	}
	if found, err := s.Find(t.Context(), address(t, "MONA@EXAMPLE.ORG")); err != nil || found.ID != r.ID {
		t.Errorf("found in capitals: %d, %v", found.ID, err)
	}
	checkConsistent(t, s)
}

func TestAddRefuses(t *testing.T) {
	s := openStore(t)
	for _, c := range []struct {
		n                 NewSubscriber
		edition, evidence string
		want              string
	}{
		{NewSubscriber{}, "daily", testEvidence, "address is empty"},
		{NewSubscriber{Address: address(t, "a@example.org")}, "daily", " ", "consent"},
		{NewSubscriber{Address: address(t, "a@example.org")}, "Daily News", testEvidence, "edition"},
		{NewSubscriber{Address: address(t, "a@example.org"), Name: "A\r\nBcc: x@y.org"}, "daily", testEvidence, "name"},
		{NewSubscriber{Address: address(t, "a@example.org"), Name: "A\u202eB"}, "daily", testEvidence, "name"},
		{NewSubscriber{Address: address(t, "a@example.org"), Name: strings.Repeat("ن", 201)}, "daily", testEvidence, "name"},
		{NewSubscriber{Address: address(t, "a@example.org"), Language: "Klingonish"}, "daily", testEvidence, "language"},
		{NewSubscriber{Address: address(t, "a@example.org"), Format: "pdf"}, "daily", testEvidence, "format"},
	} {
		if _, err := s.Add(t.Context(), c.n, c.edition, c.evidence, testNow); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v to %q: %v, want something about %q", c.n, c.edition, err, c.want)
		}
	}
	if page, err := s.List(t.Context(), Filter{}); len(page) > 0 || err != nil {
		t.Errorf("something was added: %v, %v", page, err)
	}
}

func TestAddRevivesNobody(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(s *Store, r Reader) error
		want Skip
	}{
		{"subscribed", func(*Store, Reader) error { return nil }, SkipSubscribed},
		{"left", func(s *Store, r Reader) error {
			_, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodOneClick, testNow)
			return err
		}, SkipLeft},
		{"left all", func(s *Store, r Reader) error {
			return s.UnsubscribeAll(t.Context(), r.ID, MethodPage, testNow)
		}, SkipLeftAll},
		{"bounced", func(s *Store, r Reader) error {
			return s.Suppress(t.Context(), address(t, r.Email), ReasonBounce, "550 5.1.1", testNow)
		}, SkipBounced},
		{"complained", func(s *Store, r Reader) error {
			return s.Suppress(t.Context(), address(t, r.Email), ReasonComplaint, "", testNow)
		}, SkipComplained},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openStore(t)
			r := add(t, s, "anna@example.org", "daily")
			if err := c.do(s, r); err != nil {
				t.Fatal(err)
			}
			before, _ := s.Get(t.Context(), r.ID)
			_, err := s.Add(t.Context(), NewSubscriber{Address: address(t, "ANNA@example.org")}, "daily", testEvidence, testNow.AddDate(1, 0, 0))
			var not *NotAdded
			if !errors.As(err, &not) || not.Why != c.want {
				t.Errorf("%v, want %q", err, c.want)
			}
			after, _ := s.Get(t.Context(), r.ID)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Error(diff)
			}
			checkConsistent(t, s)
		})
	}
}

func TestUnsubscribeTwiceIsOnce(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	add(t, s, "anna@example.org", "weekly")
	id := r.Subscriptions[0].ID
	for i := range 3 {
		n, err := s.Unsubscribe(t.Context(), id, MethodOneClick, testNow.Add(time.Duration(i+1)*time.Hour))
		if err != nil || n.State != Unsubscribed || !n.Left.Equal(testNow.Add(time.Hour)) {
			t.Fatalf("time %d: %+v, %v", i, n, err)
		}
	}
	consents, _ := s.Consents(t.Context(), r.ID)
	var acts []string
	for _, c := range consents {
		acts = append(acts, string(c.Act)+" "+c.Edition+" "+string(c.Method))
	}
	if diff := cmp.Diff([]string{"give daily operator", "give weekly operator", "withdraw daily one-click"}, acts); diff != "" {
		t.Error(diff)
	}
	if len(recipients(t, s, "daily")) != 0 || len(recipients(t, s, "weekly")) != 1 {
		t.Error("it is one edition that ends (W3)")
	}
	if _, err := s.Unsubscribe(t.Context(), 4711, MethodPage, testNow); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown subscription: %v", err)
	}
	checkConsistent(t, s)
}

func TestUnsubscribeAtOnceFromManySides(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodOneClick, testNow); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if consents, _ := s.Consents(t.Context(), r.ID); len(consents) != 2 {
		t.Errorf("%d rows of evidence, want 2", len(consents))
	}
}

func TestUndoLeavesNothingElseChanged(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	add(t, s, "anna@example.org", "weekly")
	add(t, s, "anna@example.org", "breaking")
	r, _ = s.Get(t.Context(), r.ID)
	daily, breaking := r.Subscriptions[1].ID, r.Subscriptions[0].ID
	if _, err := s.Unsubscribe(t.Context(), breaking, MethodPage, testNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	before, _ := s.Get(t.Context(), r.ID)

	if _, err := s.Unsubscribe(t.Context(), daily, MethodPage, testNow.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := s.Resubscribe(t.Context(), daily, MethodPage, testNow.Add(3*time.Hour)); err != nil || n.State != Confirmed {
			t.Fatalf("%+v, %v", n, err)
		}
	}
	after, _ := s.Get(t.Context(), r.ID)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("undo of one:", diff)
	}

	if err := s.UnsubscribeAll(t.Context(), r.ID, MethodPage, testNow.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Get(t.Context(), r.ID); !got.Suppressed || slices.ContainsFunc(got.Subscriptions, func(n Subscription) bool { return n.State != Unsubscribed }) {
		t.Errorf("after leaving all: %+v", got)
	}
	checkConsistent(t, s)
	for range 2 {
		if err := s.ResubscribeAll(t.Context(), r.ID, MethodPage, testNow.Add(5*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	after, _ = s.Get(t.Context(), r.ID)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error("undo of all:", diff)
	}
	checkConsistent(t, s)
}

func TestComplaintCannotBeUndone(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	for range 2 {
		if err := s.Suppress(t.Context(), address(t, r.Email), ReasonComplaint, "abuse report", testNow); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Resubscribe(t.Context(), r.Subscriptions[0].ID, MethodPage, testNow); !errors.Is(err, ErrSuppressed) {
		t.Errorf("Resubscribe: %v", err)
	}
	if err := s.UnsubscribeAll(t.Context(), r.ID, MethodPage, testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.ResubscribeAll(t.Context(), r.ID, MethodPage, testNow); !errors.Is(err, ErrSuppressed) {
		t.Errorf("ResubscribeAll: %v", err)
	}
	if got, _ := s.Get(t.Context(), r.ID); !got.Suppressed || got.Subscriptions[0].State != Unsubscribed {
		t.Errorf("%+v", got)
	}
	checkConsistent(t, s)
}

func TestSuppressionOutlivesChangeOfSecret(t *testing.T) {
	s := openStore(t)
	a := address(t, "anna@example.org")
	if err := s.Suppress(t.Context(), a, ReasonBounce, "", testNow); err != nil {
		t.Fatal(err)
	}
	rotated := NewStore(s.db, testKeys(t, secretB, secretA))
	if err := rotated.Suppress(t.Context(), a, ReasonBounce, "", testNow); err != nil {
		t.Fatal(err)
	}
	if found, err := rotated.Suppressions(t.Context(), a); err != nil || len(found) != 1 {
		t.Errorf("%v, %v; want the one row", found, err)
	}
	var not *NotAdded
	if _, err := rotated.Add(t.Context(), NewSubscriber{Address: a}, "daily", testEvidence, testNow); !errors.As(err, &not) {
		t.Errorf("added after a change of secret: %v", err)
	}
}

func TestListFindsByPageStateAndText(t *testing.T) {
	s := openStore(t)
	var ids []int64
	for i := range 7 {
		ids = append(ids, add(t, s, fmt.Sprintf("reader_%d@example.org", i), []string{"daily", "weekly"}[i%2]).ID)
	}
	r, _ := s.Get(t.Context(), ids[2])
	if _, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodPage, testNow); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f    Filter
		want []int
	}{
		"all":               {Filter{}, []int{0, 1, 2, 3, 4, 5, 6}},
		"a page":            {Filter{After: ids[2], Limit: 2}, []int{3, 4}},
		"edition":           {Filter{Edition: "daily"}, []int{0, 2, 4, 6}},
		"state":             {Filter{State: Unsubscribed}, []int{2}},
		"edition and state": {Filter{Edition: "daily", State: Confirmed}, []int{0, 4, 6}},
		"neither":           {Filter{Edition: "weekly", State: Unsubscribed}, nil},
		"text":              {Filter{Search: "ER_4@EX"}, []int{4}},
		"a percent sign":    {Filter{Search: "%"}, nil},
	} {
		page, err := s.List(t.Context(), c.f)
		var got []int
		for _, r := range page {
			got = append(got, slices.Index(ids, r.ID))
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %s %v", name, diff, err)
		}
	}
}

// numbered gives n readers whose addresses are in no order, as in a real file.
func numbered(t testing.TB, n int) iter.Seq[NewSubscriber] {
	return func(yield func(NewSubscriber) bool) {
		for i := range n {
			a, err := ParseAddress(fmt.Sprintf("reader.%x@mail%d.example.org", uint64(i)*0x9e3779b97f4a7c15, i%50))
			if err != nil {
				t.Fatal(err)
			}
			if !yield(NewSubscriber{Address: a, Name: "Reader Someone", Language: []string{"en", "ar", "en"}[i%3]}) {
				return
			}
		}
	}
}

func TestAddManyAddsEachOnce(t *testing.T) {
	s := openStore(t)
	add(t, s, address(t, slices.Collect(numbered(t, 1))[0].Address.String()).String(), "weekly")
	var steps []int64
	s.landing = 500
	const n = 600
	added, err := s.AddMany(t.Context(), numbered(t, n), "daily", testEvidence, testNow, func(done int64) { steps = append(steps, done) })
	if err != nil || added != n {
		t.Fatalf("%d added, %v", added, err)
	}
	if diff := cmp.Diff([]int64{500, n}, steps); diff != "" {
		t.Error(diff)
	}
	if again, err := s.AddMany(t.Context(), numbered(t, n+5), "daily", testEvidence, testNow, nil); err != nil || again != 5 {
		t.Errorf("the same again and five: %d, %v", again, err)
	}
	twice := func(yield func(NewSubscriber) bool) {
		_ = yield(NewSubscriber{Address: address(t, "twice@example.org")}) && yield(NewSubscriber{Address: address(t, "TWICE@example.org")})
	}
	if one, err := s.AddMany(t.Context(), twice, "daily", testEvidence, testNow, nil); err != nil || one != 1 {
		t.Errorf("one reader in two spellings: %d, %v", one, err)
	}
	if count, err := s.Count(t.Context(), "daily"); err != nil || count != n+6 {
		t.Errorf("Count = %d, %v", count, err)
	}
	languages, err := s.Languages(t.Context(), "daily")
	if got := slices.Sorted(maps.Keys(languages)); err != nil || !slices.Equal(got, []string{"", "ar", "en"}) || languages[""] != 2 || languages["ar"]+languages["en"] != n+4 {
		t.Errorf("Languages = %v, %v", languages, err)
	}
	checkConsistent(t, s)
}

// A million recipients are read through the index, and one is found by it.
func TestRecipientIsReadByIndex(t *testing.T) {
	s := openStore(t)
	for _, query := range []string{
		`SELECT subscriber_id, email FROM recipient WHERE edition = 'daily'`,
		`SELECT subscriber_id FROM recipient WHERE edition = 'daily' AND subscriber_id > 7 ORDER BY subscriber_id LIMIT 100`,
		`SELECT 1 FROM recipient WHERE edition = 'daily' AND subscriber_id = 7`,
	} {
		err := s.db.View(t.Context(), func(tx *sql.Tx) error {
			rows, err := tx.Query("EXPLAIN QUERY PLAN " + query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					return err
				}
				if !strings.HasPrefix(step, "SEARCH") {
					t.Errorf("%s\n%s", query, step)
				}
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkAddMany(b *testing.B) {
	for b.Loop() {
		s := openStore(b)
		const n = 200_000
		start := time.Now()
		if _, err := s.AddMany(b.Context(), numbered(b, n), "daily", testEvidence, testNow, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "readers/s")
	}
}

func BenchmarkRecipientScan(b *testing.B) {
	s := openStore(b)
	const n = 100_000
	if _, err := s.AddMany(b.Context(), numbered(b, n), "daily", testEvidence, testNow, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if count, err := s.Count(b.Context(), "daily"); err != nil || count != n {
			b.Fatal(count, err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "recipients/s")
}
