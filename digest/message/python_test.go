package message

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Python's email.policy.default reads mail strictly and was written by others. It knows
// nothing of raw UTF-8 in headers, so that addresses that need it are not among these.
func TestPythonFindsNoDefects(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: nobody else judges the messages here")
	}
	type verdict struct {
		Defects            []string
		Subject, MessageID string
		From, To           []string
		Parts              []string
	}
	folder := t.TempDir()
	var want []verdict
	subjects := []string{
		daily().Subject, dailyArabic().Subject, strings.Repeat("a", 300), strings.Repeat("سلام ", 60),
		strings.Repeat("👨‍👩‍👧‍👦", 21), `Quotes "and" =?utf-8?q?=0d=0aBcc:x?= words`, strings.Repeat("word and more ", 10),
	}
	for n := range 200 {
		c := daily()
		if n%2 == 1 {
			c = dailyArabic()
		}
		c.Subject = subjects[n%len(subjects)]
		r, v := reader(n), values(n)
		e := newEnvelope(t, newMessage(t, c), r, v)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%03d.eml", n)), e.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		subject, err := CleanSubject(c.Subject)
		if err != nil {
			t.Fatal(err)
		}
		fill := strings.NewReplacer(readerToken, v[0], webToken, v[1]).Replace
		want = append(want, verdict{
			Defects: []string{}, Subject: subject, MessageID: "<" + r.MessageID + "@news.example.org>",
			From: []string{c.From.Name, c.From.Address}, To: []string{tidy(r.Name), r.Address},
			Parts: []string{fill(string(c.Text)), fill(string(c.HTML))},
		})
	}
	out, err := exec.Command(python, "testdata/judge.py", folder).Output()
	if err != nil {
		t.Fatalf("judge.py: %v\n%s", err, err.(*exec.ExitError).Stderr)
	}
	var got []verdict
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for n := range want {
		for i, part := range got[n].Parts {
			got[n].Parts[i] = strings.ReplaceAll(part, "\r\n", "\n")
		}
		if diff := cmp.Diff(want[n], got[n]); diff != "" {
			t.Errorf("message %d:\n%s", n, diff)
		}
	}
}
