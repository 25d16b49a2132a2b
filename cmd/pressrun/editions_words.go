package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// A fact is one setting of an edition, for people.
type fact struct{ name, value string }

// facts returns all settings of an edition that can change, always in one order.
func facts(e digest.Edition) []fact {
	r := e.Rules
	return append(timingFacts(e), []fact{
		{"name", e.Name},
		{"language", joined(e.Languages)},
		{"cron", dash(e.Schedule.Cron)},
		{"zone", zoneName(e)},
		{"paused", yesOrNo(e.Paused)},
		{"max", orAny(r.Max)},
		{"min", orAny(r.Min)},
		{"max-age", orAnyAge(r.MaxAge)},
		{"topics", joined(r.Topics)},
		{"not-topics", joined(r.NotTopics)},
		{"sections", joined(r.Sections)},
		{"sources", joined(r.Sources)},
		{"lead", leadName(r.Lead)},
		{"mixed", yesOrNo(r.Mixed)},
		{"authors", joined(r.Authors)},
		{"not-authors", joined(r.NotAuthors)},
		{"words", joined(r.Words)},
		{"not-words", joined(r.NotWords)},
		{"share", shares(r.Quotas)},
		{"updates", yesOrNo(r.Updates)},
		{"apart", yesOrNo(r.Apart)},
		{"offer", joined(r.Offer)},
		{"private", yesOrNo(r.Private)},
		{"theme", dash(r.Look.Theme)},
		{"hijri", yesOrNo(r.Look.Hijri)},
		{"digits", cmp.Or(r.Look.Digits, "latin")},
		{"campaign", yesOrNo(r.Look.Campaign)},
		{"clicks", yesOrNo(r.Clicks)},
		{"pictures", cmp.Or(r.Look.Pictures, "ours")},
		{"no-check", yesOrNo(r.Unchecked)},
		{"doubt", string(e.Doubt)},
	}...)
}

// shares names the sections that have one, by name.
func shares(quotas map[string]int) string {
	var all []string
	for _, section := range slices.Sorted(maps.Keys(quotas)) {
		all = append(all, fmt.Sprintf("%s=%d", section, quotas[section]))
	}
	return joined(all)
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func orAny(n int) string {
	if n == 0 {
		return "-"
	}
	return number(n)
}

func orAnyAge(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return ageText(d)
}

func leadName(l digest.LeadRule) string {
	if l == digest.LeadNewest {
		return "newest"
	}
	return string(l)
}

func zoneName(e digest.Edition) string {
	if e.Schedule.Zone == "" {
		return "UTC"
	}
	return e.Schedule.Zone
}

// rulesInWords tells which stories an edition takes and who gets what, in sentences.
func rulesInWords(e digest.Edition) (words []string) {
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	r := e.Rules
	switch {
	case len(e.Languages) == 1:
		add("It is set in %s.", e.Languages[0])
	case r.Mixed:
		add("It is set in %s and has the stories of all its languages (%s) for all readers.", e.Languages[0], joined(e.Languages))
	default:
		add("It is set in %s: readers get the stories of their language, those who chose none get %s.", joined(e.Languages), e.Languages[0])
	}
	each := ""
	if len(e.Languages) > 1 && !r.Mixed {
		each = " in each language"
	}
	switch {
	case r.Max > 0:
		add("An issue has at most %s%s; what is over the limit waits for the next.", plural(r.Max, "story", "stories"), each)
	default:
		add("An issue has all stories there are; what is too long for a mail is cut to headlines.")
	}
	if r.Min > 0 {
		add("With fewer than %s%s it is skipped, and they wait for the next.", plural(r.Min, "story", "stories"), each)
	}
	if r.MaxAge > 0 {
		add("No story is older than %s.", ageInWords(r.MaxAge))
	}
	if len(r.Sources) > 0 {
		add("Stories come only from %s.", joined(r.Sources))
	}
	if len(r.Topics) > 0 {
		add("Only these topics and sections are taken: %s.", joined(r.Topics))
	}
	if len(r.NotTopics) > 0 {
		add("These topics and sections are left out: %s.", joined(r.NotTopics))
	}
	if len(r.Authors) > 0 {
		add("Only stories by %s are taken.", joined(r.Authors))
	}
	if len(r.NotAuthors) > 0 {
		add("Stories by %s are left out.", joined(r.NotAuthors))
	}
	if len(r.Words) > 0 {
		add("Only stories with one of these words are taken: %s.", joined(r.Words))
	}
	if len(r.NotWords) > 0 {
		add("Stories with one of these words are left out: %s.", joined(r.NotWords))
	}
	if len(r.Quotas) > 0 {
		add("A section has at most so many stories: %s; the others wait for the next issue.", shares(r.Quotas))
	}
	if r.Apart {
		add("Stories on the same event stand each by itself.")
	} else {
		add("Of stories on the same event one is set, with the others named below it.")
	}
	if len(r.Offer) > 0 {
		add("Readers may choose among these topics: %s.", joined(r.Offer))
	}
	add("%s", leadInWords(r))
	if len(r.Sections) > 0 {
		add("Sections come in this order, others after them: %s.", joined(r.Sections))
	}
	if e.Doubt == digest.DoubtHold {
		add("A mail of which it is not known whether it arrived is held for an editor.")
	} else {
		add("A mail of which it is not known whether it arrived is sent once more, the very same.")
	}
	return append(words, timingInWords(e)...)
}

func leadInWords(r digest.Rules) string {
	switch {
	case r.Lead == digest.LeadPicture:
		return "The newest story with a picture comes first."
	case r.Lead == digest.LeadSection && len(r.Sections) > 0:
		return "The newest story of " + r.Sections[0] + " comes first."
	case r.Lead == digest.LeadSection:
		return "The newest story comes first, until --sections says which section leads."
	}
	return "The newest story comes first."
}

func ageInWords(d time.Duration) string {
	if day := 24 * time.Hour; d%day == 0 {
		return plural(int(d/day), "day", "days")
	}
	if d%time.Hour == 0 {
		return plural(int(d/time.Hour), "hour", "hours")
	}
	return d.String()
}

// scheduleInWords tells when an edition goes out.
func scheduleInWords(e digest.Edition) string {
	switch {
	case e.Schedule.Cron == "":
		return fmt.Sprintf("It has no schedule: it goes out when you run `pressrun send %s`.", e.Slug)
	case e.Paused:
		return fmt.Sprintf("It is paused; `pressrun editions set %s --resume` lets it go out again. Its schedule is “%s” in %s:", e.Slug, e.Schedule.Cron, zoneName(e))
	}
	return fmt.Sprintf("It goes out at “%s” in %s:", e.Schedule.Cron, zoneName(e))
}

// An editionView is an edition as JSON.
type editionView struct {
	Slug      string    `json:"slug"`
	Name      string    `json:"name"`
	Languages []string  `json:"languages"`
	Cron      string    `json:"cron"`
	Zone      string    `json:"zone"`
	Paused    bool      `json:"paused"`
	Max       int       `json:"max"`
	Min       int       `json:"min"`
	MaxAge    string    `json:"max_age"`
	Topics    []string  `json:"topics"`
	NotTopics []string  `json:"not_topics"`
	Sections  []string  `json:"sections"`
	Sources   []string  `json:"sources"`
	Lead      string    `json:"lead"`
	Mixed     bool      `json:"mixed"`
	Doubt     string    `json:"doubt"`
	Readers   int64     `json:"readers"`
	Next      []runView `json:"next"`
	OneOffs   []string  `json:"one_offs"` // what is set for single runs, in words
}

func viewEdition(e digest.Edition, readers int64, now time.Time, runs int) editionView {
	r, oneOffs := e.Rules, []string{}
	for _, o := range e.Schedule.Pending(now) {
		oneOffs = append(oneOffs, o.Words(e.Schedule))
	}
	return editionView{
		Slug: e.Slug, Name: e.Name, Languages: e.Languages, Cron: e.Schedule.Cron, Zone: zoneName(e), Paused: e.Paused,
		Max: r.Max, Min: r.Min, MaxAge: ageText(r.MaxAge), Topics: orEmpty(r.Topics), NotTopics: orEmpty(r.NotTopics),
		Sections: orEmpty(r.Sections), Sources: orEmpty(r.Sources), Lead: leadName(r.Lead), Mixed: r.Mixed,
		Doubt: string(e.Doubt), Readers: readers, Next: nextRuns(e, now, runs), OneOffs: oneOffs,
	}
}

// orEmpty returns a list that is [] in JSON and not null.
func orEmpty(values []string) []string { return append([]string{}, values...) }

func (v editionView) nextInWords() string {
	switch {
	case v.Paused:
		return "paused"
	case len(v.Next) == 0:
		return "by hand only"
	}
	return v.Next[0].Local
}
