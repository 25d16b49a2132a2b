package outbox

import "sync"

// A tray is where the lines put their outcomes. It wakes the ledger for the first and for
// as many as there are connections, not for each.
type tray struct {
	some, full chan struct{} // signals, at most one waiting in each
	mutex      sync.Mutex
	outcomes   []*outcome
	enough     int
}

// open empties the tray; it is full with so many outcomes.
func (t *tray) open(enough int) {
	t.some, t.full = make(chan struct{}, 1), make(chan struct{}, 1)
	t.outcomes, t.enough = nil, enough
}

func (t *tray) put(o *outcome) {
	t.mutex.Lock()
	t.outcomes = append(t.outcomes, o)
	n := len(t.outcomes)
	t.mutex.Unlock()
	if n == 1 {
		signal(t.some)
	}
	if n == t.enough {
		signal(t.full)
	}
}

// take empties the tray, and with it the signals that were for what it took.
func (t *tray) take() []*outcome {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	taken := t.outcomes
	t.outcomes = nil
	for _, c := range []chan struct{}{t.some, t.full} {
		select {
		case <-c:
		default:
		}
	}
	return taken
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
