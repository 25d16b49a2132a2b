package subscribers

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// landRows takes in the arrivals that begin a subscription or stand alone. It returns which
// addresses among all arrivals are suppressed.
func (s *Store) landRows(ctx context.Context, tx *sql.Tx, l *landing, importID int64) (map[string]Reason, error) {
	// In the order of the address index the database touches each of its pages once.
	slices.SortFunc(l.rows, func(a, b arrival) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.line, b.line))
	})
	keys := make([]string, len(l.rows), len(l.rows)+len(l.late))
	for i := range l.rows {
		keys[i] = l.rows[i].key
		if i > 0 && keys[i] == keys[i-1] {
			l.rows[i].skip, l.rows[i].dropped = SkipDuplicate, true
		}
	}
	for i := range l.late {
		keys = append(keys, l.late[i].key)
	}
	suppressed, err := s.suppressedAmong(ctx, tx, keys)
	if err != nil || len(l.rows) == 0 {
		return suppressed, err
	}
	if err := stage(ctx, tx, l.rows); err != nil {
		return nil, err
	}
	if err := decideStaged(ctx, tx, l, importID, suppressed); err != nil {
		return nil, err
	}
	return suppressed, insertStaged(ctx, tx, l, importID)
}

// stage puts the arrivals into a temporary table, from which a few statements do the rest.
func stage(ctx context.Context, tx *sql.Tx, rows []arrival) error {
	if _, err := tx.ExecContext(ctx, `
		CREATE TEMP TABLE arrival (
			n INTEGER PRIMARY KEY, email TEXT, name TEXT, language TEXT, format TEXT, state TEXT,
			topics TEXT, frequency TEXT, created_at INTEGER, confirmed_at INTEGER, left_at INTEGER)`); err != nil {
		return err
	}
	const columns, most = 11, 100 // rows in one statement
	var full *sql.Stmt
	args := make([]any, 0, columns*most)
	flush := func() (err error) {
		n := len(args) / columns
		defer func() { args = args[:0] }()
		switch {
		case n == 0:
			return nil
		case n < most:
			_, err = tx.ExecContext(ctx, stageStatement(columns, n), args...)
			return err
		case full == nil:
			if full, err = tx.PrepareContext(ctx, stageStatement(columns, most)); err != nil {
				return err
			}
		}
		_, err = full.ExecContext(ctx, args...)
		return err
	}
	for i := range rows {
		a := &rows[i]
		if a.dropped {
			continue
		}
		var confirmed, left any
		if a.confirmed != 0 {
			confirmed = a.confirmed
		}
		if a.left != 0 {
			left = a.left
		}
		args = append(args, int64(i), a.Address.String(), a.Name, a.Language, string(a.Format), string(a.state),
			a.topics, string(cmp.Or(a.frequency, Each)), a.created, confirmed, left)
		if len(args) == cap(args) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	err := flush()
	if full != nil {
		full.Close()
	}
	return err
}

func stageStatement(columns, rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO arrival (n, email, name, language, format, state, topics, frequency, created_at, confirmed_at, left_at) VALUES `)
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + placeholders(1+i*columns, columns) + ")")
	}
	return b.String()
}

// decideStaged takes out of the staged arrivals those that are not to be inserted.
func decideStaged(ctx context.Context, tx *sql.Tx, l *landing, importID int64, suppressed map[string]Reason) error {
	known, err := knownAmongStaged(ctx, tx, l.edition)
	if err != nil {
		return err
	}
	remove, err := tx.PrepareContext(ctx, `DELETE FROM arrival WHERE n = ?1`)
	if err != nil {
		return err
	}
	defer remove.Close()
	for i := range l.rows {
		a := &l.rows[i]
		k, isKnown := known[int64(i)]
		reason := suppressed[a.key]
		if a.dropped || (!isKnown && reason == "") {
			continue
		}
		if !isKnown && a.state == Unsubscribed {
			// Who was silenced and is here again, perhaps with a sign-up that waits, has their
			// "no" written down: it goes with them to another address.
			var here bool
			if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM subscriber WHERE lower(email) = ?1)`, a.key).Scan(&here); err != nil {
				return err
			}
			if here {
				continue
			}
		}
		what, why := decide(a.state, k.state, reason)
		if what == decideInsert {
			continue
		}
		if _, err := remove.ExecContext(ctx, int64(i)); err != nil {
			return err
		}
		a.dropped, a.skip = true, why
		if err := change(ctx, tx, what, k.subscriptionID, l, importID, a); err != nil {
			return err
		}
	}
	return nil
}

type knownSubscription struct {
	subscriptionID int64
	state          State
}

func knownAmongStaged(ctx context.Context, tx *sql.Tx, edition string) (map[int64]knownSubscription, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT a.n, n.id, n.state
		FROM arrival a CROSS JOIN subscriber s CROSS JOIN subscription n
		WHERE lower(s.email) = lower(a.email) AND n.edition = ?1 AND n.subscriber_id = s.id`, edition)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[int64]knownSubscription{}
	for rows.Next() {
		var n int64
		var k knownSubscription
		if err := rows.Scan(&n, &k.subscriptionID, &k.state); err != nil {
			return nil, err
		}
		known[n] = k
	}
	return known, rows.Err()
}

// insertStaged makes subscribers, subscriptions and consent of what is left staged.
//
// CROSS JOIN makes SQLite go through the few arrivals and look up each, rather than through
// all subscribers: its planner has no figures for a table just made. PostgreSQL reads it as
// an ordinary join.
func insertStaged(ctx context.Context, tx *sql.Tx, l *landing, importID int64) error {
	subscriber, subscription, err := lastIDs(ctx, tx)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO subscriber (email, name, language, format, created_at)
		  SELECT email, name, language, format, created_at FROM arrival WHERE true ORDER BY n
		  ON CONFLICT (lower(email)) DO NOTHING`, nil},

		// Nothing older than the import is owed to anybody, however long they were readers
		// elsewhere.
		{`INSERT INTO subscription (subscriber_id, edition, state, created_at, confirmed_at, left_at, topics, frequency, since)
		  SELECT s.id, ?1, a.state, a.created_at, a.confirmed_at, a.left_at, a.topics, a.frequency,
		         CASE WHEN a.state = 'confirmed' AND a.confirmed_at < ?2 THEN ?2 END
		  FROM arrival a CROSS JOIN subscriber s
		  WHERE lower(s.email) = lower(a.email)
		  ORDER BY a.n`, []any{l.edition, l.now.Unix()}},

		// What has a higher id than all before is what the last step made.
		{`INSERT INTO consent (subscription_id, act, method, evidence, at, recorded_at, import_id)
		  SELECT id, CASE state WHEN 'unsubscribed' THEN 'withdraw' ELSE 'give' END, ?2, ?3,
		         CASE state WHEN 'unsubscribed' THEN left_at ELSE confirmed_at END, ?4, ?5
		  FROM subscription WHERE id > ?1 ORDER BY id`,
			[]any{subscription, l.method, l.rowEvidence(), l.now.Unix(), nullID(importID)}},

		{`INSERT INTO choice_change (subscription_id, at, topics, frequency, weekday, hour, zone)
		  SELECT id, ?2, topics, frequency, weekday, hour, zone
		  FROM subscription WHERE id > ?1 AND (topics <> '' OR frequency <> 'each') ORDER BY id`,
			[]any{subscription, l.now.Unix()}},

		{`DROP TABLE arrival`, nil},
	} {
		if _, err := tx.ExecContext(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	if importID == 0 {
		return nil
	}
	lastSubscriber, lastSubscription, err := lastIDs(ctx, tx)
	if err != nil || lastSubscription == subscription { // then there is no new subscriber either
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO import_part (import_id, first_subscriber, last_subscriber, first_subscription, last_subscription)
		VALUES (?1, ?2, ?3, ?4, ?5)`, importID, subscriber+1, lastSubscriber, subscription+1, lastSubscription)
	return err
}

// lastIDs returns the highest ids there are.
func lastIDs(ctx context.Context, tx *sql.Tx) (subscriber, subscription int64, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT coalesce((SELECT max(id) FROM subscriber), 0), coalesce((SELECT max(id) FROM subscription), 0)`).Scan(&subscriber, &subscription)
	return subscriber, subscription, err
}
