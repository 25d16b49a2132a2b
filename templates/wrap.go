package templates

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

const columns = 76 // of the text part (H9)

// wrap sets text as one paragraph in lines of at most columns. It breaks at blanks, and
// within a word only where that is wider than a line, as Chinese is; never in an address.
func wrap(text string) string {
	var out strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		n := displayWidth(word)
		switch {
		case used == 0:
		case used+1+n > columns:
			out.WriteByte('\n')
			used = 0
		default:
			out.WriteByte(' ')
			used++
		}
		for n > columns && !strings.Contains(word, "://") {
			head := fitting(word)
			out.WriteString(word[:head] + "\n")
			word = word[head:]
			n = displayWidth(word)
		}
		out.WriteString(word)
		used += n
	}
	return out.String()
}

// fitting is the length in bytes of the longest start of word that fits a line.
func fitting(word string) int {
	used := 0
	for i, r := range word {
		if used += displayWidth(string(r)); used > columns {
			return i
		}
	}
	return len(word)
}

// underline is a line of mark as wide as the widest line of text.
func underline(text, mark string) string {
	widest := 0
	for line := range strings.Lines(text) {
		widest = max(widest, displayWidth(strings.TrimRight(line, "\n")))
	}
	return strings.Repeat(mark, widest)
}

// displayWidth counts the columns of s in a typewriter face: none for marks and
// controls, two for wide East Asian letters and emoji.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc):
		case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// tidy removes blanks at line ends and leaves no two empty lines together.
func tidy(text []byte) []byte {
	out := make([]byte, 0, len(text))
	empty := 2
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			empty++
			continue
		}
		if empty > 0 && len(out) > 0 {
			out = append(out, '\n')
		}
		empty = 0
		out = append(out, line...)
		out = append(out, '\n')
	}
	return out
}
