package compose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
)

// counted is an issue of an edition that counts clicks.
func counted(t *testing.T) (c *compose.Composer, e digest.Edition, i digest.Issue) {
	t.Helper()
	e = edition("en", "ar")
	i = issue(t, e, english(1), arabic(2), english(3), arabic(4))
	i.Counted = true
	return newComposer(t), e, i
}

// stamp is that of the copies that deliver makes.
var stamp = message.StampOf(slot)

// A letter whose links are counted leads to stories by way of ours; what the site and the
// desk show of it, its text for readers who want no counting, and tests do not.
func TestLinksAreCountedInMailsOnly(t *testing.T) {
	c, e, issue := counted(t)
	letters, err := c.Compose(e, issue)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		d := deliver(t, l)
		html, text := d.html, d.text
		for _, s := range issue.Stories {
			link := fmt.Sprintf("%s/to/%d/%d/%s", c.BaseURL, issue.ID, s.ID, stamp)
			if s.In && s.Language == l.Language && (!strings.Contains(html, link) || !strings.Contains(text, link)) {
				t.Errorf("%s: %s is not counted by %s", l.Language, s.URL, link)
			}
			if strings.Contains(html, `href="`+s.URL) {
				t.Errorf("%s: the letter links to %s itself", l.Language, s.URL)
			}
		}
		canary := document(t, html).Find(fmt.Sprintf(`a[href="%s/to/%d/0/%s"]`, c.BaseURL, issue.ID, stamp))
		if canary.Length() != 1 || canary.Text() != "" || canary.AttrOr("aria-hidden", "") != "true" || canary.AttrOr("tabindex", "") != "-1" {
			t.Errorf("%s: the link that no person sees is not there once, and empty", l.Language)
		}
		if strings.Contains(text, fmt.Sprintf("/to/%d/0/", issue.ID)) {
			t.Errorf("%s: the link that no person sees can be seen in the text", l.Language)
		}
		for _, shown := range []string{string(l.HTML), string(l.Whole), string(l.Text)} {
			if strings.Contains(shown, compose.CountedPath) || strings.Contains(shown, message.Stamp) {
				t.Errorf("%s: what is shown of it has counted links", l.Language)
			}
		}
	}
	plain, err := c.ComposeFor(e, []digest.Issue{issue}, compose.Choice{Language: "en", Uncounted: true})
	if err != nil {
		t.Fatal(err)
	}
	tests, err := c.ComposeTest(e, issue)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]*message.Message{"of a reader who wants none": plain, "of a test": tests[0].Message} {
		if d := deliver(t, compose.Letter{Message: m}); strings.Contains(d.html+d.text, compose.CountedPath) {
			t.Errorf("the letter %s has counted links", name)
		}
	}
	issue.Counted = false
	if letters, err = c.Compose(e, issue); err != nil {
		t.Fatal(err)
	}
	if d := deliver(t, letters[0]); strings.Contains(d.html+d.text, compose.CountedPath) {
		t.Error("an edition that counts nothing has counted links")
	}
}

// A story of an earlier issue counts for that one, also in a letter that brings several.
func TestStoryCountsForItsOwnIssue(t *testing.T) {
	c, e, issue := counted(t)
	earlier := issue
	earlier.ID, earlier.Number = issue.ID-1, issue.Number-1
	earlier.Stories = nil
	for i, s := range issue.Stories {
		s.ID, s.URL = s.ID+100, fmt.Sprintf("https://paper.example/earlier/%d", i)
		earlier.Stories = append(earlier.Stories, s)
	}
	m, err := c.ComposeFor(e, []digest.Issue{issue, earlier}, compose.Choice{Language: "en", Text: true})
	if err != nil {
		t.Fatal(err)
	}
	text := deliver(t, compose.Letter{Message: m}).text
	for _, i := range []digest.Issue{issue, earlier} {
		for _, s := range i.Stories {
			if link := fmt.Sprintf("/to/%d/%d/", i.ID, s.ID); s.In && s.Language == "en" && !strings.Contains(text, link) {
				t.Errorf("no link %s", link)
			}
		}
	}
}

// A source that writes our placeholder into its own words gets no stamp there.
func TestStampOfASourceIsNone(t *testing.T) {
	c, e, issue := counted(t)
	for i := range issue.Stories {
		issue.Stories[i].Title += " __STAMP__"
		issue.Stories[i].URL += "?x=__STAMP__"
		issue.Stories[i].Summary += " __STA<b></b>MP__"
	}
	letters, err := c.Compose(e, issue)
	if err != nil {
		t.Fatal(err)
	}
	d := deliver(t, letters[0])
	html, text := d.html, d.text
	if strings.Contains(strings.ReplaceAll(html+text, "/"+stamp, ""), stamp) {
		t.Error("the stamp stands in a source's words")
	}
}

func TestTargetIsWhatThePlainLetterLinksTo(t *testing.T) {
	_, e, issue := counted(t)
	s := issue.Stories[0]
	if got := compose.Target(e, issue.Number, s); got != s.URL {
		t.Errorf("%q", got)
	}
	e.Rules.Look.Campaign = true
	if got := compose.Target(e, issue.Number, s); !strings.HasPrefix(got, s.URL) || !strings.Contains(got, fmt.Sprintf("utm_campaign=%s-%d", e.Slug, issue.Number)) {
		t.Errorf("%q", got)
	}
}
