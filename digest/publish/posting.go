package publish

import (
	"context"
	"strings"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
)

// posting makes of a composed issue what the outbox takes. A message for readers with
// other choices than most is composed when the first of them is met.
func (p *Publisher) posting(ctx context.Context, e digest.Edition, issue digest.Issue, letters []compose.Letter) (outbox.Posting, error) {
	zone, err := e.Schedule.Location()
	if err != nil {
		return outbox.Posting{}, err
	}
	b := backlog{publisher: p, edition: e, issues: []digest.Issue{issue}}
	posting := outbox.Posting{
		IssueID: issue.ID, Edition: e.Slug, Doubt: string(e.Doubt), UsefulUntil: usefulUntil(e, issue), Slot: issue.Slot.In(zone),
		Counted: issue.Counted,
		Compose: func(ctx context.Context, c outbox.Choice) (*message.Message, string, error) {
			return b.compose(ctx, c, letters)
		},
	}
	for _, l := range letters {
		if posting.Fallback == "" {
			posting.Fallback = primary(l.Language)
		}
	}
	if !e.Rules.Mixed {
		for _, language := range e.Languages {
			posting.Languages = append(posting.Languages, primary(language))
		}
	}
	return posting, nil
}

// primary returns the primary subtag. A reader's language is met by it, as a story's is:
// who reads en-GB gets what is in en-US.
func primary(language string) string {
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	return language
}

// A backlog is an issue with those before it, the newest first, read as far back as a
// reader has need of.
type backlog struct {
	publisher *Publisher
	edition   digest.Edition
	issues    []digest.Issue
	whole     bool // there are none before the last
}

// compose makes the message for a choice. Most readers had the issue before and want all:
// theirs is composed already.
func (b *backlog) compose(ctx context.Context, c outbox.Choice, letters []compose.Letter) (*message.Message, string, error) {
	issues, err := b.since(ctx, c.Since)
	if err != nil {
		return nil, "", err
	}
	if len(issues) == 1 && len(c.Topics) == 0 && c.Format != "text" && !c.Uncounted {
		for _, l := range letters {
			if primary(l.Language) == c.Language {
				return l.Message, "", nil
			}
		}
		return nil, "no stories in the reader's language", nil
	}
	m, err := b.publisher.Composer.ComposeFor(b.edition, issues, compose.Choice{Language: c.Language, Topics: c.Topics, Text: c.Format == "text", Uncounted: c.Uncounted})
	nothing := "no stories in the reader's language"
	if len(c.Topics) > 0 {
		nothing = "no stories of the reader's topics"
	}
	return m, nothing, err
}

// since returns the issues after one that was had, the newest first, none older than the
// outbox reaches back.
func (b *backlog) since(ctx context.Context, had int64) ([]digest.Issue, error) {
	horizon := b.issues[0].Created.Add(-outbox.Reach)
	for last := b.issues[len(b.issues)-1]; !b.whole && last.ID > had; last = b.issues[len(b.issues)-1] {
		older, err := b.publisher.Store.Issues(ctx, b.edition.Slug, last.Number, 1)
		if err != nil {
			return nil, err
		}
		if len(older) == 0 || !older[0].Created.After(horizon) {
			b.whole = true
			break
		}
		issue, err := b.publisher.Store.IssueByID(ctx, older[0].ID)
		if err != nil {
			return nil, err
		}
		b.issues = append(b.issues, issue)
	}
	n := 0
	for n < len(b.issues) && (n == 0 || b.issues[n].ID > had) {
		n++
	}
	return b.issues[:n], nil
}
