package desk

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/digest"
)

// A form is what stands in the fields of an edition's form, by their names.
type form struct {
	values  map[string]string
	ticks   map[string]bool
	sources map[string]bool // those that are ticked, by URL
}

// The fields of the form. What is chosen from has its choices here; "" is the usual one.
var (
	lists   = []string{"topics", "not_topics", "sections", "authors", "not_authors", "words", "not_words", "offer"}
	boxes   = []string{"mixed", "updates", "apart", "private", "unchecked", "hijri", "campaign", "clicks", "four"}
	choices = map[string][]string{
		"lead":     {string(digest.LeadNewest), string(digest.LeadPicture), string(digest.LeadSection)},
		"doubt":    {string(digest.DoubtHold), string(digest.DoubtResend)},
		"late":     {string(digest.LateSend), string(digest.LateNext), string(digest.LateHold)},
		"silence":  {string(digest.SilenceSend), string(digest.SilenceHold), string(digest.SilenceHeadlines)},
		"pictures": {digest.PicturesOurs, digest.PicturesSource, digest.PicturesNone},
		"digits":   {"", "arab"},
		"shift":    {"-1", "0", "1"},
	}
)

// fields is the form of an edition as it is.
func fields(e digest.Edition) form {
	r, lines := e.Rules, func(all []string) string { return strings.Join(all, "\n") }
	f := form{
		values: map[string]string{
			"slug": e.Slug, "name": e.Name, "languages": strings.Join(e.Languages, ", "),
			"when": whenOf(e.Schedule), "zone": e.Schedule.Zone, "useful": e.Schedule.Useful, "late": string(e.Schedule.Late),
			"minutes": whole(e.Approval.Minutes), "editors": lines(e.Approval.Editors), "silence": string(e.Approval.Silence),
			"max": whole(r.Max), "min": whole(r.Min), "age": hours(r.MaxAge), "lead": string(r.Lead), "doubt": string(e.Doubt),
			"topics": lines(r.Topics), "not_topics": lines(r.NotTopics), "sections": lines(r.Sections), "authors": lines(r.Authors),
			"not_authors": lines(r.NotAuthors), "words": lines(r.Words), "not_words": lines(r.NotWords), "offer": lines(r.Offer),
			"theme": r.Look.Theme, "shift": strconv.Itoa(r.Look.HijriShift), "digits": r.Look.Digits, "pictures": r.Look.Pictures,
		},
		ticks: map[string]bool{
			"mixed": r.Mixed, "updates": r.Updates, "apart": r.Apart, "private": r.Private, "unchecked": r.Unchecked,
			"hijri": r.Look.Hijri, "campaign": r.Look.Campaign, "clicks": r.Clicks, "four": e.Approval.Four,
		},
		sources: map[string]bool{},
	}
	var days, shares []string
	for _, h := range e.Schedule.Holidays {
		days = append(days, h.String())
	}
	for _, section := range slices.Sorted(maps.Keys(r.Quotas)) {
		shares = append(shares, fmt.Sprintf("%s = %d", section, r.Quotas[section]))
	}
	f.values["holidays"], f.values["quotas"] = lines(days), lines(shares)
	for _, u := range r.Sources {
		f.sources[u] = true
	}
	return f
}

// fieldsOf is the form as it was sent.
func fieldsOf(sent url.Values) form {
	f := form{values: map[string]string{}, ticks: map[string]bool{}, sources: map[string]bool{}}
	for name := range fields(digest.Edition{}).values {
		f.values[name] = strings.TrimSpace(strings.ReplaceAll(sent.Get(name), "\r\n", "\n"))
	}
	for _, name := range boxes {
		f.ticks[name] = sent.Get(name) != ""
	}
	for _, u := range sent["source"] {
		f.sources[u] = true
	}
	return f
}

// apply returns e with what the form says. The error is a sentence.
func (f form) apply(e digest.Edition) (digest.Edition, error) {
	v, err := f.values, error(nil)
	for name, all := range choices {
		if !slices.Contains(all, v[name]) {
			return e, errForm
		}
	}
	e.Name, e.Doubt = digest.OneLine(v["name"]), digest.Doubt(v["doubt"])
	e.Languages = nil
	for _, tag := range listOf(strings.ReplaceAll(v["languages"], ",", "\n")) {
		if t, err := language.Parse(tag); err == nil {
			tag = t.String()
		}
		e.Languages = append(e.Languages, tag)
	}
	if e.Schedule, err = f.schedule(e.Schedule); err != nil {
		return e, err
	}
	a := &e.Approval
	a.Editors, a.Silence, a.Four = listOf(v["editors"]), digest.Silence(v["silence"]), f.ticks["four"]
	if a.Minutes, err = f.number("minutes", "how many minutes before the editors are asked"); err != nil {
		return e, err
	}
	e.Rules, err = f.rules(e.Rules)
	return e, err
}

func (f form) schedule(s digest.Schedule) (digest.Schedule, error) {
	v := f.values
	s.Zone, s.Useful, s.Late, s.Cron, s.Holidays = v["zone"], v["useful"], digest.LateRule(v["late"]), v["when"], nil
	if s.Cron != "" && s.Check() != nil { // it may be said as people do
		wrong := s.Check()
		plain, err := s.Plainly(s.Cron)
		switch {
		case err == nil:
			s = plain
		case strings.ContainsAny(s.Cron, "*@"):
			return s, wrong
		default:
			return s, err
		}
	}
	for _, line := range listOf(v["holidays"]) {
		days, err := digest.ParseHolidays(line)
		if err != nil {
			return s, err
		}
		s.Holidays = append(s.Holidays, days...)
	}
	return s, nil
}

func (f form) rules(r digest.Rules) (digest.Rules, error) {
	v, err := f.values, error(nil)
	into := []*[]string{&r.Topics, &r.NotTopics, &r.Sections, &r.Authors, &r.NotAuthors, &r.Words, &r.NotWords, &r.Offer}
	for i, name := range lists {
		*into[i] = listOf(v[name])
	}
	if r.Max, err = f.number("max", "how many stories an issue has at most"); err != nil {
		return r, err
	}
	if r.Min, err = f.number("min", "how many stories an issue has at least"); err != nil {
		return r, err
	}
	age := 0.0
	if v["age"] != "" {
		if age, err = strconv.ParseFloat(v["age"], 64); err != nil || age < 0 || age > 24*3650 {
			return r, fmt.Errorf("%q is no age; write a number of hours, or leave it empty for any age", v["age"])
		}
	}
	r.MaxAge = time.Duration(age*3600) * time.Second
	r.Quotas = nil
	for _, line := range listOf(v["quotas"]) {
		i := strings.LastIndexAny(line, "=:")
		n, err := strconv.Atoi(strings.TrimSpace(line[i+1:]))
		if i < 1 || err != nil {
			return r, fmt.Errorf("the share %q cannot be read; write a section and how many stories it may have, as in “Sport = 3”", line)
		}
		if r.Quotas == nil {
			r.Quotas = map[string]int{}
		}
		r.Quotas[strings.TrimSpace(line[:i])] = n
	}
	r.Sources = slices.Sorted(maps.Keys(f.sources))
	t := f.ticks
	r.Mixed, r.Updates, r.Apart, r.Private, r.Unchecked, r.Clicks, r.Lead = t["mixed"], t["updates"], t["apart"], t["private"], t["unchecked"], t["clicks"], digest.LeadRule(v["lead"])
	r.Look.Theme, r.Look.Hijri, r.Look.Campaign, r.Look.Digits, r.Look.Pictures = v["theme"], t["hijri"], t["campaign"], v["digits"], v["pictures"]
	r.Look.HijriShift, err = strconv.Atoi(v["shift"])
	return r, err
}

func (f form) number(name, what string) (int, error) {
	if f.values[name] == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(f.values[name])
	if err != nil || n < 0 || n > 100_000 {
		return 0, fmt.Errorf("%q is no number; write %s, or leave it empty", f.values[name], what)
	}
	return n, nil
}

// difference names the fields that two forms do not share, for the log.
func difference(a, b form) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(b.values)) {
		if a.values[name] != b.values[name] {
			names = append(names, name)
		}
	}
	for _, name := range boxes {
		if a.ticks[name] != b.ticks[name] {
			names = append(names, name)
		}
	}
	if !maps.Equal(a.sources, b.sources) {
		names = append(names, "sources")
	}
	return strings.Join(names, ", ")
}

// listOf returns the lines of a text, each once and without blanks around it.
func listOf(text string) (all []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = digest.OneLine(line); line != "" && !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

// whole writes a number, "" for 0.
func whole(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func hours(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Hours(), 'f', -1, 64)
}
