package message

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Stamp is the placeholder of when a copy left, to ten seconds: what its Date says, written
// by the message itself. It tells how old a mail was when one of its links was followed, and
// nobody's name: all copies of those ten seconds share it.
//
// Its slot is the last, has StampSize, and takes no value in For.
const (
	Stamp     = "__STAMP__"
	StampSize = 6
	stampUnit = 10 * time.Second
)

// StampOf is the stamp of a moment.
func StampOf(t time.Time) string {
	s := strconv.FormatInt(t.Unix()/int64(stampUnit/time.Second), 36)
	return strings.Repeat("0", max(0, StampSize-len(s))) + s
}

// StampTime is the earliest moment of a stamp; ok is false for what is none.
func StampTime(stamp string) (t time.Time, ok bool) {
	if len(stamp) != StampSize || strings.Trim(stamp, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return t, false
	}
	n, err := strconv.ParseInt(stamp, 36, 64)
	return time.Unix(n*int64(stampUnit/time.Second), 0), err == nil
}

// stampsKept is of how many stamps a message keeps its bytes: copies that are tried again
// have the stamps of their first attempt, and come in any order.
const stampsKept = 32

// stamps are a message's bytes by stamp.
type stamps struct {
	mutex sync.Mutex
	made  map[string]*Message
}

// isStamped reports whether the message has a place for the stamp.
func (m *Message) isStamped() bool {
	return len(m.slots) > 0 && m.slots[len(m.slots)-1].Placeholder == Stamp
}

// at returns the message with the stamp of a moment in its bytes: made once for all copies
// that follow each other, so that a stamp costs a reader nothing.
func (m *Message) at(t time.Time) *Message {
	stamp := StampOf(t)
	m.stamps.mutex.Lock()
	defer m.stamps.mutex.Unlock()
	if made := m.stamps.made[stamp]; made != nil {
		return made
	}
	if m.stamps.made == nil || len(m.stamps.made) >= stampsKept {
		m.stamps.made = map[string]*Message{}
	}
	made := m.with(stamp)
	m.stamps.made[stamp] = made
	return made
}

func (m *Message) with(stamp string) *Message {
	last := len(m.slots) - 1
	n := &Message{slots: m.slots[:last:last], from: m.from, bounceDomain: m.bounceDomain}
	for i, p := range m.pieces {
		n.literal(m.literals[i])
		if p, fixed := p.fix(last, stamp); fixed != nil {
			n.literal(fixed)
		} else {
			n.place(p)
		}
	}
	n.literal(m.literals[len(m.pieces)])
	n.finish()
	return n
}

// fix puts the value of one slot into a piece. Where that was all it waited for, its bytes
// are fixed.
func (p piece) fix(slot int, value string) (rest piece, fixed []byte) {
	switch {
	case p.kind == rawSlot && p.slot == slot:
		return p, []byte(value)
	case p.kind == quotedSlot && p.slot == slot:
		fixed, _ = appendQuoted(nil, 0, value, false)
		return p, fixed
	case p.kind != base64Run || !slices.ContainsFunc(p.at, func(at patch) bool { return at.slot == slot }):
		return p, nil
	}
	rest = piece{kind: base64Run, run: slices.Clone(p.run)}
	for _, at := range p.at {
		if at.slot == slot {
			copy(rest.run[at.offset:], value)
		} else {
			rest.at = append(rest.at, at)
		}
	}
	if len(rest.at) == 0 {
		return rest, appendBase64(nil, rest.run)
	}
	return rest, nil
}
