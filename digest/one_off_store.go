package digest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PutOneOff saves what an editor wants of a single run of e and returns it. Asked again by
// the same editor it returns what is there, and made is false. What cannot be is a
// *OneOffError, and changes nothing; so is ErrFourEyes or ErrHeld, which programs get. A run
// that editors hold is held at its new time, too.
func (s *Store) PutOneOff(ctx context.Context, e Edition, o OneOff, now time.Time) (saved OneOff, made bool, err error) {
	o.Why, o.Editor, o.Set = OneLine(o.Why), OneLine(o.Editor), now.Truncate(time.Second)
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		open, err := openOneOffs(tx)
		if err != nil {
			return err
		}
		e.Schedule.OneOffs = open[e.ID]
		for _, there := range e.Schedule.OneOffs {
			if there.At.Equal(o.At) && there.Instead.Equal(o.Instead) && there.Editor == o.Editor {
				saved = there
				return nil
			}
		}
		last, err := lastSlot(tx, e.ID)
		if err != nil {
			return err
		}
		if err := e.checkOneOff(o, last, now); err != nil {
			return err
		}
		if isProgram(o.Editor) {
			if err := programMaySet(tx, e, o, now); err != nil {
				return err
			}
		}
		if o.Kind() == OneOffMoved {
			if err := carryHold(tx, e, o.Instead, o.At, now); err != nil {
				return err
			}
		}
		saved, made = o, true
		return tx.QueryRow(`INSERT INTO one_off (edition_id, slot, instead, editor, why, at, served, gone) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?2 = 0, ?3 = 0) RETURNING id`,
			e.ID, unix(o.At), unix(o.Instead), o.Editor, o.Why, o.Set.Unix()).Scan(&saved.ID)
	})
	if err != nil {
		return OneOff{}, false, aboutOneOff("set a single run of "+e.Slug, err)
	}
	return saved, made, nil
}

// TakeBack undoes what an editor wanted of a single run of e, before anything came of it, and
// returns it; ErrNotFound when there is none of that ID, or it was taken back. What editors
// hold at the new time of a run they then hold at the old one. A program gets ErrSetByEditor
// where a run would go out again that an editor moved or left out.
func (s *Store) TakeBack(ctx context.Context, e Edition, id int64, editor string, now time.Time) (o OneOff, err error) {
	zone, err := e.Schedule.Location()
	if err != nil {
		return o, err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		open, err := openOneOffs(tx)
		if err != nil {
			return err
		}
		if o, err = oneOff(tx, e.ID, id); err != nil {
			return err
		}
		if isProgram(editor) && !isProgram(o.Editor) && !o.Instead.IsZero() {
			return ErrSetByEditor
		}
		if !o.At.IsZero() && o.served || !o.Instead.IsZero() && o.left || !o.First().After(now) {
			return oneOffError(OneOffLate, o.First().In(zone), o.Editor,
				"it is too late to take that back: its first time, %s, is over or was used; leave out what is still to come of it", o.First().In(zone).Format(minute))
		}
		for _, other := range open[e.ID] {
			if !o.At.IsZero() && other.Instead.Equal(o.At) {
				return oneOffError(OneOffChain, o.At.In(zone), other.Editor, "the run of %s was %s; take that back first", o.At.In(zone).Format(minute), other.rest(zone))
			}
		}
		if o.Kind() == OneOffMoved {
			if err := carryHold(tx, e, o.At, o.Instead, now); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE one_off SET back_by = ?2, back_at = ?3 WHERE id = ?1`, id, OneLine(editor), now.Unix())
		return err
	})
	return o, aboutOneOff("take back a single run of "+e.Slug, err)
}

// aboutOneOff adds to an error what was being done, but for a sentence that says so itself.
func aboutOneOff(doing string, err error) error {
	var sentence *OneOffError
	if err == nil || errors.As(err, &sentence) || errors.Is(err, ErrFourEyes) || errors.Is(err, ErrHeld) || errors.Is(err, ErrSetByEditor) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}

const oneOffColumns = `edition_id, id, slot, instead, editor, why, at, served, gone FROM one_off`

func scanOneOff(row interface{ Scan(...any) error }) (editionID int64, o OneOff, err error) {
	err = row.Scan(&editionID, &o.ID, (*unixTime)(&o.At), (*unixTime)(&o.Instead), &o.Editor, &o.Why, (*unixTime)(&o.Set), &o.served, &o.left)
	return editionID, o, err
}

func oneOff(tx *sql.Tx, editionID, id int64) (OneOff, error) {
	_, o, err := scanOneOff(tx.QueryRow(`SELECT `+oneOffColumns+` WHERE edition_id = ?1 AND id = ?2 AND back_at = 0`, editionID, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return o, err
}

// openOneOffs returns, by edition, the one-offs that stand and of which something is still
// to come.
func openOneOffs(tx *sql.Tx) (map[int64][]OneOff, error) {
	rows, err := tx.Query(`SELECT ` + oneOffColumns + ` WHERE back_at = 0 AND (served = 0 OR gone = 0) ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64][]OneOff{}
	for rows.Next() {
		id, o, err := scanOneOff(rows)
		if err != nil {
			return nil, err
		}
		all[id] = append(all[id], o)
	}
	return all, rows.Err()
}

// settleOneOffs notes that there is an issue of an edition due at slot.
func settleOneOffs(tx *sql.Tx, editionID int64, slot time.Time) error {
	_, err := tx.Exec(`UPDATE one_off SET served = CASE WHEN slot = ?2 THEN 1 ELSE served END, gone = CASE WHEN instead = ?2 THEN 1 ELSE gone END
		WHERE edition_id = ?1 AND back_at = 0 AND (served = 0 OR gone = 0)`, editionID, slot.Unix())
	return err
}
