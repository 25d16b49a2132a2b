package message

import (
	"encoding/binary"
	"fmt"
)

// A stored message is what New built, not what it was built from: a retry after an
// upgrade of the program still has the same bytes. The form is a mark with a version,
// then numbers as unsigned varints and strings with their length before them.
const storedMark = "pressrun message 1\n"

// MarshalBinary gives the message as it is kept in the database.
func (m *Message) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, m.Size()+1024)
	b = append(b, storedMark...)
	b = putString(b, m.from)
	b = putString(b, m.bounceDomain)
	b = putNumber(b, len(m.slots))
	for _, s := range m.slots {
		b = putNumber(putString(b, s.Placeholder), s.Size)
	}
	b = putNumber(b, len(m.pieces))
	for i, p := range m.pieces {
		b = putString(b, m.literals[i])
		b = putNumber(putNumber(b, int(p.kind)), p.slot)
		b = putString(b, p.run)
		b = putNumber(b, len(p.at))
		for _, at := range p.at {
			b = putNumber(putNumber(b, at.offset), at.slot)
		}
	}
	return putString(b, m.literals[len(m.pieces)]), nil
}

// UnmarshalBinary makes m the message that MarshalBinary was called on. It copies what
// it keeps of data.
func (m *Message) UnmarshalBinary(data []byte) error {
	if len(data) < len(storedMark) || string(data[:len(storedMark)]) != storedMark {
		return fmt.Errorf("the stored message is damaged, or was written by a newer version of this program: update it, or compose the issue again")
	}
	r := &storedReader{rest: data[len(storedMark):]}
	n := &Message{}
	n.from, n.bounceDomain = string(r.bytes()), string(r.bytes())
	for range r.count() {
		n.slots = append(n.slots, Slot{Placeholder: string(r.bytes()), Size: r.number()})
	}
	for range r.count() {
		n.literal(r.bytes())
		p := piece{kind: pieceKind(r.number()), slot: r.number(), run: append([]byte(nil), r.bytes()...)}
		for range r.count() {
			p.at = append(p.at, patch{offset: r.number(), slot: r.number()})
		}
		n.place(p)
	}
	n.literal(r.bytes())
	if r.broken || len(r.rest) > 0 || !n.isWhole() {
		return fmt.Errorf("the stored message is damaged: restore the database, or compose the issue again")
	}
	n.finish()
	m.layout, m.slots, m.from, m.bounceDomain = n.layout, n.slots, n.from, n.bounceDomain
	m.inHeader, m.spliced, m.body = n.inHeader, n.spliced, n.body
	return nil
}

// isWhole tells whether no piece points outside of the message.
func (m *Message) isWhole() bool {
	for _, p := range m.pieces {
		switch p.kind {
		case dateValue, toHeader, messageName:
		case rawSlot, quotedSlot:
			if p.slot >= len(m.slots) {
				return false
			}
		case base64Run:
			for _, at := range p.at {
				if at.slot >= len(m.slots) || at.offset+m.slots[at.slot].Size > len(p.run) {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

func putNumber(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

func putString[T string | []byte](b []byte, s T) []byte {
	return append(putNumber(b, len(s)), s...)
}

// A storedReader takes values off rest. Once something does not fit it is broken and
// gives zero values.
type storedReader struct {
	rest   []byte
	broken bool
}

// number gives a number that is at most the length of any message.
func (r *storedReader) number() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > 16*maxMessage {
		r.broken, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

// count gives the number of things that follow, each of one byte at least.
func (r *storedReader) count() int {
	n := r.number()
	if n > len(r.rest) {
		r.broken, r.rest = true, nil
		return 0
	}
	return n
}

func (r *storedReader) bytes() []byte {
	n := r.count()
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}
