package message

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strconv"
)

// A Signer puts DKIM signatures (RFC 6376) on mails, one for each of its keys. It may be
// used by many goroutines.
//
// The signing is our own: what all readers share of a body is made ready once for a
// message, where a general library reads every mail anew. Others verify it in the tests.
type Signer struct{ keys []signingKey }

// NewSigner loads the keys. Without keys the mails stay as they are, for the relay to
// sign (A5). Its errors say which key is meant and what to do.
func NewSigner(keys []Key) (*Signer, error) {
	s := new(Signer)
	names := map[string]bool{}
	rsa := false
	for _, k := range keys {
		loaded, err := k.load()
		if err != nil {
			return nil, err
		}
		if names[loaded.name()] {
			return nil, fmt.Errorf("DKIM key %s: another key is published as %s too: give each a selector of its own", k.File, loaded.name())
		}
		names[loaded.name()] = true
		rsa = rsa || loaded.algorithm == rsaSHA256
		s.keys = append(s.keys, loaded)
	}
	if len(keys) > 0 && !rsa {
		return nil, fmt.Errorf("DKIM key %s: all keys are Ed25519, which Gmail and others do not verify: add an RSA key beside it", keys[0].File)
	}
	return s, nil
}

// Sign puts the signatures on top of e. It comes last: what is changed afterwards breaks
// them (A4). The time in them is that of the header Date, so that a retry with the same
// keys has the same bytes as the first attempt.
func (s *Signer) Sign(e *Envelope) error {
	if len(s.keys) == 0 {
		return nil
	}
	if err := e.body.ready(e.literals); err != nil {
		return fmt.Errorf("sign delivery %d: %w", e.ID, err)
	}
	bodyHash := base64.StdEncoding.EncodeToString(e.body.sum(e))
	list, fields := signedFields(e.header(e.body.start))
	common := sha256.New()
	common.Write(fields)
	var top []byte
	for _, k := range s.keys {
		field := newSignatureField(list, [][2]string{
			{"v", "1"}, {"a", k.algorithm}, {"c", "relaxed/relaxed"}, {"d", k.domain}, {"s", k.selector},
			{"t", strconv.FormatInt(e.date.Unix(), 10)}, {"bh", bodyHash},
		})
		sum := clone(common)
		sum.Write(field.unsigned())
		signature, err := k.sign(sum.Sum(nil))
		if err != nil {
			return fmt.Errorf("sign delivery %d with the key %s: %w", e.ID, k.name(), err)
		}
		top = field.append(top, signature)
	}
	e.prepend(top)
	return nil
}

// clone copies what a hash has taken in so far.
func clone(h hash.Hash) hash.Hash {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		panic(fmt.Sprintf("message: %T cannot be copied: %v", h, err)) // SHA-256 always can
	}
	return c
}
