package subscribers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	maxLine   = 64 << 10 // bytes
	maxJoined = 32       // lines that one quoted record may span
)

// csvLines reads records from a file as people have them: with commas, semicolons or tabs,
// in UTF-8, UTF-16 or Windows-1252, with any line ends. Unlike encoding/csv it goes on
// after a broken line, and a quote that is never closed costs that line and not the rest
// of the file.
type csvLines struct {
	in    *bufio.Reader
	comma byte
	// backslash says that \" inside quotes is a quotation mark, as MailPoet writes it.
	backslash bool
	// address is the index of a cell that spans no lines: if it seems to, then the quote
	// that joined them was never meant to be closed.
	address int
	line    int64       // number of the last line taken
	ahead   []aheadLine // read in search of a closing quote, to be taken again
	eof     bool
	latin   bool // some line was not UTF-8
}

type aheadLine struct {
	text string
	err  error // a *errLine
}

// errLine is a sentence about one line; the next one can be read.
type errLine struct{ text string }

func (e *errLine) Error() string { return e.text }

// newCSVLines looks at how the file begins. Its errors are sentences for the operator.
func newCSVLines(r io.Reader) (*csvLines, error) {
	in := bufio.NewReaderSize(r, 4096)
	start, err := in.Peek(512)
	if err != nil && err != io.EOF && len(start) == 0 {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	utf16 := func(order unicode.Endianness) io.Reader {
		return transform.NewReader(in, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
	}
	var text io.Reader = in
	switch {
	case len(start) == 0:
		return nil, errors.New("the file is empty")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")) || bytes.HasPrefix(start, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return nil, errors.New("this is a spreadsheet or a ZIP archive, not a CSV file; open it and save it as CSV (UTF-8), or take the CSV files out of it")
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), len(start) > 3 && start[0] != 0 && start[1] == 0 && start[3] == 0:
		text = utf16(unicode.LittleEndian)
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}), len(start) > 3 && start[0] == 0 && start[1] != 0 && start[2] == 0:
		text = utf16(unicode.BigEndian)
	case bytes.HasPrefix(start, []byte("\ufeff")):
		in.Discard(len("\ufeff"))
	case bytes.IndexByte(start, 0) >= 0:
		return nil, errors.New("this is not a text file; export the readers as CSV")
	}
	return &csvLines{in: bufio.NewReaderSize(&lineEnds{in: text}, maxLine), comma: ','}, nil
}

// next returns the cells of the next line that is not blank and that line's number. A
// *errLine concerns this line only; io.EOF and other errors end the file.
func (c *csvLines) next() (cells []string, line int64, err error) {
	for {
		text, err := c.take()
		line = c.line
		if err != nil {
			return nil, line, err
		}
		if strings.TrimFunc(text, isBlank) == "" {
			continue
		}
		cells, err = c.cells(text)
		return cells, line, err
	}
}

// cells splits a line, and takes more lines while a quote is open.
func (c *csvLines) cells(text string) ([]string, error) {
	cells, err := splitCells(text, c.comma, c.backslash)
	if err != errQuoteOpen {
		return cells, err
	}
	first, joined := c.line, text
	var taken []aheadLine
	for len(taken) < maxJoined && len(joined) < maxLine {
		more, err := c.take()
		var bad *errLine
		if err == io.EOF {
			break
		} else if err != nil && !errors.As(err, &bad) {
			return nil, err
		}
		taken = append(taken, aheadLine{more, err})
		if err != nil {
			break // an over-long line is in no quoted cell of ours
		}
		joined += "\n" + more
		if !strings.Contains(more, `"`) {
			continue
		}
		cells, err := splitCells(joined, c.comma, c.backslash)
		if err == errQuoteOpen {
			continue
		}
		if err == nil && (c.address >= len(cells) || !strings.Contains(cells[c.address], "\n")) {
			return cells, nil
		}
		break
	}
	// Not a record of several lines after all: only its first line is lost.
	c.ahead = append(taken, c.ahead...)
	c.line = first
	return nil, errQuoteOpen
}

// take returns the next line without its end.
func (c *csvLines) take() (string, error) {
	if len(c.ahead) > 0 {
		l := c.ahead[0]
		c.ahead = c.ahead[1:]
		c.line++
		return l.text, l.err
	}
	if c.eof {
		return "", io.EOF
	}
	raw, err := c.in.ReadSlice('\n')
	if err == io.EOF {
		c.eof = true
		if len(raw) == 0 {
			return "", io.EOF
		}
	}
	c.line++
	if err == bufio.ErrBufferFull {
		for err == bufio.ErrBufferFull {
			_, err = c.in.ReadSlice('\n')
		}
		if err == nil || err == io.EOF {
			return "", &errLine{fmt.Sprintf("the line has more than %d bytes", maxLine)}
		}
	}
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("line %d: the file cannot be read further: %w", c.line, err)
	}
	raw = bytes.TrimSuffix(raw, []byte("\n"))
	if !utf8.Valid(raw) {
		c.latin = true
		if decoded, err := charmap.Windows1252.NewDecoder().Bytes(raw); err == nil {
			return string(decoded), nil
		}
	}
	return string(raw), nil
}

var errQuoteOpen error = &errLine{`a quotation mark (") is opened and never closed`}

// splitCells splits one record (RFC 4180). A quotation mark inside a cell that does not
// begin with one is an ordinary character, because people write such files by hand.
func splitCells(text string, comma byte, backslash bool) ([]string, error) {
	cells := make([]string, 0, 8)
	for {
		if !strings.HasPrefix(text, `"`) {
			cell, rest, more := strings.Cut(text, string(comma))
			cells = append(cells, cell)
			if !more {
				return cells, nil
			}
			text = rest
			continue
		}
		cell, rest, err := quotedCell(text[1:], backslash)
		if err != nil {
			return nil, err
		}
		cells = append(cells, cell)
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			return cells, nil
		}
		if rest[0] != comma {
			return nil, &errLine{`there is text after a closing quotation mark (")`}
		}
		text = rest[1:]
	}
}

// quotedCell reads up to the closing quote; two in a row stand for one, and with backslash
// one after a backslash does.
func quotedCell(text string, backslash bool) (cell, rest string, err error) {
	var b strings.Builder
	for {
		part, after, found := strings.Cut(text, `"`)
		if !found {
			return "", "", errQuoteOpen
		}
		if before, escaped := strings.CutSuffix(part, `\`); backslash && escaped {
			b.WriteString(before + `"`)
			text = after
			continue
		}
		b.WriteString(part)
		if !strings.HasPrefix(after, `"`) {
			return b.String(), after, nil
		}
		b.WriteByte('"')
		text = after[1:]
	}
}

// lineEnds turns CR LF and lone CR into LF.
type lineEnds struct {
	in     io.Reader
	lastCR bool
}

func (l *lineEnds) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	kept := 0
	for _, c := range p[:n] {
		skip := c == '\n' && l.lastCR
		l.lastCR = c == '\r'
		if skip {
			continue
		}
		if c == '\r' {
			c = '\n'
		}
		p[kept] = c
		kept++
	}
	return kept, err
}
