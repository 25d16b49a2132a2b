package sink

import (
	"hash/maphash"
	"sync"
)

// Copies counts messages for each recipient in little memory, and remembers a hash of the
// bytes, so that doubles can be told and compared.
type Copies struct {
	mutex sync.Mutex
	seed  maphash.Seed
	got   map[string][]uint64
}

// NewCopies returns an empty count.
func NewCopies() *Copies { return &Copies{seed: maphash.MakeSeed(), got: map[string][]uint64{}} }

// Note is an OnMessage function.
func (c *Copies) Note(_, to string, data []byte) {
	sum := maphash.Bytes(c.seed, data)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.got[to] = append(c.got[to], sum)
}

// Recipients returns how many different recipients have got something.
func (c *Copies) Recipients() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.got)
}

// Of returns how many copies a recipient got.
func (c *Copies) Of(to string) int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.got[to])
}

// Twice returns how many recipients got more than one copy, and how many of these got
// copies that differ.
func (c *Copies) Twice() (twice, different int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, sums := range c.got {
		if len(sums) < 2 {
			continue
		}
		twice++
		for _, s := range sums[1:] {
			if s != sums[0] {
				different++
				break
			}
		}
	}
	return twice, different
}
