package outbox

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// A Letter is a single mail to one reader, such as the one that asks to confirm. It goes
// through the same ledger and sender as an issue, before all issues.
type Letter struct {
	Kind    string
	Ref     int64 // what it is about: the row of addressee with this kind and ref
	Message *message.Message

	// Brings is an issue that the letter has in it, 0 for none, so that Subscriber does
	// not get it again. Where they have it already, Plain goes in the letter's place.
	Brings     int64
	Subscriber int64
	Plain      *message.Message
}

// letters is the run that all letters belong to.
const letters int64 = -1

// letterLife is how long a letter is tried.
const letterLife = 3 * 24 * time.Hour

// PutLetters writes letters down to be sent. One that was put before, by its kind and
// ref, is not put again.
func (q *Queue) PutLetters(ctx context.Context, batch []Letter, now time.Time) error {
	defer q.knock()
	return q.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO run (issue_id, edition, state, doubt, useful_until, posted_at)
			VALUES (?1, '', 'running', 'resend', ?2, ?3) ON CONFLICT (issue_id) DO NOTHING`, letters, now.AddDate(1000, 0, 0).Unix(), now.Unix())
		if err != nil {
			return err
		}
		messages := map[*message.Message]int64{}
		for _, l := range batch {
			if err := putLetter(tx, l, messages, now); err != nil {
				return fmt.Errorf("put letter %s %d: %w", l.Kind, l.Ref, err)
			}
		}
		return nil
	})
}

func putLetter(tx *sql.Tx, l Letter, messages map[*message.Message]int64, now time.Time) error {
	var id int64
	err := tx.QueryRow(`INSERT INTO letter (kind, ref, at) VALUES (?1, ?2, ?3) ON CONFLICT (kind, ref) DO NOTHING RETURNING id`,
		l.Kind, l.Ref, now.Unix()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	m := l.Message
	if l.Brings > 0 {
		brought, err := bring(tx, l, now)
		if err != nil {
			return err
		}
		if !brought {
			m = l.Plain
		}
	}
	messageID, err := letterMessage(tx, m, messages)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO delivery (issue_id, subscriber_id, message_id, state, due_at, reason, dated_at, changed_at)
		VALUES (?1, ?2, ?3, 'deferred', ?4, 'not tried yet', ?4, ?4)`, letters, id, messageID, now.Unix())
	if err != nil {
		return err
	}
	if err := (change{Deferred: 1}).apply(tx, letters); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE run SET prepared = prepared + 1 WHERE issue_id = ?1`, letters)
	return err
}

// letterMessage saves a message once for all letters that have its bytes.
func letterMessage(tx *sql.Tx, m *message.Message, known map[*message.Message]int64) (id int64, err error) {
	if id := known[m]; id > 0 {
		return id, nil
	}
	data, err := m.MarshalBinary()
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(data)
	// The update that changes nothing makes RETURNING give the row that is there.
	err = tx.QueryRow(`INSERT INTO message (issue_id, language, format, topics, since, data) VALUES (?1, '', ?2, '', 0, ?3)
		ON CONFLICT (issue_id, language, format, topics, since, revision) DO UPDATE SET empty = '' RETURNING id`,
		letters, hex.EncodeToString(sum[:]), data).Scan(&id)
	known[m] = id
	return id, err
}

// bring takes note that a reader gets an issue with a letter. It reports false where they
// have a delivery of it already, or where it was never posted.
func bring(tx *sql.Tx, l Letter, now time.Time) (bool, error) {
	res, err := tx.Exec(`INSERT INTO delivery (issue_id, subscriber_id, state, reason, dated_at, changed_at)
		SELECT issue_id, ?2, 'cancelled', 'it came with the welcome mail', ?3, ?3 FROM run WHERE issue_id = ?1 AND state <> 'cancelled'
		ON CONFLICT (issue_id, subscriber_id) DO NOTHING`, l.Brings, l.Subscriber, now.Unix())
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if err := (change{Cancelled: 1}).apply(tx, l.Brings); err != nil {
		return false, err
	}
	_, err = tx.Exec(`UPDATE run SET prepared = prepared + 1 WHERE issue_id = ?1`, l.Brings)
	return true, err
}

// addressLetters finds out where each letter goes, as package subscribers says now. One
// that is no longer wanted has no row there.
func addressLetters(tx *sql.Tx, _ *runningRun, claims []*claim) error {
	byID := make(map[int64]*claim, len(claims))
	args := []any{}
	for _, c := range claims {
		byID[c.Subscriber] = c // a letter's id, until we know better
		args = append(args, c.Subscriber)
	}
	return each(tx, `WITH d (id) AS (VALUES `+placeholders(len(claims), 1, 1)+`)
		SELECT l.id, l.kind, l.ref, l.at, a.expires_at, a.subscription_id, a.subscriber_id, a.email, a.name
		FROM d CROSS JOIN letter l CROSS JOIN addressee a WHERE l.id = d.id AND a.kind = l.kind AND a.ref = l.ref`, args, func(rows *sql.Rows) error {
		var id, at, expires, subscription, subscriber int64
		var kind, address, name string
		var ref int64
		if err := rows.Scan(&id, &kind, &ref, &at, &expires, &subscription, &subscriber, &address, &name); err != nil {
			return err
		}
		c := byID[id]
		c.Subscription, c.Subscriber, c.Address, c.Name = subscription, subscriber, address, name
		c.kind, c.ref, c.expires, c.usefulUntil = kind, ref, time.Unix(expires, 0), time.Unix(at, 0).Add(letterLife)
		return nil
	})
}

// resumeLetters lets letters go on that a fault of the configuration stopped: there is no
// editor who waits for them.
func (q *Queue) resumeLetters(ctx context.Context) error {
	return q.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE run SET state = 'running', reason = '' WHERE issue_id = ?1 AND state IN ('stopped', 'paused')`, letters)
		return err
	})
}

// ofLetter is what the verdict means for a letter: no editor waits to resume it after a
// stop, and what an issue would try again at once it tries again soon.
func (v verdict) ofLetter(now time.Time) verdict {
	switch {
	case v.Stop:
		return verdict{State: Deferred, Due: now.Add(waits[0])}
	case v.State == Queued:
		v.State, v.Due = Deferred, now.Add(soon)
	}
	return v
}

// soon is when a letter is tried again that no relay could be found for.
const soon = 15 * time.Second
