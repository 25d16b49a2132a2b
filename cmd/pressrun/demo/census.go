package demo

import (
	"hash/maphash"
	"strconv"
	"strings"
)

// A census remembers who has had a mail, in as little memory as that takes: one bit for
// each sample reader, a hash for anybody else. Two addresses that share a 64-bit hash
// would count as one; among a million that happens once in 37 million runs.
type census struct {
	readers []uint64
	others  map[uint64]struct{}
	seed    maphash.Seed
}

func newCensus() *census {
	return &census{others: make(map[uint64]struct{}), seed: maphash.MakeSeed()}
}

// add notes the address and says whether it was there before.
func (c *census) add(address string) (twice bool) {
	address = strings.ToLower(address)
	if n, ok := sampleReader(address); ok {
		word, bit := n/64, uint64(1)<<(n%64)
		for len(c.readers) <= word {
			c.readers = append(c.readers, make([]uint64, max(1024, len(c.readers)))...)
		}
		twice = c.readers[word]&bit != 0
		c.readers[word] |= bit
		return twice
	}
	key := maphash.String(c.seed, address)
	_, twice = c.others[key]
	c.others[key] = struct{}{}
	return twice
}

// sampleReader reads the number of an address like reader000001@readers.example. Each
// number has one spelling: six digits, or seven that do not begin with a zero.
func sampleReader(address string) (number int, ok bool) {
	digits, ok := strings.CutPrefix(address, "reader")
	if !ok {
		return 0, false
	}
	digits, ok = strings.CutSuffix(digits, "@readers.example")
	if !ok || len(digits) < 6 || len(digits) > 7 || len(digits) == 7 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return int(n), err == nil
}
