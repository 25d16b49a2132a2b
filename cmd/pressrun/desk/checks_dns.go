package desk

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// dnsPatience is how long one record may take.
const dnsPatience = 2 * time.Second

// checkRecords looks up whether the domain that mails come from says so: SPF (RFC 7208),
// DKIM (RFC 6376) and DMARC (RFC 7489), which the large providers ask of every sender.
func (d *Desk) checkRecords(ctx context.Context, p *proof) {
	c := d.Publisher.Composer
	_, from, ok := strings.Cut(c.From.Address, "@")
	if d.Outside.TXT == nil || !ok {
		return
	}
	envelope := c.BounceDomain
	if envelope == "" {
		envelope = from
	}
	d.checkSPF(ctx, p, envelope)
	for _, name := range d.Outside.DKIM {
		d.checkDKIM(ctx, p, name)
	}
	if len(d.Outside.DKIM) == 0 {
		p.add(good, "proof.dkim.relay", "")
	}
	d.checkDMARC(ctx, p, from)
}

// records are the text records of a name that begin with a mark. That there is no such name
// is no error.
func (d *Desk) records(ctx context.Context, name, mark string) (found []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	all, err := d.Outside.TXT(ctx, name)
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return nil, nil
	}
	for _, text := range all {
		if strings.HasPrefix(strings.ToLower(text), mark) {
			found = append(found, text)
		}
	}
	return found, err
}

func (d *Desk) checkSPF(ctx context.Context, p *proof, domain string) {
	found, err := d.records(ctx, domain, "v=spf1")
	switch {
	case err != nil:
		p.add(warn, "proof.dns", err.Error(), "name", domain)
	case len(found) == 0:
		p.add(bad, "proof.nospf", "", "name", domain)
	case len(found) > 1: // RFC 7208 §4.5: neither counts
		p.add(bad, "proof.manyspf", strings.Join(found, " · "), "name", domain)
	default:
		p.add(good, "proof.spf", found[0], "name", domain)
	}
}

func (d *Desk) checkDKIM(ctx context.Context, p *proof, name string) {
	found, err := d.records(ctx, name, "")
	key := ""
	for _, text := range found {
		for tag := range strings.SplitSeq(text, ";") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(tag), "p="); ok {
				key = strings.TrimSpace(value)
			}
		}
	}
	switch {
	case err != nil:
		p.add(warn, "proof.dns", err.Error(), "name", name)
	case key == "":
		p.add(bad, "proof.nodkim", "", "name", name)
	default:
		p.add(good, "proof.dkim", "", "name", name)
	}
}

// checkDMARC looks at the domain, and then at those it is part of (RFC 7489 §6.6.3).
func (d *Desk) checkDMARC(ctx context.Context, p *proof, domain string) {
	for name := domain; strings.Contains(name, "."); _, name, _ = strings.Cut(name, ".") {
		found, err := d.records(ctx, "_dmarc."+name, "v=dmarc1")
		if err != nil {
			p.add(warn, "proof.dns", err.Error(), "name", "_dmarc."+name)
			return
		}
		if len(found) > 0 {
			p.add(good, "proof.dmarc", found[0], "name", name)
			return
		}
	}
	p.add(bad, "proof.nodmarc", "", "name", domain, "record", "_dmarc."+domain)
}
