package message

import (
	"encoding/base64"
	"unicode"
	"unicode/utf8"
)

// Encoded-words of RFC 2047: how a header says what is not ASCII. Go's mime package
// makes them too, but joins them with a space instead of a line break, so that a long
// subject becomes one long line (F2).

const (
	wordLimit     = 75 // octets of an encoded-word (RFC 2047 §2)
	wordLineLimit = 76 // octets of a line with one (RFC 2047 §2)
	wordFrame     = len("=?utf-8?b?" + "?=")
)

// appendWords writes text as encoded-words, each on a line of its own from the second
// on. col is the column at which it starts; it returns the one where it ends.
func appendWords(dst []byte, col int, text string) ([]byte, int) {
	quoted := quotedSize(text) <= base64.StdEncoding.EncodedLen(len(text))
	for text != "" {
		room := min(wordLimit, wordLineLimit-col) - wordFrame
		n := fitting(text, room, quoted, character)
		if n == 0 {
			n = fitting(text, room, quoted, codePoint) // a heap of accents, longer than a line
		}
		before := len(dst)
		dst = appendWord(dst, text[:n], quoted)
		col += len(dst) - before
		text = text[n:]
		if text != "" {
			dst, col = append(dst, "\r\n "...), 1
		}
	}
	return dst, col
}

// fitting gives how many bytes of text, in whole units, can be encoded in room octets.
func fitting(text string, room int, quoted bool, unit func(string) int) int {
	n, used := 0, 0
	for n < len(text) {
		size := unit(text[n:])
		if quoted {
			used += quotedSize(text[n : n+size])
		} else {
			used = base64.StdEncoding.EncodedLen(n + size)
		}
		if used > room {
			break
		}
		n += size
	}
	return n
}

func appendWord(dst []byte, text string, quoted bool) []byte {
	if !quoted {
		dst = append(dst, "=?utf-8?b?"...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(text))
		return append(dst, "?="...)
	}
	dst = append(dst, "=?utf-8?q?"...)
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			dst = append(dst, '_')
		case isWordSafe(c):
			dst = append(dst, c)
		default:
			dst = appendHex(dst, c)
		}
	}
	return append(dst, "?="...)
}

// quotedSize is the length of s in the Q encoding.
func quotedSize(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] == ' ' || isWordSafe(s[i]) {
			n++
		} else {
			n += 3
		}
	}
	return n
}

// isWordSafe tells what the Q encoding may leave as it is in a display name, its
// strictest place (RFC 2047 §5 (3)).
func isWordSafe(c byte) bool {
	return isAlphanumeric(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/'
}

func appendHex(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '=', digits[c>>4], digits[c&15])
}

// codePoint is the length of the first code point of s.
func codePoint(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// character is the length of what a reader takes for the first character of s: a letter
// with its marks, an emoji with its skin, its family and its flag. A client that decodes
// word by word would show the pieces. It is Unicode's grapheme cluster (UAX 29) but for
// Hangul, which NFC has already put together.
func character(s string) int {
	first, n := utf8.DecodeRuneInString(s)
	flag := isRegional(first)
	joined := false
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case flag && isRegional(r):
			flag = false
		case joined, isExtending(r):
			flag = false
		default:
			return n
		}
		joined = r == zeroWidthJoiner
		n += size
	}
	return n
}

const zeroWidthJoiner = 0x200D

func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func isExtending(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r == zeroWidthJoiner, r == 0x200C, // zero width non-joiner
		r >= 0x1F3FB && r <= 0x1F3FF, // skin
		r >= 0xE0020 && r <= 0xE007F: // tags of regional flags
		return true
	}
	return unicode.Is(unicode.M, r)
}
