package message

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Limits of RFC 5321 §4.5.3.1 and RFC 1035 §2.3.4 in octets, and our own for a name.
const (
	maxLocal   = 64
	maxAddress = 254
	maxDomain  = 253
	maxLabel   = 63
	maxName    = 1000
)

// A mailbox is a checked name and address. It is made by newMailbox only, so that
// nothing unchecked reaches a header or an SMTP command (F19).
type mailbox struct {
	name    string // NFC, one line; "" for none
	address string // the domain as A-labels (F20)
	utf8    bool   // the part before the @ is not ASCII
}

func newMailbox(name, address string) (mailbox, error) {
	if len(name) > maxName {
		return mailbox{}, fmt.Errorf("the name has %d bytes, more than %d: shorten it", len(name), maxName)
	}
	if err := checkLine("the name", name); err != nil {
		return mailbox{}, err
	}
	if err := checkLine("the address", address); err != nil {
		return mailbox{}, err
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return mailbox{}, fmt.Errorf("the address %q has no @: write it as name@example.org", address)
	}
	local := address[:at]
	if err := checkLocal(local); err != nil {
		return mailbox{}, fmt.Errorf("the address %q %w", address, err)
	}
	domain, err := asciiDomain(address[at+1:])
	if err != nil {
		return mailbox{}, fmt.Errorf("the address %q: %w", address, err)
	}
	if domain != address[at+1:] {
		address = local + "@" + domain
	}
	if len(address) > maxAddress {
		return mailbox{}, fmt.Errorf("the address %q has more than %d bytes: check it", address, maxAddress)
	}
	return mailbox{name: tidy(name), address: address, utf8: !isPrintableASCII(local)}, nil
}

// checkLocal takes a dot-atom, with letters of any script (RFC 6531 §3.3). The quoted
// form is legal, written by nobody, and the door to most injections: it is refused.
func checkLocal(s string) error {
	if s == "" || len(s) > maxLocal {
		return fmt.Errorf("must have 1 to %d bytes before the @: check it", maxLocal)
	}
	if s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return fmt.Errorf("has a dot in the wrong place: check it")
	}
	for _, r := range s {
		ok := r == '.' || r < 0x80 && isAtext(byte(r)) || r >= 0x80 && !unicode.IsSpace(r)
		if !ok {
			return fmt.Errorf("has the character %q before the @, which is not allowed there: check it", r)
		}
	}
	return nil
}

// isAtext tells what an atom may have (RFC 5322 §3.2.3).
func isAtext(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// asciiDomain gives a domain's A-labels in lower case (F20), and refuses address
// literals and names of one label, which no relay accepts from a newsletter.
func asciiDomain(s string) (string, error) {
	domain := strings.ToLower(s)
	if !isPrintableASCII(s) {
		err := checkLine("the domain", s)
		if err != nil {
			return "", err
		}
		if domain, err = idna.Lookup.ToASCII(s); err != nil {
			return "", fmt.Errorf("the domain %q is not a name that exists: check it", s)
		}
	}
	if len(domain) > maxDomain {
		return "", fmt.Errorf("the domain %q has more than %d bytes: check it", s, maxDomain)
	}
	labels, last := 0, ""
	for label := range strings.SplitSeq(domain, ".") {
		if !isLabel(label) {
			return "", fmt.Errorf("the domain %q is not written like example.org: check it", s)
		}
		labels, last = labels+1, label
	}
	if labels < 2 || strings.Trim(last, "0123456789") == "" {
		return "", fmt.Errorf("the domain %q is not a full name like example.org: check it", s)
	}
	return domain, nil
}

func isLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// isDotAtom tells whether s can stand left of the @ without quotes.
func isDotAtom(s string) bool {
	return isPrintableASCII(s) && checkLocal(s) == nil
}
