package feed

import (
	"bytes"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// xmlEncoding finds the encoding an XML declaration names.
var xmlEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// numericReference is a character written as a number in XML.
var numericReference = regexp.MustCompile(`&#(x[0-9A-Fa-f]+|[0-9]+);`)

// decode returns body as valid UTF-8 without a byte order mark and without characters
// that XML 1.0 (§2.2) does not allow. The encoding is the byte order mark's, else the
// HTTP header's, else the XML declaration's (RFC 7303 §3); a label that the bytes
// contradict is passed over, and where none is left it is guessed.
func decode(body []byte, contentType string) []byte {
	if enc := encodingOf(body, contentType); enc != nil {
		if out, err := enc.NewDecoder().Bytes(body); err == nil {
			body = out
		}
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	if bytes.ContainsFunc(body, isIllegal) {
		body = bytes.Map(func(r rune) rune {
			if isIllegal(r) {
				return -1
			}
			return r
		}, body)
	}
	return numericReference.ReplaceAllFunc(body, func(ref []byte) []byte {
		digits, base := string(ref[2:len(ref)-1]), 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) || isIllegal(rune(n)) {
			return nil
		}
		return ref
	})
}

// isIllegal reports whether XML 1.0 leaves r out of its characters.
func isIllegal(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

// encodingOf returns the encoding of body, nil for UTF-8.
func encodingOf(body []byte, contentType string) encoding.Encoding {
	switch {
	case bytes.HasPrefix(body, []byte("\xEF\xBB\xBF")):
		return nil
	case bytes.HasPrefix(body, []byte("\xFE\xFF")), bytes.HasPrefix(body, []byte("\x00<\x00")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case bytes.HasPrefix(body, []byte("\xFF\xFE")), bytes.HasPrefix(body, []byte("<\x00")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	for _, label := range labels(body, contentType) {
		enc, name := charset.Lookup(label)
		switch {
		case enc == nil, name == "replacement", strings.HasPrefix(name, "utf-16"):
			// Unknown, not safe to decode, or not possible: UTF-16 was looked for above.
		case name == "utf-8":
			if isMostlyUTF8(body) {
				return nil
			}
		case hasHighBytes(body) && utf8.Valid(body):
			return nil // no text in another encoding is valid UTF-8 by chance
		default:
			return enc
		}
	}
	if isMostlyUTF8(body) {
		return nil
	}
	return guess(body)
}

// labels returns the names that the sender and the document give to the encoding, the
// more trustworthy first. A header's ISO-8859-1 comes last: some web servers add it
// to all they send.
func labels(body []byte, contentType string) []string {
	var names []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		names = append(names, params["charset"])
	}
	if m := xmlEncoding.FindSubmatch(body[:min(len(body), 400)]); m != nil {
		names = append(names, string(m[1]))
	}
	if len(names) == 2 && strings.EqualFold(names[0], "ISO-8859-1") {
		names[0], names[1] = names[1], names[0]
	}
	return names
}

func hasHighBytes(body []byte) bool {
	return bytes.ContainsFunc(body, func(r rune) bool { return r >= utf8.RuneSelf })
}

// isMostlyUTF8 tells a text with a few broken bytes from one in another encoding.
func isMostlyUTF8(body []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return good >= bad
}

// guess picks Windows-1256 for undeclared bytes that read as Arabic, else
// Windows-1252, the superset of Latin-1 (as the WHATWG Encoding Standard has it).
// Arabic shows as words of high bytes, many of them with the article al- (C7 E1);
// in Western text high bytes stand alone between ASCII letters.
func guess(body []byte) encoding.Encoding {
	high, inWords, articles := 0, 0, 0
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		start := i
		for i < len(body) && body[i] >= utf8.RuneSelf {
			i++
		}
		high += i - start
		if i-start >= 3 {
			inWords += i - start
		}
		if bytes.HasPrefix(body[start:i], []byte{0xC7, 0xE1}) {
			articles++
		}
	}
	if articles > 0 && inWords*2 > high {
		return charmap.Windows1256
	}
	return charmap.Windows1252
}
