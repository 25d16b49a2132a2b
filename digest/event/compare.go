package event

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// evidence is what speaks for and against two stories being one event.
type evidence struct {
	titles    float64 // weight of the words that both titles have
	crossed   float64 // of those that one has in its title, the other in its summary
	summaries float64 // of those in both summaries
	known     float64 // part of a title that the other story knows too, 0 to 1
	kind      float64 // kinds of happening they share, one of them in a title
	figures   float64 // numbers both have
	numbers   float64 // numbers that differ
	kinds     float64 // 1 when the titles speak of different kinds of happening
	places    float64 // 1 when they have no country in common
	direction float64 // 1 when one rises and the other falls
	template  float64 // part of the titles that is one frame around different rare words
	summary   float64 // the same of the summaries, by how they begin and end
	late      float64 // part of the Window between them
}

// score weighs the evidence: from 0 to 1. The weights were set on one half of the pairs
// in testdata.
func (e evidence) score() float64 {
	z := -4.8 + 1.8*e.titles + 2*e.crossed + 2.1*e.summaries + 3.2*e.known + 1.5*e.kind + 3.6*e.figures -
		3.8*e.numbers - 2.1*e.kinds - 0.8*e.places - 3.7*e.direction - 2.5*e.template - 5.6*e.summary - 2*e.late
	return 1 / (1 + math.Exp(-z))
}

// compare weighs two stories against each other.
func (s *stories) compare(i, j int) evidence {
	a, b := &s.all[i], &s.all[j]
	var e evidence
	var knownA, knownB, rareA, rareB float64
	s.shared(a, b, func(x, y term, weight, fresh float64) {
		switch {
		case x.inTitle && y.inTitle:
			e.titles += fresh
		case x.inTitle || y.inTitle:
			e.crossed += fresh
		default:
			e.summaries += fresh
		}
		if s.entries[x.id].hard && (x.inTitle || y.inTitle) {
			e.kind = min(e.kind+0.5, 1)
		}
		rare := s.entries[x.id].class <= className
		if x.inTitle {
			knownA += weight
			if rare {
				rareA += weight
			}
		}
		if y.inTitle {
			knownB += weight
			if rare {
				rareB += weight
			}
		}
	})
	e.known = max(part(knownA, a.weight), part(knownB, b.weight))
	e.figures, e.numbers, _ = figures(a, b)
	if onlyNumbersDiffer(a.Title, b.Title) {
		e.numbers = 1
	}
	e.kinds = differ(s.kinds(a, true), s.kinds(b, false), s.kinds(b, true), s.kinds(a, false))
	e.places = s.apart(a, b)
	if _, _, found := s.contraries(a, b); found {
		e.direction = 1
	}
	news := min(1, a.rare-rareA+e.numbers, b.rare-rareB+e.numbers)
	e.template = frame(a.title, b.title) * news
	e.summary = ends(a.summary, b.summary) * news
	e.late = math.Abs(a.At.Sub(b.At).Hours()) / Window.Hours()
	return e
}

func part(of, all float64) float64 {
	if all == 0 {
		return 0
	}
	return of / all
}

// again is what a shared word counts that follows on a shared word in both stories: a
// name of two words, or a phrase of any newspaper, is not found twice.
const again = 0.2

// shared calls yield for each term that both stories have, with its weight and with what
// is left of that when it only continues a phrase.
func (s *stories) shared(a, b *story, yield func(x, y term, weight, fresh float64)) {
	var buffer [24][2]term
	both := buffer[:0]
	for i, j := 0, 0; i < len(a.terms) && j < len(b.terms); {
		switch x, y := a.terms[i], b.terms[j]; cmp.Compare(x.id, y.id) {
		case -1:
			i++
		case 1:
			j++
		default:
			both = append(both, [2]term{x, y})
			i, j = i+1, j+1
		}
	}
	slices.SortFunc(both, func(p, q [2]term) int {
		return cmp.Or(cmp.Compare(p[0].at, q[0].at), cmp.Compare(p[0].id, q[0].id))
	})
	heaviest := 0.0 // of the phrase so far
	for n, p := range both {
		weight := s.entries[p[0].id].weight
		fresh := weight
		if n > 0 && p[0].at-both[n-1][0].at <= 1 && p[1].at-both[n-1][1].at == p[0].at-both[n-1][0].at {
			fresh = max(weight-heaviest, 0) + again*min(weight, heaviest)
			heaviest = max(heaviest, weight)
		} else {
			heaviest = weight
		}
		yield(p[0], p[1], weight, fresh)
	}
}

// ofClass returns the terms of a class in a story, or in its title only.
func (s *stories) ofClass(st *story, class int, title bool) []term {
	var out []term
	for _, t := range st.terms {
		if s.entries[t.id].class == class && (t.inTitle || !title) {
			out = append(out, t)
		}
	}
	return out
}

// kinds returns the kinds of happening that exclude others.
func (s *stories) kinds(st *story, title bool) []term {
	return slices.DeleteFunc(s.ofClass(st, classKind, title), func(t term) bool { return !s.entries[t.id].hard })
}

// apart is 1 when the titles tell of different countries, of which the other story knows
// nothing, and less when only the stories do.
func (s *stories) apart(a, b *story) float64 {
	allA, allB := s.ofClass(a, classPlace, false), s.ofClass(b, classPlace, false)
	if differ(s.ofClass(a, classPlace, true), allB, s.ofClass(b, classPlace, true), allA) > 0 {
		return 1
	}
	return differ(allA, allB, allB, allA) / 2
}

// differ is 1 when there are terms on both sides and none of one is known to the other.
func differ(a, inB, b, inA []term) float64 {
	if len(a) == 0 || len(b) == 0 || meet(a, inB) || meet(b, inA) {
		return 0
	}
	return 1
}

func meet(a, b []term) bool {
	return slices.ContainsFunc(a, func(x term) bool {
		return slices.ContainsFunc(b, func(y term) bool { return x.id == y.id })
	})
}

// contraries returns words of the two titles of which only one can be true.
func (s *stories) contraries(a, b *story) (x, y term, found bool) {
	kindsA, kindsB := s.ofClass(a, classKind, true), s.ofClass(b, classKind, true)
	for _, x := range kindsA {
		contrary := a.lexicon.against[s.entries[x.id].name]
		if contrary == "" || meet([]term{x}, kindsB) {
			continue
		}
		for _, y := range kindsB {
			if s.entries[y.id].name == contrary && !meet([]term{y}, kindsA) {
				return x, y, true
			}
		}
	}
	return x, y, false
}

// figures weighs the numbers that two stories have in common, and those that count the
// same thing and differ; it also returns such a pair.
func figures(a, b *story) (same, other float64, pair [2]number) {
	for _, x := range a.numbers {
		best, conflict, against := 0.0, 0.0, number{}
		for _, y := range b.numbers {
			off := math.Abs(x.value-y.value) / max(x.value, y.value, 1e-9)
			if x.unit == "score" != (y.unit == "score") {
				continue
			}
			switch {
			case off < 1e-9, off < 0.005 && x.value >= 1e5:
				best = max(best, x.information())
			case off < 0.03 && (x.value >= 1e5 && x.unit == y.unit || x.value >= 50 && (isRound(x.value) || isRound(y.value))):
				best = max(best, x.information()/2)
			case x.unit != "" && x.unit == y.unit:
				c := min(1, 0.4+off)
				if x.value != math.Trunc(x.value) || y.value != math.Trunc(y.value) {
					c = 1
				}
				if c > conflict {
					conflict, against = c, y
				}
			}
		}
		same += best
		if best == 0 && conflict > other {
			other, pair = conflict, [2]number{x, against}
		}
	}
	return min(same, 2), other, pair
}

// onlyNumbersDiffer reports whether two titles are one frame for another number each time:
// "Lottery: draw 14" and "Lottery: draw 15".
func onlyNumbersDiffer(a, b string) bool {
	frame := func(title string) string {
		return strings.Join(strings.FieldsFunc(title, unicode.IsDigit), "0")
	}
	return a != b && frame(a) == frame(b) && strings.ContainsFunc(a+b, unicode.IsDigit)
}

// isRound reports whether a figure may stand for one near it: "more than 240".
func isRound(value float64) bool { return math.Mod(value, 10) == 0 }

// information says how much it tells that two stories have this number.
func (n number) information() float64 {
	digits := 0
	for _, r := range n.form {
		if digitOf(r) >= 0 {
			digits++
		}
	}
	switch {
	case n.unit == "score":
		return 0.8
	case n.value >= 1900 && n.value <= 2100 && digits == 4, n.value <= 5 && digits <= 1:
		return 0.2
	case digits >= 3:
		return 1.2
	case n.value >= 13:
		return 0.8
	}
	return 0.4
}

// frame returns the part of the longer title that both have in the same order.
func frame(a, b []int32) float64 {
	row := make([]int, len(b)+1)
	for _, x := range a {
		before := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			before = above
		}
	}
	return part(float64(row[len(b)]), float64(max(len(a), len(b))))
}

// ends returns the part of the longer text that both begin or end with.
func ends(a, b []int32) float64 {
	n, shorter := 0, min(len(a), len(b))
	for n < shorter && a[n] == b[n] {
		n++
	}
	m := 0
	for m < shorter-n && a[len(a)-1-m] == b[len(b)-1-m] {
		m++
	}
	return part(float64(n+m), float64(max(len(a), len(b))))
}

// likeness explains how two stories compare.
func (s *stories) likeness(i, j int) Likeness {
	return s.explain(i, j, s.compare(i, j))
}

// mostWords is how many shared words an explanation names.
const mostWords = 6

func (s *stories) explain(i, j int, e evidence) Likeness {
	a, b := &s.all[i], &s.all[j]
	l := Likeness{Score: e.score()}
	type word struct {
		form   string
		weight float64
	}
	var words []word
	s.shared(a, b, func(x, y term, _, weight float64) {
		form := x.form
		if fold(x.form) != fold(y.form) && s.entries[x.id].class >= classKind {
			form += " = " + y.form
		}
		if !x.inTitle && !y.inTitle {
			weight /= 2
		}
		words = append(words, word{form, weight})
	})
	for _, x := range a.numbers {
		if slices.ContainsFunc(b.numbers, func(y number) bool { return x.value == y.value && (x.unit == "score") == (y.unit == "score") }) {
			words = append(words, word{x.form, x.information()})
		}
	}
	slices.SortStableFunc(words, func(x, y word) int { return cmp.Compare(y.weight, x.weight) })
	for _, w := range words {
		if len(l.Why) < mostWords && !slices.Contains(l.Why, w.form) {
			l.Why = append(l.Why, w.form)
		}
	}
	if _, _, pair := figures(a, b); e.numbers > 0 {
		l.Against = append(l.Against, pair[0].form+" / "+pair[1].form)
	}
	against := func(x, y []term) { l.Against = append(l.Against, x[0].form+" / "+y[0].form) }
	if e.places > 0 {
		against(s.ofClass(a, classPlace, e.places == 1), s.ofClass(b, classPlace, e.places == 1))
	}
	if e.kinds > 0 {
		against(s.kinds(a, true), s.kinds(b, true))
	}
	if x, y, ok := s.contraries(a, b); ok {
		against([]term{x}, []term{y})
	}
	return l
}
