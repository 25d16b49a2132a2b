package message

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// base64Line is how many source bytes a line of base64 holds: 76 characters.
const base64Line = 57

// A body is the text or the HTML of a message, encoded.
type body struct {
	layout
	base64 bool
}

// newBodies encodes the text, which comes first, and the HTML if there is one (F9).
func newBodies(c Content) ([]body, error) {
	if len(c.Text) == 0 {
		return nil, fmt.Errorf("the mail has no text part: every mail needs one, HTML or not")
	}
	if len(c.HTML) == 0 {
		c.Text = endLine(c.Text)
	}
	text, err := newBody("the text part", c.Text, c.Slots)
	if err != nil || len(c.HTML) == 0 {
		return []body{text}, err
	}
	html, err := newBody("the HTML part", c.HTML, c.Slots)
	return []body{text, html}, err
}

// endLine gives a text that is the whole body the end of its last line: the final dot of
// SMTP has to stand on a line of its own (RFC 5321 §4.1.1.4).
func endLine(text []byte) []byte {
	if bytes.HasSuffix(text, []byte("\n")) {
		return text
	}
	return append(slices.Clone(text), '\n')
}

// newBody encodes source the shorter way: quoted-printable for most Latin text, base64
// for Arabic, which would cost six bytes a letter otherwise (F10).
//
// Both ways are our own. go-mail's quoted-printable writer breaks lines inside of a
// placeholder, leaves a dot at the start of a line, and lets a value that is longer
// than its placeholder move the rest of the paragraph; base64 needs to know which lines
// a value touches. What they write is compared with go-mail's in the tests.
func newBody(what string, source []byte, slots []Slot) (body, error) {
	text, err := canonicalText(what, source)
	if err != nil {
		return body{}, err
	}
	cuts := findSlots(text, slots)
	quoted, quotedTotal := quotedBody(text, cuts, slots)
	base, baseTotal := base64Body(text, cuts, slots)
	if quotedTotal <= baseTotal {
		return body{layout: quoted}, nil
	}
	return body{layout: base, base64: true}, nil
}

// canonicalText gives source with \n for every kind of line end, so that no bare CR or
// LF can reach the wire (F1).
func canonicalText(what string, source []byte) (string, error) {
	if !utf8.Valid(source) {
		return "", fmt.Errorf("%s is not valid UTF-8: convert it from its old encoding", what)
	}
	if bytes.IndexByte(source, 0) >= 0 {
		return "", fmt.Errorf("%s has a NUL byte in it: remove it", what)
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(source)), nil
}

// A cut is one occurrence of a placeholder.
type cut struct{ at, slot int }

// findSlots gives the occurrences of placeholders from left to right. Where two overlap
// the first one counts.
func findSlots(text string, slots []Slot) []cut {
	var all []cut
	for i, s := range slots {
		for at := 0; ; {
			n := strings.Index(text[at:], s.Placeholder)
			if n < 0 {
				break
			}
			all = append(all, cut{at + n, i})
			at += n + 1
		}
	}
	slices.SortFunc(all, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	end := 0
	return slices.DeleteFunc(all, func(c cut) bool {
		if c.at < end {
			return true
		}
		end = c.at + len(slots[c.slot].Placeholder)
		return false
	})
}

// quotedBody encodes as quoted-printable. Each value begins a line and is followed by a
// soft break, so that it never moves another line.
func quotedBody(text string, cuts []cut, slots []Slot) (l layout, total int) {
	var line []byte
	col, from := 0, 0
	for _, c := range cuts {
		line, col = appendQuoted(line, col, text[from:c.at], false)
		if col > 0 {
			line = append(line, "=\r\n"...)
		}
		l.literal(line)
		l.place(piece{kind: quotedSlot, slot: c.slot})
		line, col = append(line[:0], "=\r\n"...), 0
		from = c.at + len(slots[c.slot].Placeholder)
	}
	line, _ = appendQuoted(line, col, text[from:], true)
	l.literal(line)
	total = l.fixed()
	for _, p := range l.pieces {
		total += p.size(slots)
	}
	return l, total
}

// base64Body encodes as base64. The lines that a value reaches into become pieces.
func base64Body(text string, cuts []cut, slots []Slot) (l layout, total int) {
	source, patches := canonicalLines(text, cuts, slots)
	done := 0
	for len(patches) > 0 {
		start := patches[0].offset / base64Line * base64Line
		end, n := start, 0
		for n < len(patches) && (n == 0 || patches[n].offset < end) {
			past := patches[n].offset + slots[patches[n].slot].Size
			end = (past + base64Line - 1) / base64Line * base64Line
			n++
		}
		end = min(end, len(source))
		run := piece{kind: base64Run, run: source[start:end:end], at: patches[:n:n]}
		for i := range run.at {
			run.at[i].offset -= start
		}
		l.literal(appendBase64(nil, source[done:start]))
		l.place(run)
		done, patches = end, patches[n:]
	}
	l.literal(appendBase64(nil, source[done:]))
	return l, base64Size(len(source))
}

// canonicalLines gives the bytes that are encoded as base64, with CRLF line ends
// (RFC 2045 §6.8) and room for each value, and where the values go.
func canonicalLines(text string, cuts []cut, slots []Slot) ([]byte, []patch) {
	var source []byte
	var patches []patch
	lines := func(s string) {
		source = append(source, strings.ReplaceAll(s, "\n", "\r\n")...)
	}
	from := 0
	for _, c := range cuts {
		lines(text[from:c.at])
		patches = append(patches, patch{len(source), c.slot})
		source = append(source, make([]byte, slots[c.slot].Size)...)
		from = c.at + len(slots[c.slot].Placeholder)
	}
	lines(text[from:])
	return source, patches
}

func appendBase64(dst, source []byte) []byte {
	for line := range slices.Chunk(source, base64Line) {
		dst = base64.StdEncoding.AppendEncode(dst, line)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// base64Size is the length of n bytes encoded, line ends included.
func base64Size(n int) int {
	lines := (n + base64Line - 1) / base64Line
	return base64.StdEncoding.EncodedLen(n) + lines*len("\r\n")
}
