package event

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is a word or a number of a text.
type token struct {
	text    string // as it stands there
	folded  string // "" for a number
	value   float64
	number  bool
	unit    string // what is attached to a number: "$", "%", "bn", "mm", "score"
	capital bool   // begins with a capital letter
	cased   bool   // of a script that has capitals
	first   bool   // begins a sentence or a quotation, where a capital says nothing
}

// tokens cuts a text into words and numbers.
func tokens(text string) []token {
	var out []token
	first, currency := true, ""
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case unicode.IsLetter(r):
			word := text[at : at+wordLen(text[at:])]
			at += len(word)
			out = append(out, token{text: word, folded: foldWord(word), capital: unicode.IsUpper(r), cased: unicode.IsUpper(r) || unicode.IsLower(r), first: first})
			first, currency = false, ""
		case digitOf(r) >= 0:
			t, n := readNumber(text[at:])
			if currency != "" {
				t.unit = currency + t.unit
			}
			at += n
			t.first = first
			out = append(out, t)
			first, currency = false, ""
		default:
			at += size
			switch {
			case strings.ContainsRune(".!?:؟;“\"‘«|", r):
				first = true
			case unicode.Is(unicode.Sc, r):
				currency = string(r)
			case (r == '%' || r == '٪') && len(out) > 0 && out[len(out)-1].number:
				out[len(out)-1].unit = "%"
			}
		}
	}
	return out
}

// foldWord folds a word without its possessive ending and the dots of an abbreviation.
func foldWord(word string) string {
	for _, ending := range []string{"'s", "’s", "'S", "’S"} {
		word = strings.TrimSuffix(word, ending)
	}
	switch {
	case word == "US" || word == "U.S.":
		return "usa" // not the pronoun
	case word == "EU" || word == "UK":
		return strings.ToLower(word)
	}
	return fold(strings.ReplaceAll(word, ".", ""))
}

// wordLen returns the length of the word at the beginning of text: letters, marks and
// digits, apostrophes between letters, and dots after single letters ("U.S.").
func wordLen(text string) int {
	letters := 0 // since the last dot
	for at, r := range text {
		next := rune(0)
		if at+utf8.RuneLen(r) < len(text) && r != utf8.RuneError {
			next, _ = utf8.DecodeRuneInString(text[at+utf8.RuneLen(r):])
		}
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r), unicode.IsMark(r), r == 'ـ', r == '\u200c', r == '\u200d':
		case strings.ContainsRune("'’ʼ", r) && unicode.IsLetter(next):
		case r == '.' && letters == 1 && (unicode.IsUpper(next) || at > 1):
			letters = 0
		default:
			return at
		}
	}
	return len(text)
}

// readNumber reads the number at the beginning of text, in Latin or Arabic digits, with
// the letters attached to it, and says how long it is. "3-1" is one number, a score.
func readNumber(text string) (token, int) {
	digits, n := readDigits(text)
	t := token{number: true}
	t.value, _ = strconv.ParseFloat(digits, 64)
	if dash, size := utf8.DecodeRuneInString(text[n:]); len(digits) <= 2 && (dash == '-' || dash == '–') {
		if other, m := readDigits(text[n+size:]); m > 0 && len(other) <= 2 {
			value, _ := strconv.ParseFloat(other, 64)
			n += size + m
			t.value, t.unit = max(t.value, value)*100+min(t.value, value), "score" // read from either side
			t.text = text[:n]
			return t, n
		}
	}
	start := n
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !unicode.IsLetter(r) {
			break
		}
		n += size
	}
	t.unit = strings.ToLower(text[start:n])
	t.text = text[:n]
	return t, n
}

// readDigits returns the digits at the beginning of text as Latin ones, with a decimal
// point and without separators of thousands, and how many bytes they take.
func readDigits(text string) (string, int) {
	var digits strings.Builder
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if value := digitOf(r); value >= 0 {
			digits.WriteByte(byte('0' + value))
			n += size
			continue
		}
		if !strings.ContainsRune(".,٫٬", r) || r == utf8.RuneError {
			break
		}
		next, _ := utf8.DecodeRuneInString(text[n+size:])
		if digitOf(next) < 0 {
			break
		}
		if (r == '.' || r == '٫') && !strings.Contains(digits.String(), ".") {
			digits.WriteByte('.')
		}
		n += size
	}
	return digits.String(), n
}

func digitOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r >= '٠' && r <= '٩':
		return int(r - '٠')
	case r >= '۰' && r <= '۹':
		return int(r - '۰')
	}
	return -1
}
