package templates

import (
	"html/template"
	"regexp"
	"strings"
	"unicode"
)

var (
	// A Latin run is words, or a telephone number; a right-to-left run is words.
	latinRun = regexp.MustCompile(`[+#@]?\p{Latin}[\p{Latin}\p{M}\p{N}.,:/&+@#'’_-]*(?: [\p{Latin}\p{N}&][\p{Latin}\p{M}\p{N}.,:/&+@#'’_-]*)*|\+\p{N}[\p{N} ()-]*\p{N}`)
	rtlRun   = regexp.MustCompile(`[\p{Arabic}\p{Hebrew}](?:[\p{Arabic}\p{Hebrew}\p{M} ،.-]*[\p{Arabic}\p{Hebrew}\p{M}])?`)
)

// runs escapes text and gives each run of the other direction a span of its own (H6):
// within Arabic "C++" would else read "++C", and within English a figure that follows
// an Arabic name would change places with it.
func runs(dir, text string) template.HTML {
	other, run := `<span dir="rtl">`, rtlRun
	if dir == "rtl" {
		other, run = `<span dir="ltr">`, latinRun
	}
	var out strings.Builder
	for at := run.FindStringIndex(text); at != nil; at = run.FindStringIndex(text) {
		words := strings.TrimRight(text[at[0]:at[1]], ".,:'’-")
		out.WriteString(template.HTMLEscapeString(text[:at[0]]))
		out.WriteString(other + template.HTMLEscapeString(words) + "</span>")
		text = text[at[0]+len(words):]
	}
	out.WriteString(template.HTMLEscapeString(text))
	return template.HTML(out.String())
}

// steady does the same for plain text, where only a mark can: U+200E after a
// right-to-left run in a left-to-right line. The other way round needs none, because
// there the line's own letters stand between.
func steady(dir, text string) string {
	if dir == "rtl" {
		return text
	}
	return rtlRun.ReplaceAllString(text, "${0}\u200e")
}

// lean begins a line of plain text that would lean the wrong way with a mark: a mail
// program takes a line's direction from its first letter, so an Arabic headline that
// begins with a Latin name would be set from left to right (H6).
func lean(dir, text string) string {
	mark := "\u200e"
	if dir == "rtl" {
		mark = "\u200f"
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		first := ""
		mixed := strings.ContainsFunc(line, func(r rune) bool {
			d := strong(r)
			if first == "" {
				first = d
			}
			return d == dir
		})
		if mixed && first != dir {
			out.WriteString(mark)
		}
		out.WriteString(line)
	}
	return out.String()
}

// strong is the direction of a letter, "" for what has none.
func strong(r rune) string {
	switch {
	case unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam) && unicode.IsLetter(r):
		return "rtl"
	case unicode.IsLetter(r):
		return "ltr"
	}
	return ""
}
