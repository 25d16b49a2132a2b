package message

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// headerBlock writes the headers in the order of the mail standards. A
// DKIM-Signature can be put before it. mime is what the frame has to say.
func (l *layout) headerBlock(c Content, s sender, mime []byte) error {
	l.literal([]byte("Date: "))
	l.place(piece{kind: dateValue})
	l.literal(appendMailbox([]byte("\r\n"), "From", s.from))
	l.place(piece{kind: toHeader})
	if s.replyTo.address != "" {
		l.literal(appendMailbox(nil, "Reply-To", s.replyTo))
	}
	subject, err := CleanSubject(c.Subject)
	if err != nil {
		return err
	}
	l.literal(appendText(nil, "Subject", subject))
	l.literal([]byte("Message-ID: <"))
	l.place(piece{kind: messageName})
	l.line("@" + s.domain + ">")
	l.line("MIME-Version: 1.0")
	l.literal(mime)
	if err := l.languageHeader(c.Language); err != nil {
		return err
	}
	if c.Auto {
		l.line("Auto-Submitted: auto-generated")
	}
	if c.Bulk {
		l.line("Precedence: bulk")
		// "All" would suppress the reports of failed deliveries too.
		l.line("X-Auto-Response-Suppress: OOF, AutoReply")
	}
	if err := l.listHeaders(c); err != nil {
		return err
	}
	if err := l.feedbackHeader(c.FeedbackID); err != nil {
		return err
	}
	if c.Test {
		l.line("X-Pressrun-Test: yes")
	}
	l.line("")
	return nil
}

func (l *layout) line(s string) { l.literal([]byte(s + "\r\n")) }

// A sender is who a message is from, checked.
type sender struct {
	from, replyTo mailbox
	domain        string // of Message-ID
	bounceDomain  string // "" without VERP
}

func newSender(c Content) (s sender, err error) {
	if s.from, err = newAuthor(c.From); err != nil {
		return s, fmt.Errorf("sender: %w", err)
	}
	if strings.ContainsFunc(s.from.name, isEmoji) {
		return s, fmt.Errorf("sender: the name %q has an emoji in it, which Gmail holds against a newsletter: remove it", s.from.name)
	}
	if c.ReplyTo != (mail.Address{}) {
		if s.replyTo, err = newAuthor(c.ReplyTo); err != nil {
			return s, fmt.Errorf("reply address: %w", err)
		}
	}
	if s.domain, err = ownDomain(c.Domain); err != nil {
		return s, fmt.Errorf("message id: %w", err)
	}
	if c.BounceDomain != "" {
		if s.bounceDomain, err = ownDomain(c.BounceDomain); err != nil {
			return s, fmt.Errorf("bounce domain: %w", err)
		}
	}
	return s, nil
}

// maxOwnDomain leaves room for any left side: a Message-ID has at most 250 octets (F8),
// an address 254.
const maxOwnDomain = 250 - maxLocal - len("@")

func ownDomain(s string) (string, error) {
	domain, err := asciiDomain(s)
	if err == nil && len(domain) > maxOwnDomain {
		err = fmt.Errorf("the domain %q has more than %d bytes: use a shorter one", s, maxOwnDomain)
	}
	return domain, err
}

// newAuthor refuses an address of ours that only some relays could carry (F20).
func newAuthor(a mail.Address) (mailbox, error) {
	m, err := newMailbox(a.Name, a.Address)
	if err == nil && m.utf8 {
		err = fmt.Errorf("the address %q has letters other than a-z before the @: use one without", a.Address)
	}
	return m, err
}

// isEmoji tells the usual pictures, not the signs that a name may have (© ™ №).
func isEmoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF && unicode.Is(unicode.So, r)
}

func (l *layout) languageHeader(tag string) error {
	if tag == "" {
		return nil
	}
	ok := len(tag) <= 35
	for i := range len(tag) {
		ok = ok && (isAlphanumeric(tag[i]) || tag[i] == '-')
	}
	if !ok {
		return fmt.Errorf("the language %q is not written like en or ar-SA: check it", tag)
	}
	l.line("Content-Language: " + tag)
	return nil
}

func (l *layout) listHeaders(c Content) error {
	if c.ListID != "" {
		id, err := listID(c.ListName, c.ListID)
		if err != nil {
			return err
		}
		l.line(id)
	}
	if err := l.unsubscribeHeaders(c); err != nil {
		return err
	}
	for _, h := range []struct{ name, url string }{{"List-Help", c.ListHelp}, {"List-Archive", c.ListArchive}} {
		if h.url == "" {
			continue
		}
		if err := checkURL(h.name, h.url); err != nil {
			return err
		}
		l.uri(h.name+":", h.url, nil, nil)
		l.line("")
	}
	return nil
}

// listID gives the header List-Id (F15). The phrase before the id is left away when it
// would need encoding: Gmail refuses that here.
func listID(name, id string) (string, error) {
	domain, err := asciiDomain(id)
	if err != nil {
		return "", fmt.Errorf("list id: %w", err)
	}
	if err := checkLine("the list's name", name); err != nil {
		return "", err
	}
	name = tidy(name)
	header := "List-Id: "
	if size, ok := phraseSize(name); ok && name != "" && len(header)+size <= lineLimit {
		header = string(appendPhrase([]byte(header), name))
		if len(header)+len(" <>")+len(domain) > lineLimit {
			header += "\r\n"
		}
		header += " "
	}
	return header + "<" + domain + ">", nil
}

// unsubscribeHeaders writes F16 and F17.
func (l *layout) unsubscribeHeaders(c Content) error {
	const name = "List-Unsubscribe"
	if c.ListUnsubscribe == "" {
		if c.UnsubscribeMail != "" {
			return fmt.Errorf("there is a mail address for unsubscribing but no URL: give both, or none")
		}
		return nil
	}
	cuts := findSlots(c.ListUnsubscribe, c.Slots)
	if len(cuts) == 0 {
		return fmt.Errorf("the unsubscribe URL %q is the same for every reader: put a slot's placeholder into it", c.ListUnsubscribe)
	}
	if err := checkURL(name, filled(c.ListUnsubscribe, cuts, c.Slots)); err != nil {
		return err
	}
	l.uri(name+":", c.ListUnsubscribe, cuts, c.Slots)
	if c.UnsubscribeMail != "" {
		address := strings.TrimPrefix(c.UnsubscribeMail, "mailto:")
		cuts := findSlots(address, c.Slots)
		if err := checkMailto(filled(address, cuts, c.Slots)); err != nil {
			return err
		}
		l.literal([]byte(",\r\n <mailto:"))
		l.spliced(address, cuts, c.Slots)
		l.literal([]byte(">"))
	}
	l.line("")
	l.line("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
	return nil
}

// uri writes " <uri>" after a header's name, on a line of its own if it would not fit:
// a URI is never folded inside (F16). The line is left open.
func (l *layout) uri(header, uri string, cuts []cut, slots []Slot) {
	l.literal([]byte(header))
	if len(header)+len(" <>,")+len(filled(uri, cuts, slots)) > lineLimit {
		l.literal([]byte("\r\n"))
	}
	l.literal([]byte(" <"))
	l.spliced(uri, cuts, slots)
	l.literal([]byte(">"))
}

// spliced writes s with pieces where the cuts are.
func (l *layout) spliced(s string, cuts []cut, slots []Slot) {
	from := 0
	for _, c := range cuts {
		l.literal([]byte(s[from:c.at]))
		l.place(piece{kind: rawSlot, slot: c.slot})
		from = c.at + len(slots[c.slot].Placeholder)
	}
	l.literal([]byte(s[from:]))
}

// filled gives s with a value of the right length in each slot.
func filled(s string, cuts []cut, slots []Slot) string {
	var b strings.Builder
	from := 0
	for _, c := range cuts {
		b.WriteString(s[from:c.at])
		b.WriteString(strings.Repeat("x", slots[c.slot].Size))
		from = c.at + len(slots[c.slot].Placeholder)
	}
	b.WriteString(s[from:])
	return b.String()
}

// maxURI keeps every line with a URI below the 998 octets of F2.
const maxURI = 900

// checkURL takes an https URL, and http on this machine, where a demo runs.
func checkURL(what, s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || !isURI(s) || u.Host == "":
		return fmt.Errorf("%s: %q is not a URL: write it like https://news.example.org/path, other letters percent-encoded", what, s)
	case u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())):
		return fmt.Errorf("%s: %q does not begin with https://: mail programs follow nothing else", what, s)
	}
	return nil
}

func checkMailto(s string) error {
	address, _, _ := strings.Cut(s, "?")
	if !isURI(s) {
		return fmt.Errorf("the mail address for unsubscribing %q is not written like u+token@example.org: check it", s)
	}
	if _, err := newMailbox("", address); err != nil {
		return fmt.Errorf("mail address for unsubscribing: %w", err)
	}
	return nil
}

// isURI tells whether s has only characters that a URI may have (RFC 3986 §2).
func isURI(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("-._~:/?#[]@!$&'()*+,;=%", s[i]) < 0 {
			return false
		}
	}
	return len(s) <= maxURI
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

const feedbackLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"

// feedbackHeader writes F14.
func (l *layout) feedbackHeader(id string) error {
	if id == "" {
		return nil
	}
	fields := strings.Split(id, ":")
	sender := fields[len(fields)-1]
	distinct := slices.Compact(slices.Sorted(slices.Values(fields)))
	switch {
	case len(id) > lineLimit-len("Feedback-ID: ") || strings.Trim(id, feedbackLetters) != "":
		return fmt.Errorf("the feedback id %q must be one line of a-z, 0-9, - and _: check it", id)
	case len(fields) > 4 || len(distinct) != len(fields):
		return fmt.Errorf("the feedback id %q must have at most 4 fields, all different: check it", id)
	case len(sender) < 5 || len(sender) > 15:
		return fmt.Errorf("the feedback id %q must end with a sender name of 5 to 15 characters: check it", id)
	}
	l.line("Feedback-ID: " + id)
	return nil
}
