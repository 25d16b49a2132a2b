package templates

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lower rooms say in English what went wrong and why: in errors, and in reasons that
// stand in the database. An interpreter says it in the language of a page. It knows
// sentences by their text, so that logs, the command line and the database stay as they are.
//
// A nil interpreter leaves everything in English.
type interpreter struct {
	whole  map[string]*saying // those without holes
	begins map[byte][]*saying // those with, by their first byte, the one with most letters first
	open   []*saying          // those that begin with a hole, likewise
	tongue *tongue            // has the words for values, and the plural forms
}

const (
	// longestSaid is where a text is no sentence any more, in bytes.
	longestSaid = 8 << 10
	// deepestSaid is how many sentences stand one in the other.
	deepestSaid = 6
)

// A piece is a part of what an interpreter says.
type piece struct {
	text string
	is   pieceKind
}

type pieceKind int

const (
	pieceOurs    pieceKind = iota // in the language of the page
	pieceValue                    // such as a name, which has a direction of its own
	pieceCode                     // such as a command, from left to right
	pieceForeign                  // a sentence that is not known
)

// said is a sentence of the lower rooms for the body of a page.
func (t *tongue) said(text string) template.HTML { return t.interpreter.html(text) }

// told is said for a sentence that stands alone: with a capital letter and a full stop.
func (t *tongue) told(text string) template.HTML {
	pieces := t.interpreter.pieces(text)
	if len(pieces) == 0 {
		return ""
	}
	first, last := &pieces[0], &pieces[len(pieces)-1]
	if first.is == pieceForeign {
		first.text = capital(first.text)
	}
	if end, _ := utf8.DecodeLastRuneInString(last.text); !strings.ContainsRune(".!?)؟…", end) {
		if last.is == pieceValue || last.is == pieceCode {
			pieces = append(pieces, piece{".", pieceOurs})
		} else {
			last.text += "."
		}
	}
	return markup(pieces)
}

// capital begins a text with a capital letter, unless it begins with an address or the like.
func capital(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if strings.ContainsAny(word, `:/.@_"`) {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// html is the sentence for the body of a page, with everything in it escaped.
func (in *interpreter) html(text string) template.HTML { return markup(in.pieces(text)) }

func markup(pieces []piece) template.HTML {
	var b strings.Builder
	for _, p := range pieces {
		text := template.HTMLEscapeString(p.text)
		switch {
		case p.is == pieceOurs:
			b.WriteString(text)
		case p.is == pieceValue, p.is == pieceForeign && (leans(p.text) != "ltr" || !strings.Contains(text, " ")):
			b.WriteString("<bdi>" + text + "</bdi>")
		case p.is == pieceCode, isReply(p.text): // a reply is in whatever language
			b.WriteString(`<bdi dir="ltr">` + text + "</bdi>")
		default:
			b.WriteString(`<bdi lang="en" dir="ltr">` + text + "</bdi>")
		}
	}
	return template.HTML(b.String())
}

// plain is the sentence for text, where marks keep values apart.
func (in *interpreter) plain(text string) string {
	if in == nil {
		return text
	}
	var b strings.Builder
	for _, p := range in.pieces(text) {
		if p.is == pieceOurs || leans(p.text) == "rtl" {
			b.WriteString(p.text)
		} else {
			b.WriteString("\u2068" + p.text + "\u2069")
		}
	}
	return b.String()
}

// leans is the direction of the first letter, "" when there is none.
func leans(text string) string {
	for _, r := range text {
		if d := strong(r); d != "" {
			return d
		}
	}
	return ""
}

// isReply reports whether a text is what a mail server answered: "550 5.1.1 unknown user".
func isReply(text string) bool {
	return len(text) > 3 && lengthOfDigits(text) == 3 && (text[3] == ' ' || text[3] == '-')
}

func (in *interpreter) pieces(text string) []piece {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil
	case in == nil:
		return []piece{{text, pieceForeign}}
	}
	pieces, known := in.interpret(text, 0)
	if !known {
		return []piece{{text, pieceForeign}}
	}
	return pieces
}

// interpret says a text that is a sentence, or several. Known is false for one of which it
// knows no part.
func (in *interpreter) interpret(text string, deep int) (pieces []piece, known bool) {
	if text == "" || len(text) > longestSaid || deep > deepestSaid {
		return []piece{{text, pieceForeign}}, false
	}
	if pieces, known = in.one(text, deep); known {
		return pieces, true
	}
	for _, joint := range []struct{ theirs, own string }{{"\n", "\n"}, {"; ", "؛ "}} {
		if parts := strings.Split(text, joint.theirs); len(parts) > 1 {
			if pieces, known = in.row(parts, joint.own, deep); known {
				return pieces, true
			}
		}
	}
	if before, after, found := strings.Cut(text, ": "); found { // as errors are wrapped
		if pieces, known = in.row([]string{before, after}, ": ", deep); known {
			return pieces, true
		}
	}
	return []piece{{text, pieceForeign}}, false
}

// row says sentences one after the other. It knows the row when it knows one of them.
func (in *interpreter) row(parts []string, joint string, deep int) (pieces []piece, known bool) {
	for i, part := range parts {
		if i > 0 {
			pieces = append(pieces, piece{joint, pieceOurs})
		}
		more, knows := in.interpret(part, deep+1)
		pieces, known = append(pieces, more...), known || knows
	}
	return pieces, known
}

// one says a text that is known as a whole. Of the sentences that fit, the one with the most
// letters of its own is meant.
func (in *interpreter) one(text string, deep int) ([]piece, bool) {
	if s := in.whole[text]; s != nil {
		return in.fill(s, nil, deep)
	}
	begins, open := in.begins[text[0]], in.open
	for len(begins)+len(open) > 0 {
		from := &open
		if len(open) == 0 || len(begins) > 0 && begins[0].before(open[0]) {
			from = &begins
		}
		s := (*from)[0]
		*from = (*from)[1:]
		if values, fits := s.match(text); fits {
			if pieces, fits := in.fill(s, values, deep); fits {
				return pieces, true
			}
		}
	}
	return nil, false
}

// fill puts values into a sentence, false when one is not what it has to be.
func (in *interpreter) fill(s *saying, values []string, deep int) (pieces []piece, fits bool) {
	for _, part := range s.answer {
		switch {
		case len(part.row) > 0:
			row := ""
			for _, p := range part.row {
				if row += p.text; p.hole > 0 {
					row += values[p.hole-1]
				}
			}
			pieces = append(pieces, piece{row, pieceCode})
			continue
		case part.hole == 0:
			pieces = append(pieces, piece{part.text, pieceOurs})
			continue
		}
		more, fits := in.value(part.kind, values[part.hole-1], deep)
		if !fits {
			return nil, false
		}
		pieces = append(pieces, more...)
	}
	return pieces, true
}
