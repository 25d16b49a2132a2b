package subscribers

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/subscribers/db"
)

func TestReadersOfAnOlderDatabaseStay(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	const start = "00001_start.sql"
	first, err := fs.ReadFile(Schema().Files, start)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context(), db.Schema{Name: "subscribers", Files: fstest.MapFS{start: {Data: first}}}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO subscriber VALUES (3, 'anna@example.org', 'Anna', 'ar', 'text', 0, 1700000000), (7, 'berta@example.org', '', '', 'html', 1, 1700000001)`,
		`INSERT INTO subscription VALUES (5, 3, 'daily', 'confirmed', NULL, 1700000000, 1700000002, NULL), (9, 7, 'daily', 'unsubscribed', NULL, 1700000001, 1700000003, 1700000004)`,
		`INSERT INTO import VALUES (1, 'daily', 'the fair', 1700000000)`,
		`INSERT INTO consent VALUES (1, 5, 'give', 'import', '', 1700000002, 1700000002, 1), (2, 9, 'withdraw', 'one-click', '', 1700000004, 1700000004, NULL)`,
	} {
		if err := d.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Migrate(t.Context(), Schema()); err != nil {
		t.Fatal(err)
	}
	s := NewStore(d, testKeys(t, secretA))
	got, err := s.Get(t.Context(), 3)
	confirmed := unixTime(1700000002)
	want := Reader{
		Subscriber:    Subscriber{ID: 3, Email: "anna@example.org", Name: "Anna", Language: "ar", Format: Text, Created: unixTime(1700000000)},
		Subscriptions: []Subscription{{ID: 5, SubscriberID: 3, Edition: "daily", State: Confirmed, Choices: UsualChoices(), Created: unixTime(1700000000), Confirmed: confirmed, Since: confirmed}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, err := s.Get(t.Context(), 7); err != nil || !got.Suppressed || got.Subscriptions[0].State != Unsubscribed {
		t.Errorf("%+v, %v", got, err)
	}
	consents, err := s.Consents(t.Context(), 3)
	if err != nil || len(consents) != 1 || consents[0].Evidence != "the fair" {
		t.Errorf("%+v, %v", consents, err)
	}
	if err := d.View(t.Context(), func(tx *sql.Tx) error {
		var table string
		err := tx.QueryRow(`SELECT "table" FROM pragma_foreign_key_check`).Scan(&table)
		if err == nil {
			t.Errorf("%s refers to what is not there", table)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// No id is given twice, not even that of who came last and was erased.
	if err := s.Erase(t.Context(), 7, testNow); err != nil {
		t.Fatal(err)
	}
	if r := add(t, s, "carla@example.org", "daily"); r.ID <= 7 || r.Subscriptions[0].ID <= 9 {
		t.Errorf("ids %d and %d were given before", r.ID, r.Subscriptions[0].ID)
	}
}
