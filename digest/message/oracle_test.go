package message

import (
	"bytes"
	"maps"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gomail "github.com/wneessen/go-mail"
)

// The splice must give what go-mail gives when it builds each reader's mail whole.
func TestSplicedEqualsBuiltWhole(t *testing.T) {
	textOnly := daily()
	textOnly.HTML = nil
	for name, c := range map[string]Content{
		"quoted-printable": daily(), "base64": dailyArabic(), "text only": textOnly,
	} {
		t.Run(name, func(t *testing.T) {
			m := newMessage(t, c)
			for n := range 500 {
				r, v := reader(n), values(n)
				raw := newEnvelope(t, m, r, v).Bytes()
				got, want := parse(t, raw), parse(t, builtWhole(t, c, r, v))
				checkWire(t, raw, false)
				if diff := cmp.Diff(want.Parts, got.Parts); diff != "" {
					t.Fatalf("reader %d, go-mail's parts and ours:\n%s", n, diff)
				}
				if name != "text only" && got.Parts[1].Encoding != name {
					t.Fatalf("encoded as %s", got.Parts[1].Encoding)
				}
				if diff := cmp.Diff(decodedHeaders(t, want.Header), decodedHeaders(t, got.Header)); diff != "" {
					t.Fatalf("reader %d, go-mail's headers and ours:\n%s", n, diff)
				}
			}
		})
	}
}

// builtWhole lets go-mail make the mail of one reader, with its own folding, encoding
// and multipart writing.
func builtWhole(t *testing.T, c Content, r Recipient, values []string) []byte {
	t.Helper()
	fill := strings.NewReplacer(readerToken, values[0], webToken, values[1]).Replace
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&c.From)
	m.ToMailAddress(&mail.Address{Name: tidy(r.Name), Address: r.Address})
	m.ReplyToMailAddress(&c.ReplyTo)
	m.Subject(c.Subject)
	m.SetDateWithValue(r.Date)
	m.SetMessageIDWithValue(r.MessageID + "@" + c.Domain)
	m.SetGenHeader("Content-Language", c.Language)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("Precedence", "bulk")
	m.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	m.SetGenHeader("List-Id", c.ListName+" <"+c.ListID+">")
	if err := m.SetListUnsubscribeOneClick(fill(c.ListUnsubscribe), "mailto:"+fill(c.UnsubscribeMail)); err != nil {
		t.Fatal(err)
	}
	m.SetGenHeader("List-Help", "<"+c.ListHelp+">")
	m.SetGenHeader("List-Archive", "<"+c.ListArchive+">")
	m.SetGenHeader("Feedback-ID", c.FeedbackID)

	encoding := gomail.WithPartEncoding(gomail.EncodingQP)
	if c.Language == "ar" {
		encoding = gomail.WithPartEncoding(gomail.EncodingB64)
	}
	crlf := func(b []byte) string { return strings.ReplaceAll(fill(string(b)), "\n", "\r\n") }
	m.SetBodyString(gomail.TypeTextPlain, crlf(c.Text), encoding)
	if len(c.HTML) > 0 {
		m.AddAlternativeString(gomail.TypeTextHTML, crlf(c.HTML), encoding)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// decodedHeaders gives what a reader's program shows of the headers.
func decodedHeaders(t *testing.T, h mail.Header) map[string]string {
	t.Helper()
	decoded := map[string]string{}
	for name, all := range h {
		if len(all) != 1 {
			t.Errorf("%d headers %s (F3)", len(all), name)
		}
		switch name {
		case "From", "To", "Reply-To":
			a, err := mail.ParseAddress(all[0])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			decoded[name] = a.Name + "|" + a.Address
		case "Date":
			d, err := mail.ParseDate(all[0])
			if err != nil {
				t.Fatal(err)
			}
			decoded[name] = d.Format(time.RFC3339)
		case "Content-Type":
			kind, params, err := mime.ParseMediaType(all[0])
			if err != nil {
				t.Fatal(err)
			}
			delete(params, "boundary")
			decoded[name] = kind + strings.Join(slices.Sorted(maps.Values(params)), ";")
		default:
			s, err := new(mime.WordDecoder).DecodeHeader(all[0])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			decoded[name] = s
		}
	}
	return decoded
}
