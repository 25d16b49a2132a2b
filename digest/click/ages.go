package click

import (
	"database/sql"
	"sort"
	"time"
)

// Scale is how long after a letter had left a story was opened: each step ends where it
// says, and what comes later is one more step.
var Scale = []time.Duration{
	5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
	8 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour,
}

// stepOf is the step of an age.
func stepOf(age time.Duration) int {
	return sort.Search(len(Scale), func(i int) bool { return age < Scale[i] })
}

func ages(tx *sql.Tx, issue int64) ([]int64, error) {
	all := make([]int64, len(Scale)+1)
	rows, err := tx.Query(`SELECT step, people FROM click_age WHERE issue_id = ?1`, issue)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var step int
		var n int64
		if err := rows.Scan(&step, &n); err != nil {
			return nil, err
		}
		if step < len(all) {
			all[step] = n
		}
	}
	return lumped(all), rows.Err()
}

// lumped adds what is too small to be told to the step after it, and the last of that to
// the last step that is told.
func lumped(all []int64) []int64 {
	last := -1
	for i, n := range all {
		switch {
		case n >= Fewest:
			last = i
		case i+1 < len(all):
			all[i], all[i+1] = 0, all[i+1]+n
		case last >= 0:
			all[i], all[last] = 0, all[last]+n
		default:
			return nil
		}
	}
	return all
}

// Half is the end of the step within which half of the stories were opened that people
// opened at all; 0 where that is later than all steps, or nothing is known.
func (r Report) Half() time.Duration {
	var all, so int64
	for _, n := range r.Ages {
		all += n
	}
	for i, n := range r.Ages[:max(len(r.Ages)-1, 0)] {
		if so += n; all > 0 && 2*so >= all {
			return Scale[i]
		}
	}
	return 0
}
