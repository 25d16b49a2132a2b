package feed

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/pressrun/pressrun/digest"
)

const (
	maxTitle  = 300 // runes
	maxTopic  = 60
	maxTopics = 20
	maxGUID   = 500 // bytes
	tolerance = 15 * time.Minute
)

// An editor makes articles of a feed's items.
type editor struct {
	source   int64
	section  string
	language string   // assumed where an item names none
	base     *url.URL // what relative links are relative to
	summary  summarizer
	now      time.Time
}

// article returns the clean article, and false if the item lacks what every article
// needs: an address and something to call it.
func (e editor) article(item *gofeed.Item, language string) (digest.Article, bool) {
	a := digest.Article{
		SourceID:  e.source,
		GUID:      guid(item.GUID),
		URL:       e.link(item),
		Title:     title(item.Title),
		Section:   e.section,
		Topics:    topics(item.Categories),
		FirstSeen: e.now,
	}
	if a.URL == "" {
		return a, false
	}
	a.Summary = e.summary.of(item.Description, item.Content)
	text := digest.PlainText(a.Summary)
	if a.Title == "" {
		a.Title = shorten(text, 80)
	}
	if a.Title == "" {
		return a, false
	}
	if sameText(text, a.Title) {
		a.Summary = ""
	}
	if len(a.Topics) > 0 {
		a.Section = a.Topics[0]
	}
	a.Published, a.DateFrom = e.date(item)
	a.Language = e.languageOf(item, language, a.Title+" "+text)
	a.Author = author(item, a.Language)
	a.Image = picture(item, e.base)
	a.Words = words(item)
	return a, true
}

// guid returns the source's name for an item, shortened by hashing if need be.
func guid(s string) string {
	s = digest.OneLine(s)
	if len(s) > maxGUID {
		return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(s)))
	}
	return s
}

// link returns an item's canonical address, "" if it has none. FeedBurner puts its own
// in front of the real one.
func (e editor) link(item *gofeed.Item) string {
	for _, prefix := range []string{"feedburner", "pheedo"} {
		for _, x := range item.Extensions[prefix]["origLink"] {
			if link := canonical(x.Value, e.base); link != "" {
				return link
			}
		}
	}
	for _, raw := range append([]string{item.Link}, item.Links...) {
		if link := canonical(raw, e.base); link != "" {
			return link
		}
	}
	if g := strings.TrimSpace(item.GUID); strings.HasPrefix(g, "http://") || strings.HasPrefix(g, "https://") {
		return canonical(g, e.base)
	}
	return ""
}

// date returns when an item was published. A date before the web is no date; one that
// lies ahead would keep an article on top, and is replaced.
func (e editor) date(item *gofeed.Item) (time.Time, digest.DateFrom) {
	for _, t := range []*time.Time{item.PublishedParsed, item.UpdatedParsed} {
		switch {
		case t == nil || t.Year() < 1990:
		case t.After(e.now.Add(tolerance)):
			return e.now, digest.DateFuture
		case t.After(e.now):
			return e.now, digest.DateFeed // clocks differ a little
		default:
			return t.UTC().Truncate(time.Second), digest.DateFeed
		}
	}
	return e.now, digest.DateMissing
}

// topics returns an item's categories as plain text, each once. Terms that are
// addresses are schemes of programs, not for readers.
func topics(categories []string) []string {
	var all []string
	for _, c := range categories[:min(len(categories), 10*maxTopics)] {
		t := shorten(plain(c), maxTopic)
		if t == "" || isNoTopic(t) || slices.ContainsFunc(all, func(o string) bool { return sameTopic(o, t) }) {
			continue
		}
		if all = append(all, t); len(all) == maxTopics {
			break
		}
	}
	return all
}

// sameTopic reports whether one is the other in another case, or its slug.
func sameTopic(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, "-", " "), strings.ReplaceAll(b, "-", " "))
}

func isNoTopic(t string) bool {
	switch strings.ToLower(t) {
	case "uncategorized", "uncategorised", "غير مصنف":
		return true
	}
	return strings.Contains(t, "://")
}

// words counts the words of an item's full text, 0 if the feed may be giving less than
// all of it: what is short, says that it goes on, or is hardly longer than the summary.
func words(item *gofeed.Item) int {
	text := digest.PlainText(item.Content)
	n := len(strings.Fields(text))
	excerpt := len(strings.Fields(digest.PlainText(item.Description)))
	if n < 100 || isCut(text) || excerpt < n && n < 3*excerpt/2 {
		return 0
	}
	return n
}
