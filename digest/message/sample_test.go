package message

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	readerToken = "__READER_TOKEN__"
	webToken    = "__WEB_TOKEN__"
)

// daily is an issue with everything that an issue can have.
func daily() Content {
	return Content{
		From:            mail.Address{Name: "The Daily Example", Address: "news@news.example.org"},
		ReplyTo:         mail.Address{Name: "The editors", Address: "editors@example.org"},
		Subject:         "Harbour bridge opens a year early, and what it cost",
		Text:            []byte(englishText),
		HTML:            []byte(englishHTML),
		Slots:           []Slot{{readerToken, 26}, {webToken, 22}},
		Language:        "en",
		Domain:          "news.example.org",
		BounceDomain:    "bounce.example.org",
		ListID:          "daily.news.example.org",
		ListName:        "Daily digest",
		ListHelp:        "https://news.example.org/help",
		ListArchive:     "https://news.example.org/issues",
		ListUnsubscribe: "https://news.example.org/u/" + readerToken,
		UnsubscribeMail: "u+" + readerToken + "@news.example.org",
		FeedbackID:      "i123:daily:news:examplenews",
		Auto:            true,
		Bulk:            true,
	}
}

const englishText = `The Daily Example

Harbour bridge opens a year early
https://news.example.org/a/1?r=__WEB_TOKEN__
From the quay you can see it already: 1,240 metres = 12 spans.
.
.hidden files and ...ellipses stay as they are
-- 
Unsubscribe: https://news.example.org/u/__READER_TOKEN__
`

const englishHTML = `<!DOCTYPE html>
<html lang="en"><head><title>The Daily Example</title></head>
<body><h1>Harbour bridge opens a year early</h1>
.
<p><a href="https://news.example.org/a/1?r=__WEB_TOKEN__">Read on</a> in the café.</p>
<p><a href="https://news.example.org/u/__READER_TOKEN__">Unsubscribe</a>__READER_TOKEN____WEB_TOKEN__</p>
</body></html>
`

// dailyArabic is long enough for base64 to be the shorter encoding of both parts.
func dailyArabic() Content {
	c := daily()
	c.From.Name = "نشرة الصباح"
	c.Subject = "افتتاح الجسر قبل موعده بسنة، وما الذي كلّفه"
	c.Language = "ar"
	paragraph := "افتُتح جسر الميناء صباح اليوم قبل موعده بسنة كاملة، وقال المهندسون إنّ الكلفة بقيت دون المقدّر.\n"
	c.Text = []byte(strings.Repeat(paragraph, 5) + "https://news.example.org/u/" + readerToken + "\n" +
		strings.Repeat(paragraph, 3) + webToken + readerToken + "\n.\n" + webToken)
	c.HTML = []byte(`<html lang="ar" dir="rtl"><p>` + readerToken + strings.Repeat("<p>"+paragraph, 20) +
		`<a href="https://news.example.org/u/` + readerToken + `">إلغاء</a>` + "</html>\n")
	return c
}

func newMessage(t testing.TB, c Content) *Message {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newEnvelope(t testing.TB, m *Message, r Recipient, values []string) *Envelope {
	t.Helper()
	e, err := m.For(r, values)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// reader is the nth of a row of recipients, the same in each run.
func reader(n int) Recipient {
	sealer, err := NewSealer([]byte("a secret that only the tests have"))
	if err != nil {
		panic(err)
	}
	id := int64(n + 1)
	return Recipient{
		ID: id, Address: fmt.Sprintf("reader%d@example.net", n), Name: readerName(n),
		Date:      time.Date(2026, 11, 23, 6, n%60, 0, 0, time.FixedZone("", 3*60*60)),
		MessageID: sealer.MessageID(id), Return: sealer.Return(id),
	}
}

// readerName goes through the kinds of names there are, each of a random length.
func readerName(n int) string {
	random := rand.New(rand.NewPCG(7, uint64(n)))
	letters := []string{
		"abcdefghij klmnop", "محمد عبد الله العليّ ", "👨‍👩‍👧‍👦👍🏽🇸🇦é́ ", `"quoted" \ `, "Zoë Müller-Ångström ",
		"(a), b; c: d <e@f> ", "中文名字", "=?utf-8?q?x?= ",
	}
	kind := n % (len(letters) + 1)
	if kind == len(letters) {
		return ""
	}
	alphabet := []rune(letters[kind])
	var name strings.Builder
	for range random.IntN(120) {
		name.WriteRune(alphabet[random.IntN(len(alphabet))])
	}
	return name.String()
}

// values are tokens of the sizes of daily's slots.
func values(n int) []string {
	random := rand.New(rand.NewPCG(8, uint64(n)))
	token := func(size int) string {
		const letters = "abcdefghijklmnopqrstuvwxyz234567-_.~"
		b := make([]byte, size)
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	return []string{token(26), token(22)}
}

// A parsedMail is a mail as a reader's program has it.
type parsedMail struct {
	Header mail.Header
	Parts  []parsedPart
}

type parsedPart struct{ Type, Encoding, Text string }

func parse(t testing.TB, raw []byte) parsedMail {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	p := parsedMail{Header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "multipart/alternative" {
		p.Parts = []parsedPart{decode(t, m.Header.Get, m.Body)}
		return p
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return p
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, raw)
		}
		p.Parts = append(p.Parts, decode(t, part.Header.Get, part))
	}
}

func decode(t testing.TB, header func(string) string, body io.Reader) parsedPart {
	t.Helper()
	p := parsedPart{Type: header("Content-Type"), Encoding: header("Content-Transfer-Encoding")}
	switch p.Encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	default:
		t.Errorf("encoding %q is not 7-bit (F10)", p.Encoding)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("decode %s: %v", p.Type, err)
	}
	p.Text = string(text)
	return p
}

// checkWire looks at the bytes for what F1, F2 and F10 ask of every mail, and for the
// promise of Envelope.WriteTo.
func checkWire(t testing.TB, raw []byte, allow8bitTo bool) {
	t.Helper()
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		t.Errorf("the last line has no CRLF: %q", raw[max(0, len(raw)-20):])
	}
	if regexp.MustCompile(`\r[^\n]|[^\r]\n|\x00`).Match(raw) || raw[0] == '\n' {
		t.Errorf("bare CR, bare LF or NUL (F1) in\n%q", raw)
	}
	inHeader := true
	for i, line := range strings.Split(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
		inHeader = inHeader && line != ""
		if strings.HasPrefix(line, ".") {
			t.Errorf("line %d begins with a dot: %q", i, line)
		}
		if !isPrintableASCII(strings.ReplaceAll(line, "\t", " ")) && !(allow8bitTo && inHeader) {
			t.Errorf("line %d is not printable ASCII (F10): %q", i, line)
		}
		limit := 78
		switch {
		case !inHeader, strings.Contains(line, "=?utf-8?"):
			limit = 76
		case len(strings.Fields(line)) < 3 && strings.ContainsAny(line, "@/"):
			limit = 998 // one address or URI, which cannot be folded
		}
		if len(line) > limit {
			t.Errorf("line %d has %d octets, more than %d (F2): %q", i, len(line), limit, line)
		}
		for _, word := range regexp.MustCompile(`=\?utf-8\?[^?]*\?[^?]*\?=`).FindAllString(line, -1) {
			if len(word) > 75 {
				t.Errorf("line %d: encoded-word of %d octets (F2): %q", i, len(word), word)
			}
		}
	}
}
