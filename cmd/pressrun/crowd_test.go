package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/cmd/pressrun/site"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers"
)

// BenchmarkSignupsWhileSending lets 1,000 people a second sign up for ten seconds while an
// issue goes to 200,000 readers. It says how long the sign-ups took, how many failed, and
// how many mails went out meanwhile.
func BenchmarkSignupsWhileSending(b *testing.B) {
	const readers, rate, seconds = 200_000, 1000, 10
	for b.Loop() {
		p, mails := crowdedProgram(b, readers)
		address := openSite(b, p)
		ctx, stop := context.WithCancel(b.Context())
		sender, err := p.sender()
		if err != nil {
			b.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() { _ = sender.Run(ctx) })
		all.Go(func() { _ = p.postman().Run(ctx) })
		if _, err := p.publisher.Publish(ctx, "daily", time.Now(), time.Now(), nil); err != nil {
			b.Fatal(err)
		}
		before := mails.Load()
		took, failed := signUp(b, address, rate, seconds)
		during := mails.Load() - before
		stop()
		all.Wait()
		p.close()
		slices.Sort(took)
		b.ReportMetric(float64(len(took))/seconds, "signups/s")
		b.ReportMetric(float64(failed), "failed")
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-99%")
		b.ReportMetric(float64(during)/seconds, "mails/s")
	}
}

// crowdedProgram has so many readers of the edition daily, a story, and a relay that
// counts.
func crowdedProgram(b *testing.B, readers int) (*program, *atomic.Int64) {
	b.Helper()
	mails := new(atomic.Int64)
	s := &sink.Sink{OnMessage: func(_, _ string, _ []byte) { mails.Add(1) }}
	relay, err := s.Listen(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	cfg := config.Default()
	cfg.Secret = "0123456789abcdef0123456789abcdef"
	cfg.Paper.Name, cfg.Paper.Address, cfg.Site.URL = "The Paper", "1 Quay Street", "http://127.0.0.1"
	cfg.Sender.From.Address = "news@paper.example"
	cfg.Database.Path = filepath.Join(b.TempDir(), "pressrun.db")
	cfg.Relays = []config.Relay{config.NewRelay(config.RelayURL("smtp://" + relay))}
	cfg.Relays[0].Connections = 16
	p, err := openProgram(b.Context(), cfg, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		b.Fatal(err)
	}
	ctx, now := b.Context(), time.Now()
	if _, err := p.digest.PutEdition(ctx, digest.Edition{Slug: "daily", Name: "Daily", Languages: []string{"en"}, Doubt: digest.DoubtHold}, now); err != nil {
		b.Fatal(err)
	}
	src, err := p.digest.PutSource(ctx, digest.Source{URL: "https://paper.example/feed"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.digest.PutArticles(ctx, src, []digest.Article{{GUID: "1", URL: "https://paper.example/1", Title: "Rain", Language: "en", Published: now}}, false, now); err != nil {
		b.Fatal(err)
	}
	_, err = p.readers.AddMany(ctx, func(yield func(subscribers.NewSubscriber) bool) {
		for i := range readers {
			a, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@readers.example", i))
			if err != nil || !yield(subscribers.NewSubscriber{Address: a}) {
				return
			}
		}
	}, "daily", "a benchmark", now, nil)
	if err != nil {
		b.Fatal(err)
	}
	return p, mails
}

// openSite serves the readers' pages, without limits, and returns where.
func openSite(b *testing.B, p *program) string {
	b.Helper()
	pages, err := p.templates.Pages(paperOf(p.cfg), p.cfg.Site.URL)
	if err != nil {
		b.Fatal(err)
	}
	s := &site.Site{
		Frame: &web.Frame{Pages: pages, Log: p.log, Base: p.cfg.Site.URL}, Digest: p.digest, Readers: p.readers, Keys: p.keys,
		Signups: site.Signups{Limits: site.Limits{Address: -1, Network: -1, NetworkHour: -1, Domain: -1, Surge: -1}},
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: s.Handler()}
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { server.Close() })
	return "http://" + l.Addr().String()
}

// signUp sends so many calls a second, each when its time has come, and returns how long
// each took.
func signUp(b *testing.B, address string, rate, seconds int) (took []time.Duration, failed int64) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200, MaxConnsPerHost: 200}}
	times := make([]time.Duration, rate*seconds)
	var bad atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for i := range times {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		all.Go(func() {
			asked := time.Now()
			res, err := client.Post(address+"/api/subscribe", "application/json",
				strings.NewReader(fmt.Sprintf(`{"email": "new%d@readers.example", "editions": ["daily"]}`, i)))
			times[i] = time.Since(asked)
			if err != nil || res.StatusCode != http.StatusAccepted {
				bad.Add(1)
			}
			if err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		})
	}
	all.Wait()
	return times, bad.Load()
}
