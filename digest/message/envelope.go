package message

import (
	"io"
	"time"
)

// An Envelope is SMTP sender and recipient with the data. It shares the bytes of its
// message and owns only what differs; it does not change once made and signed.
type Envelope struct {
	ID       int64  // of the delivery
	Name     string // of the delivery, for ENVID (RFC 3461 §4.4): the left side of the Message-ID
	From, To string // for MAIL and RCPT, without angle brackets
	Size     int64  // of the data in bytes, as SIZE of RFC 1870 has it
	// UTF8 says that the address needs SMTPUTF8 on MAIL and a relay that offers it
	// (F20). The header To then has raw UTF-8.
	UTF8 bool

	top      []byte   // signatures, before all else
	literals [][]byte // of the message
	own      []byte   // what stands between them, in a row
	ends     []int    // where in own each piece ends

	body *relaxedBody // of the message, to sign it
	date time.Time    // of the header Date
}

// WriteTo writes the data: every line ends with CRLF and none begins with a dot, so
// that SMTP's dot-stuffing has nothing to do (F1). The final "." line is not written.
// There are many small writes: give it a buffered writer.
func (e *Envelope) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(e.top)
	written := int64(n)
	if err != nil {
		return written, err
	}
	from := 0
	for i, literal := range e.literals {
		n, err := w.Write(literal)
		written += int64(n)
		if err != nil {
			return written, err
		}
		if i == len(e.ends) {
			break
		}
		n, err = w.Write(e.own[from:e.ends[i]])
		written += int64(n)
		if err != nil {
			return written, err
		}
		from = e.ends[i]
	}
	return written, nil
}

// Bytes gives the data in one piece, for files and tests.
func (e *Envelope) Bytes() []byte {
	all := append(make([]byte, 0, e.Size), e.top...)
	for i, literal := range e.literals {
		all = append(all, literal...)
		if i < len(e.ends) {
			all = append(all, e.piece(i)...)
		}
	}
	return all
}

// piece gives what is the reader's own after literal i.
func (e *Envelope) piece(i int) []byte {
	if i == 0 {
		return e.own[:e.ends[0]]
	}
	return e.own[e.ends[i-1]:e.ends[i]]
}

// header gives the header block up to the blank line before the body, which starts at body.
func (e *Envelope) header(body position) []byte {
	var header []byte
	for i := range body.literal {
		header = append(append(header, e.literals[i]...), e.piece(i)...)
	}
	return append(header, e.literals[body.literal][:body.offset-len("\r\n")]...)
}

// prepend puts whole header lines before those that e has.
func (e *Envelope) prepend(lines []byte) {
	e.top = append(lines, e.top...)
	e.Size += int64(len(lines))
}
