package picture

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers/db"
)

// A Store keeps the copies.
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
	return db.Schema{Name: "picture", Files: files}
}

// A File is a picture as it is served.
type File struct {
	Name          string // its path is Path + Name
	Type          string // image/jpeg or image/png
	Width, Height int    // pixels
	Data          []byte
}

// A kept is what is known of a picture by its address.
type kept struct {
	large, small File // without Data
	err          string
	fetchedAt    time.Time
}

func (k kept) files() []File {
	if k.err != "" {
		return nil
	}
	return []File{k.large, k.small}
}

var nameForm = regexp.MustCompile(`^[0-9a-f]{32}\.(jpg|png)$`)

// File returns what is served under a name, or digest.ErrNotFound.
func (s *Store) File(ctx context.Context, name string) (f File, err error) {
	if !nameForm.MatchString(name) {
		return File{}, fmt.Errorf("picture %.40q: %w", name, digest.ErrNotFound)
	}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT name, type, width, height, data FROM picture_file WHERE name = ?1`, name).
			Scan(&f.Name, &f.Type, &f.Width, &f.Height, &f.Data)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = digest.ErrNotFound
	}
	if err != nil {
		return File{}, fmt.Errorf("picture %s: %w", name, err)
	}
	return f, nil
}

func keyOf(address string) []byte {
	sum := sha256.Sum256([]byte(address))
	return sum[:]
}

// known returns what is kept of these addresses. A copy that was tidied away is not.
func (s *Store) known(ctx context.Context, addresses []string) (map[string]kept, error) {
	known := map[string]kept{}
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		for _, address := range addresses {
			var k kept
			var at int64
			err := tx.QueryRow(`
				SELECT p.error, p.fetched_at, p.large, coalesce(l.width, 0), coalesce(l.height, 0), p.small
				FROM picture p LEFT JOIN picture_file l ON l.name = p.large LEFT JOIN picture_file s ON s.name = p.small
				WHERE p.source = ?1 AND (p.error <> '' OR l.name IS NOT NULL AND s.name IS NOT NULL)`, keyOf(address)).
				Scan(&k.err, &at, &k.large.Name, &k.large.Width, &k.large.Height, &k.small.Name)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			k.fetchedAt = time.Unix(at, 0)
			known[address] = k
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up pictures: %w", err)
	}
	return known, nil
}

// put keeps what was learned of an address, and its files.
func (s *Store) put(ctx context.Context, address string, k kept, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		for _, f := range k.files() {
			_, err := tx.Exec(`INSERT INTO picture_file (name, type, width, height, data, used_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
				ON CONFLICT (name) DO UPDATE SET used_at = ?6`, f.Name, f.Type, f.Width, f.Height, f.Data, now.Unix())
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO picture (source, large, small, error, fetched_at) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (source) DO UPDATE SET large = ?2, small = ?3, error = ?4, fetched_at = ?5`,
			keyOf(address), k.large.Name, k.small.Name, k.err, now.Unix())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the picture %s: %w", address, err)
	}
	return nil
}

// use notes that an issue takes the files again.
func (s *Store) use(ctx context.Context, k kept, now time.Time) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		for _, f := range k.files() {
			if _, err := tx.Exec(`UPDATE picture_file SET used_at = ?2 WHERE name = ?1`, f.Name, now.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tidy forgets the files that no issue took since a moment, and returns how many these
// were. In letters older than that their place stays empty.
func (s *Store) Tidy(ctx context.Context, since time.Time) (n int64, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM picture WHERE fetched_at < ?1`, since.Unix()); err != nil {
			return err
		}
		res, err := tx.Exec(`DELETE FROM picture_file WHERE used_at < ?1`, since.Unix())
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget old pictures: %w", err)
	}
	return n, nil
}
