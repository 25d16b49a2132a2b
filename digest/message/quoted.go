package message

import "strings"

// quotedLine is the longest quoted-printable line without the "=" of a soft break
// (RFC 2045 §6.7 (5)).
const quotedLine = 75

// appendQuoted writes s as quoted-printable, starting at column col, and returns the
// column it ends at. \n is a line end. last says that the body ends with s: a blank
// there must not stand at the end of a line.
//
// The first byte of a line is also written in hex where mail servers would touch it: a
// dot, which SMTP doubles, "From ", which mailboxes quote, and a hyphen, so that no text
// can pass for a boundary.
func appendQuoted(dst []byte, col int, s string, last bool) ([]byte, int) {
	for i := range len(s) {
		c := s[i]
		if c == '\n' {
			dst, col = append(dst, "\r\n"...), 0
			continue
		}
		plain := c > ' ' && c <= '~' && c != '='
		if c == ' ' || c == '\t' {
			plain = !endsLine(s, i+1, last)
		}
		width := 3
		if plain {
			width = 1
		}
		if col+width > quotedLine {
			dst, col = append(dst, "=\r\n"...), 0
		}
		if col == 0 && isTouched(s[i:]) {
			plain, width = false, 3
		}
		if plain {
			dst = append(dst, c)
		} else {
			dst = appendHex(dst, c)
		}
		col += width
	}
	return dst, col
}

func endsLine(s string, i int, last bool) bool {
	if i == len(s) {
		return last
	}
	return s[i] == '\n'
}

// isTouched tells whether a mail server may change a line that begins so.
func isTouched(s string) bool {
	return s[0] == '.' || s[0] == '-' || s[0] == 'F' && strings.HasPrefix(s, "From ")
}
