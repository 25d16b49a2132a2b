package event

import (
	"cmp"
	"slices"
)

// leastLike is the least score of two stories in one event.
const leastLike = 0.5

// merge joins stories into clusters, the likeliest pair first. Two clusters become one
// only when each story of one is rather the same as each of the other, and on average they
// are the same: a chain of lookalikes does not join its ends.
func merge(s *stories, pairs []pair) [][]int {
	of := make([]int, len(s.all)) // cluster of each story
	clusters := make([][]int, len(s.all))
	for i := range s.all {
		of[i], clusters[i] = i, []int{i}
	}
	score := make(map[[2]int]float64, len(pairs))
	for _, p := range pairs {
		score[[2]int{p.a, p.b}] = p.score
	}
	for _, p := range pairs {
		if p.score < Same {
			break
		}
		a, b := of[p.a], of[p.b]
		if a == b || !joins(clusters[a], clusters[b], score) {
			continue
		}
		a, b = min(a, b), max(a, b)
		for _, i := range clusters[b] {
			of[i] = a
		}
		clusters[a] = append(clusters[a], clusters[b]...)
		clusters[b] = nil
	}
	out := clusters[:0]
	for _, c := range clusters {
		if c != nil {
			slices.Sort(c)
			out = append(out, c)
		}
	}
	return out
}

// joins reports whether two clusters are one event.
func joins(a, b []int, score map[[2]int]float64) bool {
	sum := 0.0
	for _, i := range a {
		for _, j := range b {
			one, ok := score[[2]int{min(i, j), max(i, j)}]
			if !ok || one < leastLike {
				return false
			}
			sum += one
		}
	}
	return sum >= Same*float64(len(a)*len(b))
}

// event makes an event of a cluster, whose stories stand from new to old.
func (s *stories) event(cluster []int) Event {
	lead, best := cluster[0], -1.0
	for _, i := range cluster {
		sum := 0.0
		for _, j := range cluster {
			if i != j {
				sum += s.compare(min(i, j), max(i, j)).score()
			}
		}
		if sum > best+1e-9 {
			lead, best = i, sum
		}
	}
	e := Event{Lead: s.all[lead].ID}
	for _, i := range cluster {
		if i != lead {
			e.Also = append(e.Also, Member{s.all[i].ID, s.likeness(lead, i)})
		}
	}
	slices.SortStableFunc(e.Also, func(a, b Member) int { return cmp.Compare(b.Score, a.Score) })
	return e
}
