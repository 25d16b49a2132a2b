package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
)

// furnishMore gives the house what the examples speak of: reader 7, who has not confirmed
// yet; reader 5, whom an operator suppressed; import 1; a copy that was tried; an issue that
// is held; an entry in the audit log.
func (h *house) furnishMore() {
	h.Helper()
	ctx, now := h.Context(), time.Now()
	ok(h.T, h.api.Readers.Subscribe(ctx, subscribers.Signup{
		Address: h.address("pending@readers.example"), Editions: []string{"daily"}, Language: "en", Method: subscribers.MethodForm,
	}, now.Add(-25*time.Hour)))
	ok(h.T, h.api.Readers.Suppress(ctx, h.address("weekly2@readers.example"), subscribers.ReasonOperator, "a spam trap", now))
	_, err := h.api.Readers.Import(ctx, strings.NewReader("email\nimported1@readers.example\nimported2@readers.example\n"),
		subscribers.ImportOptions{Edition: "weekly", Evidence: "signed up at the counter", File: "counter.csv", Now: now})
	ok(h.T, err)
	h.exec(`INSERT INTO attempt (delivery_id, number, at, stage, class, uncertain, code, enhanced, text)
		SELECT id, 1, ?1, 'rcpt', 'soft', 0, 451, '4.7.1', 'Greylisted' FROM delivery WHERE issue_id = 1 AND subscriber_id = 1`, now.Unix())
	h.exec(`UPDATE delivery SET state = 'deferred', attempts = 1, due_at = ?1, reason = 'the server was busy' WHERE issue_id = 1 AND subscriber_id = 1`, now.Unix()+600)
	h.exec(`UPDATE tally SET n = n - 1 WHERE issue_id = 1 AND state = 'queued'`)
	h.exec(`INSERT INTO tally (issue_id, state, n) VALUES (1, 'deferred', 1) ON CONFLICT (issue_id, state) DO UPDATE SET n = n + 1`)
	e, err := h.api.Digest.Edition(ctx, "weekly")
	ok(h.T, err)
	h.held = now.Truncate(time.Second)
	_, err = h.api.Digest.CloseQuestion(ctx, e, h.held, "the server was away until it was too late", now)
	ok(h.T, err)
	h.exec(`INSERT INTO domain_rest (domain, until) VALUES ('slow.example', ?1)`, now.Unix()+600)
	ok(h.T, h.api.Staff.Note(ctx, staff.Entry{Editor: 1, Name: "Mona", Act: "plan", What: "weekly", Detail: "lead", At: now}))
}

func (h *house) address(s string) subscribers.Address {
	h.Helper()
	a, err := subscribers.ParseAddress(s)
	ok(h.T, err)
	return a
}

// next is the time of an edition's next run.
func (h *house) next(slug string) time.Time {
	h.Helper()
	e, err := h.api.Digest.Edition(h.Context(), slug)
	ok(h.T, err)
	slot, err := h.api.Digest.NextSlot(h.Context(), e, time.Now())
	ok(h.T, err)
	return slot
}

// now puts the addresses and times of this house in the place of those of the description.
func (h *house) now(text string) string {
	return strings.NewReplacer(
		"https://paper.example/", h.paper.URL+"/",
		"2026-11-24T06:00:00Z", h.next("weekly").UTC().Format(time.RFC3339),
		"2026-11-23T06:00:00Z", h.held.UTC().Format(time.RFC3339),
		"2026-12-15T06:00:00Z", time.Now().Add(14*day).UTC().Format(time.RFC3339),
	).Replace(text)
}

// A mailbox is what tests of issues were sent to, instead of a relay.
type mailbox struct {
	mu   sync.Mutex
	sent []string // addresses
	fail error
}

func (m *mailbox) take(_ context.Context, d publish.Draft, to subscribers.Address) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for range d.Letters {
		m.sent = append(m.sent, to.String())
	}
	return nil
}

// serveStory is the page of an article that is in no feed.
func serveStory(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<!doctype html><html lang="en"><head><title>Rain at last</title>
		<link rel="canonical" href="http://` + r.Host + `/story"><meta property="og:title" content="Rain at last">
		<meta property="og:type" content="article"><meta property="article:published_time" content="` + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339) + `">
		</head><body><article><h1>Rain at last</h1><p>After seven dry weeks it rained over the harbour, and nobody complained.</p></article></body></html>`))
}

// outsideOfHouse has two relays and three themes.
var outsideOfHouse = Outside{
	Relays: func(_ context.Context, now time.Time) (Relays, error) {
		since := now.Add(-time.Hour).UTC().Truncate(time.Second)
		return Relays{
			Items: []Relay{
				{
					N: 1, Name: "smtp.example:587", Host: "smtp.example", Port: 587, TLS: "starttls", Login: "password", Connections: 4, Window: 1, Priority: 1,
					Rate: "1000/hour", Uses: []Use{{Used: 3, Most: 1000, Per: "hour"}}, Stands: &Standing{Mode: "up", From: since},
				},
				{N: 2, Name: "folder out", Folder: "out", TLS: "none", Connections: 1, Window: 1, Priority: 2, Uses: []Use{}},
			},
			Limits: []DomainLimit{{Domains: "slow.example", Connections: 2, Rate: "10/second"}},
		}, nil
	},
	TryRelay: func(_ context.Context, i int) Trial {
		if i == 1 {
			return Trial{Outcome: "good", Steps: []string{"folder"}}
		}
		return Trial{Outcome: "login", Said: "535 5.7.8 no", Steps: []string{"connect", "tls", "auth", "mail"}, Failed: "auth"}
	},
	Themes: func() []Theme {
		return []Theme{
			{Name: "broadsheet", About: "A front page.", Ours: true}, {Name: "briefing", About: "A list.", Ours: true},
			{Name: "house", Own: true, Problems: []string{"email/house/story.html:3: there is no such word"}},
		}
	},
}
