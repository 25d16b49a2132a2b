package demo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/emersion/go-smtp"
)

// A visit is one connection of a sender, as the SMTP server tells of it.
type visit struct {
	inbox    *Inbox
	guest    *guest
	envelope envelope
	buffer   []byte
}

func (v *visit) Mail(from string, opts *smtp.MailOptions) error {
	v.envelope = envelope{Sender: from, UTF8: opts != nil && opts.UTF8}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.envelope.Recipients = append(v.envelope.Recipients, to)
	return nil
}

func (v *visit) Reset()        { v.envelope = envelope{} }
func (v *visit) Logout() error { return nil }

// Data takes one mail. A mail sent with BDAT comes from the server; one sent with DATA is
// still in the connection, and is read to its end whatever becomes of it.
func (v *visit) Data(r io.Reader) error {
	if !v.guest.asked {
		return v.take(r)
	}
	body := &dataReader{guest: v.guest}
	err := v.take(body)
	if _, broken := io.Copy(io.Discard, body); broken != nil {
		return broken
	}
	return err
}

// take reads the beginning of a mail, to know its language, then the rest into a file or
// into nothing.
func (v *visit) take(r io.Reader) error {
	if v.buffer == nil {
		v.buffer = make([]byte, firstRead)
	}
	n, ended, err := fill(r, v.buffer)
	if err != nil {
		return err
	}
	seen := readLetter(v.buffer[:n])
	seen.Envelope = v.envelope
	number, keep := v.inbox.reserve(seen.Language)
	if !keep {
		if seen.Size, err = v.pour(io.Discard, r, n, ended); err == nil {
			v.inbox.record(v.envelope, seen.Language, seen.Size, nil)
		}
		return err
	}
	seen.Number = number
	if err := v.store(seen, r, n, ended); err != nil {
		v.inbox.release(seen.Language)
		return err
	}
	v.inbox.record(v.envelope, seen.Language, seen.Size, seen)
	return nil
}

// store writes the mail, of which n bytes are in the buffer, into a file of its own.
func (v *visit) store(l *letter, r io.Reader, n int, ended bool) error {
	l.File = filepath.Join(v.inbox.dir, fmt.Sprintf("mail-%05d.eml", l.Number))
	file, err := os.Create(l.File)
	if err != nil {
		return full(err)
	}
	l.Size, err = v.pour(file, r, n, ended)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(l.File)
	}
	return err
}

// pour writes the n bytes in the buffer to w, and all that follows, and returns how many
// bytes that were.
func (v *visit) pour(w io.Writer, r io.Reader, n int, ended bool) (size int, err error) {
	for {
		size += n
		if size > inboxLimit {
			return size, smtp.ErrDataTooLarge
		}
		if _, err := w.Write(v.buffer[:n]); err != nil {
			return size, full(err)
		}
		if ended {
			return size, nil
		}
		if n, ended, err = fill(r, v.buffer); err != nil {
			return size, err
		}
	}
}

// full is the answer to a mail that cannot be kept: the sender may try again (RFC 3463,
// X.3.1).
func full(err error) error {
	return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "The inbox cannot store this mail: " + err.Error()}
}

// fill reads until buffer is full or the mail ends. A connection that breaks is an error.
func fill(r io.Reader, buffer []byte) (n int, ended bool, err error) {
	for n < len(buffer) && err == nil {
		var m int
		m, err = r.Read(buffer[n:])
		n += m
	}
	if err == io.EOF {
		return n, true, nil
	}
	return n, false, err
}

// readLetter reads what the list of mails shows from the beginning of a mail.
func readLetter(start []byte) *letter {
	fields, _ := splitMail(start)
	l := &letter{
		From: decodeHeader(fields.get("From")), To: decodeHeader(fields.get("To")),
		Subject: decodeHeader(fields.get("Subject")), ID: fields.get("Message-ID"),
		Language: strings.ToLower(fields.get("Content-Language")),
	}
	if l.Language == "" || len(l.Language) > 35 || strings.ContainsAny(l.Language, " ,\t") { // RFC 5646, 4.4.1
		l.Language = "und"
	}
	return l
}
