package message

import (
	"bytes"
	"flag"
	"net/mail"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The whole mail of one reader, as a file to look at.
func TestGoldenMails(t *testing.T) {
	for file, c := range map[string]Content{"daily.eml": daily(), "daily-ar.eml": dailyArabic()} {
		r := reader(1)
		r.Name = "منى الحداد"
		got := newEnvelope(t, newMessage(t, c), r, values(1)).Bytes()
		path := "testdata/" + file
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s differs (run with -update, then look at the diff):\n%s", file, diff)
		}
	}
}

func headerNames(raw []byte) []string {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	var names []string
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if name, _, found := strings.Cut(line, ":"); found && !strings.HasPrefix(line, " ") {
			names = append(names, name)
		}
	}
	return names
}

// Each header once, in the order of the mail standards (F3).
func TestHeaderOrder(t *testing.T) {
	c := daily()
	c.Test = true
	got := headerNames(newEnvelope(t, newMessage(t, c), reader(1), values(1)).Bytes())
	want := []string{
		"Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
		"Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
		"List-Help", "List-Archive", "Feedback-ID", "X-Pressrun-Test",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A confirmation is no newsletter: nothing of a list is in it.
func TestSingleMailHasNoListHeaders(t *testing.T) {
	m := newMessage(t, Content{
		From: mail.Address{Address: "news@news.example.org"}, Subject: "Please confirm", Domain: "news.example.org",
		Text: []byte("https://news.example.org/c/__T__\n"), Slots: []Slot{{"__T__", 4}}, Auto: true,
	})
	e := newEnvelope(t, m, reader(1), []string{"abcd"})
	want := []string{
		"Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Transfer-Encoding", "Content-Type", "Auto-Submitted",
	}
	if diff := cmp.Diff(want, headerNames(e.Bytes())); diff != "" {
		t.Error(diff)
	}
	if e.From != "news@news.example.org" {
		t.Errorf("MAIL FROM is %q without a bounce domain", e.From)
	}
	checkWire(t, e.Bytes(), false)
}

// Two readers' mails differ only where F22 allows, and neither has a value of the other.
func TestReadersDifferOnlyWhereAllowed(t *testing.T) {
	for _, c := range []Content{daily(), dailyArabic()} {
		m := newMessage(t, c)
		r, s := reader(1), reader(3)
		s.Date = r.Date
		a, b := newEnvelope(t, m, r, values(1)).Bytes(), newEnvelope(t, m, s, values(3)).Bytes()
		for _, v := range append(values(1), r.MessageID, r.Return, r.Address) {
			if bytes.Contains(b, []byte(v)) {
				t.Errorf("%q of one reader is in the mail of the other", v)
			}
		}
		p, q := parse(t, a), parse(t, b)
		for name := range p.Header {
			if differ := p.Header.Get(name) != q.Header.Get(name); differ != slices.Contains([]string{"To", "Message-Id", "List-Unsubscribe"}, name) {
				t.Errorf("%s: %q and %q", name, p.Header.Get(name), q.Header.Get(name))
			}
		}
		for i := range p.Parts {
			back := strings.NewReplacer(values(3)[0], values(1)[0], values(3)[1], values(1)[1])
			if back.Replace(q.Parts[i].Text) != p.Parts[i].Text {
				t.Errorf("part %d differs in more than values", i)
			}
		}
	}
}

// A retry is byte-identical (F7, F8), and so is a message built again.
func TestSameInputSameBytes(t *testing.T) {
	for _, c := range []Content{daily(), dailyArabic()} {
		a := newEnvelope(t, newMessage(t, c), reader(4), values(4))
		b := newEnvelope(t, newMessage(t, c), reader(4), values(4))
		if !bytes.Equal(a.Bytes(), b.Bytes()) || a.From != b.From || a.To != b.To {
			t.Error("two runs gave different envelopes")
		}
		var w bytes.Buffer
		n, err := a.WriteTo(&w)
		if err != nil || n != a.Size || !bytes.Equal(w.Bytes(), a.Bytes()) {
			t.Errorf("WriteTo wrote %d bytes, %v; Size is %d, Bytes has %d", n, err, a.Size, len(a.Bytes()))
		}
	}
}

// Line ends of any kind, and what SMTP smuggling is made of (F1).
func TestHostileBodiesAreHarmless(t *testing.T) {
	hostile := "a\n.\nb\r.\rc\r\n.\r\nd\n.\rMAIL FROM:<x@example.org>\r.\n.."
	want := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(hostile)
	for _, pad := range []string{"", strings.Repeat("ش", 100)} {
		c := daily()
		c.Text, c.HTML = []byte(pad+hostile), []byte(hostile+pad)
		raw := newEnvelope(t, newMessage(t, c), reader(1), values(1)).Bytes()
		checkWire(t, raw, false)
		parts := parse(t, raw).Parts
		if parts[0].Text != pad+want || parts[1].Text != want+pad {
			t.Errorf("got %q", parts)
		}
	}
}

// Text first, HTML last, a boundary that is in neither (F9).
func TestPartsAndBoundary(t *testing.T) {
	c := daily()
	c.Text = append(c.Text, boundaryFor(c.Text, c.HTML)...) // what an author could know
	raw := newEnvelope(t, newMessage(t, c), reader(1), values(1)).Bytes()
	p := parse(t, raw)
	if len(p.Parts) != 2 || !strings.HasPrefix(p.Parts[0].Type, "text/plain") || !strings.HasPrefix(p.Parts[1].Type, "text/html") {
		t.Fatalf("parts %v", p.Parts)
	}
	_, boundary, _ := strings.Cut(p.Header.Get("Content-Type"), "boundary=")
	if len(boundary) > 70 || bytes.Count(raw, []byte(boundary)) != 4 {
		t.Errorf("boundary %q is there %d times", boundary, bytes.Count(raw, []byte(boundary)))
	}
}

// F20: domains as A-labels, SMTPUTF8 for letters before the @ only.
func TestInternationalAddresses(t *testing.T) {
	c := daily()
	c.From.Address, c.Domain, c.BounceDomain = "news@bücher.example", "bücher.example", "زر.example"
	m := newMessage(t, c)
	for _, tc := range []struct {
		address, rcpt string
		utf8          bool
	}{
		{"reader@example.net", "reader@example.net", false},
		{"Reader@EXAMPLE.net", "Reader@example.net", false},
		{"reader@bücher.example", "reader@xn--bcher-kva.example", false},
		{"قارئ@مثال.example", "قارئ@xn--mgbh0fb.example", true},
	} {
		r := reader(2)
		r.Address = tc.address
		e := newEnvelope(t, m, r, values(2))
		raw := e.Bytes()
		checkWire(t, raw, tc.utf8)
		if e.To != tc.rcpt || e.UTF8 != tc.utf8 {
			t.Errorf("%s: RCPT %q, SMTPUTF8 %v", tc.address, e.To, e.UTF8)
		}
		if e.From != r.Return+"@xn--wgbb.example" {
			t.Errorf("MAIL FROM is %q", e.From)
		}
		for name, want := range map[string]string{"To": tc.rcpt, "From": "news@xn--bcher-kva.example"} {
			if a, err := mail.ParseAddress(parse(t, raw).Header.Get(name)); err != nil || a.Address != want {
				t.Errorf("%s: %v, %v", name, a, err)
			}
		}
		if !bytes.Contains(raw, []byte("\r\nMessage-ID: <"+r.MessageID+"@xn--bcher-kva.example>\r\n")) {
			t.Error("Message-ID is not in our domain")
		}
	}
}

// F16: long URIs stay whole, each in its brackets.
func TestLongURIsAreNotFolded(t *testing.T) {
	c := daily()
	c.ListUnsubscribe = "https://news.example.org/" + strings.Repeat("path/", 40) + readerToken
	c.ListHelp = "https://news.example.org/" + strings.Repeat("h", 100)
	raw := newEnvelope(t, newMessage(t, c), reader(1), values(1)).Bytes()
	checkWire(t, raw, false)
	want := "<" + strings.ReplaceAll(c.ListUnsubscribe, readerToken, values(1)[0]) + ">, <mailto:u+" + values(1)[0] + "@news.example.org>"
	if got := parse(t, raw).Header.Get("List-Unsubscribe"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !bytes.Contains(raw, []byte("List-Help:\r\n <"+c.ListHelp+">\r\n")) {
		t.Error("List-Help is not on a line of its own")
	}
}

// F15: no encoded-word in List-Id; an Arabic name is left away.
func TestListID(t *testing.T) {
	for name, want := range map[string]string{
		"Daily digest":           "Daily digest <daily.news.example.org>",
		"":                       "<daily.news.example.org>",
		"نشرة الصباح":            "<daily.news.example.org>",
		"Daily, the digest":      `"Daily, the digest" <daily.news.example.org>`,
		strings.Repeat("n", 60):  strings.Repeat("n", 60) + " <daily.news.example.org>",
		strings.Repeat("n", 100): "<daily.news.example.org>",
	} {
		c := daily()
		c.ListName = name
		raw := newEnvelope(t, newMessage(t, c), reader(1), values(1)).Bytes()
		checkWire(t, raw, false)
		if got := parse(t, raw).Header.Get("List-Id"); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
