package feed

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDiscover(t *testing.T) {
	const dated = `<feed xmlns="http://www.w3.org/2005/Atom"><title>Sport</title><entry><title>Final</title><link href="/f"/><updated>2026-11-22T10:00:00Z</updated></entry>` +
		`<entry><title>Draw</title><link href="/d"/><updated>2026-11-21T10:00:00Z</updated></entry></feed>`
	news := Found{Kind: KindRSS, Title: "Paper", Language: "en", Items: 2}
	sport := Found{Kind: KindAtom, Title: "Sport", Items: 2, Newest: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	at := func(f Found, url string) Found { f.URL = url; return f }
	tests := []struct {
		name  string
		start string
		pages map[string]string
		want  []Found
	}{
		{"a feed itself", "/feed", map[string]string{"/feed": paper}, []Found{at(news, "/feed")}},
		{"declared", "/", map[string]string{
			"/": `<html><head><base href="/de/"><link rel="alternate" type="application/rss+xml" href="news.rss"><link rel=ALTERNATE type="application/atom+xml; charset=utf-8" href='/sport.atom'>
				<link rel="stylesheet" href="x.css"><link rel="alternate" hreflang="ar" href="/ar/"><link rel="alternate" type="application/rss+xml" href="/comments/feed">`,
			"/de/news.rss": paper, "/sport.atom": dated, "/comments/feed": paper},
			[]Found{at(news, "/de/news.rss"), at(sport, "/sport.atom")}},
		{"linked", "/", map[string]string{
			"/":     `<body><a href="/about">About</a><a href="/sitemap.xml">Map</a><a href="/broken.xml">x</a><a href="javascript:void(0)/rss">y</a><a href="/rss/">RSS</a>`,
			"/rss/": paper, "/sitemap.xml": "<urlset/>"},
			[]Found{at(news, "/rss/")}},
		{"in the usual place", "/section/city", map[string]string{"/section/city": "<!doctype html><p>City", "/index.xml": dated}, []Found{at(sport, "/index.xml")}},
		{"the same under two addresses", "/", map[string]string{
			"/": `<html><link rel="alternate" type="application/rss+xml" href="/a.xml"><link rel="alternate" type="application/rss+xml" href="/b.xml">`, "/a.xml": paper, "/b.xml": paper},
			[]Found{at(news, "/a.xml")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, ok := tt.pages[r.URL.Path]
				if !ok {
					http.NotFound(w, r)
				}
				io.WriteString(w, body)
			})
			got, err := loopback().Discover(context.Background(), host+tt.start, now())
			for i := range got {
				got[i].URL = strings.TrimPrefix(got[i].URL, host)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestDiscoverFindsNothing(t *testing.T) {
	var asked atomic.Int32
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		io.WriteString(w, "<html>")
		for i := range 2 * maxTries {
			fmt.Fprintf(w, `<a href="/%d/feed">x</a>`, i)
		}
	})
	_, err := loopback().Discover(context.Background(), host, now())
	if err == nil || !strings.Contains(err.Error(), "has no feed that could be found; look for RSS or Atom on the site") {
		t.Error(err)
	}
	if n := asked.Load(); n != 1+maxTries {
		t.Errorf("asked %d times", n)
	}
	if _, err := loopback().Discover(context.Background(), host+"/\x00", now()); err == nil {
		t.Error("no error for an address that is none")
	}
	if _, err := (&Fetcher{}).Discover(context.Background(), host, now()); err == nil || !strings.Contains(err.Error(), "private address") {
		t.Error(err)
	}
}
