package digest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const hubColumns = `w.id, w.source_id, s.url, w.hub, w.topic, w.secret, w.token, w.state, w.asked, w.lease, w.next_at, w.failures, w.error
	FROM websub w JOIN source s ON s.id = w.source_id`

func scanHub(row interface{ Scan(...any) error }) (h HubSubscription, err error) {
	err = row.Scan(&h.ID, &h.SourceID, &h.Source, &h.Hub, &h.Topic, &h.Secret, &h.Token, &h.State,
		(*unixTime)(&h.Asked), (*unixTime)(&h.Lease), (*unixTime)(&h.NextAt), &h.Failures, &h.Error)
	return h, err
}

// SettleHubs brings the subscriptions in line with the hubs that sources name now: what is
// missing is wanted, and what no source names any more is left.
func (s *Store) SettleHubs(ctx context.Context, now time.Time) error {
	unsettled := false
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`
			SELECT EXISTS (SELECT 1 FROM source s WHERE s.removed = 0 AND s.hub <> '' AND NOT EXISTS (
					SELECT 1 FROM websub w WHERE w.source_id = s.id AND w.hub = s.hub AND w.topic = s.topic AND w.state <> 'leaving'))
				OR EXISTS (SELECT 1 FROM websub w WHERE w.state <> 'leaving' AND `+unnamed+`)
				OR EXISTS (SELECT 1 FROM websub w WHERE w.state IN ('active', 'leaving') AND w.lease <= ?1)`, now.Unix()).Scan(&unsettled)
	})
	if err == nil && unsettled {
		err = s.db.Update(ctx, func(tx *sql.Tx) error { return settleHubs(tx, now) })
	}
	if err != nil {
		return fmt.Errorf("settle the subscriptions at hubs: %w", err)
	}
	return nil
}

// unnamed holds for a subscription whose source names another hub now, or none, or is gone.
const unnamed = `NOT EXISTS (SELECT 1 FROM source s WHERE s.id = w.source_id AND s.removed = 0 AND s.hub = w.hub AND s.topic = w.topic)`

func settleHubs(tx *sql.Tx, now time.Time) error {
	for _, statement := range []string{
		// A lease that has run out binds nobody.
		`DELETE FROM websub WHERE state = 'leaving' AND lease <= ?1`,
		`UPDATE websub SET state = 'wanted' WHERE state = 'active' AND lease <= ?1`,
		// What was never confirmed needs no goodbye.
		`DELETE FROM websub AS w WHERE w.state <> 'leaving' AND w.lease <= ?1 AND ` + unnamed,
		`UPDATE websub AS w SET state = 'leaving', asked = 0, failures = 0, error = '', announced = 0, next_at = ?1 WHERE w.state <> 'leaving' AND ` + unnamed,
		`UPDATE websub AS w SET state = 'wanted', asked = 0, failures = 0, error = '', next_at = ?1 WHERE w.state = 'leaving' AND NOT ` + unnamed,
	} {
		if _, err := tx.Exec(statement, now.Unix()); err != nil {
			return err
		}
	}
	rows, err := tx.Query(`SELECT id FROM source s WHERE removed = 0 AND hub <> '' AND NOT EXISTS (
		SELECT 1 FROM websub w WHERE w.source_id = s.id AND w.hub = s.hub AND w.topic = s.topic)`)
	if err != nil {
		return err
	}
	missing, err := integers(rows)
	if err != nil {
		return err
	}
	for _, id := range missing {
		_, err := tx.Exec(`INSERT INTO websub (source_id, hub, topic, secret, token, state, next_at)
			SELECT id, hub, topic, ?2, ?3, 'wanted', ?4 FROM source WHERE id = ?1`, id, rand.Text()+rand.Text(), rand.Text(), now.Unix())
		if err != nil {
			return err
		}
	}
	return nil
}

// integers reads rows of one number each, and closes them.
func integers(rows *sql.Rows) (all []int64, err error) {
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

// DueHubs returns the subscriptions for which something is to be done at now: where Asked is
// set the hub's answer is overdue, else the hub is to be asked.
func (s *Store) DueHubs(ctx context.Context, now time.Time) (due []HubSubscription, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT `+hubColumns+` WHERE w.next_at <= ?1 ORDER BY w.next_at, w.id`, now.Unix())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			h, err := scanHub(rows)
			if err != nil {
				return err
			}
			due = append(due, h)
		}
		return rows.Err()
	})
	return due, err
}

// HubByToken returns the subscription whose hub calls the address with this token, or
// ErrNotFound.
func (s *Store) HubByToken(ctx context.Context, token string) (h HubSubscription, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		h, err = scanHub(tx.QueryRow(`SELECT `+hubColumns+` WHERE w.token = ?1`, token))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		return err
	})
	return h, err
}

// HubAsked writes down that a hub is about to be asked: its confirmation may arrive before
// its answer. When it was left or asked by another meanwhile, ok is false.
func (s *Store) HubAsked(ctx context.Context, h HubSubscription, now time.Time) (ok bool, err error) {
	return s.changeHub(ctx, `UPDATE websub SET asked = ?2, next_at = ?3 WHERE id = ?1 AND state = ?4 AND asked = 0`,
		h.ID, now.Unix(), now.Add(hubConfirms).Unix(), string(h.State))
}

// HubFailed writes down why the request that was sent at asked came to nothing, and when
// the hub is asked again: after five minutes, then after twice as long each time, up to a
// day; not before told, a time the hub named. A request that the hub has confirmed all the
// same has not failed, and ok is false.
func (s *Store) HubFailed(ctx context.Context, h HubSubscription, asked time.Time, sentence string, told, now time.Time) (again time.Time, ok bool, err error) {
	next := Source{Failures: h.Failures}.Fail(sentence, told, now).NextAt
	ok, err = s.changeHub(ctx, `UPDATE websub SET asked = 0, failures = failures + 1, error = ?3, next_at = ?4 WHERE id = ?1 AND asked = ?2`,
		h.ID, asked.Unix(), sentence, next.Unix())
	return next, ok, err
}

// HubConfirms writes down that the hub tells of news for a time from now on. Asked again
// for a request that was confirmed already it changes nothing. When the subscription is
// not wanted any more, it returns ErrNotFound.
func (s *Store) HubConfirms(ctx context.Context, h HubSubscription, told time.Duration, now time.Time) error {
	told = lease(told)
	ok, err := s.changeHub(ctx, `
		UPDATE websub SET state = 'active',
			lease = CASE WHEN state = 'active' AND asked = 0 THEN lease ELSE ?2 END,
			next_at = CASE WHEN state = 'active' AND asked = 0 THEN next_at ELSE ?3 END,
			asked = 0, failures = 0, error = ''
		WHERE id = ?1 AND state <> 'leaving'`, h.ID, now.Add(told).Unix(), renewal(now, told).Unix())
	if err == nil && !ok {
		return ErrNotFound
	}
	return err
}

// HubDenies writes down that the hub will not tell of news, and why; it is asked again in
// a week.
func (s *Store) HubDenies(ctx context.Context, h HubSubscription, reason string, now time.Time) error {
	_, err := s.changeHub(ctx, `UPDATE websub SET state = 'denied', asked = 0, lease = 0, announced = 0, failures = failures + 1, error = ?2, next_at = ?3
		WHERE id = ?1 AND state <> 'leaving'`, h.ID, reason, now.Add(hubDeniedFor).Unix())
	return err
}

// HubLeft forgets a subscription that was to end. When it is wanted again, it returns
// ErrNotFound.
func (s *Store) HubLeft(ctx context.Context, h HubSubscription) error {
	ok, err := s.changeHub(ctx, `DELETE FROM websub WHERE id = ?1 AND state = 'leaving'`, h.ID)
	if err == nil && !ok {
		return ErrNotFound
	}
	return err
}

// HubAnnounces writes down that the hub told of news.
func (s *Store) HubAnnounces(ctx context.Context, h HubSubscription, now time.Time) error {
	_, err := s.changeHub(ctx, `UPDATE websub SET announced = ?2 WHERE id = ?1 AND announced = 0 AND state <> 'leaving'`, h.ID, now.Unix())
	return err
}

// HasHubs reports whether a source names a hub, or a subscription at one is left.
func (s *Store) HasHubs(ctx context.Context) (has bool, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM source WHERE removed = 0 AND hub <> '') OR EXISTS (SELECT 1 FROM websub)`).Scan(&has)
	})
	return has, err
}

// TakeAnnounced returns the sources to be read now because a hub told of news: each once,
// and none again within ten seconds.
func (s *Store) TakeAnnounced(ctx context.Context, now time.Time) (sources []int64, err error) {
	const due = `announced > 0 AND (read_at < ?1 OR read_at > ?2)` // or the clock was set back
	before := now.Add(-hubReads).Unix()
	waiting := false
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM websub WHERE `+due+`)`, before, now.Unix()).Scan(&waiting)
	})
	if err != nil || !waiting {
		return nil, err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`UPDATE websub SET announced = 0, read_at = ?2 WHERE `+due+` RETURNING source_id`, before, now.Unix())
		if err != nil {
			return err
		}
		sources, err = integers(rows)
		return err
	})
	return sources, err
}

// changeHub runs a statement on one subscription and reports whether it changed it.
func (s *Store) changeHub(ctx context.Context, statement string, args ...any) (ok bool, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec(statement, args...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		ok = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("save what was agreed with a hub: %w", err)
	}
	return ok, nil
}
