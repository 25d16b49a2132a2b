package digest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Notice is a mail that an editor is owed. It is a row before it is sent, so that it is
// sent once.
type Notice struct {
	ID        int64
	EditionID int64
	Slot      time.Time // of the issue it is about
	Kind      NoticeKind
	Editor    string // mail address
	Detail    string // reasons, one on a line
	Created   time.Time
}

// NoticeKind says what a notice is about.
type NoticeKind string

const (
	NoticeDraft     NoticeKind = "draft"     // asks to approve the draft
	NoticeWithdrawn NoticeKind = "withdrawn" // the issue changed after it was approved; asks again
	NoticeSkipped   NoticeKind = "skipped"   // an issue was not sent
)

// oweNotice saves a notice for each editor of e, once for a slot, kind and round.
func oweNotice(tx *sql.Tx, e Edition, n Notice, round int64, now time.Time) error {
	for _, editor := range e.Approval.Editors {
		_, err := tx.Exec(`
			INSERT INTO notice (edition_id, slot, kind, round, editor, detail, created, state, next_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'due', ?7) ON CONFLICT (edition_id, slot, kind, round, editor) DO NOTHING`,
			e.ID, n.Slot.Unix(), string(n.Kind), round, editor, n.Detail, now.Unix())
		if err != nil {
			return err
		}
	}
	return nil
}

// noticeFor is how long a notice is worth sending.
const noticeFor = 24 * time.Hour

// TellSkipped owes the editors of e a mail about the issues that were skipped in the last
// day and of which they were not told, one mail for all. On a holiday nobody is told, nor of
// a run that was moved.
func (s *Store) TellSkipped(ctx context.Context, e Edition, now time.Time) error {
	if len(e.Approval.Editors) == 0 {
		return nil
	}
	zone, err := e.Schedule.Location()
	if err != nil {
		return err
	}
	n, round := Notice{Kind: NoticeSkipped}, int64(0)
	look := func(tx *sql.Tx) error {
		rows, err := tx.Query(`
			SELECT id, slot, reason FROM issue
			WHERE edition_id = ?1 AND state = 'skipped' AND created > ?2 AND id >
				(SELECT coalesce(max(round), 0) FROM notice WHERE edition_id = ?1 AND kind = 'skipped')
			AND NOT EXISTS (SELECT 1 FROM one_off o WHERE o.edition_id = ?1 AND o.instead = issue.slot AND o.slot > 0 AND o.back_at = 0)
			ORDER BY id`, e.ID, now.Add(-noticeFor).Unix())
		if err != nil {
			return err
		}
		defer rows.Close()
		var details []string
		for rows.Next() {
			var reason string
			var slot time.Time
			if err := rows.Scan(&round, (*unixTime)(&slot), &reason); err != nil {
				return err
			}
			if reason == e.Schedule.Rests(slot) {
				continue
			}
			n.Slot = slot
			details = append(details, slot.In(zone).Format("Mon 2 Jan 15:04")+": "+reason)
		}
		if more := len(details) - mostReasons; more > 0 {
			details = append([]string{fmt.Sprintf("%d earlier ones", more)}, details[more:]...)
		}
		n.Detail = strings.Join(details, "\n")
		return rows.Err()
	}
	if err := s.db.View(ctx, look); err != nil || n.Detail == "" {
		return err
	}
	return s.db.Update(ctx, func(tx *sql.Tx) error { return oweNotice(tx, e, n, round, now) })
}

// mostReasons is how many skipped issues one mail lists.
const mostReasons = 10

const noticeColumns = `id, edition_id, slot, kind, editor, detail, created FROM notice`

func scanNotice(row interface{ Scan(...any) error }) (n Notice, err error) {
	err = row.Scan(&n.ID, &n.EditionID, (*unixTime)(&n.Slot), &n.Kind, &n.Editor, &n.Detail, (*unixTime)(&n.Created))
	return n, err
}

// Notice returns a notice by its ID, or ErrNotFound.
func (s *Store) Notice(ctx context.Context, id int64) (n Notice, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		n, err = scanNotice(tx.QueryRow(`SELECT `+noticeColumns+` WHERE id = ?1`, id))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return n, err
}

// DueNotices returns the notices to be sent now, the oldest first.
func (s *Store) DueNotices(ctx context.Context, now time.Time) (all []Notice, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT `+noticeColumns+` WHERE state = 'due' AND next_at <= ?1 AND created > ?2 ORDER BY id`,
			now.Unix(), now.Add(-noticeFor).Unix())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			n, err := scanNotice(rows)
			if err != nil {
				return err
			}
			all = append(all, n)
		}
		return rows.Err()
	})
	return all, err
}

// BeginNotice writes down that a notice is being sent, before it is; ok is false when that
// was begun already. One that a crash interrupts is not sent again.
func (s *Store) BeginNotice(ctx context.Context, id int64) (ok bool, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec(`UPDATE notice SET state = 'sending', tries = tries + 1 WHERE id = ?1 AND state = 'due'`, id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		ok = n == 1
		return err
	})
	return ok, err
}

// EndNotice writes down how sending went: one that failed is due again after a minute, then
// after two, and so on.
func (s *Store) EndNotice(ctx context.Context, id int64, failed error, now time.Time) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		if failed == nil {
			_, err := tx.Exec(`UPDATE notice SET state = 'sent', error = '' WHERE id = ?1`, id)
			return err
		}
		_, err := tx.Exec(`UPDATE notice SET state = 'due', error = ?2, next_at = ?3 + 60 * CASE WHEN tries < 15 THEN tries ELSE 15 END WHERE id = ?1`,
			id, failed.Error(), now.Unix())
		return err
	})
}

// EditionByID returns an edition, or ErrNotFound.
func (s *Store) EditionByID(ctx context.Context, id int64) (Edition, error) {
	editions, err := s.editions(ctx, `SELECT `+editionColumns+` FROM edition WHERE id = ?1`, id)
	if err == nil && len(editions) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Edition{}, fmt.Errorf("edition %d: %w", id, err)
	}
	return editions[0], nil
}
