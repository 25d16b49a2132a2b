package message

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"sync"
)

// A relaxedBody is a message's body made ready for signing: in the relaxed form of
// RFC 6376 §3.4.4, and hashed up to the first value of a reader. It is made when the
// first mail is signed.
type relaxedBody struct {
	once   sync.Once
	err    error
	start  position
	begun  hash.Hash // after the literal that the body starts in
	spaces relaxer   // at that place
	rest   []stretch // the literals after it
}

// A position is a place in the literals of a message.
type position struct{ literal, offset int }

// A stretch is a literal, cut into the white space that it begins and ends with, which
// cannot be relaxed before its neighbours are known, and what is between, relaxed.
type stretch struct{ lead, core, tail []byte }

var blankLine = []byte("\r\n\r\n")

// ready makes b from the literals of its message, once.
func (b *relaxedBody) ready(literals [][]byte) error {
	b.once.Do(func() { b.err = b.prepare(literals) })
	return b.err
}

func (b *relaxedBody) prepare(literals [][]byte) error {
	for i, literal := range literals {
		at := bytes.Index(literal, blankLine)
		if at < 0 {
			continue
		}
		b.start = position{i, at + len(blankLine)}
		b.begun = sha256.New()
		b.begun.Write(b.spaces.append(nil, literal[b.start.offset:]))
		for _, literal := range literals[i+1:] {
			b.rest = append(b.rest, newStretch(literal))
		}
		return nil
	}
	return errors.New("the message has no end of its headers: compose the issue again")
}

func newStretch(literal []byte) stretch {
	without := bytes.TrimLeftFunc(literal, isBlankRune)
	core := bytes.TrimRightFunc(without, isBlankRune)
	s := stretch{lead: literal[:len(literal)-len(without)], core: core, tail: without[len(core):]}
	if relaxed := new(relaxer).append(nil, core); !bytes.Equal(relaxed, core) {
		s.core = relaxed // else the literal's own bytes serve
	}
	return s
}

func isBlankRune(r rune) bool { return r < 0x80 && isBlank(byte(r)) }

// sum hashes the body of an envelope.
func (b *relaxedBody) sum(e *Envelope) []byte {
	sum, spaces := clone(b.begun), b.spaces
	var scratch [1024]byte
	for i, s := range b.rest {
		sum.Write(spaces.append(scratch[:0], e.piece(b.start.literal+i)))
		spaces.append(nil, s.lead)
		if len(s.core) > 0 {
			sum.Write(spaces.flush(scratch[:0]))
			sum.Write(s.core)
		}
		spaces.append(nil, s.tail)
	}
	if spaces.some { // else the body is empty, and hashed as such
		sum.Write([]byte("\r\n"))
	}
	return sum.Sum(nil)
}

// A relaxer brings a body into its relaxed form piece by piece: it holds white space back
// until it is known what follows. Blanks at the end of a line and empty lines at the end
// of the body go, other runs of blanks become one. Every line ends with CRLF (F1).
type relaxer struct {
	lines int  // line ends held back
	blank bool // blanks after them held back
	some  bool // something that is no white space was there
}

// append adds to dst what is certain of the body after b.
func (r *relaxer) append(dst, b []byte) []byte {
	for len(b) > 0 {
		switch b[0] {
		case '\n':
			r.lines, r.blank = r.lines+1, false
			b = b[1:]
		case ' ', '\t':
			r.blank = true
			b = b[1:]
		case '\r':
			b = b[1:]
		default:
			n := bytes.IndexAny(b, " \t\r\n")
			if n < 0 {
				n = len(b)
			}
			dst = append(r.flush(dst), b[:n]...)
			b = b[n:]
		}
	}
	return dst
}

// flush adds what was held back, as something follows that is no white space.
func (r *relaxer) flush(dst []byte) []byte {
	for range r.lines {
		dst = append(dst, "\r\n"...)
	}
	if r.blank {
		dst = append(dst, ' ')
	}
	*r = relaxer{some: true}
	return dst
}
