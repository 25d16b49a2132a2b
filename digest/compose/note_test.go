package compose_test

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

func TestNotesAreNoMailToAList(t *testing.T) {
	c := newComposer(t)
	token := strings.Repeat("c", c.TokenLen)
	for kind, link := range map[templates.NoteKind]string{
		templates.NoteConfirm: base + "/c/" + token, templates.NoteRemind: base + "/c/" + token,
		templates.NoteAlready: base + "/p/" + token, templates.NoteChange: base + "/a/" + token,
	} {
		for _, lang := range []string{"en", "ar", "de"} {
			for _, text := range []bool{false, true} {
				m, err := c.Note(compose.Note{Kind: kind, Language: lang, Editions: []string{"Morning __CONFIRM__ Letter"}, Text: text})
				if err != nil {
					t.Fatal(err)
				}
				e, err := m.For(message.Recipient{ID: 1, Address: "mona@example.org", Date: slot, MessageID: "m1", Return: "r1"}, []string{token})
				if err != nil {
					t.Fatal(err)
				}
				got, err := mail.ReadMessage(strings.NewReader(string(e.Bytes())))
				if err != nil {
					t.Fatal(err)
				}
				h := got.Header
				if h.Get("Auto-Submitted") != "auto-generated" {
					t.Errorf("%s: Auto-Submitted is %q", kind, h.Get("Auto-Submitted"))
				}
				for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence", "Feedback-ID"} {
					if h.Get(name) != "" {
						t.Errorf("%s has %s: %s", kind, name, h.Get(name))
					}
				}
				if want := map[string]string{"en": "en", "ar": "ar", "de": "en"}[lang]; h.Get("Content-Language") != want {
					t.Errorf("%s: language is %q, want %q", kind, h.Get("Content-Language"), want)
				}
				parts := bodies(t, e.Bytes())
				if (parts["text/html"] == "") != text {
					t.Errorf("%s: text alone is %v, but the HTML part has %d bytes", kind, text, len(parts["text/html"]))
				}
				for part, body := range parts {
					if !strings.Contains(body, link) || strings.Contains(body, "__") {
						t.Errorf("%s: %s lacks the link, or a place was not filled:\n%s", kind, part, body)
					}
				}
			}
		}
	}
}

// bodies returns the parts of a mail, decoded, by their types.
func bodies(t *testing.T, data []byte) map[string]string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	read := func(kind, encoding string, r io.Reader) (string, string) {
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ = strings.Cut(kind, ";")
		return kind, decode(t, encoding, raw)
	}
	found := map[string]string{}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "multipart/alternative" {
		kind, body := read(kind, m.Header.Get("Content-Transfer-Encoding"), m.Body)
		found[kind] = body
		return found
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, body := read(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
		found[kind] = body
	}
}
