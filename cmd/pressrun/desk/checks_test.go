package desk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/templates"
)

// states are the words of checks with how each ended: "good spf".
func states(checks []templates.DeskCheck) (all []string) {
	for _, c := range checks {
		all = append(all, c.State+" "+strings.TrimPrefix(c.What.Word, "proof."))
	}
	slices.Sort(all)
	return all
}

func TestRecordsOfTheSendersDomain(t *testing.T) {
	h := newsroom(t)
	for _, c := range []struct {
		name    string
		records map[string][]string
		dkim    []string
		want    string
	}{
		{"all there", map[string][]string{
			"wire.example": {"google-site-verification=1", "v=spf1 include:relay.example -all"}, "s1._domainkey.wire.example": {"v=DKIM1; k=rsa; p=MIGf"},
			"_dmarc.wire.example": {"v=DMARC1; p=none"},
		}, []string{"s1._domainkey.wire.example"}, "good dkim, good dmarc, good spf"},
		{"none there", nil, []string{"s1._domainkey.wire.example"}, "bad nodkim, bad nodmarc, bad nospf"},
		{"a key that was withdrawn, and two SPF", map[string][]string{
			"wire.example": {"v=spf1 -all", "V=SPF1 +all"}, "s1._domainkey.wire.example": {"v=DKIM1; p="},
		}, []string{"s1._domainkey.wire.example"}, "bad manyspf, bad nodkim, bad nodmarc"},
		{"the relay signs", map[string][]string{"wire.example": {"v=spf1 -all"}, "_dmarc.wire.example": {"v=DMARC1; p=reject"}}, nil, "good dkim.relay, good dmarc, good spf"},
		{"no answer", map[string][]string{"wire.example": {"!"}, "_dmarc.wire.example": {"!"}}, nil, "good dkim.relay, warn dns, warn dns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.desk.Outside.DKIM = c.dkim
			h.desk.Outside.TXT = func(_ context.Context, name string) ([]string, error) {
				found, is := c.records[name]
				switch {
				case !is:
					return nil, &net.DNSError{Name: name, IsNotFound: true}
				case found[0] == "!":
					return nil, &net.DNSError{Name: name, IsTimeout: true}
				}
				return found, nil
			}
			var p proof
			h.desk.checkRecords(t.Context(), &p)
			if got := strings.Join(states(p), ", "); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPolicyOfTheDomainAbove(t *testing.T) {
	h := newsroom(t)
	h.desk.Publisher.Composer.From.Address = "news@letters.wire.example"
	var asked []string
	h.desk.Outside.TXT = func(_ context.Context, name string) ([]string, error) {
		asked = append(asked, name)
		if name == "_dmarc.wire.example" {
			return []string{"v=DMARC1; p=none"}, nil
		}
		return nil, nil
	}
	var p proof
	h.desk.checkDMARC(t.Context(), &p, "letters.wire.example")
	if got := strings.Join(states(p), ", "); got != "good dmarc" || len(asked) != 2 {
		t.Errorf("%s after %v", got, asked)
	}
}

// In Arabic a name that begins with an underscore is set apart whole; else the underscore
// goes to its other end.
func TestNameOfAMissingRecordIsWholeInBothDirections(t *testing.T) {
	h := newsroom(t)
	h.desk.Outside.TXT = func(context.Context, string) ([]string, error) { return nil, nil }
	c := h.as(t, staff.Viewer)
	for _, lang := range []string{"en", "ar"} {
		u, err := url.Parse(h.URL + "/desk")
		ok(t, err)
		c.Jar.SetCookies(u, []*http.Cookie{{Name: languageCookie, Value: lang, Path: "/desk"}})
		if _, page := c.get(t, "/desk/checks/daily"); !strings.Contains(page, "<bdi>_dmarc.wire.example</bdi>") {
			t.Errorf("in %s the record's name is not set apart whole", lang)
		}
	}
}

func TestLettersAreCheckedBeforeTheyGo(t *testing.T) {
	letter := func(subject, html, text, trims string) compose.Letter {
		l := compose.Letter{Trims: trims}
		l.Language, l.Subject, l.HTML, l.Text = "en", subject, []byte(html), []byte(text)
		return l
	}
	full := "x " + compose.Unsubscribe
	picture := digest.Story{Article: digest.Article{URL: "https://a.example", Image: digest.Image{URL: "https://a.example/p.jpg", Alt: "A ferry"}}}
	bare := picture
	bare.Image.Alt, bare.URL = " ", ""
	for _, c := range []struct {
		name    string
		letter  compose.Letter
		address string
		stories []digest.Story
		want    string
	}{
		{"well", letter("News", full, full, ""), "1 Harbour Road", []digest.Story{picture}, "good footer, good link, good pictures, good size, good subject"},
		{"no way out", letter("Yesterday's", "x", full, "an excerpt"), "1 Harbour Road", nil, "bad nounsubscribe, bad samesubject, good link, warn nopictures, warn trimmed"},
		{"not in the text either", letter(strings.Repeat("x", 91), full, "x", ""), "1 Harbour Road", []digest.Story{bare}, "bad nolink, bad nounsubscribe, good size, warn longsubject, warn noalt"},
		{"cut off, nobody's", letter(" ", strings.Repeat("x", clipAt)+full, full, ""), " ", []digest.Story{picture}, "bad clipped, bad noaddress, bad nosubject, good link, good pictures"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p proof
			p.sizes([]compose.Letter{c.letter})
			p.subjects([]compose.Letter{c.letter}, map[string]string{"en": "Yesterday's"})
			p.footers([]compose.Letter{c.letter}, c.address)
			p.stories(c.stories, digest.Plan{})
			if got := strings.Join(states(p), ", "); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestLinksAndRelaysAreAsked(t *testing.T) {
	h := newsroom(t)
	paper := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/gone":
			http.NotFound(w, r)
		case r.URL.Path == "/nohead" && r.Method == http.MethodHead:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case r.URL.Path == "/closed": // to programs
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/story":
			fmt.Fprint(w, `<html lang="en"><head><title>Late night at the lock</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"Late night at the lock","datePublished":"2026-11-23T10:00:00Z"}</script></head><body><h1>Late night at the lock</h1></body></html>`)
		}
	}))
	defer paper.Close()
	h.desk.Publisher.Fetcher = &feed.Fetcher{UserAgent: "Pressrun/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	at := func(path string) digest.Story {
		return digest.Story{Article: digest.Article{Title: path, URL: paper.URL + path}}
	}
	var p proof
	h.desk.checkLinks(t.Context(), &p, []digest.Story{at("/"), at("/nohead"), at("/closed")})
	h.desk.checkLinks(t.Context(), &p, []digest.Story{at("/"), at("/gone")})
	h.desk.Outside.Relays = func(context.Context) []RelayState {
		return []RelayState{{Name: "main"}, {Name: "spare", Err: errors.New("connection refused")}}
	}
	h.desk.checkRelays(t.Context(), &p)
	if got := strings.Join(states(p), ", "); got != "bad deadlinks, bad norelay, good links, good relay" {
		t.Error(got)
	}

	// A story is put in by its address.
	c := h.as(t, staff.Writer)
	page := c.change(t, "add", "url", paper.URL+"/story")
	if in, _ := titles(page); !slices.Contains(in, "Late night at the lock") {
		t.Errorf("in are %v", in)
	}
	_, page = c.get(t, "/desk/issue/daily")
	status, page := c.post(t, "/desk/issue/daily/add", "version", version(t, page), "url", paper.URL+"/gone")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a page that is gone: %d", status)
	}
	has(t, page, `value="`+paper.URL+`/gone"`, "404")
	_, page = c.get(t, "/desk/checks/daily")
	has(t, page, "The relay main answers", "connection refused", "Links that do not answer")

	// Programs are told the same.
	for outside, want := range map[bool]bool{false: false, true: true} {
		told, err := h.desk.Check(t.Context(), "daily", outside)
		if err != nil {
			t.Fatal(err)
		}
		refused := slices.ContainsFunc(told, func(c Checked) bool {
			return c == Checked{"bad", "norelay", "The relay spare does not take mail.", "What is sent now waits until it does. See the relay's settings, or ask its operator.", "connection refused"}
		})
		sized := slices.ContainsFunc(told, func(c Checked) bool { return c.Code == "size" && c.State == "good" && c.Do == "" })
		if refused != want || !sized {
			t.Errorf("outside %v: %+v", outside, told)
		}
	}
}
