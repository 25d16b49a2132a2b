package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/site"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
)

// postman takes the letters that readers are owed, such as the one that asks to confirm,
// to the outbox.
func (p *program) postman() *site.Postman {
	return &site.Postman{
		Readers: p.readers, Digest: p.digest, Composer: p.publisher.Composer, Queue: p.queue, Log: p.log,
		Welcome: func(ctx context.Context, due subscribers.LetterDue) error {
			n, err := p.readers.Subscription(ctx, due.Ref)
			if err != nil {
				return err
			}
			return p.publisher.Welcome(ctx, publish.Newcomer{
				Subscription: n.ID, Subscriber: due.SubscriberID, Edition: n.Edition,
				Choice: compose.Choice{Language: due.Language, Topics: n.Choices.Topics, Text: due.Format == subscribers.Text, Uncounted: due.Uncounted},
			}, time.Now())
		},
	}
}

// letterValues are what a letter has in the places of its message.
func (p *program) letterValues(kind string, ref, subscription, subscriber int64, expires time.Time) []string {
	if subscribers.LetterKind(kind) == subscribers.LetterWelcome {
		return p.values(subscription, subscriber)
	}
	return site.NoteValues(p.keys, kind, ref, subscriber, expires)
}

// wake brings back the readers whose pause is over. From a database that was copied
// nothing is posted.
func (p *program) wake(ctx context.Context, now time.Time) error {
	if err := p.belongs(ctx); err != nil {
		return err
	}
	_, err := p.readers.Wake(ctx, now)
	return err
}

// belongs fails with db.ErrCopied where the database was copied here.
func (p *program) belongs(ctx context.Context) error {
	why, err := p.db.Copied(ctx)
	if err == nil && why != "" {
		err = fmt.Errorf("%w (%s)", db.ErrCopied, why)
	}
	return err
}

// tidy forgets, every hour, what is kept for a while only: sign-ups that nobody confirmed,
// and yesterday's visitors.
func (p *program) tidy(ctx context.Context) error {
	for {
		if n, err := p.readers.Expire(ctx, time.Now()); err != nil && ctx.Err() == nil {
			p.log.Error("old sign-ups could not be forgotten; it is tried again in an hour", "error", err)
		} else if n > 0 {
			p.log.Info("forgot sign-ups that were not confirmed", "signups", n)
		}
		if err := p.clicks.Forget(ctx, time.Now()); err != nil && ctx.Err() == nil {
			p.log.Error("yesterday's visitors could not be forgotten; it is tried again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Hour):
		}
	}
}
