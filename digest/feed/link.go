package feed

import (
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

const maxURL = 2000 // bytes; no longer one works in every mail program

// canonical returns raw as an absolute web address without fragment and without the
// parameters that only tell where a reader came from; "" if it is no web address.
func canonical(raw string, base *url.URL) string {
	u := resolve(raw, base)
	if u == nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery = withoutTracking(u.RawQuery)
	u.ForceQuery = false
	return bounded(u)
}

// absolute returns raw as an absolute web address, "" if it is none.
func absolute(raw string, base *url.URL) string {
	u := resolve(raw, base)
	if u == nil {
		return ""
	}
	return bounded(u)
}

func bounded(u *url.URL) string {
	if s := u.String(); len(s) <= maxURL {
		return s
	}
	return ""
}

// resolve returns an http or https address with a host in ASCII (F20) and no password.
func resolve(raw string, base *url.URL) *url.URL {
	raw = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return -1 // as browsers do (WHATWG URL §4.4)
		}
		return r
	}, strings.TrimSpace(raw))
	if raw == "" || len(raw) > 4*maxURL {
		return nil
	}
	raw = strings.ReplaceAll(raw, "&amp;", "&")
	u, err := url.Parse(raw)
	if err != nil { // a percent sign that escapes nothing
		if u, err = url.Parse(strings.ReplaceAll(raw, "%", "%25")); err != nil {
			return nil
		}
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	host, ok := asciiHost(u.Host, u.Scheme)
	if u.Scheme != "http" && u.Scheme != "https" || !ok {
		return nil
	}
	u.Host, u.User = host, nil
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = escapeQuery(u.RawQuery)
	return u
}

// asciiHost returns host[:port] in lower case and IDNA's ASCII form, without the port
// that goes without saying.
func asciiHost(hostport, scheme string) (string, bool) {
	hostport = strings.ToLower(strings.TrimSuffix(hostport, ":"))
	if scheme == "http" {
		hostport = strings.TrimSuffix(hostport, ":80")
	} else {
		hostport = strings.TrimSuffix(hostport, ":443")
	}
	for i := range len(hostport) {
		if hostport[i] >= 0x80 {
			p := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))
			ascii, err := p.ToASCII(hostport)
			return ascii, err == nil && ascii != ""
		}
		if strings.IndexByte(" <>\"'`{}|\\^", hostport[i]) >= 0 {
			return "", false
		}
	}
	return hostport, strings.Trim(hostport, ".:") != "" && hostport[0] != ':'
}

// escapeQuery escapes what may not stand in a query but often does.
func escapeQuery(q string) string {
	var b strings.Builder
	for i := range len(q) {
		if c := q[i]; c <= 0x20 || c >= 0x7F || strings.IndexByte("\"'<>`{}|\\^", c) >= 0 {
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// withoutTracking leaves a query's other parameters as they are, in their order.
func withoutTracking(query string) string {
	if query == "" {
		return ""
	}
	var kept []string
	for _, p := range strings.Split(query, "&") {
		if name, _, _ := strings.Cut(p, "="); !isTracking(strings.ToLower(name)) {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "&")
}

// isTracking knows the parameters that advertising and mail services append. Names
// that a site may use for its articles (id, p, ref, source, cid) are not among them.
func isTracking(name string) bool {
	switch name {
	case "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid",
		"twclid", "ttclid", "li_fat_id", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok",
		"_hsenc", "_hsmi", "__hstc", "__hssc", "__hsfp", "hsctatracking", "vero_id", "vero_conv",
		"oly_anon_id", "oly_enc_id", "wickedid", "_openstat", "ref_src", "__twitter_impression",
		"guccounter", "guce_referrer", "guce_referrer_sig", "sr_share", "at_medium", "at_campaign",
		"ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee":
		return true
	}
	return strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "pk_") || strings.HasPrefix(name, "mtm_")
}
