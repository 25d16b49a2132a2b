package feed

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

// announced returns paper with links in its channel.
func announced(links string) string {
	return strings.Replace(paper, "<channel>", `<channel xmlns:atom="http://www.w3.org/2005/Atom" xmlns:a10="http://www.w3.org/2005/Atom">`+links, 1)
}

func TestFetchFindsTheHub(t *testing.T) {
	const hub = "https://hub.example/"
	tests := []struct {
		name       string
		headers    []string
		body       string
		hub, topic string // a topic that begins with / is at the source's server
	}{
		{"none", nil, paper, "", ""},
		{"a self without a hub", []string{`</feed>; rel="self"`}, announced(`<atom:link rel="self" href="/x"/>`), "", ""},
		{"two headers", []string{`<https://hub.example/>; rel="hub"`, `<https://paper.example/Feed?a=b>; rel=self`}, paper, hub, "https://paper.example/Feed?a=b"},
		{"one header", []string{`<https://paper.example/a,b>; title="a, <b>; rel=hub \" c"; rel="self", <https://hub.example/>;rel=HUB;type=text/html`}, paper, hub, "https://paper.example/a,b"},
		{"two relations of a link", []string{`</both>; rel="hub self"`}, paper, "/both", "/both"},
		{"the second rel counts for nothing", []string{`<https://hub.example/>; rel=next; rel=hub`}, paper, "", ""},
		{"broken headers", []string{`<https://hub.example/; rel="hub"`, `rel=hub`, `<>; rel="`, ``, `<`, `>;rel=hub,`}, paper, "", ""},
		{"a broken one before a good one", []string{`<x>; rel="never closed`, `<https://hub.example/>; rel=hub`}, paper, hub, "/feed"},
		{"RSS", nil, announced(`<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="https://paper.example/feed"/>`), hub, "https://paper.example/feed"},
		{"RSS with another prefix, after the items", nil, strings.Replace(paper, "</channel>", `<a10:link href="https://hub.example/" rel="hub"></a10:link></channel>`, 1), hub, "/feed"},
		{"an item's own", nil, strings.Replace(paper, "</item>", `<atom:link rel="hub" href="https://hub.example/"/></item>`, 1), "", ""},
		{"the first of several", nil, announced(`<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="hub" href="https://other.example/"/>`), hub, "/feed"},
		{"headers before the body", []string{`<https://hub.example/>; rel=hub`}, announced(`<atom:link rel="hub" href="https://other.example/"/><atom:link rel="self" href="https://paper.example/feed"/>`), hub, "https://paper.example/feed"},
		{"relative", nil, announced(`<atom:link rel="hub" href="/hub"/><atom:link rel="self" href="feed?x=1"/>`), "/hub", "/feed?x=1"},
		{"no web address", nil, announced(`<atom:link rel="hub" href="javascript:alert(1)"/>`), "", ""},
		{"a self that is no web address", []string{`<https://hub.example/>; rel=hub`, `<mailto:a@b.example>; rel=self`}, paper, hub, "/feed"},
		{"Atom", nil, `<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><link rel="hub" href="https://hub.example/"/><link rel="self" href="https://paper.example/feed"/>
			<entry><title>Rain</title><id>1</id><link href="https://paper.example/1"/><source><link rel="self" href="https://other.example/"/></source></entry></feed>`, hub, "https://paper.example/feed"},
		{"JSON Feed", nil, `{"version":"https://jsonfeed.org/version/1.1","feed_url":"https://paper.example/feed.json","hubs":[{"type":"rssCloud","url":"https://cloud.example/"},
			{"type":"WebSub","url":"https://hub.example/"}],"items":[{"id":"1","title":"Rain","url":"https://paper.example/1"}]}`, hub, "https://paper.example/feed.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Link"] = tt.headers
				io.WriteString(w, tt.body)
			})
			here := func(a string) string {
				if strings.HasPrefix(a, "/") {
					return at + a
				}
				return a
			}
			src, _, err := loopback().Fetch(t.Context(), digest.Source{URL: at + "/feed", Hub: "https://old.example/", Topic: "x"}, now())
			if err != nil || src.Hub != here(tt.hub) || src.Topic != here(tt.topic) {
				t.Errorf("%v: hub %q, topic %q", err, src.Hub, src.Topic)
			}
		})
	}
}

// A page may have links in its body that its visitors wrote.
func TestPageNamesItsHubInItsHead(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, `<html><head><title>P</title><link rel=stylesheet href=x.css><link rel="hub" href="https://hub.example/"></head>
			<body><link rel="self" href="https://bad.example/"><article><a href="/1">Rain at last</a></article></body></html>`)
	})
	f := loopback()
	f.Follow, f.pause = -1, time.Nanosecond
	src, _, err := f.Fetch(t.Context(), digest.Source{URL: at + "/news", Kind: digest.SourcePage, Selectors: digest.Selectors{Item: "article", Link: "a"}}, now())
	if err != nil || src.Hub != "https://hub.example/" || src.Topic != at+"/news" {
		t.Errorf("%v: hub %q, topic %q", err, src.Hub, src.Topic)
	}
}

// What is not changed, or came in half, says nothing against the hub that is known.
func TestHubIsKeptWhenNothingWasSaid(t *testing.T) {
	known := digest.Source{Hub: "https://hub.example/", Topic: "https://paper.example/feed", ETag: `"1"`}
	for name, h := range map[string]http.HandlerFunc{
		"304":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
		"500":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"half": write(paper[:strings.Index(paper, "<item><title>Wind")]),
	} {
		src := known
		src.URL = serve(t, h)
		got, _, _ := loopback().Fetch(t.Context(), src, now())
		if got.FetchedAt.IsZero() || got.Hub != known.Hub || got.Topic != known.Topic {
			t.Errorf("%s: hub %q, topic %q", name, got.Hub, got.Topic)
		}
	}
}

func FuzzLinkHeaders(f *testing.F) {
	for _, s := range []string{`<https://hub.example/>; rel="hub", </feed>;rel=self`, `<a>;rel="hub self";x="\""`, `<>;;,=<;rel=hub`, "<\x00>;rel=hub"} {
		f.Add(s)
	}
	at, _ := url.Parse("https://paper.example/feed")
	f.Fuzz(func(t *testing.T, header string) {
		hub, topic := linkHeaders([]string{header}).addresses(at)
		if (hub == "") != (topic == "") {
			t.Fatalf("hub %q without topic %q", hub, topic)
		}
		for _, a := range []string{hub, topic} {
			if a == "" {
				continue
			}
			if _, err := webAddress(a); err != nil || len(a) > maxURL {
				t.Errorf("%q: %v", a, err)
			}
		}
		// What goes before does not hide a good link, as long as it is whole itself.
		if !strings.ContainsAny(header, `"<>`) {
			if o := linkHeaders([]string{header + `, <https://hub.example/>; rel="hub"`}); o.hub != "https://hub.example/" {
				t.Errorf("the hub after %q is %q", header, o.hub)
			}
		}
	})
}

func TestHubIsAskedInItsOwnWords(t *testing.T) {
	var got url.Values
	var kind string
	hub := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/?new=1", http.StatusTemporaryRedirect)
			return
		}
		_ = r.ParseForm()
		got, kind = r.PostForm, r.Method+" "+r.Header.Get("Content-Type")
		w.WriteHeader(http.StatusAccepted)
	}
	at := serve(t, hub)
	r := HubRequest{Hub: at + "/moved", Mode: HubSubscribe, Topic: "https://paper.example/feed?a=b&c", Callback: "https://news.paper.example/websub/T", Secret: "s3cret", Lease: time.Hour}
	if _, err := loopback().AskHub(t.Context(), r, now()); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {r.Topic}, "hub.callback": {r.Callback}, "hub.secret": {"s3cret"}, "hub.lease_seconds": {"3600"}}
	if d := cmp.Diff(want, got); d != "" || kind != "POST application/x-www-form-urlencoded" {
		t.Errorf("%s %s", kind, d)
	}
	r.Mode = HubUnsubscribe
	if _, err := loopback().AskHub(t.Context(), r, now()); err != nil || got.Has("hub.secret") || got.Get("hub.mode") != "unsubscribe" {
		t.Errorf("%v: %v", err, got)
	}
}

func TestHubThatRefusesIsAnErrorWithoutSecrets(t *testing.T) {
	answer := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7200")
			w.Header().Set("Location", "/elsewhere")
			if r.URL.Path == "/elsewhere" {
				status = 200
			}
			w.WriteHeader(status)
			io.Copy(w, r.Body) // a hub may show what it was sent
		}
	}
	private := &Fetcher{UserAgent: "x"}
	for name, c := range map[string]struct {
		f     *Fetcher
		h     http.HandlerFunc
		want  string
		again time.Time
	}{
		"not here":          {loopback(), answer(404), "answered 404 Not Found", now().Add(2 * time.Hour)},
		"later":             {loopback(), answer(503), "answered 503 Service Unavailable", now().Add(2 * time.Hour)},
		"a page":            {loopback(), answer(302), "leads to a page", time.Time{}},
		"a private address": {private, answer(202), "is a private address", time.Time{}},
	} {
		r := HubRequest{Hub: serve(t, c.h), Mode: HubSubscribe, Topic: "https://paper.example/", Callback: "https://x.example/TOKEN", Secret: "SECRET", Lease: time.Hour}
		again, err := c.f.AskHub(context.Background(), r, now())
		if err == nil || !strings.Contains(err.Error(), c.want) || !again.Equal(c.again) || strings.Contains(err.Error(), "TOKEN") || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: again %v: %v", name, again, err)
		}
	}
}
