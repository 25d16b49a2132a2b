package api

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// Hooks tell other programs what happened: each event is a row first, and is sent from it
// until it arrives, for three days. All fields but Every must be set.
type Hooks struct {
	Database Database
	Digest   *digest.Store
	Queue    *outbox.Queue
	// Secret of the settings, from which those of the webhooks are made.
	Secret []byte
	// Client connects to public addresses only, and those the operator allows (W13).
	Client func() (client *http.Client, done func())
	Log    *slog.Logger
	// Every is how often it looks for what happened; 0 is five seconds.
	Every time.Duration
}

// An Event is a kind of thing that webhooks tell of.
type Event string

const (
	IssueSent          Event = "issue.sent"          // an issue is through: finished or cancelled
	DeliveryFailed     Event = "delivery.failed"     // copies of an issue that is through were refused for good
	ReaderSubscribed   Event = "reader.subscribed"   // a reader confirmed, was added or came back
	ReaderUnsubscribed Event = "reader.unsubscribed" // a reader left
	Tested             Event = "webhook.test"        // somebody tries the webhook; no need to ask for it
)

// Events that a webhook may ask for.
var Events = []Event{IssueSent, DeliveryFailed, ReaderSubscribed, ReaderUnsubscribed}

// A Hook is an address that is told of events.
type Hook struct {
	ID       int64
	URL      string
	Events   []Event
	Created  time.Time
	Disabled time.Time // zero: it is told
	Why      string    // it is disabled
	salt     []byte
}

// maxHooks keeps what happens to one reader from becoming a thousand rows.
const maxHooks = 20

// A hookError says what is wrong with a webhook, and which of its fields.
type hookError struct{ field, text string }

func (e *hookError) Error() string { return e.text }

var errNoHook = errors.New("there is no such webhook")

// Add has events told to an address from now on: all of them if none are named.
func (h *Hooks) Add(ctx context.Context, address string, events []Event, now time.Time) (Hook, error) {
	if wrong := checkHookURL(address); wrong != "" {
		return Hook{}, &hookError{"url", wrong}
	}
	for _, e := range events {
		if !slices.Contains(Events, e) {
			return Hook{}, &hookError{"events", fmt.Sprintf("there is no event %.40q; there is %q", e, Events)}
		}
	}
	if len(events) == 0 {
		events = Events
	}
	k := Hook{URL: address, Created: now.Truncate(time.Second), salt: make([]byte, 16)}
	rand.Read(k.salt) // never fails
	var words []string
	for _, e := range Events { // each once, in the usual order
		if slices.Contains(events, e) {
			k.Events, words = append(k.Events, e), append(words, string(e))
		}
	}
	err := h.Database.Update(ctx, func(tx *sql.Tx) error {
		var all, told int
		if err := tx.QueryRow(`SELECT count(*), count(*) FILTER (WHERE disabled = 0) FROM webhook`).Scan(&all, &told); err != nil {
			return err
		}
		if all >= maxHooks {
			return &hookError{"url", fmt.Sprintf("there are %d webhooks already; remove one first", all)}
		}
		if told == 0 { // nobody was told of what came before
			if err := skipConsents(tx); err != nil {
				return err
			}
		}
		return tx.QueryRow(`INSERT INTO webhook (url, salt, events, created) VALUES (?1, ?2, ?3, ?4) RETURNING id`,
			k.URL, k.salt, strings.Join(words, " "), k.Created.Unix()).Scan(&k.ID)
	})
	return k, err
}

// checkHookURL wants what is said to be hidden from others on the way, except on networks of
// one's own, which only an address in numbers or localhost can be told to be.
func checkHookURL(address string) (wrong string) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || len(address) > 2000 {
		return "a webhook is told at an address such as https://paper.example/hook"
	}
	if u.User != nil || u.Fragment != "" {
		return "the address of a webhook has neither a password nor a # in it"
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	own := u.Hostname() == "localhost" || ip.IsLoopback() || ip.IsPrivate()
	if u.Scheme != "https" && (u.Scheme != "http" || !own) {
		return "the address of a webhook begins with https://"
	}
	return ""
}

const hookColumns = `id, url, salt, events, created, disabled, why`

func scanHook(row interface{ Scan(...any) error }) (k Hook, err error) {
	var events string
	var created, disabled int64
	err = row.Scan(&k.ID, &k.URL, &k.salt, &events, &created, &disabled, &k.Why)
	for _, word := range strings.Fields(events) {
		k.Events = append(k.Events, Event(word))
	}
	k.Created = time.Unix(created, 0).UTC()
	if disabled > 0 {
		k.Disabled = time.Unix(disabled, 0).UTC()
	}
	return k, err
}

// List returns all webhooks in the order they were added.
func (h *Hooks) List(ctx context.Context) (all []Hook, err error) {
	err = h.Database.View(ctx, func(tx *sql.Tx) error {
		all, err = hooksIn(tx)
		return err
	})
	return all, err
}

func hooksIn(tx *sql.Tx) (all []Hook, err error) {
	rows, err := tx.Query(`SELECT ` + hookColumns + ` FROM webhook ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		k, err := scanHook(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

func (h *Hooks) hook(ctx context.Context, id int64) (k Hook, err error) {
	err = h.Database.View(ctx, func(tx *sql.Tx) error {
		k, err = scanHook(tx.QueryRow(`SELECT `+hookColumns+` FROM webhook WHERE id = ?1`, id))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return k, errNoHook
	}
	return k, err
}

// Remove stops telling an address, and forgets what it was told.
func (h *Hooks) Remove(ctx context.Context, id int64) error {
	return h.Database.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM webhook_delivery WHERE webhook_id = ?1`, id); err != nil {
			return err
		}
		res, err := tx.Exec(`DELETE FROM webhook WHERE id = ?1`, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return errNoHook
	})
}
