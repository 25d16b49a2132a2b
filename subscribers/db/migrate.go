package db

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"

	"github.com/pressly/goose/v3"
)

// A Schema is the tables of one package: numbered files in goose's format
// (00001_start.sql) at the root of Files. A released file is never edited.
type Schema struct {
	Name  string // letters only; the versions are kept in table schema_<Name>
	Files fs.FS
}

// Migrate brings the tables of each schema up to date, in the order given, each file in
// one transaction. It refuses a database that a newer program has changed. Programs that
// start together may all call it: what one has done the others find done.
func (d *DB) Migrate(ctx context.Context, schemas ...Schema) error {
	applied := 0
	for _, s := range schemas {
		n, err := d.migrate(ctx, s)
		if err != nil {
			return explain(d.path, err)
		}
		applied += n
	}
	if applied > 0 {
		// goose keeps some buffers of 4 MB in a pool, which only the second collection
		// empties; until then the program would grow to twice as much.
		runtime.GC()
		runtime.GC()
	}
	return nil
}

func (d *DB) migrate(ctx context.Context, s Schema) (applied int, err error) {
	p, err := goose.NewProvider(goose.DialectSQLite3, d.writer, s.Files,
		goose.WithTableName("schema_"+s.Name), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return applied, fmt.Errorf("read migrations of %s: %w", s.Name, err)
	}
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return applied, fmt.Errorf("read schema version of %s: %w", s.Name, err)
	}
	if have > known {
		return applied, fmt.Errorf("the database %s was made by a newer Pressrun (%s is at version %d, this program knows %d); use that program or a newer one, nothing was changed",
			d.path, s.Name, have, known)
	}
	for have < known {
		_, failed := p.UpByOne(ctx)
		applied++
		before := have
		if have, _, err = p.GetVersions(ctx); err != nil {
			return applied, fmt.Errorf("read schema version of %s: %w", s.Name, err)
		}
		if failed != nil && have == before { // else another program was quicker
			return applied, fmt.Errorf("migrate %s: %w", s.Name, failed)
		}
	}
	return applied, nil
}
