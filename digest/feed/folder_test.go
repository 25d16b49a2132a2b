package feed

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

const rainJSON = `{"id": "17", "url": "https://paper.example/rain?utm_source=x", "title": "Rain <b>falls</b>", "summary": "It rains.",
"date_published": "2026-11-23T06:00:00+03:00", "authors": [{"name": "Mona Haddad"}], "tags": ["City"], "image": "https://paper.example/rain.jpg", "language": "en"}`

func TestArticlesAsJSON(t *testing.T) {
	src := digest.Source{ID: 7, URL: "handed:stdin"}
	rain := digest.Article{
		SourceID: 7, GUID: "17", URL: "https://paper.example/rain", Title: "Rain <b>falls</b>", Summary: "It rains.", Author: "Mona Haddad",
		Section: "City", Topics: []string{"City"}, Language: "en", Image: digest.Image{URL: "https://paper.example/rain.jpg"},
		Published: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC), DateFrom: digest.DateFeed, FirstSeen: now(),
	}
	rain.Title = "Rain falls" // markup in a plain text is shown as no source means it
	snow := digest.Article{SourceID: 7, URL: "https://paper.example/snow", Title: "Snow", Published: now(), DateFrom: digest.DateMissing, FirstSeen: now()}
	const snowJSON = `{"url": "https://paper.example/snow", "title": "Snow"}`
	for name, doc := range map[string]string{
		"one after the other": rainJSON + "\n" + snowJSON,
		"a list":              "[" + rainJSON + "," + snowJSON + "]",
		"a feed":              `{"version":"https://jsonfeed.org/version/1.1","title":"P","items":[` + rainJSON + "," + snowJSON + "]}",
		"lists and articles":  "[" + rainJSON + "]" + snowJSON + "[]",
	} {
		found, err := ParseJSON(strings.NewReader(doc), src, now())
		if d := cmp.Diff([]digest.Article{rain, snow}, found.Articles); d != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
	if found, err := ParseJSON(strings.NewReader(" \n"), src, now()); err != nil || len(found.Articles) > 0 {
		t.Errorf("nothing: %v", err)
	}
}

func TestWrongJSON(t *testing.T) {
	for name, c := range map[string]struct{ doc, want string }{
		"no JSON":         {"Rain", "document 1 is no JSON"},
		"cut":             {rainJSON + rainJSON[:50], "document 2 is no JSON"},
		"a number":        {"17", "document 1: it is neither an article nor a JSON Feed"},
		"no title":        {`{"url":"https://paper.example/a"}`, `no "title" or no "url"`},
		"no address":      {`{"title":"Rain"}`, `no "title" or no "url"`},
		"another address": {`{"title":"Rain","url":"javascript:alert(1)"}`, `no "title" or no "url"`},
		"a relative one":  {`{"title":"Rain","url":"/rain"}`, `no "title" or no "url"`},
		"nested":          {strings.Repeat("[", 20_000), "is no JSON"},
		"nested below":    {`{"url":"https://paper.example/a","title":"x","_x":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}", "nested or repeated"},
		"many documents":  {strings.Repeat("[]", maxDocuments+1), "more than 5000 documents"},
		"null":            {"null", "document 1"},
	} {
		if found, err := ParseJSON(strings.NewReader(c.doc), digest.Source{}, now()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q; %d articles", name, err, c.want, len(found.Articles))
		}
	}
	if _, err := ParseJSON(endless{}, digest.Source{}, now()); err == nil || !strings.Contains(err.Error(), "larger than 16 MB") {
		t.Errorf("endless: %v", err)
	}
}

// endless is a text that never ends.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '['
		if i > 0 {
			b[i] = ' '
		}
	}
	return len(b), nil
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.json")
	for name, text := range map[string]string{
		filepath.Join(dir, "1.json"): rainJSON, filepath.Join(dir, "2.json"): "{", filepath.Join(dir, "notes.txt"): "x", outside: `{"url":"https://paper.example/secret","title":"Secret"}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	at, err := FolderURL(dir)
	if err != nil {
		t.Fatal(err)
	}
	src := digest.Source{ID: 1, URL: at, Kind: digest.SourceFolder}
	src, articles, err := new(Fetcher).Fetch(t.Context(), src, now())
	if err != nil || len(articles) != 1 || articles[0].GUID != "17" || !src.ChangedAt.Equal(now()) || !strings.HasPrefix(src.Error, "the file 2.json is left out: document 1 is no JSON") {
		t.Fatalf("%v; %+v; %+v", err, articles, src)
	}
	later := now().Add(time.Hour)
	if src, _, err = new(Fetcher).Fetch(t.Context(), src, later); err != nil || !src.ChangedAt.Equal(now()) {
		t.Errorf("unchanged: %v, changed at %s", err, src.ChangedAt)
	}
	if err := os.Remove(filepath.Join(dir, "2.json")); err != nil {
		t.Fatal(err)
	}
	if src, _, err = new(Fetcher).Fetch(t.Context(), src, later); err != nil || !src.ChangedAt.Equal(later) {
		t.Errorf("changed: %v, changed at %s", err, src.ChangedAt)
	}
	for _, wrong := range []string{at + "/none", "https://paper.example/", "file:", at + "/1.json"} {
		src.URL = wrong
		if failed, _, err := new(Fetcher).Fetch(t.Context(), src, now()); err == nil || failed.Failures != 1 || !strings.Contains(err.Error(), "folder") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
