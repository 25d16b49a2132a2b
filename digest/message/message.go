package message

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of our own (F21).
const (
	maxMessage = 1 << 20
	maxHeaders = 8 << 10
)

// A Message is a variant encoded once. What it says never changes, and many goroutines may
// use it; the envelopes made from it share its bytes.
type Message struct {
	layout
	slots        []Slot
	inHeader     []bool // for each slot: it stands in a header, where only URL letters may
	from         string // MAIL FROM without VERP
	bounceDomain string
	spliced      int          // bytes that an envelope usually owns
	body         *relaxedBody // for signing
	stamps       stamps
}

// New encodes c. Its errors say what is wrong with the content and what to do.
func New(c Content) (*Message, error) {
	if err := checkSlots(c.Slots); err != nil {
		return nil, err
	}
	s, err := newSender(c)
	if err != nil {
		return nil, err
	}
	bodies, err := newBodies(c)
	if err != nil {
		return nil, err
	}
	f, err := newFrame(boundaryFor(c.Text, c.HTML), bodies)
	if err != nil {
		return nil, err
	}
	m := &Message{slots: slices.Clone(c.Slots), from: s.from.address, bounceDomain: s.bounceDomain}
	if err := m.headerBlock(c, s, f.header); err != nil {
		return nil, err
	}
	m.finish()
	headers := m.Size()
	for i, b := range bodies {
		m.literal(f.around[i])
		m.add(b.layout)
	}
	m.literal(f.around[len(bodies)])
	m.finish()
	switch {
	case headers > maxHeaders:
		return nil, fmt.Errorf("the mail's headers have %d bytes, more than %d: shorten its addresses and URLs", headers, maxHeaders)
	case m.Size() > maxMessage:
		return nil, fmt.Errorf("the mail has %d bytes, more than %d: leave stories out", m.Size(), maxMessage)
	}
	return m, nil
}

// finish derives from the pieces what For needs to know of them.
func (m *Message) finish() {
	m.inHeader, m.spliced, m.body = make([]bool, len(m.slots)), 0, new(relaxedBody)
	for _, p := range m.pieces {
		m.spliced += p.size(m.slots)
		if p.kind == rawSlot {
			m.inHeader[p.slot] = true
		}
	}
}

// Size is about how many bytes the message has on the wire.
func (m *Message) Size() int { return m.fixed() + m.spliced }

// A Recipient is who one copy of a message goes to, as it was written down with the
// delivery: the same Recipient and values always give the same bytes.
type Recipient struct {
	ID            int64  // of the delivery
	Address, Name string // Name may be ""
	// Date is the header's, in the zone it shall be shown in (F7).
	Date time.Time
	// MessageID and Return are the left sides of Message-ID and return path, made by a
	// Sealer. Return is not used by a message without a bounce domain.
	MessageID, Return string
}

// For puts a reader's values, in the order of Content.Slots, into the message. An error
// is about this reader alone, and the same whenever it is tried again.
func (m *Message) For(r Recipient, values []string) (*Envelope, error) {
	if m.isStamped() {
		m = m.at(r.Date)
	}
	to, err := newMailbox(r.Name, r.Address)
	if err != nil {
		return nil, err
	}
	if err := m.checkNames(r); err != nil {
		return nil, err
	}
	if err := m.checkValues(values); err != nil {
		return nil, err
	}
	e := &Envelope{ID: r.ID, Name: r.MessageID, From: m.from, To: to.address, UTF8: to.utf8, literals: m.literals, body: m.body, date: r.Date}
	if m.bounceDomain != "" {
		e.From = r.Return + "@" + m.bounceDomain
	}
	e.own = make([]byte, 0, m.spliced+2*len(to.name)+len(to.address))
	e.ends = make([]int, len(m.pieces))
	for i, p := range m.pieces {
		e.own = p.append(e.own, &r, to, values)
		e.ends[i] = len(e.own)
	}
	e.Size = int64(m.fixed() + len(e.own))
	return e, nil
}

// checkNames takes what a Sealer makes, and a year that a date of RFC 5322 can have.
func (m *Message) checkNames(r Recipient) error {
	switch {
	case !isDotAtom(r.MessageID):
		return fmt.Errorf("delivery %d: the message id %q is not one of ours: make it with a Sealer", r.ID, r.MessageID)
	case m.bounceDomain != "" && !isDotAtom(r.Return):
		return fmt.Errorf("delivery %d: the return path %q is not one of ours: make it with a Sealer", r.ID, r.Return)
	case r.Date.Year() < 2000 || r.Date.Year() > 9999:
		return fmt.Errorf("delivery %d: the date %s is not one of a mail: set it when the delivery is written down", r.ID, r.Date)
	}
	return nil
}

// checkValues is the one gate for reader values (F19).
func (m *Message) checkValues(values []string) error {
	if len(values) != len(m.slots) {
		return fmt.Errorf("there are %d values for %d slots: give one for each", len(values), len(m.slots))
	}
	for i, v := range values {
		s := m.slots[i]
		if len(v) != s.Size {
			return fmt.Errorf("the value for %s has %d bytes, not %d: make all of one length", s.Placeholder, len(v), s.Size)
		}
		if err := checkLine("the value for "+s.Placeholder, v); err != nil {
			return err
		}
		if m.inHeader[i] && strings.Trim(v, urlLetters) != "" {
			return fmt.Errorf("the value for %s has characters that a URL cannot have: use a-z, 0-9, -, . and _", s.Placeholder)
		}
	}
	return nil
}

// urlLetters are those that mean nothing in a URL (RFC 3986 §2.3).
const urlLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

// maxSlot keeps a line with a URL that has a value in it below the 998 octets of F2.
const maxSlot = 512

// checkSlots makes sure that it is clear which placeholder is meant in a text.
func checkSlots(slots []Slot) error {
	for i, s := range slots {
		if s.Placeholder == "" || !isPrintableASCII(s.Placeholder) || strings.Contains(s.Placeholder, " ") {
			return fmt.Errorf("the placeholder %q must be ASCII without spaces, as in __TOKEN__: rename it", s.Placeholder)
		}
		if s.Size < 1 || s.Size > maxSlot {
			return fmt.Errorf("the slot %s has a size of %d: values have 1 to %d bytes", s.Placeholder, s.Size, maxSlot)
		}
		if s.Placeholder == Stamp && (i != len(slots)-1 || s.Size != StampSize) {
			return fmt.Errorf("the slot %s must be the last and have a size of %d", Stamp, StampSize)
		}
		for j, other := range slots {
			if i != j && strings.Contains(other.Placeholder, s.Placeholder) {
				return fmt.Errorf("the placeholder %s is a part of %s: rename one", s.Placeholder, other.Placeholder)
			}
		}
	}
	return nil
}
