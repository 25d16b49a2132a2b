package staff

import (
	"context"
	"database/sql"
	"net/netip"
	"time"
)

// ChangePassword gives an editor who knows their password another one. All their sessions
// end, and the one returned begins. Wrong tries count as logins that went wrong.
func (s *Store) ChangePassword(ctx context.Context, e Editor, old, password string, from netip.Addr, now time.Time) (session Session, err error) {
	who, where := keyed(s.doors, "editor "+e.Email), keyed(s.doors, "from "+network(from))
	var hash string
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		if err := checkFailures(tx, who, where, now); err != nil {
			return err
		}
		return missing(tx.QueryRow(`SELECT password FROM editor WHERE id = ?1 AND removed = 0`, e.ID).Scan(&hash))
	})
	if err != nil {
		return session, err
	}
	right, err := s.matches(ctx, hash, old)
	if err != nil {
		return session, err
	}
	if !right {
		if err := s.db.Update(ctx, func(tx *sql.Tx) error { return noteFailure(tx, now, who, where) }); err != nil {
			return session, err
		}
		return session, ErrLogin
	}
	if hash, err = s.hashPassword(ctx, password); err != nil {
		return session, err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		if err := shutOut(tx, e.ID); err != nil {
			return err
		}
		if err := one(tx.Exec(`UPDATE editor SET password = ?2 WHERE id = ?1 AND removed = 0`, e.ID, hash)); err != nil {
			return err
		}
		session, err = s.begin(tx, e, now)
		return err
	})
	return session, err
}
