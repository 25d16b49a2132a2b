package digest

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

// A Store keeps sources, articles, editions and issues.
type Store struct{ db *db.DB }

// NewStore returns the store in d, whose tables are up to date.
func NewStore(d *db.DB) *Store { return &Store{db: d} }

//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the tables of this package.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return db.Schema{Name: "digest", Files: files}
}

// unix returns t as it is stored; the zero time is 0.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// moment is the reverse of unix.
func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// unixTime scans unix seconds.
type unixTime time.Time

// Scan implements sql.Scanner.
func (t *unixTime) Scan(v any) error {
	s, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T, not as unix seconds", v)
	}
	*t = unixTime(moment(s))
	return nil
}
