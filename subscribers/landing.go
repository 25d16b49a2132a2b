package subscribers

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

// landingRows is how many arrivals are taken in with one transaction, and so how many are
// kept in memory. More would be quicker where a million addresses come in no order, since
// each transaction touches most pages of their index; but other writers wait meanwhile.
const landingRows = 20_000

// A landing takes many readers into an edition. It is the one way in for whatever an
// operator brings, so that one rule holds for all of it: who left, bounced or complained is
// never revived.
type landing struct {
	edition  string
	method   Method
	evidence string
	now      time.Time
	dryRun   bool
	importID int64 // 0 until the first batch is in, and always if the method is another

	rows []arrival
	// late are readers whom an earlier arrival brought and a later one takes out. They
	// come after rows.
	late []arrival
}

// An arrival is one reader who is to be taken in, as confirmed or as one who had left.
type arrival struct {
	line int64 // in the operator's file; also gives the order
	NewSubscriber
	key   string // of the address
	state State  // Confirmed or Unsubscribed
	// Unix seconds, 0 where not known.
	created, confirmed, left int64

	// skip says why the reader was not taken in; "" says that they were.
	skip Skip
	// dropped arrivals are not to be inserted: skipped, or done in another way.
	dropped bool
}

// A Skip is why a reader was left as they were.
type Skip string

const (
	SkipSubscribed  Skip = "is subscribed already"
	SkipLeft        Skip = "has unsubscribed from this edition"
	SkipAlreadyLeft Skip = "had already unsubscribed"
	SkipLeftAll     Skip = "has unsubscribed from all editions"
	SkipBounced     Skip = "cannot be delivered to (earlier mail bounced)"
	SkipComplained  Skip = "reported a mail as spam"
	SkipOperator    Skip = "was suppressed by an operator"
	SkipErased      Skip = "asked to be forgotten"
	SkipDuplicate   Skip = "stands further up in this file"
	SkipUnconfirmed Skip = "is not confirmed where the file comes from"
	SkipOther       Skip = "is for another edition"
)

func (r Reason) skip() Skip {
	switch r {
	case ReasonLeft:
		return SkipLeftAll
	case ReasonBounce:
		return SkipBounced
	case ReasonComplaint:
		return SkipComplained
	case ReasonErased:
		return SkipErased
	}
	return SkipOperator
}

// land takes the waiting arrivals in with one transaction, and leaves in each what became
// of it. In a dry run it finds out the same and rolls back.
func (s *Store) land(ctx context.Context, l *landing) error {
	if len(l.rows) == 0 && len(l.late) == 0 {
		return nil
	}
	errDry := errors.New("dry run")
	importID := l.importID
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		if l.method == MethodImport && l.importID == 0 {
			if err := tx.QueryRowContext(ctx, `INSERT INTO import (edition, evidence, at) VALUES (?1, ?2, ?3) RETURNING id`,
				l.edition, l.evidence, l.now.Unix()).Scan(&importID); err != nil {
				return err
			}
		}
		if err := s.landRows(ctx, tx, l, importID); err != nil {
			return err
		}
		for i := range l.late {
			if err := s.landLate(ctx, tx, l, importID, &l.late[i]); err != nil {
				return err
			}
		}
		if l.dryRun {
			return errDry
		}
		return nil
	})
	if errors.Is(err, errDry) {
		return nil
	}
	if err == nil {
		l.importID = importID
	}
	return err
}

// rowEvidence is what each row of consent tells: that of an import stands in its own row.
func (l *landing) rowEvidence() string {
	if l.method == MethodImport {
		return ""
	}
	return l.evidence
}

// decide says what is to become of one arrival. subscribed is the state of its
// subscription of this edition, "" if it has none; suppressed is why the address is
// suppressed, "" if it is not.
func decide(arriving, subscribed State, suppressed Reason) (what decision, why Skip) {
	if arriving == Unsubscribed {
		switch {
		case subscribed == Unsubscribed:
			return decideSkip, SkipAlreadyLeft
		case subscribed != "":
			return decideLeave, ""
		case suppressed != "": // an address that was erased must not come back even so
			return decideSkip, suppressed.skip()
		}
		return decideInsert, ""
	}
	switch {
	case suppressed != "":
		return decideSkip, suppressed.skip()
	case subscribed == "":
		return decideInsert, ""
	case subscribed == Unsubscribed:
		return decideSkip, SkipLeft
	case subscribed == Pending: // the operator's evidence confirms what the reader began
		return decideConfirm, ""
	}
	return decideSkip, SkipSubscribed
}

type decision int

const (
	decideSkip    decision = iota
	decideInsert           // a new subscription
	decideLeave            // end the one there is
	decideConfirm          // confirm the one there is
)

func (s *Store) landRows(ctx context.Context, tx *sql.Tx, l *landing, importID int64) error {
	if len(l.rows) == 0 {
		return nil
	}
	// In the order of the address index the database touches each of its pages once.
	slices.SortFunc(l.rows, func(a, b arrival) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.line, b.line))
	})
	keys := make([]string, len(l.rows))
	for i := range l.rows {
		keys[i] = l.rows[i].key
		if i > 0 && keys[i] == keys[i-1] {
			l.rows[i].skip, l.rows[i].dropped = SkipDuplicate, true
		}
	}
	suppressed, err := s.suppressedAmong(ctx, tx, keys)
	if err != nil {
		return err
	}
	if err := stage(ctx, tx, l.rows); err != nil {
		return err
	}
	if err := decideStaged(ctx, tx, l, importID, suppressed); err != nil {
		return err
	}
	return insertStaged(ctx, tx, l, importID)
}

// stage puts the arrivals into a temporary table, from which a few statements do the rest.
func stage(ctx context.Context, tx *sql.Tx, rows []arrival) error {
	if _, err := tx.ExecContext(ctx, `
		CREATE TEMP TABLE arrival (
			n INTEGER PRIMARY KEY, email TEXT, name TEXT, language TEXT, format TEXT,
			state TEXT, created_at INTEGER, confirmed_at INTEGER, left_at INTEGER)`); err != nil {
		return err
	}
	const columns, most = 9, 100 // rows in one statement
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
		args = append(args, int64(i), a.Address.String(), a.Name, a.Language, string(a.Format), string(a.state), a.created, confirmed, left)
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
	b.WriteString(`INSERT INTO arrival (n, email, name, language, format, state, created_at, confirmed_at, left_at) VALUES `)
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

// change does to a subscription that is there already what was decided.
func change(ctx context.Context, tx *sql.Tx, what decision, subscriptionID int64, l *landing, importID int64, a *arrival) error {
	c := Consent{SubscriptionID: subscriptionID, Method: l.method, Evidence: l.rowEvidence(), Recorded: l.now, ImportID: importID}
	switch what {
	case decideLeave:
		c.At = time.Unix(a.left, 0)
		return leave(ctx, tx, subscriptionID, c)
	case decideConfirm:
		if _, err := tx.ExecContext(ctx, `UPDATE subscription SET state = 'confirmed', confirmed_at = ?2 WHERE id = ?1`, subscriptionID, a.confirmed); err != nil {
			return err
		}
		c.Act, c.At = Give, time.Unix(a.confirmed, 0)
		return insertConsent(ctx, tx, c)
	}
	return nil
}

// insertStaged makes subscribers, subscriptions and consent of what is left staged.
//
// CROSS JOIN makes SQLite go through the few arrivals and look up each, rather than through
// all subscribers: its planner has no figures for a table just made. PostgreSQL reads it as
// an ordinary join.
func insertStaged(ctx context.Context, tx *sql.Tx, l *landing, importID int64) error {
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO subscriber (email, name, language, format, created_at)
		  SELECT email, name, language, format, created_at FROM arrival WHERE true ORDER BY n
		  ON CONFLICT (lower(email)) DO NOTHING`, nil},

		{`INSERT INTO subscription (subscriber_id, edition, state, created_at, confirmed_at, left_at)
		  SELECT s.id, ?1, a.state, a.created_at, a.confirmed_at, a.left_at
		  FROM arrival a CROSS JOIN subscriber s
		  WHERE lower(s.email) = lower(a.email)
		  ORDER BY a.n`, []any{l.edition}},

		{`INSERT INTO consent (subscription_id, act, method, evidence, at, recorded_at, import_id)
		  SELECT n.id, CASE a.state WHEN 'unsubscribed' THEN 'withdraw' ELSE 'give' END, ?2, ?3,
		         CASE a.state WHEN 'unsubscribed' THEN a.left_at ELSE a.confirmed_at END, ?4, ?5
		  FROM arrival a CROSS JOIN subscriber s CROSS JOIN subscription n
		  WHERE lower(s.email) = lower(a.email) AND n.edition = ?1 AND n.subscriber_id = s.id
		  ORDER BY a.n`, []any{l.edition, l.method, l.rowEvidence(), l.now.Unix(), nullID(importID)}},

		{`DROP TABLE arrival`, nil},
	} {
		if _, err := tx.ExecContext(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// landLate ends a subscription that an earlier arrival may have begun.
func (s *Store) landLate(ctx context.Context, tx *sql.Tx, l *landing, importID int64, a *arrival) error {
	var k knownSubscription
	err := tx.QueryRowContext(ctx, `
		SELECT n.id, n.state FROM subscriber s
		JOIN subscription n ON n.subscriber_id = s.id AND n.edition = ?2
		WHERE lower(s.email) = ?1`, a.key, l.edition).Scan(&k.subscriptionID, &k.state)
	if err != nil && err != sql.ErrNoRows {
		return err
	}
	suppressed, err := s.suppressedAmong(ctx, tx, []string{a.key})
	if err != nil {
		return err
	}
	what, why := decide(a.state, k.state, suppressed[a.key])
	a.skip = why
	// Only a dry run comes here with decideInsert: what began it was rolled back.
	return change(ctx, tx, what, k.subscriptionID, l, importID, a)
}
