package digest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A Candidate is an article that an issue may take.
type Candidate struct {
	Article
	SourceURL string
	Also      []string // URLs of other sources that have it
	SentIn    int      // number of the edition's issue that had it, 0 for none
}

// givenBy reports whether one of these sources has the article.
func (c Candidate) givenBy(urls []string) bool {
	return slices.Contains(urls, c.SourceURL) ||
		slices.ContainsFunc(c.Also, func(url string) bool { return slices.Contains(urls, url) })
}

// A Selection is what the rules make of the candidates.
type Selection struct {
	Stories []Story // every candidate: first those that are in, by place, then the others
	// Skip says why the issue is not to be sent, "" when it is.
	Skip string
}

// In returns the stories that are in, by place.
func (s Selection) In() []Story {
	n := slices.IndexFunc(s.Stories, func(st Story) bool { return !st.In })
	if n < 0 {
		n = len(s.Stories)
	}
	return s.Stories[:n]
}

// Select applies the rules of e to the candidates as of now and gives each a reason. It
// depends on its arguments alone, so that a preview and the issue itself agree.
//
// Unless the rules mix languages, each language is picked apart and has a lead of its
// own: its readers get its stories only.
func Select(e Edition, candidates []Candidate, now time.Time) Selection {
	cands := slices.Clone(candidates)
	slices.SortStableFunc(cands, func(a, b Candidate) int {
		// Of one date, as where a source gives none, the one that stood higher in the feed
		// has the higher number.
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.ID, a.ID))
	})
	var out []Story
	fit := map[string][]Candidate{} // by language of the variant
	headlines := map[string]string{}
	for _, c := range cands {
		if reason, no := refuse(e, c, headlines, now); no {
			out = append(out, Story{Article: c.Article, Reason: reason})
			continue
		}
		headlines[fold(c.Title)] = c.Title
		group := e.VariantLanguage(c.Language)
		fit[group] = append(fit[group], c)
	}
	var sel Selection
	var few []string
	for _, language := range e.variantLanguages() {
		group := fit[language]
		if len(group) < max(e.Rules.Min, 1) {
			few = append(few, fmt.Sprintf("%d of %d stories in %s", len(group), max(e.Rules.Min, 1), language))
			for _, c := range group {
				out = append(out, Story{Article: c.Article, Reason: Reason{ReasonFew, strconv.Itoa(e.Rules.Min)}})
			}
			continue
		}
		taken, over := group, []Candidate(nil)
		if limit := e.Rules.Max; limit > 0 && len(group) > limit {
			taken, over = group[:limit], group[limit:]
		}
		sel.Stories = append(sel.Stories, arrange(e.Rules, taken)...)
		for _, c := range over {
			out = append(out, Story{Article: c.Article, Reason: Reason{ReasonLimit, strconv.Itoa(e.Rules.Max)}})
		}
	}
	for i := range sel.Stories {
		sel.Stories[i].Place = i + 1
	}
	if len(sel.Stories) == 0 {
		sel.Skip = "too few stories: " + strings.Join(few, ", ")
	}
	sel.Stories = append(sel.Stories, out...)
	return sel
}

// refuse returns the first rule that keeps c out.
func refuse(e Edition, c Candidate, headlines map[string]string, now time.Time) (Reason, bool) {
	r := e.Rules
	switch {
	case c.SentIn > 0:
		return Reason{ReasonSent, strconv.Itoa(c.SentIn)}, true
	case !r.Mixed && c.Language != "" && e.VariantLanguage(c.Language) == "":
		return Reason{ReasonLanguage, c.Language}, true
	case len(r.Sources) > 0 && !c.givenBy(r.Sources):
		return Reason{Code: ReasonSource}, true
	}
	if topic, is := topicOf(c.Article, r.NotTopics); is {
		return Reason{ReasonNotTopic, topic}, true
	}
	if _, is := topicOf(c.Article, r.Topics); !is && len(r.Topics) > 0 {
		return Reason{Code: ReasonTopic}, true
	}
	if r.MaxAge > 0 && now.Sub(c.Published) > r.MaxAge {
		return Reason{ReasonOld, days(r.MaxAge)}, true
	}
	if first, is := headlines[fold(c.Title)]; is && fold(c.Title) != "" {
		return Reason{ReasonDuplicate, first}, true
	}
	return Reason{}, false
}

// topicOf returns the section or topic of a that is among names.
func topicOf(a Article, names []string) (string, bool) {
	for _, name := range names {
		for _, topic := range append([]string{a.Section}, a.Topics...) {
			if topic != "" && fold(topic) == fold(name) {
				return topic, true
			}
		}
	}
	return "", false
}

// arrange puts the lead first and then the sections in the order of the rules; sections
// they do not name follow in the order of their newest story.
func arrange(r Rules, taken []Candidate) []Story {
	lead := leadOf(r, taken)
	order := slices.Clone(r.Sections)
	for _, c := range taken {
		if i := slices.IndexFunc(order, func(s string) bool { return fold(s) == fold(c.Section) }); i < 0 {
			order = append(order, c.Section)
		}
	}
	stories := []Story{{Article: taken[lead].Article, In: true, Lead: true, Reason: Reason{Code: ReasonLead}}}
	for _, section := range order {
		for i, c := range taken {
			if i != lead && fold(c.Section) == fold(section) {
				stories = append(stories, Story{Article: c.Article, In: true, Reason: Reason{Code: ReasonIn}})
			}
		}
	}
	return stories
}

// leadOf returns the place of the lead among the stories taken. One whose date is not
// proven does not lead: it may be of any year.
func leadOf(r Rules, taken []Candidate) int {
	proven := func(c Candidate) bool { return c.DateFrom != DateMissing && c.DateFrom != DateFuture }
	match := func(c Candidate) bool { return true }
	switch {
	case r.Lead == LeadPicture:
		match = func(c Candidate) bool { return c.Image.URL != "" }
	case r.Lead == LeadSection && len(r.Sections) > 0:
		match = func(c Candidate) bool { return fold(c.Section) == fold(r.Sections[0]) }
	}
	i := slices.IndexFunc(taken, func(c Candidate) bool { return proven(c) && match(c) })
	if i < 0 {
		i = slices.IndexFunc(taken, proven)
	}
	return max(i, 0)
}

// VariantLanguage returns the language of e in which a story or reader of the given
// language is served: "" for one that e does not have, the first for "" itself.
func (e Edition) VariantLanguage(language string) string {
	first := e.variantLanguages()[0]
	if e.Rules.Mixed || language == "" {
		return first
	}
	for _, have := range e.Languages {
		if base(have) == base(language) {
			return have
		}
	}
	return ""
}

// variantLanguages returns the languages that are picked apart.
func (e Edition) variantLanguages() []string {
	switch {
	case len(e.Languages) == 0:
		return []string{"en"}
	case e.Rules.Mixed:
		return e.Languages[:1]
	}
	return e.Languages
}

// base returns the primary subtag: "ar" for "ar-SA".
func base(language string) string {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	return language
}

// fold makes two spellings of a headline or a name equal that differ only in case,
// spaces and punctuation.
func fold(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), " ")
}

// days returns an age in words: "3 days", "36 hours".
func days(d time.Duration) string {
	if day := 24 * time.Hour; d >= 2*day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}
