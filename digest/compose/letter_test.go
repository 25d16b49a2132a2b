package compose_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"encoding/base64"

	"github.com/PuerkitoBio/goquery"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

var slot = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

const (
	base        = "https://news.paper.example"
	unsubscribe = "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu" // a reader's tokens
	preferences = "pppppppppppppppppppppppppppppppppppppppp"
)

func newComposer(t testing.TB) *compose.Composer {
	t.Helper()
	set, err := templates.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &compose.Composer{
		Templates: set,
		Paper: templates.Paper{
			Name: "The River Paper", Motto: "Both banks", URL: "https://paper.example/", Email: "desk@paper.example",
			Address: "The River Paper\n14 Ferry Lane, Ferrytown FT2 8QP",
		},
		From: mail.Address{Name: "The River Paper", Address: "news@paper.example"}, ReplyTo: mail.Address{Address: "desk@paper.example"},
		Domain: "news.paper.example", BaseURL: base, TokenLen: len(unsubscribe),
		BounceDomain: "bounce.paper.example", UnsubscribeMail: "news.paper.example", FeedbackID: "riverpaper",
	}
}

func edition(languages ...string) digest.Edition {
	return digest.Edition{
		Slug: "daily", Name: "Morning Letter", Languages: languages, Doubt: digest.DoubtResend,
		Schedule: digest.Schedule{Cron: "0 7 * * *", Zone: "Asia/Riyadh"},
		Rules:    digest.Rules{Apart: true}, // the stories here differ by a number only
	}
}

// english and arabic return article n of a paper, with all that an article can have.
func english(n int) digest.Article {
	return digest.Article{
		ID: int64(n), URL: fmt.Sprintf("https://paper.example/news/%d?a=1&b=2", n), Title: fmt.Sprintf("Headline %d: towns agree on one wall & two gates", n),
		Summary: fmt.Sprintf("Seven councils signed in the small hours of night %d. <em>Nobody</em> got what they wanted &amp; all of them smiled.", n),
		Author:  "Ada Fenwick", Section: []string{"Region", "World", "Sport"}[n%3], Language: "en", Words: 700,
		Image:     digest.Image{URL: fmt.Sprintf("https://pictures.paper.example/%d.jpg?w=1200&h=800", n), Alt: "The river at dawn", Width: 1200, Height: 800},
		Published: slot.Add(-time.Duration(n) * time.Hour), DateFrom: digest.DateFeed,
	}
}

func arabic(n int) digest.Article {
	a := english(n)
	a.ID, a.URL = int64(1000+n), fmt.Sprintf("https://paper.example/ar/%d", n)
	a.Title, a.Author, a.Section, a.Language = fmt.Sprintf("المدن تتفق على جدار واحد رقم %d", n), "سارة القحطاني", []string{"محليات", "عالم"}[n%2], "ar"
	a.Summary = "وقّعت سبعة مجالس الاتفاق في ساعة متأخرة من الليل، وتعرض شركة OpenAI نموذجًا جديدًا."
	return a
}

// issue freezes what Select makes of the articles.
func issue(t testing.TB, e digest.Edition, articles ...digest.Article) digest.Issue {
	t.Helper()
	var cands []digest.Candidate
	for _, a := range articles {
		cands = append(cands, digest.Candidate{Article: a})
	}
	sel := digest.Select(e, cands, slot)
	if sel.Skip != "" {
		t.Fatal(sel.Skip)
	}
	return digest.Issue{ID: 7, Edition: e.Slug, Number: 12, Slot: slot, Created: slot, State: digest.IssueFrozen, Stories: sel.Stories}
}

func many(n int, article func(int) digest.Article) (all []digest.Article) {
	for i := range n {
		all = append(all, article(i+1))
	}
	return all
}

func composed(t testing.TB, c *compose.Composer, e digest.Edition, articles ...digest.Article) []compose.Letter {
	t.Helper()
	letters, err := c.Compose(e, issue(t, e, articles...))
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

// A delivered letter is what one reader got, decoded.
type delivered struct {
	data       []byte // as it went over the wire
	header     mail.Header
	text, html string
	rawHTML    int // bytes of the HTML part as it is encoded
}

func deliver(t testing.TB, l compose.Letter) delivered {
	t.Helper()
	env, err := l.Message.For(message.Recipient{
		ID: 1, Address: "reader@readers.example", Date: slot, MessageID: "abc", Return: "b-abc",
	}, []string{unsubscribe, preferences})
	if err != nil {
		t.Fatal(err)
	}
	d := delivered{data: env.Bytes()}
	m, err := mail.ReadMessage(bytes.NewReader(d.data))
	if err != nil {
		t.Fatal(err)
	}
	d.header = m.Header
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err == nil && kind == "text/plain" { // for a reader who wants no HTML
		raw, err := io.ReadAll(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		d.text = decode(t, m.Header.Get("Content-Transfer-Encoding"), raw)
		return d
	}
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for i, into := range []*string{&d.text, &d.html} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"text/plain", "text/html"}[i]; !strings.HasPrefix(p.Header.Get("Content-Type"), want) {
			t.Fatalf("part %d is %s, want %s (F9)", i, p.Header.Get("Content-Type"), want)
		}
		raw, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		d.rawHTML = len(raw)
		*into = decode(t, p.Header.Get("Content-Transfer-Encoding"), raw)
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Fatalf("a third part: %v", err)
	}
	return d
}

func decode(t testing.TB, encoding string, raw []byte) string {
	t.Helper()
	var r io.Reader
	switch encoding {
	case "quoted-printable":
		r = quotedprintable.NewReader(bytes.NewReader(raw))
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(raw))
	default:
		t.Fatalf("encoding %q", encoding)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(plain), "\r\n", "\n")
}

func document(t testing.TB, html string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// links of a part in their order; one that follows itself, as a picture's and its
// headline's, counts once.
func (d delivered) links(t testing.TB) (inText, inHTML []string) {
	t.Helper()
	add := func(all []string, link string) []string {
		link = strings.TrimPrefix(link, "mailto:")
		if n := len(all); n > 0 && all[n-1] == link {
			return all
		}
		return append(all, link)
	}
	for line := range strings.Lines(d.text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "https://") || line == "desk@paper.example" {
			inText = add(inText, line)
		}
	}
	document(t, d.html).Find("a").Each(func(_ int, a *goquery.Selection) {
		inHTML = add(inHTML, a.AttrOr("href", ""))
	})
	return inText, inHTML
}
