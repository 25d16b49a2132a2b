package outbox

import "database/sql"

// A change is how many deliveries enter (or, below zero, leave) each state.
type change map[State]int64

// move notes that one delivery goes from one state to another.
func (c change) move(from, to State) {
	c.moveAll(from, to, 1)
}

func (c change) moveAll(from, to State, n int) {
	c[from] -= int64(n)
	c[to] += int64(n)
}

// apply keeps the tally of an issue in step; it belongs into the transaction that moves
// the deliveries.
func (c change) apply(tx *sql.Tx, issueID int64) error {
	for state, n := range c {
		if n == 0 {
			continue
		}
		_, err := tx.Exec(`INSERT INTO tally (issue_id, state, n) VALUES (?1, ?2, ?3)
			ON CONFLICT (issue_id, state) DO UPDATE SET n = n + ?3`, issueID, string(state), n)
		if err != nil {
			return err
		}
	}
	return nil
}
