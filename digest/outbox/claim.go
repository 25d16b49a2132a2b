package outbox

import (
	"database/sql"
	"errors"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// A claim is a delivery that is committed as sending.
type claim struct {
	ID           int64
	IssueID      int64
	MessageID    int64 // of the message, not the header
	Subscription int64
	Subscriber   int64
	Address      string
	Name         string
	DatedAt      int64
	Attempts     int
	Doubts       int // of the attempts, those that may have arrived all the same
	usefulUntil  time.Time
	kind         string // of a letter, "" for an issue
	ref          int64
	expires      time.Time
	from         State     // to which it returns when it is not begun
	domain       *domain   // in which it is counted, nil mostly
	entered      time.Time // it was counted there
}

// An outcome is what became of a claim.
type outcome struct {
	*claim
	reply     relay.Reply
	err       *relay.Error
	state     State         // what it makes of the delivery, once written down
	relay     string        // the name of the one that was asked, "" where it has none
	ending    ending        // what it counts as, once written down
	committed chan struct{} // closed when it is written down

	untouched bool      // it was not begun, and is given back
	again     time.Time // not before then; zero: as it was
	why       string
}

// changes are what a transaction moves, by issue.
type changes map[int64]change

func (m changes) of(issueID int64) change {
	if m[issueID] == nil {
		m[issueID] = change{}
	}
	return m[issueID]
}

func (m changes) apply(tx *sql.Tx) error {
	for issueID, c := range m {
		if err := c.apply(tx, issueID); err != nil {
			return err
		}
	}
	return nil
}

// A runningRun is an issue as the sender works through it.
type runningRun struct {
	issueID     int64
	edition     string
	usefulUntil time.Time
	next        int64     // no delivery that is queued has a lower id
	nextDue     time.Time // of what is deferred, zero for never; as of the last look
}

func runningRuns(tx *sql.Tx) (runs []*runningRun, err error) {
	rows, err := tx.Query(`SELECT issue_id, edition, useful_until, first_id FROM run WHERE state = 'running' ORDER BY issue_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r runningRun
		var until int64
		if err := rows.Scan(&r.issueID, &r.edition, &until, &r.next); err != nil {
			return nil, err
		}
		r.usefulUntil = time.Unix(until, 0)
		runs = append(runs, &r)
	}
	return runs, rows.Err()
}

// Where a parameter stands behind a plus, as in LIMIT +?3, SQLite does not plan for its
// value. It would otherwise parse the statement again each time it is run.

// claimFrom marks up to n deliveries as sending, the oldest issue and the longest due
// first, in the transaction that asks anew whether each reader still wants it. Letters go
// before issues, but leave them half of what there is while they have need of it.
func claimFrom(tx *sql.Tx, runs []*runningRun, n int, moved changes, now time.Time) (claims []*claim, err error) {
	take := func(r *runningRun, most int) error {
		taken, err := claimOf(tx, r, most, moved.of(r.issueID), now)
		claims = append(claims, taken...)
		return err
	}
	var post *runningRun
	for _, r := range runs {
		most := n - len(claims)
		if r.issueID == letters {
			post, most = r, (n+1)/2
		}
		if err := take(r, most); err != nil {
			return nil, err
		}
	}
	if post != nil && len(claims) < n {
		if err := take(post, n-len(claims)); err != nil {
			return nil, err
		}
	}
	return claims, nil
}

// claimOf marks up to n deliveries of one run.
func claimOf(tx *sql.Tx, r *runningRun, n int, moved change, now time.Time) (claims []*claim, err error) {
	if n == 0 {
		return nil, nil
	}
	if r.issueID != letters { // which are deferred from the start, and never queued
		if claims, err = markStretch(tx, r, n, now); err != nil {
			return nil, err
		}
		moved.moveAll(Queued, Sending, len(claims))
	}
	// Readers who left since are passed over: look until there are n or nothing is due.
	for len(claims) < n {
		marked, err := mark(tx, r, n-len(claims), now)
		if err != nil {
			return nil, err
		}
		if len(marked) == 0 {
			break
		}
		kept, err := keepRecipients(tx, r, marked, moved, now)
		if err != nil {
			return nil, err
		}
		claims = append(claims, kept...)
	}
	return claims, nil
}

// keepRecipients returns the marked deliveries that can be sent, and writes down why the
// others cannot.
func keepRecipients(tx *sql.Tx, r *runningRun, marked []*claim, moved change, now time.Time) (kept []*claim, err error) {
	find := address
	if r.issueID == letters {
		find = addressLetters
	}
	if err := find(tx, r, marked); err != nil {
		return nil, err
	}
	for _, c := range marked {
		to, why := Sending, ""
		switch {
		case c.Address == "":
			to, why = Suppressed, "left, or paused, before it was sent"
		case now.After(c.usefulUntil):
			to, why = Refused, "its time was over before it could be sent"
		}
		if to != Sending && c.Doubts > 0 {
			to, why = InDoubt, mayHaveArrived+why
		}
		moved.move(c.from, to)
		if to == Sending {
			kept = append(kept, c)
		} else if err := setState(tx, c.ID, to, why, now); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// mark makes up to n deliveries of a running issue sending: those whose time to be tried
// again has come, and then those that wait for their first attempt, in the order of their
// ids. The date of the first attempt is that of the mail for good.
func mark(tx *sql.Tx, r *runningRun, n int, now time.Time) (marked []*claim, err error) {
	marked, err = markDeferred(tx, r, n, now)
	if err != nil || len(marked) > 0 || r.issueID == letters {
		return marked, err
	}
	return markQueued(tx, r, n, now)
}

func markDeferred(tx *sql.Tx, r *runningRun, n int, now time.Time) ([]*claim, error) {
	marked, err := scanClaims(r, Deferred, func() (*sql.Rows, error) {
		return tx.Query(`SELECT `+claimColumns+` FROM delivery WHERE issue_id = +?1 AND state = 'deferred' AND due_at <= ?2
			AND EXISTS (SELECT 1 FROM run WHERE issue_id = +?1 AND state = 'running') ORDER BY due_at, id LIMIT +?3`, r.issueID, now.Unix(), n)
	})
	if err != nil {
		return nil, err
	}
	for _, c := range marked {
		c.date(now)
		if _, err := tx.Exec(`UPDATE delivery SET state = 'sending', changed_at = ?2, dated_at = ?3 WHERE id = ?1`, c.ID, now.Unix(), c.DatedAt); err != nil {
			return nil, err
		}
	}
	return marked, nil
}

// markQueued marks a stretch of ids: what the query finds is what the update changes,
// since nobody else writes in between.
func markQueued(tx *sql.Tx, r *runningRun, n int, now time.Time) ([]*claim, error) {
	marked, err := scanClaims(r, Queued, func() (*sql.Rows, error) {
		// The plus keeps the search on the ids, where the deliveries of a run stand together.
		return tx.Query(`SELECT `+claimColumns+` FROM delivery WHERE +issue_id = ?1 AND state = 'queued' AND id >= ?2
			AND EXISTS (SELECT 1 FROM run WHERE issue_id = +?1 AND state = 'running') ORDER BY id LIMIT +?3`, r.issueID, r.next, n)
	})
	if err != nil || len(marked) == 0 {
		return nil, err
	}
	for _, c := range marked {
		c.date(now)
	}
	last := marked[len(marked)-1].ID
	_, err = tx.Exec(`UPDATE delivery SET state = 'sending', changed_at = ?4, dated_at = CASE attempts WHEN 0 THEN ?4 ELSE dated_at END
		WHERE id BETWEEN ?2 AND ?3 AND +issue_id = ?1 AND state = 'queued'`, r.issueID, marked[0].ID, last, now.Unix())
	r.next = last + 1
	return marked, err
}

const claimColumns = `id, message_id, subscriber_id, dated_at, attempts, doubts`

func scanClaims(r *runningRun, from State, query func() (*sql.Rows, error)) (claims []*claim, err error) {
	rows, err := query()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := &claim{IssueID: r.issueID, usefulUntil: r.usefulUntil, from: from}
		if err := rows.Scan(&c.ID, &c.MessageID, &c.Subscriber, &c.DatedAt, &c.Attempts, &c.Doubts); err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	return claims, rows.Err()
}

// date gives a mail that was never tried the date of now.
func (c *claim) date(now time.Time) {
	if c.Attempts == 0 {
		c.DatedAt = now.Unix()
	}
}

// address finds out where each delivery goes. What is not found is no recipient any more.
func address(tx *sql.Tx, r *runningRun, claims []*claim) error {
	byID := make(map[int64]*claim, len(claims))
	first, last := claims[0].Subscriber, claims[0].Subscriber
	args := []any{r.edition}
	for _, c := range claims {
		byID[c.Subscriber] = c
		first, last = min(first, c.Subscriber), max(last, c.Subscriber)
		args = append(args, c.Subscriber)
	}
	// CROSS JOIN keeps SQLite from reading the whole view first.
	query := `WITH d (subscriber_id) AS (VALUES ` + placeholders(len(claims), 1, 2) + `)
		SELECT p.subscriber_id, p.subscription_id, p.email, p.name FROM d CROSS JOIN recipient p
		WHERE p.subscriber_id = d.subscriber_id AND p.edition = +?1`
	if last-first < int64(4*len(claims)) { // they stand together: no list is needed
		query = `SELECT subscriber_id, subscription_id, email, name FROM recipient
			WHERE edition = +?1 AND subscriber_id BETWEEN ?2 AND ?3`
		args = []any{r.edition, first, last}
	}
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, subscription int64
		var address, name string
		if err := rows.Scan(&id, &subscription, &address, &name); err != nil {
			return err
		}
		if c := byID[id]; c != nil {
			c.Subscription, c.Address, c.Name = subscription, address, name
		}
	}
	return rows.Err()
}

// soonest returns when the next deferred delivery of an issue is due, the zero time for
// never.
func soonest(tx *sql.Tx, issueID int64) (time.Time, error) {
	var due int64
	err := tx.QueryRow(`SELECT due_at FROM delivery WHERE issue_id = +?1 AND state = 'deferred' ORDER BY due_at LIMIT 1`, issueID).Scan(&due)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return time.Unix(due, 0), err
}

func setState(tx *sql.Tx, id int64, state State, reason string, now time.Time) error {
	_, err := tx.Exec(`UPDATE delivery SET state = ?2, due_at = 0, reason = ?3, changed_at = ?4 WHERE id = ?1`,
		id, string(state), reason, now.Unix())
	return err
}
