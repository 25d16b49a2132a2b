package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func open(t *testing.T) *DB {
	t.Helper()
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "press run?#%.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func schema(files ...string) Schema {
	s := Schema{Name: "test", Files: fstest.MapFS{}}
	for i, f := range files {
		s.Files.(fstest.MapFS)["0000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + f)}
	}
	return s
}

func TestUpdateRollsBackOnError(t *testing.T) {
	d := open(t)
	if err := d.Migrate(t.Context(), schema("CREATE TABLE a (x INTEGER) STRICT;")); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := d.Update(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO a VALUES (1)"); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("err = %v, want %v", err, stop)
	}
	var n int
	if err := d.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT count(*) FROM a").Scan(&n) }); err != nil || n != 0 {
		t.Errorf("%d rows, err %v; want none", n, err)
	}
}

func TestViewCannotWrite(t *testing.T) {
	d := open(t)
	if err := d.Migrate(t.Context(), schema("CREATE TABLE a (x INTEGER) STRICT;")); err != nil {
		t.Fatal(err)
	}
	if err := d.View(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec("INSERT INTO a VALUES (1)"); return err }); err == nil {
		t.Error("a view wrote")
	}
}

func TestOlderProgramRefusesNewerDatabase(t *testing.T) {
	d := open(t)
	one, two := "CREATE TABLE a (x INTEGER) STRICT;", "CREATE TABLE b (x INTEGER) STRICT;"
	if err := d.Migrate(t.Context(), schema(one, two)); err != nil {
		t.Fatal(err)
	}
	err := d.Migrate(t.Context(), schema(one))
	if err == nil || !strings.Contains(err.Error(), "newer Pressrun") {
		t.Errorf("err = %v, want a sentence about a newer Pressrun", err)
	}
}

func TestFailingMigrationLeavesNothingBehind(t *testing.T) {
	d := open(t)
	if err := d.Migrate(t.Context(), schema("CREATE TABLE a (x INTEGER) STRICT; CREATE TABLE oops (;")); err == nil {
		t.Fatal("a wrong statement passed")
	}
	if err := d.Migrate(t.Context(), schema("CREATE TABLE a (x INTEGER) STRICT;")); err != nil {
		t.Errorf("table a stayed behind: %v", err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none", "a.db"): "create it first",
		junk:                               "choose another file",
		dir:                                "cannot be opened",
	} {
		d, err := Open(t.Context(), path)
		if err == nil {
			d.Close()
			t.Errorf("%s opened", path)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

func TestFullDiskIsSaidAndNothingIsChanged(t *testing.T) {
	d := open(t)
	if err := d.Migrate(t.Context(), schema("CREATE TABLE a (x BLOB) STRICT;")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.writer.Exec("PRAGMA max_page_count = 20"); err != nil { // SQLite's own full disk
		t.Fatal(err)
	}
	err := d.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO a VALUES (zeroblob(1000000))")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("err = %v", err)
	}
}

func TestOneHolderOfALease(t *testing.T) {
	d := open(t)
	if err := d.Migrate(t.Context(), SchemaOfLeases()); err != nil {
		t.Fatal(err)
	}
	_, release, err := d.Acquire(t.Context(), "sender")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := d.takeLease(t.Context(), "sender", "other"); ok || err != nil {
		t.Errorf("second holder: %v, %v", ok, err)
	}
	if _, pid, ok, err := d.Holder(t.Context(), "sender"); !ok || pid != os.Getpid() || err != nil {
		t.Errorf("holder %d %v %v", pid, ok, err)
	}
	release()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	held, release, err := d.Acquire(ctx, "sender")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	cancel()
	<-held.Done()
}

func TestLeaseOfADeadProcessIsTakenAtOnce(t *testing.T) {
	d := open(t)
	if err := d.Migrate(t.Context(), SchemaOfLeases()); err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	if err := d.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO lease VALUES ('sender', 'gone', ?1, ?2, 99999999999)", host, 1<<22+12345)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if ok, err := d.takeLease(t.Context(), "sender", "me"); !ok || err != nil {
		t.Errorf("not taken: %v", err)
	}
}
