package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A paper is a news site on loopback. Its front page names an English feed in two formats,
// an Arabic one and an empty one; /plain is a page without feeds. /live.rss begins with
// six articles and gets more, or something goes wrong with it.
type paper struct {
	*httptest.Server

	mutex   sync.Mutex
	stories []story
	trouble string
	asks    int // for the live feed, since the trouble began
}

type story struct {
	headline string
	at       time.Time
}

func openPaper() *paper {
	p := new(paper)
	p.publish(6)
	p.Server = httptest.NewServer(p.routes(time.Now()))
	return p
}

// publish adds n articles to the live feed: "Article 1", "Article 2" and so on.
func (p *paper) publish(n int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for range n {
		number := len(p.stories) + 1
		p.stories = append(p.stories, story{fmt.Sprintf("Article %d", number), time.Now().Add(-time.Hour + time.Duration(number)*time.Second)})
	}
}

// fail makes the live feed give something else, until it is told "well"; see troubles.
func (p *paper) fail(trouble string) error {
	if trouble == "well" {
		trouble = ""
	}
	if trouble != "" && troubles[trouble] == nil {
		return fmt.Errorf("%q is no trouble that a paper can have", trouble)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.trouble, p.asks = trouble, 0
	return nil
}

// asked waits until somebody has asked for the live feed since its trouble began.
func (p *paper) asked(t *testing.T) {
	t.Helper()
	eventually(t, func() bool {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		return p.asks > 0
	})
}

// live serves the live feed, or what is wrong with it.
func (p *paper) live(w http.ResponseWriter, r *http.Request) {
	p.mutex.Lock()
	stories, trouble := p.stories, p.trouble
	p.asks++
	p.mutex.Unlock()
	serve := troubles[trouble]
	if trouble == "" {
		serve = func(w http.ResponseWriter, _ *http.Request, feed string) { fmt.Fprint(w, feed) }
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	serve(w, r, liveFeed(r.Host, stories))
}

// liveFeed has the newest article first.
func liveFeed(host string, stories []story) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?><rss version="2.0"><channel><title>The Live Post</title><link>http://%s/</link><language>en</language>`, host)
	for i := len(stories) - 1; i >= 0; i-- {
		s := stories[i]
		fmt.Fprintf(&b, `<item><title>%s</title><link>http://%s/%s</link><pubDate>%s</pubDate><description>What happened, told in a few words.</description></item>`,
			s.headline, host, url.PathEscape(s.headline), s.at.UTC().Format(time.RFC1123Z))
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

// A trouble is served instead of a feed.
type trouble func(w http.ResponseWriter, r *http.Request, feed string)

var troubles = map[string]trouble{
	"nothing": func(http.ResponseWriter, *http.Request, string) {},
	"words":   func(w http.ResponseWriter, _ *http.Request, _ string) { fmt.Fprint(w, "Back soon.") },
	"html": func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><html><head><title>Moved</title></head><body><p>We have a new site.</p></body></html>")
	},
	"404": func(w http.ResponseWriter, r *http.Request, _ string) { http.NotFound(w, r) },
	"500": func(w http.ResponseWriter, _ *http.Request, _ string) {
		http.Error(w, "no", http.StatusInternalServerError)
	},
	"loop": func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	},
	// The server knows whether the feed has changed.
	"tagged": func(w http.ResponseWriter, r *http.Request, feed string) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, feed)
	},
	// The file ends in the middle of an article.
	"half": func(w http.ResponseWriter, _ *http.Request, feed string) { fmt.Fprint(w, feed[:len(feed)*2/3]) },
	// The connection does.
	"cut": func(w http.ResponseWriter, _ *http.Request, feed string) {
		w.Header().Set("Content-Length", fmt.Sprint(len(feed)))
		fmt.Fprint(w, feed[:len(feed)*2/3])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	},
	// The server takes the request and says nothing.
	"silent": func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() },
	// Nothing of the feed arrives.
	"dropped": func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) },
	// Fifty megabytes that do not say how many they are.
	"huge": func(w http.ResponseWriter, _ *http.Request, _ string) { fiftyMegabytes(w) },
	// Fifty megabytes in fifty kilobytes.
	"bomb": func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		defer zip.Close()
		fiftyMegabytes(zip)
	},
}

func fiftyMegabytes(w io.Writer) {
	fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>The Live Post</title>`)
	item := []byte("<item><title>" + strings.Repeat("More and more. ", 70_000) + "</title></item>")
	for range 50 {
		if _, err := w.Write(item); err != nil {
			return
		}
	}
}

func (p *paper) routes(now time.Time) http.Handler {
	mux := http.NewServeMux()
	serve := func(path, contentType, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			fmt.Fprint(w, strings.ReplaceAll(body, "HOST", "http://"+r.Host))
		})
	}
	english := []string{"Harbour opens a new quay", "Council votes on trams", "Rain until the weekend", "A library that never closes"}
	arabic := []string{"الميناء يفتتح رصيفا جديدا", "المجلس يصوت على خط الترام", "أمطار حتى نهاية الأسبوع"}
	serve("/{$}", "text/html", `<html><head><title>The Harbour Post</title>
		<link rel="alternate" type="application/rss+xml" href="/en.rss">
		<link rel="alternate" type="application/atom+xml" href="/en.atom">
		<link rel="alternate" type="application/rss+xml" href="/ar.rss">
		<link rel="alternate" type="application/rss+xml" href="/empty.rss"></head><body>News</body></html>`)
	serve("/plain", "text/html", "<html><body><p>Nothing to see</p></body></html>")
	serve("/en.rss", "application/rss+xml", rss("The Harbour Post - News", "en", english, now))
	serve("/en.atom", "application/atom+xml", atom("The Harbour Post - News", english, now))
	serve("/ar.rss", "application/rss+xml", rss("The Harbour Post - عربي", "ar", arabic, now))
	serve("/empty.rss", "application/rss+xml", rss("The Harbour Post - Culture", "en", nil, now))
	serve("/late.rss", "application/rss+xml", rss("From tomorrow", "en", []string{"Published ahead of time"}, now.AddDate(0, 0, 1)))
	serve("/long.rss", "application/rss+xml", rss("A long list", "en", numbered("Story", 20), now))
	mux.HandleFunc("GET /live.rss", p.live)
	for name, serve := range troubles {
		mux.HandleFunc("GET /"+name+".rss", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			serve(w, r, liveFeed(r.Host, p.stories[:6]))
		})
	}
	return mux
}

// rss returns a feed whose articles are an hour apart, the newest first and an hour old.
func rss(title, language string, headlines []string, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?><rss version="2.0"><channel><title>%s</title><link>HOST/</link><language>%s</language>`, title, language)
	for i, h := range headlines {
		at := now.Add(-time.Duration(i+1) * time.Hour).UTC().Format(time.RFC1123Z)
		fmt.Fprintf(&b, `<item><title>%s</title><link>HOST/%s</link><category>City</category><pubDate>%s</pubDate>
			<description>What happened in the city, told in a few words. %s.</description>
			<enclosure type="image/jpeg" url="HOST/picture.jpg" length="1"/></item>`, h, url.PathEscape(h), at, h)
	}
	b.WriteString("</channel></rss>")
	return b.String()
}

func numbered(word string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s number %d", word, i+1))
	}
	return all
}

func atom(title string, headlines []string, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>%s</title><id>x</id><link href="HOST/"/>`, title)
	for i, h := range headlines {
		at := now.Add(-time.Duration(i+1) * time.Hour).UTC().Format(time.RFC3339)
		fmt.Fprintf(&b, `<entry><title>%s</title><id>%d</id><link href="HOST/%s"/><updated>%s</updated></entry>`, h, i, url.PathEscape(h), at)
	}
	b.WriteString("</feed>")
	return b.String()
}
