package event

import (
	"cmp"
	"slices"
)

// A pair is two stories that may be one event, by their places in stories; a is newer.
type pair struct {
	a, b  int
	score float64
}

// Stories are compared when the words they share weigh leastShared, found by words that
// at most mostCommon stories of a Window have.
const (
	leastShared = 0.9
	mostCommon  = 150
)

// likely returns the pairs of stories whose score is Maybe or more, the best first. An
// index from each term to the stories that have it finds those worth comparing.
func likely(s *stories) []pair {
	var pairs []pair
	newer := make([][]int, len(s.entries)) // stories of the Window so far, by term
	weights := make([]float64, len(s.all))
	var found []int
	for i := range s.all {
		st := &s.all[i]
		for _, t := range st.terms {
			with := newer[t.id]
			for len(with) > 0 && s.all[with[0]].At.Sub(st.At) > Window {
				with = with[1:]
			}
			if len(with) <= mostCommon {
				for _, j := range with {
					if weights[j] == 0 {
						found = append(found, j)
					}
					weights[j] += s.entries[t.id].weight
				}
			}
			newer[t.id] = append(with, i)
		}
		for _, j := range found {
			if weights[j] >= leastShared {
				if score := s.compare(j, i).score(); score >= Maybe {
					pairs = append(pairs, pair{j, i, score})
				}
			}
			weights[j] = 0
		}
		found = found[:0]
	}
	slices.SortFunc(pairs, func(p, q pair) int {
		return cmp.Or(cmp.Compare(q.score, p.score), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
	})
	return pairs
}
