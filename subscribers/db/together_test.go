package db

import (
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
)

// These tests open one file several times, as several processes do.

// again opens the database of d once more.
func again(t *testing.T, d *DB) *DB {
	t.Helper()
	other, err := Open(t.Context(), d.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return other
}

func exec(t *testing.T, d *DB, query string, args ...any) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *DB, query string) (n int) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(query).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestProgramsThatStartTogetherMigrateOnce(t *testing.T) {
	first := open(t)
	s := schema("CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);", "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b VALUES (1);")
	other := Schema{Name: "other", Files: schema("CREATE TABLE c (x INTEGER) STRICT;").Files}
	var wg sync.WaitGroup
	for _, d := range []*DB{first, again(t, first), again(t, first), again(t, first)} {
		wg.Go(func() {
			if err := d.Migrate(t.Context(), s, other); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	if n := count(t, first, "SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b) + (SELECT count(*) FROM c)"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestViewSeesOneStateWhileOthersWrite(t *testing.T) {
	d := open(t)
	other := again(t, d)
	exec(t, d, "CREATE TABLE a (x INTEGER) STRICT")
	err := d.View(t.Context(), func(tx *sql.Tx) error {
		for want := 0; want < 3; want++ {
			var n int
			if err := tx.QueryRow("SELECT count(*) FROM a").Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				t.Errorf("look %d: %d rows", want, n)
			}
			exec(t, other, "INSERT INTO a VALUES (1)") // waits for no reader
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, "SELECT count(*) FROM a"); n != 3 {
		t.Errorf("the next view sees %d rows", n)
	}
}

func TestUpdateWaitsForTheOneBefore(t *testing.T) {
	d := open(t)
	other := again(t, d)
	exec(t, d, "CREATE TABLE a (x INTEGER) STRICT")
	exec(t, d, "INSERT INTO a VALUES (0)")
	var wg sync.WaitGroup
	for _, db := range []*DB{d, other, d, other} {
		wg.Go(func() {
			for range 25 {
				err := db.Update(t.Context(), func(tx *sql.Tx) error {
					var x int // read, then write: nobody comes between
					if err := tx.QueryRow("SELECT x FROM a").Scan(&x); err != nil {
						return err
					}
					_, err := tx.Exec("UPDATE a SET x = ?1", x+1)
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, d, "SELECT x FROM a"); n != 100 {
		t.Errorf("counted to %d, want 100", n)
	}
}

func TestPanicLeavesNothingAndTheDatabaseUsable(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (x INTEGER) STRICT")
	func() {
		defer func() { _ = recover() }()
		_ = d.Update(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO a VALUES (1)"); err != nil {
				return err
			}
			panic("oops")
		})
	}()
	exec(t, d, "INSERT INTO a VALUES (2)")
	if n := count(t, d, "SELECT sum(x) FROM a"); n != 2 {
		t.Errorf("sum %d: the row of the panic stayed", n)
	}
}

func TestReadOnlyDatabaseIsSaid(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (x INTEGER) STRICT")
	if _, err := d.writer.Exec("PRAGMA query_only = 1"); err != nil { // file modes do not stop root
		t.Fatal(err)
	}
	err := d.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("INSERT INTO a VALUES (1)"); return err })
	if err == nil || !strings.Contains(err.Error(), "give this user the right to write the file") {
		t.Errorf("err = %v", err)
	}
}

func TestDatabaseInUseIsSaid(t *testing.T) {
	d := open(t)
	other := again(t, d)
	exec(t, d, "CREATE TABLE a (x INTEGER) STRICT")
	if _, err := other.writer.Exec("PRAGMA busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	err := d.Update(t.Context(), func(*sql.Tx) error {
		return other.Update(t.Context(), func(*sql.Tx) error { return errors.New("both write") })
	})
	if err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("err = %v", err)
	}
}

func TestIsUnique(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER UNIQUE, y INTEGER NOT NULL CHECK (y > 0)) STRICT")
	exec(t, d, "INSERT INTO a VALUES (1, 1, 1)")
	for query, want := range map[string]bool{
		"INSERT INTO a VALUES (1, 2, 1)":    true,
		"INSERT INTO a VALUES (2, 1, 1)":    true,
		"INSERT INTO a VALUES (2, 2, 0)":    false,
		"INSERT INTO a VALUES (2, 2, NULL)": false,
		"INSERT INTO none VALUES (1)":       false,
	} {
		err := d.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(query); return err })
		if null := query == "INSERT INTO a VALUES (2, 2, NULL)"; IsNotNull(err) != null {
			t.Errorf("%s: IsNotNull(%v) is not %v", query, err, null)
		}
		if err == nil || IsUnique(err) != want {
			t.Errorf("%s: IsUnique(%v) is not %v", query, err, want)
		}
	}
	if IsUnique(nil) || IsUnique(sqlite3.Error{Code: sqlite3.ErrBusy}) {
		t.Error("a busy database is no unique row")
	}
}

func TestWhatIsCommittedIsThereAfterReopening(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (x INTEGER) STRICT")
	exec(t, d, "INSERT INTO a VALUES (7)")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if n := count(t, again(t, d), "SELECT x FROM a"); n != 7 {
		t.Errorf("%d after %s", n, time.Since(start))
	}
}
