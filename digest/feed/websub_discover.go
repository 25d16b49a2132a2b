package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// An offer is what a source says of the hub that tells of its news (WebSub §4): the hub's
// address and its own, both as they are written. Of several hubs the first is taken.
type offer struct{ hub, self string }

// take notes a link with these relations.
func (o *offer) take(rel, href string) {
	for name := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch {
		case name == "hub" && o.hub == "":
			o.hub = href
		case name == "self" && o.self == "":
			o.self = href
		}
	}
}

// takeElement notes a link element of a feed: that of Atom, or RSS's <atom:link>.
func (o *offer) takeElement(attrs []xml.Attr) {
	var rel, href string
	for _, a := range attrs {
		switch {
		case a.Name.Space != "":
		case a.Name.Local == "rel":
			rel = a.Value
		case a.Name.Local == "href":
			href = a.Value
		}
	}
	o.take(rel, href)
}

// or returns o, and what other says where o says nothing. Link headers come first, then
// what is in the body (§4).
func (o offer) or(other offer) offer {
	if o.hub == "" {
		o.hub = other.hub
	}
	if o.self == "" {
		o.self = other.self
	}
	return o
}

// addresses returns the hub's address, and the source's for its hub: "" and "" where there
// is no hub. at is where the source was read, which stands for an address it does not name.
func (o offer) addresses(at *url.URL) (hub, topic string) {
	if hub = absolute(o.hub, at); hub == "" {
		return "", ""
	}
	// The hub compares the topic letter by letter, so that it stays as it is written.
	if u, err := url.Parse(o.self); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && len(o.self) <= maxURL {
		return hub, o.self
	}
	if topic = absolute(o.self, at); topic == "" {
		topic = absolute(at.String(), nil)
	}
	if topic == "" {
		return "", ""
	}
	return hub, topic
}

// linkHeaders reads Link headers (RFC 8288 §3). What is malformed is passed over.
func linkHeaders(headers []string) (o offer) {
	for _, h := range headers {
		for {
			_, rest, found := strings.Cut(h, "<")
			address, params, closed := strings.Cut(rest, ">")
			if !found || !closed {
				break
			}
			rel, after := linkRelation(params)
			o.take(rel, strings.TrimSpace(address))
			h = after
		}
	}
	return o
}

// linkRelation returns the first rel among the parameters of a link, and what follows the
// comma after them.
func linkRelation(params string) (rel, rest string) {
	found := false
	for params != "" && params[0] != ',' {
		name, value := "", ""
		name, params = untilAny(params, "=,;")
		if strings.HasPrefix(params, "=") {
			value, params = linkValue(strings.TrimLeft(params[1:], " \t"))
		}
		if strings.EqualFold(strings.TrimSpace(name), "rel") && !found {
			rel, found = value, true
		}
		params = strings.TrimPrefix(strings.TrimLeft(params, " \t"), ";")
	}
	return rel, strings.TrimPrefix(params, ",")
}

// linkValue reads a token or a quoted string, and returns what follows up to the next
// separator.
func linkValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		value, rest = untilAny(s, ",;")
		return strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			_, rest = untilAny(s[i+1:], ",;")
			return b.String(), rest
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "" // never closed
}

func untilAny(s, chars string) (before, rest string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// offerInJSON reads the hubs of a JSON Feed.
func offerInJSON(doc []byte) (o offer) {
	if !bytes.Contains(doc, []byte(`"hubs"`)) {
		return o
	}
	var f struct {
		FeedURL string `json:"feed_url"`
		Hubs    []struct {
			Type string `json:"type"`
			URL  string `json:"url"`
		} `json:"hubs"`
	}
	if json.Unmarshal(doc, &f) != nil {
		return o // damaged, or "hubs" is something else
	}
	for _, h := range f.Hubs {
		if strings.EqualFold(h.Type, "WebSub") {
			o.take("hub", h.URL)
		}
	}
	o.take("self", f.FeedURL)
	return o
}

// offer reads the head of a page: in its body, links may be its visitors' (§4).
func (p *page) offer() (o offer) {
	p.doc.Find("head link[rel][href]").Each(func(_ int, link *goquery.Selection) {
		o.take(link.AttrOr("rel", ""), link.AttrOr("href", ""))
	})
	return o
}
