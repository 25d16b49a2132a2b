package feed

import (
	"unicode"

	"github.com/mmcdole/gofeed"
	xlang "golang.org/x/text/language"
)

// language returns a BCP 47 tag in its usual form, "" for what is none.
func language(tag string) string {
	if len(tag) > 35 {
		return ""
	}
	t, err := xlang.Parse(tag)
	if err != nil || t == xlang.Und {
		return ""
	}
	return t.String()
}

// languageOf returns the language an item declares, else the operator's, else the
// feed's, unless the letters of its text contradict it: many Arabic feeds still carry
// the "en-US" that their publishing system came with.
func (e editor) languageOf(item *gofeed.Item, own, text string) string {
	declared := language(own)
	if dc := item.DublinCoreExt; declared == "" && dc != nil && len(dc.Language) > 0 {
		declared = language(dc.Language[0])
	}
	if declared == "" {
		declared = e.language
	}
	script, guess := scriptOf(text)
	if guess == "" {
		return declared
	}
	for _, l := range []string{declared, e.language} {
		if tag, err := xlang.Parse(l); err == nil {
			if s, _ := tag.Script(); s.String() == script {
				return l
			}
		}
	}
	return guess
}

// scriptOf tells the writing of a text that has more Arabic or Hebrew letters than
// others, and the language it is most likely in; both "" for any other.
func scriptOf(text string) (script, language string) {
	var arabic, hebrew, all int
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r):
			continue
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Hebrew, r):
			hebrew++
		}
		all++
	}
	switch {
	case arabic*2 > all:
		return "Arab", "ar"
	case hebrew*2 > all:
		return "Hebr", "he"
	}
	return "", ""
}
