// Package event finds the headlines that tell of one happening, so that an issue prints
// one of them and the others as "also on this".
//
// Words in common are weighed by how rare they are and where they stand: names and rare
// words count much, the words of every newspaper little. Words for one kind of happening
// (fire, blaze), a country and its capital, and numbers are recognised in English and
// Arabic. Kinds, places, numbers and directions that contradict each other count against,
// and so does time that went by. Two items are compared within one language only.
package event

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Window is the longest time between two items of one event.
const Window = 48 * time.Hour

// An Item is a headline with what else is known of the article. Title and Summary are
// plain text; of a summary only the beginning is read.
type Item struct {
	ID             int64
	Title, Summary string
	// Language is a BCP 47 tag; "" is guessed from the letters.
	Language string
	At       time.Time
}

// An Event is a happening: the item that stands for it, and the others.
type Event struct {
	// Lead is the ID of the item most like all the others; of equals, the newest.
	Lead int64
	Also []Member // by score
}

// A Member is an item that tells of the same event as the lead.
type Member struct {
	ID int64
	Likeness
}

// A Suggestion is a pair that may be one event and was not merged: an editor decides.
type Suggestion struct {
	A, B int64
	Likeness
}

// A Likeness says how much speaks for two items being one event.
type Likeness struct {
	Score   float64  // from 0 to 1
	Why     []string // what they share, the weightiest first, as it stands in the text
	Against []string // what contradicts: "12 / 35 dead", "Norway / Japan"
}

// A Grouping is what Group finds. It is the same whatever the order of the items.
type Grouping struct {
	Events      []Event      // every item is in one; by the lead's time, newest first
	Suggestions []Suggestion // by score, between items of different events
}

// From these scores on, two items are one event, or are suggested to the editor.
const (
	Same  = 0.70
	Maybe = 0.40
)

// Group finds the events among items. Time and memory grow with the items times the
// stories of a Window that share a rare word with each, not with the square of the items.
func Group(items []Item) Grouping {
	stories := read(sorted(items))
	pairs := likely(stories)
	clusters := merge(stories, pairs)
	var g Grouping
	member := make([]int, len(stories.all))
	for n, c := range clusters {
		for _, i := range c {
			member[i] = n
		}
		g.Events = append(g.Events, stories.event(c))
	}
	for _, p := range pairs {
		if member[p.a] != member[p.b] {
			g.Suggestions = append(g.Suggestions, Suggestion{stories.all[p.a].ID, stories.all[p.b].ID, stories.likeness(p.a, p.b)})
		}
	}
	return g
}

// sorted returns the items from new to old, those of one time by ID and then by what they
// say: an order that does not depend on how they came.
func sorted(items []Item) []Item {
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b Item) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID), strings.Compare(a.Title, b.Title),
			strings.Compare(a.Summary, b.Summary), strings.Compare(a.Language, b.Language))
	})
	return items
}
