package outbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
)

// crowd returns a database with n confirmed readers in the tables of the real room.
func crowd(b *testing.B, n int) *db.DB {
	b.Helper()
	d, err := db.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	if err := d.Migrate(b.Context(), db.SchemaOfLeases(), subscribers.Schema(), outbox.Schema()); err != nil {
		b.Fatal(err)
	}
	err = d.Update(b.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
			INSERT INTO subscriber (id, email, language, created_at)
			SELECT i, 'reader' || i || '@readers.example', CASE i % 3 WHEN 0 THEN 'ar' ELSE 'en' END, 1 FROM n`, n)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO subscription (subscriber_id, edition, state, created_at) SELECT id, 'daily', 'confirmed', 1 FROM subscriber ORDER BY id`)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func bigLetter(b *testing.B, language string) *message.Message {
	b.Helper()
	m, err := message.New(message.Content{
		From: mail.Address{Name: "The Paper", Address: "news@paper.example"}, Subject: "News", Domain: "paper.example", Language: language,
		Text:   []byte("Leave: http://127.0.0.1/u/__U__\n" + strings.Repeat("All the news of the harbour. ", 150)),
		HTML:   []byte("<a href=\"http://127.0.0.1/u/__U__\">Leave</a>" + strings.Repeat("<p style=\"margin:0\">All the news of the harbour.</p>\n", 400)),
		ListID: "daily.paper.example", ListUnsubscribe: "http://127.0.0.1/u/__U__", Bulk: true, Auto: true,
		Slots: []message.Slot{{Placeholder: "__U__", Size: 40}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func posting(b *testing.B, issue int64) outbox.Posting {
	return outbox.Posting{IssueID: issue, Edition: "daily", Doubt: "resend", UsefulUntil: time.Now().Add(20 * time.Hour), Slot: time.Now()}.
		ByLanguage(outbox.Variant{Language: "en", Message: bigLetter(b, "en")}, outbox.Variant{Language: "ar", Message: bigLetter(b, "ar")})
}

// BenchmarkEnqueue writes down a delivery for each of a million readers.
func BenchmarkEnqueue(b *testing.B) {
	const n = 1_000_000
	d := crowd(b, n)
	q := outbox.NewQueue(d)
	issue := int64(0)
	for b.Loop() {
		issue++
		if added, err := q.Enqueue(b.Context(), posting(b, issue), time.Now(), nil); err != nil || added != n {
			b.Fatal(added, err)
		}
	}
}

// BenchmarkSend sends through the whole sender, with the ledger in FULL, to a sink on the
// loopback; one op is one message.
func BenchmarkSend(b *testing.B) {
	const n = 100_000
	for _, connections := range []int{2, 16} {
		b.Run(fmt.Sprint(connections, "connections"), func(b *testing.B) {
			d := crowd(b, n)
			q := outbox.NewQueue(d)
			s := &sink.Sink{}
			addr, err := s.Listen(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			a, err := relay.Parse("smtp://"+addr, false)
			if err != nil {
				b.Fatal(err)
			}
			sealer, err := message.NewSealer([]byte("a secret of some length"))
			if err != nil {
				b.Fatal(err)
			}
			keys, err := subscribers.NewKeys([]byte("a secret of some length"))
			if err != nil {
				b.Fatal(err)
			}
			quiet := slog.New(slog.DiscardHandler)
			sent := 0
			for issue := int64(1); sent < b.N; issue++ {
				b.StopTimer()
				if _, err := q.Enqueue(b.Context(), posting(b, issue), time.Now(), nil); err != nil {
					b.Fatal(err)
				}
				ctx, cancel := context.WithCancel(b.Context())
				drained := make(chan struct{})
				close(drained)
				sender := &outbox.Sender{Queue: q, Sealer: sealer, Ahead: connections, Drain: drained, Log: quiet,
					Values: func(subscription, _ int64) []string {
						return []string{keys.Token(subscribers.Unsubscribe, subscription)}
					},
					Relay: &relay.Pool{Address: a, Connections: connections, Hello: "bench.example", Timeouts: relay.DefaultTimeouts(), Log: quiet},
					OnOutcome: func(outbox.State) {
						if sent++; sent == b.N {
							cancel()
						}
					},
				}
				b.StartTimer()
				if err := sender.Run(ctx); err != nil {
					b.Fatal(err)
				}
				cancel()
			}
		})
	}
}
