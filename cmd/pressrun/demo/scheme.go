package demo

import "regexp"

var (
	schemeQuery = regexp.MustCompile(`(?i)\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)`)
	schemeMeta  = regexp.MustCompile(`(?i)(<meta\s[^>]*name=["']?(?:supported-)?color-schemes?["']?\s[^>]*content=["'])[^"']*(["'])`)
	schemeStyle = regexp.MustCompile(`(?i)([{;\s])color-scheme\s*:\s*[a-z ]+`)
	headTag     = regexp.MustCompile(`(?i)<head(\s[^>]*)?>`)
)

// inScheme returns a copy of a mail's HTML that looks as on a light or a dark screen,
// whatever the screen that shows it: queries for that scheme always hold, those for the
// other never. Links open in a tab of their own.
func inScheme(page string, dark bool) string {
	want, other := "light", "dark"
	if dark {
		want, other = other, want
	}
	page = schemeQuery.ReplaceAllStringFunc(page, func(query string) string {
		if schemeQuery.ReplaceAllString(query, "$1") == other {
			return "(max-width: 0px)"
		}
		return "(min-width: 0px)"
	})
	page = schemeMeta.ReplaceAllString(page, "${1}"+want+"${2}")
	page = schemeStyle.ReplaceAllString(page, "${1}color-scheme: "+want)
	if at := headTag.FindStringIndex(page); at != nil {
		return page[:at[1]] + `<base target="_blank">` + page[at[1]:]
	}
	return page
}
