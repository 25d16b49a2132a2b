package feed

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

// now is when the tests' papers are read.
func now() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) }

func loopback() *Fetcher {
	return &Fetcher{UserAgent: "Pressrun/test (+https://paper.example/)", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// TestFetchSharedFeeds reads feeds of real sites, kept outside of the project.
func TestFetchSharedFeeds(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "feeds")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real feeds to read: %v", err)
	}
	at := serve(t, http.FileServer(http.Dir(dir)).ServeHTTP)
	type outline struct {
		Count                 int
		Title, Home, Language string // of the feed
		First, Last           string // titles
		URL, GUID, Section    string // of the first article, as is what follows
		Published             string
		Author, Image, Lang   string
		Topics                int
		HasWords              bool
	}
	tests := map[string]outline{
		"AmazonWebServicesBlog.xml":    {},
		"DuplicateContentAtomFeed.xml": {},
		"HuffPostCanada.xml":           {},
		"TechCrunch.xml":               {},
		"json_feed.json":               {},
		"youtube_atom.xml":             {},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			src, as, err := loopback().Fetch(context.Background(), digest.Source{ID: 7, URL: at + "/" + name}, now())
			if err != nil || src.Error != "" || src.Failures != 0 {
				t.Fatalf("Fetch: %v; source %+v", err, src)
			}
			if len(as) == 0 {
				t.Fatal("no articles")
			}
			got := outline{
				Count: len(as), Title: src.Title, Home: src.HomeURL, Language: src.Language,
				First: as[0].Title, Last: as[len(as)-1].Title,
				URL: as[0].URL, GUID: as[0].GUID, Section: as[0].Section,
				Published: as[0].Published.Format(time.RFC3339),
				Author:    as[0].Author, Image: as[0].Image.URL, Lang: as[0].Language,
				Topics: len(as[0].Topics), HasWords: as[0].Words > 0,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, a := range as {
				checkArticle(t, a)
				if a.SourceID != 7 || a.DateFrom != digest.DateFeed || a.SharedURL {
					t.Errorf("article %q: source %d, date from %q, shared %v", a.Title, a.SourceID, a.DateFrom, a.SharedURL)
				}
			}
		})
	}
}
