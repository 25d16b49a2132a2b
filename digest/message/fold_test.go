package message

import (
	"mime"
	"net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFoldedSubjects(t *testing.T) {
	for name, tc := range map[string]struct{ subject, want string }{
		"plain": {"Morning news", "Subject: Morning news\r\n"},
		"folded at a space": {
			"Harbour bridge opens a year early, the minister resigns, and rain at last in the south",
			"Subject: Harbour bridge opens a year early, the minister resigns, and rain at\r\n last in the south\r\n",
		},
		"mainly ASCII": {"Le café", "Subject: =?utf-8?q?Le_caf=C3=A9?=\r\n"},
		"Arabic":       {"صباح الخير", "Subject: =?utf-8?b?2LXYqNin2K0g2KfZhNiu2YrYsQ==?=\r\n"},
		"looks encoded": {
			"=?utf-8?q?=0d=0aBcc:x?=",
			"Subject: =?utf-8?b?PT91dGYtOD9xPz0wZD0wYUJjYzp4Pz0=?=\r\n",
		},
		"one long word": {
			strings.Repeat("a", 100),
			"Subject: =?utf-8?q?" + strings.Repeat("a", 55) + "?=\r\n =?utf-8?q?" + strings.Repeat("a", 45) + "?=\r\n",
		},
	} {
		if got := string(appendText(nil, "Subject", tc.subject)); got != tc.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, tc.want)
		}
	}
}

// The vectors of F2, and what a reader's program makes of each word alone.
func TestEncodedWordsKeepCharactersWhole(t *testing.T) {
	for name, tc := range map[string]struct {
		unit  string
		times int
	}{
		"300 Arabic letters": {"ش", 300},
		"300 ASCII letters":  {"x", 300},
		"letters with marks": {"شَّ", 100},
		"families":           {"👨‍👩‍👧‍👦", 40},
		"skins":              {"👍🏽", 60},
		"flags":              {"🇸🇦", 60},
		"regional flags":     {"🏴󠁧󠁢󠁷󠁬󠁳󠁿", 20},
		"decomposed":         {"e\u0301", 90},
	} {
		text := strings.Repeat(tc.unit, tc.times)
		folded := string(appendText(nil, "Subject", text))
		checkFolded(t, folded)
		value := strings.TrimSuffix(strings.TrimPrefix(folded, "Subject: "), "\r\n")
		for word := range strings.SplitSeq(value, "\r\n ") {
			decoded, err := new(mime.WordDecoder).Decode(word)
			if err != nil {
				t.Errorf("%s: %q: %v", name, word, err)
			}
			if strings.ReplaceAll(decoded, tc.unit, "") != "" {
				t.Errorf("%s: a word cuts a character: %q", name, decoded)
			}
		}
		if got := decodeText(t, folded); got != text {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestFoldedMailboxes(t *testing.T) {
	for name, tc := range map[string]struct {
		box  mailbox
		want string
	}{
		"no name":   {mailbox{address: "a@example.org"}, "To: a@example.org\r\n"},
		"atoms":     {mailbox{name: "Ann Lee", address: "a@example.org"}, "To: Ann Lee <a@example.org>\r\n"},
		"quotes":    {mailbox{name: `J. "Jo" Lee`, address: "a@example.org"}, "To: \"J. \\\"Jo\\\" Lee\" <a@example.org>\r\n"},
		"backslash": {mailbox{name: `A\B`, address: "a@example.org"}, "To: \"A\\\\B\" <a@example.org>\r\n"},
		"Arabic":    {mailbox{name: "منى", address: "a@example.org"}, "To: =?utf-8?b?2YXZhtmJ?= <a@example.org>\r\n"},
		"address on a line of its own": {
			mailbox{name: strings.Repeat("n", 60), address: "reader@example.org"},
			"To: " + strings.Repeat("n", 60) + "\r\n <reader@example.org>\r\n",
		},
	} {
		if got := string(appendMailbox(nil, "To", tc.box)); got != tc.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, tc.want)
		}
	}
}

// Property: decoded, a folded header is what was put in, and its lines keep the limits.
func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"", " ", "a", "Morning news", "  two  spaces ", "=?utf-8?q?x?=", `"`, `\`, "(comment)", "a,b;c:d",
		strings.Repeat("ش", 300), strings.Repeat("x", 300), strings.Repeat("👨‍👩‍👧‍👦", 30), "e" + strings.Repeat("\u0301", 200),
		strings.Repeat("word ", 40), "é" + strings.Repeat(" ", 100) + "é", "🇸🇦🇸", "\u200d\u200d", "?=", "_ =_",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkLine("", s) != nil {
			t.Skip("refused before it is folded")
		}
		checkRoundTrip(t, s)
	})
}

func TestAnyTextSurvivesFolding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "Z", "9", " ", "  ", "=", "?", "=?", "?=", "_", ".", `"`, `\`, "<", ">", ",", "é", "e\u0301", "ش", "َّ",
			"👍🏽", "👨‍👩‍👧‍👦", "🇸🇦", "\u200d", "中", "longer-than-most-words-but-not-a-line",
		}), 0, 120).Draw(t, "pieces")
		checkRoundTrip(t, strings.Join(pieces, ""))
	})
}

// testingT is what testing.T and rapid.T share.
type testingT interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func checkRoundTrip(t testingT, s string) {
	folded := string(appendText(nil, "Subject", s))
	checkFolded(t, folded)
	if got := decodeText(t, folded); got != s {
		t.Errorf("text %q became %q in\n%s", s, got, folded)
	}
	box, err := newMailbox(s, "a@example.org")
	if err != nil {
		return // too long for a name
	}
	folded = string(appendMailbox(nil, "To", box))
	checkFolded(t, folded)
	a, err := mail.ParseAddress(unfolded(folded, "To: "))
	if err != nil {
		t.Fatalf("%v in\n%s", err, folded)
	}
	if a.Name != box.name || a.Address != "a@example.org" {
		t.Errorf("name %q became %q in\n%s", box.name, a.Name, folded)
	}
}

func decodeText(t testingT, folded string) string {
	s, err := new(mime.WordDecoder).DecodeHeader(unfolded(folded, "Subject: "))
	if err != nil {
		t.Fatalf("%v in\n%s", err, folded)
	}
	return s
}

func unfolded(header, name string) string {
	value := strings.TrimSuffix(strings.TrimPrefix(header, name), "\r\n")
	return strings.ReplaceAll(value, "\r\n", "")
}

// checkFolded checks a whole header for F1 and F2.
func checkFolded(t testingT, header string) {
	lines := strings.Split(strings.TrimSuffix(header, "\r\n"), "\r\n")
	for i, line := range lines {
		limit := 78
		if strings.Contains(line, "=?utf-8?") {
			limit = 76
		}
		switch {
		case len(line) > limit:
			t.Errorf("%d octets, more than %d: %q", len(line), limit, line)
		case i > 0 && (!strings.HasPrefix(line, " ") || strings.TrimSpace(line) == ""):
			t.Errorf("not a continuation: %q in %q", line, header)
		case !isPrintableASCII(line):
			t.Errorf("not printable ASCII: %q", line)
		}
		for word := range strings.FieldsSeq(line) {
			if strings.HasPrefix(word, "=?utf-8?") && len(word) > 75 {
				t.Errorf("encoded-word of %d octets: %q", len(word), word)
			}
		}
	}
}

func TestCleanSubject(t *testing.T) {
	long := strings.Repeat("👨‍👩‍👧‍👦", 40)
	for _, tc := range []struct{ in, want string }{
		{"  Morning   news ", "Morning news"},
		{"Re: FWD: Morning news", "Morning news"},
		{"Record: a Re: inside", "Record: a Re: inside"},
		{"Cafe\u0301", "Café"},
		{"left\u202eright\u2066x\u2069", "leftrightx"},
		{"one\u2028two\u2029three", "one two three"},
		{"نص\u200fعربي", "نص\u200fعربي"},
		{strings.Repeat("ش", 150), strings.Repeat("ش", 150)},
		{strings.Repeat("ش", 300), strings.Repeat("ش", 149) + "…"},
		{long, strings.Repeat("👨‍👩‍👧‍👦", 21) + "…"}, // 7 code points each
	} {
		got, err := CleanSubject(tc.in)
		if err != nil || got != tc.want {
			t.Errorf("CleanSubject(%q) = %q, %v, want %q", tc.in, got, err, tc.want)
		}
		if n := utf8.RuneCountInString(got); n > 150 {
			t.Errorf("%d characters (F6)", n)
		}
	}
	for _, bad := range []string{"", "Re:", "a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\tb", "a\u0085b", "a\x7fb", "\xc0\x8a", "\u202e"} {
		if got, err := CleanSubject(bad); err == nil {
			t.Errorf("CleanSubject(%q) = %q, want an error", bad, got)
		}
	}
}
