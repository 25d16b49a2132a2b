package demo

import (
	"bytes"
	"encoding/json"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"github.com/mmcdole/gofeed"
)

// newsstand serves the paper as it stands at a fixed hour.
func newsstand(t *testing.T) (*Paper, *httptest.Server, time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	var paper *Paper
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { paper.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	paper = NewPaper(server.URL, now)
	return paper, server, now
}

func get(t *testing.T, url string) ([]byte, http.Header) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", url, res.Status, err)
	}
	return body, res.Header
}

func readFeed(t *testing.T, url string) *gofeed.Feed {
	t.Helper()
	body, _ := get(t, url)
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return feed
}

func TestFeedsHoldAWholeNewspaper(t *testing.T) {
	paper, server, now := newsstand(t)
	for _, c := range []struct {
		lang             string
		stories, twins   int
		kind             string
		sections         []string
		undated, old, to int
	}{
		{"en", 28, 2, "rss", []string{"World", "City", "Business", "Science", "Culture", "Sport", "Opinion", "Sponsored"}, 1, 1, 1},
		{"ar", 16, 1, "atom", []string{"العالم", "المدينة", "الاقتصاد", "العلوم", "الثقافة", "الرياضة"}, 0, 0, 0},
	} {
		feed := readFeed(t, paper.FeedURL(c.lang))
		if feed.FeedType != c.kind || feed.Language != c.lang {
			t.Errorf("%s: got a %s feed in %q", c.lang, feed.FeedType, feed.Language)
		}
		titles, guids, sections := map[string]int{}, map[string]bool{}, map[string]bool{}
		var undated, old, ahead, recent int
		for _, item := range feed.Items {
			titles[item.Title]++
			guids[item.GUID] = true
			sections[item.Categories[0]] = true
			switch {
			case item.PublishedParsed == nil:
				undated++
			case item.PublishedParsed.After(now):
				ahead++
			case now.Sub(*item.PublishedParsed) > 7*24*time.Hour:
				old++
			case now.Sub(*item.PublishedParsed) <= 20*time.Hour:
				recent++
			}
			if len(item.Authors) != 1 || item.Authors[0].Name == "" || item.Description == "" || strings.Count(item.Content, "<p>") < 3 {
				t.Errorf("%s: by-line, summary or text is missing: %+v", item.Link, item)
			}
			if !strings.HasPrefix(item.Link, server.URL+"/") || !inItsLetters(item.Title, c.lang) {
				t.Errorf("%q at %s", item.Title, item.Link)
			}
		}
		if len(titles) < c.stories || len(feed.Items)-len(titles) != c.twins || len(guids) != len(feed.Items) {
			t.Errorf("%s: %d stories in %d items with %d GUIDs, want %d stories or more and %d twins",
				c.lang, len(titles), len(feed.Items), len(guids), c.stories, c.twins)
		}
		if undated != c.undated || old != c.old || ahead != c.to || recent != len(feed.Items)-undated-old-ahead {
			t.Errorf("%s: %d without date, %d old, %d ahead, %d of the last 20 hours", c.lang, undated, old, ahead, recent)
		}
		for _, want := range c.sections {
			if !sections[want] {
				t.Errorf("%s: no story in %s", c.lang, want)
			}
		}
	}
}

// inItsLetters says that a title is in the letters of its language.
func inItsLetters(title, lang string) bool {
	return strings.ContainsFunc(title, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) == (lang == "ar")
}

func TestEveryPictureIsAJPEGOfTheStatedSize(t *testing.T) {
	paper, _, _ := newsstand(t)
	seen := map[string]bool{}
	for _, lang := range []string{"en", "ar"} {
		for _, item := range readFeed(t, paper.FeedURL(lang)).Items {
			media := item.Extensions["media"]["content"][0]
			if media.Attrs["width"] != "1200" || media.Attrs["height"] != "675" || media.Attrs["type"] != "image/jpeg" {
				t.Fatalf("%s: %v", item.Link, media.Attrs)
			}
			if alt := media.Children["description"]; len(alt) != 1 || alt[0].Value == "" {
				t.Errorf("%s: the picture has no description", item.Link)
			}
			seen[media.Attrs["url"]] = true
		}
	}
	if len(seen) < 44 {
		t.Errorf("%d pictures for 44 stories or more", len(seen))
	}
	for url := range seen {
		body, header := get(t, url)
		size, err := jpeg.DecodeConfig(bytes.NewReader(body))
		if err != nil || size.Width != 1200 || size.Height != 675 || header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s: %dx%d %s, %v", url, size.Width, size.Height, header.Get("Content-Type"), err)
		}
		if len(body) > 200_000 { // H5
			t.Errorf("%s has %d bytes", url, len(body))
		}
	}
}

func TestEverySceneIsDrawnAlikeTwiceAndUsed(t *testing.T) {
	used := map[string]bool{}
	for _, lang := range []string{"en", "ar"} {
		stories, err := readStories(lang, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stories {
			used[s.Scene] = true
			if scenes()[s.Scene] == nil {
				t.Errorf("%s asks for the scene %q", s.Slug, s.Scene)
			}
			if _, ok := palettes()[s.Palette]; !ok {
				t.Errorf("%s asks for the palette %q", s.Slug, s.Palette)
			}
		}
	}
	for name := range scenes() {
		if !used[name] {
			t.Errorf("no story shows %q", name)
		}
		first, err := drawPicture("seed", name, "")
		if err != nil {
			t.Fatal(err)
		}
		again, _ := drawPicture("seed", name, "")
		if !bytes.Equal(first, again) {
			t.Errorf("%s: two drawings of one seed differ", name)
		}
		if other, _ := drawPicture("other", name, ""); bytes.Equal(first, other) {
			t.Errorf("%s: another seed gives the same picture", name)
		}
	}
}

func TestStoryPageSaysWhatReadersProgramsLookFor(t *testing.T) {
	paper, _, now := newsstand(t)
	for _, lang := range []string{"en", "ar"} {
		item := readFeed(t, paper.FeedURL(lang)).Items[0]
		body, _ := get(t, item.Link)
		page, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		meta := func(property string) string {
			return page.Find(`meta[property="`+property+`"]`).AttrOr("content", "")
		}
		var facts struct {
			Type      string `json:"@type"`
			Headline  string
			Published time.Time `json:"datePublished"`
			Image     []string
		}
		if err := json.Unmarshal([]byte(page.Find(`script[type="application/ld+json"]`).Text()), &facts); err != nil {
			t.Fatalf("%s: JSON-LD: %v", item.Link, err)
		}
		got := []string{page.Find("h1").Text(), meta("og:title"), facts.Headline}
		if slices.ContainsFunc(got, func(s string) bool { return s != item.Title }) || facts.Type != "NewsArticle" {
			t.Errorf("%s: titles %q, type %q", item.Link, got, facts.Type)
		}
		if !facts.Published.Equal(*item.PublishedParsed) || facts.Published.After(now) {
			t.Errorf("%s: published %v, feed says %v", item.Link, facts.Published, item.PublishedParsed)
		}
		if page.Find("time[datetime]").Length() < 2 || page.Find("html").AttrOr("lang", "") != lang {
			t.Errorf("%s: no time, or lang %q", item.Link, page.Find("html").AttrOr("lang", ""))
		}
		if picture := page.Find("figure img").AttrOr("src", ""); picture != meta("og:image") || picture != facts.Image[0] {
			t.Errorf("%s: pictures %q, %q, %q", item.Link, picture, meta("og:image"), facts.Image)
		}
		if n := page.Find("article > p:not([class])").Length(); n < 3 || n > 5 {
			t.Errorf("%s has %d paragraphs", item.Link, n)
		}
	}
}

func TestEveryLinkOfTheFrontPagesAnswers(t *testing.T) {
	paper, server, _ := newsstand(t)
	for _, home := range []string{"/", "/ar/"} {
		body, _ := get(t, server.URL+home)
		page, _ := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if page.Find(`link[rel=alternate][type$="xml"]`).Length() != 1 {
			t.Errorf("%s does not point to its feed", home)
		}
		links := map[string]bool{}
		page.Find("a, link").Each(func(_ int, s *goquery.Selection) {
			href := s.AttrOr("href", "")
			links[server.URL+strings.TrimPrefix(href, server.URL)] = true
		})
		if len(links) < 16 {
			t.Errorf("%s has %d links", home, len(links))
		}
		for link := range links {
			get(t, link)
		}
	}
	for _, path := range []string{strings.TrimPrefix(paper.LogoURL(), server.URL), "/paper.css"} {
		get(t, server.URL+path)
	}
	res, err := http.Get(server.URL + "/story/no-such-story")
	if err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("a story that does not exist: %v, %v", res.Status, err)
	}
}

func TestFeedThatDidNotChangeIsNotSentAgain(t *testing.T) {
	paper, _, _ := newsstand(t)
	_, header := get(t, paper.FeedURL("en"))
	req, _ := http.NewRequest("GET", paper.FeedURL("en"), nil)
	req.Header.Set("If-None-Match", header.Get("ETag"))
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusNotModified {
		t.Errorf("%v, %v", res.Status, err)
	}
}

func TestStoryFilesWithFaultsAreRefused(t *testing.T) {
	for _, block := range []string{"slug: a\ntitle without colon\n\nText", "slug: a\nage: soon\n\nText", "slug: a\ncolour: red\n\nText"} {
		if s, err := parseStory(block); err == nil {
			t.Errorf("%q gave %+v", block, s)
		}
	}
	if err := twin([]*story{{Slug: "a", Same: "b"}}); err == nil {
		t.Error("a twin of nothing was taken")
	}
}
