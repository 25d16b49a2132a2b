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
		"AmazonWebServicesBlog.xml": {
			Count: 10, Title: "Amazon Web Services Blog", Home: "http://aws.typepad.com/aws/",
			First:     "AWS Job: Architect & Designer Position in Turkey",
			Last:      "Solve for Efficiency With Amazon Mechanical Turk",
			URL:       "http://aws.typepad.com/aws/2009/01/aws-job-architect-designer-position-in-turkey.html",
			GUID:      "tag:typepad.com,2003:post-61484736",
			Section:   "Turkey",
			Topics:    2,
			Published: "2009-01-16T18:21:00Z",
			Author:    "AWS Editor",
			Lang:      "en-US", // said by the content only
			HasWords:  true,
		},
		"DuplicateContentAtomFeed.xml": { // wrapped in an XHTML page
			Count: 10, Title: "Avian’s Blog", Home: "http://www.tablix.org/~avian/blog/",
			First:     "Down time",
			Last:      "Balanced variable phase shift circuit",
			URL:       "http://www.tablix.org/~avian/blog/archives/2014/07/down_time/",
			GUID:      "http://www.tablix.org/~avian/blog/archives/2014/07/down_time/",
			Section:   "Life",
			Topics:    1,
			Published: "2014-07-21T19:14:39Z",
			Author:    "Tomaž",
			HasWords:  true,
		},
		"HuffPostCanada.xml": {
			Count: 2, Title: "HuffPost Canada - Athena2 - All Posts", Home: "http://www.aol.com/", Language: "en",
			First:     "Winnipeg High School Orders Custom Hijabs For Muslim Athletes",
			Last:      "The Once-In-A-Lifetime Thrill Of Opening For Tom Petty",
			URL:       "http://www.huffingtonpost.ca/2017/10/17/winnipeg-high-school-orders-custom-hijabs-for-muslim-athletes_a_23246627/",
			GUID:      "23246627",
			Section:   "Dakota Collegiate",
			Topics:    5, // ten with slugs and capitals
			Published: "2017-10-17T22:17:00Z",
			Author:    "Canadian Press",
			Image:     "http://o.aolcdn.com/hss/storage/midas/b1726dd5e5cde1fb967d92d963537957/205775479/Untitled+design+%2857%29.png",
			Lang:      "en",
		},
		"TechCrunch.xml": {
			Count: 20, Title: "TechCrunch", Home: "http://techcrunch.com/", Language: "en",
			First:     "Angie’s List Sets Price Range IPO At $11 To $13 Per Share; Valued At Over $600M",
			Last:      "Ooma Invades Canada, US Premier Subscribers Can Now Talk To Their Northern Cousins For Free",
			URL:       "http://techcrunch.com/2011/11/02/angies-list-prices-ipo-at-11-to-13-per-share-valued-at-over-600m/", // behind FeedBurner's
			GUID:      "http://techcrunch.com/?p=446154",
			Section:   "TC",
			Topics:    2,
			Published: "2011-11-02T17:25:27Z",
			Author:    "Leena Rao",
			Image:     "http://tctechcrunch2011.files.wordpress.com/2011/11/angies-list.jpeg?w=150", // not the author's portrait
			Lang:      "en",
			HasWords:  true,
		},
		"json_feed.json": {
			Count: 20, Title: "inessential.com", Home: "http://inessential.com/", Language: "en-US",
			First:     "James Dempsey and the Breakpoints Benefit App Camp for Girls",
			Last:      "My CocoaConf Yosemite 2017 Talk",
			URL:       "http://inessential.com/2017/06/02/james_dempsey_and_the_breakpoints_benefi",
			GUID:      "http://inessential.com/2017/06/02/james_dempsey_and_the_breakpoints_benefi",
			Published: "2017-06-03T05:05:47Z",
			Lang:      "en-US",
		},
		"youtube_atom.xml": {
			Count: 15, Title: "Google", Home: "http://www.youtube.com/user/Google",
			First:     "The Google app: Questions Title",
			Last:      "Veterans Make Great Googlers. Find your team: Specialists",
			URL:       "http://www.youtube.com/watch?v=5shykyfmb28",
			GUID:      "yt:video:5shykyfmb28",
			Published: "2015-05-04T00:01:27Z",
			Author:    "Google",
			Image:     "https://i2.ytimg.com/vi/5shykyfmb28/hqdefault.jpg",
		},
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
