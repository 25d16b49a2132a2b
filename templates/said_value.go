package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kinds of value that a sentence can ask for, beside the names of words and of plural forms:
// {1:stage} says "stage.connect" for "connect", {1:story} says how many stories.
const (
	asIs       = ""
	asSaid     = "said"     // a sentence of the lower rooms itself
	asList     = "list"     // several, with commas between
	asNames    = "names"    // names joined by "and"
	asMoment   = "moment"   // a day or a time of day
	asAt       = "at"       // likewise, and nothing else
	asLanguage = "language" // a tag
	asWeekdays = "weekdays" // "Mondays and Fridays"
)

// value says what stands in a hole. It does not fit where a word or a number was asked for
// and something else stands.
func (in *interpreter) value(kind, v string, deep int) (pieces []piece, fits bool) {
	switch kind {
	case asIs:
		return []piece{{v, pieceValue}}, true
	case asSaid:
		pieces, _ = in.interpret(v, deep+1)
		return pieces, true
	case asList:
		pieces, _ = in.row(strings.Split(v, ", "), "، ", deep)
		return pieces, true
	case asNames:
		for i, name := range strings.Split(v, " and ") {
			if i > 0 {
				pieces = append(pieces, piece{" و", pieceOurs})
			}
			pieces = append(pieces, piece{name, pieceValue})
		}
		return pieces, true
	case asMoment, asAt:
		moment, is := in.moment(v)
		return []piece{moment}, is || kind == asMoment
	case asLanguage:
		if name := in.tongue.word(asLanguage, v); name != v {
			return []piece{{name, pieceOurs}}, true
		}
		return []piece{{v, pieceValue}}, true
	case asWeekdays:
		text, fits := in.weekdays(v)
		return []piece{{text, pieceOurs}}, fits
	}
	if in.tongue.words[kind+".other"] == "" {
		word, fits := in.tongue.words[kind+"."+strings.ReplaceAll(v, " ", "-")]
		return []piece{{word, pieceOurs}}, fits
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return nil, false
	}
	return []piece{{fill(in.tongue.words[in.tongue.form(kind, n)], "n", grouped(n)), pieceOurs}}, true
}

// momentForms are how the lower rooms write moments.
var momentForms = []string{"Mon 2 Jan 15:04", "Mon 2006-01-02 15:04", "Mon 15:04", "2 January 2006", "15:04 UTC", "15:04 MST on 2 January"}

// moment says a moment with the names of days and months, false for one in another form.
func (in *interpreter) moment(v string) (piece, bool) {
	for _, form := range momentForms {
		if _, err := time.Parse(form, v); err == nil {
			return piece{in.named(form, v), pieceOurs}, true
		}
	}
	return piece{v, pieceValue}, false
}

// named puts the names of this language for English ones, word by word.
func (in *interpreter) named(form, v string) string {
	words, forms := strings.Split(v, " "), strings.Split(form, " ")
	for i, form := range forms {
		switch form {
		case "Mon":
			for day, name := range in.tongue.dates.Weekdays {
				if time.Weekday(day).String()[:3] == words[i] {
					words[i] = name
				}
			}
		case "Jan", "January":
			for month, name := range in.tongue.dates.Months {
				if english := time.Month(month + 1).String(); words[i] == english || form == "Jan" && words[i] == english[:3] {
					words[i] = name
				}
			}
		case "2006-01-02": // its hyphens would turn it around from right to left
			if day, err := time.Parse(form, words[i]); err == nil {
				words[i] = fmt.Sprintf("%d %s %d", day.Day(), in.tongue.dates.Months[day.Month()-1], day.Year())
			}
		case "on":
			words[i] = in.tongue.words["moment.on"]
		}
	}
	return strings.Join(words, " ")
}

// weekdays says "Mondays, Tuesdays and Fridays", or "every day".
func (in *interpreter) weekdays(v string) (string, bool) {
	if v == "every day" {
		return in.tongue.words["moment.daily"], true
	}
	var names []string
	for name := range strings.SplitSeq(strings.ReplaceAll(v, " and ", ", "), ", ") {
		i := 0
		for i < 7 && time.Weekday(i).String()+"s" != name {
			i++
		}
		if i == 7 {
			return "", false
		}
		names = append(names, in.tongue.dates.Weekdays[i])
	}
	return strings.Join(names, " و"), true
}
