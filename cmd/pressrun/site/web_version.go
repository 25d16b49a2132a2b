package site

import (
	"bytes"
	"regexp"

	"golang.org/x/net/html"
)

// Links of a mail that belong to one reader. Their hosts may be of an earlier public URL:
// an issue is shown years later.
var readersLink = regexp.MustCompile(`(?i)\bhref\s*=\s*(?:"[^"]*__(?:UNSUBSCRIBE|PREFERENCES)__[^"]*"|'[^']*__(?:UNSUBSCRIBE|PREFERENCES)__[^']*')`)

// What may stand for a reader elsewhere than in a link.
var readersValue = regexp.MustCompile(`__(?:UNSUBSCRIBE|PREFERENCES)__`)

// webVersion is a mail's HTML as everybody may see it: the links that belong to one
// reader lead to help instead, head stands at the end of its head and top at the start
// of its body. All else stays as it was sent, to the byte.
func webVersion(mail []byte, help, head, top string) []byte {
	var out bytes.Buffer
	out.Grow(len(mail) + len(head) + len(top))
	z := html.NewTokenizer(bytes.NewReader(mail))
	for {
		kind := z.Next()
		raw := bytes.Clone(z.Raw()) // TagName changes it
		if kind == html.ErrorToken {
			out.Write(raw)
			break
		}
		switch name := tagName(z, kind); {
		case kind == html.EndTagToken && name == "head":
			out.WriteString(head)
			out.Write(raw)
		case kind == html.StartTagToken && name == "body":
			out.Write(raw)
			out.WriteString(top)
		default:
			out.Write(raw)
		}
	}
	page := readersLink.ReplaceAll(out.Bytes(), []byte(`href="`+html.EscapeString(help)+`"`))
	return readersValue.ReplaceAll(page, []byte(" ")) // nothing at all could join what is around it to another
}

// tagName returns the name of the element that a token opens or closes, "" for others.
func tagName(z *html.Tokenizer, kind html.TokenType) string {
	if kind != html.StartTagToken && kind != html.EndTagToken {
		return ""
	}
	name, _ := z.TagName()
	return string(name)
}
