package outbox

import (
	"database/sql"
	"time"
)

// A closing relay may take nothing for a while. Meanwhile nothing is marked for it, so
// that whoever leaves then, or pauses the issue, is heeded. See relay.Group.
type closing interface{ Open() bool }

func (s *Sender) isShut() bool {
	c, ok := s.Relay.(closing)
	return ok && !c.Open()
}

// giveBack writes down deliveries that were marked as sending and not begun, and returns
// the others. They are as before, or wait for a time: no attempt is counted.
func giveBack(tx *sql.Tx, batch []*outcome, moved changes, now time.Time) (tried []*outcome, err error) {
	for i, o := range batch {
		if !o.untouched {
			if tried != nil {
				tried = append(tried, o)
			}
			continue
		}
		if tried == nil { // copied only where there is anything to leave out
			tried = append(make([]*outcome, 0, len(batch)), batch[:i]...)
		}
		if err := giveBackOne(tx, o, moved.of(o.IssueID), now); err != nil {
			return nil, err
		}
	}
	if tried == nil {
		return batch, nil
	}
	return tried, nil
}

func giveBackOne(tx *sql.Tx, o *outcome, moved change, now time.Time) error {
	o.state = o.from
	query, args := `UPDATE delivery SET state = ?2, changed_at = ?3 WHERE id = ?1 AND state = 'sending'`, []any{o.ID, "", now.Unix()}
	if !o.again.IsZero() {
		o.state = Deferred
		query = `UPDATE delivery SET state = ?2, changed_at = ?3, due_at = ?4, reason = ?5 WHERE id = ?1 AND state = 'sending'`
		args = append(args, o.again.Unix(), o.why)
	}
	args[1] = string(o.state)
	res, err := tx.Exec(query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 1 { // else it was settled by another sender meanwhile
		moved.move(Sending, o.state)
	}
	return err
}

// takeBack empties what was made ready for connections, while the relay takes nothing.
func (s *Sender) takeBack() (batch []*outcome) {
	for {
		select {
		case c := <-s.ready:
			batch = append(batch, &outcome{claim: c, untouched: true, committed: make(chan struct{})})
		default:
			return batch
		}
	}
}
