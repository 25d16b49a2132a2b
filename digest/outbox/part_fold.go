package outbox

import (
	"database/sql"
	"slices"
	"time"
)

const (
	// keepNames is how long small domains keep their names after an issue was handed over. A
	// domain may be one person's own: of whom is erased nothing shall stay (W16).
	keepNames = 7 * 24 * time.Hour
	// fewReaders are too few for a domain to be named for good.
	fewReaders = 5
	// mostKept is how many domains of an issue are named for good.
	mostKept = 50
)

// fold looks for issues that have been over for long enough.
func (s *Sender) fold(tx *sql.Tx, now time.Time) error {
	s.named = names{} // they are asked for anew
	return foldOld(tx, now)
}

// foldOld takes their names from the small domains of issues that are over.
func foldOld(tx *sql.Tx, now time.Time) error {
	over, err := ints(tx.Query(`UPDATE run SET folded = 1 WHERE folded = 0 AND issue_id > 0
		AND state IN ('finished', 'cancelled') AND posted_at < ?1 RETURNING issue_id`, now.Add(-keepNames).Unix()))
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := foldRun(tx, id, now); err != nil {
			return err
		}
	}
	return nil
}

func foldRun(tx *sql.Tx, issueID int64, now time.Time) error {
	parts, err := partsOf(tx, issueID, byDomain, now)
	if err != nil {
		return err
	}
	large := slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return p.Name == "" || p.Taken+p.Refused < fewReaders })
	large = large[:min(len(large), mostKept)]
	small := slices.DeleteFunc(parts, func(p Part) bool {
		return p.Name == "" || slices.ContainsFunc(large, func(l Part) bool { return l.Name == p.Name })
	})
	var others Part
	for _, p := range small {
		p.Said, p.SaidAt = "", time.Time{}
		others.add(p)
		if _, err := tx.Exec(`DELETE FROM part WHERE issue_id = ?1 AND kind = 'domain' AND name = ?2`, issueID, p.Name); err != nil {
			return err
		}
	}
	// The row is there even where it is empty: no domain gets a name of its own any more.
	return savePart(tx, partKey{issueID, byDomain, ""}, others)
}
