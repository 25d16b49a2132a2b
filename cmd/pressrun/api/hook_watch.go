package api

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
)

// A happening is an event that webhooks are told, with what is known of it.
type happening struct {
	event Event
	at    time.Time
	data  any
}

// What the bodies say of each event. Of readers they name the ID and nothing else.
type (
	sentData struct {
		Issue   int64                  `json:"issue"`
		Edition string                 `json:"edition"`
		Number  int                    `json:"number"`
		State   string                 `json:"state"` // finished or cancelled
		Counts  map[outbox.State]int64 `json:"counts"`
	}
	failedData struct {
		Issue      int64    `json:"issue"`
		Edition    string   `json:"edition"`
		Deliveries []failed `json:"deliveries"` // a hundred at most; more come in another message
	}
	failed struct {
		Subscriber int64  `json:"subscriber"`
		Reason     string `json:"reason"`
	}
	readerData struct {
		Subscriber int64  `json:"subscriber"`
		Edition    string `json:"edition"`
		Method     string `json:"method"`
	}
)

// tell writes a happening down for every webhook that asked for it and was there when it
// happened.
func tell(tx *sql.Tx, hooks []Hook, x happening, now time.Time) error {
	body, err := json.Marshal(map[string]any{"type": x.event, "timestamp": utc(x.at), "data": x.data})
	if err != nil {
		return err
	}
	name := "msg_" + newName()
	for _, k := range hooks {
		if !k.Disabled.IsZero() || !slices.Contains(k.Events, x.event) || x.at.Before(k.Created) {
			continue
		}
		if err := put(tx, k.ID, name, x.event, string(body), now); err != nil {
			return err
		}
	}
	return nil
}

func put(tx *sql.Tx, hook int64, name string, e Event, body string, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO webhook_delivery (webhook_id, name, event, body, created, state, due_at) VALUES (?1, ?2, ?3, ?4, ?5, 'due', ?5)`,
		hook, name, e, body, now.Unix())
	return err
}

// watch looks what happened since it last did, and writes down whom to tell.
func (h *Hooks) watch(ctx context.Context, now time.Time) error {
	hooks, err := h.List(ctx)
	if err != nil || !slices.ContainsFunc(hooks, func(k Hook) bool { return k.Disabled.IsZero() }) {
		return err
	}
	for more := true; more && ctx.Err() == nil; {
		if more, err = h.watchConsents(ctx, hooks, now); err != nil {
			return err
		}
	}
	return h.watchIssues(ctx, hooks, now)
}

// consentsAtOnce is how many rows of consent are read in one transaction.
const consentsAtOnce = 500

// skipConsents forgets what readers did so far.
func skipConsents(tx *sql.Tx) error {
	_, err := tx.Exec(`INSERT INTO webhook_mark (name, at) SELECT 'consent', coalesce(max(id), 0) FROM consent WHERE true
		ON CONFLICT (name) DO UPDATE SET at = excluded.at`)
	return err
}

// watchConsents tells who subscribed and who left: the rows of evidence after the last one
// that was read. What an operator's file says is no news to the operator, and is passed over.
// It reports whether there may be more.
func (h *Hooks) watchConsents(ctx context.Context, hooks []Hook, now time.Time) (more bool, err error) {
	var last, mark int64
	err = h.Database.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT coalesce((SELECT max(id) FROM consent), 0), coalesce((SELECT at FROM webhook_mark WHERE name = 'consent'), 0)`).Scan(&last, &mark)
	})
	if err != nil || last == mark {
		return false, err
	}
	err = h.Database.Update(ctx, func(tx *sql.Tx) error {
		if last < mark { // the latest rows were erased, and their numbers will come again
			return skipConsents(tx)
		}
		acts, err := actsAfter(tx, mark)
		if err != nil {
			return err
		}
		for _, x := range acts.happenings {
			if err := tell(tx, hooks, x, now); err != nil {
				return err
			}
		}
		more = acts.read == consentsAtOnce
		_, err = tx.Exec(`UPDATE webhook_mark SET at = ?1 WHERE name = 'consent'`, acts.last)
		return err
	})
	return more, err
}

type acts struct {
	happenings []happening
	last       int64 // row
	read       int
}

func actsAfter(tx *sql.Tx, mark int64) (a acts, err error) {
	a.last = mark
	rows, err := tx.Query(`SELECT c.id, c.act, c.method, c.recorded_at, n.subscriber_id, n.edition
		FROM consent c JOIN subscription n ON n.id = c.subscription_id
		WHERE c.id > ?1 ORDER BY c.id LIMIT ?2`, mark, consentsAtOnce)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	for rows.Next() {
		var act string
		var at int64
		var d readerData
		if err := rows.Scan(&a.last, &act, &d.Method, &at, &d.Subscriber, &d.Edition); err != nil {
			return a, err
		}
		a.read++
		if d.Method == "import" {
			continue
		}
		x := happening{event: ReaderSubscribed, at: time.Unix(at, 0), data: d}
		if act == "withdraw" {
			x.event = ReaderUnsubscribed
		}
		a.happenings = append(a.happenings, x)
	}
	return a, rows.Err()
}

// recentIssues is how many of the latest issues are watched.
const recentIssues = 100

// watchIssues tells of issues that are through, once, and of the copies that failed.
func (h *Hooks) watchIssues(ctx context.Context, hooks []Hook, now time.Time) error {
	issues, err := h.Digest.Runs(ctx, recentIssues)
	if err != nil {
		return err
	}
	for _, i := range issues {
		if i.State != digest.IssuePosted {
			continue
		}
		after, done, err := h.told(ctx, i.ID)
		if err != nil {
			return err
		}
		if done {
			continue
		}
		r, err := h.Queue.Run(ctx, i.ID)
		if errors.Is(err, outbox.ErrNoRun) || err == nil && (r.Finished.IsZero() || r.Open() > 0) {
			continue
		}
		if err == nil {
			err = h.tellIssue(ctx, hooks, i, r, after, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// told says up to which reader an issue's failures were told, -1 for nothing yet, and
// whether that was all.
func (h *Hooks) told(ctx context.Context, issue int64) (after int64, done bool, err error) {
	err = h.Database.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT after, done FROM webhook_issue WHERE issue_id = ?1`, issue).Scan(&after, &done)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return -1, false, nil
	}
	return after, done, err
}

// failuresAtOnce is how many failures one message tells of.
const failuresAtOnce = 100

func (h *Hooks) tellIssue(ctx context.Context, hooks []Hook, i digest.Issue, r outbox.Run, after int64, now time.Time) error {
	begin := after < 0
	after = max(after, 0)
	wanted := slices.ContainsFunc(hooks, func(k Hook) bool {
		return k.Disabled.IsZero() && slices.Contains(k.Events, DeliveryFailed) && !r.Finished.Before(k.Created)
	})
	for done := false; !done; begin = false {
		var page []outbox.Delivery
		if wanted && r.Counts[outbox.Refused] > 0 {
			var err error
			if page, err = h.Queue.Deliveries(ctx, i.ID, outbox.Refused, after, failuresAtOnce); err != nil {
				return err
			}
		}
		done = len(page) < failuresAtOnce
		var happened []happening
		if begin {
			happened = append(happened, happening{IssueSent, r.Finished, sentData{i.ID, i.Edition, i.Number, r.State, viewRun(r).Counts}})
		}
		if len(page) > 0 {
			after = page[len(page)-1].Subscriber
			data := failedData{Issue: i.ID, Edition: i.Edition}
			for _, d := range page {
				data.Deliveries = append(data.Deliveries, failed{d.Subscriber, d.Reason})
			}
			happened = append(happened, happening{DeliveryFailed, r.Finished, data})
		}
		err := h.Database.Update(ctx, func(tx *sql.Tx) error {
			for _, x := range happened {
				if err := tell(tx, hooks, x, now); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`INSERT INTO webhook_issue (issue_id, after, done) VALUES (?1, ?2, ?3)
				ON CONFLICT (issue_id) DO UPDATE SET after = ?2, done = ?3`, i.ID, after, done)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
