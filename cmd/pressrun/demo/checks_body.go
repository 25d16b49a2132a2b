package demo

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

func checkAlternatives(m *message) (verdict, string) {
	switch {
	case m.Media != "multipart/alternative":
		return fail("the message is %s", quote(m.Media))
	case m.Fault != nil:
		return fail("the parts cannot be read: %v", m.Fault)
	case len(m.Parts) != 2 || m.Parts[0].Media != "text/plain" || m.Parts[1].Media != "text/html":
		return fail("the parts are %s", quote(partNames(m)))
	}
	boundary := m.Params["boundary"]
	if len(boundary) > 70 {
		return fail("the boundary has %d characters", len(boundary))
	}
	for _, p := range m.Parts {
		switch {
		case p.Charset != "utf-8":
			return fail("the %s part is in %s", p.Media, quote(p.Charset))
		case strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment"):
			return fail("the %s part is an attachment", p.Media)
		case strings.Contains(p.Text, boundary):
			return fail("the boundary stands in the %s part", p.Media)
		case strings.Contains(p.Text, "cid:"):
			return fail("the %s part shows a picture that is attached", p.Media)
		}
	}
	text, page := linksOf(m.Parts[0]), linksOf(m.Parts[1])
	for _, link := range page {
		if !slices.Contains(text, link) {
			return fail("the text part lacks %s", quote(link))
		}
	}
	for _, link := range text {
		if !slices.Contains(page, link) {
			return fail("the HTML part lacks %s", quote(link))
		}
	}
	one, other := storyLinks(m, text), storyLinks(m, page)
	for i := range one {
		if one[i] != other[i] {
			return fail("story %d is %s in the text and %s in the HTML", i+1, quote(one[i]), quote(other[i]))
		}
	}
	return pass("text/plain, then text/html; %d links in both, %d of them to stories, in the same order", len(text), len(one))
}

func partNames(m *message) string {
	var names []string
	for _, p := range m.Parts {
		names = append(names, p.Media)
	}
	return strings.Join(names, ", ")
}

var bareLink = regexp.MustCompile(`https?://[^\s<>"\x{2066}-\x{2069}\x{200e}\x{200f}]+`)

// linksOf returns the web links of a part, each once, in the order of the text.
func linksOf(p part) []string {
	var out []string
	add := func(link string) {
		if strings.HasPrefix(link, "http") && !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	if p.Media != "text/html" {
		for _, link := range bareLink.FindAllString(p.Text, -1) {
			add(strings.TrimRight(link, ".,;:!?)،؛؟»”"))
		}
		return out
	}
	tokens := html.NewTokenizer(strings.NewReader(p.Text))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if token := tokens.Token(); token.Data == "a" {
			add(strings.TrimSpace(attribute(token, "href")))
		}
	}
	return out
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// storyLinks leaves out the links to the site that sends the mail: the footer stands where
// each part has room for it.
func storyLinks(m *message, links []string) []string {
	site, err := url.Parse(leaveURL(m))
	if err != nil || site.Host == "" {
		return links
	}
	return slices.DeleteFunc(slices.Clone(links), func(link string) bool {
		u, err := url.Parse(link)
		return err != nil || u.Host == site.Host
	})
}

func checkLanguage(m *message) (verdict, string) {
	header := m.Fields.get("Content-Language")
	page := m.part("text/html")
	if page == nil {
		return skip("there is no HTML part")
	}
	tokens := html.NewTokenizer(strings.NewReader(page.Text))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		if token.Data != "html" || kind != html.StartTagToken {
			continue
		}
		if lang := attribute(token, "lang"); header == "" || !strings.EqualFold(lang, header) {
			return fail("the header says %s, the HTML %s", quote(header), quote(lang))
		}
		return pass("%s in both", header)
	}
	return fail("the HTML part has no html element")
}

// longToken is what an address for one reader only looks like.
var longToken = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)

func checkPrivacy(m *message) (verdict, string) {
	for _, name := range []string{"Bcc", "Received", "X-Originating-IP", "Return-Path", "X-Mailer", "User-Agent"} {
		if len(m.Fields.all(name)) > 0 {
			return fail("there is a %s", name)
		}
	}
	for _, name := range []string{"Message-ID", "From", "Reply-To"} {
		domain := strings.Trim(domainOf(m.Fields.get(name)), ">")
		for _, inside := range []string{"localhost", ".local", ".internal", ".lan", ".localdomain"} {
			if domain == inside || strings.HasSuffix(domain, inside) {
				return fail("%s names a machine of ours: %s", name, domain)
			}
		}
	}
	peer := m.sibling()
	if peer == nil {
		return pass("no forbidden field; no other mail of the same content is here to compare with")
	}
	mine, theirs := impersonal(m), impersonal(peer)
	for i := range min(len(mine), len(theirs)) {
		if mine[i] != theirs[i] {
			return fail("differs from mail %d in more than address and tokens: %s against %s", peer.Number, quote(mine[i]), quote(theirs[i]))
		}
	}
	if len(mine) != len(theirs) {
		return fail("mail %d has %d lines, this one %d", peer.Number, len(theirs), len(mine))
	}
	return pass("compared with mail %d: only the reader’s own address, identifiers and links differ", peer.Number)
}

// sibling is another mail of the same content, or nil.
func (m *message) sibling() *message {
	const tries = 5
	tried := 0
	for _, l := range m.Peers {
		if l.Number == m.Number || l.Language != m.Language || l.Subject != m.Subject || tried == tries {
			continue
		}
		tried++
		peer, err := m.read(l)
		if err == nil && slices.Equal(allStories(m), allStories(peer)) {
			return peer
		}
	}
	return nil
}

func allStories(m *message) []string {
	if page := m.part("text/html"); page != nil {
		return storyLinks(m, linksOf(*page))
	}
	return nil
}

// impersonal returns the mail's lines without what may differ from reader to reader (F22).
func impersonal(m *message) []string {
	var lines []string
	own := strings.NewReplacer(m.Params["boundary"], "BOUNDARY")
	if m.Params["boundary"] == "" {
		own = strings.NewReplacer()
	}
	for _, f := range m.Fields {
		switch strings.ToLower(f.Name) {
		case "to", "message-id", "date", "dkim-signature":
		default:
			lines = append(lines, f.Name+": "+longToken.ReplaceAllString(own.Replace(f.Value), "TOKEN"))
		}
	}
	for _, p := range m.Parts {
		for line := range strings.SplitSeq(p.Text, "\n") {
			lines = append(lines, longToken.ReplaceAllString(line, "TOKEN"))
		}
	}
	return lines
}
