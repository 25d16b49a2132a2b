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

	mutex   sync.Mutex
	reading time.Time // the deadlines as they are set, zero for none
	writing time.Time
	latest  time.Time // no deadline is later; zero for none
	hushed  bool      // nothing more is to be written
	room    int       // octets that may still be read, negative for any number
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
	w.allowRead(d)
	w.allowWrite(d)
}

// allowRead gives reading so much time.
func (w *wire) allowRead(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.reading = w.deadline(d)
	_ = w.Conn.SetReadDeadline(w.reading)
}

// allowAnyRead gives reading all the time there is.
func (w *wire) allowAnyRead() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.reading = w.latest
	_ = w.Conn.SetReadDeadline(w.reading)
}

// allowWrite gives writing so much time.
func (w *wire) allowWrite(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.hushed {
		return
	}
	w.writing = w.deadline(d)
	_ = w.Conn.SetWriteDeadline(w.writing)
}

// hush ends all writing, also that which is under way.
func (w *wire) hush() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.hushed, w.writing = true, time.Unix(1, 0)
	_ = w.Conn.SetWriteDeadline(w.writing)
}

// deadline is the end of so much time from now. The mutex is held.
func (w *wire) deadline(d time.Duration) time.Time {
	at := time.Now().Add(d)
	if !w.latest.IsZero() && at.After(w.latest) {
		return w.latest
	}
	return at
}

// shorten ends whatever is done or will be done on the wire after d.
func (w *wire) shorten(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.latest = time.Now().Add(d)
	if w.reading.IsZero() || w.reading.After(w.latest) {
		w.reading = w.latest
		_ = w.Conn.SetReadDeadline(w.latest)
	}
	if w.writing.IsZero() || w.writing.After(w.latest) {
		w.writing = w.latest
		_ = w.Conn.SetWriteDeadline(w.latest)
	}
}
