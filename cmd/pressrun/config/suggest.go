package config

import (
	"slices"
	"strings"
)

// names lists every setting as people write it.
func names() []string {
	var all []string
	for _, s := range sectionsOf(withOneOfEach(Config{})) {
		all = append(all, spoken(s.name))
		for _, f := range s.fields {
			all = append(all, spoken(f.path))
		}
	}
	return slices.DeleteFunc(all, func(name string) bool { return name == "" })
}

// didYouMean names the known name that is most like name, if one is like it: few letters
// differ, or it is the same key in another section.
func didYouMean(name string, known []string) string {
	best, least := "", max(2, len(name)/5)+1
	if len(name) > 100 {
		known = nil // no misspelling, and costly to compare
	}
	for _, candidate := range slices.Sorted(slices.Values(known)) {
		d := distance(name, candidate)
		if i := strings.LastIndex(name, "."); i >= 0 && strings.HasSuffix(candidate, name[i:]) {
			d = min(d, 2)
		}
		if d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return "; take it out, or see the file that `pressrun init` writes for all there are"
	}
	return "; did you mean " + best + "?"
}

// distance is the number of letters to add, drop or change to make a from b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
