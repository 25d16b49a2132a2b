package publish

import (
	"context"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/outbox"
)

// A Newcomer is a reader who confirmed a subscription.
type Newcomer struct {
	Subscription, Subscriber int64
	Edition                  string
	Choice                   compose.Choice
}

// Welcome puts the mail that greets a new reader of an edition and brings its latest
// issue, which they do not get again.
func (p *Publisher) Welcome(ctx context.Context, n Newcomer, now time.Time) error {
	e, err := p.Store.Edition(ctx, n.Edition)
	if err != nil {
		return fmt.Errorf("welcome to %s: %w", n.Edition, err)
	}
	var latest digest.Issue
	if issues, err := p.Store.Issues(ctx, n.Edition, 0, 1); err != nil {
		return fmt.Errorf("welcome to %s: %w", n.Edition, err)
	} else if len(issues) == 1 && now.Sub(issues[0].Created) < outbox.Reach {
		if latest, err = p.Store.IssueByID(ctx, issues[0].ID); err != nil {
			return fmt.Errorf("welcome to %s: %w", n.Edition, err)
		}
	}
	l := outbox.Letter{Kind: "welcome", Ref: n.Subscription, Subscriber: n.Subscriber}
	var brings bool
	if l.Message, brings, err = p.Composer.Welcome(e, latest, n.Choice, now); err != nil {
		return err
	}
	if l.Plain, _, err = p.Composer.Welcome(e, digest.Issue{}, n.Choice, now); err != nil {
		return err
	}
	if brings {
		l.Brings = latest.ID
	}
	return p.Queue.PutLetters(ctx, []outbox.Letter{l}, now)
}
