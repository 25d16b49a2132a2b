package subscribers

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// filesHave reports whether any file of the database has the text, in any case.
func filesHave(t *testing.T, s *Store, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(s.db.Path()), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(text))) {
			return true
		}
	}
	return false
}

func TestEraseLeavesNoByteOfTheAddress(t *testing.T) {
	s := openStore(t)
	random := rand.New(rand.NewPCG(1, 2))
	var ids []int64
	at := func(i int) time.Time { return testNow.Add(time.Duration(i) * time.Minute) }
	email := func(i int) string {
		return fmt.Sprintf("Reader.%x@Mail%d.example.org", uint64(i+1)*0x9e3779b97f4a7c15, i%9)
	}
	const n = 150
	for i := range n {
		a := address(t, email(i))
		signUp(t, s, form(t, a.String(), "daily", "weekly"), at(i))
		for _, l := range post(t, s, at(i)) {
			if l.Kind == LetterConfirm && i%3 > 0 {
				if _, err := s.Confirm(t.Context(), l.Ref, at(i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		r, err := s.Find(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
		switch j := random.IntN(i + 1); random.IntN(6) {
		case 0:
			err = s.ChangeAddress(t.Context(), ids[j], address(t, "other."+email(j)), at(i))
		case 1:
			_, err = s.Unsubscribe(t.Context(), 1+random.Int64N(int64(i+1)), MethodPage, at(i))
		case 2:
			err = s.Suppress(t.Context(), address(t, email(j)), ReasonBounce, "550 <"+email(j)+"> unknown", at(i))
		case 3:
			err = s.SetName(t.Context(), ids[j], strings.Repeat("Name ", random.IntN(40)))
		case 4:
			err = s.Erase(t.Context(), ids[j], at(i))
			if err == nil && filesHave(t, s, email(j)) {
				t.Fatalf("%s is in the files after %d steps", email(j), i)
			}
		}
		if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrTooManyLetters) {
			t.Fatal(err)
		}
	}
	for i := range ids {
		if i%10 > 0 {
			continue
		}
		if err := s.Erase(t.Context(), ids[i], at(n)); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		for _, text := range []string{email(i), "other." + email(i)} {
			if filesHave(t, s, text) {
				t.Errorf("%s is in the files", text)
			}
		}
		noRowAbout(t, s, ids[i])
	}
	checkConsistent(t, s)
}

// noRowAbout looks in every table there is.
func noRowAbout(t *testing.T, s *Store, subscriberID int64) {
	t.Helper()
	err := s.db.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND (c.name = 'subscriber_id' OR m.name = 'subscriber' AND c.name = 'id')`)
		if err != nil {
			return err
		}
		defer rows.Close()
		tables := 0
		for rows.Next() {
			var table, column string
			if err := rows.Scan(&table, &column); err != nil {
				return err
			}
			var n int
			if err := tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE `+column+` = ?1`, subscriberID).Scan(&n); err != nil || n > 0 {
				return fmt.Errorf("%d rows in %s, %w", n, table, err)
			}
			tables++
		}
		if tables < 5 {
			return fmt.Errorf("only %d tables were looked at", tables)
		}
		return rows.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestErasedReaderComesBackOnlyByThemselves(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	add(t, s, "joanna@example.org", "daily") // has the address in hers
	if err := s.Suppress(t.Context(), address(t, r.Email), ReasonBounce, "550 <Anna@example.org> unknown", testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), r.ID, testNow); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), r.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("still there: %v", err)
	}
	if err := s.Erase(t.Context(), r.ID, testNow); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
	found, _ := s.Suppressions(t.Context(), address(t, "anna@example.org"))
	if len(found) != 2 || strings.Contains(found[0].Detail, "@") {
		t.Errorf("what is kept: %+v", found)
	}
	var not *NotAdded
	if _, err := s.Add(t.Context(), NewSubscriber{Address: address(t, "anna@example.org")}, "daily", testEvidence, testNow); !errors.As(err, &not) {
		t.Errorf("added by an operator: %v", err)
	}
	signUp(t, s, form(t, "anna@example.org", "daily"), testNow)
	back := confirm(t, s, want(t, s, testNow, "confirm")[0].Ref, testNow)
	if back.ID == r.ID || back.Subscriptions[0].ID == r.Subscriptions[0].ID {
		t.Error("an id was given again: the links in old mails would open for somebody else")
	}
	if got := recipients(t, s, "daily"); len(got) != 2 {
		t.Errorf("recipients %v", got)
	}
}

func TestEraseAnAddress(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	for _, email := range []string{"ANNA@example.org", "nobody@example.org", "nobody@example.org"} {
		if err := s.EraseAddress(t.Context(), address(t, email), testNow); err != nil {
			t.Fatal(err)
		}
		if found, _ := s.Suppressions(t.Context(), address(t, email)); len(found) != 1 || found[0].Reason != ReasonErased {
			t.Errorf("%s: %v", email, found)
		}
	}
	noRowAbout(t, s, r.ID)
}

func TestEraseTellsOfTracesElsewhere(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	if err := s.db.Update(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`CREATE TABLE elsewhere (reason TEXT)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO elsewhere VALUES ('550 <Anna@example.org> unknown')`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), r.ID, testNow); !errors.Is(err, ErrTraces) {
		t.Errorf("%v", err)
	}
	noRowAbout(t, s, r.ID) // all the same
}

func TestEraseOfWhoMoved(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@first.example.org", "daily")
	if err := s.ChangeAddress(t.Context(), r.ID, address(t, "anna@second.example.org"), testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.ConfirmChange(t.Context(), want(t, s, testNow, "change")[0].Ref, testNow); err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), r.ID, testNow); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"anna@first.example.org", "anna@second.example.org"} {
		if filesHave(t, s, email) {
			t.Errorf("%s is in the files", email)
		}
		var not *NotAdded
		if _, err := s.Add(t.Context(), NewSubscriber{Address: address(t, email)}, "daily", testEvidence, testNow); !errors.As(err, &not) {
			t.Errorf("%s was added: %v", email, err)
		}
	}
}

func TestNetworksAreForgottenAfter30Days(t *testing.T) {
	s := openStore(t)
	signUp(t, s, form(t, "anna@example.org", "daily"), testNow)
	letter := want(t, s, testNow, "confirm")[0]
	r := confirm(t, s, letter.Ref, testNow)
	network := func(at time.Time) string {
		if _, err := s.Expire(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		consents, err := s.Consents(t.Context(), r.ID)
		if err != nil || len(consents) != 1 {
			t.Fatal(consents, err)
		}
		return consents[0].IP
	}
	if got := network(testNow.Add(keepDetails - time.Second)); got != "198.51.100.0/24" {
		t.Errorf("before: %q", got)
	}
	if got := network(testNow.Add(keepDetails)); got != "" || count(t, s, `SELECT count(*) FROM signup`) != 0 {
		t.Errorf("after: %q", got)
	}
	if got := recipients(t, s, "daily"); len(got) != 1 {
		t.Errorf("recipients %v", got)
	}
}

func TestEverythingHasEveryRow(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	signUp(t, s, form(t, "anna@example.org", "weekly"), testNow)
	confirm(t, s, want(t, s, testNow, "confirm")[0].Ref, testNow)
	for _, err := range []error{
		s.SetChoices(t.Context(), r.Subscriptions[0].ID, Choices{Frequency: Daily, Hour: 9}, testNow),
		s.ChangeAddress(t.Context(), r.ID, address(t, "anna@new.example.org"), testNow),
		s.Subscribe(t.Context(), form(t, "anna@example.org", "breaking"), testNow.Add(25*time.Hour)),
		s.Suppress(t.Context(), address(t, "anna@example.org"), ReasonBounce, "550", testNow),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Everything(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string][2]int{
		"subscription":   {len(all.Subscriptions), count(t, s, `SELECT count(*) FROM subscription`)},
		"consent":        {len(all.Consents), count(t, s, `SELECT count(*) FROM consent`)},
		"choice_change":  {len(all.Choices), count(t, s, `SELECT count(*) FROM choice_change`)},
		"signup":         {len(all.Signups), count(t, s, `SELECT count(*) FROM signup`)},
		"address_change": {len(all.AddressChanges), count(t, s, `SELECT count(*) FROM address_change`)},
		"due_letter":     {len(all.Letters), count(t, s, `SELECT count(*) FROM due_letter`)},
		"letter_count":   {len(all.LetterCounts), count(t, s, `SELECT count(*) FROM letter_count`) - 1}, // one is of the new address
		"suppression":    {len(all.Suppressions), count(t, s, `SELECT count(*) FROM suppression`)},
	} {
		if n[0] != n[1] || n[0] == 0 {
			t.Errorf("%s: %d of %d rows", what, n[0], n[1])
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"email":"anna@example.org"`, `"email":"anna@new.example.org"`, `"network":"198.51.100.0/24"`, `"frequency":"daily"`, testEvidence} {
		if !bytes.Contains(text, []byte(part)) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
	if bytes.Contains(text, []byte("0001-01-01")) {
		t.Errorf("a time that never was: %s", text)
	}
	if _, err := s.Everything(context.Background(), 4711); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}
