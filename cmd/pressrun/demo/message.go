package demo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"os"
	"strings"

	"golang.org/x/net/html/charset"
)

// partLimit bounds how many parts of a mail are read.
const partLimit = 20

// A message is a kept letter, read from its file.
type message struct {
	*letter
	Raw    []byte
	Fields fields
	Head   []byte // the header as sent, without the empty line
	Body   []byte
	// Media is the mail's own Content-Type, lower case, and Params its parameters.
	Media  string
	Params map[string]string
	Parts  []part // of a multipart, or the body alone
	Fault  error  // why the parts could not be read in full

	// Peers are the other letters of the inbox; read opens one of them.
	Peers []*letter
	read  func(*letter) (*message, error)
}

// A field is one header field as sent: Raw keeps the folds, Value does not.
type field struct{ Name, Raw, Value string }

type fields []field

// all returns the values of every field of that name.
func (f fields) all(name string) []string {
	var out []string
	for _, one := range f {
		if strings.EqualFold(one.Name, name) {
			out = append(out, one.Value)
		}
	}
	return out
}

// get returns the value of the first field of that name, or "".
func (f fields) get(name string) string {
	for _, one := range f {
		if strings.EqualFold(one.Name, name) {
			return one.Value
		}
	}
	return ""
}

// A part is one body of a mail.
type part struct {
	Media    string
	Charset  string
	Encoding string // Content-Transfer-Encoding, lower case
	Header   textproto.MIMEHeader
	Raw      []byte // as sent
	Text     string // decoded
	Fault    error  // why Text is not the whole of it
}

// openMail reads the file of a letter.
func openMail(l *letter) (*message, error) {
	raw, err := os.ReadFile(l.File)
	if err != nil {
		return nil, err
	}
	return parseMail(l, raw), nil
}

// parseMail takes a mail apart, as far as it is in order.
func parseMail(l *letter, raw []byte) *message {
	m := &message{letter: l, Raw: raw}
	var at int
	m.Fields, at = splitMail(raw)
	m.Head, m.Body = raw[:at], bytes.TrimPrefix(bytes.TrimPrefix(raw[at:], []byte("\r")), []byte("\n"))
	m.Media, m.Params, m.Fault = mime.ParseMediaType(m.Fields.get("Content-Type"))
	if !strings.HasPrefix(m.Media, "multipart/") {
		header := textproto.MIMEHeader{}
		for _, f := range m.Fields {
			header.Add(f.Name, f.Value)
		}
		m.Parts = []part{newPart(header, m.Body)}
		return m
	}
	reader := multipart.NewReader(bytes.NewReader(m.Body), m.Params["boundary"])
	for len(m.Parts) < partLimit {
		p, err := reader.NextRawPart()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				m.Fault = err
			}
			break
		}
		body, err := io.ReadAll(p)
		if err != nil {
			m.Fault = err
		}
		m.Parts = append(m.Parts, newPart(p.Header, body))
	}
	return m
}

// splitMail reads the header fields of raw, and where the header ends.
func splitMail(raw []byte) (found fields, end int) {
	for end < len(raw) {
		stop := bytes.IndexByte(raw[end:], '\n')
		if stop < 0 {
			stop = len(raw) - end - 1
		}
		line := strings.TrimSuffix(strings.TrimSuffix(string(raw[end:end+stop+1]), "\n"), "\r")
		if line == "" {
			break
		}
		end += stop + 1
		if (line[0] == ' ' || line[0] == '\t') && len(found) > 0 {
			last := &found[len(found)-1]
			last.Raw += "\r\n" + line
			last.Value += line
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			name, value = "", line
		}
		found = append(found, field{Name: name, Raw: value, Value: value})
	}
	for i := range found {
		found[i].Value = strings.TrimSpace(found[i].Value)
	}
	return found, end
}

func newPart(header textproto.MIMEHeader, raw []byte) part {
	p := part{Header: header, Raw: raw, Encoding: strings.ToLower(header.Get("Content-Transfer-Encoding"))}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		media, p.Fault = "text/plain", err // RFC 2045, 5.2
	}
	p.Media, p.Charset = media, strings.ToLower(params["charset"])
	var decoded []byte
	switch p.Encoding {
	case "quoted-printable":
		decoded, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
	case "base64":
		decoded, err = base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(string(raw)))
	default:
		decoded, err = raw, nil
	}
	if err != nil {
		p.Fault = err
	}
	p.Text = string(decoded)
	if p.Charset != "" && p.Charset != "utf-8" {
		if in, err := charset.NewReaderLabel(p.Charset, bytes.NewReader(decoded)); err == nil {
			if text, err := io.ReadAll(in); err == nil {
				p.Text = string(text)
			}
		}
	}
	return p
}

// part returns the first part of a type, or nil.
func (m *message) part(media string) *part {
	for i := range m.Parts {
		if m.Parts[i].Media == media {
			return &m.Parts[i]
		}
	}
	return nil
}

// decodeHeader shows encoded words as text; what cannot be decoded stays as it is.
func decodeHeader(value string) string {
	text, err := (&mime.WordDecoder{CharsetReader: charset.NewReaderLabel}).DecodeHeader(value)
	if err != nil {
		return value
	}
	return text
}
