package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// An UndoReport tells what became of an import's readers.
type UndoReport struct {
	Import   Import
	Removed  int64 // subscriptions that the import had brought, with readers who have no other
	Restored int64 // subscriptions that were there before, and are again as they were
	Lifted   int64 // suppressions taken back
	Kept     int64 // left as they are, because something happened since
	// KeptReaders says of a thousand of them at most what happened.
	KeptReaders []KeptReader
}

// A KeptReader is a reader whom undoing an import left as they are, and a sentence why.
type KeptReader struct {
	Email string
	Text  string
}

var (
	// ErrUndone says that an import was undone before.
	ErrUndone = errors.New("this import was undone already")
	// ErrNoUndo says that an import was made before its changes were written down.
	ErrNoUndo = errors.New("this import was made by an older Pressrun, which did not keep what it changed; it cannot be undone")
)

// undoRows is how many subscriptions one transaction removes: others want to write as well.
const undoRows = 5000

// Undo restores the state before an import, as far as the readers have done nothing
// themselves since: who then confirmed, left or changed something is left and reported, and
// so is whom a later import changed. Interrupted, it can be called again and goes on. Only
// the row of the import itself stays. Errors are ErrNotFound, ErrUndone and ErrNoUndo.
// progress, if set, is told how many of all subscriptions are done.
func (s *Store) Undo(ctx context.Context, importID int64, now time.Time, progress func(done, total int64)) (UndoReport, error) {
	u := undoing{store: s, id: importID, progress: progress}
	err := u.run(ctx, now)
	if err != nil {
		err = fmt.Errorf("undo import %d: %w", importID, err)
	}
	return u.report, err
}

// undoing is one run of Undo.
type undoing struct {
	store    *Store
	id       int64
	report   UndoReport
	progress func(done, total int64)
}

// An importPart is the rows that one transaction of an import brought.
type importPart struct{ firstSubscriber, lastSubscriber, firstSubscription, lastSubscription int64 }

func (u *undoing) run(ctx context.Context, now time.Time) error {
	imports, err := u.store.imports(ctx, u.id)
	if err != nil {
		return err
	}
	if len(imports) == 0 {
		return ErrNotFound
	}
	u.report.Import = imports[0]
	if !u.report.Import.Undone.IsZero() {
		return ErrUndone
	}
	parts, err := u.parts(ctx)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{u.suppressions, u.changes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	var done, total int64
	for _, p := range parts {
		total += p.lastSubscription - p.firstSubscription + 1
	}
	for _, p := range parts {
		for first := p.firstSubscription; first <= p.lastSubscription; first += undoRows {
			last := min(first+undoRows-1, p.lastSubscription)
			if err := u.remove(ctx, p, first, last); err != nil {
				return err
			}
			if done += last - first + 1; u.progress != nil {
				u.progress(done, total)
			}
		}
	}
	return u.close(ctx, parts, now)
}

func (u *undoing) parts(ctx context.Context) (parts []importPart, err error) {
	err = u.store.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `
			SELECT first_subscriber, last_subscriber, first_subscription, last_subscription
			FROM import_part WHERE import_id = ?1 ORDER BY first_subscription`, u.id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p importPart
			if err := rows.Scan(&p.firstSubscriber, &p.lastSubscriber, &p.firstSubscription, &p.lastSubscription); err != nil {
				return err
			}
			parts = append(parts, p)
		}
		if err := rows.Err(); err != nil || len(parts) > 0 {
			return err
		}
		var kept, brought bool
		if err := tx.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT 1 FROM import_change WHERE import_id = ?1), EXISTS (SELECT 1 FROM consent WHERE import_id = ?1)`,
			u.id).Scan(&kept, &brought); err != nil {
			return err
		}
		if brought && !kept {
			return ErrNoUndo
		}
		return nil
	})
	return parts, err
}

// suppressions takes back what the import said of addresses.
func (u *undoing) suppressions(ctx context.Context) error {
	type one struct {
		hash       string
		reason     Reason
		subscriber int64
	}
	for {
		var some []one
		err := u.store.db.Update(ctx, func(tx *sql.Tx) error {
			rows, err := tx.QueryContext(ctx, `SELECT hash, reason, coalesce(subscriber_id, 0) FROM import_suppression WHERE import_id = ?1 LIMIT 1000`, u.id)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var o one
				if err := rows.Scan(&o.hash, &o.reason, &o.subscriber); err != nil {
					return err
				}
				some = append(some, o)
			}
			if err := rows.Err(); err != nil {
				return err
			}
			for _, o := range some {
				if err := u.lift(ctx, tx, o.hash, o.reason, o.subscriber); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(some) == 0 {
			return err
		}
		u.report.Lifted += int64(len(some))
	}
}

func (u *undoing) lift(ctx context.Context, tx *sql.Tx, hash string, reason Reason, subscriber int64) error {
	for _, statement := range []string{
		`DELETE FROM suppression WHERE hash = ?1 AND reason = ?2`,
		`DELETE FROM import_suppression WHERE hash = ?1 AND reason = ?2 AND import_id = ?3`,
	} {
		if _, err := tx.ExecContext(ctx, statement, hash, reason, u.id); err != nil {
			return err
		}
	}
	if subscriber == 0 {
		return nil
	}
	a, err := addressOf(ctx, tx, subscriber)
	if err != nil {
		return err
	}
	return u.store.lift(ctx, tx, a, reason) // which also looks what else there is
}

// changes puts back what the import changed of subscriptions that it found.
func (u *undoing) changes(ctx context.Context) error {
	for {
		var found int
		err := u.store.db.Update(ctx, func(tx *sql.Tx) error {
			ids, err := queryIDs(ctx, tx, `SELECT subscription_id FROM import_change WHERE import_id = ?1 ORDER BY subscription_id LIMIT 1000`, u.id)
			if err != nil {
				return err
			}
			found = len(ids)
			for _, id := range ids {
				if err := u.putBack(ctx, tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || found == 0 {
			return err
		}
	}
}

func (u *undoing) putBack(ctx context.Context, tx *sql.Tx, id int64) error {
	var email string
	var act Act
	var other int64
	var mine, chose bool
	err := tx.QueryRowContext(ctx, `
		SELECT s.email, c.act, coalesce(c.import_id, 0), c.import_id IS NOT DISTINCT FROM ?2,
		       EXISTS (SELECT 1 FROM choice_change h WHERE h.subscription_id = n.id AND h.at > ?3)
		FROM subscription n
		JOIN subscriber s ON s.id = n.subscriber_id
		JOIN consent c ON c.id = (SELECT max(id) FROM consent WHERE subscription_id = n.id)
		WHERE n.id = ?1`, id, u.id, u.report.Import.At.Unix()).Scan(&email, &act, &other, &mine, &chose)
	if err != nil {
		return err
	}
	var statements []string
	if mine && !chose {
		u.report.Restored++
		statements = []string{
			`UPDATE subscription SET (state, paused_until, confirmed_at, left_at, since) = (
				SELECT state, paused_until, confirmed_at, left_at, since FROM import_change WHERE subscription_id = ?1 AND import_id = ?2)
			 WHERE id = ?1`,
			`DELETE FROM consent WHERE subscription_id = ?1 AND import_id = ?2`,
		}
	} else {
		if mine {
			act, other = "", 0
		}
		u.kept(email, act, other, chose)
	}
	for _, statement := range append(statements, `DELETE FROM import_change WHERE subscription_id = ?1 AND import_id = ?2`) {
		if _, err := tx.ExecContext(ctx, statement, id, u.id); err != nil {
			return err
		}
	}
	return nil
}

// kept reports a reader who is left as they are, by what they did last.
func (u *undoing) kept(email string, act Act, other int64, chose bool) {
	u.report.Kept++
	if len(u.report.KeptReaders) == maxReported {
		return
	}
	k := KeptReader{Email: email, Text: "has changed something about themselves since"}
	switch {
	case other != 0:
		k.Text = fmt.Sprintf("was changed by import %d since; undo that one first", other)
	case act == Withdraw:
		k.Text = "has left since"
	case act == Give:
		k.Text = "has confirmed since"
	case act == Restore:
		k.Text = "has left and come back since"
	case chose:
		k.Text = "has chosen topics, times or a pause since"
	}
	u.report.KeptReaders = append(u.report.KeptReaders, k)
}

// remove deletes the subscriptions from first to last that the import brought, and readers
// who had nothing before it.
func (u *undoing) remove(ctx context.Context, p importPart, first, last int64) error {
	var removed int64
	err := u.store.db.Update(ctx, func(tx *sql.Tx) error {
		// acted: since the import the reader, or another import, did something.
		if _, err := tx.ExecContext(ctx, `
			CREATE TEMP TABLE undoing (id INTEGER PRIMARY KEY, subscriber_id INTEGER, chose INTEGER, acted INTEGER)`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO undoing (id, subscriber_id, chose, acted)
			SELECT n.id, n.subscriber_id,
			       EXISTS (SELECT 1 FROM choice_change h WHERE h.subscription_id = n.id
			               AND (h.at > ?4 OR h.id > (SELECT min(id) FROM choice_change WHERE subscription_id = n.id))),
			       EXISTS (SELECT 1 FROM consent c WHERE c.subscription_id = n.id AND c.import_id IS DISTINCT FROM ?3)
			       OR EXISTS (SELECT 1 FROM import_touched t WHERE t.subscriber_id = n.subscriber_id)
			FROM subscription n WHERE n.id BETWEEN ?1 AND ?2`, first, last, u.id, u.report.Import.At.Unix()); err != nil {
			return err
		}
		if err := u.keepActed(ctx, tx); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM undoing`).Scan(&removed); err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM due_letter WHERE kind = 'welcome' AND ref IN (SELECT id FROM undoing)`,
			`DELETE FROM choice_change WHERE subscription_id IN (SELECT id FROM undoing)`,
			`DELETE FROM consent WHERE subscription_id IN (SELECT id FROM undoing)`,
			`DELETE FROM subscription WHERE id IN (SELECT id FROM undoing)`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `
			DELETE FROM subscriber WHERE id IN (SELECT subscriber_id FROM undoing) AND id BETWEEN ?1 AND ?2
			AND NOT EXISTS (SELECT 1 FROM subscription n WHERE n.subscriber_id = subscriber.id)
			AND NOT EXISTS (SELECT 1 FROM signup g WHERE g.subscriber_id = subscriber.id)
			AND NOT EXISTS (SELECT 1 FROM address_change c WHERE c.subscriber_id = subscriber.id)
			AND NOT EXISTS (SELECT 1 FROM due_letter d WHERE d.subscriber_id = subscriber.id)`,
			p.firstSubscriber, p.lastSubscriber); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DROP TABLE undoing`)
		return err
	})
	if err == nil {
		u.report.Removed += removed
	}
	return err
}

// keepActed reports those who acted and takes them out of what is removed.
func (u *undoing) keepActed(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `
		SELECT s.email, coalesce(c.act, ''), coalesce(c.import_id, 0), u.chose
		FROM undoing u
		JOIN subscriber s ON s.id = u.subscriber_id
		LEFT JOIN consent c ON c.id = (SELECT max(id) FROM consent WHERE subscription_id = u.id AND import_id IS DISTINCT FROM ?1)
		WHERE u.acted = 1 OR u.chose = 1 ORDER BY u.id`, u.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var email string
		var act Act
		var other int64
		var chose bool
		if err := rows.Scan(&email, &act, &other, &chose); err != nil {
			return err
		}
		u.kept(email, act, other, chose)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM undoing WHERE acted = 1 OR chose = 1`)
	return err
}

// close writes down that the import is undone, and drops what only undoing needed.
func (u *undoing) close(ctx context.Context, parts []importPart, now time.Time) error {
	u.report.Import.Undone = now
	return u.store.db.Update(ctx, func(tx *sql.Tx) error {
		for _, p := range parts {
			if _, err := tx.ExecContext(ctx, `DELETE FROM import_touched WHERE subscriber_id BETWEEN ?1 AND ?2`, p.firstSubscriber, p.lastSubscriber); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM import_part WHERE import_id = ?1`, u.id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE import SET undone_at = ?2 WHERE id = ?1`, u.id, now.Unix())
		return err
	})
}
