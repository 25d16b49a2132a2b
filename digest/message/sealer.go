package message

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
)

// A Sealer makes the names that stand for a delivery in Message-ID and in the return
// path (F8, B1). Outside they look random and say nothing of reader or database; only
// the holder of the key can make or open one. They consist of a-z and 2-7, so that they
// survive a mail server that changes case. A Sealer may be used by many goroutines.
//
// A name is one block of AES-128 over its purpose, seven zero bytes and the delivery's
// id. A made-up name passes as one of ours with a probability of 2^-64.
type Sealer struct {
	block   cipher.Block
	letters *base32.Encoding
}

// Kind says what a sealed name was made for.
type Kind byte

const (
	KindMessage Kind = 'm' // left side of a Message-ID
	KindReturn  Kind = 'b' // left side of a return path
)

// returnMark begins a return path, so that a mail server can route bounces by it.
const returnMark = "b-"

// minKey is the length in bytes below which a secret can be guessed.
const minKey = 16

// NewSealer derives its own key from the given secret of at least 16 bytes, so that the
// secret may serve other purposes too.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) < minKey {
		return nil, fmt.Errorf("the secret for message names has %d bytes, too few to be safe: give it at least %d", len(key), minKey)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "pressrun delivery names", aes.BlockSize)
	if err != nil {
		return nil, fmt.Errorf("derive the key for message names: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("derive the key for message names: %w", err)
	}
	letters := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	return &Sealer{block: block, letters: letters}, nil
}

// MessageID is the left side of the Message-ID of a delivery: 26 characters, always the
// same for the same delivery.
func (s *Sealer) MessageID(id int64) string { return s.seal(KindMessage, id) }

// Return is the left side of the return path of a delivery: "b-" and 26 characters.
func (s *Sealer) Return(id int64) string { return returnMark + s.seal(KindReturn, id) }

// Open tells which delivery a name stands for, and where it was taken from. ok is false
// for any name that this Sealer did not make. Case does not matter.
func (s *Sealer) Open(name string) (kind Kind, id int64, ok bool) {
	name = strings.ToLower(name)
	want := KindMessage
	if rest, found := strings.CutPrefix(name, returnMark); found {
		want, name = KindReturn, rest
	}
	if len(name) != s.letters.EncodedLen(aes.BlockSize) {
		return 0, 0, false
	}
	sealed, err := s.letters.DecodeString(name)
	// 26 characters carry two bits more than a block: only one spelling is ours.
	if err != nil || s.letters.EncodeToString(sealed) != name {
		return 0, 0, false
	}
	var plain [aes.BlockSize]byte
	s.block.Decrypt(plain[:], sealed)
	if Kind(plain[0]) != want || [7]byte(plain[1:8]) != [7]byte{} {
		return 0, 0, false
	}
	return want, int64(binary.BigEndian.Uint64(plain[8:])), true
}

func (s *Sealer) seal(kind Kind, id int64) string {
	var block [aes.BlockSize]byte
	block[0] = byte(kind)
	binary.BigEndian.PutUint64(block[8:], uint64(id))
	s.block.Encrypt(block[:], block[:])
	return s.letters.EncodeToString(block[:])
}
