package site

import (
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

func TestFeedOfIssuesIsValidAtom(t *testing.T) {
	h := open(t)
	for _, c := range []struct{ query, lang, newest string }{
		{"", "en", "Rain at last, and nowhere for it to go"}, {"?lang=ar-SA", "ar", "مطر أخيرًا، ولا مكان يذهب إليه"}, {"?lang=fi", "en", "Rain at last, and nowhere for it to go"},
	} {
		// What a browser prefers does not count: a cache answers all programs alike.
		a := h.get(t, h.URL+"/issues/daily/feed.atom"+c.query, "Accept-Language", "ar")
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/atom+xml; charset=utf-8" || a.Header.Get("Vary") != "" {
			t.Fatalf("%d %v", a.StatusCode, a.Header)
		}
		var feed atomFeed
		ok(t, xml.Unmarshal([]byte(a.text), &feed))
		if feed.Language != c.lang || feed.Author != "The Evening Wire" || len(feed.Entries) != 3 || feed.Entries[0].Title != c.newest {
			t.Fatalf("%+v", feed)
		}
		if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil || feed.Updated != feed.Entries[0].Updated {
			t.Errorf("updated %q: %v", feed.Updated, err)
		}
		ids := map[string]bool{feed.ID: true}
		for _, e := range feed.Entries {
			published, err := time.Parse(time.RFC3339, e.Published)
			if err != nil || published.Before(then) || ids[e.ID] || e.Summary == "" {
				t.Errorf("%+v, %v", e, err)
			}
			ids[e.ID] = true
			if e.Link.Rel != "alternate" || e.Link.Language != c.lang || h.get(t, e.Link.Href).StatusCode != 200 {
				t.Errorf("link %+v", e.Link)
			}
		}
		self := slices.IndexFunc(feed.Links, func(l atomLink) bool { return l.Rel == "self" })
		if self < 0 || h.get(t, feed.Links[self].Href).text != a.text {
			t.Errorf("links %+v", feed.Links)
		}
	}
	if a := h.get(t, h.URL+"/issues/weekend/feed.atom"); a.StatusCode != 200 || strings.Contains(a.text, "<entry>") || !strings.Contains(a.text, "<updated>") {
		t.Errorf("one without issues: %d\n%s", a.StatusCode, a.text)
	}
	if a := h.get(t, h.URL+"/issues/nothing/feed.atom"); a.StatusCode != 404 {
		t.Errorf("no edition: %d", a.StatusCode)
	}
	if a := h.get(t, h.URL+"/issues/daily", "Accept-Language", "ar"); !strings.Contains(a.text, `type="application/atom+xml" title="Evening Briefing · The Evening Wire" href="/issues/daily/feed.atom?lang=ar"`) {
		t.Errorf("the archive does not name its feed:\n%s", a.text)
	}
}

func TestSearchEnginesFindWhatIsPublicOnly(t *testing.T) {
	h := open(t)
	daily, err := h.digest.Edition(t.Context(), "daily")
	ok(t, err)
	robots := h.get(t, h.URL+"/robots.txt").text
	if !strings.Contains(robots, "Disallow: /p/\n") || !strings.Contains(robots, "\nSitemap: "+h.URL+"/sitemap.xml\n") {
		t.Errorf("robots.txt is\n%s", robots)
	}
	addresses := h.sitemap(t)
	if len(addresses) != 3+2+6 {
		t.Errorf("the sitemap has %q", addresses)
	}
	for _, address := range addresses {
		a := h.get(t, address)
		if a.StatusCode != 200 || a.Header.Get("X-Robots-Tag") != "" || strings.Contains(a.text, `content="noindex"`) {
			t.Errorf("%s: %d %v", address, a.StatusCode, a.Header)
		}
		if canonical := `<link rel="canonical" href="` + address + `">`; !strings.Contains(a.text, canonical) {
			t.Errorf("%s is not its own canonical address", address)
		}
	}

	daily.Rules.Private = true
	_, err = h.digest.PutEdition(t.Context(), daily, then)
	ok(t, err)
	if left := h.sitemap(t); slices.ContainsFunc(left, func(a string) bool { return strings.Contains(a, "daily") }) || len(left) != 4 {
		t.Errorf("with a private edition: %q", left)
	}
	if a := h.get(t, h.URL+"/"); strings.Contains(a.text, "Evening Briefing") {
		t.Error("the front page has the private edition")
	}
	for _, path := range []string{"/issues/daily", "/issues/daily/3/en", "/issues/daily/feed.atom"} {
		a := h.get(t, h.URL+path)
		if a.StatusCode != 200 || a.Header.Get("X-Robots-Tag") != "noindex, nofollow" || strings.Contains(a.text, "/subscribe?") {
			t.Errorf("%s: %d %v", path, a.StatusCode, a.Header)
		}
		if !strings.HasSuffix(path, ".atom") && !strings.Contains(a.text, `<meta name="robots" content="noindex">`) {
			t.Errorf("%s does not say noindex", path)
		}
	}
}

func (h *house) sitemap(t *testing.T) (addresses []string) {
	t.Helper()
	a := h.get(t, h.URL+"/sitemap.xml")
	var all sitemap
	ok(t, xml.Unmarshal([]byte(a.text), &all))
	for _, p := range all.Pages {
		addresses = append(addresses, p.Address)
	}
	return addresses
}

// W17: no link of a reader's, and no token, is on anything that is for everybody.
func TestNothingPublicHasATokenOrACookie(t *testing.T) {
	h := open(t)
	reader := h.join(t, "mona@example.org", "", "daily")
	for _, address := range append(h.sitemap(t), h.URL+"/", h.URL+"/issues/daily/feed.atom", h.URL+"/sitemap.xml", h.URL+"/robots.txt") {
		a := h.get(t, address)
		for _, token := range []string{h.keys.Token(subscribers.Unsubscribe, reader.Subscriptions[0].ID), h.keys.Token(subscribers.Preferences, reader.ID), "__"} {
			if strings.Contains(a.text, token) {
				t.Errorf("%s has %s in it", address, token)
			}
		}
		u, err := url.Parse(address)
		ok(t, err)
		if len(a.Header["Set-Cookie"]) > 0 || strings.Contains(a.text, `href="/u/`) && u.Path != "/robots.txt" {
			t.Errorf("%s sets a cookie or links to a reader's page", address)
		}
	}
}

func TestSharedPagesSayWhatTheyAre(t *testing.T) {
	h := open(t)
	for path, wants := range map[string][]string{
		"/issues/daily?lang=ar": {`property="og:locale" content="ar_EG"`, `property="og:url" content="` + h.URL + `/issues/daily"`, `name="description"`},
		"/issues/daily/3/ar":    {`property="og:locale" content="ar_EG"`, `property="og:locale:alternate" content="en_US"`, `href="/subscribe?edition=daily"`},
	} {
		a := h.get(t, h.URL+path)
		for _, want := range wants {
			if !strings.Contains(a.text, want) {
				t.Errorf("%s lacks %s:\n%s", path, want, a.text)
			}
		}
	}
}
