package db

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// holds reports whether any file beside the database has the word, in any case.
func holds(t *testing.T, d *DB, word string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(d.Path()), "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(word))) {
			return true
		}
	}
	return false
}

func words(s ...string) (all [][]byte) {
	for _, w := range s {
		all = append(all, []byte(w))
	}
	return all
}

func TestScrubFindsWhatDeletingLeftBehind(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (x TEXT) STRICT")
	exec(t, d, "INSERT INTO a VALUES ('Anna@example.org')")
	// As a database that was written without care: the page is freed as it was.
	for _, statement := range []string{"PRAGMA secure_delete = 0", "DROP TABLE a"} {
		if _, err := d.writer.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if !holds(t, d, "anna@example.org") {
		t.Fatal("nothing was left behind: the test tests nothing")
	}
	remains, err := d.Scrub(t.Context(), words("ANNA@example.org"), nil)
	if err != nil || remains {
		t.Errorf("remains %v, %v", remains, err)
	}
	if holds(t, d, "anna@example.org") {
		t.Error("it is there still")
	}
}

func TestScrubTellsOfRowsThatAreThere(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (x TEXT) STRICT")
	exec(t, d, "INSERT INTO a VALUES ('550 no such user <anna@example.org>')")
	if remains, err := d.Scrub(t.Context(), words("anna@example.org"), nil); err != nil || !remains {
		t.Errorf("remains %v, %v", remains, err)
	}
	if n := count(t, d, "SELECT count(*) FROM a"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestScrubLeavesOthersAlone(t *testing.T) {
	for data, want := range map[string]bool{
		"joann@example.org":                      false,
		"xJOANN@EXAMPLE.ORGx":                    false,
		"ann@example.org.example.net":            false,
		"ann@example.org":                        true,
		"oann@example.org":                       true,
		"joann@example.org ann@example.org":      true,
		"ann@example.org joann@example.org":      true,
		"joann@example.orgjoann@example.org":     false,
		"joann@example.org joann@example.or":     false,
		"ann@example.org.example.ne":             true,
		"ann@example.ann@example.org":            true,
		"nobody@example.org":                     false,
		"joann@example.org.example.net":          false,
		strings.Repeat("joann@example.org ", 99): false,
	} {
		within := words("joann@example.org", "ann@example.org.example.net")
		for _, pad := range []int{0, 1, 17, 1<<20 - 40, 1<<20 - 9, 1 << 20, 1<<20 + 30, 3<<20 - 5} {
			path := filepath.Join(t.TempDir(), "f")
			text := strings.Repeat("-", pad) + data + strings.Repeat("-", pad%7*1000)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := fileHas(t.Context(), path, words("ann@example.org"), within); got != want || err != nil {
				t.Errorf("%.60q at %d: %v, %v", data, pad, got, err)
			}
		}
	}
}

func TestScrubWaitsForReaders(t *testing.T) {
	d := open(t)
	exec(t, d, "CREATE TABLE a (x TEXT) STRICT")
	exec(t, d, "INSERT INTO a VALUES ('anna@example.org')")
	begun, finish, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- d.View(t.Context(), func(tx *sql.Tx) error {
			var n int
			err := tx.QueryRow("SELECT count(*) FROM a").Scan(&n)
			close(begun)
			<-finish
			return err
		})
	}()
	<-begun
	exec(t, d, "DELETE FROM a")
	scrubbed := make(chan error)
	go func() {
		remains, err := d.Scrub(t.Context(), words("anna@example.org"), nil)
		if remains {
			err = fmt.Errorf("something remains, %w", err)
		}
		scrubbed <- err
	}()
	close(finish)
	for _, err := range []error{<-done, <-scrubbed} {
		if err != nil {
			t.Error(err)
		}
	}
	if holds(t, d, "anna@example.org") {
		t.Error("it is there still")
	}
}
