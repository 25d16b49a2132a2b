package outbox

import (
	"fmt"

	"github.com/pressrun/pressrun/digest/relay"
)

// Bounds of the breaker (mail-standards S13).
const (
	blocksInARow = 20  // refusals by policy one after another
	firstOf      = 200 // outcomes among which dead addresses are counted
	hardOfFirst  = 10  // more than these, 5 %, and the addresses are not what they should be
)

// A breaker watches one run, and says when it had better pause: a receiver that blocks
// all, or a list of dead addresses, only gets worse by going on.
type breaker struct {
	blocks   int // in a row
	outcomes int
	hard     int
}

// note takes an outcome and returns why the run should pause, "" while it should not.
func (b *breaker) note(err *relay.Error) (why string) {
	if err != nil && (err.Uncertain || err.Class == relay.Unavailable) {
		return ""
	}
	b.outcomes++
	switch {
	case err != nil && err.Class == relay.Block:
		b.blocks++
	case err == nil:
		b.blocks = 0
	case err.Class == relay.Hard:
		b.blocks = 0
		b.hard++
	}
	switch {
	case b.blocks == blocksInARow:
		b.blocks = 0
		return fmt.Sprintf("%d mails in a row were refused by policy, the last with “%s”; ask the relay's or the receiver's operator, then resume", blocksInARow, err.Reply)
	case b.outcomes <= firstOf && b.hard > hardOfFirst:
		b.hard = 0
		return fmt.Sprintf("more than %d of the first %d addresses do not exist; check where they came from, then resume", hardOfFirst, firstOf)
	}
	return ""
}
