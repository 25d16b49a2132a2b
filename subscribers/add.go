package subscribers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// A NotAdded says why Add left a reader as they were.
type NotAdded struct {
	Email string
	Why   Skip
}

// Error is a sentence for the operator.
func (e *NotAdded) Error() string {
	switch e.Why {
	case SkipSubscribed, SkipOperator: // there is nothing the reader could do
		return e.Email + " " + string(e.Why)
	}
	return fmt.Sprintf("%s %s; only they can come back, by signing up and confirming it", e.Email, e.Why)
}

// Add subscribes one reader to an edition, confirmed, on the operator's word: evidence says
// where the consent comes from (W6). A reader who is subscribed already, left, bounced or
// complained stays as they are, and the error is a *NotAdded.
func (s *Store) Add(ctx context.Context, n NewSubscriber, edition, evidence string, now time.Time) (Reader, error) {
	l, err := newLanding(edition, evidence, MethodOperator, now)
	if err != nil {
		return Reader{}, err
	}
	if n, err = n.checked(); err != nil {
		return Reader{}, err
	}
	l.rows = []arrival{{NewSubscriber: n, key: n.Address.Key(), state: Confirmed, created: now.Unix(), confirmed: now.Unix()}}
	if err := s.land(ctx, l); err != nil {
		return Reader{}, fmt.Errorf("add a subscriber: %w", err)
	}
	if why := l.rows[0].skip; why != "" {
		return Reader{}, &NotAdded{Email: n.Address.String(), Why: why}
	}
	return s.Find(ctx, n.Address)
}

// AddMany subscribes many readers to an edition, confirmed, as Add does one, and returns
// how many it added; who may not be added is passed over. It keeps some thousands in
// memory, however many there are. progress, which may be nil, is told how many are done.
func (s *Store) AddMany(ctx context.Context, readers iter.Seq[NewSubscriber], edition, evidence string, now time.Time, progress func(done int64)) (added int64, err error) {
	l, err := newLanding(edition, evidence, MethodImport, now)
	if err != nil {
		return 0, err
	}
	var done int64
	flush := func() error {
		if err := s.land(ctx, l); err != nil {
			return fmt.Errorf("add subscribers: %w", err)
		}
		for i := range l.rows {
			if l.rows[i].skip == "" {
				added++
			}
		}
		done += int64(len(l.rows))
		l.rows = l.rows[:0]
		if progress != nil {
			progress(done)
		}
		return nil
	}
	for n := range readers {
		if n, err = n.checked(); err != nil {
			return added, fmt.Errorf("subscriber %d: %w", done+int64(len(l.rows))+1, err)
		}
		l.rows = append(l.rows, arrival{line: int64(len(l.rows)), NewSubscriber: n, key: n.Address.Key(), state: Confirmed, created: now.Unix(), confirmed: now.Unix()})
		if len(l.rows) == s.landing {
			if err := flush(); err != nil {
				return added, err
			}
		}
	}
	return added, flush()
}

func newLanding(edition, evidence string, method Method, now time.Time) (*landing, error) {
	evidence, evErr := checkEvidence(evidence)
	if err := errors.Join(cleanEdition(edition), evErr); err != nil {
		return nil, err
	}
	return &landing{edition: edition, method: method, evidence: evidence, now: now}, nil
}
