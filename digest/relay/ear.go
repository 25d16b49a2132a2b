package relay

import (
	"bufio"
	"sync"
	"time"
)

// An ear reads the replies of a session at all times, also while commands are written, so
// that neither side ever waits for the other to read. Each reply has its own time, which
// begins when its command is out and the reply before it is here.
type ear struct {
	wire   *wire
	reader *bufio.Reader
	heard  chan heard // closed after an error

	mutex sync.Mutex
	due   []due // the replies to come, in order
	last  bool  // what is left has a common time, which has begun
}

// A due is a reply to come.
type due struct {
	flight *flight
	wait   time.Duration
}

// A heard is a reply that came, or why none will come any more. A reply with an error was
// not asked for.
type heard struct {
	reply Reply
	err   error
}

// newEar returns an ear that listens, with room for so many replies.
func newEar(w *wire, r *bufio.Reader, replies int) *ear {
	e := &ear{wire: w, reader: r, heard: make(chan heard, replies+1)}
	w.allowAnyRead()
	go e.listen()
	return e
}

func (e *ear) listen() {
	defer close(e.heard)
	for {
		h := heard{}
		h.reply, h.err = readReply(e.reader)
		if h.err == nil && !e.next() {
			if h.err = desync(h.reply); h.reply.Code == 421 {
				h.err = goodbye(h.reply)
			}
		}
		if h.err != nil {
			e.end()
		}
		e.heard <- h
		if h.err != nil {
			return
		}
	}
}

// next begins to wait for the reply after the one that came. It returns false if that one
// was not due.
func (e *ear) next() bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if len(e.due) == 0 {
		return false
	}
	e.due = append(e.due[:0], e.due[1:]...)
	e.await()
	return true
}

// await gives the first reply due its time. While its command is being written there is
// no end to it: the writing has one. The mutex is held.
func (e *ear) await() {
	switch {
	case e.last:
	case len(e.due) > 0 && e.due[0].flight.written:
		e.wire.allowRead(e.due[0].wait)
	default:
		e.wire.allowAnyRead()
	}
}

// expect says which replies will come to what is written next.
func (e *ear) expect(f *flight, waits ...time.Duration) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	for _, w := range waits {
		e.due = append(e.due, due{f, w})
	}
}

// wrote says that a flight is out.
func (e *ear) wrote(f *flight) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	f.written = true
	if len(e.due) > 0 && e.due[0].flight == f {
		e.await()
	}
}

// hurry gives all that is left one time.
func (e *ear) hurry(d time.Duration) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if !e.last {
		e.last = true
		e.wire.allowRead(d)
	}
}

// end stops what is being written when no reply to it will come, but not the goodbye of
// a session that has done all its work.
func (e *ear) end() {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if !e.last {
		e.wire.hush()
	}
}

// unasked returns what was heard although nothing is due: a goodbye, or the end.
func (e *ear) unasked() error {
	select {
	case h := <-e.heard:
		return h.err
	default:
		return nil
	}
}

// stop ends the listening.
func (e *ear) stop() {
	e.mutex.Lock()
	e.last = true
	e.wire.allowRead(-time.Second)
	e.mutex.Unlock()
	for range e.heard {
	}
}
