package message

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
	"time"
)

// The final dot follows the data directly, so that these have to end with a line's end,
// and not with one that the encoding takes back.
func TestEveryMessageEndsWithItsLastLine(t *testing.T) {
	for _, html := range []string{"", "<p>x", "<p>__U__"} {
		for _, text := range []string{"x", "x\n", "__U__", "x __U__", strings.Repeat("News. ", 50), "أخبار", "أخبار __U__", "أخبار الصباح\n"} {
			m, err := New(Content{
				From: mail.Address{Address: "news@paper.example"}, Subject: "x", Text: []byte(text), HTML: []byte(html),
				Domain: "paper.example", Slots: []Slot{{"__U__", 8}},
			})
			if err != nil {
				t.Fatal(err)
			}
			e, err := m.For(Recipient{Address: "a@readers.example", Date: time.Unix(1800000000, 0).UTC(), MessageID: "x"}, []string{"12345678"})
			if err != nil {
				t.Fatal(err)
			}
			if b := e.Bytes(); !bytes.HasSuffix(b, []byte("\r\n")) || bytes.HasSuffix(b, []byte("=\r\n")) && !bytes.Contains(b, []byte("base64")) {
				t.Errorf("text %q, HTML %q: the data ends with %q", text, html, b[len(b)-20:])
			}
		}
	}
}
