package relay

import (
	"bufio"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// What servers send is not always what RFC 5321 §4.2 says (mail-standards S3).
func TestReadReply(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for _, c := range []struct {
		name, wire string
		want       Reply
	}{
		{"one line", "250 2.1.5 ok\r\n", Reply{250, "2.1.5", "ok"}},
		{"no text", "354\r\n", Reply{354, "", ""}},
		{"a blank and no text", "250 \r\n", Reply{250, "", ""}},
		{"several lines", "550-5.1.1 No such\r\n550-5.1.1 user\r\n550 5.1.1 here\r\n", Reply{550, "5.1.1", "No such user here"}},
		{"no enhanced code", "550 no such user\r\n", Reply{550, "", "no such user"}},
		{"enhanced code in the last line only", "550-sorry\r\n550 5.7.1 no\r\n", Reply{550, "5.7.1", "sorry no"}},
		{"three digits in the enhanced code", "550 5.7.515 Access denied\r\n", Reply{550, "5.7.515", "Access denied"}},
		{"an address is no enhanced code", "220 5.6.7.8 ready\r\n", Reply{220, "", "5.6.7.8 ready"}},
		{"no digit of a reply", "250 9.1.1 ok\r\n", Reply{250, "", "9.1.1 ok"}},
		{"codes of different digits", "421 5.7.32 not aligned\r\n", Reply{421, "5.7.32", "not aligned"}},
		{"bare line feed", "250 ok\n", Reply{250, "", "ok"}},
		{"no ASCII", "550 5.1.1 Empfänger unbekannt\r\n", Reply{550, "5.1.1", "Empfänger unbekannt"}},
		{"no UTF-8", "550 5.1.1 Empf\xe4nger\x00\x1b[31m\r\n", Reply{550, "5.1.1", "Empf?nger??[31m"}},
		{"a line of 2,000 octets", "550 5.1.1 " + long + "\r\n", Reply{550, "5.1.1", long[:500]}},
		{"100 continuation lines", strings.Repeat("250-x\r\n", 100) + "250 2.0.0 end\r\n", Reply{250, "2.0.0", strings.Repeat("x ", 100) + "end"}},
		{"a line beyond all buffers", "250 " + strings.Repeat("y", 100_000) + "\r\n", Reply{250, "", strings.Repeat("y", 500)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bufio.NewReader(strings.NewReader(c.wire + "220 next\r\n"))
			got, err := readReply(r)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if next, err := readReply(r); err != nil || next.Code != 220 {
				t.Errorf("the reply after it is %v, %v", next, err)
			}
		})
	}
	for _, wire := range []string{"", "2", "hello\r\n", "199 no\r\n", "600 no\r\n", "25o ok\r\n", "250ok\r\n", "250-a\r\n550 b\r\n", "250-a\r\n", "HTTP/1.1 400 Bad Request\r\n", "\r\n"} {
		if r, err := readReply(bufio.NewReader(strings.NewReader(wire))); err == nil {
			t.Errorf("%q was read as %v", wire, r)
		}
	}
	if _, err := readReply(bufio.NewReader(strings.NewReader(strings.Repeat("250-x\r\n", 1_000)))); !errors.Is(err, errReplyTooLong) {
		t.Errorf("a reply without an end: %v", err)
	}
}

// Whatever a server sends, the reply is short, printable and has a class.
func FuzzReply(f *testing.F) {
	f.Add("250 2.1.5 ok\r\n", "rcpt")
	f.Add("550-5.1.1 one\r\n550 5.1.1 two\r\n", "dot")
	f.Add("421\r\n", "mail")
	f.Add("550 \xff\xfe<a@b> #5.1.0\r\n", "rcpt")
	f.Add("250-\r\n250\r\n", "data")
	f.Add("552 "+strings.Repeat("é", 600)+"\r\n", "body")
	f.Fuzz(func(t *testing.T, wire, stage string) {
		r, err := readReply(bufio.NewReader(strings.NewReader(wire)))
		if err != nil {
			if r != (Reply{}) {
				t.Fatalf("an error and %v", r)
			}
			return
		}
		if r.Code < 200 || r.Code > 599 {
			t.Fatalf("code %d", r.Code)
		}
		if n := utf8.RuneCountInString(r.Text); n > 500 || strings.ContainsFunc(r.Text, func(c rune) bool { return !unicode.IsPrint(c) }) {
			t.Fatalf("%d characters: %q", n, r.Text)
		}
		if r.Enhanced != "" && (len(r.Enhanced) > 9 || strings.Trim(r.Enhanced, "0123456789.") != "") {
			t.Fatalf("enhanced code %q", r.Enhanced)
		}
		switch c := Classify(Stage(stage), r); {
		case c == "":
			t.Fatal("no class")
		case c == Hard && r.Code/100 == 4:
			t.Fatalf("%s costs a reader", r)
		}
	})
}
