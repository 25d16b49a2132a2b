package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"time"
)

// A Joining is an edition that a reader takes on their own page.
type Joining struct {
	Edition string
	Choices Choices
	// What they saw, for the evidence (W6).
	Form     string     // version of the text they agreed to
	Language string     // it was in
	Page     string     // URL of the page it was on, without what is the reader's own
	IP       netip.Addr // kept as its network, for 30 days
}

// Join subscribes a reader to one more edition. The link to their page came by mail, so the
// address is proven and no letter asks to confirm it (W5). One they left goes on as it was,
// and one they get already stays as it is. It returns ErrNotFound for a reader who is not
// there, and ErrSuppressed where anything but having left keeps mail from them.
func (s *Store) Join(ctx context.Context, subscriberID int64, j Joining, now time.Time) (n Subscription, err error) {
	if err := cleanEdition(j.Edition); err != nil {
		return n, err
	}
	if j.Choices, err = j.Choices.cleaned(); err != nil {
		return n, err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		n, err = s.joinHere(ctx, tx, subscriberID, j, now)
		return err
	})
	if err != nil {
		return Subscription{}, fmt.Errorf("join an edition: %w", err)
	}
	s.knock()
	return n, nil
}

func (s *Store) joinHere(ctx context.Context, tx *sql.Tx, subscriberID int64, j Joining, now time.Time) (n Subscription, err error) {
	if err := s.liftLeft(ctx, tx, subscriberID); err != nil {
		return n, err
	}
	if err := expect(ctx, tx, subscriberID, []string{j.Edition}, now); err != nil {
		return n, err
	}
	all, err := subscriptions(ctx, tx, `n.subscriber_id = ?1`, subscriberID)
	if err != nil {
		return n, err
	}
	for _, n = range all {
		if n.Edition == j.Edition {
			break
		}
	}
	switch {
	case n.State == Confirmed || n.State == Paused:
		return n, nil
	case !n.Confirmed.IsZero():
		err = restore(ctx, tx, n.ID, MethodPage, now)
	default:
		err = joinNew(ctx, tx, n, j, now)
	}
	if err != nil {
		return n, err
	}
	return subscription(ctx, tx, n.ID)
}

func joinNew(ctx context.Context, tx *sql.Tx, n Subscription, j Joining, now time.Time) error {
	if err := storeChoices(ctx, tx, n.ID, j.Choices); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE subscription SET state = 'confirmed', confirmed_at = ?2, since = ?2, left_at = NULL, paused_until = NULL
		WHERE id = ?1`, n.ID, now.Unix()); err != nil {
		return err
	}
	if err := keepChoices(ctx, tx, n.ID, now); err != nil {
		return err
	}
	if err := plan(ctx, tx, LetterWelcome, n.ID, n.SubscriberID, now); err != nil {
		return err
	}
	return insertConsent(ctx, tx, Consent{
		SubscriptionID: n.ID, Act: Give, Method: MethodPage, At: now, Recorded: now,
		Form: j.Form, Language: j.Language, Page: cleanPage(j.Page), IP: network(j.IP),
	})
}
