package subscribers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"sync"
)

// Keys are what one secret of the operator gives for each purpose (W7): a token made for
// one purpose opens for no other. They are safe for concurrent use.
type Keys struct {
	// rings[0] makes; all of them open. A ring holds a key for each purpose.
	rings []ring
}

type ring struct {
	tokens  [purposes]*tokenKey
	address *macKey // hashes of suppressed addresses
}

// minSecret is in bytes. A key cannot be better than what it is made from.
const minSecret = 16

// NewKeys derives the keys from secret, which has at least 16 random bytes. Tokens and
// suppressions made under the former secrets stay valid: when the secret is changed, the
// one before is put first among them. Losing a former secret breaks the links in all mails
// sent under it and revives what was suppressed under it.
func NewKeys(secret []byte, former ...[]byte) (*Keys, error) {
	k := &Keys{}
	for _, s := range append([][]byte{secret}, former...) {
		if len(s) < minSecret {
			return nil, fmt.Errorf("the secret has %d bytes; at least %d random ones are needed", len(s), minSecret)
		}
		r, err := newRing(s)
		if err != nil {
			return nil, fmt.Errorf("derive keys: %w", err)
		}
		k.rings = append(k.rings, r)
	}
	return k, nil
}

func newRing(secret []byte) (r ring, err error) {
	derive := func(purpose string, n int) []byte {
		key, derr := hkdf.Key(sha256.New, secret, nil, "pressrun/1 "+purpose, n)
		err = errors.Join(err, derr)
		return key
	}
	for p := range r.tokens {
		name := Purpose(p).String()
		block, berr := aes.NewCipher(derive("token "+name+" cover", 32))
		err = errors.Join(err, berr)
		r.tokens[p] = &tokenKey{mac: newMacKey(derive("token "+name+" mac", 32)), block: block}
	}
	r.address = newMacKey(derive("suppression", 32))
	return r, err
}

type tokenKey struct {
	mac   *macKey
	block cipher.Block
}

// addressHash names an address in the table suppression (B11).
func (r ring) addressHash(key string) string {
	sum := r.address.sum([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// addressHashes returns what an address was called under each secret, the present one first.
func (k *Keys) addressHashes(key string) []string {
	hashes := make([]string, len(k.rings))
	for i, r := range k.rings {
		hashes[i] = r.addressHash(key)
	}
	return hashes
}

// A macKey is HMAC-SHA-256 cut to 128 bits. Its states are used again and again, because
// keying one costs more than hashing a token.
type macKey struct{ states sync.Pool }

type macState struct {
	hash hash.Hash
	in   [payloadLen]byte // here so that neither goes to the heap for each token
	out  [sha256.Size]byte
}

const macLen = 16

func newMacKey(key []byte) *macKey {
	return &macKey{states: sync.Pool{New: func() any {
		return &macState{hash: hmac.New(sha256.New, key)}
	}}}
}

func (k *macKey) sum(data []byte) (sum [macLen]byte) {
	s := k.states.Get().(*macState)
	defer k.states.Put(s)
	s.hash.Reset()
	if len(data) <= len(s.in) {
		s.hash.Write(s.in[:copy(s.in[:], data)])
	} else {
		s.hash.Write(data)
	}
	copy(sum[:], s.hash.Sum(s.out[:0]))
	return sum
}
