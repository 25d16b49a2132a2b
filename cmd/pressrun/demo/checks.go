package demo

import (
	"fmt"
	"net"
	"net/mail"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// A verdict says how a mail stands to one rule.
type verdict string

const (
	passed        verdict = "pass"
	failed        verdict = "fail"
	notApplicable verdict = "not applicable"
)

// A rule is one requirement of the mail standards, by its number there.
type rule struct {
	Number, Sentence string
	check            func(m *message) (verdict, string)
}

// A finding is a rule's verdict on one mail, with the evidence.
type finding struct {
	Number, Sentence, Evidence string
	Verdict                    verdict
}

// rules are F1 to F23, and what stands in place of a signature.
func rules() []rule {
	return []rule{
		{"F1", "Every line ends in CRLF, and there is no bare CR, bare LF or NUL.", checkLineEnds},
		{"F2", "No line is over 998 octets; encoded words are whole, at most 75 long, on lines of at most 76.", checkLineLengths},
		{"F3", "Each header field stands once, and none that is required is missing.", checkSingleFields},
		{"F4", "From is one address with a constant, plain name of the paper.", checkFrom},
		{"F5", "To is this one reader; nobody else gets the message.", checkTo},
		{"F6", "The subject decodes to clean text of at most 150 characters, without a false “Re:”.", checkSubject},
		{"F7", "The date is right, has a numeric zone, and is that of the sending.", checkDate},
		{"F8", "The Message-ID is unique, in our domain, and gives nobody away.", checkMessageID},
		{"F9", "A text part comes first and an HTML part last, with the same links in the same order.", checkAlternatives},
		{"F10", "On the wire all is 7-bit, in the smaller of quoted-printable and base64.", checkEncoding},
		{"F11", "Content-Language says the same as the HTML.", checkLanguage},
		{"F12", "Auto-Submitted marks an automatic issue, at most once.", checkAutoSubmitted},
		{"F13", "Precedence: bulk keeps old out-of-office programs quiet.", checkPrecedence},
		{"F14", "Feedback-ID has at most four fields, the last of them the sender’s, and none about the reader.", checkFeedbackID},
		{"F15", "List-Id is one plain name in a domain of ours.", checkListID},
		{"F16", "List-Unsubscribe begins with its one HTTPS address, each address in angle brackets and unbroken.", checkUnsubscribe},
		{"F17", "List-Unsubscribe-Post is exactly List-Unsubscribe=One-Click.", checkOneClick},
		{"F18", "The other List- fields, where there are any, hold addresses.", checkListFields},
		{"F19", "Nothing was smuggled into the header: no control characters, no field that is not ours, one recipient.", checkInjection},
		{"F20", "Domains are in their ASCII form, and SMTPUTF8 is asked for only if an address needs it.", checkDomains},
		{"F21", "The message is below 1 MB and its header below 8 kB.", checkSize},
		{"F22", "Nothing of another reader or of our machines is in it.", checkPrivacy},
		{"F23", "From or Reply-To can be written to.", checkReply},
		{"DKIM", "A signature covers both List-Unsubscribe fields, or the relay signs (A2, A5).", checkSignature},
	}
}

// inspect holds every rule against the mail.
func inspect(m *message) []finding {
	var found []finding
	for _, r := range rules() {
		v, evidence := r.check(m)
		found = append(found, finding{r.Number, r.Sentence, evidence, v})
	}
	return found
}

func pass(format string, args ...any) (verdict, string) { return passed, fmt.Sprintf(format, args...) }
func fail(format string, args ...any) (verdict, string) { return failed, fmt.Sprintf(format, args...) }
func skip(format string, args ...any) (verdict, string) {
	return notApplicable, fmt.Sprintf(format, args...)
}

// address reads the single address of a header field.
func (m *message) address(name string) (*mail.Address, error) {
	list, err := mail.ParseAddressList(m.Fields.get(name))
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("%d addresses", len(list))
	}
	return list[0], nil
}

// domainOf is what follows the last @, in lower case.
func domainOf(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// sameOwner says whether two domains belong to one organisation: the same name below the
// public suffix (RFC 9989).
func sameOwner(a, b string) bool {
	if a == b {
		return a != ""
	}
	one, err1 := publicsuffix.EffectiveTLDPlusOne(a)
	other, err2 := publicsuffix.EffectiveTLDPlusOne(b)
	return err1 == nil && err2 == nil && one == other
}

// loopback says whether a host is this machine, as in the demo.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// quote shows a value from a mail, cut to what fits on a line.
func quote(s string) string {
	if r := []rune(s); len(r) > 110 {
		s = string(r[:110]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
