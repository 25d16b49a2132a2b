package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	gomail "github.com/wneessen/go-mail"
	"golang.org/x/sync/errgroup"
)

// benchReaders fills a fresh database with confirmed readers of the edition "bench".
func benchReaders(ctx context.Context, d *db.DB, n int) error {
	return d.Update(ctx, func(tx *sql.Tx) error {
		now := time.Now().Unix()
		_, err := tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
			INSERT INTO subscriber (id, email, created_at) SELECT i, 'reader' || i || '@bench.example', ?2 FROM n`, n, now)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO subscription (subscriber_id, edition, state, created_at)
				SELECT id, 'bench', 'confirmed', ?1 FROM subscriber ORDER BY id`, now)
		}
		return err
	})
}

// benchText is the text and the HTML of a mail of about so many bytes.
func benchText(size int) (text, html string) {
	sentence := "The ferry to the islands leaves at seven, and the fish market opens an hour before that. "
	text = strings.Repeat(sentence, 1+size/5/len(sentence)) + "\nhttps://bench.example/u/__TOKEN__\n"
	paragraph := `<p style="margin:0 0 12px">` + sentence + "</p>\n"
	html = `<!doctype html><html lang="en"><body>` + strings.Repeat(paragraph, 1+size*7/10/len(paragraph)) +
		`<a href="https://bench.example/u/__TOKEN__">Leave</a></body></html>`
	return text, html
}

// benchLetter returns a mail with a link of its own for every reader, as in real use.
func benchLetter(size int) (*message.Message, *message.Sealer, func(subscription, subscriber int64) []string, error) {
	secret := []byte("only for a benchmark")
	keys, err := subscribers.NewKeys(secret)
	if err != nil {
		return nil, nil, nil, err
	}
	sealer, err := message.NewSealer(secret)
	if err != nil {
		return nil, nil, nil, err
	}
	text, html := benchText(size)
	m, err := message.New(message.Content{
		From: mail.Address{Name: "Bench", Address: "news@bench.example"}, Subject: "The ferry leaves at seven", Text: []byte(text), HTML: []byte(html),
		Slots: []message.Slot{{Placeholder: "__TOKEN__", Size: subscribers.TokenLen}}, Language: "en", Domain: "bench.example", BounceDomain: "bounce.bench.example",
		ListID: "bench.bench.example", ListUnsubscribe: "https://bench.example/u/__TOKEN__", Auto: true, Bulk: true,
	})
	values := func(subscription, _ int64) []string {
		return []string{keys.Token(subscribers.Unsubscribe, subscription)}
	}
	return m, sealer, values, err
}

// benchPlain sends the same mail with the mail library's own Send: it is built anew for
// every reader, and nothing is written down.
func benchPlain(ctx context.Context, f benchFlags, addr string) (r benchResult, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return r, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return r, err
	}
	text, html := benchText(f.size)
	start, cpu := time.Now(), cpuTime()
	g, ctx := errgroup.WithContext(ctx)
	for c := range f.connections {
		g.Go(func() error {
			client, err := gomail.NewClient(host, gomail.WithPort(n), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithHELO("bench.example"))
			if err != nil {
				return err
			}
			if err := client.DialWithContext(ctx); err != nil {
				return err
			}
			defer client.Close()
			for i := c; i < f.plain; i += f.connections {
				if err := sendPlain(client, i, text, html); err != nil && f.faults == 0 {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return r, fmt.Errorf("the plain way: %w", err)
	}
	seconds := time.Since(start).Seconds()
	return benchResult{
		Messages: f.plain, Size: f.size, Seconds: seconds, Rate: float64(f.plain) / seconds,
		CPU: float64((cpuTime() - cpu).Microseconds()) / float64(f.plain), PeakMemory: peakMemory(),
	}, nil
}

func sendPlain(client *gomail.Client, i int, text, html string) error {
	m := gomail.NewMsg()
	if err := m.FromFormat("Bench", "news@bench.example"); err != nil {
		return err
	}
	if err := m.To(fmt.Sprintf("reader%d@bench.example", i+1)); err != nil {
		return err
	}
	token := fmt.Sprintf("%0*d", subscribers.TokenLen, i)
	m.Subject("The ferry leaves at seven")
	m.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(text, "__TOKEN__", token))
	m.AddAlternativeString(gomail.TypeTextHTML, strings.ReplaceAll(html, "__TOKEN__", token))
	return client.Send(m)
}
