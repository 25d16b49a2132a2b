package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/message"
)

var countedLink = regexp.MustCompile(`http://[0-9.:]+/to/\d+/\d+/[0-9a-z]{6}`)

// Five readers open a story from their mail, a filter opens all links of another, and a
// reader who wants no counting has plain links.
func TestWhatReadersOpenIsCounted(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 7)
	h.run(0, "editions", "set", "daily", "--clicks")
	h.sql(`UPDATE subscriber SET uncounted = 1 WHERE email = '` + reader(7) + `'`)
	h.aDayEarlier()
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	h.relay.wait(t, 7)
	eventually(t, func() bool { return h.status().State == "finished" })

	links := func(n int) []string {
		mail := strings.ReplaceAll(string(h.relay.to(reader(n))[0].data), "=\r\n", "")
		return countedLink.FindAllString(mail, -1)
	}
	if n := len(links(7)); n != 0 {
		t.Errorf("the reader who wants no counting has %d counted links", n)
	}
	following := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	follow := func(link, agent string) string {
		req, err := http.NewRequest(http.MethodGet, link, nil)
		ok(t, err)
		req.Header.Set("User-Agent", agent)
		res, err := following.Do(req)
		ok(t, err)
		body(t, res)
		return res.Header.Get("Location")
	}
	// The mails are a minute old; a stamp that is younger would be that of a filter.
	aged := regexp.MustCompile(`[0-9a-z]{6}$`)
	for n := 1; n <= 5; n++ {
		link := aged.ReplaceAllString(links(n)[0], message.StampOf(time.Now().Add(-time.Minute)))
		if to := follow(link, fmt.Sprintf("Mozilla/5.0 (phone %d)", n)); !strings.HasPrefix(to, h.paper.URL+"/") {
			t.Fatalf("%s leads to %q", link, to)
		}
	}
	seen := map[string]bool{}
	for _, link := range links(6) {
		if !seen[link] {
			follow(link, "Mozilla/5.0 (a filter)")
		}
		seen[link] = true
	}
	if len(seen) < 3 {
		t.Fatalf("a mail has the counted links %v", links(6))
	}
	var told []storyClicks
	eventually(t, func() bool {
		said, _ := h.run(0, "issues", "clicks", "1", "--json")
		told = nil
		ok(t, json.Unmarshal([]byte(said), &told))
		return len(told) == len(seen)-1 // of the links one is seen by no person
	})
	for i, c := range told {
		people := int64(0)
		if i == 0 {
			people = 5
		}
		if c.People == nil || *c.People != people || c.Machines != 1 || c.Unsure == nil || *c.Unsure != 0 || c.Title == "" {
			t.Errorf("%+v", c)
		}
	}
	said, _ := h.run(0, "issues", "clicks", "1")
	contains(t, said, "PEOPLE +UNSURE +MACHINES", "5 +0 +1 +1 +Article", "Half of all openings came within 5 minutes of sending")
}
