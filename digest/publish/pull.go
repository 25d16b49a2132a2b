package publish

import (
	"context"
	"errors"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// Pull takes a story out of an issue, also while it is being sent: readers who have not
// been served get it without, and the site shows it without. It returns how many readers
// are still to get the issue in its new form.
func (p *Publisher) Pull(ctx context.Context, issueID, articleID int64, why string, now time.Time) (issue digest.Issue, readers int64, err error) {
	issue, err = p.Store.Pull(ctx, issueID, articleID, why)
	if err != nil {
		return issue, 0, err
	}
	e, err := p.Store.Edition(ctx, issue.Edition)
	if err != nil {
		return issue, 0, err
	}
	letters, err := p.Composer.Compose(e, issue)
	if err != nil {
		return issue, 0, err
	}
	if err := p.Store.ReplaceVariants(ctx, issue.ID, variants(letters)); err != nil {
		return issue, 0, err
	}
	posting, err := p.posting(ctx, e, issue, letters)
	if err != nil {
		return issue, 0, err
	}
	readers, err = p.Queue.Revise(ctx, posting, now)
	if errors.Is(err, outbox.ErrNoRun) { // it is not in the outbox yet, and will come there without
		err = nil
	}
	p.Log.Info("story pulled", "edition", e.Slug, "issue", issue.Number, "story", articleID, "why", why, "readers", readers)
	return issue, readers, err
}
