package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts start the real program, as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pressrun": func() { os.Exit(run(os.Args[1:])) }})
}

// TestScripts runs the program as an operator does. Each script has a paper of its own at
// $PAPER, on loopback, and runs in the zone of Riyadh.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			paper := httptest.NewServer(paperFor(time.Now()))
			env.Defer(paper.Close)
			env.Setenv("PAPER", paper.URL)
			env.Setenv("TZ", "Asia/Riyadh")
			return nil
		},
	})
}

// exits runs a command and checks the code it exits with: exits 2 pressrun send.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// paperFor is a news site: a front page that names an English feed in two formats, an
// Arabic one and an empty one; a page without feeds; and feeds with something wrong.
func paperFor(now time.Time) http.Handler {
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
	serve("/nothing.rss", "application/rss+xml", "")
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
