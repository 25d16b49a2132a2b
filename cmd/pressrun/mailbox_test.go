package main

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A mailbox is a relay on loopback that keeps what it takes.
type mailbox struct {
	sink.Sink
	address string

	mutex sync.Mutex
	mails []mailed
	close context.CancelFunc
}

type mailed struct {
	to   string
	data []byte
}

// openMailbox starts a relay that behaves as it is told, or well.
func openMailbox(behave ...func(*sink.Sink)) (*mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailbox{address: l.Addr().String()}
	m.OnMessage = func(_, to string, data []byte) {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		m.mails = append(m.mails, mailed{to, bytes.Clone(data)})
	}
	for _, b := range behave {
		b(&m.Sink)
	}
	m.serve(l)
	return m, nil
}

func (m *mailbox) serve(l net.Listener) {
	var ctx context.Context
	ctx, m.close = context.WithCancel(context.Background())
	go m.Serve(ctx, l)
}

// down makes the relay refuse connections and drop those it has.
func (m *mailbox) down() { m.close() }

// up makes it answer again at the same address.
func (m *mailbox) up(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", m.address)
	ok(t, err)
	m.serve(l)
}

func (m *mailbox) taken() []mailed {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.mails[:len(m.mails):len(m.mails)]
}

func (m *mailbox) to(address string) (mails []mailed) {
	for _, mail := range m.taken() {
		if mail.to == address {
			mails = append(mails, mail)
		}
	}
	return mails
}

// byReader returns all copies that each reader got.
func (m *mailbox) byReader() map[string][][]byte {
	copies := map[string][][]byte{}
	for _, mail := range m.taken() {
		copies[mail.to] = append(copies[mail.to], mail.data)
	}
	return copies
}

// wait waits until the relay has taken so many mails.
func (m *mailbox) wait(t *testing.T, n int) {
	t.Helper()
	eventually(t, func() bool { return len(m.taken()) >= n })
}

// patience is how long a test waits for another process before it fails.
const patience = 20 * time.Second

// eventually waits until what is expected of another process is so.
func eventually(t *testing.T, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it did not happen within %v", patience)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
