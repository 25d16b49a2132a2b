package compose

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
)

// A Choice is what a group of readers wants of an edition.
type Choice struct {
	Language string
	Topics   []string // sections or topics; none: all
	Text     bool     // no HTML part
	// Uncounted keeps links from being counted.
	Uncounted bool
}

// full is how many stories a letter of several issues sets with excerpt and picture where
// the rules name no number. The others are there with their headlines.
const full = 12

// ComposeFor makes the message for readers who chose alike. issues are those they have not
// had yet, the newest first: its number and date are the letter's. Where they have nothing
// for these readers, the message is nil.
func (c *Composer) ComposeFor(e digest.Edition, issues []digest.Issue, choice Choice) (*message.Message, error) {
	language := cmp.Or(e.VariantLanguage(choice.Language), e.VariantLanguage(""))
	var stories []digest.Story
	for _, issue := range issues {
		for _, s := range storiesIn(e, issue, language) {
			if s.About(choice.Topics) {
				stories = append(stories, s)
			}
		}
	}
	if len(stories) == 0 {
		return nil, nil
	}
	if len(issues) > 1 {
		stories = best(stories, cmp.Or(e.Rules.Max, full))
	}
	l, err := c.set(e, issues, stories, setting{language: language, text: choice.Text, counted: issues[0].Counted && !choice.Uncounted})
	if err != nil {
		return nil, fmt.Errorf("compose %s, language %s, topics %q: %w", e.Slug, language, choice.Topics, err)
	}
	return l.Message, nil
}

// Welcome makes the mail that greets a new reader of an edition. It brings the issue, if
// there is one with stories for them: brings reports that.
func (c *Composer) Welcome(e digest.Edition, issue digest.Issue, choice Choice, now time.Time) (m *message.Message, brings bool, err error) {
	language := cmp.Or(e.VariantLanguage(choice.Language), e.VariantLanguage(""))
	if issue.Number == 0 {
		issue.Slot = now
	}
	var stories []digest.Story
	for _, s := range storiesIn(e, issue, language) {
		if s.About(choice.Topics) {
			stories = append(stories, s)
		}
	}
	l, err := c.set(e, []digest.Issue{issue}, stories, setting{language: language, text: choice.Text, welcome: true, counted: issue.Counted && !choice.Uncounted})
	if err != nil {
		return nil, false, fmt.Errorf("compose the welcome to %s, language %s: %w", e.Slug, language, err)
	}
	return l.Message, len(stories) > 0, nil
}

// best puts the stories of several issues in order: each issue's lead before its second
// story, and the newer issue before the older. After the first n, the others follow by
// section with their headlines alone.
func best(stories []digest.Story, n int) []digest.Story {
	slices.SortStableFunc(stories, func(a, b digest.Story) int { return cmp.Compare(a.Place, b.Place) })
	if len(stories) <= n {
		return stories
	}
	rest := stories[n:]
	slices.SortStableFunc(rest, func(a, b digest.Story) int { return cmp.Compare(a.Section, b.Section) })
	for i := range rest {
		rest[i].Summary, rest[i].Image, rest[i].Author, rest[i].Words = "", digest.Image{}, "", 0
	}
	return stories
}
