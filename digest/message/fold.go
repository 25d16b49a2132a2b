package message

import "strings"

// lineLimit is the length a header line should keep, without CRLF (RFC 5322 §2.1.1, F2).
const lineLimit = 78

// appendText writes a header of free text: as it is where that is ASCII and can be
// folded at its spaces, as encoded-words otherwise.
func appendText(dst []byte, header, text string) []byte {
	dst = append(append(dst, header...), ": "...)
	col := len(header) + len(": ")
	if isFoldable(col, text) {
		dst = appendFolded(dst, col, text)
	} else {
		dst, _ = appendWords(dst, col, text)
	}
	return append(dst, "\r\n"...)
}

// isFoldable tells whether text survives folding at its spaces within the limit. What
// looks like an encoded-word does not: the reader's program would decode it.
func isFoldable(col int, text string) bool {
	if !isPrintableASCII(text) || strings.Contains(text, "=?") {
		return false
	}
	first := true
	for word := range strings.SplitSeq(text, " ") {
		if word == "" || len(word) > lineLimit-1 || first && col+len(word) > lineLimit {
			return false
		}
		first = false
	}
	return true
}

func appendFolded(dst []byte, col int, text string) []byte {
	first := true
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case first:
		case col+1+len(word) > lineLimit:
			dst, col = append(dst, "\r\n "...), 1
		default:
			dst, col = append(dst, ' '), col+1
		}
		dst, col = append(dst, word...), col+len(word)
		first = false
	}
	return dst
}

// appendMailbox writes a header with one name and address.
func appendMailbox(dst []byte, header string, m mailbox) []byte {
	dst = append(append(dst, header...), ": "...)
	if m.name == "" {
		dst = append(dst, m.address...)
		return append(dst, "\r\n"...)
	}
	col := len(header) + len(": ")
	limit := lineLimit
	if size, ok := phraseSize(m.name); ok && col+size <= lineLimit {
		dst, col = appendPhrase(dst, m.name), col+size
	} else {
		dst, col = appendWords(dst, col, m.name)
		limit = wordLineLimit
	}
	if col+len(" <>")+len(m.address) > limit {
		dst = append(dst, "\r\n"...)
	}
	dst = append(append(dst, " <"...), m.address...)
	return append(dst, ">\r\n"...)
}

// phraseSize gives the length of a name written without encoded-words, as atoms or in
// quotes; ok is false when it cannot be.
func phraseSize(name string) (size int, ok bool) {
	if !isPrintableASCII(name) || strings.Contains(name, "=?") {
		return 0, false
	}
	if isAtoms(name) {
		return len(name), true
	}
	return len(name) + strings.Count(name, `"`) + strings.Count(name, `\`) + len(`""`), true
}

func appendPhrase(dst []byte, name string) []byte {
	if isAtoms(name) {
		return append(dst, name...)
	}
	dst = append(dst, '"')
	for i := range len(name) {
		if name[i] == '"' || name[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, name[i])
	}
	return append(dst, '"')
}

// isAtoms tells whether a name needs no quotes. Doubled spaces would be lost without.
func isAtoms(name string) bool {
	for word := range strings.SplitSeq(name, " ") {
		if word == "" {
			return false
		}
		for i := range len(word) {
			if !isAtext(word[i]) {
				return false
			}
		}
	}
	return true
}
