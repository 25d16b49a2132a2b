package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrAddressTaken says that another reader has the address. It is told to nobody but
	// who confirmed that the address is theirs.
	ErrAddressTaken = errors.New("this address gets mail of its own already; use the links in that mail")
	// ErrTooManyLetters says that no further letter goes to a new address now.
	ErrTooManyLetters = errors.New("a letter was sent to this address not long ago; look for it there, or try again tomorrow")
)

// An AddressChange is what the page behind the letter's link shows.
type AddressChange struct {
	ID           int64
	SubscriberID int64
	State        SignupState
	Hint         string // of the new address: m…@example.org
	Expires      time.Time
}

// ChangeAddress makes a letter due that asks at a new address whether the reader wants
// their mail there. It answers the same whether somebody has that address or not. The
// present address of the reader is left as it is. Errors are ErrNotFound, ErrTooManyLetters
// and, where a complaint or an operator keeps mail from the reader, ErrSuppressed.
func (s *Store) ChangeAddress(ctx context.Context, subscriberID int64, a Address, now time.Time) error {
	if a.IsZero() {
		return errors.New("the address is empty")
	}
	err := s.db.Update(ctx, func(tx *sql.Tx) error { return s.changeAddress(ctx, tx, subscriberID, a, now) })
	if err != nil {
		return fmt.Errorf("change address: %w", err)
	}
	s.knock()
	return nil
}

func (s *Store) changeAddress(ctx context.Context, tx *sql.Tx, subscriberID int64, a Address, now time.Time) error {
	former, err := addressOf(ctx, tx, subscriberID)
	if err != nil {
		return err
	}
	if barred, err := s.barred(ctx, tx, former); err != nil || barred {
		return errors.Join(err, ErrSuppressed)
	}
	var same, open int
	if err := tx.QueryRowContext(ctx, `
		SELECT count(CASE WHEN lower(email) = ?2 THEN 1 END), count(*) FROM address_change
		WHERE subscriber_id = ?1 AND state = 'open' AND expires_at > ?3`, subscriberID, a.Key(), now.Unix()).Scan(&same, &open); err != nil {
		return err
	}
	count, err := s.letterCount(ctx, tx, a, LetterChange)
	if err != nil {
		return err
	}
	if !count.allows(letterEvery, mostLetters, now) || open-same >= changesAtOne {
		return ErrTooManyLetters
	}
	var id int64
	if err := tx.QueryRowContext(ctx, `
		INSERT INTO address_change (subscriber_id, state, email, at, expires_at) VALUES (?1, 'open', ?2, ?3, ?4) RETURNING id`,
		subscriberID, a.String(), now.Unix(), now.Add(SignupFor).Unix()).Scan(&id); err != nil {
		return err
	}
	if err := s.countLetter(ctx, tx, a, LetterChange, now); err != nil {
		return err
	}
	if barred, err := s.barred(ctx, tx, a); err != nil || barred {
		return err // and no letter goes out, which nobody is told
	}
	return plan(ctx, tx, LetterChange, id, subscriberID, now)
}

// barred reports whether an address is suppressed for what a change of address must not
// get around: a complaint is forgotten by a new sign-up alone (B8).
func (s *Store) barred(ctx context.Context, tx *sql.Tx, a Address) (bool, error) {
	reasons, err := s.suppressionsOf(ctx, tx, a)
	return has(reasons, ReasonOperator) || has(reasons, ReasonComplaint), err
}

// AddressChange returns what a change of address is about. One that is deleted has the
// state SignupExpired.
func (s *Store) AddressChange(ctx context.Context, id int64, now time.Time) (c AddressChange, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		c = AddressChange{ID: id, State: SignupExpired}
		row, err := storedChange(ctx, tx, id)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		c.SubscriberID, c.Hint, c.Expires = row.subscriberID, hint(row.email), row.expires
		if row.state == "confirmed" {
			c.State = SignupConfirmed
		} else if now.Before(row.expires) {
			c.State = SignupOpen
		}
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("read change of address: %w", err)
	}
	return c, nil
}

type changeRow struct {
	subscriberID int64
	state, email string
	expires      time.Time
}

func storedChange(ctx context.Context, tx *sql.Tx, id int64) (c changeRow, err error) {
	var expires int64
	err = tx.QueryRowContext(ctx, `SELECT subscriber_id, state, email, expires_at FROM address_change WHERE id = ?1`, id).Scan(&c.subscriberID, &c.state, &c.email, &expires)
	c.expires = unixTime(expires)
	return c, err
}

// ConfirmChange gives the reader the new address: its owner agreed. The former one counts as
// left. Done twice it changes
// nothing more. Errors are ErrTokenExpired, also for one that is deleted, ErrAddressTaken
// and ErrSuppressed.
func (s *Store) ConfirmChange(ctx context.Context, changeID int64, now time.Time) error {
	err := s.db.Update(ctx, func(tx *sql.Tx) error { return s.confirmChange(ctx, tx, changeID, now) })
	if err != nil {
		return fmt.Errorf("confirm a change of address: %w", err)
	}
	return nil
}

func (s *Store) confirmChange(ctx context.Context, tx *sql.Tx, changeID int64, now time.Time) error {
	c, err := storedChange(ctx, tx, changeID)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrTokenExpired
	} else if err != nil || c.state == "confirmed" {
		return err
	}
	if !now.Before(c.expires) {
		return ErrTokenExpired
	}
	a, err := ParseAddressUTF8(c.email)
	if err != nil {
		return err
	}
	former, err := addressOf(ctx, tx, c.subscriberID)
	if err != nil {
		return err
	}
	for _, address := range []Address{former, a} {
		if barred, err := s.barred(ctx, tx, address); err != nil || barred {
			return errors.Join(err, ErrSuppressed)
		}
	}
	if err := s.makeRoom(ctx, tx, c.subscriberID, a); err != nil {
		return err
	}
	return s.moveTo(ctx, tx, changeID, c.subscriberID, former, a, now)
}

// makeRoom lets go of a sign-up that another began with the address and never confirmed.
func (s *Store) makeRoom(ctx context.Context, tx *sql.Tx, subscriberID int64, a Address) error {
	other, err := subscriberWith(ctx, tx, a)
	if err != nil || other == 0 || other == subscriberID {
		return err
	}
	var known bool
	if err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM subscription WHERE subscriber_id = ?1 AND state <> 'pending')`, other).Scan(&known); err != nil {
		return err
	}
	if known {
		return ErrAddressTaken
	}
	return forget(ctx, tx, other)
}

func (s *Store) moveTo(ctx context.Context, tx *sql.Tx, changeID, subscriberID int64, former, a Address, now time.Time) error {
	// What was asked at the former address is not asked at the new one.
	if err := voidSignups(ctx, tx, subscriberID); err != nil {
		return err
	}
	var silent bool
	if err := tx.QueryRowContext(ctx, `SELECT suppressed FROM subscriber WHERE id = ?1`, subscriberID).Scan(&silent); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE subscriber SET email = ?2, suppressed = 0 WHERE id = ?1`, subscriberID, a.String()); err != nil {
		return err
	}
	if _, err := s.liftAll(ctx, tx, subscriberID, a, now); err != nil {
		return err
	}
	if silent { // as after any time of silence, nothing of it is owed
		if _, err := tx.ExecContext(ctx, `
			UPDATE subscription SET since = ?2 WHERE subscriber_id = ?1 AND state IN ('confirmed', 'paused')`, subscriberID, now.Unix()); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE address_change SET state = 'confirmed', former = ?2, confirmed_at = ?3 WHERE id = ?1`, changeID, former.String(), now.Unix()); err != nil {
		return err
	}
	if former.Key() != a.Key() { // they left that one: no import may find it unknown
		if err := s.suppress(ctx, tx, former, ReasonLeft, "", now); err != nil {
			return err
		}
	}
	return s.answered(ctx, tx, a, LetterChange)
}
