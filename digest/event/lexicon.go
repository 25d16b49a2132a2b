package event

import (
	_ "embed"
	"strconv"
	"strings"
)

var (
	//go:embed words/en.txt
	wordsEN string
	//go:embed words/ar.txt
	wordsAR string
	//go:embed words/places.txt
	placeWords string
)

// A lexicon is what is known of a language beforehand. Its keys are folded; those of
// common and kinds are stems.
type lexicon struct {
	language string
	stop     map[string]bool
	common   map[string]bool
	numbers  map[string]float64
	kinds    map[string][]string // the kinds of happening that a word speaks of
	soft     map[string]bool     // kinds that go together with any other
	against  map[string]string   // the kind that cannot be true together with this one
	places   map[string]string   // the country that a word points to
}

// lexicons are those of the languages that are known, by primary subtag.
func lexicons() map[string]*lexicon {
	return map[string]*lexicon{
		"en": newLexicon("en", wordsEN, 1),
		"ar": newLexicon("ar", wordsAR, 2),
	}
}

// newLexicon reads the words of a language; its words for places stand in the given
// field of the list of places. A language without lists has an empty lexicon.
func newLexicon(language, words string, column int) *lexicon {
	l := &lexicon{
		language: language,
		stop:     map[string]bool{}, common: map[string]bool{}, numbers: map[string]float64{},
		kinds: map[string][]string{}, soft: map[string]bool{}, against: map[string]string{}, places: map[string]string{},
	}
	section := ""
	for line := range strings.Lines(words) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = strings.TrimSpace(line)
		default:
			l.add(section, fields)
		}
	}
	if words == "" {
		return l
	}
	for line := range strings.Lines(placeWords) {
		if fields := strings.Split(line, "|"); len(fields) == 3 && !strings.HasPrefix(line, "#") {
			for _, word := range strings.Fields(fields[column]) {
				l.places[cutArticle(foldWord(word))] = strings.TrimSpace(fields[0])
			}
		}
	}
	return l
}

func (l *lexicon) add(section string, fields []string) {
	switch section {
	case "[stop]":
		for _, word := range fields {
			l.stop[fold(word)] = true
		}
	case "[common]":
		for _, word := range fields {
			l.common[l.stem(fold(word))] = true
		}
	case "[number]":
		if value, err := strconv.ParseFloat(fields[1], 64); err == nil {
			l.numbers[fold(fields[0])] = value
		}
	case "[kind]":
		for _, word := range fields[1:] {
			stem := l.stem(fold(word))
			if kinds := l.kinds[stem]; len(kinds) == 0 || kinds[len(kinds)-1] != fields[0] {
				l.kinds[stem] = append(kinds, fields[0])
			}
		}
	case "[soft]":
		for _, kind := range fields {
			l.soft[kind] = true
		}
	case "[against]":
		l.against[fields[0]], l.against[fields[1]] = fields[1], fields[0]
	}
}

// place returns the country that a folded word points to, or "".
func (l *lexicon) place(folded string) string {
	word := folded
	if l.language == "ar" {
		word = cutArticle(word)
	}
	if country, ok := l.places[word]; ok {
		return country
	}
	for _, ending := range []string{"s", "ه", "ين", "ون", "ا"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && l.places[rest] != "" {
			return l.places[rest]
		}
	}
	return ""
}

// knows reports whether a word is in the lists, so that its first letter is no clitic.
func (l *lexicon) knows(folded, stem string) bool {
	_, number := l.numbers[folded]
	return l.stop[folded] || number || l.place(folded) != "" || l.common[stem] || len(l.kinds[stem]) > 0
}
