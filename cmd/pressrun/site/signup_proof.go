package site

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/subscribers"
)

// A proof is what came with a form to show that a person filled it in.
type proof struct {
	token, work string
	email       string // as it came, since the work is done on it
	trapped     bool   // a field that people do not see was filled in
}

// How long a form must and may have been there (W9).
const (
	formRipe = 2 * time.Second
	formFor  = 24 * time.Hour
	waitRipe = 10 * time.Second
	waitFor  = time.Hour
)

// A stamp is what a token of a form says: when it was made, and in one for waiting, for
// which address. Nothing of it is kept anywhere else.
type stamp struct {
	made time.Time // to the tick, rounded up
	wait bool
	tag  uint32 // of tagBits
}

const (
	tick    = 100 * time.Millisecond
	tagBits = 27 // beside 35 of ticks, which last until 2078, and one that says whether it is for waiting
)

// formToken is a token for a form. Its tag makes it differ from those of the same tick.
func (s *Site) formToken(now time.Time) string {
	return s.seal(stamp{made: now, tag: rand.Uint32N(1 << tagBits)}, formFor)
}

func (s *Site) seal(t stamp, lasts time.Duration) string {
	id := t.made.Add(tick-1).UnixMilli()/tick.Milliseconds()<<(tagBits+1) | int64(t.tag)<<1
	if t.wait {
		id |= 1
	}
	return s.Keys.TokenUntil(subscribers.Form, id, t.made.Add(lasts))
}

func (s *Site) unseal(token string, now time.Time) (t stamp, known bool) {
	id, err := s.Keys.OpenAt(subscribers.Form, token, now)
	if err != nil {
		return t, false
	}
	return stamp{made: time.UnixMilli(id >> (tagBits + 1) * tick.Milliseconds()), wait: id&1 == 1, tag: uint32(id>>1) & (1<<tagBits - 1)}, true
}

// tagOf binds a token for waiting to one address, so that waiting once does not open the
// door for a thousand.
func tagOf(a subscribers.Address) uint32 {
	sum := sha256.Sum256([]byte(a.Key()))
	return binary.BigEndian.Uint32(sum[:]) >> (32 - tagBits)
}

// nextToken is the token of a form that follows another. One whose time has begun to run
// goes on.
func (s *Site) nextToken(has wish, wait bool, now time.Time) string {
	t, known := s.unseal(has.proof.token, now)
	switch {
	case wait && known && t.wait && t.tag == tagOf(has.address), !wait && known && !t.wait && !has.proof.trapped:
		return has.proof.token
	case wait:
		return s.seal(stamp{made: now, wait: true, tag: tagOf(has.address)}, waitFor)
	}
	return s.formToken(now)
}

// A passage is how a sign-up goes on.
type passage int

const (
	passOn    passage = iota
	passPress         // by one more press of a button
	passWait          // after work, or ten seconds
	passBusy          // not now
)

// judge says how a sign-up by form goes on, and notes whether it does anything.
func (s *Site) judge(r *http.Request, has *wish, now time.Time) passage {
	v, often := s.door.ask(web.Address(r), has.address, now)
	has.often = often
	t, known := s.unseal(has.proof.token, now)
	worked := known && has.proof.worked()
	waited := known && t.wait && t.tag == tagOf(has.address) && (worked || now.Sub(t.made) >= waitRipe)
	filled := known && !t.wait && !has.proof.trapped && now.Sub(t.made) >= formRipe
	switch {
	case v == never:
		return passBusy
	case waited, filled && (worked || v == freely):
		return passOn
	case v == slowly, known && t.wait:
		return passWait
	}
	return passPress
}

// The work that a browser is asked for: to find, for each piece, a number with which the
// token and the address hash to so many zero bits. About 33,000 hashes, a second or two.
// It is cut in pieces because that takes everybody nearly the same time.
const (
	workPieces = 16
	workBits   = 11
)

// worked reports whether the work was done, on this very token and address.
func (p proof) worked() bool {
	if len(p.work) > workPieces*17 {
		return false
	}
	pieces := strings.Split(p.work, ".")
	if len(pieces) != workPieces {
		return false
	}
	for i, number := range pieces {
		sum := sha256.Sum256([]byte(p.token + "\n" + p.email + "\n" + strconv.Itoa(i) + "\n" + number))
		if bits.LeadingZeros32(binary.BigEndian.Uint32(sum[:])) < workBits {
			return false
		}
	}
	return true
}
