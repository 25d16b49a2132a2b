package staff

import (
	"context"
	"database/sql"
	"math"
	"time"
)

// An Entry of the audit log says who changed what.
type Entry struct {
	ID     int64
	Editor int64  // 0 for the command line, or a program
	Name   string // of the editor as it was then, or of the program
	Act    string // in one word or two: "login", "send", "pause"
	What   string // it was done to: an edition's slug, an address
	Detail string // what else there is to say, "" for nothing
	At     time.Time
}

// maxDetail keeps one entry from filling the log.
const maxDetail = 2000

// Note adds an entry to the audit log. None is ever changed or taken out.
func (s *Store) Note(ctx context.Context, e Entry) error {
	if r := []rune(e.Detail); len(r) > maxDetail {
		e.Detail = string(r[:maxDetail])
	}
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO audit (at, editor_id, name, act, what, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
			unix(e.At), e.Editor, e.Name, e.Act, e.What, e.Detail)
		return err
	})
}

// Audit returns up to n entries, the newest first: those before the entry with that ID, or
// the newest when before is 0.
func (s *Store) Audit(ctx context.Context, before int64, n int) (all []Entry, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT id, at, editor_id, name, act, what, detail FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2`, before, n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e Entry
			var at int64
			if err := rows.Scan(&e.ID, &at, &e.Editor, &e.Name, &e.Act, &e.What, &e.Detail); err != nil {
				return err
			}
			e.At = moment(at)
			all = append(all, e)
		}
		return rows.Err()
	})
	return all, err
}
