package relay

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A wire is the connection under TLS and all else. It keeps the deadlines, which a
// shutdown may shorten at any time, and until the session stands it takes only so much of
// what a stranger sends.
type wire struct {
	net.Conn

	mutex    sync.Mutex
	deadline time.Time // as it is set
	latest   time.Time // no deadline is later; zero for none
	room     int       // octets that may still be read, negative for any number
}

var errTooTalkative = errors.New("the server does not stop talking")

// Read reads while there is room.
func (w *wire) Read(p []byte) (int, error) {
	w.mutex.Lock()
	room := w.room
	w.mutex.Unlock()
	if room == 0 {
		return 0, errTooTalkative
	}
	if room > 0 {
		p = p[:min(room, len(p))]
	}
	n, err := w.Conn.Read(p)
	if room > 0 {
		w.mutex.Lock()
		w.room -= n
		w.mutex.Unlock()
	}
	return n, err
}

// trust lets the server send any amount from now on.
func (w *wire) trust() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.room = -1
}

// allow gives what is done next so much time, or less when the end is near.
func (w *wire) allow(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.deadline = time.Now().Add(d)
	if !w.latest.IsZero() && w.deadline.After(w.latest) {
		w.deadline = w.latest
	}
	_ = w.Conn.SetDeadline(w.deadline)
}

// shorten ends whatever is done or will be done on the wire after d.
func (w *wire) shorten(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.latest = time.Now().Add(d)
	if w.deadline.IsZero() || w.deadline.After(w.latest) {
		w.deadline = w.latest
		_ = w.Conn.SetDeadline(w.latest)
	}
}
