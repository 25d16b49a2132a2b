package message

import (
	"bytes"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"
)

// Each of several keys signs (A1, A3), whatever the mail and its reader are.
func TestSignaturesVerify(t *testing.T) {
	keys := []Key{rsaKey(t, "s2026"), rsaKey(t, "s2027"), ed25519Key(t, "e2026")}
	signer, zone := newSigner(t, keys...), zoneOf(t, keys...)
	for name, c := range map[string]Content{
		"daily": daily(), "Arabic": dailyArabic(), "large": big(daily()), "white space": spaced(), "confirmation": confirmation(),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMessage(t, c)
			for n := range 10 {
				r := reader(n)
				if n == 9 {
					r.Address = "قارئ@example.net"
				}
				v := values(n)
				v[1] = " " + v[1][1:21] + " " // in a body a value may have blanks
				e := signed(t, signer, newEnvelope(t, m, r, v))
				mail := e.Bytes()
				all := zone.verify(t, mail)
				if len(all) != len(keys) {
					t.Fatalf("%d signatures, want %d", len(all), len(keys))
				}
				for _, v := range all {
					if v.Err != nil || v.Domain != "example.org" || !v.Time.Equal(r.Date) || !v.Expiration.IsZero() {
						t.Errorf("reader %d: %+v in\n%s", n, v, mail)
					}
				}
				checkWire(t, mail, e.UTF8)
				var written bytes.Buffer
				if size, err := e.WriteTo(&written); err != nil || size != e.Size || !bytes.Equal(written.Bytes(), mail) {
					t.Errorf("reader %d: wrote %d bytes of %d: %v", n, size, e.Size, err)
				}
			}
		})
	}
}

// The header is this, bit by bit: h= with the names of A2, those to oversign once more
// than they are there, no l= and no x=.
func TestSignatureHeader(t *testing.T) {
	const always = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s2026; t=1795402860; bh=X; "
	signer := newSigner(t, rsaKey(t, "s2026"))
	for name, c := range map[string]struct {
		content Content
		want    string
	}{
		"newsletter": {daily(), always + "h=From:From:Reply-To:Reply-To:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID:" +
			"MIME-Version:Content-Type:Content-Type:Content-Language:List-Id:List-Unsubscribe:List-Unsubscribe:" +
			"List-Unsubscribe-Post:List-Unsubscribe-Post:List-Help:List-Archive:Feedback-ID:Auto-Submitted; b=X"},
		"confirmation": {confirmation(), always + "h=From:From:Reply-To:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID:" +
			"MIME-Version:Content-Type:Content-Type:Content-Transfer-Encoding:Content-Language:List-Unsubscribe:" +
			"List-Unsubscribe-Post:Auto-Submitted; b=X"},
	} {
		mail := signed(t, signer, newEnvelope(t, newMessage(t, c.content), reader(1), values(1))).Bytes()
		field, _, _ := strings.Cut(string(mail), "\r\nDate:")
		unfolded := strings.ReplaceAll(strings.ReplaceAll(field, ":\r\n ", ":"), "\r\n ", " ")
		got := regexp.MustCompile(`\b(bh?)=[A-Za-z0-9+/= ]+`).ReplaceAllString(unfolded, "$1=X")
		if diff := cmp.Diff("DKIM-Signature: "+c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is changed, added or taken out on the way breaks every signature (A2).
func TestTamperingBreaksSignatures(t *testing.T) {
	keys := []Key{rsaKey(t, "s2026"), ed25519Key(t, "e2026")}
	signer, zone := newSigner(t, keys...), zoneOf(t, keys...)
	for _, c := range []Content{daily(), dailyArabic(), confirmation()} {
		mail := string(signed(t, signer, newEnvelope(t, newMessage(t, c), reader(1), values(1))).Bytes())
		head, body, _ := strings.Cut(mail, "\r\n\r\n")
		check := func(what string, want bool, mail string) {
			t.Helper()
			for i, v := range zone.verify(t, []byte(mail)) {
				if (v.Err == nil) != want {
					t.Errorf("%s: signature %d verifies: %v, want %v (%v)", what, i, v.Err == nil, want, v.Err)
				}
			}
		}
		check("untouched", true, mail)
		check("trace on top", true, "Received: from a by b; Mon, 23 Nov 2026 06:00:00 +0300\r\n"+mail)
		check("folded anew", true, strings.Replace(mail, "\r\nMIME-Version: 1.0", "\r\nMIME-Version:\r\n \t1.0 ", 1))
		check("empty lines at the end", true, mail+"\r\n \r\n")
		check("blank at a line's end", true, head+"\r\n\r\n"+strings.Replace(body, "\r\n", " \r\n", 1))
		check("body shortened", false, head+"\r\n\r\n"+body[:len(body)/2]+"\r\n")
		check("body lengthened", false, mail+"more\r\n")
		for i := range 20 {
			at := len(body) * i / 20
			check("body changed", false, head+"\r\n\r\n"+body[:at]+"#"+body[at+1:])
		}
		for _, h := range toSign {
			// With a letter more at its end, a fold or not.
			line := regexp.MustCompile(`(?m)^` + h.name + `: *(\r\n[ ])?[^\r]+`).FindString(mail)
			if line != "" {
				check("other "+h.name, false, strings.Replace(mail, line, line+"x", 1))
				check("without "+h.name, false, strings.Replace(mail, line, "X-Was: x", 1))
			}
			if h.over {
				check("second "+h.name+" on top", false, h.name+": x\r\n"+mail)
				check("second "+h.name+" below", false, head+"\r\n"+strings.ToUpper(h.name)+": x\r\n\r\n"+body)
			}
		}
	}
}

// A retry has the bytes of the first attempt, after a restart too.
func TestSignedAgainIsTheSame(t *testing.T) {
	keys := []Key{rsaKey(t, "s2026"), ed25519Key(t, "e2026")}
	m := newMessage(t, daily())
	first := signed(t, newSigner(t, keys...), newEnvelope(t, m, reader(1), values(1))).Bytes()
	stored, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var restored Message
	if err := restored.UnmarshalBinary(stored); err != nil {
		t.Fatal(err)
	}
	again := signed(t, newSigner(t, keys...), newEnvelope(t, &restored, reader(1), values(1))).Bytes()
	if diff := cmp.Diff(string(first), string(again)); diff != "" {
		t.Error(diff)
	}
}

// Connections sign mails of one message at the same time.
func TestManySignAtOnce(t *testing.T) {
	key := rsaKey(t, "s2026")
	other := ed25519Key(t, "e2026")
	signer, zone, m := newSigner(t, key, other), zoneOf(t, key, other), newMessage(t, dailyArabic())
	mails := make([]*Envelope, 40)
	var all sync.WaitGroup
	for n := range mails {
		mails[n] = newEnvelope(t, m, reader(n), values(n))
		all.Go(func() {
			if err := signer.Sign(mails[n]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for n, e := range mails {
		for _, v := range zone.verify(t, e.Bytes()) {
			if v.Err != nil {
				t.Errorf("reader %d: %v", n, v.Err)
			}
		}
	}
}

func TestWithoutKeysTheRelaySigns(t *testing.T) {
	e := newEnvelope(t, newMessage(t, daily()), reader(1), values(1))
	before := e.Bytes()
	if !bytes.Equal(signed(t, newSigner(t), e).Bytes(), before) || e.Size != int64(len(before)) {
		t.Error("the mail was changed")
	}
}

// Property: the body hash is that of go-msgauth, wherever the body is cut into what all
// readers share and what is theirs.
func FuzzRelaxedBody(f *testing.F) {
	key := newEd25519(f)
	for _, s := range []string{
		"", " ", "\n", "\n\n", " \n \t\n", "a", "a \n", "a\n\n \n", " a\tb  c \n\n\nd", "\n\n a", "a\n \n b", "x\t \ty\n", "\u00a0 \u2003\n",
	} {
		f.Add(s, uint8(3), uint8(1), uint8(2), uint8(4))
		f.Add(s+s, uint8(0), uint8(0), uint8(200), uint8(200))
	}
	const head = "From: a@example.org\r\n\r\n"
	f.Fuzz(func(t *testing.T, text string, a, b, c, d uint8) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r", ""), "\n", "\r\n")
		e := &Envelope{body: new(relaxedBody), date: time.Unix(1_795_402_800, 0)}
		rest := head + text
		cut := func(n uint8) []byte {
			at := min(int(n), len(rest))
			if at < len(rest) && rest[at] == '\n' {
				at++ // a piece has whole line ends
			}
			piece := []byte(rest[:at])
			rest = rest[at:]
			return piece
		}
		e.literals = [][]byte{append(cut(uint8(len(head))), cut(a)...)}
		e.own = cut(b)
		e.ends = []int{len(e.own)}
		e.literals = append(e.literals, cut(c))
		e.own = append(e.own, cut(d)...)
		e.ends = append(e.ends, len(e.own))
		e.literals = append(e.literals, []byte(rest))
		if err := e.body.ready(e.literals); err != nil {
			t.Fatal(err)
		}
		other := signedByOther(t, []byte(head+text), key, func(*dkim.SignOptions) {})
		want := regexp.MustCompile(`bh=([^;]+)`).FindSubmatch(other)[1]
		if got := base64.StdEncoding.EncodeToString(e.body.sum(e)); got != string(want) {
			t.Errorf("body hash of %q cut into %q and %q is %s, want %s", text, e.literals, e.own, got, want)
		}
	})
}

// BenchmarkSign compares this package with go-msgauth on a mail of 28 kB.
func BenchmarkSign(b *testing.B) {
	both := newSigner(b, rsaKey(b, "s2026"), ed25519Key(b, "e2026"))
	c := daily()
	c.Text = append(bytes.Repeat([]byte("Harbour bridge opens a year early, and what it cost\n"), 80), c.Text...)
	c.HTML = append(bytes.Repeat([]byte("<tr><td style=\"padding:0 0 16px\">Harbour bridge opens a year early</td></tr>\n"), 270), c.HTML...)
	m := newMessage(b, c)
	r, v := reader(1), values(1)
	list, _ := signedFields(headOf(newEnvelope(b, m, r, v).Bytes()))
	for name, signer := range map[string]*Signer{"RSA": {both.keys[:1]}, "Ed25519": {both.keys[1:]}, "both": both} {
		b.Run(name+"/ours", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := newEnvelope(b, m, r, v)
				signed(b, signer, e)
			}
		})
		b.Run(name+"/go-msgauth", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e := newEnvelope(b, m, r, v)
				for _, k := range signer.keys {
					s, err := dkim.NewSigner(&dkim.SignOptions{
						Domain: k.domain, Selector: k.selector, Signer: k.private, HeaderKeys: strings.Split(list, ":"),
						HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
					})
					if err != nil {
						b.Fatal(err)
					}
					if _, err := e.WriteTo(s); err != nil {
						b.Fatal(err)
					}
					if err := s.Close(); err != nil {
						b.Fatal(err)
					}
					io.WriteString(io.Discard, s.Signature())
				}
			}
		})
	}
}
