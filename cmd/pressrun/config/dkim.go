package config

import (
	"os"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// checkDKIM checks a key from outside; what is in its file is checked when it is loaded.
func (l *loader) checkDKIM(at string, k *DKIM) {
	k.Selector = strings.ToLower(k.Selector)
	switch {
	case k.Selector == "":
		l.report(at+"selector", `is missing; write the name the public key has in the DNS, such as "s2026"`)
	case !isSelector(k.Selector):
		l.report(at+"selector", `is %q; write letters a to z, digits and hyphens, such as "s2026"`, k.Selector)
	}
	if k.KeyFile == "" {
		l.report(at+"key_file", "is missing; write the name of the file with the private key, such as \"dkim.pem\"")
	} else if info, err := os.Stat(k.KeyFile); err != nil || info.IsDir() {
		l.report(at+"key_file", "names %s, which is no file; make one with `openssl genrsa -out %[1]s 2048`, or take the section out", k.KeyFile)
	}
	l.domain(at+"domain", &k.Domain)
	_, from, _ := strings.Cut(l.c.Sender.From.Address, "@")
	if k.Domain != "" && from != "" && !aligned(k.Domain, from) {
		l.report(at+"domain", "is %q, whose signature counts for nothing in mail from %s; write %[2]q, or another domain of the same organisation", k.Domain, from)
	}
}

// isSelector reports labels as a domain name has them (RFC 6376 §3.1).
func isSelector(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		odd := strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
		if odd || label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return true
}

// aligned reports whether DMARC accepts a signature of domain d for mail from a domain:
// both belong to one organisation (RFC 9989; F4).
func aligned(d, from string) bool {
	if d == from {
		return true
	}
	one, err := publicsuffix.EffectiveTLDPlusOne(d)
	other, errOther := publicsuffix.EffectiveTLDPlusOne(from)
	return err == nil && errOther == nil && one == other
}
