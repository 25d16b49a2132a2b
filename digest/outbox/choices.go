package outbox

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The ledger has a row for each reader and issue, and none for each reader and story: what
// a reader has had of an edition is the last issue of which they have a delivery. Who had
// none for a week, because they chose so or were away, gets a message with everything
// since. A story is in one issue of an edition only, so it reaches nobody twice.
//
// An issue counts as had once there is a delivery, unless that ended without the mail
// leaving: it was refused, or the reader was away by then.

// readers returns the SELECT of the readers in a stretch of ids who are to have the issue,
// with what they chose, and its parameters from ?1 on.
func (p Posting) readers(cursor, last int64, now time.Time) (query string, args []any) {
	args = []any{p.IssueID, p.Edition, cursor, last, now.Add(-Reach).Unix(), day(p.Slot), p.worked(), p.Fallback}
	language := strings.Builder{}
	language.WriteString("CASE")
	for _, l := range p.Languages {
		args = append(args, l, l+"-%")
		fmt.Fprintf(&language, " WHEN r.language = ?%d OR r.language LIKE ?%d THEN ?%d", len(args)-1, len(args), len(args)-1)
	}
	language.WriteString(" ELSE ?8 END")
	if len(p.Languages) == 0 {
		language.Reset()
		language.WriteString("?8")
	}
	// Day 0 was a Thursday, so that a week that begins with the reader's weekday has the
	// number (day + 4 - weekday) / 7.
	return `SELECT * FROM (
		SELECT r.subscriber_id, ` + language.String() + ` AS language, ` + p.form() + ` AS format, r.topics, r.zone, r.hour, r.frequency, r.weekday,
			coalesce((SELECT e.issue_id FROM run e WHERE e.edition = ?2 AND e.issue_id < ?1 AND e.posted_at > ?5 AND (e.posted_at <= r.since
				OR EXISTS (SELECT 1 FROM delivery d WHERE d.issue_id = e.issue_id AND d.subscriber_id = r.subscriber_id
					AND d.state NOT IN ('refused', 'suppressed')))
				ORDER BY e.issue_id DESC LIMIT 1), 0) AS had
		FROM recipient r WHERE r.edition = ?2 AND r.subscriber_id > ?3 AND r.subscriber_id <= ?4
	) AS x WHERE frequency = 'each' OR (?7 OR frequency <> 'weekdays') AND (had = 0 OR CASE frequency
		WHEN 'weekly' THEN (?6 + 4 - weekday) / 7 > ((SELECT day FROM run WHERE issue_id = had) + 4 - weekday) / 7
		ELSE ?6 > (SELECT day FROM run WHERE issue_id = had) END)`, args
}

// withPlainLinks stands behind the format of a message without counted links.
const withPlainLinks = ", uncounted"

// form is what the messages of a choice are stored under beside language and topics.
func (c Choice) form() string {
	if c.Uncounted {
		return c.Format + withPlainLinks
	}
	return c.Format
}

// setForm is the inverse of form.
func (c *Choice) setForm(form string) {
	c.Format, c.Uncounted = strings.CutSuffix(form, withPlainLinks)
}

// form is the same of a recipient r, in SQL.
func (p Posting) form() string {
	if !p.Counted {
		return "r.format"
	}
	return "CASE r.uncounted WHEN 0 THEN r.format ELSE r.format || '" + withPlainLinks + "' END"
}

// worked reports whether people work on the day of the issue.
func (p Posting) worked() bool {
	if len(p.Weekdays) == 0 {
		return p.Slot.Weekday() != time.Saturday && p.Slot.Weekday() != time.Sunday
	}
	return slices.Contains(p.Weekdays, p.Slot.Weekday())
}

// lackingChoices returns the choices of readers for which there is no message yet.
func lackingChoices(tx *sql.Tx, issueID int64, readers string, args []any) (lacking []Choice, err error) {
	have := map[string]bool{}
	name := func(language, format, topics string, since int64) string {
		return fmt.Sprintf("%s\x00%s\x00%s\x00%d", language, format, topics, since)
	}
	err = each(tx, `SELECT language, format, topics, since FROM message WHERE issue_id = ?1
		AND revision = (SELECT revision FROM run WHERE issue_id = ?1)`, []any{issueID}, func(rows *sql.Rows) error {
		var language, form, topics string
		var since int64
		err := rows.Scan(&language, &form, &topics, &since)
		have[name(language, form, topics, since)] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(tx, `SELECT DISTINCT language, format, topics, had FROM (`+readers+`)`, args, func(rows *sql.Rows) error {
		var c Choice
		var form, topics string
		if err := rows.Scan(&c.Language, &form, &topics, &c.Since); err != nil {
			return err
		}
		if have[name(c.Language, form, topics, c.Since)] {
			return nil
		}
		c.setForm(form)
		if topics != "" {
			c.Topics = strings.Split(topics, "\n")
		}
		lacking = append(lacking, c)
		return nil
	})
	return lacking, err
}

func each(tx *sql.Tx, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// insert writes down the deliveries of a stretch and returns what that adds to the tally.
// Who chose an hour of their own is due then.
func insert(tx *sql.Tx, p Posting, readers string, args []any, hours clock, now time.Time) (change, error) {
	var nothing bool // for some readers there is nothing in it
	err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM message WHERE issue_id = ?1 AND empty <> '')`, p.IssueID).Scan(&nothing)
	if err != nil {
		return nil, err
	}
	apart := nothing || len(hours) > 0 // not all are simply queued
	before := change{}
	if apart {
		if before, err = count(tx, args); err != nil {
			return nil, err
		}
	}
	args = append(slices.Clone(args), now.Unix())
	at := len(args)
	due, args := hours.due(args, at)
	// Where there is no message the state is NULL, which the table refuses.
	res, err := tx.Exec(fmt.Sprintf(`
		INSERT INTO delivery (issue_id, subscriber_id, message_id, state, due_at, reason, dated_at, changed_at)
		SELECT ?1, c.subscriber_id, CASE WHEN m.empty = '' THEN m.id END,
			CASE WHEN m.empty <> '' THEN 'cancelled' WHEN c.hour >= 0 THEN 'deferred' WHEN m.empty = '' THEN 'queued' END,
			CASE WHEN m.empty <> '' OR c.hour < 0 THEN 0 ELSE %s END,
			CASE WHEN m.empty <> '' THEN m.empty WHEN c.hour >= 0 THEN 'waits for the hour the reader chose' ELSE '' END, ?%d, ?%d
		FROM (%s ORDER BY subscriber_id) AS c
		LEFT JOIN message m ON m.issue_id = ?1 AND m.language = c.language AND m.format = c.format AND m.topics = c.topics AND m.since = c.had
			AND m.revision = (SELECT revision FROM run WHERE issue_id = ?1)
		WHERE true ON CONFLICT (issue_id, subscriber_id) DO NOTHING`, due, at, at, readers), args...)
	if err != nil {
		return nil, err
	}
	if !apart {
		added, err := res.RowsAffected()
		return change{Queued: added}, err
	}
	after, err := count(tx, args[:4])
	if err != nil {
		return nil, err
	}
	for state, n := range before {
		after[state] -= n
	}
	if after[Deferred] > 0 { // an own hour may lie behind the end of the others' time
		_, err = tx.Exec(`UPDATE run SET useful_until = max(useful_until, (SELECT max(due_at) + 7200 FROM delivery
			WHERE issue_id = ?1 AND state = 'deferred')) WHERE issue_id = ?1`, p.IssueID)
	}
	return after, err
}

// count returns how many deliveries of an issue a stretch of readers has, by state. The
// parameters are the first four of readers.
func count(tx *sql.Tx, args []any) (change, error) {
	counted := change{}
	err := each(tx, `SELECT state, count(*) FROM delivery WHERE issue_id = ?1 AND subscriber_id > ?3 AND subscriber_id <= ?4
		AND ?2 IS NOT NULL GROUP BY state`, args[:4], func(rows *sql.Rows) error {
		var s State
		var n int64
		err := rows.Scan(&s, &n)
		counted[s] = n
		return err
	})
	return counted, err
}
