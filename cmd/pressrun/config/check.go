package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// maxConnections bounds relay.connections (S9): more would be refused by most relays.
const maxConnections = 50

// maxWindow bounds relay.window: so many mails are in doubt when a connection breaks.
const maxWindow = 20

// check reports what is wrong with values that are well-formed each, and brings domains
// and web addresses into the form they are used in.
func (l *loader) check() {
	for _, f := range fieldsOf(l.c) {
		if f.path != "paper.address" && strings.Contains(format(f.value), "\n") {
			l.report(f.path, "has a line break; write it on one line")
		}
	}
	l.checkPaper(&l.c.Paper)
	l.checkSender(&l.c.Sender)
	l.checkSite(&l.c.Site)
	l.checkOIDC(&l.c.OIDC)
	for i := range l.c.Relays {
		l.checkRelay(fmt.Sprintf("relay[%d].", i), l.c.Relays[i])
	}
	for i := range l.c.Domains {
		l.checkDomain(fmt.Sprintf("domain[%d].", i), &l.c.Domains[i])
	}
	for i := range l.c.DKIM {
		l.checkDKIM(fmt.Sprintf("dkim[%d].", i), &l.c.DKIM[i])
	}
	if every := l.c.Fetch.Every; every < time.Minute {
		l.report("fetch.every", `is %q; write at least "1m", so that sources are not burdened`, formatDuration(every))
	}
	if contact := l.c.Fetch.Contact; strings.ContainsFunc(contact, func(r rune) bool { return r <= ' ' || r > '~' || r == '(' || r == ')' }) {
		l.report("fetch.contact", "is %q; write a web or mail address in plain letters without spaces", contact)
	}
	if dir := l.c.Templates.Dir; dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			l.report("templates.dir", "names %s, which is no folder; create it, or take the setting out", dir)
		}
	}
}

func (l *loader) checkPaper(p *Paper) {
	l.webAddress("paper.url", &p.URL)
	l.webAddress("paper.logo", &p.Logo)
	if p.Accent != "" && !isColour(p.Accent) {
		l.report("paper.accent", `is %q; write a colour as # and six digits, such as "#8a1c2b"`, p.Accent)
	}
	if p.Email != "" {
		address, err := parseAddress(p.Email)
		if err != nil {
			l.report("paper.email", "%v", err)
		}
		p.Email = address
	}
	if lines := strings.Count(p.Address, "\n") + 1; lines > 8 {
		l.report("paper.address", "has %d lines; write at most 8", lines)
	}
}

func (l *loader) checkSender(s *Sender) {
	l.domain("sender.domain", &s.Domain)
	l.domain("sender.bounce_domain", &s.BounceDomain)
	if s.FeedbackID != "" && !isSenderID(s.FeedbackID) {
		l.report("sender.feedback_id", `is %q; write 5 to 15 letters a to z and digits, such as "harbourpost"`, s.FeedbackID)
	}
	if literal, ok := strings.CutPrefix(s.EHLO, "["); ok { // RFC 5321 §4.1.3
		address := strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "IPv6:")
		if addr, err := netip.ParseAddr(address); err != nil || s.EHLO != "["+ipv6Tag(addr)+address+"]" {
			l.report("sender.ehlo", `is %q; write a full host name such as "mail.paper.example", or an address such as "[192.0.2.1]" or "[IPv6:2001:db8::1]"`, s.EHLO)
		}
		return
	}
	l.domain("sender.ehlo", &s.EHLO)
}

func (l *loader) checkSite(s *Site) {
	if _, port, err := net.SplitHostPort(s.Listen); err != nil || !isPort(port) {
		l.report("site.listen", `is %q; write an address and a port, such as "127.0.0.1:8080", or ":8080" for every address`, s.Listen)
	}
	l.webAddress("site.privacy", &s.Privacy)
	l.webAddress("site.imprint", &s.Imprint)
	for _, origin := range s.Origins() {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || u.Scheme != "https" && !isLoopback(u.Hostname()) || origin != u.Scheme+"://"+u.Host {
			l.report("site.form_origins", `has %q; write scheme and host alone, such as "https://paper.example"`, origin)
		}
	}
	if s.URL == "" {
		return
	}
	l.webAddress("site.url", &s.URL)
	u, err := url.Parse(s.URL)
	if err != nil {
		return
	}
	if u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		l.report("site.url", `is %q; write only the scheme and the host, such as "https://news.paper.example"`, s.URL)
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		l.report("site.url", "is %q; it must begin with https, because mail programs unsubscribe readers through it (RFC 8058)", s.URL)
	}
}

func (l *loader) checkRelay(at string, r Relay) {
	if r.URL == "" {
		l.report(at+"url", `is missing; write one such as "smtp://user:password@mail.example:587" or "dir:outgoing"`)
	}
	if r.Connections < 1 || r.Connections > maxConnections {
		l.report(at+"connections", "is %d; write a number from 1 to %d", r.Connections, maxConnections)
	}
	if r.Window < 1 || r.Window > maxWindow {
		l.report(at+"window", "is %d; write a number from 1 to %d", r.Window, maxWindow)
	}
	if r.Priority < 1 || r.Priority > 9 {
		l.report(at+"priority", "is %d; write a number from 1, which goes first, to 9", r.Priority)
	}
	u, err := url.Parse(string(r.URL))
	if !r.Cleartext || err != nil || r.URL == "" {
		return
	}
	if u.Scheme != "smtp" {
		l.report(at+"cleartext", "is only for relays that begin with smtp://; take it out")
	}
	if u.User != nil && !r.URL.loopback() {
		l.report(at+"cleartext", "would send the relay's password unencrypted over the network; take it out, or use a relay without a password")
	}
}

// webAddress checks an address that readers' programs open, and brings its host into
// ASCII (F20). "" is not set.
func (l *loader) webAddress(path string, address *string) {
	if *address == "" {
		return
	}
	u, err := url.Parse(*address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Port() != "" && !isPort(u.Port()) {
		l.report(path, `is %q; write a web address with http or https, such as "https://paper.example"`, *address)
		return
	}
	if !isIP(u.Hostname()) {
		host, err := idna.Lookup.ToASCII(u.Hostname())
		if err != nil {
			l.report(path, "is %q, whose host is no domain name; check how it is written", *address)
			return
		}
		u.Host = strings.Replace(u.Host, u.Hostname(), host, 1)
	}
	if u.Path == "/" {
		u.Path = ""
	}
	*address = u.String()
}

func (l *loader) domain(path string, name *string) {
	if *name == "" {
		return
	}
	ascii, err := parseDomain(*name)
	if err != nil {
		l.report(path, "%v", err)
	}
	*name = ascii
}

// derive fills in what follows from other settings.
func (l *loader) derive() {
	s := &l.c.Sender
	if s.Domain == "" {
		_, s.Domain, _ = strings.Cut(s.From.Address, "@")
	}
	for i, key := range l.c.DKIM {
		if key.Domain == "" {
			_, l.c.DKIM[i].Domain, _ = strings.Cut(s.From.Address, "@")
		}
	}
	if l.c.Site.URL == "" {
		l.c.Site.URL = "http://" + reachable(l.c.Site.Listen)
	}
	if l.c.Fetch.Contact == "" {
		l.c.Fetch.Contact = l.c.Paper.URL
	}
	if o := &l.c.OIDC; o.Name == "" {
		if u, err := url.Parse(o.Issuer); err == nil {
			o.Name = u.Hostname()
		}
	}
}

// reachable turns an address that means every address of this machine into one that can
// be opened on it.
func reachable(listen string) string {
	host, port, _ := net.SplitHostPort(listen)
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// ReadyToSend returns an *Error with all that is still missing before mail may leave
// this machine, or nil.
func (c *Config) ReadyToSend() error {
	e := &Error{}
	missing := func(unset bool, path, why string) {
		if unset {
			e.Problems = append(e.Problems, fmt.Sprintf("%s: %s is missing; %s", c.File, path, why))
		}
	}
	missing(c.Paper.Name == "", "paper.name", "write the paper's name, as readers know it")
	missing(c.Paper.Address == "", "paper.address", "write the paper's postal address, which every mail must show")
	missing(c.Sender.From.Address == "", "sender.from", `write the name and address that mails come from, such as "The Harbour Post <news@paper.example>"`)
	missing(len(c.Relays) == 0, "relay.url", `write [[relay]] and below it url = "smtp://user:password@mail.example:587"`)
	if u, err := url.Parse(c.Site.URL); c.leaves() && (err != nil || u.Scheme != "https") {
		e.Problems = append(e.Problems, fmt.Sprintf("%s: site.url is %q, which readers cannot reach; write the site's public address, beginning with https", c.File, c.Site.URL))
	}
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// leaves reports whether a relay takes mail off this machine.
func (c *Config) leaves() bool {
	for _, r := range c.Relays {
		if !r.URL.loopback() {
			return true
		}
	}
	return false
}

func isColour(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

// isSenderID reports the form of Feedback-ID's last field (F14), kept to what needs no
// encoding anywhere.
func isSenderID(s string) bool {
	odd := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}
	return len(s) >= 5 && len(s) <= 15 && !strings.ContainsFunc(s, odd)
}

func ipv6Tag(addr netip.Addr) string {
	if addr.Is6() {
		return "IPv6:"
	}
	return ""
}
