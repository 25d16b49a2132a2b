package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// An Attempt is one try to send a copy, and what was said.
type Attempt struct {
	Number int // from 1
	At     time.Time
	Stage  string // at which it failed, "" where the server took the copy
	Class  string // of the failure, likewise
	// Uncertain: nobody knows whether the server took it.
	Uncertain bool
	Said      string
}

// A Tried is a delivery with all its attempts, the first first.
type Tried struct {
	Delivery
	All []Attempt
}

// TriedFor returns up to n deliveries to a subscriber with their attempts, that of the newest
// issue first: those of issues below before, or the newest when before is 0.
func (q *Queue) TriedFor(ctx context.Context, subscriber, before int64, n int) ([]Tried, error) {
	deliveries, err := q.deliveriesTo(ctx, subscriber, before, n)
	if err != nil {
		return nil, err
	}
	all := make([]Tried, len(deliveries))
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		for i, d := range deliveries {
			all[i].Delivery = d
			if all[i].All, err = attempts(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	return all, nil
}

func attempts(tx *sql.Tx, d Delivery) (all []Attempt, err error) {
	rows, err := tx.Query(`
		SELECT a.number, a.at, a.stage, a.class, a.uncertain, a.code, a.enhanced, a.text
		FROM delivery d JOIN attempt a ON a.delivery_id = d.id
		WHERE d.issue_id = ?1 AND d.subscriber_id = ?2 ORDER BY a.number`, d.IssueID, d.Subscriber)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Attempt
		var at int64
		var said relay.Reply
		if err := rows.Scan(&a.Number, &at, &a.Stage, &a.Class, &a.Uncertain, &said.Code, &said.Enhanced, &said.Text); err != nil {
			return nil, err
		}
		a.At, a.Said = time.Unix(at, 0), said.String()
		all = append(all, a)
	}
	return all, rows.Err()
}
