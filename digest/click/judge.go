package click

import (
	"regexp"
	"slices"
	"time"
)

// A verdict says who a visitor is. It only ever becomes worse: what was seen stays seen.
type verdict string

const (
	people   verdict = "people"
	unsure   verdict = "unsure"
	machines verdict = "machines"
)

// What nobody does by hand.
const (
	burstStories = 3               // so many different ones
	burstWithin  = 5 * time.Second // in so short a time
	atOnce       = time.Second     // two of them: perhaps two people behind one address
	manyStories  = 40              // on one day
	// tooEarly is how old a letter must be for its reader to have seen it. Mail filters
	// follow links before it is in the mailbox.
	tooEarly = 20 * time.Second
)

// programs call themselves by their name, and so are no mail program and no browser.
var programs = regexp.MustCompile(`(?i)bot\b|bot/|crawl|spider|scan|preview|fetch|monitor|check|proxy|facebookexternalhit|whatsapp|telegram|` +
	`^$|curl|wget|python|libwww|java/|okhttp|go-http|httpclient|headless|phantom|safelinks|barracuda|mimecast|proofpoint`)

// A step is a story that was opened.
type step struct {
	story int64
	at    time.Time // to the millisecond
	age   int       // on the Scale
}

// A visit is what one visitor did with an issue on one day.
type visit struct {
	issue   int64
	verdict verdict
	canary  bool   // the link was followed that no person sees
	trail   []step // each story once, in the order they were first opened
}

// add takes a hit, and says whether it opened a story for the first time.
func (v *visit) add(h Hit) (fresh bool) {
	s := step{story: h.Story, at: h.At, age: stepOf(h.At.Sub(h.Left))}
	switch {
	case h.Story == 0:
		v.canary = true
	case len(v.trail) < manyStories && !slices.ContainsFunc(v.trail, func(o step) bool { return o.story == s.story }):
		v.trail = append(v.trail, s)
		fresh = true
	}
	v.verdict = worse(v.verdict, v.judge(h))
	return fresh
}

// judge is the verdict on a visit after a hit.
func (v *visit) judge(h Hit) verdict {
	switch {
	case v.canary, programs.MatchString(h.Agent), len(v.trail) >= manyStories, within(v.trail, burstStories, burstWithin):
		return machines
	case h.At.Sub(h.Left) < tooEarly, within(v.trail, 2, atOnce):
		return unsure
	}
	return people
}

// within reports whether n stories were opened in a time. Hits are counted in the order they
// came in, which need not be that of their clocks to the millisecond.
func within(trail []step, n int, d time.Duration) bool {
	for i := n - 1; i < len(trail); i++ {
		if gap := trail[i].at.Sub(trail[i-n+1].at); gap.Abs() < d {
			return true
		}
	}
	return false
}

func worse(a, b verdict) verdict {
	order := []verdict{"", people, unsure, machines}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
