package main

import (
	"context"
	"net/url"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
)

// office is the scheduler's way to the editors.
func (p *program) office() (publish.Office, error) {
	sender, err := p.sender()
	if err != nil {
		return publish.Office{}, err
	}
	base := p.publisher.Composer.BaseURL
	return publish.Office{
		Send: func(ctx context.Context, to string, m *message.Message) error {
			// It has no delivery: its number is one that no delivery has.
			id := randomID()
			e, err := m.For(message.Recipient{
				ID: id, Address: to, Date: time.Now(), MessageID: p.sealer.MessageID(id), Return: p.sealer.Return(id),
			}, nil)
			if err != nil {
				return err
			}
			if err := p.signer.Sign(e); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
			defer cancel()
			return outbox.SendOne(ctx, sender.Relay, e)
		},
		Link: func(notice int64, until time.Time) string {
			return base + "/desk/approve/" + p.keys.TokenUntil(subscribers.Approve, notice, until)
		},
		Open: func(slug string) string { return base + "/desk/issue/" + url.PathEscape(slug) },
	}, nil
}
