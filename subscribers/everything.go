package subscribers

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Everything is all that is kept about a person, to be given to them as JSON (GDPR 15, 20).
type Everything struct {
	Subscriber     Subscriber     `json:"subscriber"`
	Subscriptions  []Subscription `json:"subscriptions"`
	Consents       []Consent      `json:"consents"`
	Choices        []ChoiceChange `json:"choices"`
	Signups        []KeptSignup   `json:"signups"`
	AddressChanges []KeptChange   `json:"address_changes"`
	Letters        []KeptLetter   `json:"letters"`
	LetterCounts   []KeptCount    `json:"unanswered_letters"` // kept under a hash of the address
	Suppressions   []Suppression  `json:"suppressions"`       // as above
}

// A KeptSignup is a form that was filled in with the person's address.
type KeptSignup struct {
	At       time.Time `json:"at"`
	State    string    `json:"state"`
	Editions []string  `json:"editions"`
	Name     string    `json:"name,omitempty"`
	Language string    `json:"language,omitempty"`
	Format   Format    `json:"format,omitempty"`
	Choices  Choices   `json:"choices"`
	Form     string    `json:"form,omitempty"`
	Page     string    `json:"page,omitempty"`
	Network  string    `json:"network,omitempty"`
	Method   Method    `json:"method"`
}

// A KeptChange is a change of address that was asked for.
type KeptChange struct {
	At        time.Time `json:"at"`
	State     string    `json:"state"`
	Email     string    `json:"email"`
	Former    string    `json:"former,omitempty"`
	Confirmed time.Time `json:"confirmed,omitzero"`
}

// A KeptLetter is a letter that was planned, and perhaps handed to the post.
type KeptLetter struct {
	Kind   LetterKind `json:"kind"`
	Due    time.Time  `json:"due"`
	Handed time.Time  `json:"handed,omitzero"`
}

// A KeptCount is how many letters an address got without an answer.
type KeptCount struct {
	Kind    LetterKind `json:"kind"`
	Letters int        `json:"letters"`
	Last    time.Time  `json:"last"`
}

// Everything returns all rows about a subscriber, or ErrNotFound.
func (s *Store) Everything(ctx context.Context, subscriberID int64) (all Everything, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		all, err = s.everything(ctx, tx, subscriberID)
		return err
	})
	if err != nil {
		return all, fmt.Errorf("read everything about a subscriber: %w", err)
	}
	return all, nil
}

func (s *Store) everything(ctx context.Context, tx *sql.Tx, id int64) (all Everything, err error) {
	r, err := reader(ctx, tx, id)
	if err != nil {
		return all, err
	}
	all.Subscriber, all.Subscriptions = r.Subscriber, r.Subscriptions
	if all.Consents, err = consentsOf(ctx, tx, id); err != nil {
		return all, err
	}
	if all.Choices, err = choiceChanges(ctx, tx, id); err != nil {
		return all, err
	}
	if all.Signups, err = keptSignups(ctx, tx, id); err != nil {
		return all, err
	}
	if all.AddressChanges, err = keptChanges(ctx, tx, id); err != nil {
		return all, err
	}
	if all.Letters, err = keptLetters(ctx, tx, id); err != nil {
		return all, err
	}
	a, err := ParseAddressUTF8(r.Email)
	if err != nil {
		return all, err
	}
	for _, kind := range []LetterKind{LetterConfirm, LetterAlready, LetterChange} {
		c, err := s.letterCount(ctx, tx, a, kind)
		if err != nil {
			return all, err
		}
		if c.letters > 0 {
			all.LetterCounts = append(all.LetterCounts, KeptCount{Kind: kind, Letters: c.letters, Last: c.last})
		}
	}
	all.Suppressions, err = s.suppressionsOf(ctx, tx, a)
	return all, err
}

func keptSignups(ctx context.Context, tx *sql.Tx, subscriberID int64) (kept []KeptSignup, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+signupColumns+` FROM signup WHERE subscriber_id = ?1 ORDER BY id`, subscriberID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		g, err := scanSignup(rows)
		if err != nil {
			return nil, err
		}
		kept = append(kept, KeptSignup{
			At: g.at, State: g.state, Editions: g.Editions, Name: g.Name, Language: g.Language, Format: g.Format,
			Choices: g.Choices, Form: g.Form, Page: g.Page, Network: g.ip, Method: g.Method,
		})
	}
	return kept, rows.Err()
}

func keptChanges(ctx context.Context, tx *sql.Tx, subscriberID int64) (kept []KeptChange, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT at, state, email, former, coalesce(confirmed_at, 0) FROM address_change WHERE subscriber_id = ?1 ORDER BY id`, subscriberID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c KeptChange
		var at, confirmed int64
		if err := rows.Scan(&at, &c.State, &c.Email, &c.Former, &confirmed); err != nil {
			return nil, err
		}
		c.At, c.Confirmed = unixTime(at), unixTime(confirmed)
		kept = append(kept, c)
	}
	return kept, rows.Err()
}

func keptLetters(ctx context.Context, tx *sql.Tx, subscriberID int64) (kept []KeptLetter, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT kind, due_at, coalesce(handed_at, 0) FROM due_letter WHERE subscriber_id = ?1 ORDER BY due_at, kind, ref`, subscriberID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l KeptLetter
		var due, handed int64
		if err := rows.Scan(&l.Kind, &due, &handed); err != nil {
			return nil, err
		}
		l.Due, l.Handed = unixTime(due), unixTime(handed)
		kept = append(kept, l)
	}
	return kept, rows.Err()
}
