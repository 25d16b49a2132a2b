package relay

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What others make of the diagnostics in real bounces, against what we do: hard, soft or
// block. Reasons that another program guesses from more than the reply are left out.
func TestAgreementAboutRealDiagnostics(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "bounces")
	expected, err := os.ReadFile(filepath.Join(shared, "expected.tsv"))
	if err != nil {
		t.Skipf("there are no sample bounces: %v", err)
	}
	kinds := map[string]string{
		"userunknown": "hard", "hostunknown": "hard", "hasmoved": "hard",
		"mailboxfull": "soft", "expired": "soft", "networkerror": "soft", "systemerror": "soft", "systemfull": "soft", "toomanyconn": "soft",
		"blocked": "block", "rejected": "block", "policyviolation": "block", "spamdetected": "block", "virusdetected": "block",
		"securityerror": "block", "norelaying": "block", "contenterror": "block",
	}
	compared, agreed := 0, 0
	for _, row := range strings.Split(strings.TrimSpace(string(expected)), "\n")[1:] {
		f := strings.Split(row, "\t")
		want, clear := kinds[f[4]]
		stage, reply, ok := diagnostic(t, filepath.Join(shared, "samples", f[0]), f[1])
		if !clear || !ok {
			continue
		}
		compared++
		class := Classify(stage, reply)
		if got := kindOf(class); got == want {
			agreed++
		} else {
			t.Logf("%s: %s at %s is %s, others say %s (%s)", f[0], reply, stage, class, want, f[4])
		}
	}
	t.Logf("%d of %d alike", agreed, compared)
	if compared < 100 || agreed*100 < compared*90 {
		t.Errorf("%d of %d are alike; 90 %% of at least 100 are wanted", agreed, compared)
	}
}

func kindOf(c Class) string {
	switch c {
	case Hard:
		return "hard"
	case Soft, Retry, Quota, Unavailable:
		return "soft"
	}
	return "block"
}

var (
	reportPart   = regexp.MustCompile(`(?i)\nFinal-Recipient:`)
	foldedLine   = regexp.MustCompile(`\n[ \t]+`)
	leadingReply = regexp.MustCompile(`(?i)^(?:.*?\bsaid: )?([245]\d\d)[ -]((?:.|\n)*)$`)
)

// diagnostic returns the SMTP reply in the delivery report about a recipient, if there is
// one that begins as a reply does.
func diagnostic(t *testing.T, path, recipient string) (Stage, Reply, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unfolded := foldedLine.ReplaceAllString(strings.ReplaceAll(string(data), "\r\n", "\n"), " ")
	parts := reportPart.Split(unfolded, -1)
	several := len(parts) > 2
	for _, block := range parts {
		about, _, _ := strings.Cut(strings.ToLower(block), "\n")
		if several && !strings.Contains(about, strings.ToLower(recipient)) {
			continue
		}
		for _, line := range strings.Split(block, "\n") {
			field, value, _ := strings.Cut(line, ":")
			if !strings.EqualFold(field, "Diagnostic-Code") {
				continue
			}
			if kind, rest, ok := strings.Cut(value, ";"); ok && len(kind) < 12 {
				value = rest
			}
			m := leadingReply.FindStringSubmatch(strings.TrimSpace(value))
			if m == nil {
				return "", Reply{}, false
			}
			// Lines of a reply that were joined: "550-5.1.1 one 550-5.1.1 two 550 5.1.1 three".
			text := regexp.MustCompile(` `+m[1]+`[ -](\d\.\d+\.\d+ )?`).ReplaceAllString(m[2], " ")
			r, err := readReply(bufio.NewReader(strings.NewReader(m[1] + " " + text + "\r\n")))
			return stageOf(value), r, err == nil
		}
	}
	return "", Reply{}, false
}

func stageOf(text string) Stage {
	switch {
	case strings.Contains(text, "reply to MAIL"):
		return StageMail
	case strings.Contains(text, "end of DATA"):
		return StageDot
	}
	return StageRcpt
}
