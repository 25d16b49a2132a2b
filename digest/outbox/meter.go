package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// loadMeters takes up what earlier programs have counted, and forgets what does not count
// any more.
func (s *Sender) loadMeters(ctx context.Context, now time.Time) error {
	if len(s.Meters) == 0 {
		return nil
	}
	return s.Queue.db.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM meter WHERE start + 2 * per < ?1`, now.Unix()); err != nil {
			return err
		}
		for name, m := range s.Meters {
			counts, err := countsOf(tx, name)
			if err != nil {
				return fmt.Errorf("read what %s has got: %w", name, err)
			}
			m.Restore(counts)
		}
		return nil
	})
}

// Metered returns what a relay got lately, by the name its meter is kept under, as of the
// last outcome that was written down.
func (q *Queue) Metered(ctx context.Context, name string) (counts []relay.Count, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		counts, err = countsOf(tx, name)
		return err
	})
	return counts, err
}

func countsOf(tx *sql.Tx, name string) (counts []relay.Count, err error) {
	rows, err := tx.Query(`SELECT per, start, n FROM meter WHERE relay = ?1 ORDER BY per, start`, name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var per, start int64
		var c relay.Count
		if err := rows.Scan(&per, &start, &c.N); err != nil {
			return nil, err
		}
		c.Per, c.Start = time.Duration(per)*time.Second, time.Unix(start, 0).UTC()
		counts = append(counts, c)
	}
	return counts, rows.Err()
}

// saveMeters writes down what relays got, in the transaction of the outcomes. Where that
// fails sending ends, so that nothing is counted twice.
func (s *Sender) saveMeters(tx *sql.Tx) error {
	for name, m := range s.Meters {
		for _, c := range m.Unsaved() {
			_, err := tx.Exec(`INSERT INTO meter (relay, per, start, n) VALUES (?1, ?2, ?3, ?4)
				ON CONFLICT (relay, per, start) DO UPDATE SET n = excluded.n`, name, int64(c.Per/time.Second), c.Start.Unix(), c.N)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
