package message

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

var signedDir = flag.String("signed", "", "folder that TestWriteSigned writes to")

// TestWriteSigned writes signed mails for judges that are no Go tests:
// go test -run TestWriteSigned ./digest/message -args -signed FOLDER
func TestWriteSigned(t *testing.T) {
	if *signedDir == "" {
		t.Skip("nobody asks for them: give -args -signed FOLDER")
	}
	writeSigned(t, *signedDir)
}

// dkimpy verifies what goes out, and refuses what it must, as .ci/judges/dkim.py asks it.
func TestDkimpyVerifies(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import dkim, nacl").Run(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("dkimpy and nacl are not installed: apt-get install python3-dkim python3-nacl")
		}
		t.Skip("dkimpy or nacl is not installed: nobody else judges the signatures here")
	}
	folder := t.TempDir()
	writeSigned(t, folder)
	judge := func(folder string) (string, error) {
		out, err := exec.Command(python, "../../.ci/judges/dkim.py", folder).CombinedOutput()
		return string(out), err
	}
	if out, err := judge(filepath.Join(folder, "good")); err != nil || !strings.Contains(out, "dkim: 8 mails, 0 faults") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := judge(filepath.Join(folder, "broken", "other-body")); err == nil || !strings.Contains(out, "does not verify") {
		t.Errorf("another body passes: %v\n%s", err, out)
	}
}

// writeSigned writes mails to dir/good and those that a judge must refuse to folders of
// their own: below dir/bad what is signed in a way it should not be, below dir/broken what
// does not verify. In every folder is a file "keys" with the records, NAME TAB TEXT.
func writeSigned(t *testing.T, dir string) {
	long, next, ed := rsaKey(t, "s2026"), rsaKey(t, "s2027"), ed25519Key(t, "e2026")
	signer, records := newSigner(t, long, next, ed), zoneOf(t, long, next, ed)
	for name, c := range map[string]Content{"daily": daily(), "arabic": dailyArabic(), "spaced": spaced(), "confirmation": confirmation()} {
		for n := range 2 {
			mail := signed(t, signer, newEnvelope(t, newMessage(t, c), reader(n), values(n))).Bytes()
			writeMail(t, filepath.Join(dir, "good"), fmt.Sprintf("%s-%d", name, n), mail, records)
		}
	}

	for name, change := range map[string][2]string{
		"other-body": {"quay", "key"}, "other-subject": {"Subject: H", "Subject: B"}, "two-subjects": {"Date: ", "Subject: x\r\nDate: "},
		"two-from": {"\r\n\r\n", "\r\nFrom: x@example.org\r\n\r\n"},
	} {
		mail := signed(t, signer, newEnvelope(t, newMessage(t, daily()), reader(1), values(1))).Bytes()
		changed := strings.Replace(string(mail), change[0], change[1], 1)
		if changed == string(mail) {
			t.Fatalf("%s: nothing changed", name)
		}
		writeMail(t, filepath.Join(dir, "broken", name), name, []byte(changed), records)
	}
	writeBadlySigned(t, dir)
}

// writeBadlySigned has mails signed by go-msgauth, one fault each.
func writeBadlySigned(t *testing.T, dir string) {
	mail := newEnvelope(t, newMessage(t, daily()), reader(1), values(1)).Bytes()
	strong, other := newRSA(t, "s2026"), newRSA(t, "s2027")
	write := func(name string, key, published crypto.Signer, change func(*dkim.SignOptions)) {
		record := recordOf(t, published)
		keys := zone{"other._domainkey.example.org": record, "other._domainkey.example.com": record}
		writeMail(t, filepath.Join(dir, name), filepath.Base(name), signedByOther(t, mail, key, change), keys)
	}
	asItShould := func(*dkim.SignOptions) {}
	// without leaves a header out of h=, once or wherever it is named.
	without := func(name string, times int) func(*dkim.SignOptions) {
		return func(o *dkim.SignOptions) {
			o.HeaderKeys = slices.DeleteFunc(o.HeaderKeys, func(h string) bool {
				if h == name {
					times--
				}
				return h == name && times >= 0
			})
		}
	}
	write("broken/other-key", strong, other, asItShould)
	write("bad/short-key", newRSA(t, "short"), newRSA(t, "short"), asItShould)
	ed := newEd25519(t)
	write("bad/ed25519-alone", ed, ed, asItShould)
	write("bad/one-click-not-signed", strong, strong, without("List-Unsubscribe-Post", 2))
	write("bad/list-id-not-signed", strong, strong, without("List-Id", 1))
	write("bad/subject-once", strong, strong, without("Subject", 1))
	write("bad/expires", strong, strong, func(o *dkim.SignOptions) { o.Expiration = time.Now().Add(100 * 24 * time.Hour) })
	write("bad/simple", strong, strong, func(o *dkim.SignOptions) { o.BodyCanonicalization = dkim.CanonicalizationSimple })
	write("bad/other-domain", strong, strong, func(o *dkim.SignOptions) { o.Domain = "example.com" })
	writeMail(t, filepath.Join(dir, "bad/unsigned"), "unsigned", mail, zone{})
}

func recordOf(t *testing.T, key crypto.Signer) string {
	if der, err := x509.MarshalPKIXPublicKey(key.Public()); err == nil {
		if len(der) < 100 { // an Ed25519 key stands at the end
			return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(der[len(der)-32:])
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	}
	t.Fatal("no public key")
	return ""
}

func writeMail(t *testing.T, folder, name string, mail []byte, records zone) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var keys strings.Builder
	for name, record := range records {
		fmt.Fprintf(&keys, "%s\t%s\n", name, record)
	}
	for file, text := range map[string][]byte{name + ".eml": mail, "keys": []byte(keys.String())} {
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
