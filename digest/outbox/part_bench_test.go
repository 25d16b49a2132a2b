package outbox

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

// BenchmarkCountParts is what it costs to count a commit of outcomes by domain and by relay,
// beside the commit itself; one op is one outcome.
func BenchmarkCountParts(b *testing.B) {
	for _, c := range []struct{ batch, domains int }{{16, 1}, {16, 8}, {100, 1}, {100, 30}, {100, 100}} {
		b.Run(fmt.Sprintf("%d of %d domains", c.batch, c.domains), func(b *testing.B) {
			d, err := db.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			if err := d.Migrate(b.Context(), Schema()); err != nil {
				b.Fatal(err)
			}
			var batch []*outcome
			for i := range c.batch {
				address := fmt.Sprintf("reader%d@domain%d.example", i, i%c.domains)
				batch = append(batch, &outcome{claim: &claim{ID: int64(i), IssueID: 1, Address: address}, relay: "smtp://mail.example:587", ending: taken})
			}
			s := &Sender{named: names{}}
			err = d.Update(b.Context(), func(tx *sql.Tx) error {
				if _, err := tx.Exec(`INSERT INTO run (issue_id, edition, state, doubt, useful_until, posted_at) VALUES (1, 'daily', 'running', 'hold', 0, 0)`); err != nil {
					return err
				}
				for i := 0; b.Loop(); i++ {
					if i%c.batch > 0 {
						continue
					}
					if err := s.countParts(tx, batch, time.Now()); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
