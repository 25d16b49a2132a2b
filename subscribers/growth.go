package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A Growth is how the readers of an edition became more or fewer on a day (UTC).
type Growth struct {
	Edition string
	Day     time.Time
	Joined  int64 // by their own act
	Brought int64 // by an operator or an import
	Left    int64 // by their own act, or by a complaint
	Dropped int64 // erased, or their import was undone
}

// Net is how many more there were in the evening than in the morning.
func (g Growth) Net() int64 { return g.Joined + g.Brought - g.Left - g.Dropped }

// Growth returns the days since one on which the readers of an edition became more or fewer,
// the first first, by edition; and how many each has now, paused ones too. It reads a tally:
// nothing is counted.
func (s *Store) Growth(ctx context.Context, since time.Time) (days []Growth, now map[string]int64, err error) {
	now = map[string]int64{}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT edition, day, joined, brought, departed, dropped FROM growth ORDER BY edition, day`)
		if err != nil {
			return err
		}
		defer rows.Close()
		first := since.Unix() / (24 * 60 * 60)
		for rows.Next() {
			var g Growth
			var day int64
			if err := rows.Scan(&g.Edition, &day, &g.Joined, &g.Brought, &g.Left, &g.Dropped); err != nil {
				return err
			}
			now[g.Edition] += g.Net()
			if g.Day = time.Unix(day*24*60*60, 0).UTC(); day >= first {
				days = append(days, g)
			}
		}
		return rows.Err()
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read how readers became more: %w", err)
	}
	return days, now, nil
}
