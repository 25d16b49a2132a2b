package desk

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers"
)

// A mailroom is a mail server that keeps what it takes, and the sender that works for it.
type mailroom struct {
	*sink.Sink
	mu    sync.Mutex
	mails map[string][]string // by recipient
	relay *relay.Pool
}

// take keeps a mail.
func (m *mailroom) take(_, to string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails[to] = append(m.mails[to], string(bytes.Clone(data)))
}

// to returns the mails to an address.
func (m *mailroom) to(address string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mails[address]
}

// copies returns how many addresses got something, and how many of them more than one mail.
func (m *mailroom) copies() (readers, twice int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, got := range m.mails {
		if readers++; len(got) > 1 {
			twice++
		}
	}
	return readers, twice
}

// mailroom gives the house a mail server and readers of its edition, and a sender if it is
// to be sent.
func (h *house) mailroom(t *testing.T, readers int, fault func(step, recipient string) sink.Fault) *mailroom {
	t.Helper()
	m := &mailroom{mails: map[string][]string{}}
	m.Sink = &sink.Sink{OnMessage: m.take, Fault: fault}
	addr, err := m.Listen(t.Context())
	ok(t, err)
	a, err := relay.Parse("smtp://"+addr, false)
	ok(t, err)
	quiet := slog.New(slog.DiscardHandler)
	m.relay = &relay.Pool{Address: a, Connections: 2, Hello: "wire.example", Log: quiet}
	sealer, err := message.NewSealer([]byte(secret))
	ok(t, err)
	h.desk.Outside.Test = func(ctx context.Context, l compose.Letter, to string) error {
		e, err := l.Message.For(message.Recipient{ID: -1, Address: to, Date: time.Now(), MessageID: sealer.MessageID(-1), Return: sealer.Return(-1)}, []string{h.token(1), h.token(2)})
		if err != nil {
			return err
		}
		return outbox.SendOne(ctx, m.relay, e)
	}
	added, err := h.readers.AddMany(t.Context(), people(readers), "daily", "sample readers", time.Now(), nil)
	if err != nil || int(added) != readers {
		t.Fatalf("%d of %d readers added: %v", added, readers, err)
	}
	return m
}

func (h *house) token(n int64) string {
	keys, err := subscribers.NewKeys([]byte(secret))
	if err != nil {
		panic(err) // the secret is long enough
	}
	return keys.Token(subscribers.Unsubscribe, n)
}

func people(n int) iter.Seq[subscribers.NewSubscriber] {
	return func(yield func(subscribers.NewSubscriber) bool) {
		for i := range n {
			address, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@readers.example", i+1))
			if err != nil {
				panic(err) // it is an address
			}
			if !yield(subscribers.NewSubscriber{Address: address, Language: []string{"en", "ar"}[i%2]}) {
				return
			}
		}
	}
}

// works runs the sender until the test ends.
func (m *mailroom) works(t *testing.T, h *house) {
	t.Helper()
	h.sends(t, m.relay, 2)
}

// sends runs a sender over some connections until the test ends.
func (h *house) sends(t *testing.T, through outbox.Relay, connections int) {
	t.Helper()
	sealer, err := message.NewSealer([]byte(secret))
	ok(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &outbox.Sender{
		Queue: h.queue, Sealer: sealer, Ahead: connections, Log: slog.New(slog.DiscardHandler), Relay: through,
		Values: func(subscription, subscriber int64) []string {
			return []string{h.token(subscription), h.token(subscriber)}
		},
	}
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// settled waits until an issue has nothing left to do.
func (h *house) settled(t *testing.T, id int64) outbox.Run {
	t.Helper()
	for range 200 {
		run, err := h.queue.Run(t.Context(), id)
		ok(t, err)
		if run.State == "finished" {
			return run
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the issue does not come to its end")
	return outbox.Run{}
}
