package db

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyFiles copies the files of a database, as somebody does who moves to another machine.
func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func openIn(t *testing.T, dir string) *DB {
	t.Helper()
	d, err := Open(t.Context(), filepath.Join(dir, "press.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(t.Context(), SchemaOfLeases()); err != nil {
		t.Fatal(err)
	}
	return d
}

// start opens a database, checks it and closes it again.
func start(t *testing.T, dir string) error {
	t.Helper()
	d := openIn(t, dir)
	defer d.Close()
	return d.CheckInstance(t.Context())
}

func TestDatabaseStartsAgainAndAgainWhereItBelongs(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		if err := start(t, dir); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "press.db.instance"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file beside it: %v %v", info.Mode(), err)
	}
}

func TestCopiedDatabaseIsRefusedUntilItIsAdopted(t *testing.T) {
	home := t.TempDir()
	if err := start(t, home); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := start(t, other); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		take func(to string)
		want string
	}{
		{"the database alone", func(to string) { copyFiles(t, home, to, "press.db") }, "there is no file"},
		{"its folder", func(to string) { copyFiles(t, home, to, "press.db", "press.db.instance") }, "folder was copied"},
		{"beside the file of another", func(to string) {
			copyFiles(t, home, to, "press.db")
			copyFiles(t, other, to, "press.db.instance")
		}, "another database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.take(dir)
			for range 2 { // it stays refused
				if err := start(t, dir); !errors.Is(err, ErrCopied) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
			d := openIn(t, dir)
			if why, err := d.Copied(t.Context()); !strings.Contains(why, c.want) || err != nil {
				t.Errorf("asked without starting: %q %v", why, err)
			}
			if err := d.Adopt(t.Context()); err != nil {
				t.Fatal(err)
			}
			d.Close()
			if err := start(t, dir); err != nil {
				t.Errorf("after it was adopted: %v", err)
			}
		})
	}
	if err := start(t, home); err != nil {
		t.Errorf("the one that was copied: %v", err)
	}
}

func TestBackupBroughtBackIsRefused(t *testing.T) {
	dir, backup := t.TempDir(), t.TempDir()
	if err := start(t, dir); err != nil {
		t.Fatal(err)
	}
	copyFiles(t, dir, backup, "press.db")
	if err := start(t, dir); err != nil {
		t.Fatal(err)
	}
	copyFiles(t, backup, dir, "press.db")
	if err := start(t, dir); !errors.Is(err, ErrCopied) || !strings.Contains(err.Error(), "older") {
		t.Errorf("got %v", err)
	}
}

// The database is written before the file: a crash in between leaves it ahead.
func TestCrashBetweenDatabaseAndFileIsNoCopy(t *testing.T) {
	dir := t.TempDir()
	if err := start(t, dir); err != nil {
		t.Fatal(err)
	}
	d := openIn(t, dir)
	exec(t, d, "UPDATE instance SET starts = starts + 1")
	d.Close()
	if err := start(t, dir); err != nil {
		t.Error(err)
	}
}
