package compose_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
)

func TestOneLetterForEachLanguageThatHasStories(t *testing.T) {
	c := newComposer(t)
	e := edition("en", "ar", "fr")
	gb, none := english(3), english(4)
	gb.Language, none.Language = "en-GB", ""
	letters := composed(t, c, e, english(1), arabic(2), gb, none, arabic(5))
	if len(letters) != 2 {
		t.Fatalf("%d letters", len(letters))
	}
	for i, want := range []struct {
		language, dir string
		stories       int
		lead          digest.Article
	}{{"en", "ltr", 3, english(1)}, {"ar", "rtl", 2, arabic(2)}} {
		l := letters[i]
		if l.Language != want.language || l.IssueID != 7 || l.Stories != want.stories || l.Subject != want.lead.Title || l.Trims != "" {
			t.Errorf("letter %d: %q, %d stories, %q, trims %q", i, l.Language, l.Stories, l.Subject, l.Trims)
		}
		doc := document(t, string(l.HTML))
		if root := doc.Find("html"); root.AttrOr("lang", "") != want.language || root.AttrOr("dir", "") != want.dir {
			t.Errorf("%s: lang %q, dir %q", want.language, root.AttrOr("lang", ""), root.AttrOr("dir", ""))
		}
		if n := doc.Find("h2").Length(); n != want.stories {
			t.Errorf("%s: %d headlines", want.language, n)
		}
		if got := doc.Find("h2").First().Text(); got != want.lead.Title {
			t.Errorf("%s: leads with %q", want.language, got)
		}
		if doc.Find("title").Text() != l.Subject {
			t.Error("title is not the subject (H7)")
		}
		if web := base + "/issues/daily/12/" + want.language; !strings.Contains(string(l.Text), web+"\n") {
			t.Errorf("%s: no link to %s", want.language, web)
		}
	}
	if _, err := c.Compose(e, digest.Issue{Stories: []digest.Story{{Article: english(1)}}}); err == nil || !strings.Contains(err.Error(), "no stories") {
		t.Errorf("an issue with nothing in it: %v", err)
	}
}

func TestMixedEditionHasEachStoryInItsOwnDirection(t *testing.T) {
	e := edition("en", "ar")
	e.Rules.Mixed = true
	letters := composed(t, newComposer(t), e, english(1), arabic(2), english(3))
	if len(letters) != 1 || letters[0].Language != "en" || letters[0].Stories != 3 {
		t.Fatalf("%d letters", len(letters))
	}
	doc := document(t, string(letters[0].HTML))
	found := false
	doc.Find("h2").Each(func(_ int, h *goquery.Selection) {
		if h.Text() == arabic(2).Title {
			found = true
			if h.Closest("[lang=ar]").Closest("[dir=rtl]").Length() == 0 {
				t.Error("the Arabic story has no lang and dir of its own (H6)")
			}
		}
	})
	if !found {
		t.Error("the Arabic story is not there")
	}
}

func TestBothPartsHaveTheSameLinksInTheSameOrder(t *testing.T) { // F9
	c := newComposer(t)
	mixed := edition("en", "ar")
	mixed.Rules.Mixed = true
	for name, letters := range map[string][]compose.Letter{
		"one story": composed(t, c, edition("en"), english(1)),
		"English":   composed(t, c, edition("en"), many(25, english)...),
		"Arabic":    composed(t, c, edition("ar"), many(25, arabic)...),
		"mixed":     composed(t, c, mixed, append(many(9, english), many(9, arabic)...)...),
		"trimmed":   composed(t, c, edition("en"), many(50, huge)...),
	} {
		for _, l := range letters {
			inText, inHTML := deliver(t, l).links(t)
			if d := cmp.Diff(inText, inHTML); d != "" {
				t.Errorf("%s: (-text +HTML)\n%s", name, d)
			}
			if len(inText) < 7 {
				t.Errorf("%s: only %d links", name, len(inText))
			}
		}
	}
}

func TestSameIssueGivesTheSameBytes(t *testing.T) {
	c, e := newComposer(t), edition("en", "ar")
	articles := append(many(12, english), many(12, arabic)...)
	first, again := composed(t, c, e, articles...), composed(t, newComposer(t), e, articles...)
	for i := range first {
		if string(deliver(t, first[i]).data) != string(deliver(t, again[i]).data) {
			t.Errorf("%s differs", first[i].Language)
		}
	}
}

func TestHeadersOfAnIssue(t *testing.T) {
	d := deliver(t, composed(t, newComposer(t), edition("en"), english(1))[0])
	want := map[string]string{
		"Date":                     "Mon, 23 Nov 2026 04:00:00 +0000",
		"From":                     "The River Paper <news@paper.example>",
		"To":                       "reader@readers.example",
		"Reply-To":                 "desk@paper.example",
		"Subject":                  english(1).Title,
		"Message-Id":               "<abc@news.paper.example>",
		"Content-Language":         "en",
		"Auto-Submitted":           "auto-generated",
		"Precedence":               "bulk",
		"X-Auto-Response-Suppress": "OOF, AutoReply",
		"List-Id":                  "Morning Letter <daily.news.paper.example>",
		"List-Unsubscribe":         "<" + base + "/u/" + unsubscribe + ">, <mailto:u-" + unsubscribe + "@news.paper.example>",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"List-Help":                "<" + base + "/help>",
		"List-Archive":             "<" + base + "/issues/daily>",
		"Feedback-Id":              "i12:daily:en:riverpaper",
		"Mime-Version":             "1.0",
	}
	got := map[string]string{}
	for name, values := range d.header {
		if len(values) != 1 {
			t.Errorf("%d headers %s (F3)", len(values), name)
		}
		if name != "Content-Type" {
			got[name] = values[0]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFeedbackIDHasNoNameTwiceAndFitsItsLine(t *testing.T) { // F14
	for _, c := range []struct{ slug, sender, want string }{
		{"daily", "riverpaper", "i12:daily:ar:riverpaper"},
		{"ar", "riverpaper", "i12:ar:riverpaper"},
		{"daily", "daily", "i12:ar:daily"},
		{strings.Repeat("x", 40), "riverpaperdaily", "i12:" + strings.Repeat("x", 40) + ":ar:riverpaperdaily"},
		{"i12", "riverpaper", "i12:ar:riverpaper"},
	} {
		e, composer := edition("ar"), newComposer(t)
		e.Slug, composer.FeedbackID = c.slug, c.sender
		if got := deliver(t, composed(t, composer, e, arabic(1))[0]).header.Get("Feedback-Id"); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.slug, c.sender, got, c.want)
		}
	}
	e, composer := edition("zh-Hant-TW"), newComposer(t)
	e.Slug, composer.FeedbackID = strings.Repeat("x", 40), "riverpaperdaily"
	chinese := english(1)
	chinese.Language = "zh"
	if got := deliver(t, composed(t, composer, e, chinese)[0]).header.Get("Feedback-Id"); !strings.HasSuffix(got, "x:riverpaperdaily") {
		t.Errorf("%q", got)
	}
}

func TestTestMailSaysSoInBannerAndHeader(t *testing.T) {
	c := newComposer(t)
	for _, e := range []digest.Edition{edition("en"), edition("ar")} {
		a := map[string]digest.Article{"en": english(1), "ar": arabic(1)}[e.Languages[0]]
		banner := map[string]string{"en": "This is a test.", "ar": "هذه رسالة تجريبية"}[e.Languages[0]]
		tests, err := c.ComposeTest(e, issue(t, e, a))
		if err != nil {
			t.Fatal(err)
		}
		d, real := deliver(t, tests[0]), deliver(t, composed(t, c, e, a)[0])
		if d.header.Get("X-Pressrun-Test") != "yes" || !strings.Contains(d.html, banner) || !strings.Contains(d.text, banner) {
			t.Errorf("%s: the test mail does not say so", e.Languages[0])
		}
		if d.header.Get("Subject") != real.header.Get("Subject") {
			t.Errorf("%s: another subject", e.Languages[0])
		}
		if real.header.Get("X-Pressrun-Test") != "" || strings.Contains(real.html, banner) || strings.Contains(real.text, banner) {
			t.Errorf("%s: an issue for readers calls itself a test", e.Languages[0])
		}
	}
}

// A headline that no mail can have as its subject must not keep the issue from going out.
func TestSubject(t *testing.T) {
	titled := func(n int, title string) digest.Article { a := english(n); a.Title = title; return a }
	for _, c := range []struct {
		name   string
		titles []string
		want   string
	}{
		{"the lead's headline", []string{"Lead", "Second"}, "Lead"},
		{"not an answer", []string{"Re: our letter", "Second"}, "our letter"},
		{"nothing left of it", []string{"Fwd: Re:", "Second"}, "Second"},
		{"of none anything left", []string{"Re:", "Fw:"}, "Morning Letter"},
		{"a line break", []string{"Lead\r\nBcc: all@example.org", "Second"}, "Second"},
		{"at a space", []string{strings.Repeat("all seven towns ", 15) + "agree"}, strings.Repeat("all seven towns ", 7) + "all…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var articles []digest.Article
			for i, title := range c.titles {
				articles = append(articles, titled(i+1, title))
			}
			l := composed(t, newComposer(t), edition("en"), articles...)[0]
			if l.Subject != c.want {
				t.Errorf("%q, want %q", l.Subject, c.want)
			}
			if got := deliver(t, l).header.Get("Bcc"); got != "" {
				t.Errorf("a header was smuggled in: %q", got)
			}
		})
	}
}

func BenchmarkCompose25(b *testing.B) {
	c, e := newComposer(b), edition("en")
	i := issue(b, e, many(25, english)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Compose(e, i); err != nil {
			b.Fatal(err)
		}
	}
}
