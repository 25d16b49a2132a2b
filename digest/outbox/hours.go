package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// An hour is one at which some readers want their mail.
type hour struct {
	zone string
	hour int
}

// A clock says when the hours that readers chose come next.
type clock map[hour]time.Time

// hours returns those that readers of the edition chose.
func (q *Queue) hours(ctx context.Context, p Posting, now time.Time) (clock, error) {
	hours := clock{}
	err := q.db.View(ctx, func(tx *sql.Tx) error {
		return each(tx, `SELECT DISTINCT zone, hour FROM recipient WHERE edition = ?1 AND hour >= 0`, []any{p.Edition}, func(rows *sql.Rows) error {
			var h hour
			if err := rows.Scan(&h.zone, &h.hour); err != nil {
				return err
			}
			hours[h] = h.next(now, p.Slot.Location())
			return nil
		})
	})
	return hours, err
}

// due returns the SQL expression for when a reader's hour comes, and the parameters with
// those it needs behind them. One that was chosen only now has come at once: it is that of
// parameter now.
func (c clock) due(args []any, now int) (expression string, all []any) {
	if len(c) == 0 {
		return fmt.Sprintf("?%d", now), args
	}
	var b strings.Builder
	b.WriteString("CASE")
	for h, at := range c {
		args = append(args, h.zone, h.hour, at.Unix())
		fmt.Fprintf(&b, " WHEN c.zone = ?%d AND c.hour = ?%d THEN ?%d", len(args)-2, len(args)-1, len(args))
	}
	fmt.Fprintf(&b, " ELSE ?%d END", now)
	return b.String(), args
}

// next returns the first moment from now on that has this hour in its zone, or in the
// edition's where the reader gave none that is known.
func (h hour) next(now time.Time, edition *time.Location) time.Time {
	zone, err := time.LoadLocation(h.zone)
	if h.zone == "" || err != nil {
		zone = edition
	}
	local := now.In(zone)
	if local.Hour() == h.hour {
		return now
	}
	t := time.Date(local.Year(), local.Month(), local.Day(), h.hour, 0, 0, 0, zone)
	if t.Before(now) {
		t = time.Date(local.Year(), local.Month(), local.Day()+1, h.hour, 0, 0, 0, zone)
	}
	return t
}
