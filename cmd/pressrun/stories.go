package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
)

// listStories lists what is in and what is out, each with its reason. What earlier issues
// had is only counted: in a paper that publishes all day it is hundreds.
func listStories(out io.Writer, issue digest.Issue) {
	printStories(out, issue, func(s digest.Story) bool { return s.Reason.Code != digest.ReasonSent })
}

// countStories lists what is in, and counts the others by reason.
func countStories(out io.Writer, issue digest.Issue) {
	printStories(out, issue, func(s digest.Story) bool { return s.In })
}

// printStories lists the stories that are worth a line, and counts the others by reason.
func printStories(out io.Writer, issue digest.Issue, worth func(digest.Story) bool) {
	var others []digest.Story
	for _, s := range issue.Stories {
		if !worth(s) {
			others = append(others, s)
			continue
		}
		place := "   "
		if s.In {
			place = fmt.Sprintf("%2d.", s.Place)
		}
		date := ""
		if s.DateFrom != digest.DateFeed {
			date = " (date: " + string(s.DateFrom) + ")"
		}
		fmt.Fprintf(out, "%s %-70s  %s%s\n", place, clip(s.Title, 70), s.Reason, date)
	}
	for _, c := range countReasons(others) {
		fmt.Fprintf(out, "    %s: %s\n", plural(c.stories, "story", "stories"), c.reason)
	}
}

// A reasonCount is how many stories have one reason.
type reasonCount struct {
	reason  string
	stories int
}

// countReasons counts stories by reason. Reasons that name another story or issue count
// as one.
func countReasons(stories []digest.Story) (counts []reasonCount) {
	for _, s := range stories {
		reason := s.Reason.String()
		switch s.Reason.Code {
		case digest.ReasonLead:
			reason = digest.Reason{Code: digest.ReasonIn}.String()
		case digest.ReasonSent:
			reason = "already sent in an earlier issue"
		case digest.ReasonDuplicate:
			reason = "duplicate of another"
		}
		i := slices.IndexFunc(counts, func(c reasonCount) bool { return c.reason == reason })
		if i < 0 {
			i = len(counts)
			counts = append(counts, reasonCount{reason: reason})
		}
		counts[i].stories++
	}
	return counts
}

// tooFew returns the error for a draft that is skipped, which begins as said. Who has just
// begun learns what became of the articles that were there already.
func (p *program) tooFew(ctx context.Context, d publish.Draft, said string) error {
	err := fmt.Errorf("%s: %s", said, d.Issue.Reason)
	sources, readErr := p.digest.Sources(ctx)
	switch {
	case readErr != nil:
		return readErr
	case len(sources) == 0:
		return fmt.Errorf("%w. There are no sources; add one with `pressrun sources add URL`", err)
	case d.Issue.Number > 1 || slices.ContainsFunc(d.Issue.Stories, func(s digest.Story) bool { return s.Reason.Code != digest.ReasonFew }):
		return err
	}
	return fmt.Errorf("%w.\nWhat was published before `pressrun init`, or before a source was added, is remembered as seen and not mailed; "+
		"what appears from now on is. With --send-published, `pressrun init` and `pressrun sources add` keep the newest of it for the first issue", err)
}
