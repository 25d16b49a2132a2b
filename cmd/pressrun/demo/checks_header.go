package demo

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

func checkSingleFields(m *message) (verdict, string) {
	counts := map[string]int{}
	for _, f := range m.Fields {
		counts[strings.ToLower(f.Name)]++
	}
	for _, name := range []string{"Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"} {
		if counts[strings.ToLower(name)] == 0 {
			return fail("%s is missing", name)
		}
	}
	for _, f := range m.Fields {
		if n := counts[strings.ToLower(f.Name)]; n > 1 && !strings.EqualFold(f.Name, "DKIM-Signature") {
			return fail("%s stands %d times", f.Name, n)
		}
	}
	return pass("%d fields, each once", len(m.Fields))
}

func checkFrom(m *message) (verdict, string) {
	from, err := m.address("From")
	if err != nil {
		return fail("From is %s: %v", quote(m.Fields.get("From")), err)
	}
	subject := decodeHeader(m.Fields.get("Subject"))
	switch to, _ := m.address("To"); {
	case strings.ContainsFunc(from.Name, pictograph):
		return fail("the name %s has an emoji", quote(from.Name))
	case subject != "" && strings.Contains(from.Name, subject):
		return fail("the name %s has the subject in it", quote(from.Name))
	case to != nil && utf8.RuneCountInString(to.Name) > 2 && strings.Contains(from.Name, to.Name):
		return fail("the name %s has the reader’s name in it", quote(from.Name))
	}
	return pass("%s at %s", quote(from.Name), from.Address)
}

// pictograph says whether r is an emoji or one of the signs used like one.
func pictograph(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r == 0xFE0F
}

func checkTo(m *message) (verdict, string) {
	for _, name := range []string{"Cc", "Bcc"} {
		if m.Fields.get(name) != "" {
			return fail("there is a %s", name)
		}
	}
	to, err := m.address("To")
	if err != nil {
		return fail("To is %s: %v", quote(m.Fields.get("To")), err)
	}
	if n := len(m.Envelope.Recipients); n != 1 {
		return fail("the envelope has %d recipients", n)
	}
	if !sameAddress(to.Address, m.Envelope.Recipients[0]) {
		return fail("To is %s, the envelope says %s", to.Address, m.Envelope.Recipients[0])
	}
	return pass("%s, alone in header and envelope", to.Address)
}

// sameAddress compares addresses; only the domain has no case (RFC 5321, 2.4).
func sameAddress(a, b string) bool {
	i, j := strings.LastIndexByte(a, '@'), strings.LastIndexByte(b, '@')
	return i >= 0 && j >= 0 && a[:i] == b[:j] && domainOf(a) == domainOf(b)
}

var reply = regexp.MustCompile(`(?i)^\s*(re|fwd?|aw|wg)\s*:`)

func checkSubject(m *message) (verdict, string) {
	raw := m.Fields.get("Subject")
	text := decodeHeader(raw)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return fail("it is empty")
	case n > 150:
		return fail("it has %d characters", n)
	case !utf8.ValidString(text) || encodedWord.MatchString(text):
		return fail("it does not decode: %s", quote(raw))
	case !norm.NFC.IsNormalString(text):
		return fail("it is not in the composed form (NFC): %s", quote(text))
	case reply.MatchString(text):
		return fail("it begins like an answer: %s", quote(text))
	}
	if i := strings.IndexFunc(text, invisible); i >= 0 {
		return fail("it has the character %U", []rune(text[i:])[0])
	}
	if words := encodedWord.FindAllString(raw, -1); len(words) > 0 {
		want := "Q"
		if foreign(text) {
			want = "B"
		}
		for _, word := range words {
			if got := strings.ToUpper(strings.Split(word, "?")[2]); got != want {
				return fail("encoding %s, where %s is shorter: %s", got, want, quote(text))
			}
		}
	}
	return pass("%s", quote(text))
}

// invisible says whether r has no place in a line of text: controls, line separators, and
// characters that turn the direction of what follows.
func invisible(r rune) bool {
	return unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// foreign says whether most letters of text are outside ASCII.
func foreign(text string) bool {
	ascii, other := 0, 0
	for _, r := range text {
		switch {
		case r >= 0x80:
			other++
		case unicode.IsLetter(r):
			ascii++
		}
	}
	return other > ascii
}

var zoned = regexp.MustCompile(`[+-]\d{4}\s*(\(.*\))?$`)

func checkDate(m *message) (verdict, string) {
	const minutes = 15 * time.Minute
	value := m.Fields.get("Date")
	at, err := mail.ParseDate(value)
	if err != nil {
		return fail("%s is no date", quote(value))
	}
	day, _, named := strings.Cut(value, ",")
	switch off := m.Received.Sub(at); {
	case !zoned.MatchString(value):
		return fail("%s has no numeric zone", quote(value))
	case strings.Contains(value, "-0000"):
		return fail("%s has the zone -0000, “unknown”", quote(value))
	case named && day != at.Format("Mon"):
		return fail("%s was a %s", quote(value), at.Format("Monday"))
	case off.Abs() > minutes:
		return fail("%s is %v from its arrival", quote(value), off.Abs().Round(time.Second))
	default:
		return pass("%s, %v before it arrived", value, max(0, off).Round(time.Second))
	}
}

var messageID = regexp.MustCompile("^<([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+)@([A-Za-z0-9.-]+)>$")

func checkMessageID(m *message) (verdict, string) {
	id := m.Fields.get("Message-ID")
	found := messageID.FindStringSubmatch(id)
	if found == nil || len(id) > 250 || strings.Contains(found[1], "..") {
		return fail("%s is not <name@domain>", quote(id))
	}
	if from, err := m.address("From"); err != nil || !sameOwner(strings.ToLower(found[2]), domainOf(from.Address)) {
		return fail("%s is not in the domain of From", found[2])
	}
	for _, to := range m.Envelope.Recipients {
		local, _, _ := strings.Cut(to, "@")
		if len(local) > 2 && strings.Contains(strings.ToLower(id), strings.ToLower(local)) {
			return fail("%s has the reader’s address in it", quote(id))
		}
	}
	for _, peer := range m.Peers {
		if peer.ID == id {
			return fail("mail %d has the same", peer.Number)
		}
	}
	return pass("%s, different from those of %d other mails here", id, len(m.Peers))
}

func checkAutoSubmitted(m *message) (verdict, string) {
	switch values := m.Fields.all("Auto-Submitted"); {
	case len(values) == 0:
		return skip("absent, as it must be on an issue sent by hand (RFC 3834, 5)")
	case len(values) > 1 || values[0] != "auto-generated":
		return fail("%s", quote(strings.Join(values, ", ")))
	}
	return pass("auto-generated")
}

func checkPrecedence(m *message) (verdict, string) {
	if v := m.Fields.get("Precedence"); v != "bulk" {
		return fail("%s", quote(v))
	}
	return pass("bulk")
}

func checkFeedbackID(m *message) (verdict, string) {
	value := m.Fields.get("Feedback-ID")
	names := strings.Split(value, ":")
	sender := names[len(names)-1]
	switch {
	case value == "":
		return fail("it is missing")
	case len(names) > 4:
		return fail("%s has %d fields", quote(value), len(names))
	case len(sender) < 5 || len(sender) > 15:
		return fail("the sender %s has %d characters, 5 to 15 are allowed", quote(sender), len(sender))
	}
	slices.Sort(names)
	if len(slices.Compact(names)) < strings.Count(value, ":")+1 {
		return fail("%s repeats a field", quote(value))
	}
	for _, to := range m.Envelope.Recipients {
		local, _, _ := strings.Cut(to, "@")
		if len(local) > 2 && strings.Contains(value, local) {
			return fail("%s names the reader", quote(value))
		}
	}
	return pass("%s", value)
}

// ourFields are the fields of the model header in the mail standards.
func ourFields() []string {
	return []string{
		"dkim-signature", "date", "from", "to", "reply-to", "subject", "message-id", "mime-version",
		"content-type", "content-transfer-encoding", "content-language", "auto-submitted", "precedence",
		"x-auto-response-suppress", "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help",
		"list-archive", "list-owner", "list-post", "feedback-id",
	}
}

func checkInjection(m *message) (verdict, string) {
	for _, f := range m.Fields {
		name := strings.ToLower(f.Name)
		if !slices.Contains(ourFields(), name) && !strings.HasPrefix(name, "x-pressrun-") && name != "cc" && name != "bcc" && name != "received" && name != "x-originating-ip" {
			return fail("the field %s is not one of ours", quote(f.Name))
		}
		if name == "bcc" || name == "cc" {
			return fail("there is a %s", f.Name)
		}
		text := decodeHeader(strings.ReplaceAll(f.Value, "\t", " "))
		if i := strings.IndexFunc(text, invisible); i >= 0 {
			return fail("%s decodes to text with %U", f.Name, []rune(text[i:])[0])
		}
	}
	if n := len(m.Envelope.Recipients); n != 1 {
		return fail("the envelope has %d recipients", n)
	}
	return pass("%d fields, all of them ours, without control characters", len(m.Fields))
}

func checkDomains(m *message) (verdict, string) {
	addresses := slices.Clone(m.Envelope.Recipients)
	if m.Envelope.Sender != "" {
		addresses = append(addresses, m.Envelope.Sender)
	}
	for _, name := range []string{"From", "To", "Reply-To"} {
		if a, err := m.address(name); err == nil {
			addresses = append(addresses, a.Address)
		}
	}
	needed := false
	var domains []string
	for _, a := range addresses {
		local, domain := a[:max(0, strings.LastIndexByte(a, '@'))], domainOf(a)
		needed = needed || strings.ContainsFunc(local, func(r rune) bool { return r >= 0x80 })
		if plain, err := idna.Lookup.ToASCII(domain); err != nil || plain != domain {
			return fail("%s is not in its ASCII form", quote(domain))
		}
		if !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
	}
	for _, p := range m.Parts {
		for _, link := range linksOf(p) {
			if u, err := url.Parse(link); err == nil && strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r >= 0x80 }) {
				return fail("a link leads to %s", quote(u.Hostname()))
			}
		}
	}
	switch {
	case needed && !m.Envelope.UTF8:
		return fail("an address needs SMTPUTF8, and it was not asked for")
	case !needed && m.Envelope.UTF8:
		return fail("SMTPUTF8 was asked for, and no address needs it")
	}
	return pass("%s; SMTPUTF8 %s", strings.Join(domains, ", "), map[bool]string{true: "needed", false: "not needed"}[needed])
}

var noReply = regexp.MustCompile(`(?i)^(no|not|do-?not|donot)[._-]?reply`)

func checkReply(m *message) (verdict, string) {
	name := "Reply-To"
	if m.Fields.get(name) == "" {
		name = "From"
	}
	a, err := m.address(name)
	if err != nil {
		return fail("%s is %s: %v", name, quote(m.Fields.get(name)), err)
	}
	if noReply.MatchString(a.Address) || !strings.Contains(domainOf(a.Address), ".") {
		return fail("%s is %s", name, a.Address)
	}
	return pass("%s is %s; that somebody reads it cannot be seen from here", name, a.Address)
}

func checkSignature(m *message) (verdict, string) {
	signatures := m.Fields.all("DKIM-Signature")
	if len(signatures) == 0 {
		return skip("not signed: the relay signs")
	}
	from, _ := m.address("From")
	for _, value := range signatures {
		tags := map[string]string{}
		for tag := range strings.SplitSeq(value, ";") {
			name, v, _ := strings.Cut(tag, "=")
			tags[strings.TrimSpace(name)] = strings.Join(strings.Fields(v), "")
		}
		covered := strings.Split(strings.ToLower(tags["h"]), ":")
		for _, name := range []string{"from", "list-unsubscribe", "list-unsubscribe-post"} {
			if !slices.Contains(covered, name) {
				return fail("the signature of %s does not cover %s", tags["d"], name)
			}
		}
		if from == nil || !sameOwner(strings.ToLower(tags["d"]), domainOf(from.Address)) {
			return fail("the signature is of %s, not of From’s organisation (F4)", tags["d"])
		}
	}
	return pass("%d signatures cover both List-Unsubscribe fields; whether they hold, a receiver with DNS can say", len(signatures))
}
