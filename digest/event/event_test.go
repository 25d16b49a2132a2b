package event

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// headlines makes items of titles, one an hour, numbered from 1.
func headlines(titles ...string) []Item {
	var items []Item
	for i, title := range titles {
		items = append(items, Item{ID: int64(i + 1), Title: title, At: noon.Add(time.Duration(i) * time.Hour)})
	}
	return items
}

// ids returns the events as sets of IDs, without those of one item.
func ids(g Grouping) [][]int64 {
	var out [][]int64
	for _, e := range g.Events {
		event := []int64{e.Lead}
		for _, m := range e.Also {
			event = append(event, m.ID)
		}
		slices.Sort(event)
		if len(event) > 1 {
			out = append(out, event)
		}
	}
	return out
}

// TestHalfThatWasNotTunedOn measures on labelled pairs that the weights were not set on.
func TestHalfThatWasNotTunedOn(t *testing.T) {
	// Each pair by itself has the precision of 0.95 at a recall of 0.70 that is asked for;
	// the threshold was set knowing these figures. All in one pool, where each story may
	// meet every other, it has not: that floor holds what has been won.
	floors := map[string][2]float64{"alone": {0.95, 0.70}, "pooled": {0.88, 0.65}}
	all := readRows(t, both)
	if len(all) < 300 {
		t.Fatalf("only %d labelled pairs", len(all))
	}
	for half, name := range []string{"tuned on", "held out"} {
		rows := readRows(t, uint32(half))
		clockless := slices.Clone(rows)
		for i := range clockless {
			clockless[i].b.At = clockless[i].a.At
		}
		pooled, single, still := inOnePool(rows, all), alone(rows), alone(clockless)
		t.Logf("%s, %d pairs\n"+
			"  each pair alone:            precision %.3f, recall %.3f, %+v\n"+
			"  all in one pool:            precision %.3f, recall %.3f, %+v\n"+
			"  alone, as of the same hour: precision %.3f, recall %.3f, %+v",
			name, len(rows), single.precision(), single.recall(), single,
			pooled.precision(), pooled.recall(), pooled, still.precision(), still.recall(), still)
		if name != "held out" {
			continue
		}
		for name, tally := range map[string]tally{"pooled": pooled, "alone": single} {
			if floor := floors[name]; tally.precision() < floor[0] || tally.recall() < floor[1] {
				t.Errorf("%s: precision %.3f (at least %.2f), recall %.3f (at least %.2f)",
					name, tally.precision(), floor[0], tally.recall(), floor[1])
			}
		}
	}
}

func TestLookalikesStayApart(t *testing.T) {
	for _, c := range []struct {
		name   string
		titles []string
		want   [][]int64
	}{
		{"one story in two words", []string{
			"Quake of magnitude 6.1 rattles Balikesir in Turkey, one dead",
			"Turkish town of Balikesir hit by 6.1 earthquake"}, [][]int64{{1, 2}}},
		{"the same headline", []string{"Larsen wins Aalborg vote", "Larsen wins Aalborg vote"}, [][]int64{{1, 2}}},
		{"rise and fall", []string{"Brent oil rises 3% to $68.10 on supply fears", "Brent oil falls 3% to $68.10 on supply hopes"}, nil},
		{"other magnitude", []string{"Magnitude 6.1 quake shakes Fiji", "Magnitude 4.9 quake shakes Fiji"}, nil},
		{"one template, other names", []string{"Al Hilal beat Damac 3-1 in Saudi league", "Al Nassr beat Abha 2-0 in Saudi league"}, nil},
		{"another country", []string{"Hundreds flee wildfire in Greece", "Hundreds flee wildfire in Portugal"}, nil},
		{"a town is no event", []string{"Jeddah schools win science medals", "Rain floods streets of Jeddah"}, nil},
		{"Arabic clitics and spelling", []string{
			"حريق في سوق صنعاء القديمة", "النيران تلتهم السوق القديمه بصنعاء", "مارثون الرياض ينطلق غدا"}, [][]int64{{1, 2}}},
		{"two languages", []string{"OPEC 547,000", "أوبك 547,000"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := Group(headlines(c.titles...))
			if d := cmp.Diff(c.want, ids(g)); d != "" {
				t.Errorf("%s\n%+v", d, g)
			}
		})
	}
}

func TestAWindowParts(t *testing.T) {
	items := headlines("Larsen wins Aalborg vote", "Larsen wins Aalborg vote")
	items[1].At = items[0].At.Add(Window + time.Second)
	if g := Group(items); len(g.Events) != 2 || len(g.Suggestions) != 0 {
		t.Errorf("%+v", g)
	}
}

func TestWhatIsUncertainIsSuggestedWithItsWords(t *testing.T) {
	items := headlines("WhatsApp bans 7 million accounts of scammers", "Scam with WhatsApp: pensioners lose accounts in Oslo")
	items[1].At = noon.Add(30 * time.Hour)
	g := Group(items)
	if len(g.Events) != 2 || len(g.Suggestions) != 1 {
		t.Fatalf("%+v", g)
	}
	s := g.Suggestions[0]
	if s.Score < Maybe || s.Score >= Same || !slices.Contains(s.Why, "WhatsApp") {
		t.Errorf("%+v", s)
	}
}

func TestAgainstNamesTheContradiction(t *testing.T) {
	s := read(sorted(headlines("Magnitude 6.1 quake shakes Fiji", "Magnitude 4.9 quake shakes Fiji")))
	if l := s.likeness(0, 1); !slices.Contains(l.Against, "4.9 / 6.1") {
		t.Errorf("%+v", l)
	}
}

// TestAChainDoesNotJoinItsEnds: each of three is like its neighbour, and the ends differ.
func TestAChainDoesNotJoinItsEnds(t *testing.T) {
	pairs := []pair{{0, 1, 0.9}, {1, 2, 0.9}}
	s := &stories{all: make([]story, 3)}
	if got := merge(s, pairs); len(got) != 2 {
		t.Errorf("%v", got)
	}
	if got := merge(s, append(pairs, pair{0, 2, Same})); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// checkGrouping says what is wrong with a grouping of items.
func checkGrouping(items []Item, g Grouping) error {
	seen := map[int64]int{}
	for _, e := range g.Events {
		seen[e.Lead]++
		for _, m := range e.Also {
			seen[m.ID]++
		}
	}
	for _, item := range items {
		if seen[item.ID] != 1 {
			return fmt.Errorf("item %d is in %d events", item.ID, seen[item.ID])
		}
	}
	if len(seen) != len(items) {
		return fmt.Errorf("%d items became %d", len(items), len(seen))
	}
	shuffled := slices.Clone(items)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(items), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if d := cmp.Diff(g, Group(shuffled)); d != "" {
		return fmt.Errorf("another order gives another result: %s", d)
	}
	return nil
}

func TestEveryItemIsInOneEventInAnyOrder(t *testing.T) {
	p := newPool(readRows(t, 0), nil)
	if err := checkGrouping(p.items, Group(p.items)); err != nil {
		t.Error(err)
	}
}

func FuzzGroup(f *testing.F) {
	f.Add("Quake 6.1 hits Fiji|six dead\nFiji: 6.1 quake kills six|\n", "en", int64(3))
	f.Add("حريق في صنعاء|٣ قتلى\nالنيران في صنعاء|\n", "ar", int64(-5))
	f.Add("US's U.S. 3-1 $4tn 1.2.3 ५५ ـــ '’ |\xff\xfe 9bn\n\n|", "", int64(1<<62))
	f.Fuzz(func(t *testing.T, text, language string, step int64) {
		var items []Item
		for i, line := range strings.Split(text, "\n")[:min(40, strings.Count(text, "\n")+1)] {
			title, summary, _ := strings.Cut(line, "|")
			items = append(items, Item{ID: int64(i), Title: title, Summary: summary, Language: language,
				At: noon.Add(time.Duration(step) * time.Duration(i))})
		}
		if err := checkGrouping(items, Group(items)); err != nil {
			t.Error(err)
		}
	})
}

// TestSeedPage groups the headlines of the page that the project began with. They have
// neither summaries nor dates.
func TestSeedPage(t *testing.T) {
	name := filepath.Join("..", "..", "..", "shared", "seeds", "000_d17f63c6f13c8c2d.txt")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Skip("the seed page is not here: ", err)
	}
	_, list, ok := strings.Cut(string(text), "\nClose\n")
	if !ok {
		t.Fatal("the list of headlines was not found")
	}
	var items []Item
	for i, title := range strings.Split(strings.TrimSpace(list), "\n") {
		items = append(items, Item{ID: int64(i), Title: title, At: noon})
	}
	title := func(id int64) string { return items[id].Title }
	g := Group(items)
	for _, e := range g.Events {
		for _, m := range e.Also {
			t.Logf("one event: %q, %q: %.2f %v", title(e.Lead), title(m.ID), m.Score, m.Why)
			if a, b := title(e.Lead), title(m.ID); !oneSeedEvent(a, b) {
				t.Errorf("%q and %q are two events", a, b)
			}
		}
	}
	known := 0
	for _, s := range g.Suggestions {
		t.Logf("suggested: %q, %q: %.2f %v %v", title(s.A), title(s.B), s.Score, s.Why, s.Against)
		if oneSeedEvent(title(s.A), title(s.B)) {
			known++
		}
	}
	if len(ids(g))+known == 0 {
		t.Error("none of the page's groups was found or suggested")
	}
}

// oneSeedEvent reports whether two headlines of the seed page are one event.
func oneSeedEvent(a, b string) bool {
	summit := func(s string) bool {
		return strings.Contains(s, "Summit") || strings.HasPrefix(s, "Zelenskyy")
	}
	scam := func(s string) bool { return strings.HasPrefix(s, "WhatsApp") }
	return summit(a) && summit(b) || scam(a) && scam(b)
}

// BenchmarkGroup groups 10,000 articles of ten days: 2,000 events of up to five articles,
// each in words drawn from a vocabulary with the frequencies of a newspaper.
func BenchmarkGroup(b *testing.B) {
	items := manyItems(10_000)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		Group(items)
	}
}

func manyItems(n int) []Item {
	r := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(r, 1.2, 20, 30_000)
	word := func() string { return fmt.Sprintf("w%xq", zipf.Uint64()*2654435761%(1<<24)) }
	words := func(n int) []string {
		var out []string
		for range n {
			out = append(out, word())
		}
		return out
	}
	var items []Item
	for len(items) < n {
		about := words(6)
		at := noon.Add(time.Duration(r.IntN(240*60)) * time.Minute)
		for range 1 + r.IntN(5) {
			title := append(words(6), about[r.IntN(6)], about[r.IntN(6)], about[r.IntN(6)])
			summary := append(words(16), about...)
			items = append(items, Item{ID: int64(len(items)), Title: strings.Join(title, " "), Summary: strings.Join(summary, " "),
				Language: "en", At: at.Add(time.Duration(r.IntN(600)) * time.Minute)})
		}
	}
	return items[:n]
}
