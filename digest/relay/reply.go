package relay

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on what a server may say (mail-standards S3).
const (
	maxReplyLine  = 8 << 10 // octets kept of a line; the rest is passed over
	maxReplyLines = 200
	maxReplyText  = 500 // characters kept of the whole
)

var errReplyTooLong = errors.New("the server's reply does not end")

// readReply reads one reply, of one line or several (RFC 5321 §4.2.1).
func readReply(r *bufio.Reader) (Reply, error) {
	var reply Reply
	var text strings.Builder
	for range maxReplyLines {
		line, err := readLine(r)
		if err != nil {
			return Reply{}, err
		}
		code, more, rest, ok := cutReply(line)
		if !ok || reply.Code != 0 && code != reply.Code {
			return Reply{}, fmt.Errorf("the server answered %q, which is no SMTP reply", printable(line, 80))
		}
		reply.Code = code
		if enhanced, after, ok := cutEnhanced(rest); ok {
			reply.Enhanced, rest = enhanced, after
		}
		if text.Len() < maxReplyText && rest != "" {
			if text.Len() > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(rest)
		}
		if !more {
			reply.Text = printable(text.String(), maxReplyText)
			return reply, nil
		}
	}
	return Reply{}, errReplyTooLong
}

// readLine returns a line without its end, cut to maxReplyLine octets.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for total := 0; ; {
		part, err := r.ReadSlice('\n')
		total += len(part)
		if room := maxReplyLine - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			if total > 100*maxReplyLine {
				return "", errReplyTooLong
			}
			continue
		}
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// cutReply splits "250-text" into its parts.
func cutReply(line string) (code int, more bool, text string, ok bool) {
	if len(line) < 3 {
		return 0, false, "", false
	}
	for _, c := range []byte(line[:3]) {
		if c < '0' || c > '9' {
			return 0, false, "", false
		}
		code = code*10 + int(c-'0')
	}
	if code < 200 || code > 599 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false, "", false
	}
	if len(line) == 3 {
		return code, false, "", true
	}
	return code, line[3] == '-', strings.TrimSpace(line[4:]), true
}

// cutEnhanced takes an enhanced code such as "5.1.1" (RFC 3463 §2) off the text.
func cutEnhanced(text string) (enhanced, rest string, ok bool) {
	word, rest, _ := strings.Cut(text, " ")
	word = strings.TrimSuffix(word, ":")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return "", text, false
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return "", text, false
		}
	}
	return word, strings.TrimSpace(rest), true
}

// printable returns at most n characters of s, with a question mark for what cannot be
// printed.
func printable(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		if n--; n < 0 {
			break
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}
