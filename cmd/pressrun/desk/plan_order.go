package desk

import (
	"slices"

	"github.com/pressrun/pressrun/digest"
)

// arranged returns p with the stories of one language in another order. shown are the
// stories of every language as they stand now, at names the one that changes. Whoever comes
// first in it leads.
func arranged(p digest.Plan, shown [][]int64, at int, wanted []int64) digest.Plan {
	if len(wanted) > 0 && wanted[0] != shown[at][0] {
		p = leading(p, shown, wanted[0])
	}
	ordered := slices.Clone(shown)
	ordered[at] = wanted
	return inOrder(p, ordered, func(i int) bool {
		return i == at || slices.ContainsFunc(ordered[i], func(id int64) bool { return slices.Contains(p.Order, id) })
	})
}

// leading returns p with id leading its language. A plan has one Lead; that of another
// language, where an editor chose one, leads on as the first in order.
func leading(p digest.Plan, shown [][]int64, id int64) digest.Plan {
	before := p.Lead
	p.Lead = id
	in := func(i int, id int64) bool { return slices.Contains(shown[i], id) }
	for i := range shown {
		if !in(i, before) || in(i, id) {
			continue
		}
		p.Pinned = with(p.Pinned, before)
		others := slices.DeleteFunc(slices.Clone(p.Order), func(id int64) bool { return id == before })
		p.Order = append([]int64{before}, others...)
	}
	return p
}

// inOrder puts into the plan the order of those languages that an editor ordered. The one
// whose lead depends on it stands first.
func inOrder(p digest.Plan, shown [][]int64, ordered func(i int) bool) digest.Plan {
	first := -1
	for i := range shown {
		if len(p.Order) > 0 && slices.Contains(shown[i], p.Order[0]) && !slices.Contains(shown[i], p.Lead) {
			first = i
		}
	}
	var order []int64
	if first >= 0 {
		order = append(order, shown[first]...)
	}
	for i := range shown {
		if i != first && ordered(i) {
			order = append(order, shown[i]...)
		}
	}
	p.Order = order
	return p
}

// with returns ids with one more, without those lists that have it already.
func with(ids []int64, id int64) []int64 {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(slices.Clone(ids), id)
}

// without returns ids less one.
func without(ids []int64, id int64) []int64 {
	return slices.DeleteFunc(slices.Clone(ids), func(other int64) bool { return other == id })
}

// moved returns ids with one of them a place up (-1) or down (+1).
func moved(ids []int64, id int64, by int) []int64 {
	ids = slices.Clone(ids)
	i := slices.Index(ids, id)
	if j := i + by; i >= 0 && j >= 0 && j < len(ids) {
		ids[i], ids[j] = ids[j], ids[i]
	}
	return ids
}
