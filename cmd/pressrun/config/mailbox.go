package config

import (
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// parseMailbox reads "Name <address>" or an address alone. The name is taken as it
// stands, so that a comma or a dot in it needs no quotes; the domain becomes ASCII (F20).
func parseMailbox(text string) (mail.Address, error) {
	name, address := "", strings.TrimSpace(text)
	if i := strings.LastIndex(address, "<"); i >= 0 && strings.HasSuffix(address, ">") {
		name, address = strings.TrimSpace(address[:i]), address[i+1:len(address)-1]
		if n := len(name); n > 1 && name[0] == '"' && name[n-1] == '"' {
			name = strings.ReplaceAll(name[1:n-1], `\"`, `"`)
		}
	}
	name, err := parseString(name)
	if err != nil {
		return mail.Address{}, err
	}
	if strings.ContainsAny(name, "\n<>") {
		return mail.Address{}, fmt.Errorf("%q is no name for a sender; leave out line breaks and angle brackets", name)
	}
	if strings.ContainsFunc(name, isEmoji) {
		return mail.Address{}, fmt.Errorf("%q has an emoji, which large providers refuse in From; take it out", name)
	}
	address, err = parseAddress(address)
	return mail.Address{Name: name, Address: address}, err
}

// parseAddress reads a bare address in the plain form that every mail server takes.
func parseAddress(text string) (string, error) {
	local, domain, ok := strings.Cut(text, "@")
	parsed, err := mail.ParseAddress(text)
	if !ok || err != nil || parsed.Address != text || parsed.Name != "" || len(local) > 64 {
		return "", fmt.Errorf(`%q is no mail address; write one such as "news@paper.example"`, text)
	}
	if strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", fmt.Errorf("%q has letters before the @ that many mail servers refuse; use a to z, digits, dot and hyphen", text)
	}
	domain, err = parseDomain(domain)
	if err != nil {
		return "", err
	}
	return local + "@" + domain, nil
}

func formatMailbox(a mail.Address) string {
	if a.Name == "" {
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

// parseDomain returns a full domain name in ASCII (F20), lower case.
func parseDomain(text string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(text)
	if err != nil || len(ascii) > 253 || !strings.Contains(ascii, ".") || isNumber(ascii[strings.LastIndex(ascii, ".")+1:]) {
		return "", fmt.Errorf(`%q is no domain name; write one such as "paper.example"`, text)
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf(`%q is no domain name; write one such as "paper.example"`, text)
		}
	}
	return ascii, nil
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }

// isEmoji covers the blocks of pictures; ©, ® and ™ are not among them.
func isEmoji(r rune) bool {
	return r >= 0x2600 && r <= 0x27bf || r >= 0x2b00 && r <= 0x2bff || r == 0xfe0f || r >= 0x1f000 && r <= 0x1faff
}
