package subscribers

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// The longest that SMTP carries (RFC 5321 §4.5.3.1; 254 follows from its path of 256).
const (
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63
)

// An Address is an e-mail address that passed ParseAddress: one that can be put into a
// header or an SMTP command as it is. Its domain is in lower case and in ASCII (A-labels).
type Address struct {
	text string
	at   int // of the "@"
}

// ErrLocalPartNotASCII is what ParseAddress returns for an address such as süß@example.org.
// Few relays can carry one (SMTPUTF8, RFC 6531).
var ErrLocalPartNotASCII = errors.New("the part before the @ may only have unaccented Latin letters, digits and signs; few mail servers can deliver anything else")

// ParseAddress reads a bare address, without display name, comment or angle brackets. It
// is stricter than RFC 5322: no quoted local part, no IP address, a domain of at least two
// labels (F19). A domain in any script is turned into A-labels; a local part that is not
// ASCII is refused with ErrLocalPartNotASCII (F20). The error is a sentence for people.
func ParseAddress(s string) (Address, error) { return parseAddress(s, false) }

// ParseAddressUTF8 is ParseAddress for a relay that offers SMTPUTF8: letters and digits of
// all scripts may stand in the local part.
func ParseAddressUTF8(s string) (Address, error) { return parseAddress(s, true) }

func parseAddress(s string, utf8Local bool) (Address, error) {
	s = strings.TrimFunc(s, isBlank)
	if s == "" {
		return Address{}, errors.New("the address is empty")
	}
	if len(s) > 4*maxAddress { // a domain may shrink when it is mapped, but not to a quarter
		return Address{}, fmt.Errorf("the address has more than %d characters", maxAddress)
	}
	if !utf8.ValidString(s) {
		return Address{}, errors.New("the address has bytes that are no text in UTF-8")
	}
	if strings.ContainsFunc(s, isForbidden) {
		return Address{}, errors.New("the address has a line break or another control character in it")
	}
	if strings.ContainsAny(s, "<>") {
		return Address{}, errors.New("write the address alone, without a name and without < and >")
	}
	local, domain, found := cutLast(s, '@')
	if !found {
		return Address{}, errors.New("the address has no @")
	}
	local, err := checkLocal(local, utf8Local)
	if err != nil {
		return Address{}, err
	}
	if domain, err = asciiDomain(domain); err != nil {
		return Address{}, err
	}
	if len(local)+1+len(domain) > maxAddress {
		return Address{}, fmt.Errorf("the address has more than %d characters", maxAddress)
	}
	return Address{text: local + "@" + domain, at: len(local)}, nil
}

// String returns the address as it goes into a header and into RCPT TO.
func (a Address) String() string { return a.text }

// Key is what two spellings of one address share. It equals lower(email) in the database,
// which knows upper case only in ASCII.
func (a Address) Key() string { return lowerASCII(a.text) }

// Local returns the part before the @.
func (a Address) Local() string { return a.text[:a.at] }

// Domain returns the part after the @, in lower case and ASCII.
func (a Address) Domain() string { return strings.TrimPrefix(a.text[a.at:], "@") }

// IsASCII reports whether the address can be sent without SMTPUTF8.
func (a Address) IsASCII() bool { return isASCII(a.text) }

// IsZero reports whether a is no address at all.
func (a Address) IsZero() bool { return a.text == "" }

// checkLocal accepts a dot-atom (RFC 5322 §3.2.3).
func checkLocal(s string, utf8Local bool) (string, error) {
	switch {
	case s == "":
		return "", errors.New("there is nothing before the @")
	case s[0] == '"':
		return "", errors.New("an address in quotation marks cannot be used here")
	case !isASCII(s) && !utf8Local:
		return "", ErrLocalPartNotASCII
	case s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, ".."):
		return "", errors.New("the part before the @ has a dot at its start, at its end, or two in a row")
	}
	if strings.Contains(s, "=?") { // some mail programs would decode it (RFC 2047 §5 forbids it)
		return "", errors.New("the part before the @ may not have =? in it")
	}
	s = norm.NFC.String(s)
	if len(s) > maxLocal {
		return "", fmt.Errorf("the part before the @ has more than %d characters", maxLocal)
	}
	for _, r := range s {
		if !isLocalRune(r) {
			return "", fmt.Errorf("the part before the @ may not have %q in it", r)
		}
	}
	return s, nil
}

func isLocalRune(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r)
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// asciiDomain returns a domain as mail knows it: lower case, A-labels (RFC 5890), at least
// two labels, none of them an IP address.
func asciiDomain(s string) (string, error) {
	if s == "" {
		return "", errors.New("there is nothing after the @")
	}
	if s[0] == '[' {
		return "", errors.New("an IP address after the @ cannot be used here; write a domain")
	}
	mapped := lowerASCII(s)
	if !isASCII(s) || strings.Contains(mapped, "xn--") {
		var err error
		if mapped, err = idnToASCII(s); err != nil {
			return "", fmt.Errorf("%q is not a domain", s)
		}
	}
	labels := strings.Split(mapped, ".")
	if len(labels) < 2 {
		return "", fmt.Errorf("%q is not a full domain; something like example.org is needed after the @", s)
	}
	for _, label := range labels {
		if !isLabel(label) {
			return "", fmt.Errorf("%q is not a domain", s)
		}
	}
	if top := labels[len(labels)-1]; len(top) < 2 || !strings.ContainsFunc(top, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
		return "", fmt.Errorf("%q does not end like a domain", s)
	}
	return mapped, nil
}

// idnToASCII maps a domain with UTS 46. Going there and back must end at the same place:
// an A-label that stands for plain ASCII would be a second spelling of another domain.
func idnToASCII(s string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil {
		return "", err
	}
	text, err := idna.Lookup.ToUnicode(ascii)
	if err != nil {
		return "", err
	}
	again, err := idna.Lookup.ToASCII(text)
	if err != nil {
		return "", err
	}
	if again != ascii {
		return "", errors.New("not a canonical A-label")
	}
	return ascii, nil
}

// isLabel accepts letters, digits and inner hyphens (RFC 1123 §2.1).
func isLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && c != '-' {
			return false
		}
	}
	return true
}

// isBlank says which characters around an address came along when it was copied: spaces,
// zero-width ones, a byte order mark, marks of direction. Line breaks are not forgiven.
func isBlank(r rune) bool {
	switch r {
	case ' ', '\t', '\u00a0', '\u200b', '\u200e', '\u200f', '\u2060', '\ufeff':
		return true
	}
	return unicode.Is(unicode.Zs, r)
}

// isForbidden says which characters no value of ours may have that ends in a header (F6,
// F19): controls, line and paragraph separators, overrides of direction.
func isForbidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || isBidiOverride(r)
}

func isBidiOverride(r rune) bool {
	return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.Map(func(r rune) rune {
				if 'A' <= r && r <= 'Z' {
					return r + 'a' - 'A'
				}
				return r
			}, s)
		}
	}
	return s
}
