package subscribers

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

func wipe(tx *sql.Tx) error {
	if _, err := tx.Exec(`PRAGMA defer_foreign_keys = 1`); err != nil {
		return err
	}
	tables := []string{}
	rows, err := tx.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'schema%' AND name <> 'signup_tally'`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := tx.Exec(`DELETE FROM ` + table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

func (l *life) must(err error, allowed ...error) bool {
	for _, a := range allowed {
		if errors.Is(err, a) {
			return false
		}
	}
	if err != nil {
		l.Fatal(err)
	}
	return true
}

func (l *life) setNo(key, edition string, no bool) {
	if l.no[key] == nil {
		l.no[key] = map[string]bool{}
	}
	l.no[key][edition] = no
}

func (l *life) check(*rapid.T) {
	for key, silent := range l.silent {
		if !silent && !l.banned[key] {
			continue
		}
		for _, edition := range []string{"daily", "weekly"} {
			if slices.Contains(l.recipients(edition), key) {
				l.Fatalf("%s, which is silent, is written to for %s", key, edition)
			}
		}
	}
	for key, left := range l.no {
		for edition, no := range left {
			if no && slices.Contains(l.recipients(edition), key) {
				l.Fatalf("%s left %s and is written to", key, edition)
			}
		}
	}
	for _, edition := range []string{"daily", "weekly"} {
		n, err := l.s.Count(l.Context(), edition)
		l.must(err)
		if got := len(l.recipients(edition)); n != int64(got) {
			l.Fatalf("%s has %d readers by the tally, and %d one by one", edition, n, got)
		}
	}
	checkConsistent(l.T, l.s)
}

func (l *life) recipients(edition string) (keys []string) {
	err := l.s.db.View(l.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT lower(email) FROM recipient WHERE edition = ?1`, edition)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key string
			if err := rows.Scan(&key); err != nil {
				return err
			}
			keys = append(keys, key)
		}
		return rows.Err()
	})
	l.must(err)
	return keys
}

func addressOrFatal(t *rapid.T, s string) Address {
	a, err := ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
