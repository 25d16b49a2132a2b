package outbox

import (
	"testing"
	"testing/synctest"

	"github.com/pressrun/pressrun/digest/relay"
)

// A connection has no more outcomes unwritten than its window is wide, which is one where
// nothing is said.
func TestALineWaitsForWhatIsNotWrittenDown(t *testing.T) {
	for window, most := range map[int]int{0: 1, 1: 1, 4: 4} {
		synctest.Test(t, func(t *testing.T) {
			s := &Sender{Window: window, governor: newGovernor(nil)}
			s.outcomes.open(100)
			l := &line{sender: s, claims: map[int64]*claim{}}
			go func() {
				for id := range int64(10) {
					l.claims[id] = to("reader@readers.example")
					l.done(id, relay.Reply{Code: 250}, nil)
				}
			}()
			for left := 10; left > 0; {
				synctest.Wait()
				batch := s.outcomes.take()
				if len(batch) != min(most, left) {
					t.Fatalf("window %d: %d unwritten", window, len(batch))
				}
				left -= len(batch)
				s.release(batch)
			}
		})
	}
}
