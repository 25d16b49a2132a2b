package message

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"
)

// A frame is what MIME puts around the bodies: the headers Content-Type (and, with one
// body, Content-Transfer-Encoding), and the bytes before, between and after the bodies.
type frame struct {
	header []byte
	around [][]byte // one more than bodies
}

// newFrame lets go-mail lay out the message: which parts, in which order, with which
// headers and boundaries. In place of the bodies it is given marks, and what it writes
// is cut at them.
//
// go-mail's own header block is not used: it sorts headers by name, writes preformatted
// ones in random order and folds only at spaces.
func newFrame(boundary string, bodies []body) (frame, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithBoundary(boundary))
	types := []mail.ContentType{mail.TypeTextPlain, mail.TypeTextHTML}
	marks := []string{"the text goes here", "the html goes here"}
	for i, b := range bodies {
		m.AddAlternativeString(types[i], marks[i], mail.WithPartEncoding(encoding(b)))
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return frame{}, fmt.Errorf("lay out the message: %w", err)
	}
	header, rest, found := bytes.Cut(out.Bytes(), []byte("\r\n\r\n"))
	content := bytes.Index(header, []byte("Content-T"))
	if !found || content < 0 {
		return frame{}, fmt.Errorf("lay out the message: no Content-Type in %q", header)
	}
	f := frame{header: append(bytes.Clone(header[content:]), "\r\n"...)}
	for i, b := range bodies {
		before, after, found := bytes.Cut(rest, encodedMark(marks[i], encoding(b)))
		if !found {
			return frame{}, fmt.Errorf("lay out the message: no place for %q in %q", marks[i], rest)
		}
		f.around = append(f.around, bytes.Clone(before))
		rest = after
	}
	f.around = append(f.around, bytes.Clone(rest))
	return f, nil
}

func encoding(b body) mail.Encoding {
	if b.base64 {
		return mail.EncodingB64
	}
	return mail.EncodingQP
}

// encodedMark is what go-mail makes of a mark, which is shorter than a line.
func encodedMark(mark string, e mail.Encoding) []byte {
	if e == mail.EncodingB64 {
		return appendBase64(nil, []byte(mark))
	}
	return []byte(mark)
}

// boundaryFor derives a boundary from the bodies: the same message has the same bytes
// whenever it is built. It is not in the sources, and cannot be a line of an encoded
// body: those never begin with a hyphen (F9).
func boundaryFor(text, html []byte) string {
	sum := sha256.New()
	sum.Write(text)
	sum.Write([]byte{0})
	sum.Write(html)
	for {
		boundary := fmt.Sprintf("pressrun_%x", sum.Sum(nil)[:16])
		if !strings.Contains(string(text), boundary) && !strings.Contains(string(html), boundary) {
			return boundary
		}
		sum.Write([]byte{0})
	}
}
