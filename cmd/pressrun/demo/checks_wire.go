package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

var encodedWord = regexp.MustCompile(`=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=`)

func checkLineEnds(m *message) (verdict, string) {
	for i, c := range m.Raw {
		switch {
		case c == 0:
			return fail("a NUL at byte %d", i)
		case c == '\r' && (i+1 == len(m.Raw) || m.Raw[i+1] != '\n'):
			return fail("a bare CR at byte %d", i)
		case c == '\n' && (i == 0 || m.Raw[i-1] != '\r'):
			return fail("a bare LF at byte %d", i)
		}
	}
	if !bytes.HasSuffix(m.Raw, []byte("\r\n")) {
		return fail("the last line does not end")
	}
	return pass("%d lines", bytes.Count(m.Raw, []byte("\r\n")))
}

func checkLineLengths(m *message) (verdict, string) {
	longest, over := 0, 0
	signature := false
	for i, line := range bytes.Split(m.Raw, []byte("\r\n")) {
		n := len(line)
		longest = max(longest, n)
		if n > 998 {
			return fail("line %d has %d octets", i+1, n)
		}
		if i >= bytes.Count(m.Head, []byte("\r\n")) {
			continue
		}
		if n > 0 && line[0] != ' ' && line[0] != '\t' {
			signature = bytes.HasPrefix(bytes.ToLower(line), []byte("dkim-signature:"))
		}
		if n > 78 && !signature {
			over++
		}
		words := encodedWord.FindAll(line, -1)
		if len(words) > 0 && n > 76 {
			return fail("line %d has an encoded word and %d octets", i+1, n)
		}
		for _, word := range words {
			if len(word) > 75 {
				return fail("an encoded word of %d octets on line %d", len(word), i+1)
			}
			if text, err := (&mime.WordDecoder{CharsetReader: charset.NewReaderLabel}).Decode(string(word)); err != nil || !utf8.ValidString(text) {
				return fail("the encoded word %s ends inside a character", quote(string(word)))
			}
		}
	}
	if over > 0 {
		return pass("the longest line has %d octets; %d header lines are over the recommended 78", longest, over)
	}
	return pass("the longest line has %d octets", longest)
}

func checkEncoding(m *message) (verdict, string) {
	if i := bytes.IndexFunc(m.Raw, func(r rune) bool { return r >= 0x80 }); i >= 0 {
		return fail("byte %d is not 7-bit", i)
	}
	var evidence []string
	for _, p := range m.Parts {
		if err := encodingFault(p); err != nil {
			return fail("%s part: %v", p.Media, err)
		}
		evidence = append(evidence, fmt.Sprintf("%s in %s, %d octets", p.Media, p.Encoding, len(p.Raw)))
	}
	return pass("%s", strings.Join(evidence, "; "))
}

// encodingFault says what is wrong with the encoding of a part.
func encodingFault(p part) error {
	if p.Fault != nil {
		return p.Fault
	}
	if !utf8.ValidString(p.Text) {
		return fmt.Errorf("the text is not UTF-8")
	}
	switch p.Encoding {
	case "quoted-printable":
		if err := quotedFault(p.Raw); err != nil {
			return err
		}
	case "base64":
	default:
		return fmt.Errorf("the encoding is %q", p.Encoding)
	}
	for line := range bytes.SplitSeq(p.Raw, []byte("\r\n")) {
		if len(line) > 76 {
			return fmt.Errorf("a line of %d octets, 76 are allowed", len(line))
		}
	}
	quoted, based := encodedSizes(p.Text)
	if other := map[string]int{"quoted-printable": based, "base64": quoted}[p.Encoding]; other*5 < len(p.Raw)*4 {
		return fmt.Errorf("%d octets in %s, the other encoding needs %d", len(p.Raw), p.Encoding, other)
	}
	return nil
}

var badEscape = regexp.MustCompile(`=(?:[^0-9A-F\r]|[0-9A-F][^0-9A-F]|\r[^\n])`)

// quotedFault looks for what RFC 2045, 6.7 forbids and readers of mail let pass.
func quotedFault(raw []byte) error {
	if at := badEscape.Find(raw); at != nil {
		return fmt.Errorf("%q is no escape", at)
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if bytes.HasSuffix(line, []byte(" ")) || bytes.HasSuffix(line, []byte("\t")) {
			return fmt.Errorf("a line ends in a blank")
		}
	}
	return nil
}

// encodedSizes returns how many octets a text needs in both encodings.
func encodedSizes(text string) (quoted, based int) {
	var out bytes.Buffer
	w := quotedprintable.NewWriter(&out)
	w.Write([]byte(text))
	w.Close()
	n := base64.StdEncoding.EncodedLen(len(text))
	return out.Len(), n + n/76*2
}

func checkSize(m *message) (verdict, string) {
	const messageLimit, headerLimit = 1 << 20, 8 << 10
	if len(m.Raw) >= messageLimit || len(m.Head) >= headerLimit {
		return fail("the message has %d octets, its header %d", len(m.Raw), len(m.Head))
	}
	return pass("the message has %d octets, its header %d", len(m.Raw), len(m.Head))
}
