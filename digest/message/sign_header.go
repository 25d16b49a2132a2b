package message

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// toSign are the headers that a signature covers where a mail has them, and those that
// it covers once more than a mail has them: one that is added on the way, to be shown in
// place of ours, breaks the signature (A2; RFC 6376 §5.4.2, §8.15).
var toSign = []struct {
	name string
	over bool
}{
	{"From", true},
	{"Reply-To", true},
	{"To", true},
	{"Subject", true},
	{"Date", true},
	{"Message-ID", true},
	{"MIME-Version", false},
	{"Content-Type", true},
	{"Content-Transfer-Encoding", false},
	{"Content-Language", false},
	{"List-Id", false},
	{"List-Unsubscribe", true},
	{"List-Unsubscribe-Post", true},
	{"List-Help", false},
	{"List-Archive", false},
	{"Feedback-ID", false},
	{"Auto-Submitted", false},
}

// signedFields picks the fields to sign from a header block: list is the value of h=,
// relaxed the fields as they are hashed. Of several with one name the last comes first
// (RFC 6376 §5.4.2).
func signedFields(header []byte) (list string, relaxed []byte) {
	fields := headerFields(header)
	relaxed = make([]byte, 0, len(header))
	var names strings.Builder
	add := func(name string) {
		if names.Len() > 0 {
			names.WriteByte(':')
		}
		names.WriteString(name)
	}
	for _, h := range toSign {
		for i := len(fields) - 1; i >= 0; i-- {
			if name, _, _ := bytes.Cut(fields[i], []byte(":")); len(name) == len(h.name) && strings.EqualFold(string(name), h.name) {
				add(h.name)
				relaxed = append(appendRelaxedField(relaxed, fields[i]), "\r\n"...)
			}
		}
		if h.over {
			add(h.name)
		}
	}
	return names.String(), relaxed
}

// headerFields cuts a header block into its fields, continuation lines included.
func headerFields(header []byte) [][]byte {
	var fields [][]byte
	start := 0
	for at := 0; at < len(header); {
		end := at + bytes.IndexByte(header[at:], '\n') + 1
		if end == at { // no line end
			end = len(header)
		}
		if end == len(header) || header[end] != ' ' && header[end] != '\t' {
			fields = append(fields, header[start:end])
			start = end
		}
		at = end
	}
	return fields
}

// appendRelaxedField adds a field in its relaxed form (RFC 6376 §3.4.2), without the line
// end: the name in small letters, and runs of white space, folds among them, as one
// blank, which is left away around the value.
func appendRelaxedField(dst, field []byte) []byte {
	name, value, _ := bytes.Cut(field, []byte(":"))
	for _, c := range bytes.TrimRight(name, " \t") {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	dst = append(dst, ':')
	start := len(dst)
	blank := false
	for _, c := range value {
		if isBlank(c) {
			blank = true
			continue
		}
		if blank && len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(dst, c)
		blank = false
	}
	return dst
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// A signatureField is the header DKIM-Signature up to the signature itself, in folded
// lines, the last one open.
type signatureField struct {
	text []byte
	col  int // length of the last line
}

// newSignatureField writes the tags, h= with list after them.
func newSignatureField(list string, tags [][2]string) *signatureField {
	f := &signatureField{text: make([]byte, 0, 1024)}
	f.add("DKIM-Signature:")
	for _, tag := range tags {
		f.word(tag[0] + "=" + tag[1] + ";")
	}
	before := "h="
	for len(list) > 0 { // may be folded between names (RFC 6376 §3.5)
		name, rest, more := strings.Cut(list, ":")
		if more {
			name += ":"
		} else {
			name += ";"
		}
		if before != "" {
			f.word(before + name)
		} else if f.col+len(name) > lineLimit {
			f.fold(name)
		} else {
			f.add(name)
		}
		before, list = "", rest
	}
	f.word("b=")
	return f
}

func (f *signatureField) add(s string) {
	f.text = append(f.text, s...)
	f.col += len(s)
}

func (f *signatureField) fold(s string) {
	f.text = append(f.text, "\r\n"...)
	f.col = 0
	f.add(" " + s)
}

// word adds s after a blank, on the next line if it does not fit on this one.
func (f *signatureField) word(s string) {
	if f.col+len(" ")+len(s) > lineLimit {
		f.fold(s)
		return
	}
	f.add(" " + s)
}

// unsigned is what of the field itself is signed (RFC 6376 §3.7).
func (f *signatureField) unsigned() []byte { return appendRelaxedField(nil, f.text) }

// append adds the whole field, the signature in it, to dst.
func (f *signatureField) append(dst, signature []byte) []byte {
	text := base64.StdEncoding.EncodeToString(signature)
	n := min(len(text), max(0, lineLimit-f.col))
	f.add(text[:n])
	for text = text[n:]; text != ""; text = text[n:] {
		n = min(len(text), lineLimit-len(" "))
		f.fold(text[:n])
	}
	return append(append(dst, f.text...), "\r\n"...)
}
