package desk

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/subscribers/db"
)

// dump is every row of the database in words, but for those that only say when somebody was
// here last.
func dump(t *testing.T, d *db.DB) string {
	t.Helper()
	var out strings.Builder
	ok(t, d.View(t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'lease' ORDER BY name`)
		if err != nil {
			return err
		}
		var names []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, name := range names {
			if err := dumpTable(tx, &out, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}))
	return out.String()
}

func dumpTable(tx *sql.Tx, out *strings.Builder, name string) error {
	rows, err := tx.Query(`SELECT * FROM "` + name + `" ORDER BY 1`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			return err
		}
		for i, c := range columns {
			if c == "seen" && name == "editor" {
				values[i] = nil
			}
		}
		fmt.Fprintf(out, "%s %x\n", name, values)
	}
	return rows.Err()
}
