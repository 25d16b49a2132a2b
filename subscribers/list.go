package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// A Reader is a subscriber with all their subscriptions.
type Reader struct {
	Subscriber
	Subscriptions []Subscription // by edition
}

// A Filter says which readers List returns. The zero value is: all, from the first.
type Filter struct {
	Edition string // who has a subscription of this edition
	State   State  // who has a subscription in this state (of Edition, if that is set)
	Search  string // part of the address or name; case does not count in ASCII
	After   int64  // the last page's last subscriber ID: pages are found by key, not counted
	Limit   int    // 100 if 0, at most 10,000
	// Suppressed: only those to whom nothing may be written.
	Suppressed bool
}

// List returns a page of readers in the order of their IDs.
func (s *Store) List(ctx context.Context, f Filter) (page []Reader, err error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	suppressed := ""
	if f.Suppressed { // said so that their own index serves
		suppressed = " AND s.suppressed = 1"
	}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		page, err = readers(ctx, tx, `
			WHERE s.id > ?1`+suppressed+`
			  AND ((?2 = '' AND ?3 = '') OR EXISTS (
			       SELECT 1 FROM subscription n WHERE n.subscriber_id = s.id
			       AND (?2 = '' OR n.edition = ?2) AND (?3 = '' OR n.state = ?3)))
			  AND (?4 = '' OR lower(s.email) LIKE ?4 ESCAPE '\' OR lower(s.name) LIKE ?4 ESCAPE '\')
			ORDER BY s.id LIMIT ?5`, f.After, f.Edition, f.State, likePattern(f.Search), min(f.Limit, 10_000))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list subscribers: %w", err)
	}
	return page, nil
}

// Get returns one reader, or ErrNotFound.
func (s *Store) Get(ctx context.Context, subscriberID int64) (Reader, error) {
	return s.one(ctx, `WHERE s.id = ?1`, subscriberID)
}

// Find returns the reader with an address in any spelling of its case, or ErrNotFound.
func (s *Store) Find(ctx context.Context, a Address) (Reader, error) {
	return s.one(ctx, `WHERE lower(s.email) = ?1`, a.Key())
}

// Subscription returns one subscription, or ErrNotFound.
func (s *Store) Subscription(ctx context.Context, subscriptionID int64) (n Subscription, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		n, err = subscription(ctx, tx, subscriptionID)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("read subscription: %w", err)
	}
	return n, nil
}

// Count returns how many addresses may be written to for an edition now.
func (s *Store) Count(ctx context.Context, edition string) (n int64, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		// The tally of growth has those who paused and who are suppressed too. They are few, and
		// found by indexes of their own (+ and CROSS keep SQLite from looking at the edition's
		// readers instead): a page of the desk waits for this.
		return tx.QueryRowContext(ctx, `SELECT
			(SELECT coalesce(sum(joined + brought - departed - dropped), 0) FROM growth WHERE edition = ?1)
			- (SELECT count(*) FROM subscription WHERE state = 'paused' AND +edition = ?1)
			- (SELECT count(*) FROM subscriber s CROSS JOIN subscription n ON n.subscriber_id = s.id AND n.edition = ?1
				WHERE s.suppressed = 1 AND n.state = 'confirmed')`, edition).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count recipients: %w", err)
	}
	return n, nil
}

// Languages returns how many of an edition's recipients chose each language; "" stands for
// those who chose none.
func (s *Store) Languages(ctx context.Context, edition string) (map[string]int64, error) {
	counts := map[string]int64{}
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT language, count(*) FROM recipient WHERE edition = ?1 GROUP BY language`, edition)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var language string
			var n int64
			if err := rows.Scan(&language, &n); err != nil {
				return err
			}
			counts[language] = n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("count languages: %w", err)
	}
	return counts, nil
}

func (s *Store) one(ctx context.Context, where string, arg any) (r Reader, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		found, err := readers(ctx, tx, where, arg)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		r = found[0]
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("read subscriber: %w", err)
	}
	return r, nil
}

// readers returns the subscribers s that a clause selects, in its order.
func readers(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]Reader, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT s.id, s.email, s.name, s.language, s.format, s.uncounted, s.suppressed, s.created_at
		FROM subscriber s `+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Reader
	for rows.Next() {
		var r Reader
		var suppressed, created int64
		if err := rows.Scan(&r.ID, &r.Email, &r.Name, &r.Language, &r.Format, &r.Uncounted, &suppressed, &created); err != nil {
			return nil, err
		}
		r.Suppressed, r.Created = suppressed != 0, unixTime(created)
		found = append(found, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Subscriptions, err = subscriptions(ctx, tx, `n.subscriber_id = ?1 ORDER BY n.edition`, found[i].ID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// reader returns one reader, or ErrNotFound.
func reader(ctx context.Context, tx *sql.Tx, subscriberID int64) (Reader, error) {
	found, err := readers(ctx, tx, `WHERE s.id = ?1`, subscriberID)
	if err != nil {
		return Reader{}, err
	}
	if len(found) == 0 {
		return Reader{}, ErrNotFound
	}
	return found[0], nil
}

func subscription(ctx context.Context, tx *sql.Tx, id int64) (Subscription, error) {
	found, err := subscriptions(ctx, tx, `n.id = ?1`, id)
	if err != nil {
		return Subscription{}, err
	}
	if len(found) == 0 {
		return Subscription{}, ErrNotFound
	}
	return found[0], nil
}

// subscriptions returns the subscriptions n that a condition selects.
func subscriptions(ctx context.Context, tx *sql.Tx, condition string, arg any) ([]Subscription, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT n.id, n.subscriber_id, n.edition, n.state, coalesce(n.paused_until, 0),
		       n.created_at, coalesce(n.confirmed_at, 0), coalesce(n.left_at, 0),
		       n.topics, n.frequency, n.weekday, n.hour, n.zone, coalesce(n.since, n.confirmed_at, 0)
		FROM subscription n WHERE `+condition, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Subscription
	for rows.Next() {
		var n Subscription
		var paused, created, confirmed, left, since int64
		var topics string
		c := &n.Choices
		if err := rows.Scan(&n.ID, &n.SubscriberID, &n.Edition, &n.State, &paused, &created, &confirmed, &left,
			&topics, &c.Frequency, &c.Weekday, &c.Hour, &c.Zone, &since); err != nil {
			return nil, err
		}
		n.PausedUntil, n.Created, n.Confirmed, n.Left = unixTime(paused), unixTime(created), unixTime(confirmed), unixTime(left)
		n.Since, c.Topics = unixTime(since), lines(topics)
		found = append(found, n)
	}
	return found, rows.Err()
}

// likePattern matches what contains s; "" stays "".
func likePattern(s string) string {
	if s == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(lowerASCII(s)) + "%"
}
