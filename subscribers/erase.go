package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrTraces says that an erased address still stands somewhere in the database that is not
// this package's, such as in a server's reply that quotes it.
var ErrTraces = errors.New("the reader is erased, but their address still stands in other records of the database")

// Erase deletes all rows about a subscriber, and every byte of their addresses that the
// database file keeps of rows long gone. What stays is a keyed hash, which keeps an import
// from bringing them back; they themselves can, by signing up. It returns ErrNotFound for a
// subscriber that is not there, and ErrTraces: other packages erase first.
//
// EraseAddress can be asked again, should the program have ended in between.
//
// It reads the whole database file, and in the rare case that a stale copy turns up writes
// it anew, while other writers wait.
func (s *Store) Erase(ctx context.Context, subscriberID int64, now time.Time) error {
	var gone []Address
	err := s.db.Update(ctx, func(tx *sql.Tx) (err error) {
		gone, err = s.erase(ctx, tx, subscriberID, now)
		return err
	})
	if err == nil {
		err = s.scrub(ctx, gone)
	}
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

// EraseAddress is Erase for whoever has an address, also if nobody has.
func (s *Store) EraseAddress(ctx context.Context, a Address, now time.Time) error {
	gone := []Address{a}
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		id, err := subscriberWith(ctx, tx, a)
		if err != nil {
			return err
		}
		if id != 0 {
			gone, err = s.erase(ctx, tx, id, now)
			return err
		}
		if err := s.keepHash(ctx, tx, a, now); err != nil {
			return err
		}
		return s.uncount(ctx, tx, a)
	})
	if err == nil {
		err = s.scrub(ctx, gone)
	}
	if err != nil {
		return fmt.Errorf("erase an address: %w", err)
	}
	return nil
}

// erase returns the addresses that the subscriber had or wanted.
func (s *Store) erase(ctx context.Context, tx *sql.Tx, subscriberID int64, now time.Time) (gone []Address, err error) {
	a, err := addressOf(ctx, tx, subscriberID)
	if err != nil {
		return nil, err
	}
	// Of the addresses, the one they have and those they had are theirs. Who asked for
	// another and did not confirm it may have mistyped it: no hash is kept of that.
	theirs, err := addresses(ctx, tx, `SELECT former FROM address_change WHERE subscriber_id = ?1 AND former <> ''`, subscriberID)
	if err != nil {
		return nil, err
	}
	asked, err := addresses(ctx, tx, `SELECT email FROM address_change WHERE subscriber_id = ?1`, subscriberID)
	if err != nil {
		return nil, err
	}
	theirs = append(theirs, a)
	if err := forget(ctx, tx, subscriberID); err != nil {
		return nil, err
	}
	for _, t := range theirs {
		// A former address may be another reader's by now.
		if other, err := subscriberWith(ctx, tx, t); err != nil {
			return nil, err
		} else if other == 0 {
			if err := s.keepHash(ctx, tx, t, now); err != nil {
				return nil, err
			}
			if t == a {
				err = s.uncount(ctx, tx, t)
			}
			if err != nil {
				return nil, err
			}
			gone = append(gone, t)
		}
	}
	return append(gone, asked...), nil
}

// keepHash leaves of an address what keeps it from being imported.
func (s *Store) keepHash(ctx context.Context, tx *sql.Tx, a Address, now time.Time) error {
	if err := s.suppress(ctx, tx, a, ReasonErased, "", now); err != nil {
		return err
	}
	for _, hash := range s.keys.addressHashes(a.Key()) {
		// A server's reply may quote the address.
		if _, err := tx.ExecContext(ctx, `UPDATE suppression SET detail = '' WHERE hash = ?1`, hash); err != nil {
			return err
		}
	}
	return nil
}

// uncount forgets how many letters an address got, so that who was erased can begin anew.
// Of an address that they only had once it is kept: it may be somebody else's by now.
func (s *Store) uncount(ctx context.Context, tx *sql.Tx, a Address) error {
	for _, hash := range s.keys.addressHashes(a.Key()) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM letter_count WHERE hash = ?1`, hash); err != nil {
			return err
		}
	}
	return nil
}

// forget deletes every row about a subscriber.
func forget(ctx context.Context, tx *sql.Tx, subscriberID int64) error {
	for _, statement := range []string{
		`DELETE FROM due_letter WHERE subscriber_id = ?1`,
		`DELETE FROM address_change WHERE subscriber_id = ?1`,
		`DELETE FROM signup WHERE subscriber_id = ?1`,
		`DELETE FROM choice_change WHERE subscription_id IN (SELECT id FROM subscription WHERE subscriber_id = ?1)`,
		`DELETE FROM consent WHERE subscription_id IN (SELECT id FROM subscription WHERE subscriber_id = ?1)`,
		`DELETE FROM subscription WHERE subscriber_id = ?1`,
		`DELETE FROM subscriber WHERE id = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, subscriberID); err != nil {
			return err
		}
	}
	return nil
}

func addresses(ctx context.Context, tx *sql.Tx, query string, args ...any) (found []Address, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return nil, err
		}
		a, err := ParseAddressUTF8(email)
		if err != nil {
			return nil, err
		}
		found = append(found, a)
	}
	return found, rows.Err()
}

// scrub makes sure that no byte of the addresses is left, but where they are part of
// another reader's, as ann@example.org is of joann@example.org.
func (s *Store) scrub(ctx context.Context, gone []Address) error {
	var words, within [][]byte
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		for _, a := range gone {
			words = append(words, []byte(a.String()))
			others, err := addresses(ctx, tx, `
				SELECT email FROM subscriber WHERE instr(lower(email), ?1) > 0
				UNION SELECT email FROM address_change WHERE instr(lower(email), ?1) > 0
				UNION SELECT former FROM address_change WHERE instr(lower(former), ?1) > 0`, a.Key())
			if err != nil {
				return err
			}
			for _, o := range others {
				within = append(within, []byte(o.String()))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	traces, err := s.db.Scrub(ctx, words, within)
	if err == nil && traces {
		err = ErrTraces
	}
	return err
}
