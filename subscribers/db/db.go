// Package db opens Pressrun's one database file and brings its tables up to date.
//
// Readers never wait for the writer: there is one writing connection and a few that
// only read, as SQLite's write-ahead log allows.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// readers is the number of connections that only read.
const readers = 4

// statements is how many prepared statements a connection keeps: to parse the outbox's few
// again and again would cost more than to run them.
const statements = "64"

// A DB is an open database file. Its methods are safe for concurrent use.
type DB struct {
	path   string
	writer *sql.DB // one connection: writers queue here rather than fail with SQLITE_BUSY
	reader *sql.DB
}

// Open opens the database at path and creates it if it is not there. Its folder must
// exist.
func Open(ctx context.Context, path string) (*DB, error) {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("open database %s: its folder does not exist; create it first", path)
	}
	d := &DB{path: path}
	var err error
	if d.writer, err = openPool(path, 1, url.Values{
		"_busy_timeout": {"10000"}, "_journal_mode": {"WAL"}, "_foreign_keys": {"1"},
		"_synchronous": {"FULL"}, "_txlock": {"immediate"}, "_secure_delete": {"1"},
		"_stmt_cache_size": {statements},
	}); err != nil {
		return nil, err
	}
	if err = d.checkPragmas(ctx); err != nil {
		d.Close()
		return nil, explain(path, err)
	}
	if d.reader, err = openPool(path, readers, url.Values{
		"_busy_timeout": {"10000"}, "mode": {"ro"}, "_query_only": {"1"}, "_stmt_cache_size": {statements},
	}); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func openPool(path string, size int, options url.Values) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}
	pool, err := sql.Open("sqlite3", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// checkPragmas reads back what the driver was asked for: it ignores options it does not
// know, and a ledger without FULL synchronous would not survive a power cut.
func (d *DB) checkPragmas(ctx context.Context) error {
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"} {
		var got string
		if err := d.writer.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("database setting %s is %q, not %q; is the file on a file system without locking?", name, got, want)
		}
	}
	return nil
}

// Close closes all connections.
func (d *DB) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{d.reader, d.writer} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// Path returns the file the database is kept in.
func (d *DB) Path() string { return d.path }

// Update runs fn in a transaction that may write. It commits when fn returns nil, and
// otherwise leaves everything as it was.
func (d *DB) Update(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return d.transact(ctx, d.writer, fn)
}

// View runs fn in a transaction that sees one state of the database and cannot write.
func (d *DB) View(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return d.transact(ctx, d.reader, fn)
}

func (d *DB) transact(ctx context.Context, pool *sql.DB, fn func(tx *sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(d.path, err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := fn(tx); err != nil {
		return explain(d.path, err)
	}
	return explain(d.path, tx.Commit())
}

// explain adds to an error of SQLite what an operator can do about it.
func explain(path string, err error) error {
	var s sqlite3.Error
	if !errors.As(err, &s) {
		return err
	}
	switch s.Code {
	case sqlite3.ErrFull:
		return fmt.Errorf("the disk of %s is full; free some space and start again, nothing was changed: %w", path, err)
	case sqlite3.ErrReadonly:
		return fmt.Errorf("the database %s cannot be written; give this user the right to write the file and its folder: %w", path, err)
	case sqlite3.ErrCantOpen, sqlite3.ErrPerm:
		return fmt.Errorf("the database %s cannot be opened; check that the file and its folder can be read and written by this user: %w", path, err)
	case sqlite3.ErrNotADB:
		return fmt.Errorf("%s is not a Pressrun database; choose another file: %w", path, err)
	case sqlite3.ErrCorrupt:
		return fmt.Errorf("the database %s is damaged; restore it from a backup: %w", path, err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fmt.Errorf("the database %s is in use by another program that does not let go; close it and start again: %w", path, err)
	case sqlite3.ErrIoErr:
		return fmt.Errorf("the disk of %s does not take or give data (is it full or unplugged?): %w", path, err)
	}
	return err
}

// IsNotNull reports whether err says that a value is missing where there must be one.
func IsNotNull(err error) bool {
	var s sqlite3.Error
	return errors.As(err, &s) && s.ExtendedCode == sqlite3.ErrConstraintNotNull
}

// IsUnique reports whether err says that a row with the same key is there already.
func IsUnique(err error) bool {
	var s sqlite3.Error
	return errors.As(err, &s) &&
		(s.ExtendedCode == sqlite3.ErrConstraintUnique || s.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}
