package subscribers

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Choices say what of an edition a reader gets, and when. Those without a Frequency are
// taken for the usual ones: every issue, all of it, as soon as it is out.
type Choices struct {
	Topics    []string     `json:"topics,omitempty"` // of those the edition offers; none means all
	Frequency Frequency    `json:"frequency"`
	Weekday   time.Weekday `json:"weekday"` // of a weekly reader; 0 is Sunday
	// Hour is the reader's own hour of the day, 0 to 23, or -1: as soon as the issue is out.
	Hour int    `json:"hour"`
	Zone string `json:"zone,omitempty"` // IANA, of Hour and Weekday; "" for the edition's
}

// A Frequency is how often a reader wants to hear of an edition.
type Frequency string

const (
	Each     Frequency = "each"     // every issue
	Daily    Frequency = "daily"    // one a day at most
	Weekdays Frequency = "weekdays" // one a working day at most
	Weekly   Frequency = "weekly"   // one a week
)

// UsualChoices are those of a reader who chose nothing.
func UsualChoices() Choices {
	return Choices{Frequency: Each, Weekday: time.Saturday, Hour: -1}
}

// A ChoiceChange tells what a reader's choices were from a time on.
type ChoiceChange struct {
	SubscriptionID int64     `json:"-"`
	Edition        string    `json:"edition"`
	At             time.Time `json:"at"`
	Choices        Choices   `json:"choices"`
	PausedUntil    time.Time `json:"paused_until,omitzero"` // zero: not paused
}

const (
	maxTopics = 50
	maxTopic  = 80 // runes
)

// Check returns an error that says what is wrong with c.
func (c Choices) Check() error {
	_, err := c.cleaned()
	return err
}

// cleaned returns c as it may be stored, or a sentence about what is wrong with it.
func (c Choices) cleaned() (Choices, error) {
	if c.Frequency == "" {
		usual := UsualChoices()
		usual.Topics, usual.Zone = c.Topics, c.Zone
		c = usual
	}
	switch c.Frequency {
	case Each, Daily, Weekdays, Weekly:
	default:
		return c, fmt.Errorf("frequency %.40q is not known; use each, daily, weekdays or weekly", c.Frequency)
	}
	if c.Weekday < time.Sunday || c.Weekday > time.Saturday {
		return c, fmt.Errorf("weekday %d is not known; use 0 for Sunday to 6 for Saturday", c.Weekday)
	}
	if c.Hour < -1 || c.Hour > 23 {
		return c, fmt.Errorf("hour %d is not known; use 0 to 23, or -1 for no hour", c.Hour)
	}
	if c.Zone != "" {
		if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" || len(c.Zone) > 64 {
			return c, fmt.Errorf("time zone %.70q is not known; write one such as Asia/Riyadh", c.Zone)
		}
	}
	var err error
	c.Topics, err = cleanTopics(c.Topics)
	return c, err
}

// cleanTopics returns the topics in order, each once in whatever case.
func cleanTopics(topics []string) ([]string, error) {
	if len(topics) > maxTopics {
		return nil, fmt.Errorf("more than %d topics were chosen", maxTopics)
	}
	var clean []string
	for _, topic := range topics {
		if !utf8.ValidString(topic) || strings.ContainsFunc(topic, isForbidden) {
			return nil, errors.New("a topic has a line break or another control character in it")
		}
		topic = strings.Join(strings.Fields(norm.NFC.String(topic)), " ")
		if utf8.RuneCountInString(topic) > maxTopic {
			return nil, fmt.Errorf("a topic has more than %d characters", maxTopic)
		}
		if topic != "" {
			clean = append(clean, topic)
		}
	}
	slices.SortFunc(clean, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	return slices.CompactFunc(clean, strings.EqualFold), nil
}

// lines splits a stored list; "" is an empty one.
func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// SetChoices changes what a reader gets of an edition. What it was before is kept. It
// returns ErrNotFound for a subscription that is not there.
func (s *Store) SetChoices(ctx context.Context, subscriptionID int64, c Choices, now time.Time) error {
	c, err := c.cleaned()
	if err != nil {
		return err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		is, err := subscription(ctx, tx, subscriptionID)
		if err != nil || is.Choices.equal(c) {
			return err
		}
		if err := storeChoices(ctx, tx, subscriptionID, c); err != nil {
			return err
		}
		return keepChoices(ctx, tx, subscriptionID, now)
	})
	if err != nil {
		return fmt.Errorf("set choices: %w", err)
	}
	return nil
}

func (c Choices) equal(d Choices) bool {
	return slices.Equal(c.Topics, d.Topics) && c.Frequency == d.Frequency && c.Weekday == d.Weekday && c.Hour == d.Hour && c.Zone == d.Zone
}

func storeChoices(ctx context.Context, tx *sql.Tx, subscriptionID int64, c Choices) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE subscription SET topics = ?2, frequency = ?3, weekday = ?4, hour = ?5, zone = ?6 WHERE id = ?1`,
		subscriptionID, strings.Join(c.Topics, "\n"), c.Frequency, c.Weekday, c.Hour, c.Zone)
	return err
}

// keepChoices adds the present choices and pause of a subscription to its history.
func keepChoices(ctx context.Context, tx *sql.Tx, subscriptionID int64, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO choice_change (subscription_id, at, topics, frequency, weekday, hour, zone, paused_until)
		SELECT id, ?2, topics, frequency, weekday, hour, zone, CASE state WHEN 'paused' THEN paused_until END
		FROM subscription WHERE id = ?1`, subscriptionID, now.Unix())
	return err
}

// ChoiceChanges returns how a subscriber's choices changed, oldest first. Before the first
// change they were the usual ones.
func (s *Store) ChoiceChanges(ctx context.Context, subscriberID int64) (changes []ChoiceChange, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		changes, err = choiceChanges(ctx, tx, subscriberID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read changes of choices: %w", err)
	}
	return changes, nil
}

func choiceChanges(ctx context.Context, tx *sql.Tx, subscriberID int64) (changes []ChoiceChange, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT c.subscription_id, n.edition, c.at, c.topics, c.frequency, c.weekday, c.hour, c.zone, coalesce(c.paused_until, 0)
		FROM subscription n JOIN choice_change c ON c.subscription_id = n.id
		WHERE n.subscriber_id = ?1 ORDER BY c.id`, subscriberID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c ChoiceChange
		var at, paused int64
		var topics string
		if err := rows.Scan(&c.SubscriptionID, &c.Edition, &at, &topics, &c.Choices.Frequency, &c.Choices.Weekday, &c.Choices.Hour, &c.Choices.Zone, &paused); err != nil {
			return nil, err
		}
		c.At, c.PausedUntil, c.Choices.Topics = unixTime(at), unixTime(paused), lines(topics)
		changes = append(changes, c)
	}
	return changes, rows.Err()
}
