package event

import (
	"hash/fnv"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A row is a labelled pair of headlines from testdata/pairs.tsv.
type row struct {
	same bool
	a, b Item // without ID
}

// both is every labelled pair; else readRows is given the half.
const both = 2

// readRows returns the labelled pairs of one half, 0 or 1, or of both. All pairs with one first
// headline are in the same half, by a hash of it: which half never depends on what the
// code finds easy.
func readRows(t testing.TB, half uint32) []row {
	t.Helper()
	text, err := os.ReadFile("testdata/pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)
	var rows []row
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 7 || f[0] != "same" && f[0] != "other" {
			t.Fatalf("not a row of seven fields: %q", line)
		}
		hours, err := strconv.Atoi(f[6])
		if err != nil {
			t.Fatal(err)
		}
		h := fnv.New32a()
		h.Write([]byte(f[2]))
		if half != both && h.Sum32()>>7&1 != half {
			continue
		}
		rows = append(rows, row{f[0] == "same",
			Item{Title: f[2], Summary: f[3], Language: f[1], At: start},
			Item{Title: f[4], Summary: f[5], Language: f[1], At: start.Add(time.Duration(hours) * time.Hour)}})
	}
	return rows
}

// A pool is the items of some rows as one day's news, each once.
type pool struct {
	items []Item
	ids   map[[2]string]int64
	truth []int // event of each item, by ID
}

// newPool takes the items from rows, and the truth from all rows there are.
func newPool(rows, all []row) *pool {
	p := &pool{ids: map[[2]string]int64{}}
	for _, r := range rows {
		p.add(r.a)
		p.add(r.b)
	}
	items := len(p.items)
	for _, r := range all {
		a, b := p.add(r.a), p.add(r.b)
		if !r.same {
			continue
		}
		from, to := p.truth[b], p.truth[a]
		for i := range p.truth {
			if p.truth[i] == from {
				p.truth[i] = to
			}
		}
	}
	p.items = p.items[:items]
	return p
}

func (p *pool) add(item Item) int64 {
	key := [2]string{item.Title, item.Summary}
	if id, ok := p.ids[key]; ok {
		return id
	}
	item.ID = int64(len(p.items))
	p.items = append(p.items, item)
	p.truth = append(p.truth, int(item.ID))
	p.ids[key] = item.ID
	return item.ID
}

// eventOf returns which event each item is in.
func eventOf(g Grouping) map[int64]int {
	of := map[int64]int{}
	for n, e := range g.Events {
		of[e.Lead] = n
		for _, m := range e.Also {
			of[m.ID] = n
		}
	}
	return of
}

// A tally counts pairs of items.
type tally struct{ found, wrong, missed, suggested int }

func (t tally) precision() float64 { return float64(t.found) / float64(max(t.found+t.wrong, 1)) }
func (t tally) recall() float64    { return float64(t.found) / float64(max(t.found+t.missed, 1)) }

func (t *tally) count(same, merged, suggested bool) {
	switch {
	case same && merged:
		t.found++
	case same:
		t.missed++
		if suggested {
			t.suggested++
		}
	case merged:
		t.wrong++
	}
}

// inOnePool groups all items of the rows together and counts every pair of them: merging
// items of different rows is wrong too.
func inOnePool(rows, all []row) (t tally) {
	p := newPool(rows, all)
	g := Group(p.items)
	of := eventOf(g)
	suggested := map[[2]int64]bool{}
	for _, s := range g.Suggestions {
		suggested[[2]int64{min(s.A, s.B), max(s.A, s.B)}] = true
	}
	for i := range p.items {
		for j := range i {
			a, b := int64(j), int64(i)
			t.count(p.truth[a] == p.truth[b], of[a] == of[b], suggested[[2]int64{a, b}])
		}
	}
	return t
}

// alone groups each pair by itself, as on a day with nothing else.
func alone(rows []row) (t tally) {
	for _, r := range rows {
		r.a.ID, r.b.ID = 1, 2
		g := Group([]Item{r.a, r.b})
		t.count(r.same, len(g.Events) == 1, len(g.Suggestions) == 1)
	}
	return t
}
