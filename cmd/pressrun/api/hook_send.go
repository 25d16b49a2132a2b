package api

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// retries are the waits before each further attempt: some three days in all.
var retries = []time.Duration{
	5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 20 * time.Hour,
}

const (
	hookPatience = 15 * time.Second
	hooksAtOnce  = 20 // messages to one address before the others have their turn again
	keepTold     = 7 * 24 * time.Hour
)

// A message is an event on its way to one address.
type message struct {
	ID       int64
	Name     string
	Event    Event
	Body     string
	State    string // due, sent or failed
	Attempts int
	Created  time.Time
	Due      time.Time
	Said     string // at the last attempt
}

// Run tells the webhooks what happens, until ctx ends. Of all processes on one database, one
// does it at a time.
func (h *Hooks) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if hooks, err := h.List(ctx); err == nil && len(hooks) == 0 { // a lease is not held for nothing
			select {
			case <-ctx.Done():
			case <-time.After(h.pause()):
			}
			continue
		}
		held, release, err := h.Database.Acquire(ctx, "webhooks")
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		h.run(held)
		release()
	}
	return nil
}

// pause is the time between two looks.
func (h *Hooks) pause() time.Duration { return cmp.Or(h.Every, 5*time.Second) }

func (h *Hooks) run(ctx context.Context) {
	every := h.pause()
	for ctx.Err() == nil {
		now := time.Now()
		if err := errors.Join(h.watch(ctx, now), h.sendDue(ctx, now), h.tidy(ctx, now)); err != nil && ctx.Err() == nil {
			h.Log.Error("webhooks cannot be told what happened; it is tried again", "error", err, "again_in", every)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// tidy forgets what was told a week ago.
func (h *Hooks) tidy(ctx context.Context, now time.Time) error {
	var old bool
	err := h.Database.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM webhook_delivery WHERE state <> 'due' AND created < ?1)`, now.Add(-keepTold).Unix()).Scan(&old)
	})
	if err != nil || !old {
		return err
	}
	return h.Database.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM webhook_delivery WHERE state <> 'due' AND created < ?1`, now.Add(-keepTold).Unix())
		return err
	})
}

// sendDue sends what is due: to all addresses at once, and to each one message after the
// other. One that fails ends the turn of its address.
func (h *Hooks) sendDue(ctx context.Context, now time.Time) error {
	hooks, err := h.List(ctx)
	if err != nil {
		return err
	}
	var g errgroup.Group
	for _, k := range hooks {
		if !k.Disabled.IsZero() {
			continue
		}
		g.Go(func() error {
			due, err := h.due(ctx, k.ID, now)
			if err != nil || len(due) == 0 {
				return err
			}
			client, done := h.Client()
			defer done()
			for _, m := range due {
				arrived, err := h.attempt(ctx, client, k, m)
				if err != nil || !arrived {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

const messageColumns = `id, name, event, body, state, attempts, created, due_at, said`

func scanMessage(row interface{ Scan(...any) error }) (m message, err error) {
	var created, due int64
	err = row.Scan(&m.ID, &m.Name, &m.Event, &m.Body, &m.State, &m.Attempts, &created, &due, &m.Said)
	m.Created, m.Due = time.Unix(created, 0).UTC(), time.Unix(due, 0).UTC()
	return m, err
}

func (h *Hooks) messages(ctx context.Context, query string, args ...any) (all []message, err error) {
	err = h.Database.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT `+messageColumns+` FROM webhook_delivery `+query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			m, err := scanMessage(rows)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		return rows.Err()
	})
	return all, err
}

func (h *Hooks) due(ctx context.Context, hook int64, now time.Time) ([]message, error) {
	return h.messages(ctx, `WHERE webhook_id = ?1 AND state = 'due' AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3`, hook, now.Unix(), hooksAtOnce)
}

// attempt sends one message and writes down what came of it. Whoever answers 410 is told
// nothing any more.
func (h *Hooks) attempt(ctx context.Context, client *http.Client, k Hook, m message) (arrived bool, err error) {
	now := time.Now()
	status, failure := h.post(ctx, client, k, m, now)
	if ctx.Err() != nil {
		return false, nil // it is tried again, under the same name
	}
	m.Attempts++
	m.State, m.Said, arrived = "sent", "HTTP "+strconv.Itoa(status), true
	if failure != nil {
		m.Said = failure.Error()
	}
	if failure != nil || status < 200 || status > 299 {
		arrived, m.State = false, "failed"
		if m.Attempts <= len(retries) {
			m.State, m.Due = "due", now.Add(retries[m.Attempts-1])
		}
	}
	return arrived, h.Database.Update(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE webhook_delivery SET state = ?2, attempts = ?3, due_at = ?4, said = ?5 WHERE id = ?1`,
			m.ID, m.State, m.Attempts, m.Due.Unix(), m.Said)
		if err != nil || status != http.StatusGone {
			return err
		}
		_, err = tx.Exec(`UPDATE webhook SET disabled = ?2, why = 'it answered 410 Gone' WHERE id = ?1`, k.ID, now.Unix())
		return err
	})
}

func (h *Hooks) post(ctx context.Context, client *http.Client, k Hook, m message, now time.Time) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, hookPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, k.URL, strings.NewReader(m.Body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Pressrun-Webhooks/1")
	r.Header.Set("webhook-id", m.Name)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("webhook-signature", sign(h.key(k), m.Name, now, m.Body))
	direct := *client // a redirect is no receipt
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := direct.Do(r)
	if err != nil {
		var where *url.Error
		if errors.As(err, &where) { // its text has the whole address, which may have a secret in it
			err = where.Err
		}
		return 0, fmt.Errorf("it cannot be reached: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // what it says is not kept, only read for the next message
	return res.StatusCode, nil
}

// Test sends a webhook a message at once, and returns what came of it: "HTTP 204", or why it
// did not arrive.
func (h *Hooks) Test(ctx context.Context, id int64, now time.Time) (said string, arrived bool, err error) {
	k, err := h.hook(ctx, id)
	if err != nil {
		return "", false, err
	}
	client, done := h.Client()
	defer done()
	m := message{Name: "msg_" + newName(), Event: Tested}
	m.Body = fmt.Sprintf(`{"type":%q,"timestamp":%q,"data":{"webhook":%d}}`, Tested, utc(now).Format(time.RFC3339), id)
	status, err := h.post(ctx, client, k, m, now)
	if err != nil {
		return err.Error(), false, nil
	}
	return "HTTP " + strconv.Itoa(status), status >= 200 && status < 300, nil
}
