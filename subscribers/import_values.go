package subscribers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// fold reduces a heading or a word of a cell to what people mean by it: letters only, in
// lower case, Arabic without its optional signs, so that الاسم and الإسم are one word.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'أ', 'إ', 'آ':
			return 'ا'
		case 'ى':
			return 'ي'
		case 'ة':
			return 'ه'
		case 'ـ':
			return -1
		}
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// A standing is what a status says of a reader.
type standing struct {
	state    State  // Confirmed or Unsubscribed
	skip     Skip   // "" unless the reader is to be left out
	suppress Reason // "" unless the address is not to be written to at all
}

// rank orders standings: of two that a file tells of one reader, the higher counts.
func (s standing) rank() int {
	switch {
	case s.suppress != "":
		return 3
	case s.state == Unsubscribed:
		return 2
	case s.skip != "":
		return 1
	}
	return 0
}

// readStatus knows the words of the common systems. What it does not know is an error: to
// guess could mean mail for somebody who left.
func readStatus(s string, system System) (standing, error) {
	word := fold(s)
	switch word {
	case "": // also the digits of a yes or no
		switch s {
		case "", "1":
			return standing{state: Confirmed}, nil
		case "0":
			return standing{state: Unsubscribed}, nil
		}
	case "subscribed", "confirmed", "active", "enabled", "yes", "true", "paid", "free", "comped", "subscriber",
		"مشترك", "مشتركه", "نشط", "نشطه", "مفعل", "موكد", "مؤكد", "نعم":
		return standing{state: Confirmed}, nil
	case "inactive":
		if system == MailPoet { // there they have only opened nothing for some months
			return standing{skip: SkipInactive}, nil
		}
		return standing{state: Unsubscribed}, nil
	case "unsubscribed", "disabled", "no", "false", "left", "cancelled", "canceled", "optout", "optedout", "deleted", "suppressed",
		"ملغي", "ملغاه", "الغي", "الغيالاشتراك", "الغاءالاشتراك", "غيرمشترك", "غادر", "لا", "غيرنشط":
		return standing{state: Unsubscribed}, nil
	case "cleaned", "bounced", "bounce", "hardbounce", "hardbounced", "undeliverable", "invalid", "مرتد", "مرتده":
		return standing{state: Unsubscribed, suppress: ReasonBounce}, nil
	case "complained", "complaint", "spam", "abuse", "markedasspam", "شكوي", "مزعج":
		return standing{state: Unsubscribed, suppress: ReasonComplaint}, nil
	case "blocklisted", "blacklisted", "blocked", "محظور":
		return standing{state: Unsubscribed, suppress: ReasonOperator}, nil
	case "pending", "unconfirmed", "paused", "nonsubscribed", "transactional", "archived", "unverified",
		"معلق", "قيدالانتظار", "غيرموكد", "غيرمؤكد", "موقوف":
		return standing{skip: SkipUnconfirmed}, nil
	}
	return standing{}, fmt.Errorf("status %.40q is not known; write subscribed or unsubscribed", s)
}

// readLanguage takes the names of the two languages that people write out.
func readLanguage(s string) string {
	switch fold(s) {
	case "english", "انجليزي", "انجليزيه", "الانجليزيه":
		return "en"
	case "arabic", "العربيه", "عربي", "عربيه":
		return "ar"
	}
	return s
}

// readFrequency reads how often a reader wants mail. One that is not known is an error: they
// would get more than they asked for.
func readFrequency(s string) (Frequency, error) {
	switch fold(s) {
	case "", "each", "every", "all", "always", "everyissue", "eachissue", "instant", "immediate", "immediately", "كلعدد", "فوري", "الكل":
		return Each, nil
	case "daily", "day", "everyday", "يومي", "يوميا", "يوميه":
		return Daily, nil
	case "weekdays", "weekday", "workdays", "workingdays", "ايامالعمل", "ايامالاسبوع":
		return Weekdays, nil
	case "weekly", "week", "everyweek", "onceaweek", "اسبوعي", "اسبوعيا", "اسبوعيه":
		return Weekly, nil
	}
	return "", fmt.Errorf("frequency %.40q is not known; write each, daily, weekdays or weekly", s)
}

// readTopics returns a cell's topics. People divide them by line ends, bars, semicolons or
// commas; the first of these that there is divides, so that "Arts, Books|Sport" are two.
// A topic of the edition is one, whatever is in it.
func readTopics(s string, offer []string) []string {
	if slices.ContainsFunc(offer, func(o string) bool { return strings.EqualFold(o, s) }) {
		return []string{s}
	}
	for _, dividers := range [...]string{"\n", "|", ";؛"} {
		if strings.ContainsAny(s, dividers) {
			return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(dividers, r) })
		}
	}
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '،' })
}

// offered keeps of a reader's topics those the edition offers, as it spells them. A topic
// that it does not offer would keep mail away from a reader who wanted it.
func offered(topics, offer []string) (kept, lost []string, err error) {
	if topics, err = cleanTopics(topics); err != nil {
		return nil, nil, err
	}
	for _, t := range topics {
		i := slices.IndexFunc(offer, func(o string) bool { return strings.EqualFold(o, t) })
		if i < 0 {
			lost = append(lost, t)
			continue
		}
		kept = append(kept, offer[i])
	}
	kept, err = cleanTopics(kept)
	return kept, lost, err
}

// attributes are what listmonk knows of a reader beyond its own columns. Of those, language
// and topics are ours too; whatever else or no JSON is passed over.
type attributes struct {
	language string
	topics   []string
}

func readAttributes(cell string) (a attributes) {
	var all map[string]any
	if json.Unmarshal([]byte(cell), &all) != nil {
		return a
	}
	for name, value := range all {
		switch fold(name) {
		case "language", "lang", "locale":
			a.language, _ = value.(string)
		case "topics", "topic", "interests":
			switch v := value.(type) {
			case string:
				a.topics = readTopics(v, nil)
			case []any:
				for _, t := range v {
					if t, ok := t.(string); ok {
						a.topics = append(a.topics, t)
					}
				}
			}
		}
	}
	return a
}

// dateLayouts are those whose meaning is certain. 3/4/2026 has two.
var dateLayouts = [...]string{
	time.RFC3339, time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04", "02.01.2006", "2 Jan 2006", "Jan 2, 2006",
}

// readDate reads a date whose meaning is certain.
func readDate(s string, now time.Time) (seconds int64, ok bool) {
	if s == "" {
		return 0, true
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Unix() <= 0 || t.After(now) {
				return 0, false
			}
			return t.Unix(), true
		}
	}
	return 0, false
}
