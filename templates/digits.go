package templates

import (
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Digits of a letter's numbers.
const (
	DigitsLatin = "latin" // 0123456789
	DigitsArab  = "arab"  // ٠١٢٣٤٥٦٧٨٩, where a language is written in Arabic letters
)

// in returns the words with numbers written in a letter's digits. Words of languages in
// other letters than Arabic keep Latin ones; Persian, Urdu and their neighbours have
// shapes of their own.
func (w *Words) in(digits string) *Words {
	zero := '0'
	if script, _ := w.tag.Script(); digits == DigitsArab && (script == language.MustParseScript("Arab") || script == language.MustParseScript("Aran")) {
		zero = '٠'
		switch base, _ := w.tag.Base(); base.String() {
		case "fa", "ur", "ps", "pa", "sd", "ks", "ug", "mzn", "lrc":
			zero = '۰'
		}
	}
	if zero == w.zero {
		return w
	}
	turned := *w
	turned.zero = zero
	return &turned
}

// number writes n in the words' digits.
func (w *Words) number(n int) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return w.zero + r - '0'
		}
		return r
	}, strconv.Itoa(n))
}
