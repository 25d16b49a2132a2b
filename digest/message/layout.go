package message

import (
	"encoding/base64"
	"time"
)

// A layout is a message as it stands before it has a reader: literal bytes, and between
// each two of them a piece that differs per reader. There is one literal more than
// there are pieces.
type layout struct {
	literals [][]byte
	pieces   []piece
}

// A piece is a stretch of the message that is written anew for each reader.
type piece struct {
	kind pieceKind
	slot int     // rawSlot, quotedSlot: index of the value
	run  []byte  // base64Run: source bytes of whole lines, the values missing
	at   []patch // base64Run: where in run the values go
}

// A patch puts the value of a slot over the bytes at offset.
type patch struct{ offset, slot int }

type pieceKind byte

const (
	dateValue   pieceKind = iota + 1 // the value of Date
	toHeader                         // the header To, whole
	messageName                      // left side of Message-ID
	rawSlot                          // a value in a header, as it is
	quotedSlot                       // a value in a quoted-printable body, at the start of a line
	base64Run                        // lines of a base64 body that values reach into
)

// literal adds bytes that all readers share.
func (l *layout) literal(b []byte) {
	if len(l.literals) == 0 {
		l.literals = append(l.literals, nil)
	}
	last := &l.literals[len(l.literals)-1]
	*last = append(*last, b...)
}

// place adds a piece; what follows is a new literal.
func (l *layout) place(p piece) {
	l.literal(nil)
	l.pieces = append(l.pieces, p)
	l.literals = append(l.literals, nil)
}

// add appends another layout.
func (l *layout) add(o layout) {
	for i, p := range o.pieces {
		l.literal(o.literals[i])
		l.place(p)
	}
	if n := len(o.literals); n > 0 {
		l.literal(o.literals[n-1])
	}
}

// fixed is the number of bytes in literals.
func (l *layout) fixed() int {
	n := 0
	for _, b := range l.literals {
		n += len(b)
	}
	return n
}

// size is the length of the piece: exact for bodies but for bytes that need escaping,
// a usual value for the headers.
func (p piece) size(slots []Slot) int {
	switch p.kind {
	case dateValue:
		return len(time.RFC1123Z)
	case toHeader:
		return len("To: ") + 60
	case messageName:
		return 26
	case rawSlot, quotedSlot:
		return slots[p.slot].Size
	default:
		return base64Size(len(p.run))
	}
}

// append writes the piece for a reader.
func (p piece) append(dst []byte, r *Recipient, to mailbox, values []string) []byte {
	switch p.kind {
	case dateValue:
		return r.Date.AppendFormat(dst, time.RFC1123Z)
	case toHeader:
		return appendMailbox(dst, "To", to)
	case messageName:
		return append(dst, r.MessageID...)
	case rawSlot:
		return append(dst, values[p.slot]...)
	case quotedSlot:
		dst, _ = appendQuoted(dst, 0, values[p.slot], false)
		return dst
	default:
		return p.appendBase64(dst, values)
	}
}

func (p piece) appendBase64(dst []byte, values []string) []byte {
	var line [base64Line]byte
	for start := 0; start < len(p.run); start += base64Line {
		n := copy(line[:], p.run[start:])
		for _, at := range p.at {
			value := values[at.slot]
			from := max(at.offset, start) // a value may have begun in an earlier line
			if from < start+n && from < at.offset+len(value) {
				copy(line[from-start:n], value[from-at.offset:])
			}
		}
		dst = base64.StdEncoding.AppendEncode(dst, line[:n])
		dst = append(dst, "\r\n"...)
	}
	return dst
}
