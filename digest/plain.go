package digest

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/unicode/norm"
)

// PlainText returns what a reader sees of an HTML fragment, as one line: entities
// decoded once, blocks apart by a space, <q> in quotation marks; no scripts, styles
// or comments. What only looks like a tag ("Vec<T>", "a<b") is kept as text.
func PlainText(fragment string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(fragment))
	hidden := atom.Atom(0) // the element whose raw text is being passed over
	closed := map[atom.Atom]bool{}
	for {
		kind := z.Next()
		raw := string(z.Raw()) // before Token, which reads on in the same buffer
		switch kind {
		case html.ErrorToken:
			out.WriteString(html.UnescapeString(raw)) // "a<b": a tag that never ends
			return OneLine(out.String())
		case html.TextToken:
			if hidden == 0 {
				out.WriteString(html.UnescapeString(raw))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			tag := z.Token()
			hidden = 0
			if kind == html.StartTagToken && isRawText(tag.DataAtom) {
				if _, known := closed[tag.DataAtom]; !known {
					closed[tag.DataAtom] = strings.Contains(strings.ToLower(fragment), "</"+tag.Data)
				}
				if closed[tag.DataAtom] {
					hidden = tag.DataAtom
				} else {
					z.NextIsNotRawText()
				}
			}
			out.WriteString(textOfTag(tag, raw))
		}
	}
}

// OneLine returns text on one line: NFC, runs of white space as one space, without
// control characters, invisible marks and bidi overrides (F6). The marks that writing
// needs (ZWJ, ZWNJ, LRM, RLM) stay.
func OneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case isHarmful(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(norm.NFC.String(text)), " ")
}

func textOfTag(tag html.Token, raw string) string {
	switch {
	case tag.DataAtom == atom.Q && tag.Type == html.EndTagToken:
		return "”"
	case tag.DataAtom == atom.Q:
		return "“"
	case isPhrasing(tag.DataAtom):
		return ""
	case tag.DataAtom == 0 && len(tag.Attr) == 0 && !strings.ContainsAny(tag.Data, "-:"):
		return raw
	}
	return " "
}

// isRawText reports whether the text in an element is no text for readers.
func isRawText(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Iframe, atom.Noembed, atom.Noframes, atom.Noscript, atom.Xmp, atom.Plaintext:
		return true
	}
	return false
}

// isPhrasing reports whether an element stands within a line of text.
func isPhrasing(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code,
		atom.Data, atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd, atom.Label,
		atom.Mark, atom.Rp, atom.Rt, atom.Ruby, atom.S, atom.Samp, atom.Script, atom.Small, atom.Span,
		atom.Strike, atom.Strong, atom.Style, atom.Sub, atom.Sup, atom.Time, atom.Tt, atom.U, atom.Var, atom.Wbr:
		return true
	}
	return false
}

// isHarmful reports whether r has no place in a line of text: it is invisible and
// either breaks lines, reorders what surrounds it or hides within a word.
func isHarmful(r rune) bool {
	switch {
	case unicode.IsControl(r),
		r >= 0x202A && r <= 0x202E, // embeddings and overrides
		r >= 0x2066 && r <= 0x206F, // isolates and deprecated format characters
		r >= 0xFFF9 && r <= 0xFFFB, // interlinear annotation
		r&0xFFFE == 0xFFFE,         // non-characters
		r == 0xFEFF, r == 0x200B, r == 0x00AD:
		return true
	}
	return false
}
