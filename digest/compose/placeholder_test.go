package compose_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
)

// A source must not be able to write a place where a reader's token is put: into its
// text, into a picture's address that its server logs, or into a link that leaves for the
// reader who only wants to read.
func TestPlaceholdersOfASourceStayText(t *testing.T) {
	c := newComposer(t)
	honest := deliver(t, composed(t, c, edition("en"), english(1), english(2))[0])
	for _, p := range []string{compose.Unsubscribe, compose.Preferences, "__" + compose.Unsubscribe + "__", compose.Unsubscribe + compose.Preferences} {
		half := len(p) / 2
		for name, change := range map[string]func(*digest.Article){
			"title":     func(a *digest.Article) { a.Title = "All about " + p },
			"author":    func(a *digest.Article) { a.Author = p },
			"section":   func(a *digest.Article) { a.Section = p },
			"link":      func(a *digest.Article) { a.URL = "https://paper.example/" + p },
			"our link":  func(a *digest.Article) { a.URL = base + "/u/" + p },
			"picture":   func(a *digest.Article) { a.Image.URL = "https://spy.example/" + p + ".gif" },
			"alt":       func(a *digest.Article) { a.Image.Alt = p },
			"summary":   func(a *digest.Article) { a.Summary = "Read " + p + " now" },
			"entities":  func(a *digest.Article) { a.Summary = strings.ReplaceAll(p, "_", "&#95;") },
			"in pieces": func(a *digest.Article) { a.Summary = p[:half] + "<b>" + p[half:] + "</b>" },
			"stripped":  func(a *digest.Article) { a.Summary = p[:half] + "<span>" + p[half:] + "</span>" },
			"comment":   func(a *digest.Article) { a.Summary = p[:half] + "<!-- -->" + p[half:] },
		} {
			t.Run(name, func(t *testing.T) {
				bad := english(1)
				change(&bad)
				l := composed(t, c, edition("en"), bad, english(2))[0]
				d := deliver(t, l)
				for _, token := range []string{unsubscribe, preferences} {
					for part, counts := range map[string][2]int{
						"text":   {strings.Count(d.text, token), strings.Count(honest.text, token)},
						"HTML":   {strings.Count(d.html, token), strings.Count(honest.html, token)},
						"header": {bytes.Count(header(d.data), []byte(token)), bytes.Count(header(honest.data), []byte(token))},
					} {
						if counts[0] != counts[1] {
							t.Errorf("%s of %q: the token stands %d times in the %s, not %d", name, p, counts[0], part, counts[1])
						}
					}
				}
				if web := string(l.Whole); strings.Count(web, p) > 1 && p == compose.Unsubscribe {
					t.Errorf("%s: the web version has the placeholder %d times", name, strings.Count(web, p))
				}
			})
		}
	}
	// What the reader sees of it is still what was meant.
	bad := english(1)
	bad.Title, bad.URL = "How to write __UNSUBSCRIBE__ links", "https://paper.example/__UNSUBSCRIBE__"
	d := deliver(t, composed(t, c, edition("en"), bad)[0])
	if !strings.Contains(d.text, "How to write UNSUBSCRIBE links") || !strings.Contains(d.text, "https://paper.example/%5F_UNSUBSCRIBE_%5F\n") {
		t.Error(d.text)
	}
}

func header(data []byte) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	return head
}
