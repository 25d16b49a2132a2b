package desk

import (
	"maps"
	"sync"
	"time"

	"github.com/pressrun/pressrun/templates"
)

// trialTerm is for how long the page of relays shows what a test showed. Its form leads back
// to the page, so that a reload does not send a second mail.
const trialTerm = time.Minute

// trials are what tests of relays showed lately, each to the session that asked.
type trials struct {
	mu   sync.Mutex
	kept map[tried]keptTrial
}

// A tried is a relay, from 1 on, with the session in which somebody tried it.
type tried struct {
	session string
	relay   int
}

type keptTrial struct {
	view  *templates.DeskRelayTrial
	until time.Time
}

func (t *trials) keep(of tried, view *templates.DeskRelayTrial, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.kept, func(_ tried, k keptTrial) bool { return !now.Before(k.until) })
	if t.kept == nil {
		t.kept = map[tried]keptTrial{}
	}
	t.kept[of] = keptTrial{view, now.Add(trialTerm)}
}

// of is what the last test showed, nil for none or one of long ago.
func (t *trials) of(of tried, now time.Time) *templates.DeskRelayTrial {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.kept[of]; now.Before(k.until) {
		return k.view
	}
	return nil
}
