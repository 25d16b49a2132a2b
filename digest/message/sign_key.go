package message

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// The algorithms of RFC 6376 §3.3.1 and RFC 8463 §3.
const (
	rsaSHA256     = "rsa-sha256"
	ed25519SHA256 = "ed25519-sha256"
)

// Sizes of RSA keys in bits: below the least, large providers may refuse the mail; no
// verifier has to take more than the most (RFC 8301 §3.2).
const (
	minRSA = 2048
	maxRSA = 4096
)

// A Key says where a private DKIM key is and under which name its public half is
// published. Two selectors at a time let a key be changed without a gap (A1).
type Key struct {
	Domain   string // d=; that of From, or of the same organisation
	Selector string // s=
	// File is PEM: PKCS #8 with an RSA or Ed25519 key, or PKCS #1. Only its owner may be
	// able to read it.
	File string
}

// Name is where in the DNS the key's record belongs.
func (k Key) Name() string { return k.Selector + "._domainkey." + k.Domain }

// Record returns the text of the key's TXT record. One of an RSA key is longer than the
// 255 bytes that a string in a zone file may have, and is written there as several.
func (k Key) Record() (string, error) {
	loaded, err := k.load()
	if err != nil {
		return "", err
	}
	return loaded.record()
}

// A signingKey is a Key, checked and loaded.
type signingKey struct {
	domain, selector, algorithm string
	private                     crypto.Signer
}

func (k Key) load() (signingKey, error) {
	domain, err := asciiDomain(k.Domain)
	if err != nil {
		return signingKey{}, fmt.Errorf("DKIM key %s: %w", k.File, err)
	}
	selector := strings.ToLower(k.Selector)
	for label := range strings.SplitSeq(selector, ".") {
		if !isLabel(label) {
			return signingKey{}, fmt.Errorf("DKIM key %s: the selector %q must be letters a to z, digits and hyphens, such as s2026: rename it", k.File, k.Selector)
		}
	}
	loaded := signingKey{domain: domain, selector: selector}
	text, err := readKeyFile(k.File)
	if err == nil {
		loaded.algorithm, loaded.private, err = parseKey(text)
	}
	if err != nil {
		return signingKey{}, fmt.Errorf("DKIM key %s: %w", k.File, err)
	}
	return loaded, nil
}

func (k signingKey) name() string { return Key{Domain: k.domain, Selector: k.selector}.Name() }

// maxKeyFile is far above any key, in bytes.
const maxKeyFile = 64 << 10

// readKeyFile refuses a key that others on this machine could take (A1).
func readKeyFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	// Windows has other rights than these bits.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("others on this machine may read the file (mode %04o): run chmod 600 on it, and make a new key if it is not only yours any more", mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return text, nil
}

const makeKey = "make one with `openssl genrsa -out FILE 2048`"

func parseKey(text []byte) (algorithm string, private crypto.Signer, err error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return "", nil, errors.New("the file holds no key in PEM form: " + makeKey)
	}
	var parsed any
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return "", nil, errors.New("the key is protected with a passphrase, which nobody could type in at each start: save it without one")
		}
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return "", nil, errors.New("the key is protected with a passphrase, which nobody could type in at each start: save it without one")
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return "", nil, errors.New("the file holds the public half of a key: name the file with the private one")
	default:
		return "", nil, fmt.Errorf("the file holds a %s, which is no key for DKIM: %s", block.Type, makeKey)
	}
	if err != nil { // it may quote the key, and is left away
		return "", nil, errors.New("the key is damaged, or of a kind that nobody uses for DKIM: " + makeKey)
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		switch bits := key.N.BitLen(); {
		case bits < minRSA:
			return "", nil, fmt.Errorf("the key has %d bits, fewer than %d: %s, under a new selector", bits, minRSA, makeKey)
		case bits > maxRSA:
			return "", nil, fmt.Errorf("the key has %d bits, more than the %d that verifiers have to take: %s, under a new selector", bits, maxRSA, makeKey)
		}
		return rsaSHA256, key, nil
	case ed25519.PrivateKey:
		return ed25519SHA256, key, nil
	}
	return "", nil, fmt.Errorf("the key is neither RSA nor Ed25519: %s", makeKey)
}

// sign signs a SHA-256 sum. Both kinds of signature are the same whenever they are made.
func (k signingKey) sign(sum []byte) ([]byte, error) {
	if k.algorithm == ed25519SHA256 {
		return k.private.Sign(nil, sum, crypto.Hash(0)) // the sum is the message (RFC 8463 §3)
	}
	return k.private.Sign(rand.Reader, sum, crypto.SHA256)
}

func (k signingKey) record() (string, error) {
	switch public := k.private.Public().(type) {
	case ed25519.PublicKey: // bare (RFC 8463 §4.2)
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public), nil
	default:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return "", fmt.Errorf("write the public key: %w", err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	}
}
