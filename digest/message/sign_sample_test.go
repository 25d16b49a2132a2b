package message

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

// writeKey writes a private key as PKCS #8 to a file with that mode.
func writeKey(t testing.TB, private any, mode os.FileMode) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, "PRIVATE KEY", der, mode)
}

func writePEM(t testing.TB, kind string, der []byte, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dkim.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return file
}

// rsaOnce are keys that several tests sign with: to make one takes long.
var rsaOnce = map[string]func() (*rsa.PrivateKey, error){
	"short": sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 1024) }),
	"s2026": sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }),
	"s2027": sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }),
}

func newRSA(t testing.TB, which string) *rsa.PrivateKey {
	t.Helper()
	key, err := rsaOnce[which]()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEd25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB, selector string) Key {
	return Key{Domain: "example.org", Selector: selector, File: writeKey(t, newRSA(t, selector), 0o600)}
}

func ed25519Key(t testing.TB, selector string) Key {
	return Key{Domain: "example.org", Selector: selector, File: writeKey(t, newEd25519(t), 0o600)}
}

func newSigner(t testing.TB, keys ...Key) *Signer {
	t.Helper()
	s, err := NewSigner(keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A zone answers for the DNS: records by name.
type zone map[string]string

func zoneOf(t testing.TB, keys ...Key) zone {
	t.Helper()
	z := zone{}
	for _, k := range keys {
		record, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		z[k.Name()] = record
	}
	return z
}

func (z zone) lookup(name string) ([]string, error) {
	if record, ok := z[name]; ok {
		return []string{record}, nil
	}
	return nil, fmt.Errorf("no record %s", name)
}

// verify lets go-msgauth judge every signature of a mail.
func (z zone) verify(t testing.TB, mail []byte) []*dkim.Verification {
	t.Helper()
	all, err := dkim.VerifyWithOptions(bytes.NewReader(mail), &dkim.VerifyOptions{LookupTXT: z.lookup})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func signed(t testing.TB, s *Signer, e *Envelope) *Envelope {
	t.Helper()
	if err := s.Sign(e); err != nil {
		t.Fatal(err)
	}
	return e
}

// signedByOther signs with go-msgauth, as A1 has it; change may spoil that.
func signedByOther(t testing.TB, mail []byte, key crypto.Signer, change func(*dkim.SignOptions)) []byte {
	t.Helper()
	list, _ := signedFields(headOf(mail))
	o := &dkim.SignOptions{
		Domain: "example.org", Selector: "other", Signer: key, HeaderKeys: strings.Split(list, ":"),
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	}
	change(o)
	var b bytes.Buffer
	if err := dkim.Sign(&b, bytes.NewReader(mail), o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func headOf(mail []byte) []byte { return mail[:bytes.Index(mail, blankLine)+2] }

// spaced is a text edition with every kind of white space that a body can have.
func spaced() Content {
	c := daily()
	c.HTML = nil
	c.Text = []byte("\n\n  two  and\ttabs \t \n \n" + readerToken + "  x\n  " + webToken + " \n" + readerToken + webToken + "\n\n \n\n")
	return c
}

// confirmation is a mail of no list, with none of its headers.
func confirmation() Content {
	c := daily()
	c.HTML, c.ReplyTo.Address, c.ReplyTo.Name = nil, "", ""
	c.ListID, c.ListHelp, c.ListArchive, c.ListUnsubscribe, c.UnsubscribeMail, c.FeedbackID = "", "", "", "", "", ""
	c.Bulk = false
	return c
}
