package event

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold makes the spellings of a word equal: without case, accents, Arabic vowel signs and
// tatweel, with one form of alef, ya and ha.
func fold(word string) string {
	if isPlainASCII(word) {
		return strings.ToLower(word)
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case 'أ', 'إ', 'آ', 'ٱ':
			return 'ا'
		case 'ى', 'ئ', 'ی':
			return 'ي'
		case 'ة':
			return 'ه'
		case 'ؤ':
			return 'و'
		case 'ک':
			return 'ك'
		case 'ـ', 'ء', '\'', '’', 'ʼ', '‘':
			return -1
		}
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(word))
}

func isPlainASCII(word string) bool {
	for i := range len(word) {
		if word[i] >= utf8.RuneSelf || word[i] == '\'' {
			return false
		}
	}
	return true
}

// stem cuts off what grammar adds to a folded word. It is no dictionary form: it only
// makes the forms of one word equal.
func (l *lexicon) stem(word string) string {
	switch l.language {
	case "en":
		return stemEnglish(word)
	case "ar":
		return cutArabicEnding(cutArticle(word))
	}
	return word
}

// stemEnglish takes plurals, -ed, -ing and British spellings away.
func stemEnglish(w string) string {
	if len(w) > 4 && strings.HasSuffix(w, "ies") {
		w = w[:len(w)-3] + "y"
	} else if len(w) > 4 && hasEnding(w, "sses", "shes", "ches", "xes", "zes") {
		w = w[:len(w)-2]
	} else if len(w) > 3 && strings.HasSuffix(w, "s") && !hasEnding(w, "ss", "us", "is") {
		w = w[:len(w)-1]
	}
	switch {
	case len(w) > 6 && strings.HasSuffix(w, "ing"):
		w = undouble(w[:len(w)-3])
	case len(w) > 5 && strings.HasSuffix(w, "ed"):
		w = undouble(w[:len(w)-2])
	}
	switch {
	case len(w) > 5 && strings.HasSuffix(w, "tre"):
		return w[:len(w)-2] + "er"
	case len(w) > 4 && strings.HasSuffix(w, "our"):
		return w[:len(w)-2] + "r"
	case len(w) > 4 && strings.HasSuffix(w, "e"):
		w = w[:len(w)-1]
	}
	if len(w) > 4 && strings.HasSuffix(w, "iz") {
		w = w[:len(w)-1] + "s"
	}
	if strings.HasSuffix(w, "yy") {
		w = w[:len(w)-1] // Zelenskyy
	}
	return w
}

func hasEnding(w string, endings ...string) bool {
	for _, e := range endings {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// undouble turns "stopp" into "stop", and leaves "kill".
func undouble(w string) string {
	if n := len(w); n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("lsz", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}

// cutArticle takes the article away, with the clitics before it: وبالرياض gives رياض.
func cutArticle(w string) string {
	for _, prefix := range []string{"ال", "وال", "فال", "بال", "كال", "لل", "وبال", "ولل", "فبال"} {
		if rest, ok := strings.CutPrefix(w, prefix); ok && utf8.RuneCountInString(rest) >= 3 {
			return rest
		}
	}
	return w
}

// cutArabicEnding takes endings of number, gender, case and possession away.
func cutArabicEnding(w string) string {
	for range 3 {
		cut := false
		for _, ending := range []struct {
			form  string
			least int // letters that must remain
		}{{"ها", 3}, {"هم", 3}, {"ات", 3}, {"ون", 3}, {"ين", 3}, {"يه", 3}, {"ان", 4}, {"ه", 3}, {"ي", 3}, {"ا", 3}} {
			if rest, ok := strings.CutSuffix(w, ending.form); ok && utf8.RuneCountInString(rest) >= ending.least {
				w, cut = rest, true
				break
			}
		}
		if !cut {
			break
		}
	}
	return w
}

// withoutClitic returns a folded Arabic word without و, ف, ب, ل or ك before it, when the
// rest is a word that known says is one: of باريس the ب stays.
func (l *lexicon) withoutClitic(word string, known func(stem string) bool) string {
	if l.language != "ar" {
		return word
	}
	for range 2 {
		first, size := utf8.DecodeRuneInString(word)
		rest := word[size:]
		if !strings.ContainsRune("وفبلك", first) || utf8.RuneCountInString(rest) < 3 ||
			l.knows(word, l.stem(word)) || !known(l.stem(rest)) {
			break
		}
		word = rest
	}
	return word
}
