package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A Rest says that nothing goes to a domain for a while, because it said that mail came too
// fast.
type Rest struct {
	Domain string
	Until  time.Time
}

// Rests returns the domains that rest now, the longest last.
func (q *Queue) Rests(ctx context.Context, now time.Time) (rests []Rest, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		return each(tx, `SELECT domain, until FROM domain_rest WHERE until > ?1 ORDER BY until, domain`, []any{now.Unix()}, func(rows *sql.Rows) error {
			var r Rest
			var until int64
			err := rows.Scan(&r.Domain, &until)
			r.Until = time.Unix(until, 0)
			rests = append(rests, r)
			return err
		})
	})
	return rests, err
}

// loadRests takes up the rests that domains asked earlier programs for, and forgets those
// that are long over.
func (s *Sender) loadRests(ctx context.Context, now time.Time) error {
	return s.Queue.db.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM domain_rest WHERE until < ?1`, now.Add(-tooFastOver*tooFastQuiet).Unix()); err != nil {
			return err
		}
		return s.governor.load(tx)
	})
}

func (g *governor) load(tx *sql.Tx) error {
	rows, err := tx.Query(`SELECT domain, until FROM domain_rest`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var until int64
		if err := rows.Scan(&name, &until); err != nil {
			return fmt.Errorf("read which domains asked for a rest: %w", err)
		}
		d := g.watch(name)
		if at := time.Unix(until, 0); at.After(d.stopped) {
			d.stopped = at
		}
	}
	return rows.Err()
}

// save writes down the rests that domains have asked for, in the transaction of the
// outcomes that say so. Where that fails sending ends.
func (g *governor) save(tx *sql.Tx) error {
	if g.watched.Load() == 0 {
		return nil
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, d := range g.domains {
		if d.unsaved == "" {
			continue
		}
		_, err := tx.Exec(`INSERT INTO domain_rest (domain, until) VALUES (?1, ?2) ON CONFLICT (domain) DO UPDATE SET until = excluded.until`,
			d.unsaved, d.stopped.Unix())
		if err != nil {
			return err
		}
		d.unsaved = ""
	}
	return nil
}
