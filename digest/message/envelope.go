package message

import "io"

// An Envelope is SMTP sender and recipient with the data. It shares the bytes of its
// message and owns only what differs; it does not change once made.
type Envelope struct {
	ID       int64  // of the delivery
	From, To string // for MAIL and RCPT, without angle brackets
	Size     int64  // of the data in bytes, as SIZE of RFC 1870 has it
	// UTF8 says that the address needs SMTPUTF8 on MAIL and a relay that offers it
	// (F20). The header To then has raw UTF-8.
	UTF8 bool

	literals [][]byte // of the message
	own      []byte   // what stands between them, in a row
	ends     []int    // where in own each piece ends
}

// WriteTo writes the data: every line ends with CRLF and none begins with a dot, so
// that SMTP's dot-stuffing has nothing to do (F1). The final "." line is not written.
// There are many small writes: give it a buffered writer.
func (e *Envelope) WriteTo(w io.Writer) (int64, error) {
	var written int64
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
	all := make([]byte, 0, e.Size)
	from := 0
	for i, end := range e.ends {
		all = append(append(all, e.literals[i]...), e.own[from:end]...)
		from = end
	}
	return append(all, e.literals[len(e.ends)]...)
}
