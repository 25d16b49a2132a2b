// Package click counts how often stories are opened from letters, and never by whom.
//
// A link that is counted names an issue, a story and the moment the copy left, which it
// shares with all copies of ten seconds; it has nothing of a reader in it. So that a visitor
// counts once and mail filters do not count as people, the day's visits are kept under a
// hash of address and program, keyed with a salt of that day. When the day is over both are
// deleted, and numbers are all that stays.
package click

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

// A Hit is a counted link that was followed.
type Hit struct {
	Issue int64
	Story int64 // an article; 0 for the link that no person sees
	At    time.Time
	Left  time.Time  // when the copy left, ten seconds too early at most
	From  netip.Addr // it is kept until the hit is counted, and never stored
	Agent string     // what the program calls itself
}

// Fewest is the smallest number that is told: below it, in an edition of few readers, a
// number could say what one of them read.
const Fewest = 5

// A Number is how often something happened. Few says that it did, and fewer than Fewest
// times; N is 0 then.
type Number struct {
	N   int64
	Few bool
}

// Told is the number as JSON has it: null for few.
func (n Number) Told() *int64 {
	if n.Few {
		return nil
	}
	return &n.N
}

func told(n int64) Number {
	if n > 0 && n < Fewest {
		return Number{Few: true}
	}
	return Number{N: n}
}

// Clicks are how often a story was opened, each visitor of a day counted once.
type Clicks struct {
	Story          int64
	People, Unsure Number
	Machines       int64
}

// A Report is what is known of an issue.
type Report struct {
	Visits  Clicks   // whatever was opened in them; Story is 0
	Stories []Clicks // those that were opened by anybody, the most wanted first
	// Ages are how many stories people opened how long after the letter had left, a number
	// for each step of Scale, and one for what came later. A step with few stands under the
	// next that is told; where all of them are few, there are none.
	Ages []int64
}

// A Store keeps the numbers.
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
	return db.Schema{Name: "click", Files: files}
}

// Report returns what is known of an issue, of which nothing need be.
func (s *Store) Report(ctx context.Context, issue int64) (r Report, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		r = Report{}
		rows, err := tx.Query(`SELECT story_id, people, unsure, machines FROM click WHERE issue_id = ?1
			ORDER BY people DESC, unsure DESC, story_id`, issue)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c Clicks
			var people, unsure int64
			if err := rows.Scan(&c.Story, &people, &unsure, &c.Machines); err != nil {
				return err
			}
			c.People, c.Unsure = told(people), told(unsure)
			if c.Story == 0 {
				r.Visits = c
			} else if people+unsure+c.Machines > 0 {
				r.Stories = append(r.Stories, c)
			}
		}
		if err := rows.Err(); err != nil || r.Visits.People.N == 0 {
			return err
		}
		r.Ages, err = ages(tx, issue)
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("read the clicks of issue %d: %w", issue, err)
	}
	return r, nil
}

// Forget deletes the visits of days that are over, with their salts. Count does so on the
// first visit of a day; where none comes, somebody has to.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error { return forget(tx, dayOf(now)) })
	if err != nil {
		return fmt.Errorf("forget the visitors of yesterday: %w", err)
	}
	return nil
}

func forget(tx *sql.Tx, today int64) error {
	for _, table := range []string{"click_visit", "click_salt"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE day < ?1`, today); err != nil {
			return err
		}
	}
	return nil
}

// dayOf numbers the days from 1970 on, in UTC.
func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
