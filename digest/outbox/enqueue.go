package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/subscribers/db"
)

// A Posting is an issue ready to be sent.
type Posting struct {
	IssueID int64
	Edition string
	Doubt   string // "resend" or "hold"
	// UsefulUntil is the moment after which nothing is tried again: stale news has no
	// value.
	UsefulUntil time.Time
	// Slot is the moment the issue was due, in the edition's zone: its day decides who
	// wants one a day or a week.
	Slot     time.Time
	Weekdays []time.Weekday // working days; none: Monday to Friday
	// Languages the edition has, as primary subtags. Readers of others get Fallback.
	Languages []string
	Fallback  string
	// Counted says that links of the issue are counted, so that readers who want none are
	// served apart.
	Counted bool
	// Compose makes the message for readers who chose alike, once for each choice. A nil
	// message says that there is nothing for them, and why.
	Compose func(ctx context.Context, c Choice) (m *message.Message, nothing string, err error)
}

// A Choice is what readers share who get the same message.
type Choice struct {
	Language string
	Format   string // "html" or "text"
	// Uncounted readers of an issue whose clicks are counted get links that are not.
	Uncounted bool
	Topics    []string // none: all
	// Since is the last issue they had: they get what came after it. 0: they had none.
	Since int64
}

// Reach is how far back an issue goes for readers who had none in between.
const Reach = 31 * 24 * time.Hour

// chunk is how many recipients one transaction enqueues, so that others can write in
// between and the first mail goes out while the last is still being written down.
const chunk = 10_000

// Enqueue writes down a delivery for every recipient of the edition who is to have this
// issue. It may be called again with the same issue, also after a crash: it goes on where
// it stopped and returns the number of deliveries it added. progress, if not nil, gets the
// number written so far.
func (q *Queue) Enqueue(ctx context.Context, p Posting, now time.Time, progress func(n int)) (added int, err error) {
	if err := q.open(ctx, p, now); err != nil {
		return 0, fmt.Errorf("post issue %d: %w", p.IssueID, err)
	}
	hours, err := q.hours(ctx, p, now)
	if err != nil {
		return 0, fmt.Errorf("enqueue issue %d: %w", p.IssueID, err)
	}
	for complete, composed := false, false; !complete; {
		var n int
		err := q.db.Update(ctx, func(tx *sql.Tx) error {
			n, complete, err = enqueueChunk(tx, p, hours, now)
			return err
		})
		if db.IsNotNull(err) && !composed { // some of these readers chose as nobody before them
			if err := q.composeNext(ctx, p, now); err != nil {
				return added, fmt.Errorf("compose issue %d: %w", p.IssueID, err)
			}
			composed, complete = true, false
			continue
		}
		if err != nil {
			return added, fmt.Errorf("enqueue issue %d: %w", p.IssueID, err)
		}
		composed = false
		added += n
		if progress != nil {
			progress(added)
		}
		q.knock()
	}
	return added, nil
}

// open saves the run.
func (q *Queue) open(ctx context.Context, p Posting, now time.Time) error {
	return q.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`
			INSERT INTO run (issue_id, edition, state, doubt, useful_until, posted_at, day, first_id)
			VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, (SELECT coalesce(max(id), 0) + 1 FROM delivery))
			ON CONFLICT (issue_id) DO NOTHING`, p.IssueID, p.Edition, p.Doubt, p.UsefulUntil.Unix(), now.Unix(), day(p.Slot))
		return err
	})
}

// day numbers the days of a zone from 1970 on.
func day(t time.Time) int64 {
	_, offset := t.Zone()
	return (t.Unix() + int64(offset)) / (24 * 60 * 60)
}

// compose makes the messages that some readers lack. Composing takes time, and nobody
// waits for it with a transaction open.
func (q *Queue) compose(ctx context.Context, p Posting, revision int64, lacking []Choice) error {
	for _, c := range lacking {
		m, nothing, err := p.Compose(ctx, c)
		if err != nil {
			return err
		}
		data := []byte{}
		if m != nil {
			nothing = ""
			if data, err = m.MarshalBinary(); err != nil {
				return err
			}
		} else if nothing == "" {
			nothing = "there is nothing in it for this reader"
		}
		err = q.db.Update(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO message (issue_id, language, format, topics, since, revision, empty, data)
				VALUES (?1, ?2, ?3, ?4, ?5, ?8, ?6, ?7) ON CONFLICT (issue_id, language, format, topics, since, revision) DO NOTHING`,
				p.IssueID, c.Language, c.form(), strings.Join(c.Topics, "\n"), c.Since, nothing, data, revision)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// composeNext makes the messages that readers of the next chunk lack.
func (q *Queue) composeNext(ctx context.Context, p Posting, now time.Time) error {
	var lacking []Choice
	var revision int64
	err := q.db.View(ctx, func(tx *sql.Tx) (err error) {
		if revision, err = revisionOf(tx, p.IssueID); err != nil {
			return err
		}
		_, readers, args, err := nextChunk(tx, p, now)
		if err == nil {
			lacking, err = lackingChoices(tx, p.IssueID, readers, args)
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.compose(ctx, p, revision, lacking)
}

// nextChunk returns the next readers and the last one's ID, 0 when there are none.
func nextChunk(tx *sql.Tx, p Posting, now time.Time) (last int64, readers string, args []any, err error) {
	var cursor int64
	if err := tx.QueryRow(`SELECT cursor FROM run WHERE issue_id = ?1`, p.IssueID).Scan(&cursor); err != nil {
		return 0, "", nil, err
	}
	err = tx.QueryRow(`SELECT coalesce(max(subscriber_id), 0) FROM (SELECT subscriber_id FROM recipient
		WHERE edition = ?1 AND subscriber_id > ?2 ORDER BY subscriber_id LIMIT ?3)`, p.Edition, cursor, chunk).Scan(&last)
	if err != nil {
		return 0, "", nil, err
	}
	readers, args = p.readers(cursor, last, now)
	return last, readers, args, nil
}

// enqueueChunk writes down the next deliveries. It fails with db.IsNotNull where there is
// no message yet for what some of their readers chose.
func enqueueChunk(tx *sql.Tx, p Posting, hours clock, now time.Time) (n int, complete bool, err error) {
	err = tx.QueryRow(`SELECT complete = 1 OR state = 'cancelled' FROM run WHERE issue_id = ?1`, p.IssueID).Scan(&complete)
	if err != nil || complete {
		return 0, complete, err
	}
	last, readers, args, err := nextChunk(tx, p, now)
	if err != nil {
		return 0, false, err
	}
	moved, err := insert(tx, p, readers, args, hours, now)
	if err != nil {
		return 0, false, err
	}
	if err := moved.apply(tx, p.IssueID); err != nil {
		return 0, false, err
	}
	for _, added := range moved {
		n += int(added)
	}
	complete = last == 0
	_, err = tx.Exec(`UPDATE run SET prepared = prepared + ?2, cursor = max(cursor, ?3), complete = ?4 WHERE issue_id = ?1`,
		p.IssueID, n, last, complete)
	return n, complete, err
}
