package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"
)

// sent is when the mails of the tests are written.
var sent = time.Date(2026, 11, 23, 6, 0, 0, 0, time.FixedZone("", 3*3600))

// crlf writes a text as it goes over the wire.
func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// goodMail builds a mail to reader n by the model header of the mail standards.
func goodMail(n int, lang string) string {
	token := fmt.Sprintf("kq2m9x4c1a81fzt%06dpw7", n)
	to := fmt.Sprintf("reader%06d@readers.example", n)
	subject, title, dir := "The floating bridge is open", "Merrowport’s floating bridge opens at dawn", "ltr"
	if lang == "ar" {
		subject, title, dir = "الجسر العائم يُفتتح", "افتتاح الجسر العائم في ميروبورت فجرًا بعد تأخير تسعة أشهر وبتوفير أربعة ملايين من الكرونات", "rtl"
		subject = mime.BEncoding.Encode("utf-8", subject)
	}
	text := title + "\n\nhttp://127.0.0.1:9001/story/pontoon-bridge-opens\n\nhttp://127.0.0.1:9001/story/ferry-crews-strike\n\nUnsubscribe: http://127.0.0.1:9002/u/" + token + "\n"
	page := `<!doctype html><html lang="` + lang + `" dir="` + dir + `"><head><meta name="color-scheme" content="light dark">` +
		`<style>:root { color-scheme: light dark; } body { background: #ffffff } @media (prefers-color-scheme: dark) { body { background: #101418 !important; color: #eee } }</style></head>` +
		`<body><h1>` + title + `</h1><p><a href="http://127.0.0.1:9001/story/pontoon-bridge-opens">` + title + "</a></p>\n" +
		`<p><a href="http://127.0.0.1:9001/story/ferry-crews-strike">Ferry crews</a></p>` + "\n" +
		`<p><a href="http://127.0.0.1:9002/u/` + token + `">Unsubscribe</a></p></body></html>` + "\n"
	encoding, encode := "quoted-printable", quoted
	if lang == "ar" {
		encoding, encode = "base64", based
	}
	var out strings.Builder
	out.WriteString("Date: " + sent.Format(time.RFC1123Z) + "\n" +
		"From: The Harbour Courier <news@news.example.org>\n" +
		"To: " + to + "\n" +
		"Reply-To: editors@example.org\n" +
		"Subject: " + subject + "\n" +
		"Message-ID: <i1." + token + "@news.example.org>\n" +
		"MIME-Version: 1.0\n" +
		"Content-Type: multipart/alternative;\n boundary=\"=_b" + token + "\"\n" +
		"Content-Language: " + lang + "\n" +
		"Auto-Submitted: auto-generated\n" +
		"Precedence: bulk\n" +
		"X-Auto-Response-Suppress: OOF, AutoReply\n" +
		"List-Id: Daily digest <daily.news.example.org>\n" +
		"List-Unsubscribe: <http://127.0.0.1:9002/u/" + token + ">,\n <mailto:u+" + token + "@news.example.org>\n" +
		"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" +
		"List-Help: <http://127.0.0.1:9002/help>\n" +
		"List-Archive: <http://127.0.0.1:9002/issues>\n" +
		"Feedback-ID: i1:daily:news:courier\n\n")
	for _, part := range []struct{ media, body string }{{"text/plain", text}, {"text/html", page}} {
		out.WriteString("--=_b" + token + "\nContent-Type: " + part.media + "; charset=utf-8\n" +
			"Content-Transfer-Encoding: " + encoding + "\n\n" + encode(part.body) + "\n")
	}
	out.WriteString("--=_b" + token + "--\n")
	return crlf(out.String())
}

func quoted(text string) string {
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	w.Write([]byte(crlf(text)))
	w.Close()
	return out.String()
}

func based(text string) string {
	all := base64.StdEncoding.EncodeToString([]byte(crlf(text)))
	var out strings.Builder
	for len(all) > 76 {
		out.WriteString(all[:76] + "\n")
		all = all[76:]
	}
	return out.String() + all + "\n"
}
