package digest

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pressrun/pressrun/digest/event"
)

// A Candidate is an article that an issue may take.
type Candidate struct {
	Article
	SourceURL string
	Also      []string // URLs of other sources that have it
	SentIn    int      // number of the edition's latest issue that had it, 0 for none
	SentAt    time.Time
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
	// Number is what the issue must be the next under, 0 for whichever that is.
	Number int
	// Plan is what it was made with.
	Plan Plan
	// Suggestions are pairs that may tell of one event; an editor decides.
	Suggestions []event.Suggestion
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
	return SelectPlanned(e, candidates, Plan{}, now)
}

// SelectPlanned is Select with what editors want besides: their word goes before any rule
// but one, that no story goes out twice.
func SelectPlanned(e Edition, candidates []Candidate, plan Plan, now time.Time) Selection {
	cands := slices.Clone(candidates)
	slices.SortStableFunc(cands, func(a, b Candidate) int {
		// Of one date, as where a source gives none, the one that stood higher in the feed
		// has the higher number.
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(b.ID, a.ID))
	})
	sel := Selection{Plan: plan}
	var out []Story
	leave := func(c Candidate, r Reason) { out = append(out, Story{Article: c.Article, Reason: r}) }
	fit := map[string][]Candidate{} // by language of the variant
	headlines := map[string]string{}
	for _, c := range cands {
		if reason, no := refuse(e, c, plan, headlines, now); no {
			leave(c, reason)
			continue
		}
		headlines[fold(c.Title)] = c.Title
		group := cmp.Or(e.VariantLanguage(c.Language), e.VariantLanguage(""))
		fit[group] = append(fit[group], c)
	}
	var few []string
	for _, language := range e.variantLanguages() {
		found := events(e.Rules, plan, fit[language])
		group := found.leads
		for _, c := range found.below {
			leave(c.Candidate, Reason{ReasonEvent, c.lead})
		}
		sel.Suggestions = append(sel.Suggestions, found.suggestions...)
		if len(group) < max(e.Rules.Min, 1) {
			few = append(few, fmt.Sprintf("%d of %d stories in %s", len(group), max(e.Rules.Min, 1), language))
			for _, c := range group {
				leave(c, Reason{ReasonFew, strconv.Itoa(e.Rules.Min)})
			}
			continue
		}
		taken, over := share(e.Rules, plan, group)
		for _, st := range arrange(e.Rules, plan, taken) {
			st.Also = found.also[st.ID]
			st.Again = slices.ContainsFunc(taken, func(c Candidate) bool { return c.ID == st.ID && again(e.Rules, c) })
			sel.Stories = append(sel.Stories, edited(st, plan))
		}
		out = append(out, over...)
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

// share takes at most as many stories as the rules allow, in all and of each section.
// What an editor put in is taken first.
func share(r Rules, plan Plan, group []Candidate) (taken []Candidate, over []Story) {
	room, sections := r.Max, map[string]int{}
	if room <= 0 {
		room = len(group)
	}
	in := map[int64]bool{}
	for _, pinned := range []bool{true, false} {
		for _, c := range group {
			if plan.pins(c.ID) != pinned {
				continue
			}
			quota, limited := quotaOf(r, c.Section)
			switch {
			case pinned:
			case limited && sections[fold(c.Section)] >= quota:
				over = append(over, Story{Article: c.Article, Reason: Reason{ReasonQuota, c.Section}})
				continue
			case room <= 0:
				over = append(over, Story{Article: c.Article, Reason: Reason{ReasonLimit, strconv.Itoa(r.Max)}})
				continue
			}
			room--
			sections[fold(c.Section)]++
			in[c.ID] = true
		}
	}
	for _, c := range group { // in their own order again
		if in[c.ID] {
			taken = append(taken, c)
		}
	}
	return taken, over
}

func quotaOf(r Rules, section string) (n int, limited bool) {
	for name, quota := range r.Quotas {
		if fold(name) == fold(section) {
			return quota, true
		}
	}
	return 0, false
}

// edited puts an editor's words in the place of the article's.
func edited(st Story, plan Plan) Story {
	if title := strings.TrimSpace(plan.Edits[st.ID].Title); title != "" {
		st.Title, st.Edited = OneLine(title), true
	}
	if summary := strings.TrimSpace(plan.Edits[st.ID].Summary); summary != "" {
		st.Summary, st.Edited = html.EscapeString(summary), true
	}
	return st
}

// refuse returns the first rule that keeps c out.
func refuse(e Edition, c Candidate, plan Plan, headlines map[string]string, now time.Time) (Reason, bool) {
	r := e.Rules
	switch {
	case c.SentIn > 0 && !again(r, c):
		return Reason{ReasonSent, strconv.Itoa(c.SentIn)}, true
	case slices.Contains(plan.Hidden, c.ID):
		return Reason{Code: ReasonHidden}, true
	case plan.pins(c.ID):
		return Reason{}, false
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
	if reason, no := refuseWords(r, c.Article); no {
		return reason, true
	}
	if r.MaxAge > 0 && now.Sub(c.Published) > r.MaxAge {
		return Reason{ReasonOld, days(r.MaxAge)}, true
	}
	if first, is := headlines[fold(c.Title)]; is && fold(c.Title) != "" {
		return Reason{ReasonDuplicate, first}, true
	}
	return Reason{}, false
}

// About reports whether one of the topics is the article's section or among its topics.
// Every article is about no topic in particular.
func (a Article) About(topics []string) bool {
	_, is := topicOf(a, topics)
	return is || len(topics) == 0
}

// again reports whether a story that was sent may go out once more.
func again(r Rules, c Candidate) bool { return r.Updates && c.SentIn > 0 && c.Updated.After(c.SentAt) }

// refuseWords applies the rules about authors and words.
func refuseWords(r Rules, a Article) (Reason, bool) {
	text := " " + fold(a.Title) + " " + fold(PlainText(a.Summary)) + " "
	among := func(where string, names []string) (string, bool) {
		for _, name := range names {
			if f := fold(name); f != "" && strings.Contains(where, " "+f+" ") {
				return name, true
			}
		}
		return "", false
	}
	author := " " + fold(a.Author) + " "
	if name, is := among(author, r.NotAuthors); is {
		return Reason{ReasonAuthor, name}, true
	}
	if _, is := among(author, r.Authors); !is && len(r.Authors) > 0 {
		return Reason{Code: ReasonAuthor}, true
	}
	if word, is := among(text, r.NotWords); is {
		return Reason{ReasonWord, word}, true
	}
	if _, is := among(text, r.Words); !is && len(r.Words) > 0 {
		return Reason{Code: ReasonWord}, true
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

// arrange puts the lead first, then what an editor put in order, and then the sections in
// the order of the rules; sections they do not name follow in the order of their newest
// story.
func arrange(r Rules, plan Plan, taken []Candidate) []Story {
	lead := leadOf(r, plan, taken)
	order := slices.Clone(r.Sections)
	for _, c := range taken {
		if i := slices.IndexFunc(order, func(s string) bool { return fold(s) == fold(c.Section) }); i < 0 {
			order = append(order, c.Section)
		}
	}
	story := func(c Candidate, code ReasonCode) Story {
		return Story{Article: c.Article, In: true, Lead: code == ReasonLead, Reason: Reason{Code: code}}
	}
	stories := []Story{story(taken[lead], ReasonLead)}
	for _, section := range order {
		for i, c := range taken {
			switch {
			case i == lead || fold(c.Section) != fold(section):
			case plan.pins(c.ID):
				stories = append(stories, story(c, ReasonPinned))
			default:
				stories = append(stories, story(c, ReasonIn))
			}
		}
	}
	slices.SortStableFunc(stories[1:], func(a, b Story) int { return cmp.Compare(plan.rank(a.ID), plan.rank(b.ID)) })
	return stories
}

// leadOf returns the place of the lead among the stories taken. One whose date is not
// proven does not lead: it may be of any year.
func leadOf(r Rules, plan Plan, taken []Candidate) int {
	if i := slices.IndexFunc(taken, func(c Candidate) bool { return c.ID == plan.Lead }); i >= 0 {
		return i
	}
	if i := slices.IndexFunc(taken, func(c Candidate) bool { return len(plan.Order) > 0 && c.ID == plan.Order[0] }); i >= 0 {
		return i
	}
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
