package subscribers

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A Purpose is what a token is good for.
type Purpose uint8

const (
	// Unsubscribe tokens name a subscription and are valid for ever (W2).
	Unsubscribe Purpose = iota
	// Preferences tokens name a subscriber.
	Preferences
	// Confirm tokens name a sign-up and expire (W5).
	Confirm
	// Change tokens name a change of address and expire.
	Change
	// Form tokens say when a sign-up form was shown (W9).
	Form
	// Approve tokens name a mail to an editor about an issue, and expire.
	Approve
	purposes
)

// String returns the purpose's name. Keys are derived from it: it must never change.
func (p Purpose) String() string {
	switch p {
	case Unsubscribe:
		return "unsubscribe"
	case Preferences:
		return "preferences"
	case Confirm:
		return "confirm"
	case Change:
		return "change"
	case Form:
		return "form"
	case Approve:
		return "approve"
	}
	return fmt.Sprintf("purpose %d", uint8(p))
}

// A token is a MAC and a covered payload, in base64url:
//
//	mac   = HMAC-SHA-256(key of the purpose, payload), 16 bytes
//	cover = payload XOR AES-256(second key of the purpose, mac), 14 bytes
//
// where the payload is a format byte, the id and an expiry. This is the synthetic IV of
// RFC 5297 with HMAC for its MAC: the same id gives the same token, so that a message sent
// twice has the same bytes, and no id can be read or counted from it. 30 bytes fill 40
// characters exactly, so that no two texts stand for one token.
const (
	payloadLen    = 1 + 8 + 5
	payloadFormat = 1
	sealedLen     = macLen + payloadLen
	maxExpiry     = 1<<40 - 1
)

// TokenLen is the number of characters of every token: [A-Za-z0-9_-].
const TokenLen = sealedLen * 4 / 3

var (
	// ErrToken says that a token was not made here for this purpose.
	ErrToken = errors.New("this link is not valid; it may have been cut off when it was copied")
	// ErrTokenExpired says that a token was valid once.
	ErrTokenExpired = errors.New("this link has expired")
)

// Token returns the token for id that never expires. Asked twice it gives the same.
func (k *Keys) Token(p Purpose, id int64) string { return k.seal(p, id, 0) }

// TokenUntil returns the token for id that expires at until, to the second.
func (k *Keys) TokenUntil(p Purpose, id int64, until time.Time) string {
	return k.seal(p, id, min(max(until.Unix(), 1), maxExpiry))
}

// Open returns the id that a token for purpose p names. Tokens of former secrets open too.
// A token with an expiry is opened by OpenAt and refused here. Errors are ErrToken or
// ErrTokenExpired.
func (k *Keys) Open(p Purpose, token string) (id int64, err error) {
	id, expiry, err := k.unseal(p, token)
	if err == nil && expiry != 0 {
		return 0, ErrTokenExpired
	}
	return id, err
}

// OpenAt is Open for tokens that may expire.
func (k *Keys) OpenAt(p Purpose, token string, now time.Time) (id int64, err error) {
	id, expiry, err := k.unseal(p, token)
	if err == nil && expiry != 0 && now.Unix() >= expiry {
		return 0, ErrTokenExpired
	}
	return id, err
}

func (k *Keys) seal(p Purpose, id, expiry int64) string {
	key := k.rings[0].tokens[p]
	var payload [payloadLen]byte
	payload[0] = payloadFormat
	binary.BigEndian.PutUint64(payload[1:], uint64(id))
	payload[9] = byte(expiry >> 32)
	binary.BigEndian.PutUint32(payload[10:], uint32(expiry))

	var sealed [sealedLen]byte
	mac := key.mac.sum(payload[:])
	copy(sealed[:], mac[:])
	key.cover(sealed[macLen:], payload[:], mac)
	var text [TokenLen]byte
	base64.RawURLEncoding.Encode(text[:], sealed[:])
	return string(text[:])
}

func (k *Keys) unseal(p Purpose, token string) (id, expiry int64, err error) {
	if len(token) != TokenLen || p >= purposes {
		return 0, 0, ErrToken
	}
	var sealed [sealedLen]byte
	// The decoder skips line breaks, which would make a second spelling: hence n.
	if n, err := base64.RawURLEncoding.Decode(sealed[:], []byte(token)); err != nil || n != sealedLen {
		return 0, 0, ErrToken
	}
	mac := [macLen]byte(sealed[:macLen])
	for _, r := range k.rings {
		key := r.tokens[p]
		var payload [payloadLen]byte
		key.cover(payload[:], sealed[macLen:], mac)
		if want := key.mac.sum(payload[:]); subtle.ConstantTimeCompare(want[:], mac[:]) == 1 {
			if payload[0] != payloadFormat {
				return 0, 0, ErrToken
			}
			id = int64(binary.BigEndian.Uint64(payload[1:]))
			expiry = int64(payload[9])<<32 | int64(binary.BigEndian.Uint32(payload[10:]))
			return id, expiry, nil
		}
	}
	return 0, 0, ErrToken
}

// cover hides src in dst, or shows it again. One block of AES is enough for a payload.
func (k *tokenKey) cover(dst, src []byte, mac [macLen]byte) {
	var stream [macLen]byte
	k.block.Encrypt(stream[:], mac[:])
	subtle.XORBytes(dst, src, stream[:len(src)])
}
