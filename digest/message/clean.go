package message

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// subjectBudget is how many characters of a subject are sent (F6).
const subjectBudget = 150

// CleanSubject gives the subject as it is sent (F6): normalised to NFC, without
// direction overrides and line separators, without "Re:" and "Fwd:", cut to 150
// characters. A control character is an error, because in a title it means that
// somebody tries to write a header (F19).
func CleanSubject(s string) (string, error) {
	if err := checkText("the subject", s); err != nil {
		return "", err
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case isSeparator(r):
			return ' '
		case isDirectionControl(r):
			return -1
		}
		return r
	}, s)
	s = withoutReplyMarks(tidy(s))
	if s == "" {
		return "", fmt.Errorf("the mail has no subject: give it one")
	}
	return shorten(s, subjectBudget), nil
}

// checkLine refuses what must not stand in a header, whatever encoding it would get:
// control characters, line separators, direction overrides, invalid UTF-8 (F19).
// what names the thing for the reader of the error: "the name".
func checkLine(what, s string) error {
	if isPrintableASCII(s) {
		return nil
	}
	if err := checkText(what, s); err != nil {
		return err
	}
	for _, r := range s {
		if isSeparator(r) || isDirectionControl(r) {
			return fmt.Errorf("%s has the invisible character %U in it: remove it", what, r)
		}
	}
	return nil
}

// checkText refuses invalid UTF-8 (an overlong form is a way to smuggle a line break)
// and the control characters C0, DEL and C1.
func checkText(what, s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%s is not valid UTF-8: write it anew, or convert it from its old encoding", what)
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fmt.Errorf("%s has a line break or control character (%U) in it: write it on one line of plain text", what, r)
		}
	}
	return nil
}

func isSeparator(r rune) bool { return r == 0x2028 || r == 0x2029 }

// isDirectionControl tells embeddings, overrides and isolates. The marks LRM, RLM and
// ALM are harmless and Arabic names need them.
func isDirectionControl(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func isPrintableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// tidy normalises to NFC and leaves one space where there were several.
func tidy(s string) string {
	s = strings.TrimSpace(norm.NFC.String(s))
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

// withoutReplyMarks takes away what makes a mail look like an answer to one that the
// reader never wrote.
func withoutReplyMarks(s string) string {
	for {
		before, after, found := strings.Cut(s, ":")
		switch strings.ToLower(strings.TrimSpace(before)) {
		case "re", "fw", "fwd":
		default:
			return s
		}
		if !found {
			return s
		}
		s = strings.TrimSpace(after)
	}
}

// shorten cuts s to at most n code points, without cutting through a character that is
// made of several, and shows it by an ellipsis.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end, runes := 0, 0
	for end < len(s) {
		size := character(s[end:])
		runes += utf8.RuneCountInString(s[end : end+size])
		if runes > n-1 {
			break
		}
		end += size
	}
	return strings.TrimSpace(s[:end]) + "…"
}
