package templates

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// readDeskWords reads what the desk says, English first: desk/words/TAG/*.json, one file for
// each part of the desk. A name stands in one file only, and every language has them all.
func readDeskWords(files fs.FS) ([]lexicon, error) {
	folders, err := fs.Glob(files, "desk/words/*")
	if err != nil {
		return nil, err
	}
	var all []lexicon
	for _, folder := range folders {
		lex := lexicon{tag: path.Base(folder), words: map[string]string{}}
		names, err := fs.Glob(files, folder+"/*.json")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, err
			}
			part := map[string]string{}
			if err := json.Unmarshal(data, &part); err != nil {
				return nil, fmt.Errorf("the words in %s cannot be used: %w", name, err)
			}
			for word, sentence := range part {
				if _, twice := lex.words[word]; twice {
					return nil, fmt.Errorf("the words in %s cannot be used: %q stands in another file too", name, word)
				}
				lex.words[word] = sentence
			}
		}
		all = append(all, lex)
	}
	english := slices.IndexFunc(all, func(l lexicon) bool { return l.tag == "en" })
	if english < 0 {
		return nil, fmt.Errorf("the words in desk/words/en are missing")
	}
	all[0], all[english] = all[english], all[0]
	return all, nil
}

// counted says how many, in the plural form of the language: of the sentences name.one,
// name.two, name.few, name.many and name.other those that it has. {n} is the number.
func (t *tongue) counted(name string, n any, pairs ...string) (template.HTML, error) {
	i, err := whole(n)
	if err != nil {
		return "", fmt.Errorf("the sentence %q: %w", name, err)
	}
	return t.say(t.form(name, i), append([]string{"n", grouped(i)}, pairs...)...)
}

func (t *tongue) form(name string, n int64) string {
	form := plural.Cardinal.MatchPlural(language.Make(t.tag), int(n%1_000_000), 0, 0, 0, 0)
	if with := name + "." + pluralNames[form]; t.words[with] != "" {
		return with
	}
	return name + ".other"
}

// word says prefix.name for names that come from elsewhere, such as a state; where the desk
// has no word for it, the name itself.
func (t *tongue) word(prefix, name string) string {
	if s, ok := t.words[prefix+"."+strings.ReplaceAll(name, " ", "-")]; ok {
		return s
	}
	return name
}

// clock writes a moment as "Tue 24 November, 07:00".
func (t *tongue) clock(at, now time.Time) string {
	pairs := []string{
		"weekday", t.dates.Weekdays[at.Weekday()], "day", strconv.Itoa(at.Day()), "month", t.dates.Months[at.Month()-1],
		"year", strconv.Itoa(at.Year()), "time", at.Format("15:04"),
	}
	name := "clock"
	if at.Year() != now.Year() {
		name = "clock.year"
	}
	return fill(t.words[name], pairs...)
}

// ago writes how far off something is, in the largest unit that says enough.
func (t *tongue) ago(d time.Duration) string {
	side := "in"
	if d < 0 {
		side, d = "ago", -d
	}
	unit, n := "now", int64(0)
	switch {
	case d >= 48*time.Hour:
		unit, n = "day", int64(d.Round(24*time.Hour)/(24*time.Hour))
	case d >= 90*time.Minute:
		unit, n = "hour", int64(d.Round(time.Hour)/time.Hour)
	case d >= 45*time.Second:
		unit, n = "minute", max(1, int64(d.Round(time.Minute)/time.Minute))
	case d > 0 && side == "ago":
		return t.words["ago.now"]
	default:
		return t.words["now"]
	}
	return fill(t.words[t.form(side+"."+unit, n)], "n", strconv.FormatInt(n, 10))
}

func whole(n any) (int64, error) {
	switch n := n.(type) {
	case int:
		return int64(n), nil
	case int64:
		return n, nil
	}
	return 0, fmt.Errorf("%v is no whole number", n)
}

// grouped writes 1234567 as 1,234,567.
func grouped(n any) string {
	i, err := whole(n)
	if err != nil {
		return fmt.Sprint(n)
	}
	s := strconv.FormatInt(i, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// kilobytes writes 104448 as "102.0 kB": those of 1,024 bytes, as Gmail counts them.
func kilobytes(n int) string { return strconv.FormatFloat(float64(n)/1024, 'f', 1, 64) + " kB" }

func list(values ...string) []string { return values }
