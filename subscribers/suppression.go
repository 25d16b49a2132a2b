package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Suppression says why an address must not be written to. It is kept under a keyed hash
// of the address, apart from the subscriber, and outlives them (B11).
type Suppression struct {
	Reason Reason    `json:"reason"`
	At     time.Time `json:"at"`
	Detail string    `json:"detail,omitempty"` // for operators: a server's reply, a note
}

// A Reason is why an address is suppressed. An address can have several.
type Reason string

const (
	ReasonLeft      Reason = "left"      // unsubscribed from everything; their own act undoes it
	ReasonBounce    Reason = "bounce"    // cannot be delivered to
	ReasonComplaint Reason = "complaint" // reported a mail as spam (B8)
	ReasonOperator  Reason = "operator"  // an operator's decision
	ReasonErased    Reason = "erased"    // asked to be forgotten
)

// Suppress keeps everything from being sent to an address, known or not, and keeps an
// import from adding it. Asked again with the same reason it changes nothing. A complaint
// also ends all subscriptions (B8).
func (s *Store) Suppress(ctx context.Context, a Address, reason Reason, detail string, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		if err := s.suppress(ctx, tx, a, reason, detail, now); err != nil {
			return err
		}
		id, err := subscriberWith(ctx, tx, a)
		if err != nil || id == 0 {
			return err
		}
		return silence(ctx, tx, id, reason, now)
	})
	if err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return nil
}

// silence does to a subscriber what a reason calls for. A sign-up that was made before a
// complaint does not count after it.
func silence(ctx context.Context, tx *sql.Tx, subscriberID int64, reason Reason, now time.Time) error {
	switch reason {
	case ReasonComplaint:
		if err := leaveAll(ctx, tx, subscriberID, MethodComplaint, now); err != nil {
			return err
		}
		return voidSignups(ctx, tx, subscriberID)
	case ReasonOperator:
		return voidSignups(ctx, tx, subscriberID)
	case ReasonBounce: // the letter to confirm may still get through, but not twice
		_, err := tx.ExecContext(ctx, `
			DELETE FROM due_letter WHERE subscriber_id = ?1 AND kind = 'remind' AND handed_at IS NULL`, subscriberID)
		return err
	}
	return nil
}

func (s *Store) suppress(ctx context.Context, tx *sql.Tx, a Address, reason Reason, detail string, now time.Time) error {
	// Asked first under all secrets: the row may have been written before a change of secret.
	known, err := s.suppressionsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.Reason == reason {
			return nil
		}
	}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO suppression (hash, reason, at, detail) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (hash, reason) DO NOTHING`,
		s.keys.rings[0].addressHash(a.Key()), reason, now.Unix(), redact(detail, a)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE subscriber SET suppressed = 1, barred = CASE ?2 WHEN 'operator' THEN 1 ELSE barred END
		WHERE lower(email) = ?1`, a.Key(), reason)
	return err
}

// redact takes an address out of a text that is kept beside its hash: servers quote it.
func redact(text string, a Address) string {
	text = strings.ToValidUTF8(text, "?")
	var b strings.Builder
	for {
		i := strings.Index(lowerASCII(text), a.Key())
		if i < 0 {
			return b.String() + text
		}
		b.WriteString(text[:i] + "…")
		text = text[i+len(a.Key()):]
	}
}

// lift takes one reason away and lets the address be written to if it was the last.
func (s *Store) lift(ctx context.Context, tx *sql.Tx, a Address, reason Reason) error {
	for _, hash := range s.keys.addressHashes(a.Key()) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM suppression WHERE hash = ?1 AND reason = ?2`, hash, reason); err != nil {
			return err
		}
	}
	left, err := s.suppressionsOf(ctx, tx, a)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE subscriber SET suppressed = ?2, barred = ?3 WHERE lower(email) = ?1`,
		a.Key(), len(left) > 0, has(left, ReasonOperator))
	return err
}

// Suppressions returns why an address is suppressed; none if it is not.
func (s *Store) Suppressions(ctx context.Context, a Address) (found []Suppression, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		found, err = s.suppressionsOf(ctx, tx, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read suppressions: %w", err)
	}
	return found, nil
}

func (s *Store) suppressionsOf(ctx context.Context, tx *sql.Tx, a Address) ([]Suppression, error) {
	var found []Suppression
	for _, hash := range s.keys.addressHashes(a.Key()) {
		rows, err := tx.QueryContext(ctx, `SELECT reason, at, detail FROM suppression WHERE hash = ?1 ORDER BY at, reason`, hash)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var p Suppression
			var at int64
			if err := rows.Scan(&p.Reason, &at, &p.Detail); err != nil {
				rows.Close()
				return nil, err
			}
			p.At = unixTime(at)
			found = append(found, p)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// suppressedAmong returns which of the keys are suppressed, and one reason for each. It
// asks for many at once, because an import asks for a million.
func (s *Store) suppressedAmong(ctx context.Context, tx *sql.Tx, keys []string) (map[string]Reason, error) {
	var some bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM suppression)`).Scan(&some); err != nil || !some {
		return nil, err
	}
	const most = 500 // in one statement
	found := make(map[string]Reason)
	for len(keys) > 0 {
		part := keys[:min(most, len(keys))]
		keys = keys[len(part):]
		byHash := make(map[string]string, len(part)*len(s.keys.rings))
		args := make([]any, 0, len(part)*len(s.keys.rings))
		for _, key := range part {
			for _, hash := range s.keys.addressHashes(key) {
				byHash[hash] = key
				args = append(args, hash)
			}
		}
		// The worst reason is the last one read and stays in the map.
		rows, err := tx.QueryContext(ctx, `
			SELECT hash, reason FROM suppression WHERE hash IN (`+placeholders(1, len(args))+`)
			ORDER BY CASE reason WHEN 'left' THEN 1 WHEN 'operator' THEN 2 WHEN 'bounce' THEN 3 WHEN 'complaint' THEN 4 ELSE 5 END`, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var hash string
			var reason Reason
			if err := rows.Scan(&hash, &reason); err != nil {
				rows.Close()
				return nil, err
			}
			found[byHash[hash]] = reason
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// placeholders returns "?1, ?2, ?3" for n values of which the first has number first.
func placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('?')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}
