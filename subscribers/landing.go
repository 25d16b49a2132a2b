package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// landingRows is how many arrivals are taken in with one transaction, and so how many are
// kept in memory; other writers wait meanwhile.
const landingRows = 10_000

// A landing takes many readers into an edition. It is the one way in for whatever an
// operator brings, so that one rule holds for all of it: who left, bounced or complained is
// never revived.
type landing struct {
	edition  string
	method   Method
	evidence string
	now      time.Time
	dryRun   bool
	file     string // its name, and whose export it is; of an import only
	system   System
	importID int64 // 0 until the first batch is in, and always if the method is another

	rows []arrival
	// late are readers whom an earlier arrival brought and a later one takes out, or, if
	// it is skipped, only suppresses. They come after rows.
	late []arrival
}

// An arrival is one reader who is to be taken in, as confirmed or as one who had left.
type arrival struct {
	line int64 // in the operator's file; also gives the order
	NewSubscriber
	key       string // of the address
	state     State  // Confirmed or Unsubscribed
	topics    string // one on a line; "" for all
	frequency Frequency
	// suppress says that the address must not be written to any more, and why; "" for most.
	suppress Reason
	// Unix seconds, 0 where not known.
	created, confirmed, left int64

	// skip says why the reader was not taken in; "" says that they were.
	skip Skip
	// dropped arrivals are not to be inserted: skipped, or done in another way.
	dropped bool
	// suppressed says that suppress was news.
	suppressed bool
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
	SkipInactive    Skip = "is inactive where the file comes from: opened nothing for long"
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
	err := s.db.Update(ctx, func(tx *sql.Tx) (err error) {
		if l.method == MethodImport && l.importID == 0 {
			if err = tx.QueryRowContext(ctx, `INSERT INTO import (edition, evidence, at, file, system) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id`,
				l.edition, l.evidence, l.now.Unix(), l.file, l.system).Scan(&importID); err != nil {
				return err
			}
		}
		suppressed, err := s.landRows(ctx, tx, l, importID)
		if err != nil {
			return err
		}
		for i := range l.late {
			if err := s.landLate(ctx, tx, l, importID, &l.late[i], suppressed); err != nil {
				return err
			}
		}
		for _, arrivals := range [][]arrival{l.rows, l.late} {
			for i := range arrivals {
				if err := s.suppressArrival(ctx, tx, l, importID, &arrivals[i], suppressed); err != nil {
					return err
				}
			}
		}
		if l.dryRun {
			return errDry
		}
		return l.count(ctx, tx, importID)
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

// count keeps in the import's row what it has done so far.
func (l *landing) count(ctx context.Context, tx *sql.Tx, importID int64) error {
	if importID == 0 {
		return nil
	}
	var added, left int64
	for _, arrivals := range [][]arrival{l.rows, l.late} {
		for i := range arrivals {
			switch a := &arrivals[i]; {
			case a.skip != "":
			case a.state == Unsubscribed:
				left++
			default:
				added++
			}
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE import SET added = added + ?2, unsubscribed = unsubscribed + ?3 WHERE id = ?1`, importID, added, left)
	return err
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

// change does to a subscription that is there already what was decided.
func change(ctx context.Context, tx *sql.Tx, what decision, subscriptionID int64, l *landing, importID int64, a *arrival) error {
	if what != decideLeave && what != decideConfirm {
		return nil
	}
	if err := keepForUndo(ctx, tx, subscriptionID, importID); err != nil {
		return err
	}
	c := Consent{SubscriptionID: subscriptionID, Method: l.method, Evidence: l.rowEvidence(), Recorded: l.now, ImportID: importID}
	if what == decideLeave {
		c.At = time.Unix(a.left, 0)
		return leave(ctx, tx, subscriptionID, c)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE subscription SET state = 'confirmed', confirmed_at = ?2, since = ?3 WHERE id = ?1`,
		subscriptionID, a.confirmed, l.now.Unix()); err != nil {
		return err
	}
	c.Act, c.At = Give, time.Unix(a.confirmed, 0)
	return insertConsent(ctx, tx, c)
}

// keepForUndo writes down what a subscription is before an import changes it, unless the
// same import brought it.
func keepForUndo(ctx context.Context, tx *sql.Tx, subscriptionID, importID int64) error {
	if importID == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO import_change (subscription_id, import_id, state, paused_until, confirmed_at, left_at, since)
		SELECT n.id, ?2, n.state, n.paused_until, n.confirmed_at, n.left_at, n.since
		FROM subscription n
		WHERE n.id = ?1 AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.subscription_id = n.id AND c.import_id = ?2)
		ON CONFLICT (subscription_id, import_id) DO NOTHING`, subscriptionID, importID)
	return err
}

// landLate ends a subscription that an earlier arrival may have begun.
func (s *Store) landLate(ctx context.Context, tx *sql.Tx, l *landing, importID int64, a *arrival, suppressed map[string]Reason) error {
	if a.skip != "" {
		return nil
	}
	var k knownSubscription
	err := tx.QueryRowContext(ctx, `
		SELECT n.id, n.state FROM subscriber s
		JOIN subscription n ON n.subscriber_id = s.id AND n.edition = ?2
		WHERE lower(s.email) = ?1`, a.key, l.edition).Scan(&k.subscriptionID, &k.state)
	if err != nil && err != sql.ErrNoRows {
		return err
	}
	what, why := decide(a.state, k.state, suppressed[a.key])
	a.skip = why
	// Only a dry run comes here with decideInsert: what began it was rolled back.
	return change(ctx, tx, what, k.subscriptionID, l, importID, a)
}

// suppressArrival suppresses an address of which the file says that it bounced or
// complained, whatever became of its subscription.
func (s *Store) suppressArrival(ctx context.Context, tx *sql.Tx, l *landing, importID int64, a *arrival, suppressed map[string]Reason) error {
	if a.suppress == "" || suppressed[a.key] == ReasonErased {
		return nil
	}
	known, err := s.suppressionsOf(ctx, tx, a.Address)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Reason == a.suppress {
			return nil
		}
	}
	at := l.now
	if a.left != 0 {
		at = time.Unix(a.left, 0)
	}
	if err := s.suppress(ctx, tx, a.Address, a.suppress, fmt.Sprintf("Said by import %d.", importID), at); err != nil {
		return err
	}
	a.suppressed = true
	if importID != 0 {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO import_suppression (import_id, hash, reason, subscriber_id)
			VALUES (?1, ?2, ?3, (SELECT id FROM subscriber WHERE lower(email) = ?4))
			ON CONFLICT (import_id, hash, reason) DO NOTHING`,
			importID, s.keys.rings[0].addressHash(a.key), a.suppress, a.key); err != nil {
			return err
		}
	}
	if a.suppress != ReasonComplaint {
		return nil
	}
	ids, err := queryIDs(ctx, tx, `
		SELECT n.id FROM subscriber s JOIN subscription n ON n.subscriber_id = s.id
		WHERE lower(s.email) = ?1 AND n.state <> 'unsubscribed' ORDER BY n.id`, a.key)
	if err != nil {
		return err
	}
	for _, id := range ids { // a complaint ends all subscriptions (B8)
		if err := keepForUndo(ctx, tx, id, importID); err != nil {
			return err
		}
		if err := leave(ctx, tx, id, Consent{Method: l.method, Evidence: l.rowEvidence(), At: at, Recorded: l.now, ImportID: importID}); err != nil {
			return err
		}
	}
	return nil
}
