package feed

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// tails find what publishing systems add to the end of an excerpt. Each has one group:
// where the tail begins. They ask for the end of a sentence before words that may as
// well be part of one ("You can read more in our archive").
var tails = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(?:^|\s)(?:·\s)?(the (?:post|article|story) .{1,400} (?:first )?appeared first on .{1,200})$`),
	regexp.MustCompile(`(ظهرت المقالة .{1,400} أولاً على .{1,200})$`),
	regexp.MustCompile(`(?i)(?:^|[.!?…\])»”"'’·؟،]\s*)((?:continue reading|keep reading|read more|read on|read the (?:full|whole) (?:story|article|post))\b.{0,200})$`),
	regexp.MustCompile(`\s((?:Continue [Rr]eading|Read [Mm]ore|READ MORE)[^\pL\pN]*)$`),
	regexp.MustCompile(`(?:^|[.!؟…·]\s*)((?:[اإ]قرأ المزيد|قراءة المزيد|متابعة القراءة|أكمل القراءة|للمزيد|المزيد).{0,200})$`),
	regexp.MustCompile(`(?i)(\(more\s?(?:…|\.\.\.)\))$`),
}

// elided finds the mark of an excerpt that was cut, "[…]".
var elided = regexp.MustCompile(`\s*[\[(]\s?(?:…|\.\.\.)\s?[\])]$`)

const tailWindow = 1500 // bytes from the end in which tails are looked for

// withoutTail removes a "Continue reading", a "The post … appeared first on …" or the
// like from the end of t.
func (t inlineText) withoutTail() inlineText {
	text := t.String()
	start := max(0, len(text)-tailWindow)
	for start < len(text) && !utf8.RuneStart(text[start]) {
		start++
	}
	if start > 4*maxSummary {
		return t // cutting it to size will do
	}
	end := len(text)
	for _, tail := range tails {
		if m := tail.FindStringSubmatchIndex(text[start:]); m != nil {
			end = min(end, start+m[2])
		}
	}
	mark := elided.FindStringIndex(text[start:end])
	if mark != nil {
		end = start + mark[0]
	}
	if end == len(text) {
		return t
	}
	t = t.first(end)
	if n := len(t); mark != nil && n > 0 && !strings.HasSuffix(t[n-1].text, "…") {
		t[n-1].text += "…"
	}
	return t
}

// isCut reports whether a text says of itself that it goes on elsewhere.
func isCut(text string) bool {
	text = strings.TrimSpace(text)
	if strings.HasSuffix(text, "…") || strings.HasSuffix(text, "...") || elided.MatchString(text[max(0, len(text)-20):]) {
		return true
	}
	end := strings.ToValidUTF8(text[max(0, len(text)-tailWindow):], "")
	for _, tail := range tails[2:] { // "appeared first on" stands below full texts too
		if tail.MatchString(end) {
			return true
		}
	}
	return false
}
