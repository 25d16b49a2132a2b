package outbox

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/relay"
)

// A Relay sends what its lines give it; see relay.Pool and relay.Dir.
type Relay interface {
	Run(ctx context.Context, open func() relay.Line) error
}

// A Sender works through the queue. One process at a time runs one for a database.
type Sender struct {
	Queue *Queue
	Relay Relay
	// Ahead is how many deliveries are marked as sending before a connection takes them:
	// the number of connections, times their window. After a kill they are in doubt, so
	// that it is small.
	Ahead int
	// Window is how many outcomes of a connection may wait to be written down: as many as
	// it may have messages on the way, see relay.Pool. 0 means 1.
	Window int
	Sealer *message.Sealer
	// Values returns what is spliced into the mail of a reader, in the order of the
	// message's slots.
	Values func(subscription, subscriber int64) []string
	// LetterValues returns the same for a letter, whose link is good until it expires.
	LetterValues func(kind string, ref, subscription, subscriber int64, expires time.Time) []string
	// Drain, once closed, makes Run return when nothing is due or under way any more.
	Drain <-chan struct{}
	// Meters count what relays get, by the names they are kept under over a restart.
	Meters map[string]*relay.Meter
	// Domains limits what goes to the readers of a domain.
	Domains []DomainLimit
	// OnOutcome, if not nil, is called after each attempt that is written down.
	OnOutcome func(State)
	// OnDead, if not nil, is called with each address that does not exist, and what the
	// server said.
	OnDead func(address, said string)
	// Sign, if not nil, puts a DKIM signature on a mail.
	Sign func(*message.Envelope) error
	Log  *slog.Logger

	governor  *governor
	shut      bool // the relay takes nothing for now
	outcomes  tray
	ready     chan *claim
	room      chan struct{} // signals that nothing is ready any more
	done      chan struct{} // closed when lines shall end
	messages  sync.Map      // message.Message by id
	runs      []*runningRun // as of refreshed
	refreshed time.Time
	breakers  map[int64]*breaker
	named     names      // domains with a row of their own
	unwritten []*outcome // that the database did not take
	commits   atomic.Int64
	handed    atomic.Int64 // claims that lines have and whose outcome is not written down
}

// Run sends until ctx ends; what is under way then is finished, the rest stays queued. It
// holds the sender's lease of the database, and waits while another process has it.
// Deliveries that a killed process left as sending become in doubt first.
func (s *Sender) Run(ctx context.Context) error {
	held, release, err := s.Queue.db.Acquire(ctx, "sender")
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("start sending: %w", err)
	}
	defer release()
	if err := s.takeUp(held, time.Now()); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("start sending: %w", err)
	}
	ahead := max(s.Ahead, 1)
	s.ready, s.done = make(chan *claim, ahead), make(chan struct{})
	s.outcomes.open(ahead)
	s.room = make(chan struct{}, 1)
	s.messages.Clear()
	s.runs, s.refreshed, s.shut, s.unwritten = nil, time.Time{}, false, nil
	s.handed.Store(0)
	s.breakers = map[int64]*breaker{}

	lines := make(chan error, 1)
	lineCtx, stopLines := context.WithCancel(held)
	defer stopLines()
	go func() {
		lines <- s.Relay.Run(lineCtx, func() relay.Line { return &line{sender: s} })
		close(lines)
	}()
	err = s.keep(held, lines, stopLines)
	stopLines()
	return err
}

// takeUp begins where an earlier sender ended: what was under way is in doubt, and what
// relays and domains were told or asked for still holds.
func (s *Sender) takeUp(ctx context.Context, now time.Time) error {
	if n, err := s.Queue.settle(ctx, now); err != nil {
		return fmt.Errorf("settle what was under way: %w", err)
	} else if n > 0 {
		s.Log.Warn("a sender ended in the middle; these deliveries are in doubt", "deliveries", n)
	}
	if err := s.Queue.resumeLetters(ctx); err != nil {
		return err
	}
	if err := s.loadMeters(ctx, now); err != nil {
		return err
	}
	s.governor = newGovernor(s.Domains)
	if err := s.loadRests(ctx, now); err != nil {
		return err
	}
	return s.Queue.db.Update(ctx, func(tx *sql.Tx) error { return s.fold(tx, now) })
}

// message returns an encoded message, read once.
func (s *Sender) message(id int64) (*message.Message, error) {
	if m, ok := s.messages.Load(id); ok {
		return m.(*message.Message), nil
	}
	var data []byte
	err := s.Queue.db.View(context.Background(), func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT data FROM message WHERE id = ?1`, id).Scan(&data)
	})
	if err != nil {
		return nil, fmt.Errorf("read message %d: %w", id, err)
	}
	m := new(message.Message)
	if err := m.UnmarshalBinary(data); err != nil {
		return nil, fmt.Errorf("read message %d: %w", id, err)
	}
	s.messages.Store(id, m)
	return m, nil
}

func (s *Sender) values(c *claim) []string {
	if c.IssueID == letters {
		return s.LetterValues(c.kind, c.ref, c.Subscription, c.Subscriber, c.expires)
	}
	return s.Values(c.Subscription, c.Subscriber)
}

// envelope splices the message of a claim. A fault of this one reader's data is a hard
// one; what would fail for everybody is one of configuration.
func (s *Sender) envelope(c *claim) (*message.Envelope, *relay.Error) {
	m, err := s.message(c.MessageID)
	if err != nil {
		return nil, &relay.Error{Stage: relay.StageConnect, Class: relay.Configuration, Err: err}
	}
	e, err := m.For(message.Recipient{
		ID: c.ID, Address: c.Address, Name: c.Name, Date: time.Unix(c.DatedAt, 0).UTC(),
		MessageID: s.Sealer.MessageID(c.ID), Return: s.Sealer.Return(c.ID),
	}, s.values(c))
	if err != nil {
		return nil, &relay.Error{Stage: relay.StageMail, Class: relay.Hard, Err: err}
	}
	if s.Sign != nil {
		if err := s.Sign(e); err != nil {
			return nil, &relay.Error{Stage: relay.StageConnect, Class: relay.Configuration, Err: fmt.Errorf("sign: %w", err)}
		}
	}
	return e, nil
}
