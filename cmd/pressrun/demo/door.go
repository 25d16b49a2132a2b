package demo

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"sync"
)

// A door is a listener whose connections are guests, which it can send away.
type door struct {
	net.Listener

	mu   sync.Mutex
	open map[*guest]struct{}
}

func (d *door) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: conn, door: d, in: bufio.NewReaderSize(conn, firstRead)}
	d.mu.Lock()
	d.open[g] = struct{}{}
	d.mu.Unlock()
	return g, nil
}

func (d *door) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for g := range d.open {
		g.Conn.Close()
	}
}

// A guest is one connection. The SMTP server gets its commands line by line; the mails are
// read past it, because its own reader goes byte by byte and takes 0.4 ms for 60 kB, and
// a demo of a million mails would be a demo of that.
type guest struct {
	net.Conn
	door *door
	in   *bufio.Reader
	// asked says that the server has answered DATA with 354, so that a mail follows.
	asked bool
	rest  []byte // for the server, before anything from the connection
}

// Read gives the server at most one line, so that what follows DATA is still here.
func (g *guest) Read(b []byte) (int, error) {
	if len(g.rest) > 0 {
		n := copy(b, g.rest)
		g.rest = g.rest[n:]
		return n, nil
	}
	if _, err := g.in.Peek(1); err != nil {
		return 0, err
	}
	line, _ := g.in.Peek(min(len(b), g.in.Buffered()))
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end+1]
	}
	n := copy(b, line)
	g.in.Discard(n)
	return n, nil
}

func (g *guest) Write(b []byte) (int, error) {
	g.asked = bytes.HasPrefix(b, []byte("354 "))
	return g.Conn.Write(b)
}

func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.open, g)
	g.door.mu.Unlock()
	return g.Conn.Close()
}

// endOfData is how a mail ends, after its last line (RFC 5321, 4.1.1.4).
const endOfData = ".\r\n"

// A dataReader reads one mail from a guest: up to the line with nothing but a dot, and
// without the dots that were put before others (RFC 5321, 4.5.2). Only CRLF ends a line,
// so that no mail can hide in another. The server then finds an empty mail.
type dataReader struct {
	guest *guest
	inner bool // not at the beginning of a line
	cr    bool // the last byte was a CR
	ended bool
}

func (r *dataReader) Read(b []byte) (n int, err error) {
	for n < len(b) && !r.ended {
		piece, lineEnd, err := r.piece()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return n, err
		}
		took := copy(b[n:], piece)
		if took > 0 {
			r.inner, r.cr = took < len(piece) || !lineEnd, piece[took-1] == '\r'
		}
		r.guest.in.Discard(took)
		n += took
	}
	if r.ended {
		return n, io.EOF
	}
	return n, nil
}

// piece returns some bytes of the mail as they lie in the buffer, and whether they end
// with a line.
func (r *dataReader) piece() (piece []byte, lineEnd bool, err error) {
	in := r.guest.in
	first, err := in.Peek(1)
	if err != nil {
		return nil, false, err
	}
	if !r.inner && first[0] == '.' {
		if end, err := in.Peek(len(endOfData)); err != nil {
			return nil, false, err
		} else if string(end) == endOfData {
			r.ended = true
			r.guest.rest = []byte(endOfData)
			_, err := in.Discard(len(endOfData))
			return nil, true, err
		}
		if _, err := in.Discard(1); err != nil {
			return nil, false, err
		}
		r.inner = true
	}
	all, _ := in.Peek(in.Buffered())
	if r.cr && len(all) > 0 && all[0] == '\n' {
		return all[:1], true, nil
	}
	if at := bytes.Index(all, []byte("\r\n.")); at >= 0 {
		return all[:at+2], true, nil
	}
	return all, bytes.HasSuffix(all, []byte("\r\n")), nil
}
