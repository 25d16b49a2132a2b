package templates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Words are what a letter says in its own voice, one file email/words/TAG.json for
// each language. Braces stand for values: {n}, {author}, {edition}, {paper},
// {weekday}, {day}, {month}, {year}.
type Words struct {
	By          string            `json:"by"`
	Minutes     map[string]string `json:"minutes"` // by CLDR plural form: zero one two few many other
	More        map[string]string `json:"more"`    // likewise
	Number      string            `json:"number"`
	Date        string            `json:"date"`
	Weekdays    []string          `json:"weekdays"` // Sunday first
	Months      []string          `json:"months"`
	Hijri       string            `json:"hijri"`        // a date of the Hijri calendar: {day}, {month}, {year}
	HijriMonths []string          `json:"hijri_months"` // Muharram first
	Web         string            `json:"web"`
	Archive     string            `json:"archive"`
	Preferences string            `json:"preferences"`
	Unsubscribe string            `json:"unsubscribe"`
	Help        string            `json:"help"`
	Write       string            `json:"write"`
	Why         string            `json:"why"`
	Counted     string            `json:"counted"` // of a letter whose links are counted
	Test        string            `json:"test"`
	Welcome     string            `json:"welcome"` // {edition}, {paper}
	Greet       string            `json:"greet"`   // the subject of a welcome: {edition}
	Latest      string            `json:"latest"`
	Also        string            `json:"also"`    // before the other stories on the same event
	Updated     string            `json:"updated"` // of a story that went out before and has changed
	Span        string            `json:"span"`    // {from}, {to}: the days of a letter that brings several issues

	tag  language.Tag
	zero rune // the digit nought
}

// A catalogue holds the words of every language by tag.
type catalogue map[string]*Words

// readWords reads all word files; each must say everything a letter says.
func readWords(files fs.FS) (catalogue, error) {
	names, err := fs.Glob(files, "email/words/*.json")
	if err != nil {
		return nil, err
	}
	c := catalogue{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("cannot read the words in %s: %w", name, err)
		}
		w, err := parseWords(data, strings.TrimSuffix(path.Base(name), ".json"))
		if err != nil {
			return nil, fmt.Errorf("the words in %s cannot be used: %w; email/words/en.json is a complete example", name, err)
		}
		c[w.tag.String()] = w
	}
	return c, nil
}

func parseWords(data []byte, tag string) (*Words, error) {
	t, err := language.Parse(tag)
	if err != nil {
		return nil, errors.New("the file's name is not a language tag such as en, ar or pt-BR")
	}
	w := &Words{tag: t, zero: '0'}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(w); err != nil {
		line := 1 + bytes.Count(data[:min(int(dec.InputOffset()), len(data))], []byte("\n"))
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	return w, w.check()
}

// check asks for every word, because half a language reads worse than another one.
func (w *Words) check() error {
	v := reflect.ValueOf(*w)
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("json"); name != "" && v.Field(i).Len() == 0 {
			return fmt.Errorf("%q is missing", name)
		}
	}
	switch {
	case len(w.Weekdays) != 7:
		return fmt.Errorf("\"weekdays\" has %d names, not 7", len(w.Weekdays))
	case len(w.Months) != 12:
		return fmt.Errorf("\"months\" has %d names, not 12", len(w.Months))
	case len(w.HijriMonths) != 12:
		return fmt.Errorf("\"hijri_months\" has %d names, not 12", len(w.HijriMonths))
	case w.Minutes["other"] == "" || w.More["other"] == "":
		return errors.New("\"minutes\" and \"more\" need at least the form \"other\"")
	}
	return nil
}

// of returns the words of lang: of the very tag, else of its language, else English.
func (c catalogue) of(lang string) *Words {
	tag := language.Make(lang)
	if w := c[tag.String()]; w != nil {
		return w
	}
	base, _ := tag.Base()
	if w := c[base.String()]; w != nil {
		return w
	}
	return c["en"]
}

// day writes a date in words.
func (w *Words) day(t time.Time) string {
	return fill(w.Date, "weekday", w.Weekdays[t.Weekday()], "day", w.number(t.Day()),
		"month", w.Months[t.Month()-1], "year", w.number(t.Year()))
}

// hijriDay writes a date of the Hijri calendar in words, moved by an editor's day at
// most; "" for a year that the calendar's table lacks.
func (w *Words) hijriDay(t time.Time, shift int) string {
	year, month, day, ok := hijri(t.AddDate(0, 0, min(max(shift, -1), 1)))
	if !ok {
		return ""
	}
	return fill(w.Hijri, "day", w.number(day), "month", w.HijriMonths[month-1], "year", w.number(year))
}

// span writes two days as one stretch of time, and one day twice as that day.
func (w *Words) span(from, to string) string {
	if from == to || from == "" {
		return to
	}
	return fill(w.Span, "from", from, "to", to)
}

// count picks the plural form of n and fills it in. A form that the file leaves out
// falls back to "other".
func (w *Words) count(forms map[string]string, n int) string {
	form := forms[pluralNames[plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)]]
	if form == "" {
		form = forms["other"]
	}
	return fill(form, "n", w.number(n))
}

var pluralNames = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// fill replaces {name} by its value, in one pass, so that a value is never searched.
func fill(text string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
