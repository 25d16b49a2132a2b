package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// opened is the good mail to reader n as the inbox would open it.
func opened(n int, raw string) *message {
	l := readLetter([]byte(raw))
	l.Number, l.Size, l.Received = n, len(raw), sent.Add(2*time.Second)
	to := strings.TrimSpace(l.To)
	l.Envelope = envelope{Sender: "b-kq2m9x4c1a81@bounce.example.org", Recipients: []string{to}}
	return parseMail(l, []byte(raw))
}

// beside gives a mail another one in the inbox to be compared with.
func beside(m *message, raw string) *message {
	other := opened(m.Number+1, raw)
	m.Peers = []*letter{other.letter}
	m.read = func(*letter) (*message, error) { return other, nil }
	return m
}

func find(found []finding, number string) finding {
	for _, f := range found {
		if f.Number == number {
			return f
		}
	}
	return finding{}
}

func TestGoodMailPassesEveryCheck(t *testing.T) {
	for _, lang := range []string{"en", "ar"} {
		found := inspect(beside(opened(1, goodMail(1, lang)), goodMail(2, lang)))
		if len(found) != 24 {
			t.Errorf("%d findings, want F1 to F23 and DKIM", len(found))
		}
		for _, f := range found {
			if f.Number == "DKIM" && f.Verdict == notApplicable && strings.Contains(f.Evidence, "the relay signs") {
				continue
			}
			if f.Verdict != passed || f.Evidence == "" {
				t.Errorf("%s, %s: %s: %s", lang, f.Number, f.Verdict, f.Evidence)
			}
		}
	}
}

func TestEachCheckFindsAMailBrokenOnPurpose(t *testing.T) {
	swap := func(old, new string) func(string) string {
		return func(raw string) string {
			if !strings.Contains(raw, old) {
				panic("the mail of the test has no " + old)
			}
			return strings.Replace(raw, old, new, 1)
		}
	}
	line := func(field string) func(string) string { return swap("Reply-To:", field+"\r\nReply-To:") }
	subject := func(value string) func(string) string {
		return swap("Subject: The floating bridge is open", "Subject: "+value)
	}
	toOther := func(raw string) string { return strings.Replace(raw, "Merrowport", "Dear reader two, Merrowport", 1) }
	for _, c := range []struct {
		name, number string
		raw          func(string) string
		change       func(*message)
		evidence     string
	}{
		{"bare LF", "F1", swap("Precedence: bulk\r\n", "Precedence: bulk\n"), nil, "bare LF"},
		{"bare CR", "F1", swap("Unsubscribe", "Un\rsubscribe"), nil, "bare CR"},
		{"smuggled dot", "F1", swap("Unsubscribe", "\n.\r\nUnsubscribe"), nil, "bare LF"},
		{"NUL", "F1", swap("Unsubscribe", "Un\x00subscribe"), nil, "NUL"},
		{"no end", "F1", func(raw string) string { return strings.TrimSuffix(raw, "\r\n") }, nil, "does not end"},
		{"long line", "F2", line("X-Pressrun-Note: " + strings.Repeat("x", 1000)), nil, "octets"},
		{"long encoded line", "F2", subject("=?utf-8?q?Br=C3=BCcke?= " + strings.Repeat("x", 60)), nil, "encoded word and"},
		{"half a letter", "F2", subject("=?utf-8?b?2A==?= =?utf-8?b?pw==?="), nil, "inside a character"},
		{"two subjects", "F3", line("Subject: Once more"), nil, "2 times"},
		{"no date", "F3", swap("Date:", "X-Date:"), nil, "Date is missing"},
		{"two in From", "F4", swap("<news@news.example.org>", "<news@news.example.org>, b@example.org"), nil, "2 addresses"},
		{"emoji in From", "F4", swap("The Harbour Courier <", "=?utf-8?q?=E2=9A=93?= Courier <"), nil, "emoji"},
		{"headline in From", "F4", swap("The Harbour Courier <", "The floating bridge is open <"), nil, "subject"},
		{"several in To", "F5", swap("To: reader", "To: other@readers.example, reader"), nil, "2 addresses"},
		{"another envelope", "F5", nil, func(m *message) { m.Envelope.Recipients = []string{"a@readers.example"} }, "envelope says"},
		{"Cc", "F5", line("Cc: a@readers.example"), nil, "Cc"},
		{"answer", "F6", subject("Re: The bridge"), nil, "answer"},
		{"turned text", "F6", subject("=?utf-8?q?The_=E2=80=AEbridge?="), nil, "U+202E"},
		{"decomposed", "F6", subject("=?utf-8?q?Cafe=CC=81_by_the_bridge?="), nil, "NFC"},
		{"wrong letter code", "F6", subject("=?utf-8?b?VGhlIGNhZsOp?="), nil, "where Q is shorter"},
		{"unknown charset", "F6", subject("=?x-none?q?The_bridge?="), nil, "does not decode"},
		{"long", "F6", subject(strings.Repeat("bridge ", 30)), nil, "characters"},
		{"named zone", "F7", swap("+0300", "GMT"), nil, "numeric zone"},
		{"unknown zone", "F7", swap("06:00:00 +0300", "03:00:00 -0000"), nil, "-0000"},
		{"wrong weekday", "F7", swap("Date: Mon", "Date: Tue"), nil, "Monday"},
		{"yesterday", "F7", swap("Mon, 23 Nov", "Sun, 22 Nov"), nil, "from its arrival"},
		{"address in ID", "F8", swap("<i1.", "<i1.reader000001."), nil, "reader’s address"},
		{"foreign ID", "F8", swap("pw7@news.example.org>\r\nMIME", "pw7@mx.elsewhere.example>\r\nMIME"), nil, "domain of From"},
		{"same ID", "F8", nil, func(m *message) { m.Peers = []*letter{{Number: 7, ID: m.ID}} }, "mail 7"},
		{"HTML first", "F9", func(raw string) string {
			return strings.NewReplacer("text/plain", "text/html", "text/html", "text/plain").Replace(raw)
		}, nil, "parts are"},
		{"Latin-1", "F9", swap("text/plain; charset=utf-8", "text/plain; charset=iso-8859-1"), nil, "iso-8859-1"},
		{"link lost", "F9", swap("http://127.0.0.1:9001/story/ferry-crews-strike", "(no link)"), nil, "lacks"},
		{"other order", "F9", func(raw string) string {
			at := strings.Index(raw, "\r\n\r\nhttp") + 4
			end := strings.Index(raw, "\r\n\r\nUnsubscribe:")
			return raw[:at] + "http://127.0.0.1:9001/story/ferry-crews-strike\r\n\r\nhttp://127.0.0.1:9001/story/pontoon-bridge-opens" + raw[end:]
		}, nil, "story 1"},
		{"8bit", "F10", swap("quoted-printable", "8bit"), nil, "8bit"},
		{"raw letters", "F10", swap("\r\nUnsubscribe:", "\r\nAbbestellung für:"), nil, "7-bit"},
		{"blank at the end", "F10", swap("\r\n\r\nUnsubscribe:", " \r\n\r\nUnsubscribe:"), nil, "blank"},
		{"bad escape", "F10", swap("\r\nUnsubscribe:", "\r\nUnsub=zzscribe:"), nil, "escape"},
		{"long encoded line in the body", "F10", swap("\r\nUnsubscribe:", "\r\n"+strings.Repeat("x", 80)+"\r\nUnsubscribe:"), nil, "76 are allowed"},
		{"other language", "F11", swap("Content-Language: en", "Content-Language: ar"), nil, "HTML \"en\""},
		{"replied", "F12", swap("auto-generated", "auto-replied"), nil, "auto-replied"},
		{"no precedence", "F13", swap("Precedence: bulk", "Precedence: list"), nil, "list"},
		{"short sender", "F14", swap("news:courier", "news:hc"), nil, "5 to 15"},
		{"five fields", "F14", swap("i1:daily", "a:b:i1:daily"), nil, "6 fields"},
		{"repeated field", "F14", swap("i1:daily:news", "news:daily:news"), nil, "repeats"},
		{"foreign list", "F15", swap("daily.news.example.org", "daily.elsewhere.example"), nil, "domain of From"},
		{"encoded list", "F15", swap("Daily digest", "=?utf-8?q?T=C3=A4glich?="), nil, "encoded word"},
		{"mailto first", "F16", swap("<http://127.0.0.1:9002/u/", "<mailto:a@example.org>, <http://127.0.0.1:9002/u/"), nil, "first address"},
		{"plain HTTP elsewhere", "F16", swap("Unsubscribe: <http://127.0.0.1:9002", "Unsubscribe: <http://news.example.org"), nil, "neither https"},
		{"folded address", "F16", swap("<http://127.0.0.1:9002/u/", "<http://127.0.0.1:9002/u/\r\n "), nil, "folded"},
		{"other click", "F17", swap("=One-Click", "=one-click"), nil, "one-click"},
		{"help without brackets", "F18", swap("<http://127.0.0.1:9002/help>", "on our site"), nil, "List-Help"},
		{"extra field", "F19", line("X-Spam: no"), nil, "not one of ours"},
		{"smuggled Bcc", "F19", line("Bcc: x@example.org"), nil, "Bcc"},
		{"encoded line break", "F19", subject("=?utf-8?q?a=0D=0ABcc:_x?="), nil, "U+000D"},
		{"two recipients", "F19", nil, func(m *message) { m.Envelope.Recipients = append(m.Envelope.Recipients, "x@example.org") }, "2 recipients"},
		{"SMTPUTF8 without need", "F20", nil, func(m *message) { m.Envelope.UTF8 = true }, "no address needs it"},
		{"letters without SMTPUTF8", "F20", nil, func(m *message) { m.Envelope.Recipients = []string{"قارئ@readers.example"} }, "was not asked for"},
		{"domain in letters", "F20", nil, func(m *message) { m.Envelope.Recipients = []string{"a@bücher.example"} }, "ASCII form"},
		{"big", "F21", func(raw string) string { return raw + strings.Repeat("x\r\n", 1<<19) }, nil, "octets"},
		{"big header", "F21", line("X-Pressrun-Note: " + strings.Repeat("x\r\n ", 4000)), nil, "its header"},
		{"Received", "F22", line("Received: from build-7 by mx"), nil, "Received"},
		{"machine name", "F22", swap("pw7@news.example.org>\r\nMIME", "pw7@build.internal>\r\nMIME"), nil, "machine"},
		{"the reader’s name in the text", "F22", toOther, nil, "differs from mail 2"},
		{"no reply", "F23", swap("editors@example.org", "no-reply@example.org"), nil, "no-reply"},
		{"signature of too little", "DKIM", line("DKIM-Signature: v=1; d=news.example.org; h=From:To:Subject; b=x"), nil, "list-unsubscribe"},
		{"signature of another", "DKIM", line("DKIM-Signature: v=1; d=else.example; h=From:List-Unsubscribe:List-Unsubscribe-Post; b=x"), nil, "organisation"},
	} {
		t.Run(c.number+" "+c.name, func(t *testing.T) {
			raw := goodMail(1, "en")
			if c.raw != nil {
				raw = c.raw(raw)
			}
			m := beside(opened(1, raw), goodMail(2, "en"))
			m.Envelope.Recipients = []string{"reader000001@readers.example"}
			if c.change != nil {
				c.change(m)
			}
			f := find(inspect(m), c.number)
			if f.Verdict != failed || !strings.Contains(f.Evidence, c.evidence) {
				t.Errorf("%s: %s, want a failure that says %q", f.Verdict, f.Evidence, c.evidence)
			}
		})
	}
}

func TestWhatDoesNotApplyIsNotHeldAgainstAMail(t *testing.T) {
	raw := goodMail(1, "en")
	for _, name := range []string{"Auto-Submitted: auto-generated", "List-Help: <http://127.0.0.1:9002/help>", "List-Archive: <http://127.0.0.1:9002/issues>"} {
		raw = strings.Replace(raw, name+"\r\n", "", 1)
	}
	found := inspect(opened(1, raw))
	for _, number := range []string{"F12", "F18"} {
		if f := find(found, number); f.Verdict != notApplicable {
			t.Errorf("%s: %s: %s", number, f.Verdict, f.Evidence)
		}
	}
}

// FuzzInspect: no mail, however broken, stops the inbox from showing all of its findings.
func FuzzInspect(f *testing.F) {
	f.Add([]byte(goodMail(1, "en")))
	f.Add([]byte(goodMail(1, "ar")))
	f.Add([]byte("\r\n\r\n"))
	f.Add([]byte(": \n \nContent-Type: multipart/alternative\n\n--\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := parseMail(readLetter(raw), raw)
		m.letter.Received = sent
		if n := len(inspect(m)); n != len(rules()) {
			t.Errorf("%d findings", n)
		}
		if joined := append(bytes.Clone(m.Head), raw[len(m.Head):]...); !bytes.Equal(joined, raw) {
			t.Error("the header is not the beginning of the mail")
		}
	})
}
