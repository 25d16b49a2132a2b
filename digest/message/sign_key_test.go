package message

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A key is refused at the start, with a sentence that does not quote it.
func TestBadKeysAreRefused(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := newRSA(t, "s2026")
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	der := x509.MarshalPKCS1PrivateKey(private)
	noPEM := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(noPEM, der, 0o600); err != nil {
		t.Fatal(err)
	}
	good := writeKey(t, private, 0o600)
	for _, c := range []struct{ what, domain, selector, file, want string }{
		{"1024 bits", "example.org", "s", writeKey(t, newRSA(t, "short"), 0o600), "has 1024 bits, fewer than 2048"},
		{"short PKCS #1", "example.org", "s", writePEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(newRSA(t, "short")), 0o600), "has 1024 bits"},
		{"everybody's", "example.org", "s", writeKey(t, private, 0o644), "(mode 0644): run chmod 600"},
		{"the group's", "example.org", "s", writeKey(t, private, 0o640), "(mode 0640): run chmod 600"},
		{"no file", "example.org", "s", good + "x", "no such file"},
		{"a folder", "example.org", "s", t.TempDir(), "others on this machine may read"},
		{"no PEM", "example.org", "s", noPEM, "no key in PEM form"},
		{"public", "example.org", "s", writePEM(t, "PUBLIC KEY", public, 0o600), "the public half"},
		{"passphrase", "example.org", "s", writePEM(t, "ENCRYPTED PRIVATE KEY", der, 0o600), "passphrase"},
		{"certificate", "example.org", "s", writePEM(t, "CERTIFICATE", der, 0o600), "is no key for DKIM"},
		{"damaged", "example.org", "s", writePEM(t, "RSA PRIVATE KEY", der[:500], 0o600), "is damaged"},
		{"elliptic curve", "example.org", "s", writeKey(t, ec, 0o600), "neither RSA nor Ed25519"},
		{"selector", "example.org", "a b", good, `the selector "a b"`},
		{"no selector", "example.org", "", good, `the selector ""`},
		{"injected", "example.org", "s;\r\nBcc: x", good, "the selector"},
		{"domain", "example", "s", good, `the domain "example"`},
		{"injected domain", "example.org\r\nBcc: x", "s", good, "the domain"},
	} {
		_, err := NewSigner([]Key{{Domain: c.domain, Selector: c.selector, File: c.file}})
		checkSentence(t, c.what, err)
		if err == nil || !strings.HasPrefix(err.Error(), "DKIM key "+c.file+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

func TestKeysThatDoNotGoTogether(t *testing.T) {
	_, err := NewSigner([]Key{ed25519Key(t, "a"), ed25519Key(t, "b")})
	checkSentence(t, "Ed25519 alone (A3)", err)
	first, second := rsaKey(t, "s2026"), rsaKey(t, "s2027")
	second.Domain, second.Selector = "Example.ORG", "S2026"
	_, err = NewSigner([]Key{first, second})
	checkSentence(t, "two keys under one name", err)
}

// openssl writes PKCS #1 with its older commands.
func TestPKCS1KeySigns(t *testing.T) {
	key := Key{Domain: "exämple.org", Selector: "S1.news",
		File: writePEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(newRSA(t, "s2026")), 0o400)}
	mail := signed(t, newSigner(t, key), newEnvelope(t, newMessage(t, daily()), reader(1), values(1))).Bytes()
	record, err := key.Record()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range (zone{"s1.news._domainkey.xn--exmple-cua.org": record}).verify(t, mail) {
		if v.Err != nil {
			t.Error(v.Err)
		}
	}
}
