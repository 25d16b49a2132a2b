package staff

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"time"
)

// How many logins may go wrong in failureSpan: for one editor, wherever they come from, and
// from one network, whomever they try.
const (
	failureSpan    = 15 * time.Minute
	failuresEditor = 10
	failuresFrom   = 20
)

// Login begins a session for whoever knows the password, and the code of those who use one:
// without it, and with the right password, the error is ErrCode. from is where the request
// comes from.
func (s *Store) Login(ctx context.Context, email, password, code string, from netip.Addr, now time.Time) (session Session, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	who, where := keyed(s.doors, "editor "+email), keyed(s.doors, "from "+network(from))
	var e Editor
	var hash string
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		if err := checkFailures(tx, who, where, now); err != nil {
			return err
		}
		e, err = scanEditor(tx.QueryRow(`SELECT `+editorColumns+`, password FROM editor WHERE email = ?1 AND removed = 0`, email), &hash)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // the password is hashed all the same
		}
		return err
	})
	if err != nil {
		return session, err
	}
	right, err := s.matches(ctx, hash, password)
	if err != nil {
		return session, err
	}
	wrong := error(nil)
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		// Once more: while this one was hashed, others may have used the tries up.
		if err := checkFailures(tx, who, where, now); err != nil {
			return err
		}
		switch {
		case !right:
			wrong = ErrLogin
		case e.TOTP && strings.TrimSpace(code) == "":
			wrong = ErrCode // asks for it, and counts as no failure
			return nil
		case e.TOTP:
			if err := s.useCode(tx, e.ID, code, now); err != nil {
				if !errors.Is(err, ErrCode) {
					return err
				}
				wrong = err
			}
		}
		if wrong != nil {
			return noteFailure(tx, now, who, where)
		}
		if _, err := tx.Exec(`DELETE FROM editor_failure WHERE who = ?1`, who); err != nil {
			return err
		}
		session, err = s.begin(tx, e, now)
		return err
	})
	if err == nil {
		err = wrong
	}
	return session, err
}

// Busy is ErrBusy while too many logins of any kind have gone wrong from one network.
func (s *Store) Busy(ctx context.Context, from netip.Addr, now time.Time) error {
	where := keyed(s.doors, "from "+network(from))
	return s.db.View(ctx, func(tx *sql.Tx) error { return checkFailures(tx, nil, where, now) })
}

// Failed notes that a login without a password went wrong.
func (s *Store) Failed(ctx context.Context, from netip.Addr, now time.Time) error {
	where := keyed(s.doors, "from "+network(from))
	return s.db.Update(ctx, func(tx *sql.Tx) error { return noteFailure(tx, now, where) })
}

// network is what is counted as one place: whoever has an IPv6 address has 2^64 of them.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

func checkFailures(tx *sql.Tx, who, where []byte, now time.Time) error {
	since := unix(now.Add(-failureSpan))
	for _, limit := range []struct {
		who []byte
		n   int
	}{{who, failuresEditor}, {where, failuresFrom}} {
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM editor_failure WHERE who = ?1 AND at > ?2`, limit.who, since).Scan(&n); err != nil {
			return err
		}
		if n >= limit.n {
			return ErrBusy
		}
	}
	return nil
}

func noteFailure(tx *sql.Tx, now time.Time, keys ...[]byte) error {
	if _, err := tx.Exec(`DELETE FROM editor_failure WHERE at <= ?1`, unix(now.Add(-failureSpan))); err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := tx.Exec(`INSERT INTO editor_failure (who, at) VALUES (?1, ?2)`, key, unix(now)); err != nil {
			return err
		}
	}
	return nil
}
