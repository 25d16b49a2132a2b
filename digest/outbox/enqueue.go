package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

// A Posting is an issue ready to be sent.
type Posting struct {
	IssueID int64
	Edition string
	Doubt   string // "resend" or "hold"
	// UsefulUntil is the moment after which nothing is tried again: stale news has no
	// value.
	UsefulUntil time.Time
	Messages    []Variant // the first that has a message is for readers of other languages
}

// A Variant is the message for readers of a language; nil where the issue has nothing
// for them.
type Variant struct {
	Language string
	Message  *message.Message
}

// chunk is how many recipients one transaction enqueues, so that others can write in
// between and the first mail goes out while the last is still being written down.
const chunk = 50_000

// Enqueue writes down a delivery for every recipient of the edition. It may be called
// again with the same issue, also after a crash: it goes on where it stopped and returns
// the number of deliveries it added. progress, if not nil, gets the number written so far.
func (q *Queue) Enqueue(ctx context.Context, p Posting, now time.Time, progress func(n int)) (added int, err error) {
	if err := q.open(ctx, p, now); err != nil {
		return 0, fmt.Errorf("post issue %d: %w", p.IssueID, err)
	}
	for complete := false; !complete; {
		var n int
		err := q.db.Update(ctx, func(tx *sql.Tx) error {
			n, complete, err = enqueueChunk(tx, p, now)
			return err
		})
		if err != nil {
			return added, fmt.Errorf("enqueue issue %d: %w", p.IssueID, err)
		}
		added += n
		if progress != nil {
			progress(added)
		}
		q.knock()
	}
	return added, nil
}

// open saves the run and its messages.
func (q *Queue) open(ctx context.Context, p Posting, now time.Time) error {
	if p.fallback() == "" {
		return errors.New("there is no message in it")
	}
	return q.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`
			INSERT INTO run (issue_id, edition, state, doubt, useful_until, posted_at, first_id)
			VALUES (?1, ?2, 'running', ?3, ?4, ?5, (SELECT coalesce(max(id), 0) + 1 FROM delivery))
			ON CONFLICT (issue_id) DO NOTHING`, p.IssueID, p.Edition, p.Doubt, p.UsefulUntil.Unix(), now.Unix())
		if err != nil {
			return err
		}
		for _, v := range p.Messages {
			if v.Message == nil {
				continue
			}
			data, err := v.Message.MarshalBinary()
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO message (issue_id, language, data) VALUES (?1, ?2, ?3)
				ON CONFLICT (issue_id, language) DO NOTHING`, p.IssueID, v.Language, data)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (p Posting) fallback() string {
	for _, v := range p.Messages {
		if v.Message != nil {
			return v.Language
		}
	}
	return ""
}

// enqueueChunk writes down the next deliveries.
func enqueueChunk(tx *sql.Tx, p Posting, now time.Time) (n int, complete bool, err error) {
	var cursor, last int64
	err = tx.QueryRow(`SELECT cursor, complete = 1 OR state = 'cancelled' FROM run WHERE issue_id = ?1`, p.IssueID).Scan(&cursor, &complete)
	if err != nil || complete {
		return 0, complete, err
	}
	choose, args, err := p.choose(tx)
	if err != nil {
		return 0, false, err
	}
	// The recipients of the chunk, each with the message for their language.
	err = tx.QueryRow(`SELECT coalesce(max(subscriber_id), 0) FROM (SELECT subscriber_id FROM recipient
		WHERE edition = ?1 AND subscriber_id > ?2 ORDER BY subscriber_id LIMIT ?3)`, p.Edition, cursor, chunk).Scan(&last)
	if err != nil {
		return 0, false, err
	}
	args = append([]any{p.IssueID, p.Edition, cursor, last, now.Unix()}, args...)
	res, err := tx.Exec(`
		INSERT INTO delivery (issue_id, subscriber_id, message_id, state, reason, dated_at, changed_at)
		SELECT ?1, c.subscriber_id, c.message_id,
			CASE WHEN c.message_id IS NULL THEN 'cancelled' ELSE 'queued' END,
			CASE WHEN c.message_id IS NULL THEN 'no stories in the reader''s language' ELSE '' END, ?5, ?5
		FROM (SELECT subscriber_id, `+choose+` AS message_id FROM recipient
			WHERE edition = ?2 AND subscriber_id > ?3 AND subscriber_id <= ?4 ORDER BY subscriber_id) AS c
		WHERE true ON CONFLICT (issue_id, subscriber_id) DO NOTHING`, args...)
	if err != nil {
		return 0, false, err
	}
	added, err := res.RowsAffected()
	if err != nil {
		return 0, false, err
	}
	var without int64
	err = tx.QueryRow(`SELECT count(*) FROM delivery WHERE issue_id = ?1 AND subscriber_id > ?2 AND subscriber_id <= ?3
		AND message_id IS NULL`, p.IssueID, cursor, last).Scan(&without)
	if err != nil {
		return 0, false, err
	}
	if err := (change{Queued: added - without, Cancelled: without}).apply(tx, p.IssueID); err != nil {
		return 0, false, err
	}
	n = int(added)
	complete = last == 0
	_, err = tx.Exec(`UPDATE run SET prepared = prepared + ?2, cursor = max(cursor, ?3), complete = ?4 WHERE issue_id = ?1`,
		p.IssueID, n, last, complete)
	return n, complete, err
}

// choose returns the SQL expression for the message of a recipient. The languages it
// compares with come from the edition, and are parameters all the same.
func (p Posting) choose(tx *sql.Tx) (expression string, args []any, err error) {
	var b strings.Builder
	b.WriteString("CASE")
	for _, v := range p.Messages {
		args = append(args, v.Language, v.Language+"-%")
		fmt.Fprintf(&b, " WHEN language = ?%d OR language LIKE ?%d THEN ", 4+len(args), 5+len(args))
		if v.Message == nil {
			b.WriteString("NULL")
			continue
		}
		id, err := messageID(tx, p.IssueID, v.Language)
		if err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&b, "%d", id)
	}
	id, err := messageID(tx, p.IssueID, p.fallback())
	if err != nil {
		return "", nil, err
	}
	fmt.Fprintf(&b, " ELSE %d END", id)
	return b.String(), args, nil
}

func messageID(tx *sql.Tx, issueID int64, language string) (id int64, err error) {
	err = tx.QueryRow(`SELECT id FROM message WHERE issue_id = ?1 AND language = ?2`, issueID, language).Scan(&id)
	return id, err
}
