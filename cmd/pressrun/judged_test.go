package main

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

var judged = flag.String("judged", "", "folder to write letters, mails and pages into, for programs of others to judge")

// TestWriteJudgedLetters writes every letter that there is: as a mail into mails/, and its
// HTML into letters/.
func TestWriteJudgedLetters(t *testing.T) {
	t.Parallel()
	if *judged == "" {
		t.Skip("no letters are asked for: -args -judged FOLDER")
	}
	mails := judgedIssues(t)
	maps.Copy(mails, judgedNotes(t))
	for name, m := range mails {
		writeJudged(t, filepath.Join("mails", name+".eml"), m)
		_, html := bothParts(t, m)
		writeJudged(t, filepath.Join("letters", name+".html"), []byte(html))
	}
	t.Logf("%d mails", len(mails))
}

func writeJudged(t *testing.T, name string, data []byte) {
	t.Helper()
	file := filepath.Join(*judged, filepath.FromSlash(name))
	ok(t, os.MkdirAll(filepath.Dir(file), 0o755))
	ok(t, os.WriteFile(file, data, 0o644))
}

// TestBothPartsTellTheSameInEveryTheme: the text part has the headlines and links of the
// HTML part in their order, and no others (F9).
func TestBothPartsTellTheSameInEveryTheme(t *testing.T) {
	t.Parallel()
	for name, m := range judgedIssues(t) {
		text, html := bothParts(t, m)
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
		ok(t, err)
		// A story's picture links to it once more, after others on the same event.
		var inHTML, inText []string
		add := func(all []string, link string) []string {
			if slices.Contains(all, link) {
				return all
			}
			return append(all, link)
		}
		doc.Find("a:not([aria-hidden])").Each(func(_ int, a *goquery.Selection) {
			inHTML = add(inHTML, strings.TrimPrefix(a.AttrOr("href", ""), "mailto:"))
		})
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "https://") || line == courier.Email {
				inText = add(inText, line)
			}
		}
		if d := cmp.Diff(inText, inHTML); d != "" || len(inText) < 7 {
			t.Errorf("%s: %d links (-text +HTML)\n%s", name, len(inText), d)
		}
		rest := strings.Join(strings.Fields(text), " ")
		doc.Find("h2").EachWithBreak(func(_ int, h *goquery.Selection) bool {
			headline := strings.Join(strings.Fields(h.Text()), " ")
			_, after, found := strings.Cut(rest, headline)
			if !found {
				t.Errorf("%s: the text does not have the headline %q, or not in its place", name, headline)
			}
			rest = after
			return found
		})
	}
}

var courier = templates.Paper{
	Name: "The Riverbank Courier", Motto: "News from both sides of the water", URL: "https://courier.example/",
	LogoURL: "https://courier.example/logo.png", Accent: "#9b1c1f", Email: "desk@courier.example",
	Address: "The Riverbank Courier\n14 Ferry Lane, Ferrytown FT2 8QP",
}

// courierSlot is when all issues of the Courier are due.
var courierSlot = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func courierComposer(t *testing.T) *compose.Composer {
	t.Helper()
	set, err := templates.Load(nil)
	ok(t, err)
	return &compose.Composer{
		Templates: set, Paper: courier, From: mail.Address{Name: courier.Name, Address: "news@courier.example"},
		ReplyTo: mail.Address{Address: courier.Email}, Domain: "news.courier.example", BaseURL: "https://news.courier.example",
		TokenLen: 40, UnsubscribeMail: "news.courier.example", FeedbackID: "rivercourier",
	}
}

// judgedIssues are issues as a reader gets them: in each theme a small one, a usual one and
// a monstrous one in either language, and one in both.
func judgedIssues(t *testing.T) map[string][]byte {
	t.Helper()
	c, mails := courierComposer(t), map[string][]byte{}
	for _, theme := range c.Templates.Themes() {
		for size, articles := range map[string]map[string][]digest.Article{
			"small":     {"en": {courierStory("en", 1, "")}, "ar": {courierStory("ar", 1, "")}},
			"normal":    {"en": usualIssue("en"), "ar": usualIssue("ar"), "mixed": slices.Concat(usualIssue("en")[:5], usualIssue("ar")[:5])},
			"monstrous": {"en": monstrousIssue("en"), "ar": monstrousIssue("ar")},
			"counted":   {"en": usualIssue("en"), "ar": usualIssue("ar")}, // as the usual one, with links that are counted
		} {
			for language, all := range articles {
				e := digest.Edition{
					Slug: "morning", Name: "Morning Letter", Languages: []string{language}, Schedule: digest.Schedule{Zone: "Asia/Riyadh"},
					Rules: digest.Rules{Apart: true, Look: digest.Look{Theme: theme.Name, Campaign: true}},
				}
				switch language {
				case "ar":
					e.Rules.Look.Hijri, e.Rules.Look.Digits = true, templates.DigitsArab
				case "mixed":
					e.Rules.Mixed, e.Languages = true, []string{"en", "ar"}
				}
				issue := courierIssue(t, e, all)
				issue.Counted = size == "counted"
				letters, err := c.Compose(e, issue)
				ok(t, err)
				mails[fmt.Sprintf("%s-%s-%s", theme.Name, language, size)] = judgedMail(t, letters[0].Message, 2)
			}
		}
	}
	return mails
}

// judgedNotes are the letters to one reader, and to an editor.
func judgedNotes(t *testing.T) map[string][]byte {
	t.Helper()
	c, mails := courierComposer(t), map[string][]byte{}
	for _, language := range []string{"en", "ar"} {
		for _, kind := range []templates.NoteKind{templates.NoteConfirm, templates.NoteRemind, templates.NoteAlready, templates.NoteChange} {
			m, err := c.Note(compose.Note{Kind: kind, Language: language, Editions: []string{"Morning Letter"}})
			ok(t, err)
			mails[fmt.Sprintf("note-%s-%s", language, kind)] = judgedMail(t, m, 1)
		}
		e := digest.Edition{Slug: "morning", Name: "Morning Letter", Languages: []string{language}, Schedule: digest.Schedule{Zone: "Asia/Riyadh"}}
		letters, err := c.Compose(e, courierIssue(t, e, usualIssue(language)))
		ok(t, err)
		for _, n := range []compose.Notice{
			{About: digest.Notice{Kind: digest.NoticeDraft}, Letter: &letters[0], Approve: c.BaseURL + "/desk/approve/1", Hold: c.BaseURL + "/desk/approve/2"},
			{About: digest.Notice{Kind: digest.NoticeSkipped}, Reasons: []string{"2 stories are fewer than the 3 that an issue needs"}},
		} {
			n.Edition, n.About.Slot, n.Open = e, courierSlot, c.BaseURL+"/desk/issue/morning"
			m, err := c.Notice(n)
			ok(t, err)
			mails[fmt.Sprintf("notice-%s-%s", language, n.About.Kind)] = judgedMail(t, m, 0)
		}
	}
	return mails
}

// courierIssue freezes what the rules make of the articles.
func courierIssue(t *testing.T, e digest.Edition, articles []digest.Article) digest.Issue {
	t.Helper()
	var candidates []digest.Candidate
	for _, a := range articles {
		candidates = append(candidates, digest.Candidate{Article: a})
	}
	picked := digest.Select(e, candidates, courierSlot)
	if picked.Skip != "" {
		t.Fatal(picked.Skip)
	}
	// One story is told anew, and one stands for another.
	if n := len(picked.In()); n > 3 {
		picked.Stories[1].Again = true
		picked.Stories[2].Also = []digest.Also{{Title: "Who owned the water, 1911 to today", URL: "https://courier.example/wells"}}
	}
	return digest.Issue{ID: 7, Edition: e.Slug, Number: 128, Slot: courierSlot, Created: courierSlot, State: digest.IssueFrozen, Stories: picked.Stories}
}

// courierStory is article n of the Courier, with its number in the headline.
func courierStory(language string, n int, picture string) digest.Article {
	a := digest.Article{
		ID: int64(n), URL: fmt.Sprintf("https://courier.example/%s/%d?a=1&b=2", language, n), Language: language, Words: 300 * n,
		Title: fmt.Sprintf("%d towns on the river agree on one flood wall & two gates", n), Author: "Ada Fenwick",
		Summary: "Seven councils signed in the small hours. <em>“Nobody got what they wanted,”</em> said the mayor, “which is how I know that it is fair.”",
		Section: []string{"Region", "Travel & Transport", "Notices"}[n%3], Published: courierSlot.Add(-time.Duration(n) * time.Minute), DateFrom: digest.DateFeed,
	}
	if language == "ar" {
		a.ID, a.Author, a.Section = int64(1000+n), "سارة القحطاني", []string{"محليات", "تقنية", "ثقافة"}[n%3]
		a.Title = fmt.Sprintf("الرياض تستضيف القمة رقم %d للمدن الذكية", n)
		a.Summary = "يناقش المشاركون على مدى ثلاثة أيام مستقبل النقل العام، وتعرض شركة <b>OpenAI</b> نموذجًا جديدًا للترجمة الفورية."
	}
	if picture != "" {
		a.Image = digest.Image{URL: fmt.Sprintf("https://pictures.courier.example/%s-%d.jpg", picture, n), Alt: "The river at dawn", Width: 1200, Height: 800}
	}
	return a
}

// usualIssue has stories with pictures and without.
func usualIssue(language string) (all []digest.Article) {
	for n := range 12 {
		all = append(all, courierStory(language, n+1, []string{"river", "", "bakery"}[n%3]))
	}
	all[4].Summary, all[5].Author, all[6].Words = "", "", 0
	return all
}

// monstrousIssue has fifty huge stories, under headlines of 238 characters and more, with
// pictures that are not there.
func monstrousIssue(language string) (all []digest.Article) {
	for n := range 50 {
		a := courierStory(language, n+1, "missing")
		for len([]rune(a.Title)) < 238 {
			a.Title += " and " + a.Title
		}
		a.Title = string([]rune(a.Title)[:238])
		a.Summary = strings.Repeat(a.Summary+" ", 9)
		a.URL += strings.Repeat("&parameter=value", 20)
		a.Image.Alt, a.Author = strings.Repeat("what is on it ", 20), strings.Repeat("Ada Fenwick and ", 6)+"others"
		if n%5 == 4 {
			a.Section = strings.Repeat("Donaudampfschifffahrt", 5)
		}
		all = append(all, a)
	}
	return all
}

// judgedMail is a message as one reader gets it, with tokens for its slots.
func judgedMail(t *testing.T, m *message.Message, slots int) []byte {
	t.Helper()
	env, err := m.For(message.Recipient{ID: 1, Address: "reader@readers.example", Date: courierSlot, MessageID: "7kq2m9x4c1a81f", Return: "b-7kq2m9"},
		[]string{strings.Repeat("u", 40), strings.Repeat("p", 40)}[:slots])
	ok(t, err)
	return env.Bytes()
}

// bothParts are the text and the HTML of a mail, decoded.
func bothParts(t *testing.T, data []byte) (text, html string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	ok(t, err)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	ok(t, err)
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, into := range []*string{&text, &html} {
		p, err := parts.NextRawPart()
		ok(t, err)
		var r io.Reader = quotedprintable.NewReader(p)
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			r = base64.NewDecoder(base64.StdEncoding, p)
		}
		plain, err := io.ReadAll(r)
		ok(t, err)
		*into = strings.ReplaceAll(string(plain), "\r\n", "\n")
	}
	return text, html
}
