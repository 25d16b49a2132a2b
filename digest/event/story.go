package event

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// mostTokens is how much of a title is read, and of a summary: its beginning says what
// happened, what follows shares words with everything.
const mostTokens = 40

// A story is an item as it is compared.
type story struct {
	Item
	lexicon *lexicon
	title   []int32 // its words in order, to see one template filled in twice
	summary []int32
	terms   []term // by id
	numbers []number
	weight  float64 // of the title's terms
	rare    float64 // of its rare words and names
}

// A term is a word, a kind or a place that a story speaks of.
type term struct {
	id      int32
	inTitle bool
	at      int16  // place in the text, a summary's words after a gap
	form    string // as it stands in the text
}

// A number is a figure with what it counts.
type number struct {
	value float64
	unit  string // "%", "$", "score", or the stem or kind of the word after it
	form  string
}

// Classes of terms, by how much they say.
const (
	classWord  = iota // a rare word
	classPlain        // one that is known to be no name
	className
	classCommon
	classKind
	classPlace
)

// An entry is what is known of a term over all stories.
type entry struct {
	name     string // of a kind or place
	hard     bool   // a kind that excludes others
	class    int
	df       int  // stories that have it
	cased    bool // of a script with capitals
	capitals int  // times it stood with a capital where that says something
	smalls   int
	weight   float64
}

// stories are the items read, and the terms they use.
type stories struct {
	all     []story // from new to old
	entries []entry // by term id
	ids     map[string]int32
}

// read prepares sorted items.
func read(items []Item) *stories {
	s := &stories{all: make([]story, len(items)), ids: map[string]int32{}}
	known := lexicons()
	texts := make([][2][]token, len(items))
	attested := map[string]map[string]bool{} // stems by language
	for i, item := range items {
		language := languageOf(item)
		if known[language] == nil {
			known[language] = newLexicon(language, "", 0)
		}
		l := known[language]
		s.all[i] = story{Item: item, lexicon: l}
		texts[i] = [2][]token{head(item.Title), head(item.Summary)}
		if attested[language] == nil {
			attested[language] = map[string]bool{}
		}
		for _, text := range texts[i] {
			for _, t := range text {
				if !t.number {
					attested[language][l.stem(t.folded)] = true
				}
			}
		}
	}
	for i := range s.all {
		st := &s.all[i]
		l := st.lexicon
		isWord := func(stem string) bool { return attested[l.language][stem] || l.knows(stem, stem) }
		for n, text := range texts[i] {
			for j := range text {
				text[j].folded = l.withoutClitic(text[j].folded, isWord)
			}
			if words := s.take(st, text, n == 0); n == 0 {
				st.title = words
			} else {
				st.summary = words
			}
		}
		st.settle(s.entries)
	}
	s.weigh()
	return s
}

// head returns the tokens at the beginning of a text.
func head(text string) []token {
	t := tokens(text[:min(len(text), 20*mostTokens)])
	return t[:min(len(t), mostTokens)]
}

// languageOf returns the primary subtag of an item's language, or what its letters tell.
func languageOf(item Item) string {
	if language, _, _ := strings.Cut(strings.ToLower(item.Language), "-"); language != "" {
		return language
	}
	for _, r := range item.Title {
		if unicode.Is(unicode.Arabic, r) {
			return "ar"
		}
	}
	return "en"
}

// take adds the terms and numbers of a text to a story, and returns its words in order.
func (s *stories) take(st *story, text []token, inTitle bool) (words []int32) {
	l := st.lexicon
	shouted := mostlyCapitals(text)
	for i := 0; i < len(text); i++ {
		t := text[i]
		if n, used := readFigure(l, text[i:]); used > 0 {
			st.numbers = append(st.numbers, n)
			words = append(words, s.id(l.language+"#"+n.form, entry{class: classCommon}))
			i += used - 1
			continue
		}
		stem := l.stem(t.folded)
		class := classWord
		switch {
		case l.stop[t.folded] || len([]rune(stem)) < 2:
			words = append(words, s.id(l.language+"-"+t.folded, entry{class: classCommon}))
			continue
		case l.common[stem], len(l.kinds[stem]) > 0, l.place(t.folded) != "":
			class = classCommon
		}
		id := s.id(l.language+":"+stem, entry{class: class, cased: t.cased})
		words = append(words, id)
		if e := &s.entries[id]; !shouted && !t.first && t.capital {
			e.capitals++
		} else if !t.capital {
			e.smalls++
		}
		at := int16(i)
		if !inTitle {
			at += 2 * mostTokens
		}
		st.terms = append(st.terms, term{id, inTitle, at, t.text})
		for _, kind := range l.kinds[stem] {
			st.terms = append(st.terms, term{s.id(l.language+"!"+kind, entry{class: classKind, name: kind, hard: !l.soft[kind]}), inTitle, at, t.text})
		}
		if place := l.place(t.folded); place != "" {
			st.terms = append(st.terms, term{s.id(l.language+"@"+place, entry{class: classPlace, name: place}), inTitle, at, t.text})
		}
	}
	return words
}

// mostlyCapitals reports whether a text is set Like This, so that capitals say nothing.
func mostlyCapitals(text []token) bool {
	capitals, words := 0, 0
	for _, t := range text {
		if !t.number && len(t.folded) > 3 {
			words++
			if t.capital {
				capitals++
			}
		}
	}
	return capitals*10 >= words*7
}

// readFigure reads a number at the beginning of text, in digits or words, with the words
// that multiply it and the one that says what it counts; used is how many tokens it takes.
func readFigure(l *lexicon, text []token) (n number, used int) {
	t := text[0]
	value, isWord := l.numbers[t.folded]
	switch {
	case t.number:
		n = number{t.value, t.unit, t.text}
	case isWord && t.folded != "" && (value < 1000):
		n = number{value, "", t.text}
	default:
		return n, 0
	}
	used = 1
	if letters := strings.TrimLeft(n.unit, "$£€¥"); letters != "" {
		sign := strings.TrimSuffix(n.unit, letters)
		if scale, ok := l.numbers[letters]; ok {
			n.value, n.unit = n.value*scale, sign
		} else if letters == "m" && sign != "" {
			n.value, n.unit = n.value*1e6, sign
		}
	}
	for used < len(text) && !text[used].number && n.unit != "score" {
		scale, ok := l.numbers[text[used].folded]
		if !ok || scale < 100 {
			break
		}
		n.value *= scale
		n.form += " " + text[used].text
		used++
	}
	if used < len(text) && n.unit == "" && !text[used].number {
		n.unit = l.unit(text[used:])
	}
	return n, used
}

// unit returns what a number before text counts.
func (l *lexicon) unit(text []token) string {
	for _, t := range text[:min(len(text), 2)] {
		switch t.folded {
		case "percent", "per", "بالميه", "بالمايه":
			return "%"
		case "dollar", "dollars", "دولار", "دولارات":
			return "$"
		case "euro", "euros", "يورو":
			return "€"
		}
		stem := l.stem(t.folded)
		if t.number || l.stop[t.folded] {
			return ""
		}
		if kinds := l.kinds[stem]; len(kinds) > 0 {
			return kinds[0]
		}
		if !l.common[stem] || stem == l.stem("points") || stem == l.stem("نقطة") || stem == l.stem("barrel") {
			return stem
		}
	}
	return ""
}

// id returns the number of a term, which it has from now on.
func (s *stories) id(key string, e entry) int32 {
	id, ok := s.ids[key]
	if !ok {
		id = int32(len(s.entries))
		s.ids[key] = id
		s.entries = append(s.entries, e)
	}
	return id
}

// settle sorts a story's terms, each once, and counts the story for them.
func (st *story) settle(entries []entry) {
	slices.SortStableFunc(st.terms, func(a, b term) int {
		if a.id == b.id && a.inTitle != b.inTitle {
			if a.inTitle {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.id, b.id)
	})
	st.terms = slices.CompactFunc(st.terms, func(a, b term) bool { return a.id == b.id })
	for _, t := range st.terms {
		entries[t.id].df++
	}
}

// weigh gives each term its weight: by its class, and less the more stories have it.
func (s *stories) weigh() {
	total := math.Log(float64(len(s.all)) + 50)
	for i := range s.entries {
		e := &s.entries[i]
		switch {
		case e.class == classWord && e.capitals > 0 && e.capitals >= 3*e.smalls:
			e.class = className
		case e.class == classWord && e.smalls > 0 && e.cased:
			e.class = classPlain
		}
		rarity := 1 - math.Log(float64(max(e.df, 1)))/total
		e.weight = max(rarity, 0) * [...]float64{classWord: 0.9, classPlain: 0.6, className: 1.2, classCommon: 0.3, classKind: 0.4, classPlace: 0.6}[e.class]
	}
	for i := range s.all {
		for _, t := range s.all[i].terms {
			if t.inTitle {
				e := s.entries[t.id]
				s.all[i].weight += e.weight
				if e.class <= className {
					s.all[i].rare += e.weight
				}
			}
		}
	}
}
