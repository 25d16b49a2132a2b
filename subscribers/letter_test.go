package subscribers

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func post(t testing.TB, s *Store, now time.Time) []LetterDue {
	t.Helper()
	due, err := s.LettersDue(t.Context(), now, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.LettersHanded(t.Context(), due, now); err != nil {
			t.Fatal(err)
		}
	}
	return due
}

func kinds(letters []LetterDue) (kinds []string) {
	for _, l := range letters {
		kinds = append(kinds, string(l.Kind))
	}
	return kinds
}

func want(t testing.TB, s *Store, now time.Time, wanted ...string) []LetterDue {
	t.Helper()
	letters := post(t, s, now)
	if diff := cmp.Diff(wanted, kinds(letters)); diff != "" {
		t.Fatalf("letters at %s: %s", now, diff)
	}
	return letters
}

func addressee(t testing.TB, s *Store, kind LetterKind, ref int64) string {
	t.Helper()
	var email, name, subscription string
	err := s.db.View(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT email, name, subscription_id FROM addressee WHERE kind = ?1 AND ref = ?2`, kind, ref).Scan(&email, &name, &subscription)
	})
	if err == sql.ErrNoRows {
		return ""
	} else if err != nil {
		t.Fatal(err)
	}
	return email + "|" + name + "|" + subscription
}

func TestOneReminderThenExpiry(t *testing.T) {
	s := openStore(t)
	signUp(t, s, form(t, "anna@example.org", "daily"), testNow)
	letter := want(t, s, testNow, "confirm")[0]
	want(t, s, testNow.Add(48*time.Hour-time.Second))
	want(t, s, testNow.Add(48*time.Hour), "remind")
	want(t, s, testNow.Add(6*24*time.Hour))
	if n, err := s.Expire(t.Context(), testNow.Add(SignupFor-time.Second)); n != 0 || err != nil {
		t.Fatalf("%d expired before their time, %v", n, err)
	}
	if _, err := s.Confirm(t.Context(), letter.Ref, testNow.Add(SignupFor)); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("confirmed after 7 days: %v", err)
	}
	if n, err := s.Expire(t.Context(), testNow.Add(SignupFor)); n == 0 || err != nil {
		t.Fatalf("%d expired, %v", n, err)
	}
	for _, table := range []string{"subscriber", "subscription", "signup", "due_letter", "consent", "choice_change"} {
		if n := count(t, s, `SELECT count(*) FROM `+table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	if _, err := s.Confirm(t.Context(), letter.Ref, testNow.Add(SignupFor)); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("confirmed after it was deleted: %v", err)
	}
	// Two letters are counted still: there is one more, without reminder, and then none.
	at := testNow.Add(8 * 24 * time.Hour)
	signUp(t, s, form(t, "anna@example.org", "daily"), at)
	again := want(t, s, at, "confirm")[0]
	if again.Ref == letter.Ref {
		t.Fatal("a sign-up has the id of an earlier one: an old link would confirm it")
	}
	want(t, s, at.Add(49*time.Hour))
	signUp(t, s, form(t, "anna@example.org", "daily"), at.Add(365*24*time.Hour))
	want(t, s, at.Add(365*24*time.Hour))
}

func TestLookupsOfTheViewsTouchFewRows(t *testing.T) {
	s := openStore(t)
	for name, c := range map[string]struct{ query, plan string }{
		"a letter": {`SELECT email FROM addressee WHERE kind = 'confirm' AND ref = 7`, "SEARCH l"},
		"letters of another table": {`WITH d (kind, ref) AS (VALUES ('confirm', 1), ('welcome', 2))
			SELECT a.email FROM d CROSS JOIN addressee a WHERE a.kind = d.kind AND a.ref = d.ref`, "SEARCH l"},
		"an edition in order": {`SELECT subscriber_id, topics, hour, since FROM recipient WHERE edition = 'daily' AND subscriber_id > 5 ORDER BY subscriber_id LIMIT 10`, "SEARCH n USING INDEX sqlite_autoindex_subscription"},
		"those who wake":      {`SELECT id FROM subscription WHERE state = 'paused' AND paused_until <= 7 ORDER BY paused_until LIMIT 10`, "subscription_paused"},
		"letters due":         {`SELECT kind FROM due_letter WHERE handed_at IS NULL AND due_at <= 7 ORDER BY due_at`, "due_letter_at"},
	} {
		var plan []string
		if err := s.db.View(t.Context(), func(tx *sql.Tx) error {
			rows, err := tx.Query(`EXPLAIN QUERY PLAN ` + c.query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					return err
				}
				plan = append(plan, detail)
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(plan, "\n")
		for _, bad := range []string{"SCAN s", "SCAN n", "SCAN l", "SCAN g", "TEMP B-TREE", "AUTOMATIC"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %s", name, text)
			}
		}
		if !strings.Contains(text, c.plan) {
			t.Errorf("%s: %s; want %s", name, text, c.plan)
		}
	}
}

func TestLettersAreInTheLanguageOfWhoReadsThem(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	for i, c := range []struct {
		own, form, edition, want string
	}{
		{"en", "ar", "daily", "en"}, // a note to a reader we know: the form may be anybody's
		{"", "ar", "daily", "ar"},
		{"en", "ar", "weekly", "ar"},
		{"en", "", "weekly", "en"},
	} {
		now := testNow.Add(time.Duration(i) * rarelyEvery)
		if err := s.SetLanguage(t.Context(), r.ID, c.own); err != nil {
			t.Fatal(err)
		}
		g := form(t, "anna@example.org", c.edition)
		g.Language = c.form
		signUp(t, s, g, now)
		letters := post(t, s, now)
		if last := len(letters) - 1; last < 0 || letters[last].Language != c.want {
			t.Errorf("%+v: %+v", c, letters)
		}
		if _, err := s.Expire(t.Context(), now.Add(rarelyEvery-1)); err != nil {
			t.Fatal(err)
		}
	}
}
