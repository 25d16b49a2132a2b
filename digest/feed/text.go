package feed

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/pressrun/pressrun/digest"
)

const maxLine = 20_000 // bytes of markup looked at for a title or a name

// encoded finds what is left in a text when its source encoded it twice.
var encoded = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});` +
	`|</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|li|mark|p|q|s|script|small|span|strong|style|sub|sup|u|ul)(?:\s[^<>]*)?/?>`)

// plain returns the one line of text that markup stands for, also when it was encoded
// twice.
func plain(markup string) string {
	text := digest.PlainText(clip(markup, maxLine))
	for range 2 {
		if !encoded.MatchString(text) {
			break
		}
		text = digest.PlainText(text)
	}
	return text
}

func title(markup string) string { return shorten(plain(markup), maxTitle) }

// clip returns at most n bytes of s, ending with a whole character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// shorten returns at most n characters of a line, cut at a word if it has any and
// with an ellipsis if it was cut.
func shorten(line string, n int) string {
	runes := []rune(line)
	if len(runes) <= n {
		return line
	}
	return trimGap(string(runes[:cutPoint(runes, n-1)])) + "…"
}

// cutPoint returns how many runes, at most n, to keep so that no word is torn; where
// there is no word's end within reach, no character is torn.
func cutPoint(runes []rune, n int) int {
	for i := n; i > n/2; i-- {
		if unicode.IsSpace(runes[i]) {
			return i
		}
	}
	for i := n; i > n/2; i-- {
		if !unicode.Is(unicode.M, runes[i]) && runes[i] != '\u200D' && runes[i-1] != '\u200D' {
			return i
		}
	}
	return n
}

// trimGap removes what should not stand before an ellipsis.
func trimGap(s string) string { return strings.TrimRight(s, " .,;:·–—-،؛…") }

// sameText reports whether two lines say the same, punctuation at the end aside.
func sameText(a, b string) bool {
	return strings.EqualFold(trimGap(a), trimGap(b))
}
