// Package publish makes issues: it collects articles, freezes what the rules pick,
// composes it and hands it to the outbox. The command line, the desk and the scheduler
// all go through it, so that an issue sent by hand is the same as one sent by the clock.
package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/event"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/outbox"
	"golang.org/x/sync/errgroup"
)

// A Publisher makes issues. All fields are set before use.
type Publisher struct {
	Store    *digest.Store
	Fetcher  *feed.Fetcher
	Composer *compose.Composer
	Queue    *outbox.Queue
	Log      *slog.Logger
	// Before, if not nil, is called before an issue is handed to the outbox, such as to
	// bring back readers whose pause is over.
	Before func(ctx context.Context, now time.Time) error
	// Recheck is how long the pages of an issue's stories have to answer whether they are
	// still there; 0: they are not asked.
	Recheck time.Duration
	// Pictures, if not nil, puts copies of ours in the place of the stories' pictures. Its
	// error leaves them as they are.
	Pictures func(ctx context.Context, stories []digest.Story, now time.Time) error
}

// A Collection is what one source gave.
type Collection struct {
	Source digest.Source
	Found  int // articles in the feed, 0 when it had not changed
	New    int // of these not known before
	Err    error
}

// sourcesAtOnce is how many sources are asked at the same time.
const sourcesAtOnce = 8

// Collect asks every source for its articles and saves them. A source that fails does not
// keep the others from being read; its failure is saved with it and returned.
func (p *Publisher) Collect(ctx context.Context, now time.Time) ([]Collection, error) {
	sources, err := p.Store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	collected := make([]Collection, len(sources))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(sourcesAtOnce)
	for i, src := range sources {
		g.Go(func() (err error) {
			collected[i], err = p.collect(gctx, src, now)
			return err
		})
	}
	return collected, g.Wait()
}

// CollectOne does what Collect does for one source. It returns digest.ErrNotFound when there
// is none of that ID.
func (p *Publisher) CollectOne(ctx context.Context, id int64, now time.Time) (Collection, error) {
	sources, err := p.Store.Sources(ctx)
	if err != nil {
		return Collection{}, err
	}
	i := slices.IndexFunc(sources, func(src digest.Source) bool { return src.ID == id })
	if i < 0 {
		return Collection{}, digest.ErrNotFound
	}
	return p.collect(ctx, sources[i], now)
}

func (p *Publisher) collect(ctx context.Context, src digest.Source, now time.Time) (Collection, error) {
	fetched, articles, fetchErr := p.Fetcher.Fetch(ctx, src, now)
	if err := ctx.Err(); err != nil {
		return Collection{Source: src}, err
	}
	added, err := p.Store.PutArticles(ctx, fetched, articles, false, now)
	if err != nil {
		return Collection{}, fmt.Errorf("save articles of %s: %w", src.URL, err)
	}
	return Collection{Source: fetched, Found: len(articles), New: added, Err: fetchErr}, nil
}

// A Draft is an issue as it would go out at a moment; nothing of it is saved.
type Draft struct {
	Edition digest.Edition
	Issue   digest.Issue
	Letters []compose.Letter // none when the issue would be skipped
	// Suggestions are pairs of stories that may tell of one event; an editor decides.
	Suggestions []event.Suggestion
}

// Draft returns what an edition would send at the given moment, with the articles known
// now.
func (p *Publisher) Draft(ctx context.Context, slug string, at time.Time, test bool) (Draft, error) {
	e, err := p.Store.Edition(ctx, slug)
	if err != nil {
		return Draft{}, err
	}
	candidates, err := p.Store.Candidates(ctx, e, at)
	if err != nil {
		return Draft{}, err
	}
	number, err := p.nextNumber(ctx, slug)
	if err != nil {
		return Draft{}, err
	}
	plan, err := p.Store.Plan(ctx, e.ID)
	if err != nil {
		return Draft{}, err
	}
	sel := digest.SelectPlanned(e, candidates, plan, at)
	if e.Rules.Look.Pictures == digest.PicturesNone {
		withoutPictures(sel.Stories)
	}
	d := Draft{Edition: e, Suggestions: sel.Suggestions, Issue: digest.Issue{
		Edition: slug, Number: number, Slot: at, State: digest.IssueFrozen, Reason: sel.Skip, Stories: sel.Stories, Plan: plan, Counted: e.Rules.Clicks,
	}}
	if sel.Skip != "" {
		d.Issue.State = digest.IssueSkipped
		return d, nil
	}
	write := p.Composer.Compose
	if test {
		write = p.Composer.ComposeTest
	}
	d.Letters, err = write(e, d.Issue)
	return d, err
}

func (p *Publisher) nextNumber(ctx context.Context, slug string) (int, error) {
	issues, err := p.Store.Issues(ctx, slug, 0, 1)
	if err != nil || len(issues) == 0 {
		return 1, err
	}
	return issues[0].Number + 1, nil
}

// Publish freezes the issue of an edition due at slot and hands it to the outbox, or
// saves why it is skipped. Asked again for the same slot it goes on where it stopped and
// makes no second issue. progress, if not nil, gets the number of deliveries written down.
func (p *Publisher) Publish(ctx context.Context, slug string, slot, now time.Time, progress func(n int)) (digest.Issue, error) {
	return p.PublishNumber(ctx, slug, 0, slot, now, progress)
}

// PublishNumber does what Publish does for an issue that somebody saw under its number and
// wants sent. Where that number was made meanwhile, by the clock or by somebody else, for
// whichever slot, it goes on with that one and makes no other.
func (p *Publisher) PublishNumber(ctx context.Context, slug string, number int, slot, now time.Time, progress func(n int)) (digest.Issue, error) {
	e, err := p.Store.Edition(ctx, slug)
	if err != nil {
		return digest.Issue{}, err
	}
	issue, err := p.Store.IssueAt(ctx, e, slot)
	switch {
	case errors.Is(err, digest.ErrNotFound):
		issue, err = p.freeze(ctx, e, number, slot, now)
	case err == nil:
		issue, err = p.recheckFrozen(ctx, e, issue, now)
	}
	if err != nil {
		return digest.Issue{}, err
	}
	return p.post(ctx, e, issue, now, progress)
}

// freeze picks and saves. When another issue takes one of the stories in between, it
// picks again.
func (p *Publisher) freeze(ctx context.Context, e digest.Edition, number int, slot, now time.Time) (digest.Issue, error) {
	r := p.newRecheck(e, now)
	defer r.close()
	for try := 0; ; try++ {
		if made, err := p.Store.Issue(ctx, e.Slug, number); number > 0 && err == nil {
			return made, nil
		}
		candidates, err := p.Store.Candidates(ctx, e, now)
		if err != nil {
			return digest.Issue{}, err
		}
		plan, err := p.Store.Plan(ctx, e.ID)
		if err != nil {
			return digest.Issue{}, err
		}
		sel, err := r.pick(ctx, candidates, plan)
		if err != nil {
			return digest.Issue{}, err
		}
		if err := p.setPictures(ctx, e, sel.In(), now); err != nil {
			return digest.Issue{}, err
		}
		if sel, err = p.asAnswered(ctx, e, slot, sel); err != nil {
			return digest.Issue{}, err
		}
		sel.Number = number
		issue, created, err := p.Store.CreateIssue(ctx, e, slot, sel, now)
		if errors.Is(err, digest.ErrTaken) && try < 5 {
			continue
		}
		if errors.Is(err, digest.ErrNumber) {
			return p.Store.Issue(ctx, e.Slug, number)
		}
		if err == nil && created {
			p.Log.Info("issue", "edition", e.Slug, "number", issue.Number, "slot", slot, "state", issue.State, "reason", issue.Reason)
		}
		return issue, err
	}
}

// post composes a frozen issue and hands it to the outbox. Each step may be repeated.
func (p *Publisher) post(ctx context.Context, e digest.Edition, issue digest.Issue, now time.Time, progress func(n int)) (digest.Issue, error) {
	if issue.State != digest.IssueFrozen {
		return issue, nil
	}
	e, err := p.dressed(ctx, e, issue.Slot)
	if err != nil {
		return issue, err
	}
	letters, err := p.Composer.Compose(e, issue)
	if err != nil {
		return issue, err
	}
	for _, l := range letters {
		if l.Trims != "" {
			p.Log.Warn("letter trimmed", "edition", e.Slug, "issue", issue.Number, "language", l.Language, "what", l.Trims)
		}
	}
	if err := p.Store.PutVariants(ctx, variants(letters)); err != nil {
		return issue, err
	}
	if p.Before != nil {
		if err := p.Before(ctx, now); err != nil {
			return issue, err
		}
	}
	posting, err := p.posting(ctx, e, issue, letters)
	if err != nil {
		return issue, err
	}
	if _, err := p.Queue.Enqueue(ctx, posting, now, progress); err != nil {
		return issue, err
	}
	if err := p.Store.Post(ctx, issue.ID); err != nil {
		return issue, err
	}
	issue.State = digest.IssuePosted
	return issue, nil
}

// variants are what the site shows of an issue: every story, also those that a mail had no
// room for.
func variants(letters []compose.Letter) (all []digest.Variant) {
	for _, l := range letters {
		v := l.Variant
		v.HTML = l.Whole
		all = append(all, v)
	}
	return all
}

// usefulUntil is when an issue is no news any more: at the next one, and twenty hours
// after it was made at most (mail-standards S5), also when a crash held it up.
func usefulUntil(e digest.Edition, i digest.Issue) time.Time {
	until := i.Created.Add(20 * time.Hour)
	if next := e.Schedule.Next(i.Slot, 1); len(next) == 1 && next[0].Before(until) && next[0].After(i.Created.Add(time.Hour)) {
		until = next[0]
	}
	return until
}

// Resume hands to the outbox what was frozen but did not get there, because the program
// was stopped in between: issues of one edition, or of all for "". One that fails does
// not keep the others back.
func (p *Publisher) Resume(ctx context.Context, edition string, now time.Time) error {
	issues, err := p.Store.Unposted(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, i := range issues {
		if edition != "" && i.Edition != edition {
			continue
		}
		issue, err := p.Store.IssueByID(ctx, i.ID)
		if err != nil {
			return err
		}
		e, err := p.Store.Edition(ctx, issue.Edition)
		if err != nil {
			return err
		}
		if issue, err = p.recheckFrozen(ctx, e, issue, now); err == nil {
			_, err = p.post(ctx, e, issue, now, nil)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("issue %d of %s: %w", issue.Number, issue.Edition, err))
		}
	}
	return errors.Join(errs...)
}
